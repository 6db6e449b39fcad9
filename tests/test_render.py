"""The renderer against the reference's pixels, and its SVG."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from reference import golden

from ia_pix2seq_tf.render import MOST_POINTS, cairo, render, render_many, strokes_to_svg

SQUARE = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [-10, 0, 0], [0, -10, 1]], np.int16)


def _recorded():
    arrays = golden("render")
    names = [key for key in arrays if "stroke/" in key]
    return {name: (arrays[name], arrays[name.replace("stroke/", "png/")]) for name in names}


RECORDED = _recorded()


@pytest.mark.parametrize("name", RECORDED)
def test_pixels_equal_the_reference(name):
    strokes, image = RECORDED[name]
    np.testing.assert_array_equal(render(strokes), image)


def test_many_images_equal_the_reference_from_several_threads():
    sketches, images = zip(*RECORDED.values(), strict=True)
    times = 9
    finished = []
    rendered = render_many(sketches * times, workers=3, progress=finished.append)
    np.testing.assert_array_equal(rendered, images * times)
    assert len(finished) > 1 and sum(finished) == len(rendered)


def test_many_images_equal_single_ones_whatever_their_lengths_and_types():
    rng = np.random.default_rng(0)
    lengths = [5, 0, MOST_POINTS, 1, 300, MOST_POINTS // 3, 40, 2]
    sketches = [np.column_stack([rng.normal(0, 9, (n, 2)), rng.random(n) < 0.1]) for n in lengths]
    sketches[0], sketches[4] = sketches[0].astype(np.int16), sketches[4].astype(np.float32)
    for image, strokes in zip(render_many(sketches), sketches, strict=True):
        np.testing.assert_array_equal(image, render(strokes))


def test_no_sketches_give_no_images():
    assert render_many([]).shape == (0, 48, 48)


@pytest.mark.parametrize("scale", [1e-3, 1, 1e150])
def test_image_does_not_depend_on_the_unit(scale):
    strokes = SQUARE.astype(float) * [scale, scale, 1]
    np.testing.assert_array_equal(render(strokes), render(SQUARE))


def test_drawing_fills_the_square_inside_the_margin():
    rows = np.flatnonzero((render(SQUARE, size=100, margin=10) < 255).any(axis=1))
    assert (rows.min(), rows.max()) == (9, 90)  # half a line width beyond the margin


def test_line_width_is_in_pixels():
    line = np.array([[0, 0, 0], [10, 0, 1]])
    ink = [255 * 48 * 48 - render(line, line_width=width).sum(dtype=np.int64) for width in (1.0, 4.0)]
    assert ink[1] == pytest.approx(4 * ink[0], rel=0.02)


def test_empty_strokes_give_a_white_image():
    assert (render(np.zeros((0, 3))) == 255).all()


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        (np.array([[0, 0, 0], [np.nan, 1, 1]]), "finite"),
        (np.array([[0, 0, 0], [np.inf, 1, 1]]), "finite"),
        (np.full((3, 3), 1e308), "finite"),
        (np.zeros((4, 5)), r"expected strokes \[n, 3\]"),
        (np.zeros(3), r"expected strokes \[n, 3\]"),
        (np.array([["a", "b", "c"]]), r"expected strokes \[n, 3\]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(strokes, message):
    for draw in (render, strokes_to_svg):
        with pytest.raises(ValueError, match=message):
            draw(strokes)


def test_error_names_the_sketch():
    with pytest.raises(ValueError, match="sketch 2: expected finite"):
        render_many([SQUARE, SQUARE, np.full((1, 3), np.nan), SQUARE])


@pytest.mark.parametrize("layout", [{"size": 0}, {"size": 3}, {"margin": 24}, {"margin": -1}, {"size": 10**6}])
def test_impossible_layouts_are_refused(layout):
    with pytest.raises(ValueError, match="expected"):
        render(SQUARE, **layout)


@pytest.mark.parametrize("width", [0, -1, float("nan")])
def test_impossible_line_widths_are_refused(width):
    with pytest.raises(ValueError, match="line_width"):
        render(SQUARE, line_width=width)


def test_svg_is_a_white_square_and_one_path_of_relative_commands():
    root = ET.fromstring(strokes_to_svg(SQUARE, size=48, color='"red" & <blue>', line_width=2))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["viewBox"] == "0 0 48 48"
    rect, path = root
    assert rect.attrib["fill"] == "white"
    assert path.attrib["d"] == "M1.5,1.5 m0,0 l45,0 l0,45 l-45,0 l0,-45"
    assert path.attrib["stroke"] == '"red" & <blue>'
    assert path.attrib["stroke-width"] == "2"


def test_svg_of_empty_strokes_is_valid():
    assert len(ET.fromstring(strokes_to_svg(np.zeros((0, 3))))) == 2


def test_cairo_is_loaded_at_first_use():
    code = "import sys, ia_pix2seq_tf.render, ia_pix2seq_tf.sheet; print('cairocffi' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        ("OSError('no library')", "apt-get install libcairo2.*brew install cairo"),
        ("ImportError()", "pip install"),
    ],
)
def test_missing_cairo_says_how_to_get_it(failure, advice, tmp_path, monkeypatch):
    (tmp_path / "cairocffi.py").write_text(f"raise {failure}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cairocffi", raising=False)
    cairo.cache_clear()
    with pytest.raises(ImportError, match=advice):
        render(SQUARE)
