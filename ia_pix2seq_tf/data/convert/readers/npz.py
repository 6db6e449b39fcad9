"""Sketch-rnn's `.npz`: arrays of strokes, by split."""

import contextlib
import os
from collections.abc import Iterator

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, strokes_drawing
from ia_pix2seq_tf.data.convert.readers.stream import Advance, most_unpacked
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.data.npz import array_sizes, read_npz
from ia_pix2seq_tf.untrusted import InputError

Piece = tuple[str, object]  # the split, and what should be strokes `[n, 3]`


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the sketches of those splits that the archive has, with one split in memory at a time.

    Raises:
        InputError: if the archive is damaged, has no split, or asks for anything but arrays of numbers.
    """
    with _refusing(path):
        sizes = array_sizes(path)
    if not any(split in sizes for split in SPLITS):
        raise InputError(f"expected one of the arrays {', '.join(SPLITS)}, found {', '.join(sizes)[:100] or 'none'}")
    if (claimed := max(sizes.values())) > most_unpacked(path):
        raise InputError(f"expected arrays that unpack to at most {most_unpacked(path):,} bytes, found {claimed:,}")
    for split in (split for split in SPLITS if split in sizes):
        with _refusing(path):
            sketches = read_npz(path, [split])[split]
        for i, strokes in enumerate(np.atleast_1d(sketches)):
            yield f"{split} {i}", (split, strokes)
    advance(os.path.getsize(path))


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of one sketch.

    Raises:
        InputError: as `strokes_drawing`.
    """
    split, strokes = piece
    array = np.asarray(strokes)
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"expected strokes [n, 3] of numbers, found {error}") from error
    return strokes_drawing(array, split=split)


@contextlib.contextmanager
def _refusing(path: str | os.PathLike) -> Iterator[None]:
    """Turns any error of the block, for a damaged archive can fail in any way, into InputError."""
    try:
        yield
    except Exception as error:
        raise InputError(str(error).removeprefix(f"{path}: ") or type(error).__name__) from error
