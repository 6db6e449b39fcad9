"""Augmentation of images and strokes: pure functions, all chance comes from a generator passed in."""

import math

import cv2
import numpy as np

WHITE = 1.0  # value of the background of images in [-1, 1]
UNTOUCHED_POINTS = 2  # points of each pen run that are never dropped, beside the first and the last


def augment_images(
    images: np.ndarray,
    rng: np.random.Generator,
    scale_ratio: float = 1.0,
    rotate_angle: float = 0.0,
    translate_dist: float = 0.0,
) -> np.ndarray:
    """Rescales, rotates and translates each image by chance.

    Args:
        images: float `[batch, size, size]` in [-1, 1].
        rng: the source of chance.
        scale_ratio: smallest size, as a fraction: the ratio is uniform in [scale_ratio, 1]. 1 turns it off.
        rotate_angle: largest angle in degrees, in either direction. 0 turns it off.
        translate_dist: largest shift in pixels, in each direction. 0 turns it off.

    Returns:
        `[batch, size, size]` of the same dtype. Resampling may overshoot [-1, 1] after a rotation.

    Source: the reference's `random_scale_png`, `random_rotate_png` and `random_translate_png`.
    """
    count = len(images)
    ratios = rng.uniform(scale_ratio, 1.0, count)
    angles = rng.uniform(-rotate_angle, rotate_angle, count)
    shifts = rng.uniform(-translate_dist, translate_dist, (count, 2))
    result = images.copy()
    for i in range(count):
        if scale_ratio != 1:
            result[i] = rescale(result[i], ratios[i])
        if rotate_angle != 0:
            result[i] = rotate(result[i], angles[i])
        if translate_dist != 0:
            result[i] = translate(result[i], *shifts[i])
    return result


def rescale(image: np.ndarray, ratio: float) -> np.ndarray:
    """Shrinks an image `[size, size]` to `int(size * ratio)` pixels (at least 1), centred on white.

    An odd remainder goes to the right and the bottom: 47 pixels of 48 lie in the top-left corner.
    """
    size = len(image)
    inner = max(1, int(size * ratio))
    first = int((size - inner) / 2)
    result = np.full_like(image, WHITE)
    small = cv2.resize(image, (inner, inner), interpolation=cv2.INTER_AREA)
    result[first : first + inner, first : first + inner] = small
    return result


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turns an image `[size, size]` counter-clockwise, and shrinks it so that its corners stay inside."""
    size = len(image)
    angle = math.radians(degrees)
    extent = size * (abs(math.sin(angle)) + abs(math.cos(angle)))
    matrix = np.asarray(cv2.getRotationMatrix2D((size / 2, size / 2), degrees, 1.0), np.float64)
    matrix[:, 2] += (extent - size) / 2
    pixels = math.ceil(extent)
    turned = cv2.warpAffine(image, matrix, (pixels, pixels), flags=cv2.INTER_LANCZOS4, borderValue=WHITE)
    return cv2.resize(turned, (size, size), interpolation=cv2.INTER_AREA)


def translate(image: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Shifts an image `[size, size]` by pixels to the right and down."""
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return cv2.warpAffine(image, matrix, image.shape[::-1], borderValue=WHITE)


def scale_strokes(points: np.ndarray, lengths: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Stretches each sketch in x and in y by two factors, uniform in 1 +- `factor`.

    Args:
        points: float `[total, 3]`, the sketches one after another.
        lengths: `[n]` points of each sketch.
        rng: the source of chance.
        factor: largest change. 0 changes nothing.

    Returns:
        `[total, 3]` of the same dtype.

    Source: the reference's `random_scale_seq`.
    """
    factors = rng.uniform(1 - factor, 1 + factor, (len(lengths), 2))
    result = points.copy()
    result[:, :2] *= np.repeat(factors, lengths, axis=0)
    return result


def drop_points(strokes: np.ndarray, prob: float, uniforms: np.ndarray) -> np.ndarray:
    """Drops points inside pen runs of one sketch; the point kept before takes over the offset.

    The first of a run, its last, and the `UNTOUCHED_POINTS` after the first are always kept.

    Args:
        strokes: `[n, 3]`.
        prob: probability with which each other point is dropped.
        uniforms: `[n]` uniform draws in [0, 1); a point goes if its draw is below `prob`.

    Returns:
        `[kept, 3]`.

    Source: the reference's `augment_strokes`, whose drawing of chance is made an argument. A dropped offset
    goes to the *kept* point before, which moves: the drawing goes on at the same place.
    """
    kept: list[np.ndarray] = []
    was_lifted, count = True, 0
    for point, draw in zip(strokes, uniforms, strict=True):
        lifted = point[2] == 1
        count = 0 if lifted or was_lifted else count + 1
        if count > UNTOUCHED_POINTS and draw < prob:
            kept[-1][:2] += point[:2]
        else:
            kept.append(point.copy())
        was_lifted = lifted
    return np.array(kept, strokes.dtype).reshape(-1, 3)


def drop_points_batch(
    points: np.ndarray, lengths: np.ndarray, prob: float, uniforms: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Does as `drop_points` to many sketches at once.

    Args:
        points: `[total, 3]`, the sketches one after another.
        lengths: `[n]` points of each sketch, all positive.
        prob: as `drop_points`.
        uniforms: `[total]` uniform draws in [0, 1).

    Returns:
        points `[kept, 3]` and lengths `[n]`.
    """
    starts = np.cumsum(lengths) - lengths
    lifted = points[:, 2] == 1
    resets = lifted.copy()
    resets[1:] |= lifted[:-1]
    resets[starts] = True
    position = np.arange(len(points))
    count = position - np.maximum.accumulate(np.where(resets, position, 0))
    keep = (count <= UNTOUCHED_POINTS) | (uniforms >= prob)
    result = points[keep]
    result[:, :2] = np.add.reduceat(points[:, :2], np.flatnonzero(keep), axis=0)
    return result, np.add.reduceat(keep, starts, dtype=lengths.dtype)
