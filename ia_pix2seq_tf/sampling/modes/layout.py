"""What the contact sheets of several modes share: cells, rows, captions and colours."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ia_pix2seq_tf.constants import NO_COMPONENT
from ia_pix2seq_tf.sampling.endpoints import Endpoint
from ia_pix2seq_tf.sampling.originals import NO_CATEGORY, Original, color
from ia_pix2seq_tf.sampling.result import Result
from ia_pix2seq_tf.sheet import Cell, Row

COLUMNS = 10  # sketches side by side, where each stands for itself
LONGEST_NAME = 24  # characters of a file's name on a sheet
EMPTY = Cell(None)

Drawn = Mapping[int, np.ndarray]  # the sketches that a sheet shows, by index


class Sheet(NamedTuple):
    """A contact sheet: its title and its rows."""

    title: str
    rows: list[Row]


def own_colors(result: Result) -> list[str]:
    """The colour of each sketch where each stands for itself: its category's, or its component's."""
    return [color(result.model, label, k) for label, k in zip(result.labels, result.components, strict=True)]


def blocks(rows: Mapping[str, Sequence[Cell]], pieces: Sequence[slice]) -> list[Row]:
    """Rows of cells one above the other, by label and all of one length, piece by piece.

    Rows that are empty in a piece are left out of it.
    """
    blocks = []
    for piece in pieces:
        cut = {label: cells[piece] for label, cells in rows.items()}
        block = [Row(cells, label) for label, cells in cut.items() if any(map(_shows, cells))]
        blocks += [*block[:-1], replace(block[-1], ends_block=len(block) > 1)]
    return blocks


def _shows(cell: Cell) -> bool:
    return cell.strokes is not None or cell.image is not None


def by_category(result: Result, drawn: Drawn) -> list[slice]:
    """Pieces of at most `COLUMNS` sketches, each of one category."""
    labels = [result.labels[i] for i in drawn]
    starts = [0]
    for i in range(1, len(labels)):
        if labels[i] != labels[i - 1] or i - starts[-1] == COLUMNS:
            starts.append(i)
    return [slice(start, end) for start, end in pairwise([*starts, len(labels)])]


def by_columns(result: Result, drawn: Drawn) -> list[slice]:
    """Pieces of the sketches that belong together."""
    return [slice(first, first + result.columns) for first in range(0, len(drawn), result.columns)]


def rows_of(result: Result, drawn: Drawn) -> dict[int, list[int]]:
    """The indices of the sketches in each row."""
    return {row: list(indices) for row, indices in groupby(drawn, lambda i: i // result.columns)}


def cells(drawn: Drawn, colors: Sequence[str], captions: Mapping[int, str]) -> list[Cell]:
    """The drawn sketches, with colours and captions by index."""
    return [Cell(strokes, captions.get(i, ""), colors[i]) for i, strokes in drawn.items()]


def picture(original: Original, ink: str, caption: str = "") -> Cell:
    """An original: its strokes, or where there are none its image."""
    if original.strokes is None:
        return Cell(None, caption, image=original.image)
    return Cell(original.strokes, caption, ink)


def end_picture(end: Endpoint | None) -> Cell:
    """What a code was made of, where it was a sketch."""
    return EMPTY if end is None or end.original is None else picture(end.original, end.color)


def title(result: Result, index: int) -> str:
    """What a sketch is drawn from, for people: category, number and style, or the name of the file."""
    original = result.originals[index]
    if original.label == NO_CATEGORY:
        return Path(original.source or original.name).name[:LONGEST_NAME]
    return f"{result.model.hps.categories[original.label]} {original.number}\n{original.style}".strip()


def component_caption(result: Result, index: int) -> list[str]:
    """The line that names a sketch's latent component; none where the model has no components."""
    component = int(result.components[index])
    return [] if component == NO_COMPONENT else [f"component {component}"]
