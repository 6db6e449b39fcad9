"""Files that are made once: kept beside the data, or in the user's cache directory."""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.cache_directory import user_cache
from ia_pix2seq_tf.data.files import DataError, Strokes

logger = logging.getLogger(__name__)

CACHE_FOLDER = ".ia_pix2seq_cache"
"""Beside the data; where that cannot be written, the user's cache directory takes its place."""

Content = TypeVar("Content")


def load_or_make(
    data_dir: str | os.PathLike | None,
    name: str,
    read: Callable[[Path], Content],
    make: Callable[[], Content],
    write: Callable[[Path, Content], object],
) -> Content:
    """What the cache holds under `name`; makes and caches it if that is nothing, or damaged.

    The cache is `<data_dir>/.ia_pix2seq_cache` or, where that cannot be written, `$XDG_CACHE_HOME/ia_pix2seq_tf`
    (`~/.cache/ia_pix2seq_tf`). A damaged file, and having no place to write to, are reported as warnings.

    Args:
        data_dir: where the drawings lie; None if they lie nowhere (the demo).
        name: of the file, with its suffix; must tell apart all that the content depends on.
        read: reads a file; raises DataError if it is damaged.
        make: makes the content.
        write: writes the content to a path, which then becomes the file at once.
    """
    paths = [user_cache() / name]
    if data_dir is not None:
        paths.insert(0, Path(data_dir) / CACHE_FOLDER / name)
    for path in filter(Path.is_file, paths):
        try:
            return read(path)
        except DataError as error:
            logger.warning("Making it anew, for the cached file is unusable: %s", error)
    content = make()
    _write_first(paths, lambda path: write(path, content))
    return content


def fingerprint(heading: str, sketches: Mapping[str, Strokes]) -> str:
    """Sixteen hexadecimal digits that stand for a heading and the sketches of each split."""
    digest = hashlib.sha256(heading.encode())
    for split, strokes in sketches.items():
        digest.update(f"{split} {strokes.points.dtype} {len(strokes)}".encode())
        digest.update(strokes.offsets.tobytes())
        digest.update(strokes.points.tobytes())
    return digest.hexdigest()[:16]


def _write_first(paths: list[Path], write: Callable[[Path], object]) -> None:
    """Writes to the first of `paths` that can be written."""
    for path in paths:
        try:
            with replacing(path) as temporary:
                write(temporary)
            return
        except OSError as error:
            logger.info("Cannot cache in %s: %s", path.parent, error)
    logger.warning("Not cached, to be made again next time: cannot write %s", " or ".join(map(str, paths)))
