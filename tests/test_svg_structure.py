"""What SVG's structure shows of a drawing: copies, symbols, switches, style sheets, transforms, pages, clips."""

import numpy as np
import pytest
import svg_cases

from ia_pix2seq_tf.strokes import runs
from ia_pix2seq_tf.svg import read_drawing


def assert_lines(path, expected):
    """The lines of a file behind its frame are as expected; of round ones, [], only that they are there."""
    strokes = read_drawing(path).strokes
    points = np.cumsum(strokes[:, :2], axis=0)
    scale = np.abs(points[2] - points[1]).max() / 100  # the frame's second side
    lines = [points[first : last + 1] / scale for first, last in runs(strokes[:, 2])][1:]
    assert len(lines) == len(expected), [line.tolist() for line in lines]
    for line, corners in zip(lines, expected, strict=True):
        if corners:
            np.testing.assert_allclose(line, corners, atol=1e-6)


@pytest.mark.parametrize("name", svg_cases.CASES)
def test_what_a_browser_shows_is_read(name, tmp_path):
    elements, expected = svg_cases.CASES[name]
    path = tmp_path / "a.svg"
    path.write_text(svg_cases.document(svg_cases.FRAME + elements), encoding="utf-8")
    assert_lines(path, expected)


@pytest.mark.parametrize("name", svg_cases.SHEETS)
def test_paper_is_not_read_and_tells_what_is_seen(name, tmp_path):
    *parts, expected = svg_cases.SHEETS[name]
    path = tmp_path / "a.svg"
    path.write_text(svg_cases.sheet(*parts), encoding="utf-8")
    assert_lines(path, expected)
