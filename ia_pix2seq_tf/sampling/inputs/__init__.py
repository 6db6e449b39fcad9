"""Reading drawings that a user gives: pictures, SVG, and sketch-rnn's `.npz`, made to look like training images.

Files may come from strangers. What is damaged, hostile or too large is refused with an `InputError` in bounded
time and memory; nothing in a file is executed, and nothing it names is fetched.
"""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ia_pix2seq_tf.sampling.inputs import images
from ia_pix2seq_tf.sampling.inputs.images import read_image
from ia_pix2seq_tf.sampling.inputs.normalize import normalize_image
from ia_pix2seq_tf.sampling.inputs.npz import read_sketches
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.sampling.inputs.svg import read_svg
from ia_pix2seq_tf.untrusted import InputError

__all__ = ["InputError", "Sketch", "normalize_image", "read_image", "read_inputs", "read_sketches", "read_svg"]

SUFFIXES = (*images.SUFFIXES, ".svg", ".npz")


def read_inputs(
    paths: Iterable[str | os.PathLike], size: int = 48, limit: int | None = None, photographs: bool = True
) -> Iterator[Sketch]:
    """Reads drawings from files and directories, one after another.

    Args:
        paths: each a file with one of `SUFFIXES`, in upper or lower case, or a directory of such files, which
            are read in the order of their names; others in it, and directories in it, are passed over.
        size: width and height of the images, in pixels.
        limit: of each `.npz`, the first so many sketches only.
        photographs: whether to look for paper and printed lines in pictures.

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
                name = _new_name(sketch.name, names)
                names.add(name)
                yield replace(sketch, name=name)


def _files(path: Path) -> list[Path]:
    """The files to be read at `path`."""
    expected = f"{path}: expected files ending in {', '.join(SUFFIXES)}, or a directory of them, found"
    if not path.is_dir():
        if path.suffix.lower() in SUFFIXES:
            return [path]
        raise InputError(f"{expected} {'another file' if path.exists() else 'nothing'}")
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise InputError(f"{expected} a directory without any")
    return files


def _read(path: Path, size: int, limit: int | None, photographs: bool) -> Iterator[Sketch]:
    """Reads the sketches of one file."""
    suffix = path.suffix.lower()
    if suffix == ".npz":
        yield from read_sketches(path, size, limit)
    else:
        yield read_svg(path, size) if suffix == ".svg" else read_image(path, size, photographs)


def _new_name(name: str, taken: set[str]) -> str:
    """`name`, with a number if it is taken."""
    candidates = itertools.chain([name], (f"{name}_{i}" for i in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
