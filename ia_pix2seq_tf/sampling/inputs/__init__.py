"""Reading drawings that a user gives: pictures, SVG, sketch-rnn's `.npz` and more, made to look like training images.

Files may come from strangers. What is damaged, hostile or too large is refused with an `InputError` in bounded
time and memory; nothing in a file is executed, and nothing it names is fetched.
"""

import itertools
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ia_pix2seq_tf.sampling.inputs import drawings, images
from ia_pix2seq_tf.sampling.inputs.drawings import read_drawings
from ia_pix2seq_tf.sampling.inputs.images import read_image
from ia_pix2seq_tf.sampling.inputs.normalize import normalize_image
from ia_pix2seq_tf.sampling.inputs.npz import read_sketches
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.sampling.inputs.svg import read_svg
from ia_pix2seq_tf.untrusted import InputError, counts_text, naming, refuse_left_out

__all__ = [
    "InputError",
    "Sketch",
    "normalize_image",
    "read_drawings",
    "read_image",
    "read_inputs",
    "read_sketches",
    "read_svg",
]

logger = logging.getLogger(__name__)

_SVG = (".svg", ".svgz")
SUFFIXES = (*images.SUFFIXES, *_SVG, ".npz", *drawings.SUFFIXES)
_IN_FOLDERS = (*images.SUFFIXES, *_SVG, ".npz", *drawings.OWN_SUFFIXES)


def read_inputs(
    paths: Iterable[str | os.PathLike],
    size: int = 48,
    limit: int | None = None,
    photographs: bool = True,
    strict: bool = False,
) -> Iterator[Sketch]:
    """Reads drawings from files and directories, one after another.

    Args:
        paths: each a file with one of `SUFFIXES`, in upper or lower case, or a directory of such files, which
            are read in the order of their names; others in it, hidden ones, directories, and what may be no drawing
            (`.json`, `.csv` and `.xml`) are passed over.
        size: width and height of the images, in pixels.
        limit: of each file of many sketches, the first so many only.
        photographs: whether to look for paper and printed lines in pictures.
        strict: refuse drawings of which something, such as a text, is left out; otherwise a warning says it.

    Yields:
        sketches with names that differ: the second `pig` is called `pig_2`, if no other is.

    Raises:
        InputError: when the turn of a file comes that cannot be used, or of a path that is neither a file with
            one of the suffixes nor a directory that holds any.
    """
    names: set[str] = set()
    for path in paths:
        for file in _files(Path(path)):
            for sketch in _read(file, size, limit, photographs):
                _tell_left_out(sketch, strict)
                name = _new_name(sketch.name, names)
                names.add(name)
                yield replace(sketch, name=name)


def _tell_left_out(sketch: Sketch, strict: bool) -> None:
    if strict:
        with naming(sketch.source):
            refuse_left_out(sketch.left_out)
    elif sketch.left_out:
        logger.warning("%s: left out: %s", sketch.source, counts_text(sketch.left_out))


def _files(path: Path) -> list[Path]:
    """The files to be read at `path`."""
    expected = f"{path}: expected files ending in {', '.join(SUFFIXES)}, or a directory of them, found"
    if not path.is_dir():
        if path.name.lower().endswith(SUFFIXES):
            return [path]
        raise InputError(f"{expected} {'another file' if path.exists() else 'nothing'}")
    shown = (file for file in path.iterdir() if not file.name.startswith("."))
    files = sorted(file for file in shown if file.name.lower().endswith(_IN_FOLDERS) and file.is_file())
    if not files:
        raise InputError(f"{expected} a directory without any")
    return files


def _read(path: Path, size: int, limit: int | None, photographs: bool) -> Iterator[Sketch]:
    """Reads the sketches of one file."""
    suffix = path.suffix.lower()
    if suffix == ".npz":
        yield from read_sketches(path, size, limit)
    elif path.name.lower().endswith(drawings.SUFFIXES):
        yield from read_drawings(path, size, limit)
    else:
        yield read_svg(path, size) if suffix in _SVG else read_image(path, size, photographs)


def _new_name(name: str, taken: set[str]) -> str:
    """`name`, with a number if it is taken."""
    candidates = itertools.chain([name], (f"{name}_{i}" for i in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
