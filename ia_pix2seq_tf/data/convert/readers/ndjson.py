"""QuickDraw's `.ndjson`, raw or simplified: in each line a drawing as JSON."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt, lines_drawing
from ia_pix2seq_tf.data.convert.readers.json_text import parse_json, unquoted
from ia_pix2seq_tf.data.convert.readers.pairs import are_pairs, as_columns
from ia_pix2seq_tf.data.convert.readers.stream import Advance, ignore, open_stream
from ia_pix2seq_tf.untrusted import InputError

LONGEST_LINE = 4 * 2**20  # bytes; a long raw drawing has a hundred thousand

OF_PAIRS = "of points [x, y], as all lines of their files are: read so"

Piece = tuple[bytes, bool]  # the line, and whether the file's drawings are of points


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the lines that are not blank; of one longer than `LONGEST_LINE`, its beginning."""
    of_pairs = are_pairs(_drawings(path))
    for number, line in text_lines(path, advance):
        yield f"line {number}", (line, of_pairs)


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of a line.

    Raises:
        InputError: if it is no JSON of a drawing.
    """
    line, of_pairs = piece
    return parse_record(_record(line), of_pairs)


def parse_record(record: object, of_pairs: bool = False) -> Drawing:
    """Makes a drawing of one of QuickDraw's records: `{"drawing": lines, "word": category, "recognized": bool}`.

    The lines may be a text of JSON. Where they are `of_pairs`, each is a list of points.
    """
    if not isinstance(record, dict) or "drawing" not in record:
        raise InputError(f"expected an object with the field 'drawing', found {excerpt(record)}")
    word, recognized = record.get("word"), record.get("recognized")
    if not isinstance(word, str | None):
        raise InputError(f"'word': expected a text, found {excerpt(word)}")
    if not isinstance(recognized, bool | None):
        raise InputError(f"'recognized': expected true or false, found {excerpt(recognized)}")
    return parse_lines(record["drawing"], of_pairs, category=word, recognized=recognized)


def parse_lines(lines: object, of_pairs: bool, **traits: str | bool | None) -> Drawing:
    """Makes a drawing of its lines, which may be a text of JSON."""
    lines = unquoted(lines)
    if not of_pairs:
        return lines_drawing(lines, **traits)
    drawing = lines_drawing(as_columns(lines), **traits)
    return replace(drawing, remarks=(*drawing.remarks, OF_PAIRS))


def lines_of(record: object) -> object:
    """The lines in a record, and None for what has none or is damaged."""
    try:
        return unquoted(record.get("drawing")) if isinstance(record, dict) else None
    except InputError:
        return None


def text_lines(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[int, bytes]]:
    """Yields the lines of a file that are not blank, each with its number; of a longer one its beginning."""
    with open_stream(path, advance) as stream:
        for number, line in enumerate(iter(lambda: _line(stream), b""), 1):
            if line.strip():
                yield number, line


def check_length(line: bytes) -> None:
    """Raises InputError for a line of more than `LONGEST_LINE` bytes."""
    if len(line) > LONGEST_LINE:
        raise InputError(f"expected a line of at most {LONGEST_LINE:,} bytes, found a longer one")


def _record(line: bytes) -> object:
    check_length(line)
    return unquoted(parse_json(line, "a line of JSON"))


def _drawings(path: str | os.PathLike) -> Iterator[object]:
    """Yields the lines of the drawings that are sound JSON."""
    for _, line in text_lines(path, ignore):
        with contextlib.suppress(InputError):
            yield lines_of(_record(line))


def _line(stream: BinaryIO) -> bytes:
    """Reads a line; of one longer than `LONGEST_LINE`, returns one byte more than that and skips the rest."""
    line = stream.readline(LONGEST_LINE + 1)
    rest = line
    while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
        rest = stream.readline(LONGEST_LINE + 1)
    return line
