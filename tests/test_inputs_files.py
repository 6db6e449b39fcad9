"""Reading `.npz` files and directories that a user gives."""

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reference import golden

from ia_pix2seq_tf.render import render, strokes_to_svg
from ia_pix2seq_tf.sampling.inputs import InputError, drawings, read_inputs, read_sketches

RECORDED = golden("render")
SKETCHES = [RECORDED[key] for key in sorted(RECORDED) if key.startswith("stroke/")]


def npz(path, **splits):
    np.savez(path, **{name: _objects(sketches) for name, sketches in splits.items()})
    return path


def _objects(sketches):
    array = np.empty(len(sketches), object)
    array[:] = sketches
    return array


def test_an_npz_gives_its_test_split(tmp_path):
    path = npz(tmp_path / "pig.npz", train=SKETCHES[:3], valid=SKETCHES[3:5], test=SKETCHES[5:20])
    sketches = list(read_sketches(path))
    assert len(sketches) == 15
    for sketch, strokes in zip(sketches, SKETCHES[5:20], strict=True):
        np.testing.assert_array_equal(sketch.strokes, strokes)
        np.testing.assert_array_equal(sketch.image, render(strokes))
    assert [sketch.name for sketch in sketches[:11:10]] == ["pig_00", "pig_10"]
    assert sketches[3].source == f"{path}: test 3"


def test_an_npz_without_test_sketches_gives_all(tmp_path):
    for splits in ({}, {"test": []}):
        path = npz(tmp_path / "pig.npz", train=SKETCHES[:3], valid=SKETCHES[3:5], **splits)
        assert [sketch.source.split(": ")[1] for sketch in read_sketches(path)] == [
            *("train 0", "train 1", "train 2"),
            *("valid 0", "valid 1"),
        ]


def test_a_limit_takes_the_first(tmp_path):
    path = npz(tmp_path / "pig.npz", test=SKETCHES[:9])
    assert [sketch.name for sketch in read_sketches(path, limit=2)] == ["pig_0", "pig_1"]


def test_generated_strokes_may_be_fractions(tmp_path):
    strokes = SKETCHES[0] / 7.0
    (sketch,) = read_sketches(npz(tmp_path / "a.npz", test=[strokes]), size=32)
    np.testing.assert_allclose(sketch.strokes, strokes)
    assert sketch.image.shape == (32, 32)


class Evil:
    """Creates a file when it is unpickled."""

    def __reduce__(self):
        return (open, ("evil", "w"))


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"other": SKETCHES[:2]}, "expected sketches in one of train, valid, test, found other"),
        ({"test": []}, "expected sketches"),
        ({"test": [np.zeros((4, 5))]}, r"test 0: expected strokes \[n, 3\]"),
        ({"test": [SKETCHES[0], np.full((4, 3), np.nan)]}, "test 1: expected finite strokes"),
        ({"test": [np.zeros((30_001, 3), np.int16)]}, "test 0: expected at most 30,000 points, found 30,001"),
        ({"test": [np.array([["a", "b", "c"]])]}, "expected"),
        ({"test": [Evil(), Evil()]}, "asks for .*open"),
    ],
)
def test_unusable_npz_files_are_refused(splits, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = npz(tmp_path / "bad.npz", **splits)
    with pytest.raises(InputError, match=f"bad.npz: .*{message}"):
        list(read_sketches(path))
    assert not Path("evil").exists()


def test_damaged_npz_files_are_refused(tmp_path):
    data = npz(tmp_path / "whole.npz", test=SKETCHES).read_bytes()
    path = tmp_path / "bad.npz"
    for content in (b"", b"PK", data[: len(data) // 2], data[:200] + bytes(100) + data[300:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="bad.npz"):
            list(read_sketches(path))


def test_an_npz_that_unpacks_to_more_than_allowed_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("test.npy", bytes(33 * 2**20))
    with pytest.raises(InputError, match="bomb.npz: expected at most 33,554,432 bytes in test, found 34,603,008"):
        list(read_sketches(path))


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(render(SKETCHES[0], 300, 20, 3)).save(tmp_path / "b.PNG")
    (tmp_path / "a.svg").write_text(strokes_to_svg(SKETCHES[0]))
    npz(tmp_path / "c.npz", test=SKETCHES[:2])
    for name in ("notes.txt", "._a.svg"):
        (tmp_path / name).write_text("not a drawing")
    (tmp_path / "d.png").mkdir()
    return tmp_path


def test_a_directory_gives_its_drawings_in_order(folder):
    sketches = list(read_inputs([folder]))
    assert [sketch.name for sketch in sketches] == ["a", "b", "c_0", "c_1"]
    assert [sketch.strokes is None for sketch in sketches] == [False, True, False, False]
    assert all(sketch.image.shape == (48, 48) for sketch in sketches)


def test_files_come_in_the_order_given_with_names_that_differ(folder):
    paths = [folder / "c.npz", folder, str(folder / "b.PNG"), folder / "b.PNG"]
    names = [sketch.name for sketch in read_inputs(paths, size=16, limit=1)]
    assert names == ["c_0", "a", "b", "c_0_2", "b_2", "b_3"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", r"notes.txt: expected files ending in .png, .*found another file"),
        ("missing.png", "missing.png: expected a file, found none"),
        ("missing", "missing: expected files ending in .*found nothing"),
        ("d.png", "d.png: expected files .*found a directory without any"),
    ],
)
def test_paths_without_drawings_are_refused(name, message, folder):
    with pytest.raises(InputError, match=message):
        list(read_inputs([folder / name]))


def test_pipes_are_not_waited_for(tmp_path):
    path = tmp_path / "endless.png"
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes")
    os.mkfifo(path)
    with pytest.raises(InputError, match="endless.png: expected a file, found none"):
        list(read_inputs([path]))


ELEMENT = {"type": "line", "x": 5, "y": 5, "points": [[0, 0], [10, 0], [10, 10]]}
LINES = [json.dumps({"drawing": [[[0, 255, 255], [0, 0, i]]]}) for i in range(1, 13)]
OTHERS = {
    "a.excalidraw": json.dumps({"elements": [ELEMENT]}),
    "b.inkml": "<ink><trace>0 0, 10 0, 10 10</trace></ink>",
    "c.json": json.dumps({"elements": [ELEMENT]}),
    "d.ndjson": "\n".join(LINES),
    "e.csv": "drawing\tword\n[[[0,5,5],[0,0,5]]]\tcat",
}


@pytest.fixture
def others(tmp_path):
    for name, text in OTHERS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "f.xml.gz").write_bytes(
        gzip.compress(b'<a><Stroke><Point x="1" y="2"/><Point x="3" y="4"/></Stroke></a>')
    )
    return tmp_path


def test_drawings_of_other_formats_are_read_as_they_are_converted(others):
    for name in ("a.excalidraw", "b.inkml", "c.json", "f.xml.gz"):
        (sketch,) = read_inputs([others / name])
        assert sketch.name == name[0] and sketch.source == str(others / name) and not sketch.in_model_units
        assert sketch.strokes[-1].tolist() == ([0, 255, 1] if name != "f.xml.gz" else [255, 255, 1])
        np.testing.assert_array_equal(sketch.image, render(sketch.strokes))
    sketches = list(read_inputs([others / "d.ndjson"], limit=11))
    assert [sketch.name for sketch in sketches] == [f"d_{i}" for i in range(11)]
    assert (
        sketches[2].source == f"{others / 'd.ndjson'}: line 3" and len(list(read_inputs([others / "d.ndjson"]))) == 12
    )
    assert [sketch.name for sketch in read_inputs([others], limit=1)] == ["a", "b", "d_0"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.ndjson", LINES[0] + "\nnonsense", "a.ndjson: line 2: expected a line of JSON"),
        ("a.ndjson", '{"drawing": [[[0, 0], [0, 0]]]}', "a.ndjson: line 1: expected a drawing, found only a dot"),
        ("a.excalidraw", "{}", "a.excalidraw: 'elements': expected a list"),
        ("a.tldr", "{}", "a.tldr: 'records': expected a list"),
        ("a.inkml", "", "a.inkml: expected a file of 1 bytes, found 0"),
        ("a.ndjson", "\n", "a.ndjson: expected drawings, found none"),
        ("a.json", "[]", "a.json: expected drawings, found none"),
        ("a.csv", "drawing\tword\n", "a.csv: expected drawings, found none"),
    ],
)
def test_drawings_of_other_formats_are_refused_by_file_and_place(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_inputs([tmp_path / name]))


def test_a_file_of_very_many_drawings_needs_a_limit(others, monkeypatch):
    monkeypatch.setattr(drawings, "MOST_DRAWINGS", 11)
    with pytest.raises(InputError, match="d.ndjson: expected at most 11 drawings, found more: ask for fewer"):
        list(read_inputs([others / "d.ndjson"]))
    assert len(list(read_inputs([others / "d.ndjson"], limit=12))) == 12


def test_reading_inputs_does_not_need_tensorflow():
    code = "import sys, ia_pix2seq_tf.sampling.inputs; print('tensorflow' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
