"""What all readers of inputs share: what they return, what they raise, and files of bounded size."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MOST_POINTS = 30_000
"""Points of a sketch, a hundred times what models read: simplifying so many takes seconds at worst."""


class InputError(ValueError):
    """An input cannot be used; the message names the file, what was expected and what was found."""


@dataclass(frozen=True)
class Sketch:
    """A drawing that was read from a file.

    Attributes:
        name: of the file, without its suffix; for one of many in a file, with its number.
        image: uint8 `[size, size]`, black on white, as the training images.
        strokes: `[n, 3]` rows (dx, dy, pen lifted) where the file has them, else None. Those of an `.npz` are in
            its own unit; those of an SVG start with the offset (0, 0) and have a longer side of 255.
        source: the file, and where in it.
    """

    name: str
    image: np.ndarray
    strokes: np.ndarray | None
    source: str


@contextlib.contextmanager
def naming(path: str | os.PathLike) -> Iterator[None]:
    """Puts the file's name before the message of an `InputError` from the block."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error.__cause__


def read_bytes(path: str | os.PathLike, limit: int) -> bytes:
    """Returns the content of a file.

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


def check_file(path: str | os.PathLike, limit: int) -> None:
    """Raises InputError unless `path` is a regular file of 1 to `limit` bytes."""
    if not Path(path).is_file():
        raise InputError("expected a file, found none")
    size = os.path.getsize(path)
    if not 0 < size <= limit:
        raise InputError(f"expected a file of 1 to {limit:,} bytes, found {size:,}")
