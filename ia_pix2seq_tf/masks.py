"""Irregular masks, which erase parts of an image (paper, §5.2).

A mask is a boolean array `[size, size]`, True where it erases. It is made of strokes of a round brush that
wanders over the image: some run far, as scratches, others turn on the spot and leave blots. The paper takes
masks of this kind from Liu et al., "Image inpainting for irregular holes using partial convolutions" (2018).
"""

from collections.abc import Iterator

import numpy as np

PAPER = 255  # what an erased pixel becomes
TURNS = (0.25, 1.3)  # how far the brush turns at each step, in radians: a scratch, or a blot
RADII = (1 / 32, 1 / 12)  # least and largest radius of the brush, as a share of the image's side
STEPS = (0.2, 1.0)
"""Least and largest number of steps of one stroke, as a share of the image's side; a step is one pixel."""
SMALLEST_RADIUS = 0.75  # in pixels: the brush always covers the middle of the pixel that it stands on


def irregular_mask(size: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """A random mask.

    Args:
        size: side of the image, in pixels.
        share: of all pixels, how many it erases; in [0, 1].
        rng: source of chance.

    Returns:
        bool `[size, size]` with `round(share * size**2)` pixels set.

    Raises:
        ValueError: for a share outside [0, 1], or a size below 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"mask: expected a share of erased pixels in [0, 1], found {share}")
    if size < 1:
        raise ValueError(f"mask: expected a size of at least 1 pixel, found {size}")
    wanted = round(share * size**2)
    mask = np.zeros((size, size), bool)
    missing = wanted
    while missing:
        for centre, radius in _stroke(size, rng):
            missing -= _stamp(mask, centre, radius, missing)
            if not missing:
                break
    return mask


def irregular_masks(count: int, size: int, share: float, seed: int) -> np.ndarray:
    """Masks bool `[count, size, size]`, each a function of the seed and of its place alone; see `irregular_mask`."""
    masks = [irregular_mask(size, share, np.random.default_rng([seed, i])) for i in range(count)]
    return np.stack(masks) if masks else np.zeros((0, size, size), bool)


def erase(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Images uint8 `[..., size, size]`, white where masks of the same shape are True."""
    return np.where(masks, np.uint8(PAPER), images)


def _stroke(size: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, float]]:
    """The way of the brush until it ends or leaves the image: its centre `[2]` and its radius, in pixels."""
    centre = rng.uniform(0, size, 2)
    heading, turn = rng.uniform(0, 2 * np.pi), rng.choice(TURNS)
    radius = max(rng.uniform(*RADII) * size, SMALLEST_RADIUS)
    for _ in range(int(np.ceil(rng.uniform(*STEPS) * size))):
        if np.any((centre < 0) | (centre > size)):
            return
        yield centre, radius
        heading += rng.normal(0, turn)
        centre = centre + (np.cos(heading), np.sin(heading))


def _stamp(mask: np.ndarray, centre: np.ndarray, radius: float, most: int) -> int:
    """Sets the pixels under the brush, the nearest first and at most `most` new ones; returns how many were new."""
    rows, columns = np.indices(mask.shape) + 0.5
    distance = np.hypot(columns - centre[0], rows - centre[1])
    fresh = np.flatnonzero((distance <= radius) & ~mask)
    fresh = fresh[np.argsort(distance.flat[fresh], kind="stable")[:most]]
    mask.flat[fresh] = True
    return len(fresh)
