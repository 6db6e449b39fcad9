"""Reading drawings of any format, and writing `<category>.npz` of sketch-rnn's."""

import functools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.data.convert.drawing import Drawing
from ia_pix2seq_tf.data.convert.readers import Source, find_sources
from ia_pix2seq_tf.data.convert.simplify import Dropped, Shape, connected, to_strokes
from ia_pix2seq_tf.data.convert.split import Parts, Pool
from ia_pix2seq_tf.data.convert.summary import KEPT, Summary
from ia_pix2seq_tf.data.files import DataError, Strokes
from ia_pix2seq_tf.data.images import render_splits, write_images
from ia_pix2seq_tf.data.listing import example_sheet
from ia_pix2seq_tf.data.names import IMAGES, Spellings, checked_category, twins
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.sheet import checked_path
from ia_pix2seq_tf.untrusted import InputError, check_file, refuse_left_out

DEFAULT_PARTS = Parts((0.8, 0.1, 0.1))
MOST_BYTES = 2 * 2**30  # of memory for drawings that are kept: four million of usual length
MOST_DAMAGED = 10_000  # drawings of one file that cannot be read, after which it is given up
MOST_CATEGORIES = 2_000  # QuickDraw has 345


@dataclass(frozen=True)
class Options:
    """What is to be done with the drawings.

    Attributes:
        shape: scale, precision and length of drawings.
        parts: sizes of the splits. None leaves drawings in the split of their file, and divides the others 8:1:1.
        seed: of the sample, of the order, and of the division into splits.
        deduplicate: drop drawings that are equal, of one category and after all else was done to them.
        recognized_only: drop drawings that are not marked as recognized.
        category: of all drawings, whatever they say.
        strict: refuse drawings of which something is left out.
        skip_damaged: go on after what cannot be read.
        image_size: side of images to be written too, None for none.
        overwrite: replace files that are there.
    """

    shape: Shape = field(default_factory=Shape)
    parts: Parts | None = None
    seed: int = 0
    deduplicate: bool = True
    recognized_only: bool = False
    category: str | None = None
    strict: bool = False
    skip_damaged: bool = False
    image_size: int | None = None
    overwrite: bool = False


def convert(
    paths: Iterable[str | os.PathLike],
    output_dir: str | os.PathLike,
    options: Options | None = None,
    sheet: str | os.PathLike | None = None,
) -> Summary:
    """Reads drawings and writes them as `<output_dir>/<category>.npz`, each file whole or not at all.

    No text or file but an `.npz` is ever held as a whole, so that inputs may be larger than memory; what is kept
    of them may not, and has at most `MOST_BYTES`.

    Args:
        paths: files and directories, see `readers.find_sources`.
        output_dir: made if it is missing.
        options: see there.
        sheet: where to draw examples of each category, .png or .svg.

    Returns:
        what was kept and dropped.

    Raises:
        InputError: for what cannot be read, naming the file and the place in it; for names of categories that are
            no names of files everywhere; if there is nothing to write, a file is there already, splits cannot be
            filled, or the sheet cannot be drawn.
        ValueError: for a sheet with another suffix.
    """
    options = options or Options()
    if sheet is not None:
        checked_path(sheet)
    conversion = _Conversion(Path(output_dir), options)
    conversion.read(find_sources(paths))
    return conversion.write(sheet)


class _Conversion:
    """The drawings of one run, by category."""

    def __init__(self, output_dir: Path, options: Options):
        self._output_dir, self._options = output_dir, options
        self._pools: dict[str, Pool] = {}
        self._summary = Summary()
        self._spellings = Spellings()
        self._size = 0
        self._names = ""
        if options.category is not None:
            checked_category(options.category)

    def read(self, sources: list[Source]) -> None:
        """Reads all files, with a progress bar over their bytes."""
        self._names = str(sources[0].path) + (f" and {len(sources) - 1} more" if len(sources) > 1 else "")
        total = sum(os.path.getsize(source.path) for source in sources)
        with tqdm(total=total, desc="reading", unit="B", unit_scale=True, leave=False) as bar:
            for source in sources:
                bar.set_postfix_str(source.path.name[-30:], refresh=False)
                self._guarded(source.path, functools.partial(self._read_file, source, bar.update))

    def write(self, sheet: str | os.PathLike | None) -> Summary:
        """Writes a file for each category of which something is kept, its images, and the sheet."""
        self._settle_names()
        if not self._pools:
            raise DataError(f"{self._names}: expected drawings, kept none of what was read\n{self._summary.text()}")
        parts = self._options.parts or DEFAULT_PARTS
        files = {name: pool.splits(parts, name) for name, pool in sorted(self._pools.items())}
        for category, splits in files.items():
            self._path(category + IMAGES).unlink(missing_ok=True)  # else they might be taken for those of the new
            save_npz(self._path(category), splits)
            if self._options.image_size is not None:
                self._write_images(category, splits, self._options.image_size)
            self._summary.count_splits(category, splits)
        if sheet is not None:
            self._draw_sheet(files, sheet)
        return self._summary

    def _draw_sheet(self, files: dict[str, dict[str, list[np.ndarray]]], sheet: str | os.PathLike) -> None:
        """Draws examples; an error tells what was written before."""
        try:
            example_sheet({f"{name} ({len(s['train'])})": s["train"] for name, s in files.items()}, sheet)
        except (ImportError, OSError, ValueError) as error:
            found = f"{sheet}: expected to draw a sheet there, found: {error}; all else is in {self._output_dir}"
            raise DataError(f"{found}\n{self._summary.text()}") from error

    def _settle_names(self) -> None:
        """Gives each category the spelling that most of its drawings have; raises DataError for a twin of its file."""
        self._summary.rename(self._spellings.usual)
        self._summary.merged = self._spellings.merged()
        self._pools = {self._spellings.usual(name): pool for name, pool in self._pools.items()}
        for name in self._pools:
            if found := twins(self._output_dir, self._path(name).name):
                raise DataError(
                    f"{self._output_dir / found[0]} is there already, and where case is no matter one file with "
                    f"{self._path(name).name}: remove it, or give another --output_dir or --category"
                )

    def _guarded(self, place: object, action: Callable[[], None]) -> None:
        """Does what may find damage: counts it, or lets it end the run."""
        try:
            action()
        except DataError:
            raise  # of the conversion as a whole
        except InputError as error:
            message = f"{place}: {error}"
            if not self._options.skip_damaged:
                raise DataError(f"{message} (--on_error=skip passes over what cannot be read)") from error
            self._summary.count_damage(message)

    def _read_file(self, source: Source, advance: Callable[[int], object]) -> None:
        check_file(source.path)
        most = self._summary.damaged + MOST_DAMAGED
        for where, piece in source.reader.pieces(source.path, advance):
            if self._summary.damaged > most:
                raise InputError(f"the rest is passed over, for over {MOST_DAMAGED:,} drawings could not be read")
            place = f"{source.path}: {where}" if where else str(source.path)
            self._guarded(place, functools.partial(self._take_piece, source, piece))

    def _take_piece(self, source: Source, piece: Any) -> None:
        """Reads what may be a drawing; see `_take`."""
        drawing = source.reader.parse(piece)
        if self._options.strict:
            refuse_left_out(drawing.left_out)
        self._take(drawing, source.category)

    def _take(self, drawing: Drawing, category: str) -> None:
        """Brings a drawing into shape and keeps or drops it."""
        options = self._options
        category = self._spellings.first(checked_category(options.category or drawing.category or category))
        outcomes = self._summary.outcomes[category]
        if len(self._summary.outcomes) > MOST_CATEGORIES:
            raise DataError(f"expected at most {MOST_CATEGORIES:,} categories, found more")
        if options.recognized_only and not drawing.recognized:
            outcomes["not recognized"] += 1
            return
        joined = connected(drawing, options.shape.join)
        self._summary.examine(category, joined)
        try:
            strokes = to_strokes(joined, options.shape)
        except Dropped as reason:
            outcomes[str(reason)] += 1
            return
        pool = self._pool(category)
        before = pool.size
        outcome = pool.add(strokes, None if options.parts else drawing.split)
        outcomes[outcome or KEPT] += 1
        self._summary.count_mended(drawing, joined)
        self._size += pool.size - before
        if self._size > MOST_BYTES:
            raise DataError(f"over {MOST_BYTES:,} bytes of drawings are kept: give --split as numbers of drawings")

    def _pool(self, category: str) -> Pool:
        """Where the drawings of a category are kept."""
        if category not in self._pools:
            for path in (self._path(category), self._path(category + IMAGES)):
                if path.exists() and not self._options.overwrite:
                    raise DataError(f"{path} is there already: give another --output_dir, or --overwrite")
            options = self._options
            capacity = options.parts.capacity if options.parts else None
            self._pools[category] = Pool(capacity, options.seed, options.deduplicate)
        return self._pools[category]

    def _path(self, name: str) -> Path:
        return self._output_dir / f"{name}.npz"

    def _write_images(self, category: str, splits: dict[str, list[np.ndarray]], size: int) -> None:
        packed = {split: Strokes.from_list(sketches) for split, sketches in splits.items()}
        images = render_splits(category, packed, size)
        with replacing(self._path(category + IMAGES)) as partial:
            write_images(partial, images)
