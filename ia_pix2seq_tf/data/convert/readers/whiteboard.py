"""XML of strokes that hold points, such as IAM-OnDB's `WhiteboardCaptureSession`: a file is a drawing."""

import os
from collections.abc import Iterator

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, drawn, excerpt
from ia_pix2seq_tf.data.convert.readers.document_xml import Elements, parse_xml
from ia_pix2seq_tf.data.convert.readers.stream import Advance, read_document
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

STROKE, POINT = "stroke", "point"


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, bytes]]:
    """Yields the content: the file is the drawing."""
    yield "", read_document(path, advance)


def parse(data: bytes) -> Drawing:
    """Makes a drawing of the `Point` elements with `x` and `y` in all `Stroke` elements.

    Raises:
        InputError: if it is no such XML, or has too many points.
    """
    strokes = _Strokes()
    parse_xml(data, strokes)
    return drawn([np.reshape(line, (-1, 2)) for line in strokes.lines])


class _Strokes(Elements):
    """The points of each stroke of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[list[tuple[float, float]]] = []
        self._is_open = False
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == STROKE:
            self.lines.append([])
            self._is_open = True
        elif name == POINT and self._is_open:
            self._count += 1
            if self._count > MOST_POINTS:
                raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found more")
            self.lines[-1].append((self._number(attributes, "x"), self._number(attributes, "y")))

    def end(self, name: str) -> None:
        self._is_open &= name != STROKE

    def _number(self, attributes: dict[str, str], name: str) -> float:
        text = attributes.get(name, "")
        try:
            return float(text)
        except ValueError:
            where = f"Stroke {len(self.lines) - 1}, Point {len(self.lines[-1])}"
            raise InputError(f"{where}: expected a number as {name!r}, found {excerpt(text)}") from None
