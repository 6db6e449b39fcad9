"""Images of drawings: read from `<category>_png.npz`, or rendered once and cached."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ia_pix2seq_tf.data.cache import fingerprint, load_or_make
from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.data.npz import DataError, read_npz
from ia_pix2seq_tf.render import RENDERER_VERSION, render_many


def to_unit(images: np.ndarray) -> np.ndarray:
    """Images uint8 to float32 in [-1, 1], white = +1, as models read them."""
    return images.astype(np.float32) / 127.5 - 1


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Pixels in [-1, 1] to uint8, 255 is white."""
    return ((pixels + 1) * 127.5).astype(np.uint8)


def category_images(
    data_dir: str | os.PathLike,
    category: str,
    sketches: Mapping[str, Strokes],
    size: int,
    limit: int | None = None,
) -> dict[str, np.ndarray]:
    """The images of one category.

    They are those of `<data_dir>/<category>_png.npz` if that exists: arrays uint8 `[n, size, size]` under the
    names of the splits. Otherwise they are rendered and cached, in `<data_dir>/.ia_pix2seq_cache` or, where
    that cannot be written, in `$XDG_CACHE_HOME/ia_pix2seq_tf` (`~/.cache/ia_pix2seq_tf`).

    Args:
        data_dir: where the drawings lie.
        category: its name.
        sketches: all strokes of each split, with offsets as in the file (not clamped).
        size: width and height in pixels.
        limit: return only the images of the first `limit` sketches of each split.

    Returns:
        uint8 `[min(n, limit), size, size]` for each split, 255 is white.

    Raises:
        DataError: if `<category>_png.npz` does not fit the sketches or the size.
    """
    provided = Path(data_dir) / f"{category}_png.npz"
    if provided.is_file():
        images = read_images(provided, {split: len(strokes) for split, strokes in sketches.items()}, size)
        return {split: array[:limit] for split, array in images.items()}
    wanted = {split: strokes.select(np.arange(len(strokes))[:limit]) for split, strokes in sketches.items()}
    return _cached_images(data_dir, category, wanted, size)


def read_images(path: str | os.PathLike, counts: Mapping[str, int], size: int) -> dict[str, np.ndarray]:
    """Reads an archive of images, one array uint8 `[counts[split], size, size]` for each split.

    Raises:
        DataError: if an array is missing or has another type or shape.
    """
    images = read_npz(path, list(counts))
    for split, count in counts.items():
        array, expected = images[split], (count, size, size)
        if array.dtype != np.uint8 or array.shape != expected:
            raise DataError(
                f"{path}: {split!r}: expected uint8 {list(expected)} ({count} sketches, png_width={size}), "
                f"found {array.dtype} {list(array.shape)}"
            )
    return images


def write_images(path: str | os.PathLike, images: Mapping[str, Any]) -> None:
    """Writes the images of each split, for `read_images`."""
    np.savez_compressed(path, **images)


def render_splits(category: str, sketches: Mapping[str, Strokes], size: int) -> dict[str, np.ndarray]:
    """Renders all splits with a progress bar: uint8 `[n, size, size]` each."""
    total = sum(map(len, sketches.values()))
    with tqdm(total=total, desc=f"rendering {category}", unit=" sketches", leave=False) as bar:
        return {split: render_many(strokes, size=size, progress=bar.update) for split, strokes in sketches.items()}


def _cached_images(
    data_dir: str | os.PathLike, category: str, sketches: Mapping[str, Strokes], size: int
) -> dict[str, np.ndarray]:
    """The cached images of these very sketches; renders and caches them if there are none."""
    counts = {split: len(strokes) for split, strokes in sketches.items()}
    return load_or_make(
        data_dir,
        f"{category}-{size}-{fingerprint(f'renderer {RENDERER_VERSION}', sketches)}.npz",
        read=lambda path: read_images(path, counts, size),
        make=lambda: render_splits(category, sketches, size),
        write=write_images,
    )
