"""QuickDraw's `.ndjson`, raw or simplified: in each line a drawing as JSON."""

import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt, lines_drawing
from ia_pix2seq_tf.data.convert.readers.stream import Advance, open_stream
from ia_pix2seq_tf.untrusted import InputError

LONGEST_LINE = 4 * 2**20  # bytes; a long raw drawing has a hundred thousand


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, bytes]]:
    """Yields the lines that are not blank; of one longer than `LONGEST_LINE`, its beginning."""
    with open_stream(path, advance) as stream:
        for number, line in enumerate(iter(lambda: _line(stream), b""), 1):
            if line.strip():
                yield f"line {number}", line


def parse(line: bytes) -> Drawing:
    """Makes a drawing of a line.

    Raises:
        InputError: if it is no JSON of a drawing.
    """
    if len(line) > LONGEST_LINE:
        raise InputError(f"expected a line of at most {LONGEST_LINE:,} bytes, found a longer one")
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected a line of JSON, found none: {error}") from error
    return parse_record(record)


def parse_record(record: object) -> Drawing:
    """Makes a drawing of one of QuickDraw's records: `{"drawing": lines, "word": category, "recognized": bool}`."""
    if not isinstance(record, dict) or "drawing" not in record:
        raise InputError(f"expected an object with the field 'drawing', found {excerpt(record)}")
    word, recognized = record.get("word"), record.get("recognized")
    if not isinstance(word, str | None):
        raise InputError(f"'word': expected a text, found {excerpt(word)}")
    if not isinstance(recognized, bool | None):
        raise InputError(f"'recognized': expected true or false, found {excerpt(recognized)}")
    return lines_drawing(record["drawing"], category=word, recognized=recognized)


def _line(stream: BinaryIO) -> bytes:
    """Reads a line; of one longer than `LONGEST_LINE`, returns one byte more than that and skips the rest."""
    line = stream.readline(LONGEST_LINE + 1)
    rest = line
    while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
        rest = stream.readline(LONGEST_LINE + 1)
    return line
