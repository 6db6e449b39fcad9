"""Drawings on disk: the `.npz` files of sketch-rnn, and their compact form in memory."""

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from ia_pix2seq_tf.data.npz import LARGEST_MEMBER, DataError, read_npz
from ia_pix2seq_tf.strokes import clamp_offsets

__all__ = [
    "DEMO",
    "SPLITS",
    "DataError",
    "Strokes",
    "category_path",
    "category_url",
    "find_category",
    "load_category",
    "load_npz",
    "load_strokes",
    "no_drawings",
]

FULL = ".full"  # after the category, in names of sketch-rnn's files of all its drawings
DEMO = "demo"  # in place of a directory of drawings: the built-in doodles
SPLITS = ("train", "valid", "test")
BUCKET = "https://storage.googleapis.com/quickdraw_dataset/sketchrnn"
INT16 = np.iinfo(np.int16)
_MOST_NAMES = 10  # of files that a message names


@dataclass(frozen=True)
class Strokes:
    """Sketches of different lengths in one array.

    Attributes:
        points: `[total, 3]`, the rows (dx, dy, pen lifted) of all sketches one after another.
        offsets: int64 `[n + 1]`; sketch i has the rows `offsets[i]` to `offsets[i + 1]`.
    """

    points: np.ndarray
    offsets: np.ndarray

    @classmethod
    def from_list(cls, sketches: Sequence[np.ndarray]) -> "Strokes":
        """Packs strokes `[n, 3]` of one dtype; none at all gives an empty int16 container."""
        lengths = [len(strokes) for strokes in sketches]
        points = np.concatenate(sketches) if len(sketches) else np.zeros((0, 3), np.int16)
        return cls(points, _offsets(lengths))

    @classmethod
    def concatenate(cls, parts: Sequence["Strokes"]) -> "Strokes":
        """Joins containers in order."""
        points = np.concatenate([part.points for part in parts])
        return cls(points, _offsets(np.concatenate([part.lengths for part in parts])))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        """A view `[n, 3]` of one sketch."""
        index = range(len(self))[index]
        return self.points[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """Number of points of each sketch: int64 `[n]`."""
        return np.diff(self.offsets)

    def select(self, indices: np.ndarray) -> "Strokes":
        """A copy of the sketches at `indices` (integers `[m]`), in that order."""
        lengths = self.lengths[indices]
        offsets = _offsets(lengths)
        rows = np.repeat(self.offsets[indices] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Strokes(self.points[rows], offsets)


def load_npz(path: str | os.PathLike) -> dict[str, list[np.ndarray]]:
    """Reads a file of sketch-rnn, without executing the pickles in it.

    Args:
        path: of an `.npz` archive with the arrays `train`, `valid` and `test`, each one of objects `[n, 3]`,
            or of numbers `[count, n, 3]`. Pickles of Python 2 and 3 load.

    Returns:
        `{"train": [...], "valid": [...], "test": [...]}`: strokes int16 `[n, 3]`, rows (dx, dy, pen lifted).
        Offsets that do not fit into int16 become +-1000, to which training clamps all offsets anyway.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: for a damaged or malicious archive, and for sketches that are not `[n, 3]` whole numbers
            with a pen of 0 or 1.
    """
    return {split: list(strokes) for split, strokes in load_strokes(path).items()}


def load_strokes(path: str | os.PathLike) -> dict[str, Strokes]:
    """Reads a file of sketch-rnn as `load_npz` does, into one container for each split."""
    arrays = read_npz(path, SPLITS)
    splits = {split: _pack(array, f"{path}: {split!r}") for split, array in arrays.items()}
    if not len(splits["train"]):
        raise DataError(f"{path}: expected sketches in 'train', found none; --split of `convert` divides drawings anew")
    return splits


def load_category(data_dir: str | os.PathLike, category: str) -> dict[str, Strokes]:
    """Reads the drawings of one category, from where `find_category` says, as `load_strokes` does.

    Raises:
        FileNotFoundError: saying which file was looked for and how to get drawings.
        DataError: as `load_npz`.
    """
    path = find_category(data_dir, category)
    if not path.is_file():
        raise FileNotFoundError(no_drawings(data_dir, [category]))
    return load_strokes(path)


def category_path(data_dir: str | os.PathLike, category: str) -> Path:
    """Where the drawings of a category should lie."""
    return Path(data_dir) / f"{category}.npz"


def find_category(data_dir: str | os.PathLike, category: str) -> Path:
    """Where the drawings of a category lie: `<category>.npz`, or where there is none `<category>.full.npz`.

    Under the second name sketch-rnn publishes all drawings of a category, of which the first are a sample.
    """
    usual, full = category_path(data_dir, category), category_path(data_dir, category + FULL)
    return full if full.is_file() and not usual.is_file() else usual


def category_url(category: str, base_url: str = BUCKET) -> str:
    """Where the drawings of a category can be downloaded from, if there is such a category."""
    return f"{base_url.rstrip('/')}/{quote(category)}.npz"


def no_drawings(data_dir: str | os.PathLike, categories: Sequence[str]) -> str:
    """What to say of categories without a file: what was looked for, what is there, and the command that downloads."""
    names = ", ".join(map(repr, categories))
    paths = ", ".join(str(category_path(data_dir, category)) for category in categories)
    urls = ", ".join(map(category_url, categories))
    command = ["python", "-m", "ia_pix2seq_tf.data.download", *categories, f"--output_dir={os.fspath(data_dir)}"]
    there = sorted(path.stem for path in Path(data_dir).glob("[!.]*.npz") if not path.stem.endswith("_png"))
    more = ", ..." if len(there) > _MOST_NAMES else ""
    found = f" There are drawings of {', '.join(map(repr, there[:_MOST_NAMES]))}{more}." if there else ""
    return (
        f"no drawings of category {names}: looked for {paths}.{found} QuickDraw has its categories at "
        f"{BUCKET}/<category>.npz (here {urls}); this downloads them:\n  {shlex.join(command)}\n"
        "--data_dir=demo needs no download."
    )


def _offsets(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """Where sketches of these lengths start, and the end of the last: int64 `[n + 1]`."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _pack(array: np.ndarray, where: str) -> Strokes:
    """Checks an array of sketches and packs them as int16."""
    if array.ndim not in (1, 3):
        raise DataError(f"{where}: expected an array of sketches [n, 3], found shape {list(array.shape)}")
    sketches = [_checked_shape(strokes, f"{where}, sketch {i}") for i, strokes in enumerate(array)]
    points = sum(map(len, sketches))
    if points * 3 * INT16.bits // 8 > LARGEST_MEMBER:
        raise DataError(f"{where}: {points} points exceed {LARGEST_MEMBER} bytes")
    strokes = Strokes.from_list(sketches)
    return Strokes(_checked_points(strokes, where), strokes.offsets)


def _checked_shape(strokes: object, where: str) -> np.ndarray:
    """One sketch as numbers `[n, 3]`, n positive."""
    strokes = np.asarray(strokes)
    if strokes.ndim != 2 or strokes.shape[1] != 3 or not len(strokes):
        raise DataError(f"{where}: expected [n, 3] with n > 0, found {list(strokes.shape)}")
    if strokes.dtype != object:
        return strokes
    try:
        return strokes.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{where}: expected numbers, found {error}") from error


def _checked_points(strokes: Strokes, where: str) -> np.ndarray:
    """The points as int16 `[total, 3]`; they must be whole numbers, and the pen 0 or 1."""
    points = strokes.points
    if points.dtype.kind == "f":
        _require(np.isfinite(points), "finite numbers", strokes, where)
        _require(points == np.round(points), "whole numbers", strokes, where)
    _require((points[:, 2:] == 0) | (points[:, 2:] == 1), "a pen of 0 or 1", strokes, where)
    if points.dtype != np.int16:
        points = np.where((points < INT16.min) | (points > INT16.max), clamp_offsets(points), points)
    return points.astype(np.int16, copy=False)


def _require(holds: np.ndarray, what: str, strokes: Strokes, where: str) -> None:
    """Raises DataError naming the first sketch in which `holds` (`[total, columns]`) is false."""
    if not holds.all():
        row = int(np.argmin(holds.all(axis=1)))
        sketch = int(np.searchsorted(strokes.offsets, row, side="right")) - 1
        found = strokes.points[row].tolist()
        raise DataError(f"{where}, sketch {sketch}: expected {what}, found the point {found}")
