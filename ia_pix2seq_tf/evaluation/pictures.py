"""Tables of numbers as pictures: components against categories, and components against each other."""

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from ia_pix2seq_tf.atomic import replacing

SUFFIXES = (".png", ".pdf", ".svg")
COLOR_MAP = "Blues"  # from white to dark; its luminance falls all the way, so that it reads the same in grey
DPI = 150
CELL_WIDTH, CELL_HEIGHT = 0.62, 0.34  # of the cells, in inches: four digits fit
FONT_SIZE, TITLE_SIZE = 9, 12  # in points
CHARACTER_WIDTH = 0.075  # of small text, in inches, about
SHORTEST_LINE = 20  # characters, below which title and caption are not wrapped even if the figure is narrow
LINE_HEIGHT = 1.4  # in units of the size of the text, with some space
POINTS_PER_INCH = 72
ZERO_COLOR = "#737373"  # of the number 0, which is to stand back
EMPTY_COLOR, EMPTY_HATCH = "#d0d0d0", "////"
EQUAL_CONTRAST = 0.179  # relative luminance at which black and white text have the same contrast, 4.6 to 1


def confusion(
    table: np.ndarray,
    components: Sequence[str],
    categories: Sequence[str],
    path: str | os.PathLike,
    title: str = "",
) -> None:
    """Draws which categories the components of the latent GMM hold.

    Numbers are sketches; the darkness of a cell is its share of the component. Components with the same
    majority category stand together, empty ones at the end, hatched.

    Args:
        table: integers `[k, classes]`, sketches of each category in each component.
        components: k labels, one per row, such as `"3 (alpha 0.21)"`.
        categories: their names, one per column.
        path: where to write, whole or not at all; its suffix, .png, .pdf or .svg, decides the format.
        title: text above all.

    Raises:
        ValueError: for another suffix, a table that is not made of counts, or labels that do not fit it.
    """
    table = np.asarray(table)
    if table.ndim != 2 or table.dtype.kind not in "iu" or not table.size or table.min() < 0:
        raise ValueError(f"expected a table of counts [k, classes], found {table.dtype} {list(table.shape)}")
    if table.shape != (len(components), len(categories)):
        raise ValueError(f"{len(components)} components and {len(categories)} categories, table {list(table.shape)}")
    save(_confusion_figure(table, components, categories, title), path)


def pair_matrix(
    matrix: np.ndarray,
    names: Sequence[str],
    path: str | os.PathLike,
    title: str = "",
    caption: str = "",
    darkest: float | None = None,
) -> None:
    """Draws a value of every pair of components, such as their overlap, as a heat map.

    Without any pair, the picture says so.

    Args:
        matrix: float `[c, c]`, symmetric; NaN where there is no value, as on the diagonal (hatched).
        names: of the c components.
        path: where to write, whole or not at all; its suffix, .png, .pdf or .svg, decides the format.
        title, caption: text above and below.
        darkest: value of the darkest colour, so that pictures can be compared; None takes the largest.

    Raises:
        ValueError: for another suffix, or a matrix that is not square, symmetric and as long as `names`.
    """
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (len(names), len(names)):
        raise ValueError(f"expected a matrix [c, c] of {len(names)} names, found {list(matrix.shape)}")
    if not np.allclose(matrix, matrix.T, equal_nan=True):
        raise ValueError("expected a symmetric matrix: a value belongs to a pair, whichever comes first")
    if np.isnan(matrix).all():
        figure = _message_figure("There are no pairs of components with a value.", title, caption)
    else:
        figure = _pair_figure(matrix, names, title, caption, darkest)
    save(figure, path)


def save(figure: Figure, path: str | os.PathLike, dpi: float = DPI) -> None:
    """Writes a figure, whole or not at all and with nothing cut off, as .png, .pdf or .svg.

    Raises:
        ValueError: for another suffix.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}")
    with replacing(path) as partial:
        figure.savefig(partial, dpi=dpi, bbox_inches="tight", facecolor="white")


def row_order(table: np.ndarray) -> np.ndarray:
    """The components `[k]` of a table `[k, classes]` in the order of their majority categories.

    Within a category the largest comes first. Empty components come last.
    """
    sizes = table.sum(axis=1)
    return np.lexsort((-sizes, table.argmax(axis=1), sizes == 0))


def text_color(background: Sequence[float]) -> str:
    """Black or white, whichever is easier to read on a colour `(red, green, blue, …)` in [0, 1].

    Source: relative luminance and contrast of the Web Content Accessibility Guidelines 2.1.
    """
    rgb = np.asarray(background[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > EQUAL_CONTRAST else "white"


def short(value: float) -> str:
    """A number from 0, as it fits into a cell: `0.0471`, `12.3`, `4321`, `1.2e+05`; `<.001` below that."""
    if 0 < value < 0.001:
        return "<.001"
    return f"{value:.0f}" if 1000 <= value < 9999.5 else f"{value:.3g}" if value < 1000 else f"{value:.1e}"


def _confusion_figure(table: np.ndarray, components: Sequence[str], categories: Sequence[str], title: str) -> Figure:
    order = row_order(table)
    table, labels = table[order], [components[i] for i in order]
    sizes = table.sum(axis=1)
    shares = table / np.maximum(sizes, 1)[:, np.newaxis]
    figure, axes = _grid(labels, categories, title, _text_width(labels) + 1.6)
    _show(axes, np.where(sizes[:, np.newaxis] > 0, shares, np.nan), Normalize(0, 1), "share of the component")
    for row, size in enumerate(sizes):
        if size:
            for column, count in enumerate(table[row]):
                _write(axes, row, column, str(count), shares[row, column])
        else:
            _write_empty(axes, row, len(categories))
    _separate(axes, np.where(sizes > 0, table.argmax(axis=1), -1))
    _write_sizes(axes, sizes)
    axes.set_ylabel("component")
    return figure


def _pair_figure(matrix: np.ndarray, names: Sequence[str], title: str, caption: str, darkest: float | None) -> Figure:
    figure, axes = _grid(names, names, title, _text_width(names) + 1.2, caption)
    finite = matrix[np.isfinite(matrix)]
    low, high = finite.min(initial=0), finite.max(initial=0) if darkest is None else darkest
    norm = Normalize(low, high if high > low else low + 1, clip=True)
    shown = np.clip(matrix, norm.vmin, norm.vmax)  # infinity too
    _show(axes, shown, norm)
    for row, column in np.ndindex(matrix.shape):
        if np.isnan(matrix[row, column]):
            _hatch(axes, row, column)
        else:
            _write(axes, row, column, short(float(matrix[row, column])), norm(shown[row, column]))
    return figure


def _message_figure(message: str, title: str, caption: str) -> Figure:
    figure = Figure((5, 2), layout="constrained")
    axes = figure.add_subplot()
    axes.text(0.5, 0.5, message, ha="center", va="center", size=FONT_SIZE + 1, transform=axes.transAxes)
    axes.set(xticks=[], yticks=[])
    _frame(figure, title, caption)
    return figure


def _grid(
    rows: Sequence[str], columns: Sequence[str], title: str, beside: float, caption: str = ""
) -> tuple[Figure, Axes]:
    """A figure with room for cells, the labels of the columns above them, and `beside` inches."""
    height = len(rows) * CELL_HEIGHT + 0.8 * _text_width(columns) + 0.8
    layout = ConstrainedLayoutEngine(h_pad=0.1)  # inches, between the title and slanted labels
    figure = Figure((len(columns) * CELL_WIDTH + beside, height), layout=layout)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_yticks(range(len(rows)), rows, size=FONT_SIZE)
    axes.set_xticks(range(len(columns)), columns, size=FONT_SIZE, rotation=45, ha="left", rotation_mode="anchor")
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    _frame(figure, title, caption)
    return figure, axes


def _frame(figure: Figure, title: str, caption: str) -> None:
    """Writes title and caption in lines no wider than the figure, which grows by them."""
    for text, size, write in ((title, TITLE_SIZE, figure.suptitle), (caption, FONT_SIZE, figure.supxlabel)):
        if text:
            characters = int(figure.get_figwidth() / CHARACTER_WIDTH * FONT_SIZE / size)
            lines = textwrap.wrap(text, max(characters, SHORTEST_LINE))
            write("\n".join(lines), size=size)
            figure.set_figheight(figure.get_figheight() + len(lines) * size * LINE_HEIGHT / POINTS_PER_INCH)


def _show(axes: Axes, values: np.ndarray, norm: Normalize, label: str = "") -> None:
    """Colours the cells of `[rows, columns]`, with a colour bar."""
    rows, columns = values.shape
    axes.imshow(values, COLOR_MAP, norm, aspect=CELL_HEIGHT / CELL_WIDTH)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    for edge in range(rows + 1):
        axes.axhline(edge - 0.5, color="white", linewidth=1)
    for edge in range(columns + 1):
        axes.axvline(edge - 0.5, color="white", linewidth=1)
    bar = axes.figure.colorbar(ScalarMappable(norm, COLOR_MAP), ax=axes, shrink=min(1, 3 / (rows * CELL_HEIGHT)))
    bar.ax.tick_params(labelsize=FONT_SIZE - 1)
    bar.set_label(label, size=FONT_SIZE)


def _write(axes: Axes, row: int, column: int, text: str, darkness: float) -> None:
    """Writes into a cell whose colour is at `darkness`, in [0, 1], of the colour map."""
    color = ZERO_COLOR if text == "0" and not darkness else text_color(colormaps[COLOR_MAP](darkness))
    axes.text(column, row, text, ha="center", va="center", size=FONT_SIZE, color=color)


def _hatch(axes: Axes, row: int, column: int, width: int = 1) -> None:
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, width, 1, fill=False, linewidth=0, edgecolor=EMPTY_COLOR, hatch=EMPTY_HATCH))


def _write_empty(axes: Axes, row: int, columns: int) -> None:
    """Marks a row without sketches."""
    _hatch(axes, row, 0, columns)
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    axes.text((columns - 1) / 2, row, "empty", ha="center", va="center", size=FONT_SIZE, bbox=box)


def _separate(axes: Axes, groups: np.ndarray) -> None:
    """Draws a line between neighbouring rows of different groups `[rows]`."""
    for row in np.flatnonzero(np.diff(groups)):
        axes.axhline(row + 0.5, color="black", linewidth=1)


def _write_sizes(axes: Axes, sizes: np.ndarray) -> None:
    """Writes the sum of each row at its right."""
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(sizes)), [str(size) for size in sizes], size=FONT_SIZE)
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
    right.set_ylabel("sketches", size=FONT_SIZE)


def _text_width(texts: Sequence[str]) -> float:
    """The width of the longest text, in inches, about."""
    return CHARACTER_WIDTH * max(len(text) for text in texts)
