"""QuickDraw's records as JSON, one after another, over as many lines as they like."""

import os
from collections.abc import Iterator

from ia_pix2seq_tf.data.convert.drawing import Drawing
from ia_pix2seq_tf.data.convert.readers.json_text import JsonText
from ia_pix2seq_tf.data.convert.readers.ndjson import lines_of, parse_record
from ia_pix2seq_tf.data.convert.readers.pairs import are_pairs
from ia_pix2seq_tf.data.convert.readers.stream import Advance, ignore, open_stream

Piece = tuple[object, bool]  # the record, and whether the file's drawings are of points


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the records of a file.

    Raises:
        InputError: where something else begins.
    """
    of_pairs = are_pairs(map(lines_of, _records(path, ignore)))
    for number, record in enumerate(_records(path, advance)):
        yield f"drawing {number}", (record, of_pairs)


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of a record; raises InputError if it is none."""
    return parse_record(*piece)


def _records(path: str | os.PathLike, advance: Advance) -> Iterator[object]:
    with open_stream(path, advance) as stream:
        text = JsonText(stream)
        while text.next():
            yield text.value()
