"""The ink of a picture: how much of the paper's light is missing at each pixel, in uneven light."""

from collections.abc import Sequence

import cv2
import numpy as np

PAPER_SIDE = 128  # longer side of the small picture on which the light of the paper is estimated
RIM = 0.03  # border of a picture that is mostly paper, as a share of its longer side
LARGEST_STROKE = 0.1  # width below which all that is darker than its surroundings is ink, as a share of the longer side
SHADOW = 0.5  # a shadow leaves at least this share of the light: what is darker over a large area is ink
DIMMEST_PAPER = 64  # light of the paper below which a channel is too dark for its shares to be trusted


def channels_of(pixels: np.ndarray) -> list[np.ndarray]:
    """Splits colours into channels `[height, width]`; grey has one."""
    if pixels.ndim == 2:
        return [pixels]
    red, green, blue = np.moveaxis(pixels, 2, 0)
    is_grey = np.array_equal(red, green) and np.array_equal(red, blue)
    return [red] if is_grey else [red, green, blue]


def dark_on_light(channels: list[np.ndarray]) -> list[np.ndarray]:
    """The channels, inverted if the drawing is lighter than its paper."""
    grey = _small(np.stack(channels).mean(axis=0, dtype=np.float32))
    departure = grey - _surface(grey)
    lighter, darker = (np.square(np.maximum(d, 0)).sum() for d in (departure, -departure))
    return [255 - channel for channel in channels] if lighter > darker else channels


def _small(grey: np.ndarray) -> np.ndarray:
    """Scales float32 `[height, width]` down to a longer side of `PAPER_SIDE`."""
    scale = min(1.0, PAPER_SIDE / max(grey.shape))
    return resized(grey, [max(1, round(side * scale)) for side in grey.shape])


def _surface(grey: np.ndarray) -> np.ndarray:
    """Fits a quadratic surface `[height, width]` to the light of the paper.

    It starts from the rim, which is paper in most pictures, and is fitted again to all that lies near it, so
    that neither lines nor large areas of ink pull it away.
    """
    height, width = grey.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    border = max(1, round(RIM * max(grey.shape)))
    everywhere, rim = np.ones((2, height, width), bool)
    rim[border:-border, border:-border] = False
    surface = np.full(grey.shape, np.median(grey[rim]))
    for region in (rim, rim, everywhere, everywhere, everywhere):
        distance = np.abs(grey - surface)
        paper = region & (distance <= 8 + 3 * np.median(distance[rim]))
        surface = terms @ np.linalg.lstsq(terms[paper], grey[paper], rcond=None)[0]
    return surface


def ink_of(channel: np.ndarray) -> np.ndarray:
    """The share of the paper's light that is missing: float32 `[height, width]`, grain may be negative."""
    paper = paper_of(channel)
    return (paper - channel) / np.maximum(paper, DIMMEST_PAPER)


def paper_of(channel: np.ndarray) -> np.ndarray:
    """The light of the paper below the ink: float32 `[height, width]`."""
    return resized(_paper(_small(channel.astype(np.float32))), channel.shape)


def _paper(grey: np.ndarray) -> np.ndarray:
    """Estimates the light of the paper, shadows included, below dark ink: float32 `[height, width]`."""
    surface = np.maximum(_surface(grey), 1).astype(np.float32)
    share = cv2.medianBlur(grey / surface, 3)
    width = int(LARGEST_STROKE * max(grey.shape)) | 1
    light = cv2.morphologyEx(share, cv2.MORPH_CLOSE, disc(width))
    light = np.where(light > SHADOW, light, 1)
    return surface * cv2.GaussianBlur(light, (0, 0), width / 6)


def resized(image: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Scales an image to `shape`: areas are averaged on the way down, integers keep their values."""
    larger = max(shape) > max(image.shape)
    if image.dtype.kind != "f":
        method = cv2.INTER_NEAREST
    else:
        method = cv2.INTER_CUBIC if larger else cv2.INTER_AREA
    return cv2.resize(image, (shape[1], shape[0]), interpolation=method)


def disc(diameter: int) -> np.ndarray:
    """A round structuring element of an odd diameter."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
