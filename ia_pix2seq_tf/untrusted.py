"""Files from strangers: what every reader of them raises, and content of bounded size."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

MOST_POINTS = 30_000
"""Points of a drawing, a hundred times what models read: simplifying so many takes seconds at worst."""
LARGEST_NUMBER = 1e9  # coordinates beyond it are refused
LONGEST_DEFAULTS = 1_000  # characters of all attributes that a document type gives to elements


class InputError(ValueError):
    """An input cannot be used; the message names the file, what was expected and what was found."""


class DefaultAttributes:
    """Takes note of the attributes that elements of an XML document have without saying so; all must stay small."""

    def __init__(self) -> None:
        self._length = 0

    def declare(self, element: str, name: str, kind: str, default: str | None, is_required: int) -> None:
        """Handles a declaration, as expat's `AttlistDeclHandler`; raises InputError for too many."""
        self._length += len(default or "")
        if self._length > LONGEST_DEFAULTS:
            raise InputError(f"expected default attributes of at most {LONGEST_DEFAULTS:,} characters, found more")


@contextlib.contextmanager
def naming(place: object) -> Iterator[None]:
    """Puts a place, such as the file's name, before the message of an `InputError` from the block."""
    try:
        yield
    except InputError as error:
        raise type(error)(f"{place}: {error}") from error.__cause__


def read_bytes(path: str | os.PathLike, limit: int) -> bytes:
    """The content of a file.

    Raises:
        InputError: if it is no regular file (a pipe or a device may never end), cannot be read, is empty, or
            has more than `limit` bytes. The message does not name the file: see `naming`.
    """
    check_file(path, limit)
    try:
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError as error:
        raise InputError(f"expected a readable file, found: {error.strerror}") from error


def check_file(path: str | os.PathLike, limit: int | None = None) -> None:
    """Raises InputError unless `path` is a regular file of 1 to `limit` bytes."""
    if not Path(path).is_file():
        raise InputError("expected a file, found none")
    size = os.path.getsize(path)
    if size == 0 or (limit is not None and size > limit):
        most = "" if limit is None else f" to {limit:,}"
        raise InputError(f"expected a file of 1{most} bytes, found {size:,}")


def path_text(path: str | os.PathLike) -> str:
    """A path as text that can be written down: what in it is no UTF-8 is replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def counts_text(counts: Mapping[str, int]) -> str:
    """Counts of things for people to read: "3 texts, 1 image"."""
    return ", ".join(f"{count:,} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count)


def refuse_left_out(left_out: Mapping[str, int]) -> None:
    """Raises InputError if anything is left out of a drawing that is to be read whole."""
    if left_out:
        raise InputError(f"expected lines and shapes only, found {counts_text(left_out)} (--strict)")
