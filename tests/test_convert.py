"""Drawings of any format to files for training."""

import gzip
import json
import pickle
import pickletools
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from reference import golden

from ia_pix2seq_tf.data.convert import Options, Parts, Shape, convert
from ia_pix2seq_tf.data.files import DataError, load_npz
from ia_pix2seq_tf.data.images import read_images
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.render import render, strokes_to_svg
from ia_pix2seq_tf.strokes import bounds

ROOT = Path(__file__).resolve().parents[1]
ALL = Parts((1, 0, 0))
HOUSE = [[[0, 0, 255, 255], [255, 100, 100, 255]], [[0, 128, 255], [100, 0, 100]]]
"""Lines as QuickDraw's simplified ones."""
HOUSE_STROKES = [[0, 0, 0], [0, -155, 0], [255, 0, 0], [0, 155, 1], [-255, -155, 0], [128, -100, 0], [127, 100, 1]]


def record(lines=HOUSE, **fields):
    return json.dumps({"drawing": lines, **fields}).encode()


def house(i):
    """A drawing that differs from that of any other number."""
    return [[[0, 0, 255, i % 200], [255, 100, 100, i // 200]], HOUSE[1]]


def binary(drawings, recognized=1):
    """QuickDraw's binary format."""
    data = b""
    for lines in drawings:
        data += struct.pack("<Q2sBIH", 5, b"DE", recognized, 1_500_000_000, len(lines))
        for x, y in lines:
            data += struct.pack("<H", len(x)) + bytes(x) + bytes(y)
    return data


@pytest.fixture
def converted(tmp_path):
    """Converts one file of some content, and returns all its sketches."""

    def convert_file(name, content, category=None, **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        convert([path], tmp_path / "out", Options(**{"parts": ALL, "overwrite": True, **options}))
        return load_npz(tmp_path / "out" / f"{category or name.partition('.')[0]}.npz")["train"]

    return convert_file


CONTENTS = {
    "house.ndjson": record(),
    "house.ndjson.gz": gzip.compress(record()),
    "house.bin": binary([HOUSE]),
    "house.bin.gz": gzip.compress(binary([HOUSE])),
    "house.json": json.dumps([HOUSE_STROKES]),
    "full_binary_house.bin": binary([HOUSE]),
    "house.svg": '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(9 9) scale(2)">'
    '<path fill="none" stroke="red" d="M0,255V100h255v155"/><polyline stroke="red" points="0,100 128,0 255,100"/>'
    "</g></svg>",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_format_gives_the_same_strokes(converted, name):
    (strokes,) = converted(name, CONTENTS[name], category="house")
    np.testing.assert_array_equal(strokes, HOUSE_STROKES)
    assert strokes.dtype == np.int16


@pytest.mark.parametrize(
    "content",
    [
        [HOUSE_STROKES, HOUSE],
        [{"drawing": HOUSE, "word": "house"}, HOUSE_STROKES],
        {"train": [HOUSE_STROKES], "valid": [], "test": [HOUSE]},
    ],
)
def test_json_holds_strokes_lines_or_records(converted, content):
    sketches = converted("house.json", json.dumps(content, indent=3), deduplicate=False)
    assert [strokes.tolist() for strokes in sketches] == [HOUSE_STROKES] * 2


def test_json_is_read_across_chunks(converted):
    drawings = [house(i) for i in range(3000)]
    assert len(converted("house.json", json.dumps(drawings))) == 3000


def test_splits_of_a_file_are_kept_in_order(tmp_path):
    splits = {
        name: [np.array([[i, j + 1, 0], [5, 0, 1]], np.int16) for i in range(9)]
        for j, name in enumerate(("train", "valid", "test"))
    }
    save_npz(tmp_path / "cat.npz", splits)
    convert([tmp_path / "cat.npz"], tmp_path / "out")
    found = load_npz(tmp_path / "out" / "cat.npz")
    assert {name: [s.tolist() for s in sketches] for name, sketches in found.items()} == {
        name: [s.tolist() for s in sketches] for name, sketches in splits.items()
    }


def test_fractional_strokes_are_scaled_and_whole_ones_keep_their_unit(converted):
    strokes = np.array([[0, 0, 0], [1, 0, 0], [0, 0.5, 1]])
    (scaled,) = converted("a.json", json.dumps([(strokes * [0.1, 0.1, 1]).tolist()]))
    assert scaled.tolist() == [[0, 0, 0], [255, 0, 0], [0, 128, 1]]
    (kept,) = converted("a.json", json.dumps([(strokes * [600, 600, 1]).tolist()]))
    assert kept.tolist() == [[0, 0, 0], [600, 0, 0], [0, 300, 1]]


def test_rounding_does_not_add_up(converted):
    angles = np.linspace(0, 3, 200)
    points = np.column_stack([np.cos(angles), np.sin(angles)]) * 300
    strokes = np.column_stack([np.diff(points, axis=0), np.zeros(199)])
    strokes[-1, 2] = 1
    (found,) = converted("a.json", json.dumps([strokes.tolist()]), shape=Shape(scale=0))
    np.testing.assert_allclose(np.cumsum(found[:, :2], axis=0), np.cumsum(strokes[:, :2], axis=0), atol=0.51)


def test_written_svg_comes_back_within_rounding(tmp_path):
    recorded = golden("render")
    sketches = [recorded[key] for key in sorted(recorded) if key.startswith("stroke/")]
    folder = tmp_path / "cat"
    folder.mkdir()
    expected = {}
    for i, strokes in enumerate(sketches):
        min_x, max_x, min_y, max_y = bounds(strokes)
        scale = 255 / max(max_x - min_x, max_y - min_y)
        expected[i] = np.cumsum(strokes[:, :2] * scale, axis=0)
        (folder / f"{i:03}.svg").write_text(strokes_to_svg(strokes))
        convert([folder / f"{i:03}.svg"], tmp_path / "out", Options(category="cat", parts=ALL, overwrite=True))
        (found,) = load_npz(tmp_path / "out" / "cat.npz")["train"]
        assert found[:, 2].tolist() == [*strokes[:-1, 2], 1]
        np.testing.assert_allclose(np.cumsum(found[:, :2], axis=0), expected[i], atol=1.01)  # the start is rounded too
    assert len(expected) > 50


def test_curves_are_simplified(converted):
    circle = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="5" fill="none" stroke="red"/></svg>'
    (strokes,) = converted("a.svg", circle)
    assert 8 < len(strokes) < 30
    points = np.cumsum(strokes[:, :2], axis=0)
    assert np.ptp(points, axis=0).tolist() == pytest.approx([255, 255], abs=4)


def test_the_first_point_can_be_left_out_as_in_sketch_rnns_files(converted):
    (strokes,) = converted("house.ndjson", record(), shape=Shape(first_point=False))
    assert strokes.tolist() == HOUSE_STROKES[1:]


def test_raw_drawings_are_scaled_and_simplified_unless_told_otherwise(converted):
    raw = [[[10.5, 12.0, 13.5, 16.5], [1, 1, 1, 1], [0, 1, 2, 3]]]
    assert converted("a.ndjson", record(raw))[0].tolist() == [[0, 0, 0], [255, 0, 1]]
    assert len(converted("a.ndjson", record(raw), shape=Shape(simplify=False))[0]) == 4
    assert converted("a.ndjson", record(raw), shape=Shape(scale=100))[0].tolist() == [[0, 0, 0], [100, 0, 1]]
    assert converted("a.ndjson", record(raw), shape=Shape(scale=0, simplify=False))[0][:, 0].sum() == 6
    straight = [[[0, 128, 255], [0, 1, 0]]]
    assert len(converted("a.ndjson", record(straight))[0]) == 3
    assert len(converted("a.ndjson", record(straight), shape=Shape(simplify=True))[0]) == 2


def test_folders_are_categories(tmp_path):
    for i, folder in enumerate(["zoo/cat", "zoo/cat/more", "zoo/alarm clock", "zoo"]):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        d = f"M0,0 L9,{i} L8,8"
        (tmp_path / folder / "1.SVG").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{d}" stroke="black"/></svg>'
        )
    (tmp_path / "zoo" / "notes.txt").write_text("no drawing")
    (tmp_path / "zoo" / ".cache").mkdir()
    (tmp_path / "zoo" / "__MACOSX").mkdir()
    for name in (".cache/images.npz", "__MACOSX/1.svg", "cat/._1.svg", ".cat-1f.npz"):
        (tmp_path / "zoo" / name).write_text("no drawing")
    summary = convert([tmp_path / "zoo"], tmp_path / "out", Options(parts=ALL))
    assert {name: counts["train"] for name, counts in summary.counts.items()} == {"cat": 2, "alarm clock": 1, "zoo": 1}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["alarm clock.npz", "cat.npz", "zoo.npz"]


def test_words_say_the_category_and_the_flag_overrules_them(tmp_path):
    (tmp_path / "mixed.ndjson").write_bytes(record(word="cat") + b"\n\n" + record(word="pig") + b"\n" + record())
    summary = convert([tmp_path / "mixed.ndjson"], tmp_path / "out", Options(parts=ALL))
    assert sorted(summary.counts) == ["cat", "mixed", "pig"]
    one = convert([tmp_path / "mixed.ndjson"], tmp_path / "out", Options(parts=ALL, category="all"))
    assert one.outcomes["all"] == {"kept": 1, "duplicate": 2}


def write_houses(path, count, first=0):
    path.write_bytes(b"\n".join(record(house(i), recognized=i % 4 != 0) for i in range(first, first + count)))
    return path


def test_splits_are_exact_disjoint_and_follow_the_seed(tmp_path):
    source = write_houses(tmp_path / "house.ndjson", 500)

    def splits(seed, sizes):
        convert([source], tmp_path / "out", Options(parts=Parts(sizes), seed=seed, overwrite=True))
        found = load_npz(tmp_path / "out" / "house.npz")
        return {name: [strokes.tobytes() for strokes in sketches] for name, sketches in found.items()}

    shares = splits(0, (0.8, 0.1, 0.1))
    assert [len(part) for part in shares.values()] == [400, 50, 50]
    assert len(set().union(*shares.values())) == 500
    assert splits(0, (0.8, 0.1, 0.1)) == shares
    assert splits(1, (0.8, 0.1, 0.1)) != shares
    counts = splits(0, (30, 20, 10))
    assert [len(part) for part in counts.values()] == [30, 20, 10]
    assert counts["train"] == shares["train"][:30]  # the sample is the beginning of the order of all


def test_the_sample_does_not_depend_on_the_order_of_the_input(tmp_path):
    lines = write_houses(tmp_path / "house.ndjson", 200).read_bytes().splitlines()
    results = []
    for order in (lines, lines[::-1]):
        (tmp_path / "house.ndjson").write_bytes(b"\n".join(order))
        convert([tmp_path / "house.ndjson"], tmp_path / "out", Options(parts=Parts((50, 5, 5)), overwrite=True))
        results.append((tmp_path / "out" / "house.npz").read_bytes())
    first, second = (load_npz_bytes(tmp_path, data) for data in results)
    assert first == second


def load_npz_bytes(tmp_path, data):
    (tmp_path / "copy.npz").write_bytes(data)
    return {name: [s.tolist() for s in sketches] for name, sketches in load_npz(tmp_path / "copy.npz").items()}


def test_the_summary_counts_what_was_kept_and_dropped_and_why(tmp_path):
    source = write_houses(tmp_path / "house.ndjson", 100)
    long = [[list(range(200)), [i % 2 * 200 for i in range(200)]], HOUSE[0]]
    with source.open("ab") as file:
        file.write(b"\n" + b"\n".join([record(house(1), recognized=True), record(long, recognized=True)]))
        file.write(b"\n" + record([[[5, 5], [7, 7]]], recognized=True) + b"\nnonsense\n")
    options = Options(
        shape=Shape(max_len=100), parts=Parts((50, 10, 5)), recognized_only=True, skip_damaged=True, deduplicate=True
    )
    summary = convert([source], tmp_path / "out", options)
    assert summary.outcomes["house"] == {
        "kept": 65,
        "not sampled": 10,
        "not recognized": 25,
        "over 100 points": 1,
        "only a dot": 1,
        "duplicate": 1,
    }
    assert summary.damaged == 1 and "house.ndjson: line 104: expected a line of JSON" in summary.messages[0]
    text = summary.text()
    assert "1 skipped as damaged" in text and "house: min 7, 5% 7, median 7, 95% 7, max 7" in text
    header, row = text.splitlines()[:2]
    assert dict(zip(header.split()[:6], row.split()[:6], strict=True)) == {
        "category": "house", "read": "103", "kept": "65", "train": "50", "valid": "10", "test": "5"
    }  # fmt: skip


def test_equal_drawings_stay_on_request(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"\n".join([record()] * 7))
    options = Options(parts=ALL, deduplicate=False)
    assert convert([tmp_path / "a.ndjson"], tmp_path / "out", options).counts["a"]["train"] == 7


def test_a_pen_that_never_lifts_is_lifted_and_counted(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([[[0, 0, 0], [9, 9, 0]]]))
    summary = convert([tmp_path / "a.json"], tmp_path / "out", Options(parts=ALL))
    assert load_npz(tmp_path / "out" / "a.npz")["train"][0].tolist() == [[0, 0, 0], [9, 9, 1]]
    assert summary.mended == 1 and "left the pen down" in summary.text()


def test_images_are_those_of_the_drawings(tmp_path):
    source = write_houses(tmp_path / "house.ndjson", 10)
    convert([source], tmp_path / "out", Options(image_size=28), tmp_path / "out" / "sheet.png")
    sketches = load_npz(tmp_path / "out" / "house.npz")
    images = read_images(tmp_path / "out" / "house_png.npz", {split: len(s) for split, s in sketches.items()}, 28)
    np.testing.assert_array_equal(images["train"][3], render(sketches["train"][3], 28))
    assert (tmp_path / "out" / "sheet.png").read_bytes()[:4] == b"\x89PNG"
    convert([source], tmp_path / "out", Options(overwrite=True))
    assert not (tmp_path / "out" / "house_png.npz").exists()  # those would be taken for the images of other sketches


def test_old_numpy_finds_all_that_the_pickles_name(tmp_path):
    save_npz(tmp_path / "a.npz", {"train": [np.zeros((2, 3), np.int16)] * 2, "valid": [], "test": []})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        data = archive.read("train.npy")[128:]
    named = {argument for opcode, argument, _ in pickletools.genops(data) if opcode.name == "GLOBAL"}
    assert named == {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
    assert pickletools.optimize(data)[1] == 3  # protocol
    with np.load(tmp_path / "a.npz", allow_pickle=True, encoding="latin1") as archive:
        assert [strokes.tolist() for strokes in archive["train"]] == [[[0, 0, 0]] * 2] * 2
    assert isinstance(pickle.loads(data), np.ndarray)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_shapes_that_cannot_be_are_refused(value):
    for name in ("scale", "epsilon"):
        with pytest.raises(ValueError, match=f"{name}: expected a number of 0 to 1e.09, found {value}"):
            Shape(**{name: value})


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ("0.8,0.3,0.1", "sum to at most 1, found 0.8, 0.3, 0.1"),
        ("0,1,1", "train not 0"),
        ("10,0.5,1", "three whole numbers"),
        ("-1,2,3", "three whole numbers"),
        ("nan,1,1", "three whole numbers"),
        ("a,b,c", "expected sizes of train, valid and test, found 'a,b,c'"),
        ("1,2", "expected sizes of train, valid and test"),
    ],
)
def test_splits_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(DataError, match=message):
        Parts.parse(sizes.split(","))


def test_too_few_drawings_for_the_splits_are_an_error(tmp_path):
    with pytest.raises(DataError, match=r"'house': expected 70 drawings \(50, 10, 10\), found 60 to be split"):
        convert([write_houses(tmp_path / "house.ndjson", 60)], tmp_path / "out", Options(parts=Parts((50, 10, 10))))
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced_unasked(tmp_path):
    source = write_houses(tmp_path / "house.ndjson", 10)
    convert([source], tmp_path)
    before = (tmp_path / "house.npz").read_bytes()
    with pytest.raises(DataError, match="house.npz is there already"):
        convert([source], tmp_path, Options(seed=3))
    assert (tmp_path / "house.npz").read_bytes() == before


def test_a_sheet_that_cannot_be_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(ValueError, match=r"s.jpg: expected a name that ends in .png or .svg"):
        convert([tmp_path / "nothing.ndjson"], tmp_path / "out", sheet=tmp_path / "s.jpg")


def test_a_sheet_that_cannot_be_written_does_not_hide_what_was(tmp_path):
    source = write_houses(tmp_path / "house.ndjson", 10)
    with pytest.raises(DataError, match=r"s.png: expected to draw a sheet there, (.|\n)*house  *10") as caught:
        convert([source], tmp_path / "out", sheet=source / "s.png")
    assert len(str(caught.value).splitlines()) > 3 and (tmp_path / "out" / "house.npz").exists()


def test_the_command_converts_and_tells(tmp_path):
    source, output = write_houses(tmp_path / "house.ndjson", 30), tmp_path / "out"
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.convert", str(source), f"--output_dir={output}"]
    done = subprocess.run([*command, "--images", "--split=20,5,5"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split() == ["house", "30", "30", "20", "5", "5"]
    assert sorted(path.name for path in output.iterdir()) == ["house.npz", "house_png.npz", "sheet.png"]
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 1 and f"convert: {output}/house.npz is there already" in again.stderr


def test_neither_tool_loads_tensorflow():
    code = "import sys; from ia_pix2seq_tf.data import inspect; from ia_pix2seq_tf.data.convert import __main__, run"
    code += "; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "False\n"
