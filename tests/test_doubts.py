"""Numbers that are plausible but wrong are doubted, those of real drawings never."""

import json
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert import Options, Parts, Shape, convert
from ia_pix2seq_tf.data.demo import load_demo
from ia_pix2seq_tf.data.doubts import PADDING, Doubts, padding
from ia_pix2seq_tf.data.files import SPLITS, load_npz
from ia_pix2seq_tf.data.inspect import inspect_file, report_text
from ia_pix2seq_tf.data.npz import read_npz
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.untrusted import InputError

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
COUNTS = {"train": 16, "valid": 2, "test": 2}
SOUND = [np.asarray(strokes) for strokes in load_demo("flower", 20, 1, 1)["train"][0]]
"""Doodles of several strokes, offsets whole."""


def absolute(strokes):
    """The coordinates of each point, on a page on which all lies."""
    points = strokes.copy()
    points[:, :2] = np.cumsum(strokes[:, :2], axis=0)
    points[:, :2] += 30 - points[:, :2].min(axis=0)
    return points


def flipped(strokes):
    """Coordinates whose y goes up, so that it is negative all over the page."""
    return absolute(strokes) * [1, -1, 1]


def lines_from_coordinates(strokes):
    """Offsets, but for the first point of each line."""
    begins, wrong = np.append(True, strokes[:-1, 2] == 1), strokes.copy()
    wrong[begins, :2] = absolute(strokes)[begins, :2]
    return wrong


def lines_of_their_own(strokes):
    """Lines that all begin at one point: the lifted pen goes back there."""
    wrong, reached = [], np.zeros(2)
    for line in np.split(strokes, np.flatnonzero(strokes[:-1, 2]) + 1):
        wrong.append(np.concatenate([[[*-reached, len(line) == 1]], line[1:]]))
        reached = line[1:, :2].sum(axis=0)
    return np.concatenate(wrong)


def first_from_corner(strokes):
    """Offsets whose first is the place of the first point: differences with 0 put before."""
    wrong = strokes.copy()
    wrong[0, :2] = absolute(strokes)[0, :2]
    return wrong


def with_pen(strokes, pen):
    return np.column_stack([strokes[:, :2], pen])


WRONG = {
    "no offset is negative: coordinates?": absolute,
    "no offset changes its sign: coordinates?": flipped,
    "all lines begin at one point: each with coordinates of its own?": lines_of_their_own,
    "the lifted pen never goes left or up: lines that begin with coordinates?": lines_from_coordinates,
    "the first row is a line from the page's corner: coordinates of the first point?": first_from_corner,
    "every point lifts the pen: nothing but dots?": lambda s: with_pen(s, np.ones(len(s))),
    "most points lift the pen: 1 where it draws?": lambda s: with_pen(s, 1 - s[:, 2]),
    "the pen is never lifted: one line?": lambda s: with_pen(s, np.zeros(len(s))),
    "the pen is lifted where lines begin, not where they end?": lambda s: with_pen(s, np.roll(s[:, 2], 1)),
}


def written(path, sketches):
    """A file of sketches in splits of `COUNTS`."""
    ends = np.cumsum([*COUNTS.values()])
    splits = zip(COUNTS, ends - [*COUNTS.values()], ends, strict=True)
    save_npz(path, {split: [np.asarray(s, np.int16) for s in sketches[first:end]] for split, first, end in splits})
    return path


@pytest.mark.parametrize("doubt", WRONG)
def test_inspect_doubts_all_sketches_and_convert_says_so(doubt, tmp_path):
    path = written(tmp_path / "flower.npz", [WRONG[doubt](strokes) for strokes in SOUND])
    reports = inspect_file(path)
    assert {split: len(report.problems[doubt]) for split, report in reports.items()} == COUNTS
    assert f"train: 16 in which {doubt} (sketch 0, 1, 2, 3, 4, ...)" in report_text(path, reports)
    others = {name for report in reports.values() for name in report.problems if name.endswith("?")} - {doubt}
    assert not others & set(WRONG)
    summary = convert([path], tmp_path / "out", Options(deduplicate=False))
    assert f"flower: {doubt} (20 of 20 drawings)" in summary.text()


def test_sound_doodles_are_not_doubted(tmp_path):
    path = written(tmp_path / "flower.npz", SOUND)
    assert "  problems\n    none\n" in report_text(path, inspect_file(path))
    assert "doubts" not in convert([path], tmp_path / "out").text()


def test_some_wrong_sketches_among_many_are_no_reason_to_doubt_the_file(tmp_path):
    path = written(tmp_path / "flower.npz", [*map(absolute, SOUND[:10]), *SOUND[10:]])
    assert not any(report.problems for report in inspect_file(path).values())


def test_a_few_straight_lines_are_not_doubted():
    doubts = Doubts()
    for i in range(4):
        doubts.add(np.array([[0, 0, 0], [9, i, 0], [9, 2 * i, 0], [9, 9, 1]]))
    assert doubts.told() == []


def padded(strokes, before=0, after=0, pen=0):
    return np.concatenate([np.zeros((before, 3)), strokes, np.tile([0, 0, pen], (after, 1))]).astype(np.int16)


@pytest.mark.parametrize(("before", "after", "pen"), [(0, 1, 0), (0, 40, 0), (40, 0, 0), (0, 40, 1), (9, 9, 0)])
def test_rows_of_zeros_are_found_and_cut_off(before, after, pen, tmp_path):
    path = written(tmp_path / "flower.npz", [padded(strokes, before, after, pen) for strokes in SOUND])
    assert len(inspect_file(path)["train"].problems[PADDING]) == 16
    summary = convert([path], tmp_path / "out")
    assert "20 drawings padded with rows of zeros: cut off" in summary.text()
    for split, sketches in load_npz(tmp_path / "out" / "flower.npz").items():
        expected = SOUND[: COUNTS["train"]] if split == "train" else None
        for found, strokes in zip(sketches, expected or [], strict=bool(expected)):
            np.testing.assert_array_equal(found[found[:, :2].any(axis=1)], strokes[strokes[:, :2].any(axis=1)])


def test_dots_and_a_pen_that_rests_are_no_padding():
    for rows in ([[5, 5, 1], [3, 3, 0], [0, 0, 1]], [[5, 5, 1], [0, 0, 1], [0, 0, 1]], [[0, 0, 0]] * 3 + [[5, 5, 1]]):
        assert padding(np.array(rows)) == (0, 0)
    assert padding(np.zeros((9, 3))) == (0, 0)


def test_a_pen_counted_from_1_is_refused_by_name(tmp_path):
    path = written(tmp_path / "flower.npz", [strokes + [0, 0, 1] for strokes in SOUND])
    assert len(inspect_file(path)["train"].problems["a pen that is not 0 or 1"]) == 16
    with pytest.raises(InputError, match="expected a pen of 0 or 1, found 2"):
        convert([path], tmp_path / "out")


# A canvas that is not 255


def face(size, step=0.08):
    """A head, two eyes and a mouth as a mouse draws them on a square canvas, in whole numbers: lists of x and of y."""
    turn, arc = np.arange(0, 6.3, step), np.arange(0.3, 2.9, step)
    circles = [(0.5, 0.5, 0.41, turn), (0.35, 0.4, 0.06, turn), (0.65, 0.4, 0.06, turn), (0.5, 0.5, 0.25, arc)]
    lines = [np.array([x + r * np.cos(t), y + r * np.sin(t)]) * size for x, y, r, t in circles]
    return [np.rint(line).astype(int).tolist() for line in lines]


def converted(tmp_path, drawings, **shape):
    path = tmp_path / "face.ndjson"
    path.write_text("\n".join(json.dumps({"drawing": drawing}) for drawing in drawings))
    options = Options(shape=Shape(**shape), parts=Parts((1, 0, 0)), overwrite=True, deduplicate=False)
    summary = convert([path], tmp_path / "out", options)
    return load_npz(tmp_path / "out" / "face.npz")["train"], summary.text()


@pytest.mark.parametrize("size", [120, 200, 255, 300, 400])
def test_raw_points_of_any_canvas_are_scaled_and_simplified(size, tmp_path):
    (strokes,), text = converted(tmp_path, [face(size)])
    points = np.cumsum(strokes[:, :2], axis=0)
    assert strokes[:, 2].sum() == 4 and 25 < len(strokes) < 65
    assert np.ptp(points, axis=0).max() == pytest.approx(255, abs=3)
    assert ("1 drawings in whole numbers of 0 to 255, but not as QuickDraw finishes drawings" in text) == (size <= 255)


def test_raw_points_that_fill_the_canvas_are_simplified_too(tmp_path):
    edge = [[*range(0, 256, 2), *[255] * 128], [*[0] * 128, *range(0, 256, 2)]]
    (strokes,), _ = converted(tmp_path, [[edge]])
    assert strokes.tolist() == [[0, 0, 0], [255, 0, 0], [0, 255, 1]] or len(strokes) < 6


def test_few_points_on_a_small_canvas_are_scaled_and_all_stay(tmp_path):
    zigzag = [[[0, 40, 10, 60], [0, 5, 50, 80]], [[3, 9], [70, 71]]]
    (strokes,), _ = converted(tmp_path, [zigzag])
    expected = np.rint(np.concatenate([np.transpose(line) for line in zigzag]) * 255 / 80)
    np.testing.assert_array_equal(np.cumsum(strokes[:, :2], axis=0), expected)
    (kept,), _ = converted(tmp_path, [zigzag], scale=0, simplify=False)
    assert np.cumsum(kept[:, :2], axis=0).tolist() == np.concatenate([np.transpose(line) for line in zigzag]).tolist()


def test_drawings_of_too_many_points_get_a_hint(tmp_path):
    lines = [face(600 + i, step=0.02) for i in range(3)]
    with pytest.raises(InputError, match=r"3 drawings have too many points: --simplify=always drops points"):
        converted(tmp_path, lines, simplify=False)


# Real drawings


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real drawings of ../shared")
def test_no_real_drawing_is_doubted():
    for path in sorted(SHARED.glob("*/*.npz")):
        doubts = Doubts()
        for sketches in read_npz(path, SPLITS).values():
            for strokes in sketches:
                doubts.add(np.asarray(strokes))
                assert padding(np.asarray(strokes)) == (0, 0)
        assert doubts.told() == []
        assert all(count < 0.05 * doubts.able[name] for name, count in doubts.shown.items())


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real drawings of ../shared")
@pytest.mark.parametrize("kind", ["raw", "simplified"])
def test_nothing_is_said_of_real_drawings_nor_done_unasked(kind, tmp_path):
    summary = convert([SHARED / "ndjson" / kind], tmp_path / "out")
    assert summary.text().splitlines()[-1].startswith("  yoga: min")
