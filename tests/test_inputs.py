"""Reading pictures that a user gives, and making them look like training images."""

import io
import re
import struct
import zlib

import cv2
import hostile
import numpy as np
import pytest
from PIL import Image
from reference import golden

from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.sampling.inputs import InputError, normalize_image, read_image
from ia_pix2seq_tf.sampling.inputs.thinning import thin

RECORDED = golden("render")
SKETCHES = [RECORDED[key] for key in sorted(RECORDED) if key.startswith("stroke/")]
DRAWN = [np.concatenate([np.zeros((1, 3)), strokes]) for strokes in SKETCHES[::6]]
"""Drawings whose first line is drawn too: then ink alone tells their bounds."""


def photo(picture, light, grain=4.0, ink=0.75):
    """A picture as a camera sees it: blurred, in uneven light, grainy, compressed."""
    rng = np.random.default_rng(0)
    dark = 1 - ink * (1 - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.2) / 255)
    seen = np.clip(light * dark + rng.normal(0, grain, light.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_GRAYSCALE)


def gradient(size=800):
    y, x = np.mgrid[0:size, 0:size] / size
    return 110 + 100 * x + 30 * y


def vignette(size=800):
    y, x = np.mgrid[0:size, 0:size] / size
    return 210 - 120 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)


def shadow(size=800):
    y, x = np.mgrid[0:size, 0:size] / size
    return 200 - 90 / (1 + np.exp(-20 * (x + y - 1)))


def similarity(image, expected):
    """Correlation of two images; a shift by half a pixel counts little."""
    a, b = (cv2.GaussianBlur(255 - picture.astype(np.float32), (0, 0), 0.7) for picture in (image, expected))
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


PICTURES = {
    "hairline of a large scan": (lambda s: render(s, 1000, 60, 1), 0.97),
    "pen": (lambda s: render(s, 800, 60, 4), 0.97),
    "marker": (lambda s: render(s, 800, 60, 20), 0.85),
    "small": (lambda s: render(s, 100, 8, 1), 0.9),
    "as small as a training image": (lambda s: render(s, 64, 6, 1), 0.85),
    "light on dark": (lambda s: 255 - render(s, 800, 60, 4), 0.97),
    "faint pencil": (lambda s: 255 - (255 - render(s, 800, 60, 3)) // 5, 0.97),
    "photo in a gradient of light": (lambda s: photo(render(s, 800, 60, 4), gradient()), 0.97),
    "photo of a marker": (lambda s: photo(render(s, 800, 60, 20), gradient()), 0.85),
    "photo of a hairline": (lambda s: photo(render(s, 800, 60, 1), gradient()), 0.95),
    "photo, darker to its corners": (lambda s: photo(render(s, 800, 60, 4), vignette()), 0.97),
    "photo with a shadow": (lambda s: photo(render(s, 800, 60, 4), shadow()), 0.97),
    "photo of a blackboard": (lambda s: 255 - photo(render(s, 800, 60, 4), vignette()), 0.97),
    "red on white": (lambda s: colored(s, "white", (255, 0, 0)), 0.97),
    "yellow on white": (lambda s: colored(s, "white", (255, 255, 0)), 0.97),
    "black on red": (lambda s: colored(s, "red", (0, 0, 0)), 0.97),
    "yellow chalk on green": (lambda s: colored(s, (30, 70, 50), (230, 220, 150)), 0.97),
    "in a corner of a large page": (
        lambda s: np.pad(render(s, 300, 9, 3), ((9, 900), (9, 400)), constant_values=255),
        0.95,
    ),
}


def colored(strokes, paper, ink):
    """RGB `[400, 400, 3]` of strokes in one colour on another."""
    picture = Image.new("RGB", (400, 400), paper)
    picture.paste(ink, mask=Image.fromarray(255 - render(strokes, 400, 30, 3)))
    return np.asarray(picture)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_become_what_training_images_look_like(name):
    make, least = PICTURES[name]
    for strokes in DRAWN:
        expected = render(strokes)
        image = normalize_image(make(strokes))
        assert image.dtype == np.uint8 and image.shape == (48, 48)
        assert similarity(image, expected) > least
        ink = (255.0 - image).sum() / (255.0 - expected).sum()
        assert 0.85 < ink < 1.2  # lines as wide and as dark


@pytest.mark.parametrize("size", [48, 32, 100])
def test_drawings_fill_the_square_inside_the_margin(size):
    for strokes in DRAWN:
        image = normalize_image(render(strokes, 500, 90, 5), size)
        rows, columns = (np.flatnonzero((image < 200).any(axis=axis)) for axis in (1, 0))
        expected = render(strokes, size)
        rows_expected, columns_expected = (np.flatnonzero((expected < 200).any(axis=axis)) for axis in (1, 0))
        for found, wanted in ((rows, rows_expected), (columns, columns_expected)):
            assert abs(found[0] - wanted[0]) <= 1 and abs(found[-1] - wanted[-1]) <= 1


def test_training_images_and_masked_ones_keep_their_pixels():
    for strokes in SKETCHES:
        image = render(strokes)
        np.testing.assert_array_equal(normalize_image(image), image)
        np.testing.assert_array_equal(normalize_image(255 - image), image)
        masked = image.copy()
        masked[10:30, 5:20] = 255
        np.testing.assert_array_equal(normalize_image(masked), masked)


def test_a_training_image_at_another_size_is_drawn_anew():
    image = render(DRAWN[0])
    assert normalize_image(image, 64).shape == (64, 64)


def test_areas_stay_filled_and_lines_do_not_become_areas():
    picture = np.full((600, 600), 255, np.uint8)
    cv2.circle(picture, (300, 300), 200, 0, 5)
    cv2.circle(picture, (230, 250), 30, 0, -1)
    image = normalize_image(picture)
    center = 24 + (np.array([230, 250]) - 300) * 45 / 400
    x, y = np.rint(center).astype(int)
    assert image[y - 1 : y + 2, x - 1 : x + 2].max() < 60  # radius 30 is 3.4 of the image
    assert image[23, 3:45].min() > 200  # paper inside the ring, beside the eye


def test_a_drawing_keeps_its_aspect():
    picture = np.full((200, 500), 255, np.uint8)
    cv2.rectangle(picture, (50, 50), (450, 150), 0, 3)
    dark = normalize_image(picture) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    assert np.ptp(columns) + 1 == pytest.approx(46, abs=1)
    assert np.ptp(rows) == pytest.approx(45 / 4, abs=1)
    assert rows.mean() == pytest.approx(23.5, abs=1)


def test_dots_of_a_drawing_stay():
    picture = np.full((600, 600), 255, np.uint8)
    cv2.line(picture, (100, 100), (500, 100), 0, 4)
    cv2.circle(picture, (300, 400), 4, 0, -1)
    assert normalize_image(picture)[25:].min() < 200


def test_specks_of_dust_go():
    strokes = DRAWN[0]
    picture = render(strokes, 600, 60, 12)
    for x, y in ((3, 5), (590, 300), (200, 596)):
        picture[y : y + 3, x : x + 3] = 0
    assert similarity(normalize_image(picture), render(strokes)) > 0.85


BLANK = {
    "white": np.full((60, 60), 255, np.uint8),
    "black": np.zeros((60, 60), np.uint8),
    "one pixel": np.zeros((1, 1), np.uint8),
    "two pixels": np.array([[0, 255]], np.uint8),
    "a single dot": np.pad(np.zeros((1, 1), np.uint8), 40, constant_values=255),
    "a photo of empty paper": photo(np.full((800, 800), 255, np.uint8), vignette()),
    "noise": np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8),
    "white of the final size": np.full((48, 48), 255, np.uint8),
}


@pytest.mark.parametrize("name", BLANK)
def test_pictures_without_ink_are_refused(name):
    with pytest.raises(InputError, match="expected a drawing.*found"):
        normalize_image(BLANK[name])


@pytest.mark.parametrize(
    "pixels", [np.zeros((5, 5)), np.zeros((5, 5, 4), np.uint8), np.zeros(5, np.uint8), np.zeros((0, 5), np.uint8)]
)
def test_arrays_that_are_no_pictures_are_refused(pixels):
    with pytest.raises(InputError, match="expected uint8"):
        normalize_image(pixels)


def test_a_size_without_room_is_refused():
    with pytest.raises(ValueError, match="size of more than 3"):
        normalize_image(BLANK["white"], 3)


def test_any_pixels_give_an_image_or_an_input_error():
    rng = np.random.default_rng(0)
    outcomes = set()
    for i in range(150):
        height, width = rng.integers(1, [3, 20, 80][i % 3], 2)
        pixels = rng.integers(0, 256, (height, width, 3)) * (rng.random((height, width, 1)) < [0.05, 0.5, 1][i % 3])
        try:
            image = normalize_image(pixels.astype(np.uint8))
            outcomes.add("image")
            assert image.shape == (48, 48) and image.min() < 128
        except InputError:
            outcomes.add("error")
    assert outcomes == {"image", "error"}


def test_thinning_leaves_lines_of_one_pixel_that_stay_connected():
    for strokes in DRAWN:
        thick = render(strokes, 300, 30, 9) < 128
        lines = thin(thick)
        assert not (lines & ~thick).any()
        assert cv2.connectedComponents(lines.astype(np.uint8))[0] == cv2.connectedComponents(thick.astype(np.uint8))[0]
        assert not cv2.erode(lines.astype(np.uint8), np.ones((2, 2))).sum() > 0.02 * lines.sum()
        np.testing.assert_array_equal(thin(lines), lines)


PIG = DRAWN[0]
PICTURE = Image.fromarray(render(PIG, 300, 20, 3))


def saved(path, picture, **options):
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "webp"])
def test_formats(suffix, tmp_path):
    path = saved(tmp_path / f"pig.{suffix}", PICTURE)
    sketch = read_image(path)
    assert similarity(sketch.image, render(PIG)) > 0.9
    assert (sketch.name, sketch.strokes, sketch.source) == ("pig", None, str(path))


def sixteen_bits(mode):
    return Image.fromarray(np.asarray(PICTURE).astype(np.uint16) * 257).convert(mode)


def with_alpha(color):
    """The drawing in one colour, all else transparent."""
    picture = Image.new("RGBA", PICTURE.size, (*color, 0))
    picture.putalpha(PICTURE.point(lambda level: 255 - level))
    return picture


MODES = {
    "1": (PICTURE.convert("1"), {}),
    "LA": (PICTURE.convert("LA"), {}),
    "P": (PICTURE.convert("P"), {}),
    "RGB": (PICTURE.convert("RGB"), {}),
    "16 bits": (sixteen_bits("I;16"), {}),
    "black on transparent": (with_alpha((0, 0, 0)), {}),
    "white on transparent": (with_alpha((255, 255, 255)), {}),
    "palette with a transparent colour": (PICTURE.point(lambda v: v // 128).convert("P"), {"transparency": 1}),
    "grey with a transparent level": (PICTURE.point(lambda v: 255 * (v > 127)), {"transparency": 255}),
}


@pytest.mark.parametrize("name", MODES)
def test_modes_of_png(name, tmp_path):
    picture, options = MODES[name]
    sketch = read_image(saved(tmp_path / "pig.png", picture, **options))
    assert similarity(sketch.image, render(PIG)) > 0.9


def test_cmyk_jpeg(tmp_path):
    sketch = read_image(saved(tmp_path / "pig.jpg", PICTURE.convert("CMYK")))
    assert similarity(sketch.image, render(PIG)) > 0.9


def test_transparent_paper_of_any_hidden_colour_is_white(tmp_path):
    pixels = np.asarray(with_alpha((0, 0, 0))).copy()
    pixels[..., :3] = np.random.default_rng(0).integers(0, 256, (*pixels.shape[:2], 3)) * (pixels[..., 3:] == 0)
    sketch = read_image(saved(tmp_path / "pig.png", Image.fromarray(pixels)))
    assert similarity(sketch.image, render(PIG)) > 0.9


def test_photos_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned to the left
    path = saved(tmp_path / "pig.jpg", PICTURE.transpose(Image.Transpose.ROTATE_90), exif=exif)
    assert similarity(read_image(path).image, render(PIG)) > 0.9


def test_the_first_picture_of_an_animation_counts(tmp_path):
    other = Image.fromarray(render(DRAWN[3], 300, 20, 3))
    path = saved(tmp_path / "pig.gif", PICTURE, save_all=True, append_images=[other, other], duration=100)
    assert similarity(read_image(path).image, render(PIG)) > 0.9


def test_a_training_image_on_disk_keeps_its_pixels(tmp_path):
    image = render(PIG)
    for mode in ("L", "RGB", "RGBA"):
        path = saved(tmp_path / f"{mode}.png", Image.fromarray(image).convert(mode))
        np.testing.assert_array_equal(read_image(path).image, image)


def test_the_name_of_a_file_does_not_decide_its_format(tmp_path):
    path = tmp_path / "pig.png"
    PICTURE.save(path, "JPEG")
    assert similarity(read_image(path).image, render(PIG)) > 0.9


def encoded(picture, kind):
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_truncated_images_are_refused(kind, tmp_path):
    data, path = encoded(PICTURE, kind), tmp_path / "cut.png"
    for share in (0.01, 0.2, 0.5, 0.8, 0.95):
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(InputError, match=r"cut.png: expected an (intact )?image.*damaged"):
            read_image(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_damaged_images_give_an_image_or_an_input_error(kind, tmp_path):
    rng = np.random.default_rng(0)
    data, path = encoded(PICTURE, kind), tmp_path / "damaged.png"
    outcomes = set()
    for _ in range(40):
        damaged = np.frombuffer(data, np.uint8).copy()
        damaged[rng.integers(0, len(damaged), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged.tobytes())
        try:
            outcomes.add(read_image(path).image.shape)
        except InputError as error:
            outcomes.add("refused")
            assert "damaged.png" in str(error)
    assert "refused" in outcomes


@pytest.mark.parametrize("kind", ["TIFF", "PPM", "ICO"])
def test_other_formats_are_not_decoded(kind, tmp_path):
    path = tmp_path / "pig.png"
    path.write_bytes(encoded(PICTURE, kind))
    with pytest.raises(InputError, match=r"pig.png: expected an image \(PNG, JPEG, GIF, BMP, WEBP\)"):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "1 to .* bytes, found 0"), (b"no picture", "expected an image")]
)
def test_files_that_are_no_images_are_refused(content, message, tmp_path):
    path = tmp_path / "file.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_image(path)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, color_type, rows):
    """A PNG with this header and these rows, which may be fewer than the header says."""
    packer = zlib.compressobj(9)
    data = b"".join(map(packer.compress, rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def striped(width, height, channels):
    """White rows, every thousandth black."""
    return (b"\0" + bytes([255 * (i % 1000 > 0)]) * (channels * width) for i in range(height))


TOO_LARGE = "InputError: .*at most 64,000,000 pixels.*"
HOSTILE = {
    "50,000 x 50,000": (
        lambda: png(50_000, 50_000, 6, striped(50_000, 20, 4)),
        TOO_LARGE,
    ),
    "2,000,000,000 x 1": (lambda: png(2_000_000_000, 1, 0, [b""]), TOO_LARGE),
    "10,000 x 10,000": (lambda: png(10_000, 10_000, 0, striped(10_000, 10, 1)), "InputError: .*found 10000 x 10000"),
    "GIF frame of 65,535 x 65,535": (
        lambda: b"GIF89a\x64\0\x64\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0;",
        TOO_LARGE,
    ),
    "BMP of 60,000 x 60,000": (
        lambda: b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        TOO_LARGE,
    ),
    "64 megapixels with transparency": (lambda: png(8000, 8000, 6, striped(8000, 8000, 4)), "read"),
    "64 megapixels in a row": (
        lambda: png(64_000_000, 1, 0, [b"\0", b"\xff" * 32_000_000, bytes(32_000_000)]),
        "read",
    ),
    "text of 100 megabytes": (
        lambda: png(100, 100, 0, striped(100, 100, 1)).replace(
            b"\0\0\0\0IEND", chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(100_000_000), 9)) + b"\0\0\0\0IEND"
        ),
        "InputError: .*damaged.*",
    ),
    "a file of 65 MiB": (lambda: bytes(65 * 2**20), "InputError: .*of 1 to 67,108,864 bytes, found 68,157,440"),
}


@pytest.fixture(scope="module")
def hostile_outcomes(tmp_path_factory):
    pytest.importorskip("resource")
    folder = tmp_path_factory.mktemp("hostile")
    paths = [folder / f"{i}.png" for i in range(len(HOSTILE))]
    for path, (make, _) in zip(paths, HOSTILE.values(), strict=True):
        path.write_bytes(make())
    return dict(zip(HOSTILE, hostile.outcomes("read_image", paths), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_images_are_bounded_in_time_and_memory(name, hostile_outcomes):
    outcome, seconds = hostile_outcomes[name]
    assert re.fullmatch(HOSTILE[name][1], outcome), outcome
    assert seconds < hostile.SECONDS
