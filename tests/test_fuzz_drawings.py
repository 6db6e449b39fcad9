"""Fuzzing the readers of drawings and pictures: `pytest tests/test_fuzz_drawings.py --fuzz=5000` tries more."""

import base64
import gzip
import io
import itertools
import json
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from archives import ATTACKS, DTYPES, PICKLES, SHAPES, SKETCHES, archive, bomb, npy, objects, picture
from fuzzing import (
    BYTES,
    HOSTILE_INTEGERS,
    HOSTILE_NUMBERS,
    JSON,
    TEXTS,
    TRAP,
    assert_strokes,
    damaged,
    read_or_refused,
)
from hypothesis import example, given
from hypothesis import strategies as st

from ia_pix2seq_tf.data import npz
from ia_pix2seq_tf.data.convert import Options, Parts, Shape, convert
from ia_pix2seq_tf.data.files import SPLITS, DataError, load_npz
from ia_pix2seq_tf.data.images import read_images
from ia_pix2seq_tf.data.inspect import inspect_file, report_text
from ia_pix2seq_tf.sampling.inputs import InputError, read_image, read_sketches, read_svg

SIZE = 32
LINES = [[[0, 255, 40], [0, 9, 90]], [[7, 8], [9, 200]]]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Three folders: for the file, for what is made of it, and the working directory, where a trap would spring."""
    for name in ("in", "out", "cwd"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path


# What readers are asked to do.


def _train(path):
    for sketches in load_npz(path).values():
        for strokes in sketches:
            assert_strokes(strokes, is_whole=True)


def _draw(path):
    for sketch in itertools.islice(read_sketches(path, SIZE), 20):
        assert sketch.image.shape == (SIZE, SIZE) and np.isfinite(sketch.strokes).all()


def _inspect(path):
    assert str(path) in report_text(path, inspect_file(path))


def _images(path):
    for split, images in read_images(path, dict.fromkeys(SPLITS, 2), SIZE).items():
        assert images.shape == (2, SIZE, SIZE) and images.dtype == np.uint8, split


def _convert(path, **options):
    """Converts a file; what is written must be whole, and lie in the output folder."""
    out = path.parents[1] / "out"
    for old in out.iterdir():
        old.unlink()
    options = {"skip_damaged": False, "shape": Shape(scale=100), **options}
    try:
        convert([path], out, Options(parts=Parts((1, 0, 0)), **options))
    finally:
        assert {entry.name for entry in out.parent.iterdir()} == {"in", "out", "cwd"}
        for made in out.iterdir():
            assert made.suffix == ".npz" and made.is_file()
            _train(made)


def _convert_skipping(path):
    _convert(path, skip_damaged=True, shape=Shape())


def _image(path):
    image = read_image(path, SIZE).image
    assert image.shape == (SIZE, SIZE) and image.dtype == np.uint8 and image.min() < 255


def _svg(path):
    sketch = read_svg(path, SIZE)
    assert sketch.image.min() < 255
    assert_strokes(sketch.strokes)


def refuses_or_reads(path: Path, content: bytes, *reads) -> None:
    """Gives a file to each of `reads`; `ValueError` is raised by none but as one of the package's two errors."""
    path.write_bytes(content)
    for read in reads:
        read_or_refused(path, read, (DataError, InputError))


# Archives of arrays, and the pickles in them.


def of_splits(content: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    return archive({f"{split}.npy": content for split in SPLITS}, compression)


PROGRAMS = st.lists(st.sampled_from(ATTACKS), max_size=30).map(b"".join)
SOUND_ARCHIVE = of_splits(npy(PICKLES[3]))
NPZ_READERS = _train, _draw, _inspect, _convert, _convert_skipping


@given(damaged(SOUND_ARCHIVE, (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"train.npy", b"../train.npy")))
def test_damaged_archives(folder, content):
    refuses_or_reads(folder / "in" / "a.npz", content, *NPZ_READERS)


@given(st.sampled_from(PICKLES).flatmap(lambda sound: damaged(sound, ATTACKS)))
@example(b"\x80\x02r\xff\xff\xff\x0f.")
@example(b"\x80\x05\x96" + struct.pack("<Q", 2**33) + b".")
def test_damaged_pickles(folder, program):
    refuses_or_reads(folder / "in" / "a.npz", of_splits(npy(program)), *NPZ_READERS)
    assert not Path(TRAP).exists()


@given(st.sampled_from([b"", b"\x80\x02", b"\x80\x04"]), PROGRAMS)
def test_programs_for_the_unpickler(folder, start, program):
    refuses_or_reads(folder / "in" / "a.npz", of_splits(npy(start + program + b".", shape=(1,))), _train, _inspect)
    assert not Path(TRAP).exists()


@given(st.sampled_from(DTYPES), SHAPES, st.booleans(), BYTES | st.sampled_from(PICKLES))
@example("<i2", (2**40, 0, 3), False, b"")
@example("|O", (0, 2**40), False, pickle.dumps(np.empty((0, 2**40), object)))
def test_headers_that_claim_anything(folder, descr, shape, fortran_order, data):
    content = npy(data, descr, shape, fortran_order)
    refuses_or_reads(folder / "in" / "a.npz", of_splits(content), *NPZ_READERS, _images)


@given(st.data(), st.sampled_from([0, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
def test_archives_of_any_members(folder, data, compression):
    names = st.sampled_from(["train.npy", "valid.npy", "test.npy", "train", "../train.npy", "/tmp/a.npy", "é.npy"])
    sound = npy(np.zeros(6, np.int16).tobytes(), "<i2", (1, 2, 3))
    members = data.draw(st.dictionaries(names, st.sampled_from([b"", sound]) | damaged(sound), max_size=4))
    content = archive(members, compression)
    if data.draw(st.booleans()):
        content = data.draw(damaged(content))
    refuses_or_reads(folder / "in" / "a.npz", content, *NPZ_READERS)


NUMBERS = st.sampled_from([n for n in HOSTILE_NUMBERS if abs(n) < 2**63]) | st.floats(width=64)


@given(st.lists(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=4), max_size=3), st.sampled_from([0, 1]))
def test_sketches_of_any_numbers(folder, rows, lifted):
    sketches = [np.array(points, np.float64).reshape(-1, 3) for points in rows]
    for sketch in sketches[1:]:
        sketch[:, 2] = lifted
    stream = io.BytesIO()
    np.savez(stream, train=objects(sketches), valid=objects([]), test=objects(sketches))
    refuses_or_reads(folder / "in" / "a.npz", stream.getvalue(), *NPZ_READERS)


def test_equal_sketches_stored_once_do_not_fill_memory(folder):
    """An array of 200 kB a hundred thousand times over is 20 GB."""
    cells = objects([np.zeros((2**15, 3), np.int16)] * 100_000)
    path = folder / "in" / "a.npz"
    path.write_bytes(of_splits(npy(pickle.dumps(cells, 4), shape=(100_000,))))
    with pytest.raises(DataError, match="the arrays in it are larger together than what is stored can be"):
        load_npz(path)


def test_arrays_within_arrays_do_not_overflow_the_stack(folder):
    """Each is memorised and converted before the one that holds it, so that no recursion would be seen."""
    make = b"cnumpy.core.multiarray\n_reconstruct\n)R"
    dtype = b"cnumpy\ndtype\nX\x02\x00\x00\x00O8K\x00K\x01\x87R"
    program = [b"\x80\x02", dtype, b"r\xff\xff\x00\x000"]
    for i in range(60_000):
        cell = b"K\x01" if i == 0 else b"j" + struct.pack("<I", i - 1)
        state = b"(K\x01K\x01\x85j\xff\xff\x00\x00\x89]" + cell + b"at"
        program += [make, state, b"br", struct.pack("<I", i), b"0"]
    cells = b"]" + b"(" + b"".join(b"j" + struct.pack("<I", i) for i in range(60_000)) + b"e"
    program += [make, b"(K\x01J" + struct.pack("<i", 60_000) + b"\x85j\xff\xff\x00\x00\x89" + cells, b"tb."]
    path = folder / "in" / "a.npz"
    path.write_bytes(of_splits(npy(b"".join(program), shape=(60_000,))))
    with pytest.raises(DataError, match="expected arrays of numbers, found an array of objects"):
        load_npz(path)


def test_archives_that_unpack_to_a_thousand_times_their_size_are_refused(folder, monkeypatch):
    monkeypatch.setattr(npz, "SMALL", 2**20)
    path = folder / "in" / "a.npz"
    path.write_bytes(bomb("train", "<i2", (32, 4)))
    for read in (_draw, _inspect, _convert):
        assert read_or_refused(path, read, (DataError, InputError)) is None
    with pytest.raises(DataError, match=r"'train' claims 671\d{5} bytes, expected at most"):
        inspect_file(path)


def test_links_in_archives_lead_nowhere(folder):
    secret = folder / "in" / "secret.npy"
    np.save(secret, np.zeros((1, 2, 3), np.int16))
    link = zipfile.ZipInfo("train.npy")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(link, str(secret))
    path = folder / "in" / "a.npz"
    path.write_bytes(stream.getvalue())
    with pytest.raises(DataError, match="array 'train' is damaged"):
        inspect_file(path)
    refuses_or_reads(path, stream.getvalue(), *NPZ_READERS)


# QuickDraw's files and JSON.

RECORDS = json.dumps({"word": "cat", "recognized": True, "drawing": LINES}).encode() + b"\n"
NDJSON = RECORDS * 3
TOKENS = (
    b"null",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"[" * 5000,
    b'"\\ud800"',
    b"\xef\xbb\xbf",
    b"{}",
    b'"word":',
)
HOSTILE_LINES = st.lists(st.lists(st.lists(st.sampled_from(HOSTILE_NUMBERS), max_size=4), max_size=4), max_size=3)
FINITE = st.floats(-1e9, 1e9)
LINE = st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(FINITE, min_size=n, max_size=n), min_size=2, max_size=3))
SCALED_LINES = st.lists(LINE, min_size=1, max_size=3)
ANY_RECORD = st.fixed_dictionaries(
    {"drawing": HOSTILE_LINES | SCALED_LINES | JSON},
    optional={"word": st.sampled_from(TEXTS) | JSON, "recognized": JSON, "other": JSON},
)


@given(damaged(NDJSON, TOKENS))
def test_damaged_ndjson(folder, content):
    refuses_or_reads(folder / "in" / "a.ndjson", content, _convert, _convert_skipping)


@given(st.lists(ANY_RECORD | JSON, min_size=1, max_size=4))
@example([10**400])
@example([{"drawing": [10**400]}])
def test_ndjson_of_any_records(folder, records):
    content = b"\n".join(json.dumps(record).encode() for record in records)
    refuses_or_reads(folder / "in" / "a.ndjson", content, _convert, _convert_skipping)


@given(damaged(gzip.compress(NDJSON, mtime=0)))
def test_damaged_gzip(folder, content):
    refuses_or_reads(folder / "in" / "a.ndjson.gz", content, _convert, _convert_skipping)


STROKES_JSON = json.dumps({split: [sketch.tolist() for sketch in SKETCHES] for split in SPLITS}).encode()
ANY_STROKES = st.lists(st.lists(st.sampled_from(HOSTILE_NUMBERS), min_size=3, max_size=3), max_size=4)


@given(
    st.sampled_from([STROKES_JSON, json.dumps([LINES, LINES]).encode()]).flatmap(lambda sound: damaged(sound, TOKENS))
)
def test_damaged_json(folder, content):
    refuses_or_reads(folder / "in" / "a.json", content, _convert, _convert_skipping)


@given(
    st.lists(ANY_STROKES | ANY_RECORD | HOSTILE_LINES | SCALED_LINES | JSON, max_size=3),
    st.sampled_from([None, *SPLITS, "cat"]),
)
def test_json_of_any_drawings(folder, drawings, split):
    content = json.dumps(drawings if split is None else {split: drawings, "test": []}).encode()
    refuses_or_reads(folder / "in" / "a.json", content, _convert, _convert_skipping)


def packed(lines, recognized=1, count=None) -> bytes:
    head = struct.pack("<Q2sBIH", 5, b"DE", recognized, 1_500_000_000, len(lines) if count is None else count)
    return head + b"".join(struct.pack("<H", n) + data for n, data in lines)


COUNTS = st.sampled_from([n for n in HOSTILE_INTEGERS if 0 <= n < 2**16])
ANY_DRAWING = st.builds(
    packed,
    st.lists(st.tuples(COUNTS, BYTES) | BYTES.map(lambda data: (len(data) // 2, data)), max_size=4),
    st.sampled_from([0, 1, 2, 255]),
    st.none() | COUNTS,
)
BINARY = packed([(3, bytes([0, 255, 40, 0, 9, 90])), (2, bytes([7, 8, 9, 200]))]) * 3


@given(damaged(BINARY) | st.lists(ANY_DRAWING, max_size=4).map(b"".join))
def test_binary_drawings(folder, content):
    refuses_or_reads(folder / "in" / "a.bin", content, _convert, _convert_skipping)


# Tables, online handwriting, and scenes of drawing programs.

CSV = b"".join([b"countrycode,drawing,key_id,recognized,timestamp,word\r\n", *[
    f'DE,"{json.dumps(LINES)}",{i},True,2020-01-01,cat\r\n'.encode() for i in range(3)
]])  # fmt: skip
PAIRS = b'{"drawing": [[[1, 2], [3, 4], [5, 6], [7, 8]], [[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]]]}\n' * 3
WHITEBOARD = b"""<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession><StrokeSet>
<Stroke colour="black"><Point x="1" y="2" time="3.5"/><Point x="30" y="40" time="4"/></Stroke>
<Stroke><Point x="9" y="9"/></Stroke></StrokeSet></WhiteboardCaptureSession>"""
INKML = b"""<?xml version="1.0"?><ink xmlns="http://www.w3.org/2003/InkML"><definitions><context xml:id="c">
<traceFormat><channel name="Y" orientation="-ve"/><channel name="X"/></traceFormat></context></definitions>
<traceGroup contextRef="#c"><trace xml:id="t" continuation="begin">1 2,'3'4,"5"6,7*,#A #F,? 3,!1 1</trace>
<trace type="penUp">1 1</trace></traceGroup>
<trace continuation="end" priorRef="#t">1 2, -3.5e1 .5 T F</trace></ink>"""
ELEMENT = {"type": "line", "x": 1, "y": 2, "width": 30, "height": 40, "angle": 0.5, "strokeColor": "#000",
           "points": [[0, 0], [5, 6.5], [9, -9]], "roundness": {"type": 2}}  # fmt: skip
KINDS = ("freedraw", "line", "arrow", "rectangle", "diamond", "ellipse", "text", "image", "frame")
EXCALIDRAW = json.dumps({"type": "excalidraw", "elements": [{**ELEMENT, "type": kind} for kind in KINDS]}).encode()
PATH = base64.b64encode(struct.pack("<3f6e", 1, 2, 0.5, 3, 4, 0, 5, -6, 0)).decode()
PROPS = {"segments": [{"type": "free", "points": [{"x": 1, "y": 2}, {"x": 30, "y": 40, "z": 0.5}]},
                      {"type": "free", "path": PATH}], "scaleX": 2, "isClosed": True, "geo": "ellipse", "w": 5, "h": 6,
         "points": {"a": {"index": "a1", "x": 1, "y": 2}, "b": {"index": "a2", "x": 3, "y": 4}}, "spline": "cubic",
         "start": {"x": 1, "y": 2}, "end": {"x": 9, "y": 9}, "bend": 3, "text": "a"}  # fmt: skip
SHAPE = {"id": "shape:a", "typeName": "shape", "type": "draw", "parentId": "page:a", "index": "a1", "x": 5, "y": 6,
         "rotation": 1, "props": PROPS}  # fmt: skip
SHAPES = [{**SHAPE, "type": kind, "id": f"shape:{kind}"} for kind in ("draw", "line", "geo", "arrow", "group", "text")]
TLDRAW = json.dumps({"tldrawFileFormatVersion": 1, "schema": {}, "records": SHAPES}).encode()
FIRST_SHAPE = {"id": "a", "type": "draw", "childIndex": 1, "point": [1, 2], "rotation": 1,
               "points": [[1, 2, 0.5], [3, 4]], "size": [5, 6], "radius": [7, 8], "bend": 1, "label": "a",
               "handles": {name: {"point": [3, len(name)]} for name in ("start", "bend", "end")}}  # fmt: skip
FIRST = {"document": {"pages": {"p": {"childIndex": 1, "shapes": {
    kind: {**FIRST_SHAPE, "type": kind} for kind in ("draw", "rectangle", "ellipse", "arrow", "text")}}}}}  # fmt: skip
XML_TOKENS = (
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b'<!DOCTYPE a SYSTEM "/etc/passwd">', b"&b;", b"<![CDATA[", b"<a>" * 300,
    b'encoding="punycode"', b"<trace>", b"</Stroke>", b"<traceFormat/>", b'contextRef="#c"', b'"' * 50, b"'1" * 3000,
    b"1e999", b"9" * 5000, b"NaN", b"#" * 40,
)  # fmt: skip
CSV_TOKENS = (*TOKENS, b'"' * 99, b"," * 5000, b"\r", b";", b"\t", b"drawing")
SOUND = {
    "a.csv": (CSV, CSV_TOKENS),
    "a.ndjson": (PAIRS, TOKENS),
    "a.jsonl": (json.dumps({"drawing": json.dumps(LINES)}).encode(), TOKENS),
    "a.xml": (WHITEBOARD, XML_TOKENS),
    "a.inkml": (INKML, XML_TOKENS),
    "b.xml": (INKML, XML_TOKENS),
    "a.excalidraw": (EXCALIDRAW, TOKENS),
    "a.tldr": (TLDRAW, TOKENS),
    "b.tldr": (json.dumps(FIRST).encode(), TOKENS),
    "a.json": (EXCALIDRAW, TOKENS),
    "b.json": (json.dumps({"drawing": LINES}, indent=1).encode() * 2, TOKENS),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_fuzzed_is_sound(folder, name):
    path = folder / "in" / name
    path.write_bytes(SOUND[name][0])
    _convert(path)


@given(st.sampled_from(list(SOUND)).flatmap(lambda name: st.tuples(st.just(name), damaged(*SOUND[name]))))
@example(("a.inkml", b"<ink><trace>" + b"?," * 29_000 + b"</trace></ink>"))
@example(("a.xml", b"<a>" + b"<Stroke/>" * 150_000 + b"</a>"))
@example(("a.xml", b"<Stroke " + b"".join(b"a%d='' " % i for i in range(100_000)) + b"/>"))
@example(("a.csv", b"drawing," + b"," * 2**21 + b"\n1"))
@example(("a.excalidraw", b'{"elements":[' + b"[" * 900))
@example(("a.json", b'{"a":' * 5000))
@example(("a.json", b"{" + b",".join(b'"a%d":1' % i for i in range(100_000)) + b"}"))
@example(("a.tldr", TLDRAW.replace(b'"segments": [', b'"segments": [' + b'{"path":""},' * 100_000)))
def test_damaged_files_of_other_programs(folder, case):
    name, content = case
    refuses_or_reads(folder / "in" / name, content, _convert, _convert_skipping)


def hostile(sound):
    """Objects like a sound one, with hostile values in some of its fields."""
    values = st.sampled_from([*HOSTILE_NUMBERS, *TEXTS, *sound.values(), [[0, 0]] * 3]) | JSON
    return st.dictionaries(st.sampled_from(list(sound)), values, max_size=3).map(lambda fields: {**sound, **fields})


SHAPE_KINDS = st.sampled_from(["draw", "highlight", "line", "geo", "arrow", "group", "text"])
HOSTILE_SHAPES = st.builds(lambda shape, props, kind: {"props": props, **shape, "type": kind},
                           hostile({**SHAPE, "props": PROPS}), hostile(PROPS), SHAPE_KINDS)  # fmt: skip


@given(st.lists(st.builds(lambda element, kind: {**element, "type": kind}, hostile(ELEMENT), st.sampled_from(KINDS))))
def test_scenes_of_any_elements(folder, elements):
    content = json.dumps({"elements": elements}).encode()
    refuses_or_reads(folder / "in" / "a.excalidraw", content, _convert, _convert_skipping)


@given(st.lists(HOSTILE_SHAPES, max_size=4), st.lists(hostile(FIRST_SHAPE), max_size=3), st.booleans())
def test_boards_of_any_shapes(folder, shapes, first, is_first):
    pages = {"p": {"shapes": {str(i): shape for i, shape in enumerate(first)}}}
    content = json.dumps({"document": {"pages": pages}} if is_first else {"records": shapes}).encode()
    refuses_or_reads(folder / "in" / "a.tldr", content, _convert, _convert_skipping)


LISTS = st.recursive(
    st.sampled_from([n for n in HOSTILE_NUMBERS if abs(n) < 2**63]) | st.text(max_size=3) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=12,
)


@given(st.lists(LISTS, max_size=4))
@example([[[1, 2, 1]] * 2, [[1.5, True, 1]]])
def test_arrays_of_any_lists(folder, cells):
    content = npy(pickle.dumps(objects(cells), 4), shape=(len(cells),))
    refuses_or_reads(folder / "in" / "a.npz", of_splits(content), *NPZ_READERS)


def test_a_list_stored_once_does_not_fill_memory(folder):
    """A list of 32 kB a hundred thousand times over."""
    cells = objects([[[0, 0, 1]] * 2000] * 100_000)
    path = folder / "in" / "a.npz"
    path.write_bytes(of_splits(npy(pickle.dumps(cells, 4), shape=(100_000,))))
    with pytest.raises(DataError, match="are larger together than what is stored can be"):
        load_npz(path)


# SVG.

SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
<g transform="translate(3,4) rotate(20 1 2) scale(2)" stroke="black" fill="none" style="stroke-width:2">
<path d="M1,2 l3,4 h5 v-6 c1,2 3,4 5,6 s1,1 2,2 q1,2 3,4 t5,6 a3,4 20 1 0 5,6 z m2,2 l4,4"/>
<polyline points="1,2 3,4 5,6"/><rect x="1" y="2" width="30%" height="4cm" rx="1"/><circle cx="5" cy="5" r="3"/>
<ellipse cx="5" cy="5" rx="3" ry="2" stroke="#123"/><line x1="0" x2="4" y1="1" y2="2" stroke="rgb(1,2,3)"/></g></svg>
"""
VALUES = (
    "", "0", "-1", "1e9", "1e-300", "1e999", "NaN", "50%", "1cm", "auto", "none", "inherit", "9" * 400, "0.0000001",
    "M0,0 L9,9", "M0 0a1e9 1e-30 45 1 1 9 9", "M0 0" + "l1e9 1e9" * 50, "m1 1zzzz", "M0,0 C1,1 1e9,1e9 2,2",
    "1,2 3,4 5",
    "scale(1e9)", "scale(0)", "skewX(90)", "matrix(1 1 1 1 1 1)", "rotate(1e9)", "translate(", "scale(1e9)" * 40,
    "hsl(99999999999999999999,100%,50%)", "rgb(9999999999999999%,1%,1%)", "#12345", "url(#a)", "white",
    "display:none", "stroke:red;stroke-width:0", "fill:white;stroke:none", "0 0 0 0", "0 0 1e-9 1e9",
)  # fmt: skip
NAMES = (
    "d", "points", "x", "y", "width", "height", "rx", "ry", "r", "cx", "cy", "x1", "transform", "style", "viewBox",
    "fill", "stroke", "stroke-width", "opacity", "display", "visibility",
)  # fmt: skip
TAGS = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "g", "svg", "text", "defs", "a", "image")
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=5)
ELEMENTS = st.recursive(
    st.tuples(st.sampled_from(TAGS), ATTRIBUTES, st.just(())),
    lambda inner: st.tuples(st.sampled_from(TAGS), ATTRIBUTES, st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8,
)


def written(element) -> str:
    tag, attributes, inner = element
    texts = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<{tag} {texts}>{''.join(map(written, inner))}</{tag}>"


@given(
    damaged(
        SVG,
        (*(value.encode() for value in VALUES), b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<![CDATA[", b"<g>" * 300),
    )
)
def test_damaged_svg(folder, content):
    refuses_or_reads(folder / "in" / "a.svg", content, _svg, _convert, _convert_skipping)


@given(ATTRIBUTES, st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple))
def test_svg_of_any_elements(folder, attributes, elements):
    content = written(("svg", attributes, elements)).encode()
    refuses_or_reads(folder / "in" / "a.svg", content, _svg, _convert)


# Pictures.


PICTURES = [
    *(picture("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
    *(picture("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
    picture("JPEG", progressive=True),
    picture("GIF", "P"),
    picture("BMP"),
    picture("WEBP"),
]


@given(
    st.sampled_from(PICTURES).flatmap(lambda sound: damaged(sound, (b"IHDR", b"IDAT", b"tRNS", b"\xff\xd8", b"GIF89a")))
)
def test_damaged_pictures(folder, content):
    refuses_or_reads(folder / "in" / "a.png", content, _image)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


HEADS = st.builds(
    lambda *fields: struct.pack(">IIBBBBB", *fields),
    st.sampled_from([0, 1, 8, 40, 2**16, 2**31 - 1, 2**32 - 1]),
    st.sampled_from([0, 1, 8, 24, 2**16, 2**31 - 1]),
    st.sampled_from([1, 2, 4, 8, 16, 3]),
    st.sampled_from([0, 2, 3, 4, 6, 1]),
    *[st.sampled_from([0, 1, 2])] * 3,
)
CHUNKS = st.lists(
    st.tuples(st.sampled_from(b"IDAT PLTE tRNS gAMA iCCP zTXt eXIf acTL fcTL IEND".split()), BYTES)
    | st.tuples(st.sampled_from([b"IDAT", b"fdAT"]), st.integers(0, 5000).map(lambda n: zlib.compress(bytes(n)))),
    max_size=5,
)  # fmt: skip


@given(HEADS, CHUNKS)
def test_png_of_any_chunks(folder, head, chunks):
    content = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*part) for part in chunks) + chunk(b"IEND", b"")
    )
    refuses_or_reads(folder / "in" / "a.png", content, _image)
