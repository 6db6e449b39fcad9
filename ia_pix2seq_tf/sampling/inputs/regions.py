"""A picture at a glance: small, without its lines, and parted into its large regions."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

SIDE = 400  # longer side of the small picture
LINES = 1 / 40  # side of the median's window, as a share of that: lines of half the width vanish
SMALLEST = 0.1  # share of the picture that a region covers at least
CLEAN = 0.2  # no photograph: so many of the pixels have one grey level
BRIDGE = 5  # pixels of the small picture; regions that are joined by less are two
EDGES = (20, 40, 80)  # Canny's lower thresholds, in levels of 256; the upper is twice as high


class Glance(NamedTuple):
    """A picture, at most `SIDE` a side.

    Attributes:
        colors: CIELAB float32 `[h, w, 3]`, without lines and grain.
        lines: what they differ by from the picture: the same.
        regions: its large parts, uint8 0 or 1 `[h, w]` each, without holes; many are nearly the same.
        clean: whether it has no grain: drawn by a program, or bleached by a scanner.
        scale: pixels of the picture for one of these.
    """

    colors: np.ndarray
    lines: np.ndarray
    regions: list[np.ndarray]
    clean: bool
    scale: float


def glance(pixels: np.ndarray) -> Glance:
    """A picture uint8 `[height, width]` or `[height, width, 3]` at a glance."""
    scale = max(1.0, max(pixels.shape[:2]) / SIDE)
    shape = [max(1, round(side / scale)) for side in pixels.shape[1::-1]]
    small = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
    small = small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    colors = _lab(cv2.medianBlur(small, odd(LINES, small)))
    levels = pixels if pixels.ndim == 2 else pixels[..., 1]
    clean = np.bincount(levels.ravel(), minlength=256).max() > CLEAN * levels.size
    return Glance(colors, _lab(small) - colors, list(_regions(colors)), bool(clean), scale)


def odd(share: float, picture: np.ndarray) -> int:
    """A share of a picture's longer side, as an odd number of pixels."""
    return 2 * round(share / 2 * max(picture.shape[:2])) + 1


def _regions(colors: np.ndarray) -> Iterator[np.ndarray]:
    for part in _parts(colors):
        part = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((BRIDGE, BRIDGE)))
        for contour in cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
            if cv2.contourArea(contour) > SMALLEST * part.size:
                yield cv2.drawContours(np.zeros_like(part), [contour], -1, 1, cv2.FILLED)


def _lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _parts(colors: np.ndarray) -> Iterator[np.ndarray]:
    """Ways to part a picture, uint8 0 or 1 `[h, w]`: by lightness, by colour, and along its edges."""
    channels = cv2.split(np.clip(colors * (2.55, 1, 1) + (0, 128, 128), 0, 255).astype(np.uint8))
    for channel in channels:
        part = cv2.threshold(channel, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
        yield from (part, 1 - part)
    for low in EDGES:
        edges = np.maximum.reduce([cv2.Canny(channel, low, 2 * low) for channel in channels])
        between = (cv2.dilate(edges, np.ones((3, 3))) == 0).astype(np.uint8)
        _, labels, statistics, _ = cv2.connectedComponentsWithStats(between, connectivity=4)
        for i in np.flatnonzero(statistics[1:, cv2.CC_STAT_AREA] > SMALLEST / 2 * labels.size) + 1:
            yield cv2.dilate((labels == i).astype(np.uint8), np.ones((3, 3)))
