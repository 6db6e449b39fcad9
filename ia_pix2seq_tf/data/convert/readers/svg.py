"""SVG files, each a drawing."""

import os
from collections.abc import Iterator
from dataclasses import replace

from ia_pix2seq_tf.data.convert.drawing import Drawing, strokes_drawing
from ia_pix2seq_tf.data.convert.readers.stream import Advance
from ia_pix2seq_tf.svg import SIMPLE_POINTS, read_strokes


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, str | os.PathLike]]:
    """Yields the path: the file is the drawing."""
    yield "", path
    advance(os.path.getsize(path))


def parse(path: str | os.PathLike) -> Drawing:
    """Reads a drawing; what has curves, or more than `SIMPLE_POINTS` points, is to be simplified.

    Raises:
        InputError: as `ia_pix2seq_tf.svg.read_strokes`.
    """
    strokes, is_curved = read_strokes(path)
    return replace(strokes_drawing(strokes), is_scaled=False, is_simple=not is_curved and len(strokes) <= SIMPLE_POINTS)
