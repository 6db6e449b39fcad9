"""Reading drawings from the `.npz` files of sketch-rnn."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.data.npz import DataError, array_sizes, read_npz
from ia_pix2seq_tf.render import checked_strokes, render
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.strokes import bounds
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError, check_file, naming

LARGEST_FILE = 128 * 2**20  # bytes of the archive; those of QuickDraw's categories are smaller
LARGEST_CONTENT = 32 * 2**20
"""Bytes of the splits that are read, unpacked; a test split of QuickDraw has one or two million."""
MODEL_EXTENT = 50  # longest side of a drawing in model units: models draw some 7 wide, while QuickDraw's are 255


def read_sketches(path: str | os.PathLike, size: int = 48, limit: int | None = None) -> Iterator[Sketch]:
    """Reads the sketches of the test split, or of all splits that there are if this one is missing or empty.

    Args:
        path: of an `.npz` archive with one or more of the arrays `train`, `valid`, `test`. Offsets that are whole
            numbers are in units of the data, as QuickDraw's and those of `samples.npz`. A sketch with fractions that
            is at most `MODEL_EXTENT` wide and high is in model units, as `model.generate` gives it.
        size: width and height of the images, in pixels.
        limit: the first so many only.

    Yields:
        sketches, each drawn when its turn comes; their strokes are as in the file, in its unit. One without any
        line has a white image.

    Raises:
        InputError: if the file is missing, damaged, larger than `LARGEST_FILE` or `LARGEST_CONTENT`, asks
            for anything but arrays of numbers, or holds no sketches or one of over `MOST_POINTS` points.
    """
    with naming(path):
        stored = _stored(path)
    digits = len(str(len(stored) - 1))
    for i, (split, index, points) in enumerate(stored[:limit]):
        source = f"{path}: {split} {index}"
        with naming(source):
            strokes = _checked(points)
        name = f"{Path(path).stem}_{i:0{digits}}"
        yield Sketch(name, render(strokes, size), strokes, source, _in_model_units(strokes))


def _in_model_units(strokes: np.ndarray) -> bool:
    """Whether strokes are as a model draws them: fractions, and small."""
    left, right, top, bottom = bounds(strokes)
    return bool(np.any(strokes[:, :2] % 1)) and max(right - left, bottom - top) <= MODEL_EXTENT


def _stored(path: str | os.PathLike) -> list[tuple[str, int, object]]:
    """The split, the index and the content of each sketch that is to be read."""
    check_file(path, LARGEST_FILE)
    try:
        sizes = array_sizes(path)
        for splits in (["test"], [split for split in SPLITS if split in sizes]):
            if stored := _read_splits(path, splits, sizes):
                return stored
    except DataError as error:
        raise InputError(str(error).removeprefix(f"{path}: ")) from error  # `naming` puts it before every message
    except InputError:
        raise
    except Exception as error:  # a damaged archive can fail in any way
        raise InputError(f"expected an .npz archive, found none or a damaged one: {error}") from error
    raise InputError(f"expected sketches in one of {', '.join(SPLITS)}, found {', '.join(sizes) or 'nothing'}")


def _read_splits(path: str | os.PathLike, splits: list[str], sizes: dict[str, int]) -> list[tuple[str, int, object]]:
    """Reads splits of an archive whose members unpack to `sizes` bytes; one that it lacks has no sketches."""
    total = sum(sizes.get(split, 0) for split in splits)
    if total > LARGEST_CONTENT:
        raise InputError(f"expected at most {LARGEST_CONTENT:,} bytes in {', '.join(splits)}, found {total:,}")
    arrays = read_npz(path, [split for split in splits if split in sizes])
    return [(split, i, points) for split, array in arrays.items() for i, points in enumerate(array)]


def _checked(points: object) -> np.ndarray:
    """One sketch as strokes float64 `[n, 3]`."""
    array = np.asarray(points)
    try:
        strokes = checked_strokes(array.astype(np.float64) if array.dtype == object else array)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(str(error)) from error
    if len(strokes) > MOST_POINTS:
        raise InputError(f"expected at most {MOST_POINTS:,} points, found {len(strokes):,}")
    return strokes
