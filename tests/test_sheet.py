"""Contact sheets: everything is on them and nothing is cut off."""

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from ia_pix2seq_tf.sheet import (
    MARGIN,
    MORE_COLORS,
    PAPER_COLORS,
    Cell,
    Row,
    category_color,
    contact_sheet,
    paired_sheet,
)

SQUARE = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [-10, 0, 0], [0, -10, 1]], np.int16)
RED, BLUE = "#ff0000", "#0000ff"


def read(path):
    """RGB pixels of a PNG."""
    return cv2.imread(str(path))[:, :, ::-1].astype(int)


def ink(image, color):
    """How many pixels of a PNG have exactly this colour."""
    return int((image == list(bytes.fromhex(color[1:]))).all(axis=2).sum())


def test_every_cell_is_drawn_in_its_colour(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet([Row([Cell(SQUARE, color=RED), Cell(SQUARE, color=BLUE)]), Row([Cell(SQUARE, color=RED)])], path)
    image = read(path)
    assert ink(image, BLUE) > 100
    assert ink(image, RED) == 2 * ink(image, BLUE)


def test_empty_cells_have_a_border_only(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet([Row([Cell(None, color=RED), Cell(np.zeros((0, 3)), color=RED)])], path)
    image = read(path)
    assert ink(image, RED) == 0
    assert ink(image, "#d8d8d8") == 2 * 4 * 95


def test_text_is_never_cut_off(tmp_path):
    path = tmp_path / "sheet.png"
    long = "a text that is wider than any cell of this sheet"
    contact_sheet([Row([Cell(SQUARE, f"{long}\n{long}")], label=long)], path, title=f"{long} {long}")
    image = read(path)
    for edge in (image[:MARGIN], image[-MARGIN:], image[:, :MARGIN], image[:, -MARGIN:]):
        assert edge.min() > 128  # at most the soft rim of a letter
    assert image[:, -2 * MARGIN :].min() < 128  # the title does reach that far


def test_captions_do_not_overlap(tmp_path):
    widths = []
    for caption in ("", "a caption wider than its cell"):
        path = tmp_path / "sheet.png"
        contact_sheet([Row([Cell(SQUARE, caption)] * 3)], path)
        widths.append(read(path).shape[1])
    assert widths[1] > widths[0] + 3 * 50


def test_pairs_wrap_into_blocks(tmp_path):
    path = tmp_path / "pairs.png"
    shapes = {}
    for count in (4, 5):
        paired_sheet([SQUARE] * count, [SQUARE] * count, [""] * count, [RED] * count, path, columns=4)
        shapes[count] = read(path).shape
        assert ink(read(path), RED) % (2 * count) == 0
    assert shapes[5][1] == shapes[4][1]
    assert shapes[5][0] > 1.8 * shapes[4][0]


def test_svg_holds_the_strokes_as_vectors(tmp_path):
    path = tmp_path / "sheet.SVG"
    contact_sheet([Row([Cell(SQUARE, color=RED)])], path)
    content = path.read_text()
    assert ET.fromstring(content).tag.endswith("svg")
    assert "stroke:rgb(100%,0%,0%)" in content.replace(" ", "") and "<image" not in content


def test_failure_names_the_cell_and_keeps_the_old_sheet(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet([Row([Cell(SQUARE)])], path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="row 0, column 1 .*finite"):
        contact_sheet([Row([Cell(SQUARE), Cell(np.full((2, 3), np.nan))])], path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"sheet\.jpg: expected a name that ends in \.png or \.svg"):
        contact_sheet([Row([Cell(SQUARE)])], tmp_path / "sheet.jpg")


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567890"])
def test_unknown_colours_are_refused(color, tmp_path):
    with pytest.raises(ValueError, match="expected a colour like"):
        contact_sheet([Row([Cell(SQUARE, color=color)])], tmp_path / "sheet.png")


def test_sheet_beyond_the_limits_of_cairo_is_refused(tmp_path):
    with pytest.raises(ValueError, match="too large"):
        contact_sheet([Row([Cell(None)])] * 400, tmp_path / "sheet.png")


def test_lists_of_different_length_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\[2, 1, 2, 2\]"):
        paired_sheet([SQUARE] * 2, [SQUARE], ["", ""], [RED] * 2, tmp_path / "pairs.png")


def test_categories_of_the_paper_keep_their_colours_and_others_take_turns():
    assert category_color("pig", 3) == PAPER_COLORS["pig"]
    others = [category_color("dragon", i) for i in range(len(MORE_COLORS) + 1)]
    assert others[0] == others[-1] and len(set(others)) == len(MORE_COLORS)
    assert not set(MORE_COLORS) & set(PAPER_COLORS.values())
