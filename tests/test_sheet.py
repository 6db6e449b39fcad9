"""Contact sheets: everything is on them and nothing is cut off."""

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from ia_pix2seq_tf.sheet import (
    GIVEN_COLOR,
    MARGIN,
    MORE_COLORS,
    PAPER_COLORS,
    Cell,
    Row,
    category_color,
    contact_sheet,
    paired_sheet,
)
from ia_pix2seq_tf.training.contact_sheet import spread

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


@pytest.mark.parametrize("suffix", ("png", "svg"))
def test_an_image_fills_its_cell_with_sharp_pixels(tmp_path, suffix):
    path = tmp_path / f"sheet.{suffix}"
    contact_sheet([Row([Cell(None, image=np.uint8([[10, 90], [170, 250]]))])], path)
    if suffix == "svg":
        assert "<image" in path.read_text()
    else:
        counts = [ink(read(path), f"#{value:02x}{value:02x}{value:02x}") for value in (10, 90, 170, 250)]
        assert len(set(counts)) == 1 and counts[0] > 46**2, "four equal quarters, but for the border"


def test_strokes_are_drawn_over_an_image(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet([Row([Cell(SQUARE, color=RED, image=np.full((48, 48), 200, np.uint8))])], path)
    assert ink(read(path), RED) > 100 and ink(read(path), "#c8c8c8") > 5000


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)])
def test_other_images_are_refused(tmp_path, image):
    with pytest.raises(ValueError, match=r"row 0, column 0 .*expected a grey image uint8 \[h, w\]"):
        contact_sheet([Row([Cell(None, image=image)])], tmp_path / "sheet.png")


def test_given_points_are_grey_and_the_drawing_goes_on_where_they_end(tmp_path):
    path = tmp_path / "sheet.png"
    whole, half, all_given = (Cell(SQUARE, color=RED, given=n) for n in (0, 3, 5))
    amounts = []
    for cell in (whole, half, all_given):
        contact_sheet([Row([cell])], path)
        amounts.append((ink(read(path), RED), ink(read(path), GIVEN_COLOR)))
    (side, nothing), (red, grey), (none, all_grey) = amounts
    assert nothing == none == 0 and side == all_grey
    assert red == pytest.approx(side / 2, rel=0.1) and grey == pytest.approx(side / 2, rel=0.1)


def test_labels_of_several_lines_stand_below_each_other(tmp_path):
    path = tmp_path / "sheet.png"
    heights = []
    for label in ("weight", "weight\nweight\nweight"):
        contact_sheet([Row([Cell(SQUARE)], label)], path)
        rows = np.flatnonzero((read(path)[:, : MARGIN + 30] < 128).any(axis=(1, 2)))
        heights.append(np.ptp(rows))
    assert heights[0] < 15 and heights[1] == pytest.approx(heights[0] + 30, abs=1)


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


def test_a_gap_leaves_its_place_free(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet([Row([Cell(SQUARE, color=RED), None, Cell(SQUARE, color=RED)])], path)
    image = read(path)
    assert ink(image, "#d8d8d8") == 2 * 4 * 95
    third = image.shape[1] // 3
    assert image[:, third + 8 : 2 * third - 8].min() == 255


def test_sketches_that_stand_for_many_are_taken_evenly_from_first_to_last():
    members = np.arange(100, 150)
    assert spread(members, 6).tolist() == [100, 110, 120, 129, 139, 149]
    assert spread(members[:4], 6).tolist() == [100, 101, 102, 103]
    assert spread(members, 1).tolist() == [100]
