"""Reading pictures of drawings: PNG, JPEG, GIF, BMP and WebP, decoded by Pillow within bounds."""

import contextlib
import io
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ia_pix2seq_tf.sampling.inputs.normalize import normalize_image
from ia_pix2seq_tf.sampling.inputs.photograph import Cleared, clear
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.untrusted import InputError, naming, read_bytes

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
LARGEST_FILE = 64 * 2**20  # bytes
LARGEST_IMAGE = 64_000_000
"""Pixels, as the header declares them: those of a large camera, and what decodes into some 500 MB at most."""
WORKING_SIDE = 2048  # larger pictures are averaged down to at most this many pixels a side before anything else


def read_image(path: str | os.PathLike, size: int = 48, photographs: bool = True) -> Sketch:
    """Reads a picture of a drawing and makes it look like a training image (see `normalize_image`).

    Transparent parts become white, or black behind a drawing that is white altogether; of an animation the first
    picture is taken; a photo is turned upright as its camera says. Of a photograph that shows more than the drawing,
    only the sheet of paper is taken, straightened, and without printed lines (see `photograph.clear`).

    Args:
        path: of a PNG, JPEG, GIF, BMP or WebP file, whatever its name; of any size, colours and polarity.
        size: width and height of the image, in pixels.
        photographs: whether to look for paper and printed lines.

    Returns:
        the sketch, without strokes; its `steps` say what was taken away.

    Raises:
        InputError: if the file is missing, damaged, of another format, larger than `LARGEST_FILE` or
            `LARGEST_IMAGE`, or shows no ink. The size is judged by the header, before anything is decoded.
    """
    pixels = read_pixels(path)
    with naming(path):
        image, steps = _normalized(pixels, size, photographs)
    return Sketch(Path(path).stem, image, None, str(path), steps=steps)


def _normalized(pixels: np.ndarray, size: int, photographs: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """A training image of a picture, and the steps there; a sheet on which nothing is drawn was none."""
    cleared = clear(pixels) if photographs else Cleared(pixels)
    if cleared.steps:
        with contextlib.suppress(InputError):
            return normalize_image(cleared.pixels, size, cleared.where), cleared.steps
    return normalize_image(pixels, size), ()


def read_pixels(path: str | os.PathLike) -> np.ndarray:
    """Decodes a picture as `read_image` does, and changes nothing but its size.

    Returns:
        uint8 `[height, width]` or `[height, width, 3]`, at most `WORKING_SIDE` a side.
    """
    with naming(path):
        return _pixels(_decode(read_bytes(path, LARGEST_FILE)))


def _decode(data: bytes) -> Image.Image:
    """Decodes a file into an image of mode L, RGB or RGBA, at most `WORKING_SIDE` pixels a side."""
    try:
        image = _open(data)
        image.draft(None, (WORKING_SIDE, WORKING_SIDE))  # a JPEG is decoded at half its size, or less, for free
        image.load()
        return ImageOps.exif_transpose(_reduced(_plain(image)))
    except InputError:
        raise
    except Exception as error:  # a damaged file can fail in any way
        raise InputError(f"expected an intact image, found a damaged one: {error}") from error


def _open(data: bytes) -> Image.Image:
    """Reads the header of a file and judges the size that it declares."""
    limit = f"expected at most {LARGEST_IMAGE:,} pixels"
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{limit}, found: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise InputError(f"expected an image ({', '.join(FORMATS)}), found none or a damaged one") from error
    width, height = image.size
    if width * height > LARGEST_IMAGE:
        raise InputError(f"{limit}, found {width} x {height}")
    return image


def _plain(image: Image.Image) -> Image.Image:
    """Converts an image of any mode to L, RGB or RGBA."""
    if image.mode.startswith("I"):  # 16 bits
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _reduced(image: Image.Image) -> Image.Image:
    """Averages blocks of pixels, the smallest that make an image no larger than `WORKING_SIDE`."""
    factor = -(-max(image.size) // WORKING_SIDE)
    return image.reduce(factor) if factor > 1 else image


def _pixels(image: Image.Image) -> np.ndarray:
    """The pixels, uint8 `[height, width]` or `[height, width, 3]`, laid on paper if transparent."""
    pixels = np.asarray(image)
    if image.mode != "RGBA":
        return pixels
    color, opacity = pixels[..., :3], pixels[..., 3:] / np.float32(255)
    on_white, on_black = (np.rint(color * opacity + paper * (1 - opacity)) for paper in (255, 0))
    return (on_white if on_white.min() < 255 else on_black).astype(np.uint8)
