"""The sheet of paper in a photograph: found by its edges, cut out and straightened.

A drawn rectangle must not be taken for paper. Paper differs from what lies around it *on both sides of an edge*: not
only along a line, and all the way to the rim of the picture. So:

1. The picture is scaled down, and a median takes lines and grain away. Thresholds (Otsu's) of lightness and colour,
   and its edges (Canny's), part it into regions.
2. Around each large region the smallest quadrilateral is laid; it must be filled, and look like a rectangle.
3. Along each of its sides that lies in the picture, there is the same step from inside to outside. Inside, most looks
   like the paper beside that side; outside, little does.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.ink import disc

SEARCH_SIDE = 400  # longer side of the small picture in which paper is searched
LINES = 1 / 40  # side of the median's window, as a share of that: lines of half the width vanish
SMALLEST, SMALLEST_CLEAN = 0.1, 0.4  # share of the picture that paper covers at least; without grain it may be drawn
SMALLEST_STRIPED, SMALLEST_DARK = 0.8, 0.35
"""Least share without grain and with one or two edges, and of dark paper, such as a blackboard."""
LARGEST = 0.985  # share of the picture above which there is nothing to cut off
CLEAN = 0.2  # no photograph: so many of the pixels have one grey level
FILLED = 0.85  # share of the quadrilateral, within the picture, that paper covers: the rest may be a hand
SQUARENESS = 0.57  # cosine of the sharpest angle of a rectangle in perspective: 55 degrees
STEP = 7.0  # least difference of paper from what is beside it, in CIELAB
STEADY = 0.7  # share of the points along a side at which the step must be seen
BESIDE = 0.02  # how far from a side colours are compared, as a share of the longer side
SEEN = 0.25  # share of a side in the picture without which the side is not judged
LIKE = 12.0  # colours within this distance, in CIELAB, look alike, if the step is not smaller
INSIDE, OUTSIDE = 0.6, 0.3  # shares that look like paper: of what the sides enclose at least, of what is around at most
SHADOW_LIGHT, SHADOW_COLOR = 30.0, 5.0
"""A shadow takes less lightness than this, half the light, and changes colour less, in CIELAB."""
FOCAL_LENGTH = 0.8  # of a telephone's camera, as a share of the longer side
POINTS, RAYS = 40, 12  # where a side is judged: points along it, and distances from it
NOTHING_INSIDE, NOTHING_OUTSIDE = 0.97, 0.5  # such shares are alike around a frame: itself, and the wall behind it
UNLIKE_PEN = 15.0  # how far a frame is from the pen, in CIELAB
SMALLEST_COVER = 0.015  # share of the picture of what lies over the edge of a page at least
PAGE = 0.5  # share of the picture that a page covers which is held to fill it
WAVES = 0.025  # notches in the paper's edge that are narrower than this share of the longer side are drawn lines
RIM = 0.012  # what is taken off the paper's edge, as a share of the longer side


class Paper(NamedTuple):
    """A sheet, in pixels of the picture.

    Attributes:
        corners: float64 `[4, 2]`, x and y, clockwise from the upper left; beyond the picture's where it cuts them off.
        mask: where it is seen, bool `[height, width]`, in a picture of any scale.
    """

    corners: np.ndarray
    mask: np.ndarray


class _Sheet(NamedTuple):
    """What may be paper: how clearly its edge is seen, its corners, its mask."""

    score: float
    corners: np.ndarray
    mask: np.ndarray


class Side(NamedTuple):
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


def find_paper(pixels: np.ndarray) -> Paper | None:
    """The sheet of paper that is the best to see in a picture, uint8 `[h, w]` or `[h, w, 3]`; None without any."""
    small, clean = _small(pixels), is_clean(pixels)
    colors = _colors(small)
    best, best_score = None, 0.0
    for mask, corners in _regions(colors):
        sheet = _sheet(small, colors, mask, corners, clean)
        if sheet is not None and sheet.score > best_score:
            best, best_score = sheet, sheet.score
    if best is None:
        return None
    return Paper(best.corners * (max(pixels.shape[:2]) / max(small.shape)), _visible(best.mask))


def uncovered(pixels: np.ndarray) -> np.ndarray | None:
    """Where a page that fills a photograph is seen; None if nothing lies over its edge.

    A hand, or the desk beside a torn edge, comes in from the rim of the picture, is wider than any line, and has
    another colour or is darker than a shadow.

    Returns:
        bool `[height, width]`, in a picture of a smaller scale.
    """
    if is_clean(pixels):
        return None
    colors = _colors(_small(pixels))
    page = max((mask for mask, _ in _regions(colors)), key=np.sum, default=None)
    if page is None or page.mean() < PAGE:
        return None
    things = cv2.morphologyEx(np.pad(1 - page, 20, mode="edge"), cv2.MORPH_OPEN, disc(_odd(WAVES, colors)))[
        20:-20, 20:-20
    ]
    count, labels = cv2.connectedComponents(things)
    covers = np.isin(labels, [i for i in range(1, count) if _comes_in(colors, page, labels == i)])
    return ~cv2.dilate(covers.astype(np.uint8), disc(_odd(WAVES, colors))).astype(bool) if covers.any() else None


def _comes_in(colors: np.ndarray, page: np.ndarray, thing: np.ndarray) -> bool:
    """Whether something beside a page lies over its edge."""
    rim = np.ones(thing.shape, bool)
    rim[1:-1, 1:-1] = False
    around = (cv2.dilate(thing.astype(np.uint8), disc(_odd(2 * WAVES, colors))) > 0) & ~thing & (page > 0)
    if thing.mean() < SMALLEST_COVER or not (thing & rim).any() or not around.any():
        return False
    step = np.median(colors[around], axis=0) - np.median(colors[thing], axis=0)
    return bool(step[0] > SHADOW_LIGHT or np.hypot(*step[1:]) > 2 * SHADOW_COLOR)


def is_clean(pixels: np.ndarray) -> bool:
    """Whether a picture has no grain: drawn by a program, or bleached by a scanner."""
    levels = pixels if pixels.ndim == 2 else pixels[..., 1]
    return bool(np.bincount(levels.ravel(), minlength=256).max() > CLEAN * levels.size)


def straighten(pixels: np.ndarray, paper: Paper) -> tuple[np.ndarray, np.ndarray]:
    """A sheet seen from above: its pixels, and where they are paper, bool `[h, w]`."""
    corners = paper.corners.astype(np.float32)
    aspect = _aspect(corners, pixels.shape)
    longer = min(max(pixels.shape[:2]), float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max()))
    width, height = (max(1, round(longer * share)) for share in (min(1.0, aspect), min(1.0, 1 / aspect)))
    target = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    matrix = cv2.getPerspectiveTransform(corners, target)
    seen = cv2.resize(paper.mask.astype(np.uint8), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    where = cv2.warpPerspective(seen, matrix, (width, height), flags=cv2.INTER_NEAREST)
    flat = cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return flat, where > 0


def _aspect(corners: np.ndarray, shape: tuple[int, ...]) -> float:
    """Width over height of the rectangle that a camera sees with these corners float32 `[4, 2]`.

    Source: Zhang and He, "Whiteboard scanning and image enhancement", 2007, with a usual focal length.
    """
    unit = np.float32([(0, 0), (1, 0), (1, 1), (0, 1)])
    matrix = cv2.getPerspectiveTransform(unit, corners - np.float32([shape[1] / 2, shape[0] / 2]))
    focal_length = FOCAL_LENGTH * max(shape)
    across, down, _ = (matrix / np.array([[focal_length], [focal_length], [1]])).T
    return float(np.linalg.norm(across) / np.linalg.norm(down))


def _small(pixels: np.ndarray) -> np.ndarray:
    """RGB uint8 `[h, w, 3]`, at most `SEARCH_SIDE` a side."""
    scale = min(1.0, SEARCH_SIDE / max(pixels.shape[:2]))
    shape = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
    small = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
    return small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)


def _colors(small: np.ndarray) -> np.ndarray:
    """CIELAB float32 `[h, w, 3]` of a picture without its lines and its grain."""
    smooth = cv2.medianBlur(small, _odd(LINES, small))
    return cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _regions(colors: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Large regions, uint8 0 or 1 `[h, w]`, without holes, each with the corners `[4, 2]` of what encloses it."""
    for part in _parts(colors):
        part = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((5, 5)))
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            if cv2.contourArea(contour) > SMALLEST * part.size:
                corners = cv2.approxPolyN(cv2.convexHull(contour), 4, None, -1, True).reshape(-1, 2)
                yield cv2.drawContours(np.zeros_like(part), [contour], -1, 1, cv2.FILLED), _in_order(corners)


def _parts(colors: np.ndarray) -> Iterator[np.ndarray]:
    """Ways to part a picture, uint8 0 or 1 `[h, w]`: by lightness, by colour, and along its edges."""
    channels = cv2.split(np.clip(colors * (2.55, 1, 1) + (0, 128, 128), 0, 255).astype(np.uint8))
    for channel in channels:
        part = cv2.threshold(channel, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
        yield from (part, 1 - part)
    for low in (20, 40, 80):
        edges = np.maximum.reduce([cv2.Canny(channel, low, 2 * low) for channel in channels])
        _, labels, statistics, _ = cv2.connectedComponentsWithStats(
            (cv2.dilate(edges, np.ones((3, 3))) == 0).astype(np.uint8), connectivity=4
        )
        for i in np.flatnonzero(statistics[1:, cv2.CC_STAT_AREA] > SMALLEST / 2 * labels.size) + 1:
            yield cv2.dilate((labels == i).astype(np.uint8), np.ones((3, 3)))


def _in_order(corners: np.ndarray) -> np.ndarray:
    """Corners float64 `[4, 2]` clockwise, from the upper left."""
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))].astype(np.float64)
    return np.roll(corners, -np.argmin(corners.sum(axis=1)), axis=0)


def _sheet(small: np.ndarray, colors: np.ndarray, mask: np.ndarray, corners: np.ndarray, clean: bool) -> _Sheet | None:
    """A region as a sheet of paper; None if it does not look like one."""
    quadrilateral = cv2.fillConvexPoly(np.zeros_like(mask), np.rint(corners).astype(np.int32), 1)
    share, filled = float(quadrilateral.mean()), float(np.sum(mask & quadrilateral) / max(1, quadrilateral.sum()))
    if share > LARGEST or filled < FILLED or not _is_rectangle(corners):
        return None
    area = float(cv2.contourArea(corners.astype(np.float32)))
    sides = [_side(colors, a, b, area) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    seen = [side for side in sides if side is not None]
    if not seen or any(side.steady < STEADY or np.mean(side.inside) < INSIDE for side in seen):
        return None
    if np.mean(np.concatenate([side.outside for side in seen])) > OUTSIDE:
        if clean or len(seen) < 4 or not _is_in_frame(small, colors, quadrilateral, seen):
            return None
    elif share < _smallest(seen, clean):
        return None
    if len(seen) == 3:
        corners = _completed(mask, corners, sides.index(None))
    elif len(seen) < 3:
        corners = _upright(mask, sides, corners)
    return _Sheet(filled * sum(side.steady for side in seen), corners, mask)


def _smallest(sides: list[Side], clean: bool) -> float:
    """Share of the picture that paper with these sides covers at least; 1 where they are none of paper."""
    step = np.mean([side.step for side in sides], axis=0)
    few = len(sides) < 3
    if few and np.abs(step[0]) < SHADOW_LIGHT and np.hypot(*step[1:]) < SHADOW_COLOR:
        return 1.0
    if step[0] < 0:
        return 1.0 if clean or few else SMALLEST_DARK
    return (SMALLEST_STRIPED if few else SMALLEST_CLEAN) if clean else SMALLEST


def _is_rectangle(corners: np.ndarray) -> bool:
    """Whether corners may be those of a rectangle in perspective."""
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return bool(np.all(np.abs((before * after).sum(axis=1)) < SQUARENESS * lengths))


def _is_in_frame(small: np.ndarray, colors: np.ndarray, quadrilateral: np.ndarray, sides: list[Side]) -> bool:
    """Whether a region lies in a frame, as a whiteboard on a wall that is as light.

    The frame is thicker than all lines in the region, and no pen has its colour; there is nothing on the wall.
    """
    inside, outside = (np.concatenate([getattr(side, way) for side in sides]) for way in ("inside", "outside"))
    if np.mean(inside) < NOTHING_INSIDE or np.mean(outside) < NOTHING_OUTSIDE:
        return False
    core = cv2.erode(quadrilateral, np.ones((15, 15))) > 0
    seen = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    contrast = np.linalg.norm(seen - colors, axis=2)[core]
    pen = np.median(seen[core][contrast >= np.percentile(contrast, 99.5)], axis=0)
    board = np.median(colors[core], axis=0)
    frames = [board - side.step for side in sides]
    return bool(min(np.linalg.norm(pen - frame) for frame in frames) > UNLIKE_PEN)


def _upright(mask: np.ndarray, sides: list[Side | None], corners: np.ndarray) -> np.ndarray:
    """The corners of a rectangle around a region `[h, w]` that is parallel to those of its sides that are seen."""
    ways = [b - a for a, b, side in zip(corners, np.roll(corners, -1, axis=0), sides, strict=True) if side is not None]
    angle = np.median([(np.arctan2(y, x) + np.pi / 4) % (np.pi / 2) - np.pi / 4 for x, y in ways])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.argwhere(mask)[:, ::-1] @ turn
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) @ turn.T


def _completed(mask: np.ndarray, corners: np.ndarray, unseen: int) -> np.ndarray:
    """Corners whose side of this number, which the picture's rim cuts off, is parallel to the opposite on the sheet.

    Lines and points are homogeneous, in a camera's coordinates, where directions at right angles are so there too.
    """
    middle, focal_length = np.array(mask.shape[::-1]) / 2, FOCAL_LENGTH * max(mask.shape)
    before, after, a, b = (np.append((corners[(unseen + i) % 4] - middle) / focal_length, 1) for i in (3, 2, 0, 1))
    sides, opposite = (np.cross(before, a), np.cross(after, b)), np.cross(before, after)
    across = np.cross(opposite, np.cross(*sides))
    rim = np.column_stack([(np.argwhere(mask)[:, ::-1] - middle) / focal_length, np.ones(int(mask.sum()))])
    ends = [np.cross(side, np.cross(across, rim)) for side in sides]
    far = [points[:, :2] / points[:, 2:] for points in ends]
    furthest = int(np.argmax(np.linalg.norm(far[0] - before[:2], axis=1)))
    found = corners.copy()
    for i, points in zip((unseen, (unseen + 1) % 4), far, strict=True):
        found[i] = points[furthest] * focal_length + middle
    return found


def _side(colors: np.ndarray, start: np.ndarray, end: np.ndarray, area: float) -> Side | None:
    """What lies along a side of corners that go clockwise around an area; None for one at the picture's rim or beyond."""
    longest = max(colors.shape)
    along = start + np.linspace(0.06, 0.94, POINTS)[:, None] * (end - start)
    length = max(float(np.linalg.norm(end - start)), 1.0)
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
    return Side(step, steady, *alike)


def _at(colors: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours at points `[..., 2]`, and which of these are in the picture."""
    x, y = np.moveaxis(np.rint(points).astype(int), -1, 0)
    height, width = colors.shape[:2]
    there = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return colors[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], there


def _visible(mask: np.ndarray) -> np.ndarray:
    """Where a region is paper for certain, bool `[h, w]`: without its rim, and with what drawn lines cut off."""
    waves, rim = _odd(WAVES, mask), _odd(2 * RIM, mask)
    closed = cv2.morphologyEx(np.pad(mask, waves, mode="edge"), cv2.MORPH_CLOSE, disc(waves))
    return cv2.erode(closed, np.ones((rim, rim)))[waves:-waves, waves:-waves] > 0


def _odd(share: float, picture: np.ndarray) -> int:
    """A share of a picture's longer side, as an odd number of pixels."""
    return 2 * round(share / 2 * max(picture.shape)) + 1
