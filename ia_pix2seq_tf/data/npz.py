"""Reading `.npz` archives without executing what they hold.

An array of objects, such as sketches of different lengths, is stored as a pickle, and a pickle is a program:
`numpy.load(allow_pickle=True)` runs it. Here the program may name five things, of which NumPy arrays are
made, and each name leads to an inert stand-in that only records its arguments. The arrays are then built
from those records, after checking types and sizes. Any other name is refused, and nothing has run.

Both generations load: pickles of Python 2 (NumPy 1, text is bytes) and of Python 3 (NumPy 1 and 2).
"""

import contextlib
import io
import itertools
import math
import os
import pickle
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from ia_pix2seq_tf.untrusted import InputError

LARGEST_MEMBER = 4 * 2**30
"""Bytes that one array may declare, unpacked: several times a category of QuickDraw with its images."""
MOST_UNPACKING = 100  # drawings and their images do not pack to less than a hundredth of their size
SMALL = 2**28
"""Bytes that any archive may unpack to, and that arrays stored once but named many times may have together."""
_REMEDY = "sketches are arrays or lists of [dx, dy, pen lifted]"
_MOST_AXES = 32
_MOST_COLUMNS = 16  # of a sketch as a list, whose rows may be one and the same
MOST_OPERATIONS = 2**21
"""Of any pickle, each of which may make an object; every byte to which it is packed adds some."""
_OPERATIONS_OF_A_BYTE = 10  # sketches as lists have three
MOST_EMPTY = 2**20  # entries of an array without content, whose header could claim any number


class DataError(InputError):
    """A file of drawings or images cannot be used; the message names it, what was expected and found."""


def read_npz(path: str | os.PathLike, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Reads arrays from an `.npz` archive.

    Args:
        path: of the archive.
        names: of the arrays, all of which must be there.

    Returns:
        Each name's array: of numbers, or of objects, each of which is a number or such an array again. Lists in it,
        which hold numbers or lists of numbers, have become arrays of float64.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the archive is damaged, lacks a name, claims more than `LARGEST_MEMBER` or than its size can
            unpack to, or holds a pickle that asks for anything but NumPy arrays of numbers.
    """
    with _opened(path) as archive:
        return {name: _read_member(archive, path, name) for name in names}


def array_sizes(path: str | os.PathLike) -> dict[str, int]:
    """The names of the arrays in an `.npz` archive, and how many bytes each claims to have, unpacked.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the archive is damaged.
    """
    with _opened(path) as archive:
        return {member.filename.removesuffix(".npy"): member.file_size for member in archive.infolist()}


@contextlib.contextmanager
def _opened(path: str | os.PathLike) -> Iterator[zipfile.ZipFile]:
    """Opens an archive; turns the errors of a damaged one, in the block too, into DataError."""
    if os.path.getsize(path) == 0:
        raise DataError(f"{path}: expected an .npz archive, found an empty file")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (DataError, FileNotFoundError):
        raise
    except Exception as error:  # a damaged directory of an archive can fail in any way
        raise DataError(f"{path}: expected an .npz archive, found none or a damaged one: {_brief(error)}") from error


def _read_member(archive: zipfile.ZipFile, path: str | os.PathLike, name: str) -> np.ndarray:
    """Reads one array of an open archive."""
    members = archive.namelist()
    if f"{name}.npy" not in members:
        raise DataError(f"{path}: expected a member {name}.npy, found {_brief(', '.join(sorted(members))) or 'none'}")
    info = archive.getinfo(f"{name}.npy")
    where = f"{path}: array {name!r}"
    most = min(LARGEST_MEMBER, SMALL + MOST_UNPACKING * os.path.getsize(path))
    if info.file_size > most:
        raise DataError(f"{where} claims {info.file_size} bytes, expected at most {most}")
    try:
        return _read_array(archive.read(info), where, MOST_OPERATIONS + _OPERATIONS_OF_A_BYTE * info.compress_size)
    except DataError:
        raise
    except InputError as error:
        raise DataError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle can fail in any way
        raise DataError(f"{where} is damaged: {type(error).__name__}: {_brief(error)}") from error


def _read_array(content: bytes, where: str, operations: int) -> np.ndarray:
    """Reads an `.npy` file; the size of the data must be what the header says, its pickle have so many operations."""
    stream = io.BytesIO(content)
    shape, fortran_order, dtype = _read_header(stream, where)
    if 0 in shape and max(shape) > MOST_EMPTY:
        raise DataError(f"{where}: expected at most {MOST_EMPTY} entries without content, found shape {list(shape)}")
    if dtype.kind == "O":
        array = _Unpickler(stream, where, operations).load()
        array = array.to_numpy(SMALL + stream.tell()) if isinstance(array, _Array) else np.empty(0)
        if array.shape != shape or stream.read(1):
            raise DataError(f"{where} is damaged: its header says {shape}, its content is {array.shape}")
        return array
    if dtype.kind not in "biuf":
        raise DataError(f"{where}: expected numbers or sketches, found {dtype}")
    return _from_bytes(memoryview(content)[stream.tell() :], shape, dtype, fortran_order)


def _read_header(stream: io.BytesIO, where: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and dtype of an `.npy` file."""
    version = npy_format.read_magic(stream)
    if version == (1, 0):
        return npy_format.read_array_header_1_0(stream)
    if version == (2, 0):
        return npy_format.read_array_header_2_0(stream)
    raise DataError(f"{where}: expected .npy format 1.0 or 2.0, found {version}")


def _from_bytes(data: bytes | memoryview, shape: tuple[int, ...], dtype: np.dtype, fortran_order: bool) -> np.ndarray:
    """A read-only array of numbers over `data`, which must be exactly as long as the shape says."""
    expected = _count(shape) * dtype.itemsize
    if len(data) != expected:
        raise ValueError(f"expected {expected} bytes for shape {shape} of {dtype}, found {len(data)}")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def _count(shape: tuple[int, ...]) -> int:
    """The number of entries of an array; raises ValueError for what is no shape, of which nothing may be asked."""
    if not (isinstance(shape, tuple) and all(isinstance(side, int) and 0 <= side < 2**63 for side in shape)):
        raise ValueError("expected the shape of an array, found another object")
    if len(shape) > _MOST_AXES:
        raise ValueError(f"expected an array of at most {_MOST_AXES} axes, found {len(shape)}")
    return math.prod(shape)


class _StandIn:
    """What a pickle gets instead of a NumPy object: keeps what it is given and does nothing."""

    arguments: tuple = ()
    state: tuple = ()

    def __init__(self, *arguments: object):
        self.arguments = arguments

    def __setstate__(self, state: tuple) -> None:
        self.state = state


class _Dtype(_StandIn):
    """Stands in for `numpy.dtype(code, ...)` with state (version, byte order, ...)."""

    def to_numpy(self) -> np.dtype:
        code = _text(self.arguments[0])
        order = _text(self.state[1]) if self.state else "|"
        if not re.fullmatch(r"[iuf][1248]|b1|O[48]?", code) or not re.fullmatch(r"[<>|=]", order):
            raise ValueError(f"expected numbers, found an array of type {order}{code}")
        return np.dtype(object) if code[0] == "O" else np.dtype(order + code)


class _Array(_StandIn):
    """Stands in for `numpy.ndarray` and its `_reconstruct`: state (version, shape, dtype, order, data)."""

    result: np.ndarray | None = None

    def to_numpy(self, most: int = 0) -> np.ndarray:
        """Builds the array, once; the arrays in it may have `most` bytes together, and hold none themselves."""
        if self.result is None:
            _, shape, dtype, fortran_order, data = self.state
            dtype = dtype.to_numpy()
            if dtype.kind == "O":
                self.result = _from_cells(data, shape, dtype, fortran_order, most)
            else:
                self.result = _from_bytes(_bytes(data), shape, dtype, fortran_order)
        return self.result


class _Scalar(_StandIn):
    """Stands in for `numpy.core.multiarray.scalar(dtype, bytes)`."""

    def to_numpy(self) -> Any:
        """The number, of one of NumPy's types."""
        dtype, data = self.arguments
        return _from_bytes(_bytes(data), (), dtype.to_numpy(), False)[()]


class _Encode(_StandIn):
    """Stands in for `_codecs.encode(text, "latin1")`, as which pickles of protocol 2 write bytes."""

    def __new__(cls, text: str, encoding: str = "latin1") -> bytes:  # type: ignore[misc]  # unlike a function, a
        # class has no attributes that a pickle could set
        if encoding not in ("latin1", "latin-1"):
            raise ValueError("expected the encoding latin1, found another")
        return text.encode("latin1")


_STAND_INS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Encode,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.multiarray", "scalar"): _Scalar,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "scalar"): _Scalar,
}


def _refuse(_: object) -> None:
    """Stands in for what makes dictionaries and sets, whose hashes may take as long as a tuple of tuples likes."""
    raise InputError(f"expected arrays of numbers, found a dictionary or a set; {_REMEDY}")


_REFUSED = (
    *(pickle.EMPTY_DICT, pickle.DICT, pickle.SETITEM, pickle.SETITEMS),
    *(pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET),
)
_LOADS = {**pickle._Unpickler.dispatch, **dict.fromkeys(b"".join(_REFUSED), _refuse)}
del _LOADS[pickle.BYTEARRAY8[0]]


class _Operations:
    """What a pickle may do, until it has done so much that StopIteration ends it."""

    def __init__(self, most: int):
        self._count = itertools.repeat(None, most).__next__

    def __getitem__(self, code: int) -> Callable:
        self._count()
        return _LOADS[code]


class _Unpickler(pickle._Unpickler):
    """Runs a pickle in which only `_STAND_INS` can be named.

    The one in C allocates what a memo's number or a length says before it looks whether there is so much; this
    one in Python does so for byte arrays only, which NumPy's pickles of sketches do not have.
    """

    def __init__(self, stream: io.BytesIO, where: str, operations: int):
        super().__init__(stream, encoding="latin1")
        self._where = where
        self.dispatch = _Operations(operations)  # type: ignore[misc, assignment]  # of the class there, and a dict

    def load(self) -> Any:
        try:
            return super().load()
        except StopIteration:
            raise InputError(
                "expected arrays of numbers, found more objects than an archive of its size can have"
            ) from None

    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in _STAND_INS:
            asked = _brief(f"{module}.{name}")
            raise DataError(
                f"{self._where} asks for {asked}, expected nothing but NumPy arrays. It was refused "
                "and nothing was run; do not trust this file."
            )
        return _STAND_INS[module, name]


def _from_cells(cells: list, shape: tuple[int, ...], dtype: np.dtype, fortran_order: bool, most: int) -> np.ndarray:
    """An array of objects; each cell must be a number, a list, or the stand-in of a number or an array.

    An array's cell may be the same many times over, therefore `most`, the bytes of all; 0 admits no arrays, for
    deleting those that are nested deep would overflow the stack.

    Raises:
        InputError: for an object of another type.
        ValueError: for what is damaged.
    """
    if len(cells) != (count := _count(shape)):
        raise ValueError(f"expected {count} objects for shape {shape}, found {len(cells)}")
    array = np.empty(len(cells), dtype)
    made: dict[int, np.ndarray] = {}  # of lists, by their ids
    for i, cell in enumerate(cells):
        if isinstance(cell, _Scalar):
            cell = cell.to_numpy()
        elif isinstance(cell, _Array | list | tuple) and most:
            if not isinstance(cell, _Array) and id(cell) not in made:
                made[id(cell)] = _from_list(cell, most)
            cell = cell.to_numpy() if isinstance(cell, _Array) else made[id(cell)]
            if (most := most - cell.nbytes) < 0:
                raise ValueError("the arrays in it are larger together than what is stored can be")
        elif not isinstance(cell, int | float):
            raise InputError(f"expected arrays of numbers, found {_kind(cell)}; {_REMEDY}")
        array[i] = cell
    return array.reshape(shape, order="F" if fortran_order else "C")


def _from_list(rows: list | tuple, most: int) -> np.ndarray:
    """A list of numbers, or of rows of equally many, as float64; rows may be arrays, lists or tuples.

    Raises:
        InputError: for a list of anything else.
        ValueError: if it has more than `most` bytes, for a row may be the same many times over.
    """
    is_nested = bool(rows) and isinstance(rows[0], list | tuple | _Array)
    cells = [_row(row) for row in rows] if is_nested else [rows]
    lengths = sorted({len(row) for row in cells})
    if len(lengths) > 1 or (is_nested and lengths[0] > _MOST_COLUMNS):
        found = " and ".join(map(str, lengths[:1] + lengths[1:][-1:]))
        raise InputError(f"expected rows of one length, at most {_MOST_COLUMNS}, in a list, found {found}; {_REMEDY}")
    if len(cells) * lengths[0] * 8 > most:
        raise ValueError("the lists in it are larger together than what is stored can be")
    values = [value.to_numpy() if isinstance(value, _Scalar) else value for row in cells for value in row]
    if wrong := [value for value in values if not isinstance(value, int | float | np.number | np.bool_)]:
        raise InputError(f"expected lists of numbers, found {_kind(wrong[0])}; {_REMEDY}")
    return np.array(values, np.float64).reshape((len(cells), lengths[0]) if is_nested else lengths[0])


def _row(row: object) -> list | tuple | np.ndarray:
    """A row of a list; raises InputError for what is none."""
    if isinstance(row, _Array):
        row = row.to_numpy()
    if isinstance(row, list | tuple) or (isinstance(row, np.ndarray) and row.ndim == 1):
        return row
    raise InputError(f"expected rows of numbers in a list, found {_kind(row)}; {_REMEDY}")


def _kind(value: object) -> str:
    """What an object of a pickle is, in words."""
    if isinstance(value, _Array):
        return "an array of objects"
    return f"an object of type {type(value).__name__}"


def _brief(text: object) -> str:
    """The beginning of what a file may have made long, without control characters."""
    return "".join(filter(str.isprintable, str(text)[:200]))


def _text(value: str | bytes) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else value


def _bytes(value: str | bytes) -> bytes:
    return value.encode("latin1") if isinstance(value, str) else value
