"""What a run leaves for people: test sketches beside what the model makes of them, each component a row."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.data.pipeline import SketchData, Split, in_turn
from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sheet import Cell, Row, category_color, contact_sheet, paired_sheet

SHEET_SKETCHES = 40
MOST_ENCODED = 1000  # test sketches among which those of a component are looked for
MEMBERS = 6  # of a component that are shown
MOST_ROWS = 24
COLUMNS = 10  # of sketches that stand for themselves
SHOWN_SEED = 0


def write_sheet(model: IAPix2Seq, data: SketchData, path: Path) -> str:
    """A contact sheet: test sketches and what the model draws from their codes; without an encoder, what it draws.

    Where there are latent components, each that lives is a row; else sketches of all categories stand in turn.

    Returns:
        which sketches it shows: "test", or where there are none "training".
    """
    kind, split = ("test", data.test) if len(data.test) else ("training", data.train)
    if model.encoder is None:
        _own_sheet(model, path)
        return kind
    most = MOST_ENCODED if model.latent.k else SHEET_SKETCHES
    part = split.select(in_turn(split.labels, most))
    codes, sigma2 = encode_all(model, part.images, part.strokes, float(data.scale_factor))
    if model.latent.k:
        _component_sheet(model, data, part, codes, assign_all(model, codes, sigma2), path, kind)
    else:
        _reconstruction_sheet(model, data, part, codes, path, kind)
    return kind


def _own_sheet(model: IAPix2Seq, path: Path) -> None:
    drawn = model.generate(np.zeros((SHEET_SKETCHES, model.z_size), np.float32), seed=SHOWN_SEED)
    rows = [Row([Cell(strokes) for strokes in drawn[i : i + COLUMNS]]) for i in range(0, len(drawn), COLUMNS)]
    contact_sheet(rows, path, "What the model draws on its own")


def _reconstruction_sheet(
    model: IAPix2Seq, data: SketchData, part: Split, codes: np.ndarray, path: Path, kind: str
) -> None:
    drawn = model.generate(codes, seed=SHOWN_SEED)
    colors = [_color(data, label) for label in part.labels]
    captions = [name.replace(", ", "\n") for name in _names(data, part)]
    originals = list(part.strokes)
    paired_sheet(
        originals, drawn, captions, colors, path, title=f"{kind.capitalize()} sketches and their reconstructions"
    )


def _component_sheet(
    model: IAPix2Seq, data: SketchData, part: Split, codes: np.ndarray, owners: np.ndarray, path: Path, kind: str
) -> None:
    names, alpha = np.array(_names(data, part)), model.latent_alpha.numpy()[:, 0]
    living = [k for k in sorted(model.latent.living) if np.any(owners == k)]
    living.sort(key=lambda k: Counter(names[owners == k]).most_common(1)[0])
    rows = []
    for k in living[:MOST_ROWS]:
        members = np.flatnonzero(owners == k)
        shown = spread(members, MEMBERS)
        colors = [_color(data, label) for label in part.labels[shown]]
        cells: list[Cell | None] = [Cell(part.strokes[i], color=c) for i, c in zip(shown, colors, strict=True)]
        cells += [None] * (MEMBERS + 1 - len(cells))
        drawn = model.generate(codes[shown], seed=SHOWN_SEED)
        cells += [Cell(strokes, color=color) for strokes, color in zip(drawn, colors, strict=True)]
        rows.append(Row(cells, _label(k, float(alpha[k]), names[members])))
    title = f"{len(living)} of {len(alpha)} components live, each a row: {kind} sketches of it, and drawn again"
    contact_sheet(rows, path, title)


def spread(indices: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the indices, evenly from first to last, so that they have the categories of all."""
    return indices[np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)]


def _label(k: int, weight: float, names: Iterable[str]) -> str:
    counts = Counter(names)
    ((name, count),) = counts.most_common(1)
    return f"component {k}\n{weight:.0%} of all\n{name}: {count / counts.total():.0%}"


def _names(data: SketchData, part: Split) -> list[str]:
    """Category, and style where it is known, of each sketch."""
    styles = [""] * len(part) if part.styles is None else part.styles
    return [", ".join(filter(None, (data.categories[k], style))) for k, style in zip(part.labels, styles, strict=True)]


def _color(data: SketchData, label: int) -> str:
    return category_color(data.categories[label], int(label))
