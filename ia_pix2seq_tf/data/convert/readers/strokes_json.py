"""Drawings as JSON: a list of drawings, or an object of such lists by split.

A drawing is strokes, `[[dx, dy, pen lifted], ...]`; or lines as QuickDraw's, `[[[x, ...], [y, ...]], ...]`; or one of
QuickDraw's records, `{"drawing": lines, "word": category, ...}`; or a text that is one of these as JSON.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt, numbers, strokes_drawing
from ia_pix2seq_tf.data.convert.readers.json_text import JsonText, unquoted
from ia_pix2seq_tf.data.convert.readers.ndjson import lines_of, parse_lines, parse_record
from ia_pix2seq_tf.data.convert.readers.pairs import are_pairs
from ia_pix2seq_tf.data.convert.readers.stream import Advance, ignore, open_stream
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.untrusted import InputError

Value = tuple[str | None, object]  # the split, and the drawing as JSON
Piece = tuple[str | None, object, bool]  # and whether the file's lines are of points


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the drawings of a file, without ever holding more of its text than one.

    Raises:
        InputError: where the text is not what this module describes.
    """
    of_pairs = are_pairs(_lines(value) for _, (_, value) in _values(path, ignore))
    for where, (split, value) in _values(path, advance):
        yield where, (split, value, of_pairs)


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of its JSON.

    Raises:
        InputError: if it is none of the kinds of this module.
    """
    split, value, of_pairs = piece
    drawing = unquoted(value)
    if isinstance(drawing, dict):
        return replace(parse_record(drawing, of_pairs), split=split)
    if not isinstance(drawing, list) or not _are_strokes(drawing):
        return parse_lines(drawing, of_pairs, split=split)
    flat = numbers([number for row in drawing for number in row], "strokes")
    return strokes_drawing(flat.reshape(-1, 3), split=split)


def _lines(value: object) -> object:
    """The lines of a drawing, None for one that is strokes or damaged."""
    try:
        drawing = unquoted(value)
        return lines_of(drawing) if isinstance(drawing, dict) else drawing
    except InputError:
        return None


def _are_strokes(rows: list) -> bool:
    """Whether all rows, of which there are some, are of three; those of QuickDraw's lines begin with lists."""
    return bool(rows) and all(isinstance(row, list) and len(row) == 3 and not isinstance(row[0], list) for row in rows)


def _values(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Value]]:
    """Yields the drawings of a file as JSON."""
    with open_stream(path, advance) as stream:
        text = JsonText(stream)
        if text.next() != "{":
            yield from _drawings(text, None)
        else:
            for split in _splits(text):
                yield from _drawings(text, split)
        if rest := text.next():
            raise InputError(f"expected the end of the file, found {rest!r}")


def _splits(text: JsonText) -> Iterator[str]:
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


def _drawings(text: JsonText, split: str | None) -> Iterator[tuple[str, Value]]:
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
