"""InkML, the W3C's markup of what a pen wrote: a file is a drawing.

Of the recommendation of 2011 it reads traces, in groups or not, with their formats, differences and continuations; it
passes over brushes, times, views and annotations. Traces of definitions count only where there are no others.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, drawn, excerpt
from ia_pix2seq_tf.data.convert.readers.document_xml import Elements, parse_xml
from ia_pix2seq_tf.data.convert.readers.stream import Advance, read_document
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError, naming

ROOT = "ink"
_NUMBER = r"(?:[-+]\s*)?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_HEXADECIMAL = r"#[0-9A-Fa-f]{1,15}"
_VALUE = re.compile(rf"\s*(?:([!'\"])\s*)?({_NUMBER}|{_HEXADECIMAL}|[TF*?])\s*")
_ORDERS = {"!": 0, "'": 1, '"': 2}
"""What a value with this before it is, and those after it until the next sign: itself, a difference, or a difference
of differences."""


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, bytes]]:
    """Yields the content: the file is the drawing."""
    yield "", read_document(path, advance)


def parse(data: bytes) -> Drawing:
    """Makes a drawing of the traces.

    Raises:
        InputError: if it is no InkML, a trace has no X or Y, or there are too many points.
    """
    traces = _Traces()
    parse_xml(data, traces)
    return drawn(traces.lines or traces.defined)


@dataclass(frozen=True)
class Format:
    """Where the X and the Y are among the values of a point, and which way they grow."""

    columns: tuple[int, int] = (0, 1)
    signs: tuple[int, int] = (1, 1)

    @classmethod
    def of(cls, channels: list[tuple[str, int]]) -> "Format":
        """The format of channels, each a name and a sign; raises InputError without X and Y."""
        names = [name for name, _ in channels]
        if not {"X", "Y"} <= set(names):
            raise InputError(f"traceFormat: expected channels X and Y, found {excerpt(', '.join(names))}")
        x, y = names.index("X"), names.index("Y")
        return cls((x, y), (channels[x][1], channels[y][1]))

    def points(self, text: str) -> np.ndarray:
        """The points `[n, 2]` of a trace; raises InputError for what is none."""
        rows = [_values(point, max(self.columns)) for point in text.split(",") if point.strip()]
        axes = [_decoded([row[column] for row in rows]) for column in self.columns]
        points = np.column_stack(axes).reshape(-1, 2) * self.signs
        return points[~np.isnan(points).any(axis=1)]


class _Traces(Elements):
    """The lines of a document, and what is needed to read them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[np.ndarray] = []
        self.defined: list[np.ndarray] = []
        self._formats: dict[str, Format] = {}  # by the id of what declares or refers to it
        self._format = Format()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._channels: list[tuple[str, int]] = []
        self._text: list[str] = []
        self._places: dict[str, int] = {}  # of traces among the lines, by id
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != ROOT:
            raise InputError(f"expected the root element ink, found {excerpt(name)}")
        self._open.append((name, attributes))
        if name == "traceformat":
            self._channels = []
        elif name == "channel":
            sign = -1 if attributes.get("orientation", "").strip() == "-ve" else 1
            self._channels.append((attributes.get("name", "").strip().upper(), sign))
        elif name == "trace":
            self._text = []
        elif name == "context" and (found := self._referred(attributes)):
            self._declare(found)

    def characters(self, content: str) -> None:
        if self._open and self._open[-1][0] == "trace":
            self._text.append(content)

    def end(self, name: str) -> None:
        if name == "traceformat" and self._channels:
            self._declare(Format.of(self._channels))
        elif name == "trace":
            self._add(self._open[-1][1])
        self._open.pop()

    def _declare(self, format_: Format) -> None:
        """Makes a format that of all open elements that have an id, and of traces that refer to none."""
        self._format = format_
        self._formats |= {attributes["id"]: format_ for _, attributes in self._open if "id" in attributes}

    def _referred(self, attributes: dict[str, str]) -> Format | None:
        """The format to which an element refers, if it was declared."""
        names = (attributes.get(key, "") for key in ("traceformatref", "inksourceref", "contextref"))
        return next((self._formats[name[1:]] for name in names if name[1:] in self._formats), None)

    def _add(self, attributes: dict[str, str]) -> None:
        """Adds the trace that ends, or joins it to the one that it continues."""
        if attributes.get("type") == "penUp":
            return
        referred = (self._referred(attributes) for _, attributes in reversed(self._open))
        format_ = next((found for found in referred if found), self._format)
        text = "".join(self._text)
        self._count += text.count(",") + 1
        if self._count > MOST_POINTS:
            raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found more")
        with naming(f"trace {len(self.lines) + len(self.defined)}"):
            points = format_.points(text)
        is_defined = any(name == "definitions" for name, _ in self._open)
        lines = self.defined if is_defined else self.lines
        place = self._places.get(attributes.get("priorref", "")[1:], len(lines) - 1)
        if attributes.get("continuation") in ("middle", "end") and 0 <= place < len(lines):
            lines[place] = np.concatenate([lines[place], points])
        else:
            place = len(lines)
            lines.append(points)
        if "id" in attributes:
            self._places[attributes["id"]] = place


def _values(point: str, last: int) -> list[tuple[str, str]]:
    """The values of a point, each with the sign before it; as many as are needed for the one numbered `last`."""
    values: list[tuple[str, str]] = []
    at = 0
    while at < len(point) and len(values) <= last:
        if not (found := _VALUE.match(point, at)):
            raise InputError(f"expected values of a point, found {excerpt(point.strip())}")
        values.append((found[1] or "", found[2]))
        at = found.end()
    if len(values) <= last:
        raise InputError(f"expected points of {last + 1} values or more, found {excerpt(point.strip())}")
    return values


def _decoded(values: list[tuple[str, str]]) -> np.ndarray:
    """The numbers `[n]` that the values of one channel stand for, NaN for what is unknown."""
    order, value, speed = 0, 0.0, 0.0
    numbers = []
    for sign, text in values:
        order = _ORDERS.get(sign, order)
        if text == "?":
            numbers.append(np.nan)
            continue
        if text != "*":  # as before
            number = _number(text)
            speed = (number - value, number, speed + number)[order]
            value = value + speed if order else number
        numbers.append(value)
    return np.array(numbers, np.float64)


def _number(text: str) -> float:
    if text.startswith("#"):
        return float(int(text[1:], 16))
    return float(text == "T") if text in "TF" else float("".join(text.split()))
