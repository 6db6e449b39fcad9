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

from ia_pix2seq_tf.data.convert.readers import (
    binary,
    csv_table,
    excalidraw,
    inkml,
    ndjson,
    npz,
    strokes_json,
    svg,
    tldraw,
    whiteboard,
)
from ia_pix2seq_tf.data.convert.readers.contents import reader_of
from ia_pix2seq_tf.data.files import FULL
from ia_pix2seq_tf.untrusted import InputError

_STREAMS: dict[str, ModuleType] = {
    ".ndjson": ndjson,
    ".jsonl": ndjson,
    ".bin": binary,
    ".csv": csv_table,
    ".json": strokes_json,  # and others, see `contents`
    ".xml": whiteboard,
    ".inkml": inkml,
    ".excalidraw": excalidraw,
    ".tldr": tldraw,
}
"""Formats that may be packed."""
SUFFIXES: dict[str, ModuleType] = {
    **_STREAMS,
    **{f"{suffix}.gz": reader for suffix, reader in _STREAMS.items()},
    ".npz": npz,
    ".svg": svg,
    ".svgz": svg,
}
_ONE_DRAWING = (svg, excalidraw, tldraw, inkml, whiteboard)
"""Readers of files that are a drawing each, and of the category of their folder."""
_IMAGES = "_png.npz"  # end of names of files of images, which directories hold beside drawings
_HIDDEN = (".", "__MACOSX")
"""Beginnings of names of what systems, archives and programs that broke off leave beside drawings."""
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

    In a directory, files that are a drawing each have its name as their category, those in a sub-directory (at any
    depth) the name of that; other files are named by themselves. Names are sorted; files with other suffixes are
    passed over, and so are hidden ones, tables and XML without drawings, and symbolic links to directories.

    Raises:
        InputError: for a path at which there is nothing to be read.
    """
    return [source for path in paths for source in _sources(Path(path))]


def _sources(path: Path) -> list[Source]:
    """The files at one path."""
    expected = f"{path}: expected files ending in {', '.join(SUFFIXES)}, or a directory of them, found"
    if not path.is_dir():
        if not (path.is_file() and (suffix := _suffix(path))):
            raise InputError(f"{expected} {'another file' if path.exists() else 'nothing'}")
        usual = SUFFIXES[suffix]
        return [_source(path, reader_of(path, usual) or usual, None)]
    sources = [
        _source(file, reader, category)
        for folder, category in _folders(path)
        for file in sorted(folder.iterdir())
        if not file.name.startswith(_HIDDEN) and not file.name.lower().endswith(_IMAGES)
        if file.is_file() and (suffix := _suffix(file))
        if (reader := reader_of(file, SUFFIXES[suffix]))
    ]
    if not sources:
        raise InputError(f"{expected} a directory without any")
    return sources


def _folders(path: Path) -> Iterator[tuple[Path, str]]:
    """Yields a directory and all below it, each with the category of the drawings in it."""
    top = path.resolve()
    for folder, below, _ in os.walk(path, onerror=_refuse):
        below[:] = sorted(name for name in below if not name.startswith(_HIDDEN))  # training keeps its images in one
        inside = Path(folder).relative_to(path).parts
        yield Path(folder), inside[0] if inside else top.name


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: expected a directory that can be read, found: {error.strerror}") from error


def _source(path: Path, reader: ModuleType, folder: str | None) -> Source:
    """A file, of the category of its folder if it is a drawing, and has one."""
    name = path.name[: -len(_suffix(path))]
    if reader in _ONE_DRAWING:
        return Source(path, reader, folder or name)
    category = _BUCKET_FOLDER.sub("", name, count=1)
    return Source(path, reader, category.removesuffix(FULL) if reader is npz else category)


def _suffix(path: Path) -> str:
    """The one of `SUFFIXES` with which a name ends, empty if none does."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")
