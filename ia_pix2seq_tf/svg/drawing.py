"""Reading drawings from SVG: what of it is drawn, and as strokes.

Nothing in a file is executed, and nothing it names is fetched. Texts, images, filters and other things that are no
lines are left out and counted. Filled shapes give their outlines; a shape that covers another does not erase it.
"""

import os
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from ia_pix2seq_tf.svg import document, surface
from ia_pix2seq_tf.svg.geometry import Budget, Outline, bounds, flatten, is_box, polygon, within
from ia_pix2seq_tf.svg.recorder import Shape
from ia_pix2seq_tf.svg.values import Box, Color
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, MOST_POINTS, InputError, counts_text, read_bytes

EXTENT = 255  # longer side of the strokes, the unit of QuickDraw's simplified drawings
EPSILON = 2.0  # precision of QuickDraw's simplified drawings, in that unit
TOLERANCE = 0.25  # precision with which curves become lines before they are simplified, in that unit
SIMPLE_POINTS = 250  # longest sketch that models read; drawings of more points are to be simplified
SAME_COLOR = 0.02  # difference up to which nobody tells two colours apart
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


def read_strokes(path: str | os.PathLike) -> tuple[np.ndarray, bool]:
    """The `strokes` and `is_curved` of `read_drawing`."""
    drawing = read_drawing(path)
    return drawing.strokes, drawing.is_curved


def read_drawing(path: str | os.PathLike) -> SvgDrawing:
    """Reads the lines of an SVG drawing as a browser shows them.

    Every line of paths and shapes is one run of the pen; filled shapes give their outlines. Paper (a rectangle without
    outline that covers the page and lies under everything) and what is painted in its colour, or in white, are not
    part of the drawing; white lines on no paper are. What is clipped away or hidden does not count, nor what lies
    well off the page.

    Args:
        path: of the file, an .svg or packed as .svgz.

    Raises:
        InputError: if the file is missing, larger than `document.LARGEST_FILE`, no well-formed SVG, shows no line, or
            exceeds a limit. The message does not name the file: see `untrusted.naming`.
    """
    drawn = surface.draw(document.parse(read_bytes(path, document.LARGEST_FILE)))
    shapes = _on_page(_visible(drawn.shapes, drawn.page), drawn.page, drawn.left_out)
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
    kept, cut = [], 0
    for shape in shapes:
        runs = [piece for run in shape.runs for piece in _cut(run, outline, margin)]
        cut += len(runs) != len(shape.runs) or any(run is not old for run, old in zip(runs, shape.runs, strict=True))
        kept += [replace(shape, runs=runs)] if runs else []
    left_out["off-page line"] += cut if kept else 0
    return kept or shapes


def _cut(run: np.ndarray, page: Outline, margin: float) -> list[np.ndarray]:
    """What of a run is on the page; all of one that leaves it by no more than a margin."""
    slack = margin * (1 + 1j)
    if within(np.array(bounds(run)), page.low - slack, page.high + slack).all():
        return [run]
    return page.cut(run)


def _visible(shapes: list[Shape], page: Box | None) -> list[Shape]:
    """The shapes but for paper, and but for those in its colour."""
    paper, above = _WHITE, shapes
    if shapes and _is_paper(shapes[0], shapes[1:], page):
        paper, above = shapes[0].paint, shapes[1:]
    visible = [shape for shape in above if _difference(shape.paint, paper) > SAME_COLOR]
    return visible or (above if above is shapes else [])


def _is_paper(shape: Shape, others: list[Shape], page: Box | None) -> bool:
    """Whether a shape is a rectangle without outline over the page.

    Where nothing says how large that is: over all others, if they stand out from it.
    """
    if shape.width or len(shape.runs) > 1 or not is_box(shape.runs[0]):
        return False
    low, high = bounds(shape.runs[0])
    if page is not None:
        least, most = complex(page.x, page.y), complex(page.x + page.width, page.y + page.height)
    elif others and all(_difference(other.paint, shape.paint) >= CONTRAST for other in others):
        least, most = bounds(np.concatenate([run for other in others for run in other.runs]))
    else:
        return False
    free = COVERED * (most - least)
    return (
        low.real <= least.real + free.real
        and low.imag <= least.imag + free.imag
        and high.real >= most.real - free.real
        and high.imag >= most.imag - free.imag
    )


def _difference(color: Color, other: Color) -> float:
    """The greatest difference between two colours' parts of red, green and blue."""
    return max(abs(a - b) for a, b in zip(color[:3], other[:3], strict=True))


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
