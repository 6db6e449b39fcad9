"""Reading drawings in the other formats that `data.convert` knows, by its readers."""

import os
from collections.abc import Iterator
from pathlib import Path

from ia_pix2seq_tf.data.convert.readers import SUFFIXES as KNOWN
from ia_pix2seq_tf.data.convert.readers import find_sources
from ia_pix2seq_tf.data.convert.readers.stream import ignore
from ia_pix2seq_tf.data.convert.simplify import Dropped, Shape, connected, to_strokes
from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError, check_file, naming

SUFFIXES = tuple(suffix for suffix in KNOWN if suffix not in (".npz", ".svg", ".svgz"))
OWN_SUFFIXES = tuple(suffix for suffix in SUFFIXES if not suffix.startswith((".json", ".csv", ".xml")))
"""Of files that are drawings and nothing else."""
MOST_DRAWINGS = 10_000  # of a file, unless fewer are asked for
_SHAPE = Shape(max_len=MOST_POINTS)


def read_drawings(path: str | os.PathLike, size: int = 48, limit: int | None = None) -> Iterator[Sketch]:
    """Reads the drawings of a file as `data.convert` does, of any length, and draws them as the training images were.

    Args:
        path: of a file with one of `SUFFIXES`.
        size: width and height of the images, in pixels.
        limit: the first so many only.

    Yields:
        sketches whose strokes are in units of QuickDraw's.

    Raises:
        InputError: naming the file and the drawing that cannot be read; if there are none, or more than
            `MOST_DRAWINGS`.
    """
    with naming(path):
        check_file(path)
    (source,) = find_sources([path])
    name = Path(path).name
    name = next(name[: -len(suffix)] for suffix in SUFFIXES if name.lower().endswith(suffix))
    pieces = source.reader.pieces(source.path, ignore)
    for i in range(MOST_DRAWINGS + 1 if limit is None else limit):
        with naming(path):
            where, piece = next(pieces, ("", None))
            if piece is None:
                if i == 0:
                    raise InputError("expected drawings, found none")
                return
            if limit is None and i == MOST_DRAWINGS:
                raise InputError(f"expected at most {MOST_DRAWINGS:,} drawings, found more: ask for fewer")
        place = f"{path}: {where}" if where else str(path)
        with naming(place):
            try:
                drawing = source.reader.parse(piece)
                strokes = to_strokes(connected(drawing, _SHAPE.join), _SHAPE)
            except Dropped as reason:
                raise InputError(f"expected a drawing, found {reason}") from reason
        sketch_name = f"{name}_{i}" if where else name
        yield Sketch(sketch_name, render(strokes, size), strokes, place, left_out=drawing.left_out)
