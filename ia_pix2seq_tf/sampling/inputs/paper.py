"""The sheet of paper in a photograph, found by its edges.

A drawn rectangle must not be taken for paper. Paper differs from what lies around it *on both sides of an edge*: not
only along a line, and all the way to the rim of the picture. So:

1. The picture is scaled down, and a median takes lines and grain away. Thresholds (Otsu's) of lightness and colour,
   and its edges (Canny's), part it into regions.
2. Around each large region the smallest quadrilateral is laid; it must be filled, and look like a rectangle.
3. Along each of its sides that lies in the picture, there is the same step from inside to outside. Inside, most looks
   like the paper beside that side; outside, little does.
4. Pictures without grain, such as drawings of a program, must be like a scan with a border: nothing but lines inside,
   nothing at all outside. So must a board in a frame, whose wall may be as light as the board.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.ink import disc
from ia_pix2seq_tf.sampling.inputs.perspective import completed, enclosing, is_rectangle, upright
from ia_pix2seq_tf.sampling.inputs.regions import Glance, odd

SMALLEST_CLEAN, SMALLEST_STRIPED, SMALLEST_DARK = 0.4, 0.88, 0.35
"""Share of a picture without grain that paper covers at least, where three or four of its edges are seen, or fewer; and
of a photograph, if the paper is darker than what is around it, as a blackboard."""
LARGEST = 0.985  # share of the picture above which there is nothing to cut off
FILLED = 0.85  # share of the quadrilateral, within the picture, that paper covers: the rest may be a hand
STEP = 7.0  # least difference of paper from what is beside it, in CIELAB
STEADY, HELD, STEADY_CLEAN = 0.8, 0.5, 0.97
"""Share of points along the sides at which the step must be seen; along each, as hands may lie there; without grain."""
BESIDE = 0.02  # how far from a side colours are compared, as a share of the longer side
SEEN = 0.25  # share of a side in the picture without which the side is not judged
LIKE = 12.0  # colours within this distance, in CIELAB, look alike, if the step is not smaller
INSIDE, OUTSIDE = 0.6, 0.3  # shares that look like paper: of what the sides enclose at least, of what is around at most
SHADOW_LIGHT, SHADOW_COLOR = 45.0, 5.0
"""A shadow takes less lightness than this, half the light, and changes colour less, in CIELAB."""
POINTS, RAYS = 40, 12  # where a side is judged: points along it, and distances from it
BARE, BARE_INSIDE = 10.0, 0.97
"""No line differs by more than this, in CIELAB, from a surface that bears nothing; paper of which such a share looks
alike bears nothing but lines."""
BEHIND = 0.5  # share of what is around a frame that looks like the board: the wall
UNLIKE_PEN = 15.0  # how far a frame is from the pen, in CIELAB
WAVES = 0.025  # notches in the paper's edge that are narrower than this share of the longer side are drawn lines
RIM = 0.024  # diameter of what is taken off along the paper's edge, as a share of the longer side


class Paper(NamedTuple):
    """A sheet.

    Attributes:
        corners: in pixels of the picture, see `perspective`; beyond its rim where that cuts them off.
        mask: where it is seen, bool `[h, w]`, at a smaller scale.
    """

    corners: np.ndarray
    mask: np.ndarray


class _Side(NamedTuple):
    """What lies along one side.

    Attributes:
        step: from outside to inside, CIELAB `[3]`.
        steady: share of the points at which it is seen.
        inside: for points from the side inwards, whether they look like paper.
        outside: the same outwards.
    """

    step: np.ndarray
    steady: float
    inside: np.ndarray
    outside: np.ndarray


def find_paper(picture: Glance) -> Paper | None:
    """The sheet of paper that is seen best in a picture; None where there is none."""
    best, most = None, 0.0
    for mask in picture.regions:
        corners = enclosing(mask)
        sides = _sides(picture, mask, corners)
        if sum(side.steady for side in sides.values()) > most and _is_paper(picture, mask, corners, sides):
            best, most = (mask, corners, sides), sum(side.steady for side in sides.values())
    if best is None:
        return None
    mask, corners, sides = best
    if len(sides) == 3:
        corners = completed(mask, corners, next(i for i in range(4) if i not in sides))
    elif len(sides) < 3:
        corners = upright(mask, corners, list(sides))
    return Paper(corners * picture.scale, visible(mask))


def visible(mask: np.ndarray) -> np.ndarray:
    """Where a region, uint8 0 or 1 `[h, w]`, is paper for certain: without its rim, with what drawn lines cut off."""
    waves, rim = odd(WAVES, mask), odd(RIM, mask)
    closed = cv2.morphologyEx(np.pad(mask, waves, mode="edge"), cv2.MORPH_CLOSE, disc(waves))
    return cv2.erode(closed, np.ones((rim, rim)))[waves:-waves, waves:-waves] > 0


def _sides(picture: Glance, mask: np.ndarray, corners: np.ndarray) -> dict[int, _Side]:
    """Those sides of a region that lie in the picture; none if the region has not the shape of a sheet."""
    inner = _inner(corners, mask.shape)
    if inner.mean() > LARGEST or _filled(mask, inner) < FILLED or not is_rectangle(corners):
        return {}
    ends, area = np.roll(corners, -1, axis=0), float(cv2.contourArea(corners.astype(np.float32)))
    sides = (_side(picture.colors, a, b, area) for a, b in zip(corners, ends, strict=True))
    return {i: side for i, side in enumerate(sides) if side is not None}


def _inner(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What corners enclose, uint8 0 or 1 `[h, w]`."""
    return cv2.fillConvexPoly(np.zeros(shape[:2], np.uint8), np.rint(corners).astype(np.int32), 1)


def _filled(mask: np.ndarray, inner: np.ndarray) -> float:
    """The share of what corners enclose that a region fills."""
    return float(np.sum(mask & inner) / max(1, inner.sum()))


def _side(colors: np.ndarray, start: np.ndarray, end: np.ndarray, area: float) -> _Side | None:
    """What lies along a side of corners around an area; None for one at the picture's rim or beyond."""
    longest, length = max(colors.shape), max(float(np.linalg.norm(end - start)), 1.0)
    along = start + np.linspace(0.06, 0.94, POINTS)[:, None] * (end - start)
    outwards = np.array([end[1] - start[1], start[0] - end[0]]) / length
    (paper, is_in), (desk, is_out) = (_at(colors, along + way * BESIDE * longest * outwards) for way in (-1, 1))
    seen = is_in & is_out
    if seen.mean() < SEEN:
        return None
    steps = (paper - desk)[seen]
    step = np.median(steps, axis=0)
    size = float(np.linalg.norm(step))
    steady = float(np.mean(steps @ step > 0.4 * size**2)) if size > STEP else 0.0
    alike = []
    for way, reach, tolerance in ((-1, 0.4 * area / length, 0.5 * size), (1, longest, min(0.5 * size, LIKE))):
        distances = way * np.geomspace(BESIDE * longest, max(reach, BESIDE * longest), RAYS)
        found, there = _at(colors, along + distances[:, None, None] * outwards)
        alike.append((np.linalg.norm(found - paper, axis=2) < tolerance)[there & seen])
    return _Side(step, steady, *alike)


def _at(colors: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours at points `[..., 2]`, and which of these are in the picture."""
    x, y = np.moveaxis(np.rint(points).astype(int), -1, 0)
    height, width = colors.shape[:2]
    there = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return colors[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], there


def _is_paper(picture: Glance, mask: np.ndarray, corners: np.ndarray, sides: dict[int, _Side]) -> bool:
    """Whether a region with these sides is a sheet of paper."""
    steady = [side.steady for side in sides.values()]
    if np.mean(steady) < STEADY or min(steady) < (STEADY_CLEAN if picture.clean else HELD):
        return False
    if any(np.mean(side.inside) < INSIDE for side in sides.values()):
        return False
    inside, outside = (
        float(np.mean(np.concatenate([getattr(side, way) for side in sides.values()]))) for way in ("inside", "outside")
    )
    inner = _inner(corners, picture.colors.shape)
    is_dark = np.mean([side.step[0] for side in sides.values()]) < 0
    is_framed = outside > OUTSIDE
    is_doubtful = picture.clean or is_dark or is_framed
    if is_doubtful and not (min(inside, _filled(mask, inner)) > BARE_INSIDE and _is_bare(picture, inner)):
        return False
    if is_framed:
        return not picture.clean and len(sides) == 4 and outside > BEHIND and _is_framed(picture, inner, sides)
    return float(inner.mean()) > _smallest(picture, sides, is_dark)


def _smallest(picture: Glance, sides: dict[int, _Side], is_dark: bool) -> float:
    """Share of the picture that paper with these sides covers at least; 1 where they are none of paper."""
    step, few = np.mean([side.step for side in sides.values()], axis=0), len(sides) < 3
    is_shadow = few and np.abs(step[0]) < SHADOW_LIGHT and np.hypot(*step[1:]) < SHADOW_COLOR
    if picture.clean:
        return 1.0 if is_dark else SMALLEST_STRIPED if few else SMALLEST_CLEAN
    if is_shadow or (is_dark and few):
        return 1.0
    return SMALLEST_DARK if is_dark else 0.0


def _is_bare(picture: Glance, inner: np.ndarray) -> bool:
    """Whether there is no line outside of a region, uint8 0 or 1 `[h, w]`, and of its frame."""
    outer = cv2.dilate(inner, disc(odd(4 * WAVES, inner))) == 0
    return not outer.any() or float(np.percentile(np.linalg.norm(picture.lines[outer], axis=1), 99.7)) < BARE


def _is_framed(picture: Glance, inner: np.ndarray, sides: dict[int, _Side]) -> bool:
    """Whether a region with something drawn on it, uint8 0 or 1 `[h, w]`, lies in a frame of no pen's colour.

    The frame is thicker than all lines in the region: those are not in `Glance.colors`, which it is.
    """
    core = cv2.erode(inner, disc(odd(WAVES, inner))) > 0
    contrast = np.linalg.norm(picture.lines[core], axis=1)
    if not len(contrast) or (darkest := np.percentile(contrast, 99.5)) < BARE:
        return False
    pen = np.median(picture.lines[core][contrast >= darkest], axis=0)
    return min(float(np.linalg.norm(pen + side.step)) for side in sides.values()) > UNLIKE_PEN
