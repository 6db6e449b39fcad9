"""Lines of any width to lines of one pixel: thinning of a binary image."""

import cv2
import numpy as np

_NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
"""The bit that each neighbour of a pixel has in its code: clockwise from the north."""


def thin(mask: np.ndarray) -> np.ndarray:
    """Removes pixels from the edges of the ink until its lines are one pixel wide.

    Connected ink stays connected. What lies outside of the image is paper.

    Args:
        mask: bool `[height, width]`, true is ink.

    Returns:
        bool `[height, width]`.

    Source: Guo and Hall, "Parallel thinning with two-subiteration algorithms", CACM 32(3), 1989.
    """
    ink = mask.astype(np.uint8)
    before = -1
    while before != (before := cv2.countNonZero(ink)):
        for kept in _KEPT:
            codes = cv2.filter2D(ink, cv2.CV_8U, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            cv2.bitwise_and(ink, cv2.LUT(codes, kept), ink)
    return ink.astype(bool)


def _kept(phase: int) -> np.ndarray:
    """For every code of eight neighbours, whether the pixel stays in this phase: uint8 `[256]`."""
    n, ne, e, se, s, sw, w, nw = ((np.arange(256) >> bit & 1).astype(bool) for bit in range(8))
    parts = ~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n)
    neighbours = np.minimum(
        sum(pair.astype(int) for pair in (nw | n, ne | e, se | s, sw | w)),
        sum(pair.astype(int) for pair in (n | ne, e | se, s | sw, w | nw)),
    )
    is_far_side = (s | sw | ~nw) & w if phase == 0 else (n | ne | ~se) & e
    removed = (sum(map(np.int64, parts)) == 1) & (neighbours >= 2) & (neighbours <= 3) & ~is_far_side
    return (~removed).astype(np.uint8)


_KEPT = _kept(0), _kept(1)
