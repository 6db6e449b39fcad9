"""What lies over the edge of a page that fills a photograph: a hand, or the desk beside it."""

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.ink import disc
from ia_pix2seq_tf.sampling.inputs.paper import SHADOW_COLOR, SHADOW_LIGHT, WAVES
from ia_pix2seq_tf.sampling.inputs.regions import Glance, odd

PAGE = 0.5  # share of the picture that a page covers which is held to fill it
SMALLEST = 0.015  # share of the picture that a cover covers at least


def uncovered(picture: Glance) -> np.ndarray | None:
    """Where a page that fills a photograph is seen, bool `[h, w]`; None if nothing lies over its edge.

    What does comes in from the rim of the picture, is wider than any line, and has another colour than paper or is
    darker than a shadow.
    """
    page = None if picture.clean else max(picture.regions, key=np.sum, default=None)
    if page is None or page.mean() < PAGE:
        return None
    width = odd(WAVES, page)
    things = cv2.morphologyEx(np.pad(1 - page, width, mode="edge"), cv2.MORPH_OPEN, disc(width))
    count, labels = cv2.connectedComponents(things[width:-width, width:-width])
    covers = np.isin(labels, [i for i in range(1, count) if _is_cover(picture.colors, page, labels == i)])
    return cv2.dilate(covers.astype(np.uint8), disc(width)) == 0 if covers.any() else None


def _is_cover(colors: np.ndarray, page: np.ndarray, thing: np.ndarray) -> bool:
    """Whether something beside a page, bool `[h, w]`, lies over its edge."""
    rim = np.ones(thing.shape, bool)
    rim[1:-1, 1:-1] = False
    around = (cv2.dilate(thing.astype(np.uint8), disc(odd(2 * WAVES, colors))) > 0) & ~thing & (page > 0)
    if thing.mean() < SMALLEST or not (thing & rim).any() or not around.any():
        return False
    step = np.median(colors[around], axis=0) - np.median(colors[thing], axis=0)
    return bool(step[0] > SHADOW_LIGHT or np.hypot(*step[1:]) > 2 * SHADOW_COLOR)
