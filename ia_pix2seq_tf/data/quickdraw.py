"""Categories of QuickDraw, from Google's bucket of sketch-rnn files (CC BY 4.0)."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ia_pix2seq_tf.data.fetch import Kind, MissingError, Settings, fetch, is_there
from ia_pix2seq_tf.data.files import BUCKET, category_path, category_url, find_category, load_strokes, no_drawings
from ia_pix2seq_tf.hparams.rules import is_file_stem

ASK, YES, NO = ANSWERS = ("ask", "yes", "no")
DRAWINGS = Kind("an .npz archive", b"PK\x03\x04", load_strokes)
CATEGORY_LIST = "https://github.com/googlecreativelab/quickdraw-dataset/blob/master/categories.txt"


def download(
    category: str,
    data_dir: str | os.PathLike,
    base_url: str = BUCKET,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> Path:
    """Downloads one category, unless its file is there and can be read.

    Args:
        category: as QuickDraw names it, such as "alarm clock"; "cat.full" for all drawings of cats.
        data_dir: the directory to put `<category>.npz` into.
        base_url: the directory of such files on a server.
        settings: of the connection.
        overwrite: replace a file that is there.

    Returns:
        the path of the file.

    Raises:
        ValueError: for a name that cannot be that of a file.
        DataError: if a file is there, is not one of drawings, and may not be replaced.
        DownloadError: naming the address and what was found there.
    """
    check_name(category)
    path = category_path(data_dir, category)
    if not overwrite and is_there(path, DRAWINGS):
        return path
    try:
        fetch(category_url(category, base_url), path, DRAWINGS, settings)
    except MissingError as error:
        raise MissingError(f"{error}: no category {category!r}? {_hint(category)}") from error
    return path


def check_name(category: str) -> None:
    """Raises ValueError for a name that leads out of a directory, or cannot be typed."""
    if not is_file_stem(category) or not category.strip("."):
        raise ValueError(f"category {category!r}: expected a printable name without path separators")


def provide(data_dir: str | os.PathLike, categories: Sequence[str], answer: str = ASK, base_url: str = BUCKET) -> None:
    """Downloads the categories that have no file, if the user agrees.

    Args:
        data_dir: where the files should lie.
        categories: names.
        answer: "yes" and "no" decide it; "ask" asks, if there is a terminal to ask on, and is else "no".
        base_url: as of `download`.

    Raises:
        FileNotFoundError: if files are missing and the answer is no; says how to download them.
        DownloadError: as `download`.
    """
    missing = [category for category in categories if not find_category(data_dir, category).is_file()]
    if not missing:
        return
    if answer == NO or (answer == ASK and not _agrees(data_dir, missing, base_url)):
        raise FileNotFoundError(no_drawings(data_dir, missing))
    for category in missing:
        download(category, data_dir, base_url)


def _agrees(data_dir: str | os.PathLike, missing: Sequence[str], base_url: str) -> bool:
    """Asks on the terminal; False where there is none."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    question = f"{data_dir} has no drawings of {', '.join(missing)}. Download them from {base_url}? [y/N] "
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _hint(category: str) -> str:
    """How QuickDraw writes its names; the one that was perhaps meant."""
    likely = " ".join(category.lower().replace("_", " ").replace("-", " ").split())
    meant = f"Perhaps {likely!r}. " if likely != category else ""
    return f"{meant}QuickDraw has its names in lower case, with spaces ('alarm clock'); {CATEGORY_LIST} lists them."
