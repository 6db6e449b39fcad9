"""Reading drawings from SVG: lines and shapes to strokes.

Nothing in a file is executed, and nothing it names is fetched. Documents that declare entities, or any document
type but the public ones of SVG, are refused before their content is read, and so are images, texts and other
things that are no lines. Scripts, style sheets, definitions, clips and filters are passed over. A shape that
covers another does not erase it.
"""

import os
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np

from ia_pix2seq_tf.svg.attributes import SHAPES, Attributes, Color, Page
from ia_pix2seq_tf.svg.path import Run, flatten, trace
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, MOST_POINTS, InputError, read_bytes

LARGEST_FILE = 16 * 2**20  # bytes
MOST_ELEMENTS = 100_000
DEEPEST_NESTING = 200
EXTENT = 255  # longer side of the strokes, the unit of QuickDraw's simplified drawings
EPSILON = 2.0  # precision of QuickDraw's simplified drawings, in that unit
TOLERANCE = 0.25  # precision with which curves become lines before they are simplified, in that unit
SIMPLE_POINTS = 250  # longest sketch that models read; drawings of more points are to be simplified

_NAMESPACES = ("", "http://www.w3.org/2000/svg")
_PUBLIC_DTD = "-//W3C//DTD SVG "
_GROUPS = ("svg", "g", "a", "switch")
_NOT_LINES = ("image", "text", "use")
_WHITE = (255, 255, 255)


def read_strokes(path: str | os.PathLike) -> tuple[np.ndarray, bool]:
    """Reads the lines of an SVG drawing.

    Every line of paths, lines, polylines, polygons, rectangles, circles and ellipses is one run of the pen;
    filled shapes give their outlines. A background (a rectangle without outline over the whole page) and what
    is painted in its colour, or in white, are not part of the drawing; white lines on no background are.

    Args:
        path: of the file.

    Returns:
        strokes float64 `[n, 3]` with a longer side of `EXTENT`, the first offset (0, 0) unless the pen comes to
        the first line by a relative move; and whether there are curves, which then are many short lines: to be
        simplified, with `EPSILON`, as is what has more than `SIMPLE_POINTS` points.

    Raises:
        InputError: if the file is missing, larger than `LARGEST_FILE` or no well-formed SVG; declares entities;
            holds images, texts, copies (`use`) or nested pages; or exceeds a limit of this module. The message
            does not name the file: see `untrusted.naming`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _strokes(_visible_shapes(read_bytes(path, LARGEST_FILE)))


@dataclass(frozen=True)
class _Style:
    """What an element hands down to those in it: the way to the page `[3, 3]`, paints and visibility."""

    matrix: np.ndarray = field(default_factory=lambda: np.eye(3))
    fill: Color = (0, 0, 0)
    stroke: Color = None
    is_visible: bool = True
    is_gone: bool = False

    def child(self, attributes: Attributes) -> "_Style":
        """The style of an element with these attributes."""
        visibility = attributes.text("visibility") or "inherit"
        stroke = attributes.color("stroke", self.stroke)
        return _Style(
            self.matrix @ attributes.transform(),
            attributes.color("fill", self.fill),
            None if attributes.is_zero("stroke-width") else stroke,
            self.is_visible if visibility == "inherit" else visibility == "visible",
            self.is_gone or attributes.text("display") == "none" or attributes.is_zero("opacity"),
        )

    @property
    def paint(self) -> Color:
        """The colour of the lines, else of the area; None for what cannot be seen."""
        return (self.stroke or self.fill) if self.is_visible and not self.is_gone else None


@dataclass(frozen=True)
class _Shape:
    """The lines of an element in its own coordinates, and its style."""

    runs: list[Run]
    style: _Style

    def controls(self, run: Run) -> np.ndarray:
        """`run.controls()` on the page."""
        x, y, shift = np.array([1, 1j, 0]) @ self.style.matrix
        controls = run.controls()
        return controls.real * x + controls.imag * y + shift

    def covers(self, page: Page | None) -> bool:
        """Whether it is a rectangle without outline over all of the page."""
        if page is None or self.style.stroke or len(self.runs) > 1 or len(self.runs[0].curves) > 4:
            return False
        controls = self.controls(self.runs[0])
        sides = (controls.real, page.x, page.width), (controls.imag, page.y, page.height)
        return all(c.min() <= low + 0.01 * side and c.max() >= low + 0.99 * side for c, low, side in sides)


class _Reader:
    """Collects the shapes of a document while it is parsed."""

    def __init__(self) -> None:
        self.shapes: list[_Shape] = []
        self.paper: Color = None
        self._page: Page | None = None
        self._styles = [_Style()]
        self._skipped = 0  # depth inside an element that is passed over
        self._elements = 0
        self._curves = 0

    def start_document_type(self, name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        if has_subset or not (public or "").startswith(_PUBLIC_DTD):
            raise InputError("expected an SVG that declares nothing, found a document type with declarations")

    def refuse_entity(self, name: str, *_: object) -> None:
        raise InputError(f"expected an SVG without entities, found {name[:20]!r}")

    def start(self, name: str, texts: dict[str, str]) -> None:
        """Begins an element."""
        self._count(texts)
        if self._skipped:
            self._skipped += 1
            return
        namespace, _, tag = name.rpartition(" ")
        is_root = len(self._styles) == 1
        if namespace not in _NAMESPACES:
            tag = ""
        if is_root and tag != "svg":
            raise InputError(f"expected the root element svg, found {name[-50:]!r}")
        if tag in _NOT_LINES or (tag == "svg" and not is_root):
            raise InputError(f"expected lines and shapes only, found <{tag}>: convert it to paths, or remove it")
        if tag not in _GROUPS and tag not in SHAPES:
            self._skipped = 1
            return
        attributes = Attributes(texts, self._page)
        if is_root:
            self._page = attributes.page()
        self._styles.append(self._styles[-1].child(attributes))
        if tag in SHAPES and self._styles[-1].paint:
            self._add(trace(SHAPES[tag](attributes), MOST_POINTS))

    def end(self, name: str) -> None:
        """Ends an element."""
        if self._skipped:
            self._skipped -= 1
        else:
            self._styles.pop()

    def visible_shapes(self) -> list[_Shape]:
        """The shapes that are not painted in the colour of the paper."""
        visible = [shape for shape in self.shapes if shape.style.paint != (self.paper or _WHITE)]
        return visible or (self.shapes if self.paper is None else [])

    def _count(self, texts: dict[str, str]) -> None:
        """Holds elements, transforms and nesting to their limits."""
        self._elements += 1 + sum(texts.get(name, "").count("(") for name in ("transform", "style"))
        if self._elements > MOST_ELEMENTS:
            raise InputError(f"expected at most {MOST_ELEMENTS:,} elements and transforms, found more")
        if len(self._styles) + self._skipped > DEEPEST_NESTING:
            raise InputError(f"expected elements nested at most {DEEPEST_NESTING} deep, found more")

    def _add(self, runs: list[Run]) -> None:
        """Adds the lines of an element in the current style."""
        if not runs:
            return
        self._curves += sum(1 + len(run.curves) for run in runs)
        if self._curves > MOST_POINTS:
            raise InputError(f"expected at most {MOST_POINTS:,} lines and curves, found more")
        shape = _Shape(runs, self._styles[-1])
        if shape.covers(self._page):
            self.paper = shape.style.fill
        else:
            self.shapes.append(shape)


def _visible_shapes(data: bytes) -> list[_Shape]:
    """Parses a document."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.start_document_type
    parser.EntityDeclHandler = reader.refuse_entity
    parser.SkippedEntityHandler = reader.refuse_entity
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(data, True)
    except InputError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two for unknown encodings
        raise InputError(f"expected well-formed SVG, found: {error}") from error
    return reader.visible_shapes()


def _strokes(shapes: list[_Shape]) -> tuple[np.ndarray, bool]:
    """The lines of all shapes as strokes float64 `[n, 3]`, and whether there are curves."""
    runs = [(run, shape.controls(run)) for shape in shapes for run in shape.runs]
    drawn = [controls for run, controls in runs if not run.is_bare]
    if not drawn:
        raise InputError("expected a drawing, found no visible line")
    origin, curves = runs[0][1][0, 0], np.concatenate(drawn)
    if not max(np.abs(curves).max(), abs(origin)) <= LARGEST_NUMBER:
        raise InputError(f"expected coordinates up to {LARGEST_NUMBER:g}, found larger ones after transforms")
    points, counts = flatten(curves, TOLERANCE / EXTENT * _extent(np.append(curves, origin)), MOST_POINTS)
    last_curves = np.cumsum([len(controls) for controls in drawn]) - 1
    lifted = np.zeros(len(points))
    lifted[np.cumsum(counts)[last_curves] - 1] = 1
    offsets = np.diff(points, prepend=origin) * (EXTENT / _extent(np.append(points, origin)))
    return np.column_stack([offsets.real, offsets.imag, lifted]), bool(counts.max() > 1)


def _extent(points: np.ndarray) -> float:
    """The longer side of complex points; raises InputError if there is none."""
    extent = max(np.ptp(points.real), np.ptp(points.imag))
    if not extent > 0:
        raise InputError("expected a drawing, found a single point")
    return float(extent)
