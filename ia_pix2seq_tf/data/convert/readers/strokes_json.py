"""Drawings as JSON: a list of drawings, or an object of such lists by split.

A drawing is strokes, `[[dx, dy, pen lifted], ...]`; or lines as QuickDraw's, `[[[x, ...], [y, ...]], ...]`; or one of
QuickDraw's records, `{"drawing": lines, "word": category, ...}`.
"""

import codecs
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt, lines_drawing, numbers, strokes_drawing
from ia_pix2seq_tf.data.convert.readers.ndjson import parse_record
from ia_pix2seq_tf.data.convert.readers.stream import Advance, open_stream
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.untrusted import InputError

LONGEST_DRAWING = 4 * 2**20  # characters of one drawing
_CHUNK = 2**16
_SPACE = re.compile(r"[ \t\r\n]*")

Piece = tuple[str | None, object]  # the split, and the drawing as JSON


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the drawings of a file, without ever holding more of its text than one.

    Raises:
        InputError: where the text is not what this module describes.
    """
    with open_stream(path, advance) as stream:
        text = _Text(stream)
        if text.next() != "{":
            yield from _drawings(text, None)
        else:
            for split in _splits(text):
                yield from _drawings(text, split)
        if rest := text.next():
            raise InputError(f"expected the end of the file, found {rest!r}")


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of its JSON.

    Raises:
        InputError: if it is none of the kinds of this module.
    """
    split, drawing = piece
    if isinstance(drawing, dict):
        return replace(parse_record(drawing), split=split)
    if not isinstance(drawing, list) or not _are_strokes(drawing):
        return lines_drawing(drawing, split=split)
    flat = numbers([number for row in drawing for number in row], "strokes")
    return strokes_drawing(flat.reshape(-1, 3), split=split)


def _are_strokes(rows: list) -> bool:
    """Whether all rows, of which there are some, are of three; those of QuickDraw's lines begin with lists."""
    return bool(rows) and all(isinstance(row, list) and len(row) == 3 and not isinstance(row[0], list) for row in rows)


class _Text:
    """JSON that is taken from a stream piece by piece."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder().raw_decode
        self._buffer = ""
        self._at = 0

    def next(self) -> str:
        """The next character that is not space, without taking it; empty at the end."""
        while True:
            if space := _SPACE.match(self._buffer, self._at):
                self._at = space.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill(_CHUNK):
                return ""

    def take(self, expected: str) -> str:
        """Takes the next character that is not space, which must be one of those expected."""
        if not (found := self.next()) or found not in expected:
            raise InputError(f"expected {' or '.join(expected)}, found {found or 'the end of the file'}")
        self._at += 1
        return found

    def value(self) -> object:
        """Takes a list, an object or a string; reads on until it is whole."""
        if not (found := self.next()) or found not in '[{"':
            raise InputError(f"expected a drawing, found {found or 'the end of the file'}")
        while True:
            try:
                value, self._at = self._parse(self._buffer, self._at)
                return value
            except (ValueError, RecursionError) as error:
                length = len(self._buffer) - self._at
                if isinstance(error, RecursionError) or length > LONGEST_DRAWING or not self._fill(max(_CHUNK, length)):
                    raise InputError(f"expected a whole drawing as JSON, found none: {str(error)[:80]}") from error

    def _fill(self, count: int) -> bool:
        """Reads on, and forgets what was taken; tells whether there was more to read."""
        data = self._stream.read(count)
        try:
            text = self._decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise InputError(f"expected UTF-8, found: {error.reason}") from error
        self._buffer, self._at = self._buffer[self._at :] + text, 0
        return bool(data)


def _splits(text: _Text) -> Iterator[str]:
    """Takes an object; yields each key when its value is next."""
    text.take("{")
    while True:
        split = text.value()
        if split not in SPLITS:
            raise InputError(f"expected one of the splits {', '.join(SPLITS)}, found {excerpt(split)}")
        text.take(":")
        yield split
        if text.take(",}") == "}":
            return


def _drawings(text: _Text, split: str | None) -> Iterator[tuple[str, Piece]]:
    """Takes a list of drawings."""
    text.take("[")
    if text.next() == "]":
        text.take("]")
        return
    number, name = 0, split or "drawing"
    while True:
        try:
            value = text.value()
        except InputError as error:
            raise InputError(f"{name} {number}: {error}") from error
        yield f"{name} {number}", (split, value)
        number += 1
        if text.take(",]") == "]":
            return
