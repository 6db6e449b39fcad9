"""Pieces of a movement of the pen become one stroke; strokes that only touch stay."""

import itertools
import json

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert import Options, Parts, Shape, convert
from ia_pix2seq_tf.data.files import load_npz
from ia_pix2seq_tf.sampling.inputs.svg import read_svg
from ia_pix2seq_tf.strokes import bounds, join

ALL = Parts((1, 0, 0))
MOVEMENTS = [
    np.column_stack([100 + 40 * np.cos(np.linspace(0, 5, 31)), 60 + 30 * np.sin(np.linspace(0, 5, 31))]),
    np.column_stack([np.linspace(20, 200, 31), 150 + 9 * np.sin(np.linspace(0, 8, 31))]),
]
SPOKES = [[(50, 50), (10 * i, 90 - 5 * i)] for i in range(8)]
SQUARE = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]
LETTER_L = [[(0, 0), (0, 9)], [(0, 9), (5, 9)]]


def strokes_of(*lines):
    """Strokes `[n, 3]` of lines of points, the pen starting at the first."""
    points = np.concatenate([np.asarray(line, float) for line in lines])
    lifted = np.zeros(len(points))
    lifted[np.cumsum([len(line) for line in lines]) - 1] = 1
    return np.column_stack([np.diff(points, axis=0, prepend=points[:1]), lifted])


def in_pieces(movement, size=1, shift=0.0):
    """A movement as its segments, or runs of `size` of them, each a little off where the one before ended."""
    pieces = [movement[i : i + size + 1] for i in range(0, len(movement) - 1, size)]
    return [piece + np.array([shift * (i % 2), 0]) for i, piece in enumerate(pieces)]


def pieces(size=1, shift=0.0):
    return [piece for movement in MOVEMENTS for piece in in_pieces(movement, size, shift)]


def svg(lines, width=lambda i: 1.5 + 0.35 * (i % 4)):
    """A path for each line, of varying width, as tablets write them; segments as curves."""
    paths = []
    for i, line in enumerate(lines):
        d = f"M {line[0][0]:.3f},{line[0][1]:.3f}" + "".join(
            f" C {a[0]:.3f},{a[1]:.3f} {b[0]:.3f},{b[1]:.3f} {b[0]:.3f},{b[1]:.3f}" for a, b in itertools.pairwise(line)
        )
        paths.append(f'<path d="{d}" stroke-width="{width(i):.3f}" stroke="#123" fill="none"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200">{"".join(paths)}</svg>'


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize("shift", [0, 0.05])
def test_pieces_of_two_movements_become_two_strokes_of_the_same_points(size, shift):
    joined = join(strokes_of(*pieces(size, shift)))
    whole = strokes_of(*MOVEMENTS)
    assert joined[:, 2].tolist() == whole[:, 2].tolist()
    np.testing.assert_allclose(np.cumsum(joined[:, :2], axis=0), np.cumsum(whole[:, :2], axis=0), atol=2 * shift)


STAYING = {
    "a pen put down twice where it was lifted, among many strokes": [*SPOKES, *LETTER_L, *SPOKES],
    "spokes of one centre": SPOKES,
    "a letter of two strokes that touch": LETTER_L,
    "polygons that begin where the one before closed": [SQUARE] * 4,
    "polygons and a line from their corner": [SQUARE, [(0, 0), (4, 5)], SQUARE],
    "pieces further apart than rounding": pieces(shift=0.5),
    "one stroke": MOVEMENTS[:1],
    "a dot": [[(0, 0)]],
}


@pytest.mark.parametrize("name", STAYING)
def test_strokes_stay(name):
    strokes = strokes_of(*STAYING[name])
    assert join(strokes) is strokes


def test_whatever_touches_is_joined_if_told_so():
    assert join(strokes_of(*LETTER_L), always=True).tolist() == [[0, 0, 0], [0, 9, 0], [5, 0, 1]]
    assert join(strokes_of(SQUARE, SQUARE), always=True)[:, 2].sum() == 1


def test_a_pen_that_rests_within_a_movement_does_not_part_it():
    resting = [*pieces()[:9], [MOVEMENTS[0][9]] * 2, [MOVEMENTS[0][9]], *pieces()[9:]]
    assert join(strokes_of(*resting))[:, 2].sum() == 2


@pytest.mark.parametrize(
    ("count", "size", "are_pieces"), [(1, 3, False), (1, 4, True), (2, 3, True), (4, 2, False), (9, 2, True)]
)
def test_more_than_half_are_pieces_of_few_more_than_three_quarters(count, size, are_pieces):
    movements = [[(9 * i, 50 * k + i**2) for i in range(size + 1)] for k in range(count)]
    strokes = strokes_of(*(piece for movement in movements for piece in in_pieces(np.array(movement))))
    assert join(strokes)[:, 2].sum() == (count if are_pieces else count * size)


def converted(tmp_path, **shape):
    options = Options(shape=Shape(**shape), parts=ALL, overwrite=True)
    summary = convert([tmp_path / "pad"], tmp_path / "out", options)
    return load_npz(tmp_path / "out" / "pad.npz")["train"], summary


def test_paths_per_segment_are_joined_before_they_are_simplified_and_counted(tmp_path):
    (tmp_path / "pad").mkdir()
    (tmp_path / "pad" / "0.svg").write_text(svg(pieces()))
    ((strokes,), summary) = converted(tmp_path)
    assert strokes[:, 2].sum() == 2 and len(strokes) < 40
    min_x, max_x, min_y, max_y = bounds(strokes)
    assert (max_x - min_x, max_y - min_y) == pytest.approx((255, 183), abs=2)
    assert "joined: 1 drawings, 60 pieces to 2 strokes" in summary.text()
    ((apart,), summary) = converted(tmp_path, join=False)
    assert apart[:, 2].sum() == 60 and "joined" not in summary.text()


def test_drawings_of_more_pieces_than_points_are_allowed_are_kept(tmp_path):
    (tmp_path / "pad").mkdir()
    rows = [np.column_stack([np.linspace(10, 300, 26), 30 * k + 4 * np.sin(np.linspace(0, 9, 26))]) for k in range(6)]
    for i in range(4):
        turned = [row + np.column_stack([np.zeros(26), np.linspace(0, 9 * i, 26)]) for row in rows]
        (tmp_path / "pad" / f"{i}.svg").write_text(svg([piece for row in turned for piece in in_pieces(row)]))
    found, summary = converted(tmp_path)
    assert len(found) == 4 and all(strokes[:, 2].sum() == 6 and len(strokes) < 125 for strokes in found)
    assert "joined: 4 drawings, 600 pieces to 24 strokes" in summary.text()


def test_the_flag_joins_in_every_format_and_auto_where_a_program_did_it(tmp_path):
    (tmp_path / "pad").mkdir()
    path = tmp_path / "pad" / "pad.ndjson"

    def write(lines):
        path.write_text(json.dumps({"drawing": [np.transpose(line).tolist() for line in lines]}))

    write(pieces(size=2))
    assert converted(tmp_path)[0][0][:, 2].sum() == 2
    write([[(0, 0), (0, 255)], [(0, 255), (150, 255)], [(150, 255), (99, 99)]])  # as players do now and then
    assert converted(tmp_path)[0][0][:, 2].sum() == 3
    assert converted(tmp_path, join=True)[0][0][:, 2].sum() == 1


def test_the_model_is_shown_one_stroke(tmp_path):
    (tmp_path / "a.svg").write_text(svg(pieces()))
    strokes = read_svg(tmp_path / "a.svg").strokes
    assert strokes[:, 2].sum() == 2 and len(strokes) < 60
