"""Raw drawings become what Google made of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert.drawing import lines_drawing
from ia_pix2seq_tf.data.convert.simplify import resampled, scaled, simplified
from ia_pix2seq_tf.strokes import runs

NDJSON = Path(__file__).resolve().parents[2] / "shared" / "data" / "ndjson"


def quickdraw(lines):
    """Lines of a raw drawing to lines [n, 2] of the simplified one."""
    points = simplified(scaled(lines_drawing(lines), 255), 2.0, most=100_000).points
    return [np.rint(points[first : last + 1, :2]) for first, last in runs(points[:, 2])]


def drawings(kind):
    records = (json.loads(line) for path in sorted((NDJSON / kind).iterdir()) for line in path.open(encoding="utf-8"))
    return {record["key_id"]: record["drawing"] for record in records}


@pytest.mark.skipif(not NDJSON.is_dir(), reason="needs QuickDraw's raw drawings")
def test_every_point_of_342_drawings_is_googles():
    raw, expected = drawings("raw"), drawings("simplified")
    same = [key for key in raw if [line.T.tolist() for line in quickdraw(raw[key])] == expected[key]]
    print(f"{len(same)} of {len(raw)} drawings are Google's, point for point")
    assert len(raw) == 342 and len(same) == 342


def test_scaling_fills_255_from_the_top_left_corner():
    (line,) = quickdraw([[[30.5, 80.5, 80.5], [-20, -20, 5], [0, 1, 2]]])
    assert line.tolist() == [[0, 0], [255, 0], [255, 128]]


def test_resampling_steps_by_one_along_the_line_and_ends_at_its_end():
    points = resampled(np.array([[0, 0], [2.5, 0], [2.5, 0], [2.5, 1]]))
    np.testing.assert_allclose(points, [[0, 0], [1, 0], [2, 0], [2.5, 0.5], [2.5, 1]])


def test_a_dot_becomes_two_equal_points():
    corner, dot = quickdraw([[[0, 255, 255], [0, 0, 255], [0, 1, 2]], [[7], [7], [5]]])
    assert dot.tolist() == [[7, 7], [7, 7]] and len(corner) == 3


def test_small_loops_vanish_as_google_let_them():
    angles = np.linspace(0, 2 * np.pi, 30)
    loop = [(100 + 1.9 * np.sin(angles) / 2).tolist(), (100 + 1.9 * np.cos(angles) / 2).tolist()]
    loop[0][-1], loop[1][-1] = loop[0][0], loop[1][0]
    _, found = quickdraw([[[0, 255, 255], [0, 0, 255]], loop])
    assert len(found) == 2


def test_a_simplification_that_exceeds_its_bound_stops_early():
    zigzag = lines_drawing([[list(range(255)), [i % 2 * 255 for i in range(255)]]])
    assert 20 < len(simplified(zigzag, 2.0, most=20).points) < 30
