"""Reading drawings from SVG: what of it is drawn, and as strokes.

Nothing in a file is executed, and nothing it names is fetched. Texts, images, filters and other things that are no
lines are left out and counted. Filled shapes give their outlines; a shape that covers another does not erase it.
"""

import os
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from ia_pix2seq_tf.svg import document, surface
from ia_pix2seq_tf.svg.geometry import Budget, Outline, bounds, cut, fills_box, flatten, polygon, within
from ia_pix2seq_tf.svg.recorder import MOST_CURVES, Shape
from ia_pix2seq_tf.svg.values import PATTERN, Box, Color
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, MOST_POINTS, InputError, counts_text, read_bytes

EXTENT = 255  # longer side of the strokes, the unit of QuickDraw's simplified drawings
EPSILON = 2.0  # precision of QuickDraw's simplified drawings, in that unit
TOLERANCE = 0.25  # precision with which curves become lines before they are simplified, in that unit
SIMPLE_POINTS = 250  # longest sketch that models read; drawings of more points are to be simplified
SAME_COLOR = 0.04  # difference up to which nobody tells two colours apart
CONTRAST = 0.3  # difference from which on lines stand out from their paper
MARGIN = 0.05  # share of the longer side of the page by which a line may leave it: lines of hands do
COVERED = 0.01  # share of a side of the page that paper may leave free

_WHITE: Color = (1, 1, 1, 1)


@dataclass(frozen=True)
class SvgDrawing:
    """A drawing that was read.

    Attributes:
        strokes: float64 `[n, 3]`, rows (dx, dy, pen lifted), with a longer side of `EXTENT`; the first offset is
            (0, 0) unless the pen comes to the first line by a relative move.
        is_curved: whether there are curves, which are many short lines then: to be simplified, with `EPSILON`, as is
            what has more than `SIMPLE_POINTS` points.
        left_out: how many things of each kind, such as "text", are no part of it.
    """

    strokes: np.ndarray
    is_curved: bool
    left_out: Counter[str]


def read_drawing(path: str | os.PathLike) -> SvgDrawing:
    """Reads the lines of an SVG drawing as a browser shows them.

    Every line of paths and shapes is one run of the pen; filled shapes give their outlines. Paper (rectangles that
    cover the page and lie under everything, and the page's own background) and what is painted in its colour on it
    are not part of the drawing; white lines on no paper are. What is clipped away or hidden does not count, nor what
    lies well off the page.

    Args:
        path: of the file, an .svg or packed as .svgz.

    Raises:
        InputError: if the file is missing, larger than `document.LARGEST_FILE`, no well-formed SVG, shows no line, or
            exceeds a limit. The message does not name the file: see `untrusted.naming`.
    """
    drawn = surface.draw(document.parse(read_bytes(path, document.LARGEST_FILE)))
    shapes = _on_page(_visible(drawn), None if drawn.is_open else drawn.page, drawn.left_out)
    left_out = +drawn.left_out
    if not shapes:
        said = f"; left out: {counts_text(left_out)}" if left_out else ""
        raise InputError(f"expected a drawing, found no visible line{said}")
    with np.errstate(over="ignore", invalid="ignore"):
        return SvgDrawing(*_strokes(shapes), left_out)


def _on_page(shapes: list[Shape], page: Box | None, left_out: Counter[str]) -> list[Shape]:
    """The shapes without the lines that a page cuts off; all if it leaves none, or nothing says how large it is."""
    if page is None:
        return shapes
    corners = [complex(page.x + x * page.width, page.y + y * page.height) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    outline = Outline([polygon(corners)], Budget())
    margin = MARGIN * max(page.width, page.height)
    kept, off = [], 0
    for shape in shapes:
        runs = [piece for run in shape.runs for piece in _cut(run, outline, margin)]
        off += len(runs) != len(shape.runs) or any(run is not old for run, old in zip(runs, shape.runs, strict=True))
        kept += [replace(shape, runs=runs)] if runs else []
    left_out["off-page line"] += off if kept else 0
    return kept or shapes


def _cut(run: np.ndarray, page: Outline, margin: float) -> list[np.ndarray]:
    """What of a run is on the page; all of one that leaves it by no more than a margin."""
    slack = margin * (1 + 1j)
    if within(np.array(bounds(run)), page.low - slack, page.high + slack).all():
        return [run]
    return cut(run, page)


def _visible(drawn: surface.Drawing) -> list[Shape]:
    """The shapes but for paper, and but for those that nobody tells from it.

    White on white paper is an eraser, or nothing; but all shapes count where no paper is said and all are white.
    """
    paper = _over(drawn.background, _WHITE)
    above = list(drawn.shapes)
    while above and _is_paper(above[0], above[1:], drawn.page, paper):
        paper = _over(above[0].area, paper)
        if _difference(above[0].line, paper) > SAME_COLOR:
            break  # its border is drawn
        del above[0]
    seen = [_contrast(shape, paper) > SAME_COLOR for shape in above]
    grounds = _Grounds(above)
    visible = [shape for i, shape in enumerate(above) if seen[i] or grounds.contrast(i) > SAME_COLOR]
    is_bare = len(above) == len(drawn.shapes) and not drawn.background[3]
    return visible or ([shape for shape in above if max(shape.line[3], shape.area[3]) > SAME_COLOR] if is_bare else [])


class _Grounds:
    """What lies under shapes that have the colour of the paper."""

    def __init__(self, shapes: list[Shape]):
        self._shapes = shapes
        self._budget = Budget()
        boxes = [bounds(np.concatenate(shape.whole)) for shape in shapes]
        self._low, self._high = np.array(boxes, complex).reshape(-1, 2).T
        self._areas: dict[int, Outline] = {}

    def contrast(self, index: int) -> float:
        """How much a shape stands out from the area on which it lies as a whole; 0 if it lies on none."""
        shape, points = self._shapes[index], np.concatenate(self._shapes[index].runs)[:, (0, 3)].ravel()
        low, high = bounds(points)
        lows, highs = self._low[:index], self._high[:index]
        is_around = (lows.real <= low.real) & (lows.imag <= low.imag)
        is_around &= (highs.real >= high.real) & (highs.imag >= high.imag)
        for i in np.flatnonzero(is_around)[::-1].tolist():
            below = self._shapes[i]
            is_known = below.area[3] > SAME_COLOR and sum(map(len, below.whole)) <= MOST_CURVES
            if is_known and self._area(i).holds(points).all():
                return _contrast(shape, self._shapes[i].area)
        return 0

    def _area(self, index: int) -> Outline:
        if index not in self._areas:
            shape = self._shapes[index]
            self._areas[index] = Outline(shape.whole, self._budget, shape.even_odd)
        return self._areas[index]


def _is_paper(shape: Shape, others: list[Shape], page: Box | None, paper: Color) -> bool:
    """Whether a shape is a filled rectangle over the page, or almost.

    Where nothing says how large that is: over all others, if they stand out from it.
    """
    if not shape.area[3] or len(shape.whole) > 1 or not fills_box(shape.whole[0], 1 - COVERED):
        return False
    low, high = bounds(shape.whole[0])
    if page is not None:
        least, most = complex(page.x, page.y), complex(page.x + page.width, page.y + page.height)
    elif others and all(_contrast(other, _over(shape.area, paper)) >= CONTRAST for other in others):
        least, most = bounds(np.concatenate([run for other in others for run in other.runs]))
    else:
        return False
    least, most = least + COVERED * (most - least), most - COVERED * (most - least)
    corners = np.array([least, complex(most.real, least.imag), most, complex(least.real, most.imag)])
    return bool(within(corners, low, high).all() and all(clip.holds(corners).all() for clip in shape.clips))


def _over(paint: Color, ground: Color) -> Color:
    """The colour of a paint on a ground; that of the ground if the paint is a pattern."""
    if paint == PATTERN:
        return ground
    red, green, blue = (paint[3] * a + (1 - paint[3]) * b for a, b in zip(paint[:3], ground[:3], strict=True))
    return red, green, blue, 1


def _contrast(shape: Shape, ground: Color) -> float:
    """How much the lines or the area of a shape stand out from a ground."""
    return max(_difference(shape.line, ground), _difference(shape.area, ground))


def _difference(paint: Color, ground: Color) -> float:
    """The greatest difference in red, green or blue that a paint makes to a ground."""
    return paint[3] * max(abs(a - b) for a, b in zip(paint[:3], ground[:3], strict=True))


def _strokes(shapes: list[Shape]) -> tuple[np.ndarray, bool]:
    """The lines of all shapes as strokes float64 `[n, 3]`, and whether there are curves."""
    runs = [run for shape in shapes for run in shape.runs]
    curves, origin = np.concatenate(runs), runs[0][0, 0] if shapes[0].origin is None else shapes[0].origin
    if not max(np.abs(curves).max(), abs(origin)) <= LARGEST_NUMBER:
        raise InputError(f"expected coordinates up to {LARGEST_NUMBER:g}, found larger ones after transforms")
    points, counts = flatten(curves, TOLERANCE / EXTENT * _extent(np.append(curves, origin)), MOST_POINTS)
    lifted = np.zeros(len(points))
    lifted[np.cumsum(counts)[np.cumsum([len(run) for run in runs]) - 1] - 1] = 1
    offsets = np.diff(points, prepend=origin) * (EXTENT / _extent(np.append(points, origin)))
    return np.column_stack([offsets.real, offsets.imag, lifted]), bool(counts.max() > 1)


def _extent(points: np.ndarray) -> float:
    """The longer side of complex points; raises InputError if there is none."""
    low, high = bounds(points)
    extent = max((high - low).real, (high - low).imag)
    if not extent > 0:
        raise InputError("expected a drawing, found a single point")
    return extent
