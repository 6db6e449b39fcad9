"""SVG files, each a drawing."""

import os
from collections.abc import Iterator
from dataclasses import replace

from ia_pix2seq_tf.data.convert.drawing import Drawing, strokes_drawing
from ia_pix2seq_tf.data.convert.readers.stream import Advance
from ia_pix2seq_tf.svg import SIMPLE_POINTS, read_drawing


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, str | os.PathLike]]:
    """Yields the path: the file is the drawing."""
    yield "", path
    advance(os.path.getsize(path))


def parse(path: str | os.PathLike) -> Drawing:
    """Reads a drawing; what has curves, or more than `SIMPLE_POINTS` points, is to be simplified.

    Raises:
        InputError: as `ia_pix2seq_tf.svg.read_drawing`.
    """
    drawing = read_drawing(path)
    is_simple = not drawing.is_curved and len(drawing.strokes) <= SIMPLE_POINTS
    points = strokes_drawing(drawing.strokes, left_out=drawing.left_out)
    return replace(points, is_scaled=False, is_simple=is_simple)
