"""Photographs of drawings: the sheet of paper in them, and the lines printed on it."""

import contextlib

import cv2
import numpy as np
import photographs
import pytest
from photographs import PLAIN, RECTANGLES, RULED, SCENES, camera, desk, filling, laid, page, turned
from PIL import Image
from reference import golden

from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.sampling.inputs import InputError, normalize_image, read_image
from ia_pix2seq_tf.sampling.inputs.paper import find_paper
from ia_pix2seq_tf.sampling.inputs.photograph import COVER, PAPER, RULING, clear
from ia_pix2seq_tf.sampling.inputs.regions import glance
from ia_pix2seq_tf.sampling.inputs.sketch import MOST_INK, ink_share

RECORDED = golden("render")
DRAWN = [np.concatenate([np.zeros((1, 3)), RECORDED[key]]) for key in sorted(RECORDED) if key.startswith("stroke/")][
    ::6
]
"""Drawings whose first line is drawn too: then ink alone tells their bounds."""
LEAST = 0.97  # similarity of what is read to what was drawn
ROUGHER = {  # the board is no rectangle there, and the part of the sheet that is seen none either
    "a whiteboard with a frame": 0.88,
    "a whiteboard with a dark frame": 0.88,
    "a whiteboard on a wall as light": 0.88,
    "a blackboard on a wall": 0.88,
    "ruled, in perspective, cut off": 0.9,
}


def similarity(image, expected):
    """Correlation of two images; a shift by half a pixel counts little."""
    a, b = (cv2.GaussianBlur(255 - picture.astype(np.float32), (0, 0), 0.7) for picture in (image, expected))
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def read(pixels):
    """The training image of a photograph, and what was done to it."""
    cleared = clear(pixels)
    return normalize_image(cleared.pixels, where=cleared.where), cleared.steps


@pytest.mark.parametrize(("number", "name"), list(enumerate(SCENES)))
def test_a_sheet_is_found_and_straightened_wherever_it_lies(number, name):
    strokes = DRAWN[number % len(DRAWN)]
    image, steps = read(SCENES[name](strokes))
    assert similarity(image, render(strokes)) > ROUGHER.get(name, LEAST)
    if name == "a white desk":
        assert steps == (), "it is not seen where such a sheet ends, nor does it matter"
    else:
        assert steps == ((COVER,) if "fills the picture" in name else (PAPER,))


@pytest.mark.parametrize(("number", "name"), list(enumerate(RULED)))
def test_printed_lines_go_and_drawn_ones_stay(number, name):
    strokes = DRAWN[number % len(DRAWN)]
    image, steps = read(RULED[name](strokes))
    assert similarity(image, render(strokes)) > ROUGHER.get(name, LEAST)
    assert steps[-1] == RULING


@pytest.mark.parametrize("kind", PLAIN)
def test_drawn_rectangles_and_parallel_lines_are_no_paper(kind):
    names = ("house", "window", "grid", "shelf") if "photograph" in kind else RECTANGLES
    for name in names:
        picture = PLAIN[kind](RECTANGLES[name])
        cleared = clear(picture)
        assert cleared.steps == (), name
        assert cleared.pixels is picture and cleared.where is None


@pytest.mark.parametrize("kind", PLAIN)
def test_pictures_of_nothing_but_a_drawing_stay_as_they_are(kind):
    for strokes in DRAWN[:2]:
        assert clear(PLAIN[kind](strokes)).steps == ()


def test_a_sheet_on_a_desk_is_read_as_the_sheet_alone():
    """Field case f12: a page with two lines and a circle, 54 % of which was ink with the desk and 5 % without."""
    y, x = np.mgrid[0:1200, 0:900]
    sheet = (125 + 0.06 * x + 0.05 * (1200 - y)).astype(np.uint8)
    cv2.polylines(sheet, [np.int32([(180, 180), (180, 720), (540, 720)])], False, 70, 8)
    cv2.circle(sheet, (690, 270), 88, 70, 8)
    alone = photographs.grey(camera(np.repeat(sheet[..., None], 3, axis=2)))
    on_desk = np.pad(sheet, 200, constant_values=60)
    on_desk = photographs.grey(camera(np.repeat(on_desk[..., None], 3, axis=2)))
    assert ink_share(normalize_image(on_desk)) > MOST_INK
    expected, (image, steps) = normalize_image(alone), read(on_desk)
    assert steps == (PAPER,) and ink_share(image) < 0.07
    assert similarity(image, expected) > 0.98


def test_a_blank_sheet_is_no_sheet(tmp_path):
    """What is light on a dark picture, and bears nothing, is what was drawn."""
    picture = np.zeros((400, 400), np.uint8)
    picture[100:330, 60:340] = 255
    assert clear(picture).steps == (PAPER,)
    Image.fromarray(picture).save(tmp_path / "box.png")
    sketch = read_image(tmp_path / "box.png")
    assert sketch.steps == ()
    np.testing.assert_array_equal(sketch.image, normalize_image(picture))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_telephone_may_be_held_in_any_way(orientation, tmp_path):
    turns = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    picture = Image.fromarray(SCENES["wood"](DRAWN[1]))
    stored = picture if turns[orientation] is None else picture.transpose(turns[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.jpg", exif=exif)
    sketch = read_image(tmp_path / "photo.jpg")
    assert sketch.steps == (PAPER,)
    assert similarity(sketch.image, render(DRAWN[1])) > LEAST


def test_photographs_are_taken_as_they_are_if_asked(tmp_path):
    picture = SCENES["a dark desk"](DRAWN[0])
    Image.fromarray(picture).save(tmp_path / "photo.png")
    sketch = read_image(tmp_path / "photo.png", photographs=False)
    assert sketch.steps == ()
    np.testing.assert_array_equal(sketch.image, normalize_image(picture))


def test_a_drawing_on_transparent_paper_is_no_photograph(tmp_path):
    for pen in (0, 255):
        picture = Image.new("RGBA", (600, 600), (pen, pen, pen, 0))
        picture.putalpha(Image.fromarray(255 - render(RECTANGLES["television"], 600, 40, 5)))
        picture.save(tmp_path / "drawing.png")
        sketch = read_image(tmp_path / "drawing.png")
        assert sketch.steps == () and similarity(sketch.image, render(RECTANGLES["television"])) > 0.95


def test_the_corners_of_a_sheet_are_found_to_a_hundredth_of_the_picture():
    for degrees, tilt in ((0, 0), (-8, 10), (15, 0), (5, 35)):
        corners = turned(degrees, 0.6, tilt=tilt)
        found = find_paper(glance(camera(laid(desk(), page(DRAWN[0]), corners))))
        assert np.abs(found.corners - corners * photographs.PHOTO).max() < 0.01 * max(photographs.PHOTO)


def test_the_middle_of_a_line_that_crosses_printed_ones_has_no_gaps():
    strokes = photographs.drawing([(0, 0), (40, 100)])
    image, steps = read(RULED["ruled"](strokes))
    assert steps == (RULING,)
    assert (image.min(axis=1)[3:-3] < 160).all()


def test_empty_ruled_paper_holds_no_drawing():
    blank = camera(filling(np.zeros((1, 3)), ruling=photographs.ruled()))
    assert clear(blank).steps == (), "lines without a drawing may be one"


def test_any_pixels_give_an_image_or_an_input_error():
    rng = np.random.default_rng(0)
    for i in range(30):
        height, width = rng.integers([160, 64], 300)
        pixels = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
        for _ in range(int(rng.integers(1, 30))):
            points = (rng.random((4, 2)) * (1.5 * width, 1.5 * height) - (width / 4, height / 4)).astype(np.int32)
            color = rng.integers(0, 256, 3).tolist()
            if i % 2:
                cv2.fillPoly(pixels, [points], color)
            else:
                cv2.line(pixels, points[0].tolist(), points[1].tolist(), color, int(rng.integers(1, 9)))
        if i % 3 == 0:
            pixels = np.clip(pixels + rng.normal(0, 20, pixels.shape), 0, 255).astype(np.uint8)
        with contextlib.suppress(InputError):
            assert read(pixels)[0].shape == (48, 48)


@pytest.mark.parametrize("shape", [(2048, 64), (64, 2048), (200, 200)])
def test_noise_and_stripes_are_cleared_without_errors(shape):
    rng = np.random.default_rng(0)
    stripes = np.indices(shape).sum(axis=0) % 7 < 2
    for pixels in (
        rng.integers(0, 256, shape),
        255 * stripes,
        np.full(shape, 255),
        255 * (np.indices(shape)[1] % 9 < 2),
    ):
        assert clear(pixels.astype(np.uint8)).pixels.dtype == np.uint8
