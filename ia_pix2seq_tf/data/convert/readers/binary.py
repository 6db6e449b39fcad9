"""QuickDraw's `.bin`: simplified drawings, packed.

All numbers are little-endian. A drawing is its key (8 bytes), country (2), whether it was recognized (1), time (4)
and number of lines (2); then for each line the number of its points (2), their x and their y (a byte each).
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, joined
from ia_pix2seq_tf.data.convert.readers.stream import Advance, open_stream
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

_HEADER = struct.Struct("<Q2sBIH")
_COUNT = struct.Struct("<H")

Piece = tuple[bool, list[np.ndarray], int]
"""Whether it was recognized; its lines, uint8 `[2, n]` each; how many points they have, of which all are there
only if they are not more than `MOST_POINTS`."""


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the drawings of a file, unpacked.

    Raises:
        InputError: where the file ends within a drawing, or holds what can be none: its end is unknown, then.
    """
    with open_stream(path, advance) as stream:
        number = 0
        while header := stream.read(_HEADER.size):
            where = f"drawing {number}"
            _, _, recognized, _, lines = _HEADER.unpack(_whole(header, _HEADER.size, where))
            if recognized > 1:
                raise InputError(f"{where}: expected a mark of 0 or 1 for recognized, found {recognized}")
            yield where, (bool(recognized), *_lines(stream, lines, where))
            number += 1


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of what was unpacked.

    Raises:
        InputError: if it has no line, a line without points, or more than `MOST_POINTS`.
    """
    recognized, lines, count = piece
    if count > MOST_POINTS:
        raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found {count:,}")
    if not lines or not all(line.size for line in lines):
        raise InputError("expected lines with points, found one without, or no line")
    return joined([line.T for line in lines], is_finished=True, recognized=recognized)


def _lines(stream: BinaryIO, count: int, where: str) -> tuple[list[np.ndarray], int]:
    """Reads the lines of a drawing; keeps no more than `MOST_POINTS` points, but counts them."""
    lines, points = [], 0
    for _ in range(count):
        (length,) = _COUNT.unpack(_read(stream, _COUNT.size, where))
        data = _read(stream, 2 * length, where)
        points += length
        if points <= MOST_POINTS:
            lines.append(np.frombuffer(data, np.uint8).reshape(2, length))
    return lines, points


def _read(stream: BinaryIO, count: int, where: str) -> bytes:
    return _whole(stream.read(count), count, where)


def _whole(data: bytes, count: int, where: str) -> bytes:
    """Data that has `count` bytes; raises InputError if it has fewer."""
    if len(data) < count:
        raise InputError(f"{where}: expected {count:,} bytes more, found the end of the file after {len(data):,}")
    return data
