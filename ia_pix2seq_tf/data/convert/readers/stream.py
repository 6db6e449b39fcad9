"""Files that are read from beginning to end, packed or not, while a progress bar looks on."""

import contextlib
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from ia_pix2seq_tf.untrusted import InputError

MOST_UNPACKING = 100  # drawings do not pack to less than a hundredth of their size; what does was made to fill memory
LARGEST_DOCUMENT = 16 * 2**20  # bytes, unpacked, of a file that is one drawing
_CHUNK = 2**16

Advance = Callable[[int], object]  # takes the number of bytes read since its last call; `tqdm.update` will do


class _Watched(io.FileIO):
    """A file that reports what is read from it."""

    def __init__(self, path: str | os.PathLike, advance: Advance):
        super().__init__(path)
        self._advance = advance

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self._advance(count)
        return count


class _Unpacked(io.RawIOBase):
    """What a packed file unpacks to, as long as that is in proportion."""

    def __init__(self, path: str | os.PathLike, file: BinaryIO):
        self._file = gzip.GzipFile(fileobj=file)
        self._left = most_unpacked(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise InputError(f"expected a file that unpacks to at most {MOST_UNPACKING} times its size, found more")
        return count


def most_unpacked(path: str | os.PathLike) -> int:
    """How many bytes a packed file of drawings may unpack to."""
    return 2**20 + MOST_UNPACKING * os.path.getsize(path)


@contextlib.contextmanager
def open_stream(path: str | os.PathLike, advance: Advance) -> Iterator[BinaryIO]:
    """Opens a file for reading, unpacking it if its name ends in `.gz`.

    Raises:
        InputError: in the block too, if the file cannot be read or unpacked.
    """
    try:
        with io.BufferedReader(_Watched(path, advance)) as file:
            if os.fspath(path).lower().endswith(".gz"):
                yield io.BufferedReader(_Unpacked(path, file), _CHUNK)
            else:
                yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(f"expected a sound .gz file, found: {error}") from error
    except OSError as error:
        raise InputError(f"expected a readable file, found: {error}") from error


def read_document(path: str | os.PathLike, advance: Advance) -> bytes:
    """The content of a file that is one drawing, unpacked if its name ends in `.gz`.

    Raises:
        InputError: if it cannot be read or unpacked, or has more than `LARGEST_DOCUMENT` bytes.
    """
    with open_stream(path, advance) as stream:
        data = stream.read(LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise InputError(f"expected a drawing of at most {LARGEST_DOCUMENT:,} bytes, found more")
    return data


def ignore(count: int) -> None:
    """An `Advance` for files that are read once more."""
