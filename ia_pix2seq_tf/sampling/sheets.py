"""Contact sheets of what a mode has drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.data.pipeline import in_turn
from ia_pix2seq_tf.sampling.codes import grid, line
from ia_pix2seq_tf.sampling.masks import erase
from ia_pix2seq_tf.sampling.originals import NO_CATEGORY, Endpoint, Original, color, component_color
from ia_pix2seq_tf.sampling.result import Result, Trait
from ia_pix2seq_tf.sheet import GIVEN_COLOR, Cell, Row

COLUMNS = 10
"""Sketches side by side, where each stands for itself."""
MOST_COLUMNS, MOST_ROWS = 12, 200
"""Of sheets whose rows belong together."""
NEAREST = 3
"""Test sketches shown beside a component's centre."""
NAMED_SHARES = 4
"""Categories and styles named beside a component."""
LONGEST_NAME = 24
"""Characters of a file's name on a sheet."""
EMPTY = Cell(None)

Drawn = Mapping[int, np.ndarray]
"""The sketches that a sheet shows, by index."""


def shown_indices(result: Result, most: int) -> list[int]:
    """Which sketches the sheet shows, about `most` of them.

    Where each stands for itself, all categories in turn; of endings, whole rows; of components, every row; of
    interpolations and analogies, all.
    """
    if not result.columns:
        return in_turn(result.labels, most).tolist()
    if result.endpoints:
        return list(range(len(result)))
    columns = min(result.columns, MOST_COLUMNS)
    existing = len(result) // result.columns
    rows = existing if result.traits else min(existing, max(1, most // columns))
    return [row * result.columns + column for row in range(min(rows, MOST_ROWS)) for column in range(columns)]


def sheet(result: Result, drawn: Drawn) -> tuple[str, list[Row]]:
    """Title and rows of the contact sheet of a result; `drawn` holds the sketches of `shown_indices`."""
    title, rows = _SHEETS[result.mode]
    return title, rows(result, drawn, sketch_colors(result))


def sketch_colors(result: Result) -> list[str]:
    """The colour `#rrggbb` of each sketch: its category's, its component's, or a blend of its endpoints'."""
    if result.mode == "interpolate":
        return _blends([end.color for end in result.endpoints], result.columns)
    if result.mode == "analogy":
        return [*(end.color for end in result.endpoints), result.endpoints[-1].color]
    if result.mode == "components":
        return [_trait_color(result, trait) for trait in result.traits for _ in range(result.columns)]
    return [color(result.model, label, k) for label, k in zip(result.labels, result.components, strict=True)]


def _conditional(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    originals = [_picture(result.originals[i], colors[i]) for i in drawn]
    captions = {i: f"{_title(result, i)}\ncomponent {result.components[i]}" for i in drawn}
    return _blocks({"original": originals, "drawn": _cells(drawn, colors, captions)}, _by_category(result, drawn))


def _unconditional(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    captions = {i: f"component {result.components[i]}" for i in drawn}
    return _blocks({"": _cells(drawn, colors, captions)}, _by_category(result, drawn))


def _complete(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    masks = [result.masks[i] for i in drawn]
    images = [result.originals[i].image for i in drawn]
    rows = {
        "original": [_picture(result.originals[i], colors[i]) for i in drawn],
        "mask": [Cell(None, image=np.uint8(255) * mask) for mask in masks],
        "masked": [Cell(None, image=erase(image, mask)) for image, mask in zip(images, masks, strict=True)],
        "restored": _cells(drawn, colors, {i: _title(result, i) for i in drawn}),
    }
    if not any(mask.any() for mask in masks):
        del rows["original"], rows["mask"]
    return _blocks(rows, _by_category(result, drawn))


def _interpolate(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    last = len(result) - 1
    corners = [0, last] if len(result.endpoints) == 2 else [0, result.columns - 1, last - result.columns + 1, last]
    ends = dict(zip(corners, result.endpoints, strict=True))
    captions = {i: end.name for i, end in ends.items()}
    originals = [_end_picture(ends.get(i)) for i in drawn]
    return _blocks({"original": originals, "": _cells(drawn, colors, captions)}, _by_columns(result, drawn))


def _analogy(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    a, b, c = (end.name for end in result.endpoints)
    captions = {0: a, 1: f"\N{MINUS SIGN} {b}", 2: f"+ {c}", 3: "= analogy"}
    originals = [*(_end_picture(end) for end in result.endpoints), EMPTY]
    return _blocks({"original": originals, "drawn": _cells(drawn, colors, captions)}, _by_columns(result, drawn))


def _components(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    nearest = [trait.members[:NEAREST] for trait in result.traits]
    width = max(map(len, nearest))
    rows = []
    for row, indices in _rows(result, drawn).items():
        heads = [_picture(o, color(result.model, o.label, 0), "test sketch") for o in nearest[row]]
        heads += [EMPTY] * (width - len(heads))
        sketches = _cells({i: drawn[i] for i in indices}, colors, {indices[0]: "centre"})
        rows.append(Row([*heads, *sketches], _trait_label(result.traits[row])))
    return rows


def _continue(result: Result, drawn: Drawn, colors: Sequence[str]) -> list[Row]:
    rows = []
    for indices in _rows(result, drawn).values():
        first = indices[0]
        original, given = result.originals[first], len(result.prefixes[first])
        whole = _picture(original, colors[first], f"original, {len(original.strokes)} points")
        part = Cell(original.strokes[:given], f"given, {given} points", GIVEN_COLOR)
        endings = [Cell(drawn[i], "", colors[i], given=given) for i in indices]
        rows.append(Row([whole, part, *endings], _title(result, first)))
    return rows


_SHEETS: dict[str, tuple[str, Callable[[Result, Drawn, Sequence[str]], list[Row]]]] = {
    "conditional": ("Originals, and what the model draws of them", _conditional),
    "unconditional": ("Sketches of no original", _unconditional),
    "components": ("What each latent component has learned: its centre, and samples around it", _components),
    "interpolate": ("Interpolation between codes", _interpolate),
    "analogy": ("Analogy of codes", _analogy),
    "complete": ("Sketches restored from what a mask has left of them", _complete),
    "continue": ("Endings of sketches whose first strokes were given", _continue),
}


def _blocks(rows: Mapping[str, Sequence[Cell]], pieces: Sequence[slice]) -> list[Row]:
    """Rows of cells one above the other, by label and all of one length, piece by piece.

    Rows that are empty in a piece are left out of it.
    """
    blocks = []
    for piece in pieces:
        block = [Row(cells[piece], label) for label, cells in rows.items()]
        block = [row for row in block if any(cell.strokes is not None or cell.image is not None for cell in row.cells)]
        blocks += [*block[:-1], replace(block[-1], ends_block=len(block) > 1)]
    return blocks


def _by_category(result: Result, drawn: Drawn) -> list[slice]:
    """Pieces of at most `COLUMNS` sketches, each of one category."""
    labels = [result.labels[i] for i in drawn]
    starts = [0]
    for i in range(1, len(labels)):
        if labels[i] != labels[i - 1] or i - starts[-1] == COLUMNS:
            starts.append(i)
    return [slice(start, end) for start, end in pairwise([*starts, len(labels)])]


def _by_columns(result: Result, drawn: Drawn) -> list[slice]:
    """Pieces of the sketches that belong together."""
    return [slice(first, first + result.columns) for first in range(0, len(drawn), result.columns)]


def _rows(result: Result, drawn: Drawn) -> dict[int, list[int]]:
    """The indices of the sketches in each row."""
    return {row: list(indices) for row, indices in groupby(drawn, lambda i: i // result.columns)}


def _cells(drawn: Drawn, colors: Sequence[str], captions: Mapping[int, str]) -> list[Cell]:
    return [Cell(strokes, captions.get(i, ""), colors[i]) for i, strokes in drawn.items()]


def _picture(original: Original, ink: str, caption: str = "") -> Cell:
    """An original: its strokes, or where there are none its image."""
    if original.strokes is None:
        return Cell(None, caption, image=original.image)
    return Cell(original.strokes, caption, ink)


def _end_picture(end: Endpoint | None) -> Cell:
    return EMPTY if end is None or end.original is None else _picture(end.original, end.color)


def _title(result: Result, index: int) -> str:
    """What a sketch is drawn from, for people: category, number and style, or the name of the file."""
    original = result.originals[index]
    if original.label == NO_CATEGORY:
        return Path(original.source or original.name).name[:LONGEST_NAME]
    number = original.name.rpartition(":")[2]
    return f"{result.model.hps.categories[original.label]} {number}\n{original.style}".strip()


def _trait_label(trait: Trait) -> str:
    shares = [f"{name} {share:.0%}" for name, share in list(trait.shares.items())[:NAMED_SHARES]]
    return "\n".join([f"component {trait.component}", f"weight {trait.weight:.3f}", *shares])


def _trait_color(result: Result, trait: Trait) -> str:
    """The colour of the category that most of a component's members have; without members, its own."""
    if not trait.members:
        return component_color(trait.component)
    labels = [member.label for member in trait.members]
    return color(result.model, max(set(labels), key=labels.count), trait.component)


def _blends(ends: Sequence[str], columns: int) -> list[str]:
    """Colours of a line between two colours, or of a grid between four."""
    tones = np.array([list(bytes.fromhex(end.removeprefix("#"))) for end in ends], float)
    if len(ends) == 2:
        blended = line(*tones, columns)
    else:
        blended = grid(tones.reshape(2, 2, 3), columns, columns).reshape(-1, 3)
    return ["#" + bytes(tone).hex() for tone in blended.round().astype(np.uint8)]
