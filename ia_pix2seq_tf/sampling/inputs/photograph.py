"""From a photograph of a drawing to the drawing: a sheet of paper, seen from above, without printed lines."""

from typing import NamedTuple

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.cover import uncovered
from ia_pix2seq_tf.sampling.inputs.paper import find_paper
from ia_pix2seq_tf.sampling.inputs.perspective import flattened
from ia_pix2seq_tf.sampling.inputs.regions import glance
from ia_pix2seq_tf.sampling.inputs.ruling import without_ruling

LONGER, SHORTER = 160, 64  # pixels of a photograph's sides at least
FILL = 1 / 8  # scale at which the colour of the paper is spread to where there is none
TURNED = 1.0  # degrees by which printed lines must be turned for the drawing to be turned back

PAPER = "found a sheet of paper and straightened it"
COVER = "left out what lies over the edge of the paper"
RULING = "removed the lines printed on the paper"


class Cleared(NamedTuple):
    """What is left of a picture.

    Attributes:
        pixels: uint8 `[height, width]` or `[height, width, 3]`.
        where: bool `[height, width]`, where they show paper; None for everywhere.
        steps: what was done, a sentence each; nothing to drawings and scans.
    """

    pixels: np.ndarray
    where: np.ndarray | None = None
    steps: tuple[str, ...] = ()


def clear(pixels: np.ndarray) -> Cleared:
    """Takes away what a photograph shows besides the drawing; a picture without such things stays as it is.

    Args:
        pixels: uint8 `[height, width]` or `[height, width, 3]`.
    """
    if max(pixels.shape[:2]) < LONGER or min(pixels.shape[:2]) < SHORTER:
        return Cleared(pixels)
    cleared = _on_paper(pixels)
    unruled = without_ruling(cleared.pixels, cleared.where)
    if unruled is None:
        return cleared
    steps = (*cleared.steps, RULING)
    if cleared.where is None:
        return Cleared(*_turned_back(unruled.pixels, unruled.angle), steps)
    return Cleared(unruled.pixels, _scaled(cleared.where, unruled.pixels), steps)


def _on_paper(pixels: np.ndarray) -> Cleared:
    """The sheet in a picture, or its page without what covers it."""
    picture = glance(pixels)
    if (paper := find_paper(picture)) is not None:
        flat, where = flattened(pixels, *paper)
        return Cleared(_filled(flat, where), where, (PAPER,))
    if (seen := uncovered(picture)) is not None:
        where = _scaled(seen, pixels)
        return Cleared(_filled(pixels, where), where, (COVER,))
    return Cleared(pixels)


def _filled(pixels: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A picture with the colour of the nearest paper where it shows none, so that its light is seen everywhere."""
    small = cv2.medianBlur(cv2.resize(pixels, None, fx=FILL, fy=FILL, interpolation=cv2.INTER_AREA), 5)
    known = _scaled(where, small)
    if not known.any():
        return pixels
    other = (~known).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(other, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    nearest = np.zeros((labels.max() + 1, *small.shape[2:]), np.uint8)
    nearest[labels[known]] = small[known]
    filled = cv2.resize(nearest[labels], pixels.shape[1::-1])
    return np.where(where.reshape(*where.shape, *[1] * (pixels.ndim - 2)), pixels, filled)


def _turned_back(pixels: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Turns a picture counterclockwise by some degrees, onto a canvas that holds it all; and where it lies there."""
    if abs(angle) < TURNED:
        return pixels, None
    height, width = pixels.shape[:2]
    sine, cosine = abs(np.sin(np.radians(angle))), abs(np.cos(np.radians(angle)))
    size = (round(width * cosine + height * sine), round(width * sine + height * cosine))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.warpAffine(np.ones((height, width), np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0


def _scaled(where: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A mask at the size of a picture."""
    return cv2.resize(where.astype(np.uint8), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
