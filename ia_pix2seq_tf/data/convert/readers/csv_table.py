"""Tables of drawings as `.csv`, such as those of Kaggle's Quick, Draw! challenge, raw, simplified, train or test.

The first line names the columns: `drawing`, lines as JSON, and perhaps `word` and `recognized`; others are passed over.
"""

import contextlib
import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt
from ia_pix2seq_tf.data.convert.readers.json_text import unquoted
from ia_pix2seq_tf.data.convert.readers.ndjson import LONGEST_LINE, check_length, parse_record, text_lines
from ia_pix2seq_tf.data.convert.readers.pairs import are_pairs
from ia_pix2seq_tf.data.convert.readers.stream import Advance, ignore
from ia_pix2seq_tf.untrusted import InputError

_DELIMITERS = ",;\t"
_DRAWING = "drawing"
_MARKS = {"true": True, "1": True, "false": False, "0": False, "": None}


@dataclass(frozen=True)
class Header:
    """The columns of a table, in lower case, and what is between them."""

    columns: tuple[str, ...]
    delimiter: str

    @classmethod
    def parse(cls, line: bytes) -> "Header":
        """Makes a header of the first line of a file; raises InputError if it names no column of drawings."""
        for delimiter in _DELIMITERS:
            columns = tuple(name.strip().lower() for name in _fields(line, delimiter))
            if _DRAWING in columns:
                return cls(columns, delimiter)
        raise InputError(
            f"expected a first line that names the columns, {_DRAWING!r} among them, found "
            f"{excerpt(line.decode('utf-8-sig', 'replace').strip())}"
        )

    def record(self, line: bytes) -> dict[str, object]:
        """A line as one of QuickDraw's records; raises InputError for one that is no row."""
        fields = _fields(line, self.delimiter)
        if len(fields) != len(self.columns):
            raise InputError(f"expected {len(self.columns)} columns, found {len(fields)}")
        row = dict(zip(self.columns, fields, strict=True))
        mark = row.get("recognized", "").strip().lower()
        if mark not in _MARKS:
            raise InputError(f"'recognized': expected True or False, found {excerpt(mark)}")
        return {_DRAWING: unquoted(row[_DRAWING]), "word": row.get("word") or None, "recognized": _MARKS[mark]}


Piece = tuple[Header, bytes, bool]  # the columns, a line, and whether the file's drawings are of points


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the rows that are not blank.

    Raises:
        InputError: if the first line names no column of drawings.
    """
    of_pairs = are_pairs(_drawings(path))
    for number, header, line in _rows(path, advance):
        yield f"line {number}", (header, line, of_pairs)


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of a row; raises InputError if it is none."""
    header, line, of_pairs = piece
    return parse_record(header.record(line), of_pairs)


def is_table(first_line: bytes) -> bool:
    """Whether a first line names a column of drawings."""
    try:
        Header.parse(first_line)
    except InputError:
        return False
    return True


def _rows(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[int, Header, bytes]]:
    header = None
    for number, line in text_lines(path, advance):
        if header is None:
            header = Header.parse(line)
        else:
            yield number, header, line


def _drawings(path: str | os.PathLike) -> Iterator[object]:
    """Yields the lines of the drawings in rows that are sound."""
    for _, header, line in _rows(path, ignore):
        with contextlib.suppress(InputError):
            yield header.record(line)[_DRAWING]


def _fields(line: bytes, delimiter: str) -> Sequence[str]:
    """The fields of a line."""
    check_length(line)
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))  # of the process; long raw drawings need more
    try:
        return next(csv.reader([line.decode("utf-8-sig").rstrip("\r\n")], delimiter=delimiter, strict=True))
    except (ValueError, csv.Error) as error:
        raise InputError(f"expected a row of a table, found none: {error}") from error
