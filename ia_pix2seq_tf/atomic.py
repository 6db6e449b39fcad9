"""Files and directories that are either whole or not there."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Yields a path beside `path` to write a file to, which takes the place of `path` after the block.

    Readers find the old content or the new, nothing between, even if the program is killed. The new file
    keeps the suffix of `path`, and is removed if the block raises. Missing folders are made.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_directory(path: Path, overwrite: bool) -> Iterator[Path]:
    """Yields a directory beside `path`, which takes the place of `path` after the block, or is removed if that raises.

    Args:
        path: of the directory to write; its parents are made.
        overwrite: replace the directory that is there, which else is an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{uuid.uuid4().hex[:12]}")
    replaced = partial.with_name(partial.name + "-replaced")
    partial.mkdir()
    try:
        yield partial
        if overwrite and path.exists():
            path.rename(replaced)
        partial.rename(path)
    except BaseException:
        if replaced.exists() and not path.exists():
            replaced.rename(path)
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(replaced, ignore_errors=True)
