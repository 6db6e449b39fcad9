"""Readers of drawings, one module for each format.

Each has `pieces(path, advance)`, which yields, one after another, where in the file a drawing is and what is there,
and `parse(piece)`, which makes a `Drawing` of it. An error in `parse` spoils one drawing, one in `pieces` the
rest of the file. Both raise `InputError` without the name of the file. `advance` is called with numbers of bytes
as they are read.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ia_pix2seq_tf.data.convert.readers import binary, ndjson, npz, strokes_json, svg
from ia_pix2seq_tf.untrusted import InputError

SUFFIXES: dict[str, ModuleType] = {
    ".ndjson": ndjson,
    ".ndjson.gz": ndjson,
    ".bin": binary,
    ".bin.gz": binary,
    ".json": strokes_json,
    ".json.gz": strokes_json,
    ".npz": npz,
    ".svg": svg,
}
_IMAGES = "_png.npz"  # end of names of files of images, which directories hold beside drawings
_BUCKET_FOLDER = re.compile(r"(full_(raw|simplified|binary)|sketchrnn)_")
"""Put before the names of files that are downloaded in a browser from QuickDraw's storage."""


@dataclass(frozen=True)
class Source:
    """A file to be read.

    Attributes:
        path: of the file.
        reader: the module of its format.
        category: of those of its drawings that do not say.
    """

    path: Path
    reader: ModuleType
    category: str


def find_sources(paths: Iterable[str | os.PathLike]) -> list[Source]:
    """The files at paths, each a file with one of `SUFFIXES` or a directory.

    In a directory, SVG files have its name as their category, those in a sub-directory (at any depth) the name of
    that; other files are named by themselves. Names are sorted; files with other suffixes are passed over, and so
    are symbolic links to directories.

    Raises:
        InputError: for a path at which there is nothing to be read.
    """
    return [source for path in paths for source in _sources(Path(path))]


def _sources(path: Path) -> list[Source]:
    """The files at one path."""
    expected = f"{path}: expected files ending in {', '.join(SUFFIXES)}, or a directory of them, found"
    if not path.is_dir():
        if not (path.is_file() and _suffix(path)):
            raise InputError(f"{expected} {'another file' if path.exists() else 'nothing'}")
        return [_source(path, path.stem)]
    sources = [
        _source(file, category)
        for folder, category in _folders(path)
        for file in sorted(folder.iterdir())
        if file.is_file() and _suffix(file) and not file.name.lower().endswith(_IMAGES)
    ]
    if not sources:
        raise InputError(f"{expected} a directory without any")
    return sources


def _folders(path: Path) -> Iterator[tuple[Path, str]]:
    """Yields a directory and all below it, each with the category of the SVG files in it."""
    top = path.resolve()
    for folder, below, _ in os.walk(path, onerror=_refuse):
        below[:] = sorted(name for name in below if not name.startswith("."))  # training keeps its images in one
        inside = Path(folder).relative_to(path).parts
        yield Path(folder), inside[0] if inside else top.name


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: expected a directory that can be read, found: {error.strerror}") from error


def _source(path: Path, category: str) -> Source:
    suffix = _suffix(path)
    reader = SUFFIXES[suffix]
    name = path.name[: -len(suffix)]
    return Source(path, reader, category if reader is svg else _BUCKET_FOLDER.sub("", name, count=1))


def _suffix(path: Path) -> str:
    """The one of `SUFFIXES` with which a name ends, empty if none does."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")
