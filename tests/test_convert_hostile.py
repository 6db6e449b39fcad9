"""Damaged and hostile drawings: read right, or refused by name and place, in bounded time and memory."""

import gzip
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert import Options, Parts, Shape, convert
from ia_pix2seq_tf.data.files import DataError, load_npz
from ia_pix2seq_tf.untrusted import InputError

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 2 * 2**30
"""Bytes of address space of a conversion; the libraries alone take up to half of that."""
SECONDS = 60
"""Of processor time, for all hostile files together."""
ALL = Parts((1, 0, 0))
LINE = [[0, 255], [0, 9]]
SOUND = b'{"drawing": [[[0, 255], [0, 9]]]}\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


def record(drawing, **fields):
    return SOUND + json.dumps({"drawing": drawing, **fields}).encode() + b"\n" + SOUND


def header(lines, recognized=1):
    return struct.pack("<Q2sBIH", 5, b"DE", recognized, 1_500_000_000, lines)


def points(count):
    return struct.pack("<H", count) + bytes(2 * count)


SOUND_BINARY = header(1) + struct.pack("<H", 2) + bytes([0, 255, 0, 9])


def npz(path, **arrays):
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, value)
    return path.read_bytes()


SPOILED = {
    "no JSON": ("a.ndjson", SOUND + b"{'drawing': 1}\n" + SOUND, "a.ndjson: line 2: expected a line of JSON"),
    "no UTF-8": ("a.ndjson", SOUND + b'{"drawing": "\xff"}\n' + SOUND, "line 2: expected a line of JSON"),
    "another record": ("a.ndjson", SOUND + b"[1]\n" + SOUND, "line 2: expected an object with the field 'drawing'"),
    "deep": ("a.ndjson", SOUND + b"[" * 100_000 + b"\n" + SOUND, "line 2: expected a line of JSON, found none: "),
    "many digits": ("a.ndjson", SOUND + b'{"drawing": [[[' + b"9" * 9999 + b"],[1]]]}\n" + SOUND, "line 2: "),
    "no lines": ("a.ndjson", record([]), "line 2: expected a drawing as a list of lines, found a list of 0"),
    "a text": ("a.ndjson", record("x" * 999), r"expected a drawing as a list of lines, found 'x{40}' "),
    "no points": ("a.ndjson", record([LINE, [[], []]]), "line 2: line 1, x: expected a list of numbers"),
    "one list": ("a.ndjson", record([[[1, 2]]]), "line 0: expected lists of x, of y and perhaps of times"),
    "unequal lists": ("a.ndjson", record([[[1, 2], [3]]]), "line 0: expected lists of one length, found 2 and 1"),
    "unequal times": ("a.ndjson", record([[[1, 2], [3, 4], [1]]]), "expected lists of one length, found 2 and 2 and 1"),
    "texts": ("a.ndjson", record([[["1", "2"], [3, 4]]]), "line 0, x: expected numbers, found '1'"),
    "truth": ("a.ndjson", record([[[1, True], [3, 4]]]), "line 0, x: expected numbers, found 1"),
    "null": ("a.ndjson", record([[[1, None], [3, 4]]]), "line 0, x: expected numbers, found None"),
    "NaN": ("a.ndjson", record([[[1, float("nan")], [3, 4]]]), "x: expected finite numbers up to 1e.09, found nan"),
    "infinity": ("a.ndjson", record([[[1, 2], [3, float("inf")]]]), "y: expected finite numbers up to .*, found inf"),
    "far away": ("a.ndjson", record([[[1, 2], [3, 1e10]]]), "expected finite numbers up to 1e.09, found 1e.10"),
    "beyond floats": ("a.ndjson", record([[[1, 10**400], [3, 4]]]), "expected finite numbers"),
    "many points": ("a.ndjson", record([[[1] * 30_001, [1] * 30_001]]), "at most 30,000 points, found 30,001"),
    "a word that is none": ("a.ndjson", record([LINE], word=5), "line 2: 'word': expected a text, found 5"),
    "a mark that is none": ("a.ndjson", record([LINE], recognized="yes"), "'recognized': expected true or false"),
    "a way out": ("a.ndjson", record([LINE], word="../../etc/cat"), "expected a category that can name a file"),
    "absolute": ("a.ndjson", record([LINE], word="/tmp/cat"), "expected a category that can name a file"),
    "a hidden file": ("a.ndjson", record([LINE], word=".cat"), "expected a category that can name a file"),
    "half a character": ("a.ndjson", record([LINE], word="\ud800"), "expected a category that can name a file"),
    "a terminal's escape": ("a.ndjson", record([LINE], word="\x1b[2J"), r"found '\\x1b\[2J'"),
    "images": ("a.ndjson", record([LINE], word="cat_png"), "expected a category that can name a file"),
    "a long name": ("a.ndjson", record([LINE], word="c" * 101), "expected a category that can name a file"),
    "a long path": ("a.ndjson", record([[[0, 1] * 4999, [0.5] * 9998]]), "at most 1,000,000 units to simplify"),
    "no points in .bin": ("a.bin", SOUND_BINARY + header(1) + points(0), "drawing 1: expected lines with points"),
    "no lines in .bin": ("a.bin", SOUND_BINARY + header(0), "drawing 1: expected lines with points"),
    "many lines": ("a.bin", SOUND_BINARY + header(65_535) + points(1) * 65_535, "at most 30,000 points, found 65,535"),
    "empty lines": ("a.bin", SOUND_BINARY + header(65_535) + points(0) * 65_535, "drawing 1: expected lines with"),
    "not a mark": ("a.bin", SOUND_BINARY + header(1, 7), "drawing 1: expected a mark of 0 or 1 for .*, found 7"),
    "half a head": ("a.bin", SOUND_BINARY + b"12345", "drawing 1: expected 17 bytes more, found the end .* after 5"),
    "half a line": ("a.bin", SOUND_BINARY + header(2) + points(3), "drawing 1: expected 2 bytes more"),
    "half a point": ("a.bin", SOUND_BINARY + SOUND_BINARY[:-1], "drawing 1: expected 4 bytes more"),
    "not packed": ("a.ndjson.gz", SOUND, "a.ndjson.gz: expected a sound .gz file"),
    "half a pack": ("a.bin.gz", gzip.compress(SOUND_BINARY * 99)[:-9], "expected a sound .gz file"),
    "JSON of a number": ("a.json", b"12", r"a.json: expected \[, found 1"),
    "JSON of an escape": ("a.json", b"\x1b[2J", r"expected \[, found '\\x1b'"),
    "JSON of another object": ("a.json", b'{"cats": []}', "expected one of the splits .* found 'cats'"),
    "JSON that ends": ("a.json", b"[[[", "drawing 0: expected a whole drawing as JSON"),
    "JSON and more": ("a.json", b"[] x", "expected the end of the file, found 'x'"),
    "JSON, deep": ("a.json", b"[" * 100_000, "drawing 0: expected a whole drawing as JSON"),
    "JSON of numbers": ("a.json", b"[1, 2]", "drawing 0: expected a drawing, found 1"),
    "strokes of four": ("a.json", b"[[[1,2,3,4]]]", "expected lists of x, of y .*, found a list of 4"),
    "another pen": ("a.json", b"[[[0,0,0],[1,2,2]]]", "drawing 0: expected a pen of 0 or 1, found 2 in point 1"),
    "strokes and NaN": ("a.json", b"[[[0,0,0],[1,NaN,1]]]", "drawing 0: strokes: expected finite numbers"),
    "not UTF-8": ("a.json", b"[\xff]", "expected UTF-8"),
    "no SVG": ("a.svg", b"<svg", "a.svg: expected well-formed SVG"),
    "SVG of text": ("a.svg", SVG.format("<text>a</text>").encode(), "no visible line; left out: 1 text"),
    "SVG of nothing": ("a.svg", SVG.format("").encode(), "expected a drawing, found no visible line"),
    "no archive": ("a.npz", b"PK\x03\x04 and no more", "a.npz: expected an .npz archive"),
    "empty": ("a.ndjson", b"", "a.ndjson: expected a file of 1 bytes, found 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_spoiled_is_refused_by_name_and_place_or_skipped(tmp_path, name):
    file, content, message = SPOILED[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        convert([tmp_path / file], tmp_path / "out")
    assert str(tmp_path / file) in str(caught.value) and len(str(caught.value)) < 500 + len(str(tmp_path))
    assert not (tmp_path / "out").exists()
    (tmp_path / "b.ndjson").write_bytes(SOUND)
    options = Options(parts=ALL, skip_damaged=True, category="c")
    assert convert([tmp_path / file, tmp_path / "b.ndjson"], tmp_path / "out", options).outcomes["c"]["kept"] == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["c.npz"]


ARRAYS = {
    "other names": ({"cats": np.zeros((1, 2, 3))}, "expected one of the arrays train, valid, test, found cats"),
    "flat": ({"train": np.zeros((4, 3), np.int16)}, r"train 0: expected strokes \[n, 3\] with n > 0"),
    "empty": ({"train": np.zeros((4, 0, 3), np.int16)}, r"train 0: expected strokes \[n, 3\] with n > 0"),
    "pen": ({"train": np.full((1, 2, 3), 2)}, "train 0: expected a pen of 0 or 1, found 2 in point 0"),
    "NaN": ({"train": np.full((1, 2, 3), np.nan)}, "train 0: points: expected finite numbers"),
    "texts": ({"train": np.array([[["a", "b", "c"]]])}, "expected numbers or sketches"),
    "beyond int16": ({"train": np.array([[[0, 0, 0], [40_000, 0, 1]]])}, "expected offsets within .*, found 40000"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_are_no_drawings_are_refused(tmp_path, name):
    arrays, message = ARRAYS[name]
    npz(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        convert([tmp_path / "a.npz"], tmp_path / "out")


class _Evil:
    def __reduce__(self):
        return os.mkdir, (str(Path(os.environ["EVIL_TARGET"])),)


def test_pickles_are_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("EVIL_TARGET", str(tmp_path / "evil"))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive, archive.open("train.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|O", "fortran_order": False, "shape": (1,)})
        member.write(pickle.dumps(_Evil()))
    with pytest.raises(DataError, match="it was refused and nothing was run|It was refused"):
        convert([tmp_path / "a.npz"], tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_offsets_beyond_int16_fit_once_scaled(tmp_path):
    npz(tmp_path / "a.npz", train=np.array([[[0, 0, 0], [40_000, 0, 1]]]))
    convert([tmp_path / "a.npz"], tmp_path / "out", Options(shape=Shape(scale=255), parts=ALL))
    assert load_npz(tmp_path / "out" / "a.npz")["train"][0].tolist() == [[0, 0, 0], [255, 0, 1]]


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.ndjson")
    for name, message in {
        "a.ndjson": "expected files ending in .* found another file",
        "b.ndjson": "found nothing",
        "": "found a directory without any",
    }.items():
        with pytest.raises(InputError, match=message):
            convert([tmp_path / name], tmp_path / "out", Options(skip_damaged=True))


def test_links_that_lead_in_circles_are_not_followed(tmp_path):
    (tmp_path / "in" / "cat").mkdir(parents=True)
    (tmp_path / "in" / "cat" / "again").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "cat" / "a.svg").write_text(SVG.format('<path d="M0,0 L9,1" stroke="black"/>'))
    assert convert([tmp_path / "in"], tmp_path / "out", Options(parts=ALL)).counts["cat"]["train"] == 1


def test_too_many_categories_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ia_pix2seq_tf.data.convert.run.MOST_CATEGORIES", 20)
    lines = (json.dumps({"drawing": [LINE], "word": str(i)}) for i in range(21))
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    with pytest.raises(DataError, match="expected at most 20 categories"):
        convert([tmp_path / "a.ndjson"], tmp_path / "out")


def test_nothing_kept_is_an_error_that_says_why(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(SOUND)
    with pytest.raises(DataError, match=r"kept none of what was read\n(.|\n)*not recognized"):
        convert([tmp_path / "a.ndjson"], tmp_path / "out", Options(recognized_only=True))
    assert not issubclass(InputError, DataError)  # readers raise the one, the conversion the other


def test_hostile_files_cost_little_time_and_memory(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    zigzag = [[i % 2 * (30_000 - i) / 100 for i in range(30_000)], list(range(30_000))]
    files = {
        "sound.ndjson": SOUND,
        "huge line.ndjson": b'{"drawing": [' + b" " * 2**25,
        "many lists.ndjson": b'{"drawing": [' + b"[]," * 400_000 + b"[]]}",
        "long text.ndjson": b'{"drawing": [[["' + b"a" * 2_000_000 + b'"' + b",1" * 20_000 + b"],[1]]]}",
        "zigzag.ndjson": json.dumps({"drawing": [zigzag]}).encode(),
        "long path.ndjson": json.dumps({"drawing": [[[0, 255] * 9999, [0, 1] * 9999]]}).encode(),
        "huge list.json": b"[[" + b"[" * 900 + b"1," * 2**22,
        "many drawings.json": b"[" + b"[]," * 12_000 + b"[]]",
        "bomb.ndjson.gz": gzip.compress(bytes(2**26)),
        "bomb.json.gz": gzip.compress(b" " * 2**26),
        "bomb.bin.gz": gzip.compress(bytes(2**22)),
        "zeros.bin": bytes(2**22),
    }
    for name, content in files.items():
        (source / name).write_bytes(content)
    _bomb(source / "bomb.npz")
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.convert", str(source), f"--output_dir={tmp_path / 'out'}"]
    limited = [
        "sh",
        "-c",
        f'ulimit -v {MEMORY // 1024}; ulimit -t {SECONDS}; exec "$@"',
        "sh",
        *command,
        "--on_error=skip",
        "--split=1,0,0",
    ]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["sheet.png", "sound.npz", "zigzag.npz"]


def _bomb(path):
    """An archive of zeros, packed to a thousandth."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("train.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "<i2", "fortran_order": False, "shape": (2**22, 4, 3)})
        for _ in range(12):
            member.write(bytes(2**23))
