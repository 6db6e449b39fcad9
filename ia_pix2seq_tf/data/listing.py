"""What the tools for drawings print: numbers in columns, lengths, and sheets of examples."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from ia_pix2seq_tf.sheet import Cell, Row, category_color, contact_sheet

PERCENTS = (0, 5, 50, 95, 100)  # at which percentiles lengths are reported
SHEET_COLUMNS = 12
MOST_ROWS = 100  # of a sheet


def percentile_text(values: Sequence[float]) -> str:
    """The `PERCENTS` of values as one line, such as `min 2, 5% 12, median 45, 95% 110, max 250`."""
    if not len(values):
        return "none"
    found = np.percentile(np.asarray(values), PERCENTS, method="inverted_cdf")
    names = {0: "min", 50: "median", 100: "max"}
    return ", ".join(f"{names.get(at, f'{at}%')} {value:,.4g}" for at, value in zip(PERCENTS, found, strict=True))


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows of cells as text in columns: the first to the left, the others, such as numbers, to the right."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    aligned = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in texts)
    return "\n".join("  ".join(row).rstrip() for row in aligned)


def example_sheet(
    examples: Mapping[str, Sequence[np.ndarray]], path: str | os.PathLike, title: str = "", captions: bool = False
) -> None:
    """Draws a row of examples for each label, evenly taken from all of them.

    Args:
        examples: strokes `[n, 3]` by label; at most `MOST_ROWS` labels are drawn.
        path: where to write, .png or .svg.
        title: text above all.
        captions: write under each its index and how many points it has.
    """
    rows = []
    for i, (label, sketches) in enumerate(list(examples.items())[:MOST_ROWS]):
        color = category_color(label.split()[0] if label else "", i)
        count = min(SHEET_COLUMNS, len(sketches))
        shown: Sequence[int] | np.ndarray = np.linspace(0, len(sketches) - 1, count).astype(int) if count else []
        cells = [Cell(sketches[j], f"{j}: {len(sketches[j])}" if captions else "", color) for j in shown]
        rows.append(Row(cells, label))
    hidden = len(examples) - len(rows)
    contact_sheet(rows, path, title + (f" (and {hidden} more)" if hidden > 0 else ""))
