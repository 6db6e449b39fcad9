"""Files that are made once: kept beside the data, or in the user's cache directory."""

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TypeVar

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.cache_directory import user_cache
from ia_pix2seq_tf.data.files import DataError, Strokes
from ia_pix2seq_tf.file_lock import try_lock

logger = logging.getLogger(__name__)

CACHE_FOLDER = ".ia_pix2seq_cache"
"""Beside the data; where that cannot be written, the user's cache directory takes its place."""

POLL_SECONDS = 0.5

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
    (`~/.cache/ia_pix2seq_tf`). A damaged file, and having no place to write to, are reported as warnings. Of several
    processes that ask at once, one makes the content, and the others wait for it.

    Args:
        data_dir: where the drawings lie; None if they lie nowhere (the demo).
        name: of the file, with its suffix; must tell apart all that the content depends on.
        read: reads a file; raises DataError if it is damaged.
        make: makes the content.
        write: writes the content to a path, which then becomes the file at once.
    """
    paths = [] if data_dir is None else [Path(data_dir) / CACHE_FOLDER / name]
    try:
        paths.append(user_cache() / name)
    except OSError as error:
        logger.warning("The user has no cache directory: %s", error)
    with contextlib.ExitStack() as held:
        if not any(map(os.path.isfile, paths)):
            held.enter_context(_alone(paths))
        for path in filter(os.path.isfile, paths):
            try:
                return read(path)
            except DataError as error:
                logger.warning("Making it anew, for the cached file is unusable: %s", error)
        content = make()
        _write_first(paths, lambda path: write(path, content))
    return content


@contextlib.contextmanager
def _alone(paths: list[Path]) -> Iterator[None]:
    """Within the block no other process makes what one of `paths` will hold; it waits for the one that does."""
    with contextlib.ExitStack() as opened:
        lock = _open_first([path.with_name(f".{path.name}.lock") for path in paths])
        if lock:
            opened.enter_context(lock)
            opened.callback(Path(lock.name).unlink, missing_ok=True)
            if not try_lock(lock):
                logger.info("Waiting for the process that makes %s", paths[0].name)
                while not try_lock(lock):
                    time.sleep(POLL_SECONDS)
        yield


def _open_first(paths: list[Path]) -> IO | None:
    """The first of `paths` that can be written, open; None if none can."""
    for path in paths:
        with contextlib.suppress(OSError):  # `_write_first` tells of them
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("w")
    return None


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
