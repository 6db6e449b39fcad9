"""Formats of tables and JSON, told apart by their content, and lines that are lists of points."""

import gzip
import json

import pytest
from conversions import converted, moved, only, points_of

from ia_pix2seq_tf.data.convert import Shape, convert
from ia_pix2seq_tf.data.convert.readers import find_sources
from ia_pix2seq_tf.data.files import DataError

KITE = [[[255, 160, 175], [148, 198, 213]], [[0, 76], [127, 0]]]
OTHER = [[[0, 90, 255, 7], [10, 20, 30, 40]]]


# Tables


HEAD = "countrycode,drawing,key_id,recognized,timestamp,word"
ROW = f'XX,"{json.dumps(KITE)}",10,{{}},2020-01-01 00:00:00.00000,kite'
KITE_POINTS = [[[0, 0], [-95, 50], [-80, 65]], [[-255, -21], [-179, -148]]]


@pytest.mark.parametrize(
    "table",
    [
        f"{HEAD}\n{ROW.format('True')}\n",
        f"\ufeff{HEAD}\r\n{ROW.format('true')}\r\n\r\n",
        f'key_id,countrycode,drawing\n10,XX,"{json.dumps(KITE)}"\n',
        f',Drawing,Word\n0,"{json.dumps(KITE)}",kite',
        f"word;drawing\nkite;{json.dumps(KITE)}",
        f"drawing\tword\n{json.dumps(KITE)}\tkite",
    ],
    ids=["kaggle", "bom, crlf", "test", "pandas", "semicolons", "tabs"],
)
def test_tables_are_read_by_the_names_of_their_columns(tmp_path, table):
    assert only(tmp_path, "kite.csv", table) == KITE_POINTS
    assert only(tmp_path, "kite.csv.gz", gzip.compress(table.encode())) == KITE_POINTS


def test_tables_of_raw_drawings_are_scaled(tmp_path):
    raw = [[[10.5, 20.5, 30.5], [5, 25, 5], [0, 16, 40]]]
    assert only(tmp_path, "kite.csv", f'word,drawing\nkite,"{json.dumps(raw)}"') == [[[0, 0], [127, 255], [255, 0]]]
    long = [[list(range(40_000 // 2)), [i % 2 for i in range(20_000)], list(range(20_000))]]
    assert len(converted(tmp_path, "kite.csv", f'word,drawing\nkite,"{json.dumps(long)}"')[1]) == 1


def test_tables_say_the_category_and_what_was_recognized(tmp_path):
    rows = [ROW.format(mark).replace("255", str(i)) for i, mark in enumerate(["True", "False", "1", ""])]
    summary, _ = converted(tmp_path, "a.csv", "\n".join([HEAD, *rows]), recognized_only=True)
    assert summary.outcomes["kite"] == {"kept": 2, "not recognized": 2}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a,b\n1,2", "expected a first line that names the columns, 'drawing' among them, found 'a,b'"),
        (f"{HEAD}\nXX,1", "line 2: expected 6 columns, found 2"),
        (f'{HEAD}\nXX,"[[1', "line 2: expected a row of a table, found none"),
        (f"{HEAD}\n{ROW.format('maybe')}", "line 2: 'recognized': expected True or False, found 'maybe'"),
        (f"{HEAD}\nXX,nothing,1,True,,kite", "line 2: expected a drawing as a list of lines, found 'nothing'"),
        (f"{HEAD}\nXX,[],1,True,,../kite", "line 2: expected a drawing as a list of lines"),
    ],
)
def test_rows_that_are_none_are_refused_by_line(tmp_path, table, message):
    (tmp_path / "a.csv").write_text(table)
    with pytest.raises(DataError, match=message):
        convert([tmp_path / "a.csv"], tmp_path / "out")


# JSON of several kinds


RECORD = {"word": "kite", "key_id": "5", "recognized": True, "drawing": KITE}
SCENE = {"type": "excalidraw", "version": 2, "elements": [
    {"type": "line", "x": 255, "y": 148, "points": [[0, 0], [-95, 50], [-80, 65]]},
    {"type": "line", "x": 0, "y": 127, "points": [[0, 0], [76, -127]]},
]}  # fmt: skip
BOARD = {"tldrawFileFormatVersion": 1, "schema": {"schemaVersion": 2}, "records": [
    {"id": "page:a", "typeName": "page", "index": "a1"},
    *({"id": f"shape:{i}", "typeName": "shape", "type": "line", "parentId": "page:a", "index": f"a{i}", "x": x, "y": y,
       "props": {"points": {f"p{j}": {"id": f"p{j}", "index": f"a{j}", "x": px, "y": py}
                            for j, (px, py) in enumerate(points)}}}
      for i, (x, y, points) in enumerate([(255, 148, [(0, 0), (-95, 50), (-80, 65)]),
                                          (0, 127, [(0, 0), (76, -127)])])),
]}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORD),
        "\n" + json.dumps(RECORD) + "\n\n" + json.dumps({**RECORD, "drawing": OTHER}) + "\n",
        json.dumps(RECORD, indent=2),
        json.dumps({**RECORD, "drawing": OTHER}, indent=1) + json.dumps({"id": 7, **RECORD}, indent=1),
        json.dumps([RECORD, {**RECORD, "drawing": OTHER}]),
        json.dumps({**RECORD, "drawing": json.dumps(KITE)}),
        json.dumps([json.dumps(KITE), json.dumps(OTHER)]),
        json.dumps([json.dumps({**RECORD, "drawing": json.dumps(KITE)})]),
        json.dumps({"test": [KITE], "train": [OTHER]}),
        json.dumps(SCENE),
        json.dumps({"appState": {}, "count": 12, "elements": SCENE["elements"], "files": {}}, indent=2),
        json.dumps(BOARD),
        json.dumps({"document": {"store": {r["id"]: r for r in BOARD["records"]}}, "session": {}}),
        json.dumps({"schema": {}, "store": {r["id"]: r for r in BOARD["records"]}}),
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_json_is_told_apart_by_its_content(tmp_path, text, is_packed):
    name, content = ("kite.json.gz", gzip.compress(text.encode())) if is_packed else ("kite.json", text.encode())
    _, sketches = converted(tmp_path, name, content, shape=Shape(scale=0), deduplicate=False)
    assert KITE_POINTS in [moved(points_of(strokes)) for strokes in sketches]


def test_lines_of_ndjson_may_be_texts_of_json(tmp_path):
    lines = [json.dumps({"drawing": json.dumps(KITE)}), json.dumps(json.dumps({"drawing": OTHER}))]
    for name in ("kite.ndjson", "kite.jsonl", "kite.json"):
        assert len(converted(tmp_path, name, "\n".join(lines))[1]) == 2


# Lists of points


SCALED = Shape(scale=255)


def pairs(lines):
    return [[list(point) for point in zip(*line, strict=True)] for line in lines]


HOUSE = [[[0, 100, 200], [99, 0, 99]], [[10, 10], [99, 200]], [[190, 190], [99, 200]]]
MORE = [*HOUSE, [[10, 60, 80, 190], [200, 202, 201, 200]]]


@pytest.mark.parametrize("name", ["kite.ndjson", "kite.json", "kite.csv"])
@pytest.mark.parametrize(
    "drawings", [[HOUSE, MORE], [HOUSE], [[HOUSE[0], HOUSE[0][::-1]]], [HOUSE[:1], HOUSE[1:]], [HOUSE[1:]]]
)
def test_a_file_of_points_is_read_as_points_and_the_summary_says_so(tmp_path, name, drawings):
    records = [{"drawing": pairs(lines), "word": "kite"} for lines in drawings]
    text = "\n".join(map(json.dumps, records))
    if name == "kite.csv":
        text = "\n".join(["drawing\tword", *(f"{json.dumps(r['drawing'])}\tkite" for r in records)])
    summary, sketches = converted(tmp_path, name, text, shape=SCALED)
    columns = [json.dumps({"drawing": lines}) for lines in [*drawings, OTHER]]  # the last can be read in one way only
    expected = [s.tolist() for s in converted(tmp_path, "kite.ndjson", "\n".join(columns), shape=SCALED)[1]]
    other = converted(tmp_path, "kite.ndjson", columns[-1], shape=SCALED)[1][0].tolist()
    assert sorted([*(s.tolist() for s in sketches), other]) == sorted(expected)
    assert f"{len(drawings)} drawings of points [x, y], as all lines of their files are: read so" in summary.text()


def test_points_may_have_times(tmp_path):
    timed = [[[x, y, 10 * i] for i, (x, y) in enumerate(line)] for line in pairs(MORE)]
    assert [len(line) for line in only(tmp_path, "kite.ndjson", json.dumps({"drawing": timed}))] == [3, 2, 2, 4]


def test_lines_that_can_be_read_both_ways_are_quickdraws_if_they_can_be(tmp_path):
    lines = [{"drawing": drawing} for drawing in ([[[0, 255], [10, 0]]], [[[4, 255], [0, 9]], [[0, 0], [5, 7]]])]
    summary, _ = converted(tmp_path, "kite.ndjson", "\n".join(map(json.dumps, lines)), deduplicate=False)
    assert not summary.remarks
    timed = [[[0, 100], [0, 50], [0, 16]], [[100, 0], [50, 90], [40, 60]]]
    assert only(tmp_path, "kite.ndjson", json.dumps({"drawing": timed})) == [
        [[0, 0], [255, 128]],
        [[255, 128], [0, 230]],
    ]


def test_one_drawing_that_is_not_of_points_makes_the_file_quickdraws(tmp_path):
    lines = [json.dumps({"drawing": drawing}) for drawing in (pairs(MORE), KITE)]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"a.ndjson: line 1: line 3: expected lists of x, of y and perhaps of times"):
        convert([tmp_path / "a.ndjson"], tmp_path / "out")


# Names of files


def test_files_that_are_a_drawing_each_are_of_the_category_of_their_folder(tmp_path):
    names = ["cat/1.excalidraw", "cat/more/2.json", "pig/1.tldr", "pig/2.json.gz", "3.excalidraw.gz", "cow.csv"]
    texts = [json.dumps(SCENE), json.dumps(SCENE), json.dumps(BOARD), json.dumps(BOARD), json.dumps(SCENE)]
    for name, text in zip(names, [*texts, f'drawing\n"{json.dumps(KITE)}"'], strict=True):
        path = tmp_path / "zoo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    categories = {source.path.name: source.category for source in find_sources([tmp_path / "zoo"])}
    assert [categories[name.rpartition("/")[2]] for name in names] == ["cat", "cat", "pig", "pig", "zoo", "cow"]
    assert find_sources([tmp_path / "zoo" / "3.excalidraw.gz"])[0].category == "3"


@pytest.mark.parametrize(
    ("name", "category"), [("cat.full.npz", "cat"), ("sketchrnn_cat.full.npz", "cat"), ("cat.full.ndjson", "cat.full")]
)
def test_sketch_rnns_files_of_all_drawings_are_of_the_category(tmp_path, name, category):
    (tmp_path / name).write_bytes(b"-")
    assert find_sources([tmp_path])[0].category == category


def test_tables_and_xml_without_drawings_are_passed_over_in_a_folder(tmp_path):
    for name, text in {"a.csv": "file,label\n1.svg,cat", "a.xml": "<annotation><object/></annotation>"}.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match="expected"):
            convert([tmp_path / name], tmp_path / "out")
    (tmp_path / "cat.ndjson").write_text(json.dumps(RECORD))
    assert [source.path.name for source in find_sources([tmp_path])] == ["cat.ndjson"]


def test_xml_may_be_svg(tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0,0 L10,0 L10,10" stroke="#000" fill="none"/></svg>'
    assert only(tmp_path, "a.xml", svg) == [[[0, 0], [255, 0], [255, 255]]]
