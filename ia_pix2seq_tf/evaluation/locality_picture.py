"""The features of every layer at one place that edits do not reach, before and after, by PCA and t-SNE."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from threadpoolctl import threadpool_limits  # which scikit-learn brings along

from ia_pix2seq_tf.evaluation.latent_map import pca, tsne
from ia_pix2seq_tf.evaluation.pictures import FONT_SIZE, TITLE_SIZE, save
from ia_pix2seq_tf.sheet import category_color

SIDE = 2.0  # of a panel, in inches
SIZE, LINE_WIDTH = 5, 0.5  # of a ring and of a line, in points
PERPLEXITY = 15  # as in the thesis
SEED = 0
LINE_COLOR = "#9a9a9a"
NOTHING = "n/a: the edits\nreach every place"
ONE = "n/a: one sketch"


@dataclass(frozen=True)
class Panel:
    """A layer.

    Attributes:
        before, after: features at one place, float `[n, channels]` each; n may be 0.
        classes: category of each sketch, integers `[n]`.
        side: of the receptive field, in pixels.
        moved: how far unaffected features move over all places; None where there are none.
    """

    before: np.ndarray
    after: np.ndarray
    classes: np.ndarray
    side: int
    moved: float | None

    @property
    def title(self) -> str:
        """What stands above the panel, after the number of the layer."""
        moved = "n/a" if self.moved is None else f"moved {self.moved:.3g}"
        return f"{self.before.shape[-1]} channels, field {self.side}\n{moved}"


def draw(panels: Sequence[Panel], categories: Sequence[str], path: str | os.PathLike, title: str = "") -> None:
    """Draws a column for each layer: PCA above, t-SNE below; a sketch is a ring before its edit, a dot after it.

    Both are placed together, and a line joins them. Where features stay, dots fill rings.

    Args:
        panels: of the layers, the first on the left.
        categories: names of the classes.
        path: where to write, whole or not at all; its suffix, .png, .pdf or .svg, decides the format.
        title: text above all.

    Raises:
        ValueError: for another suffix.
    """
    figure = Figure((SIDE * len(panels), 2 * SIDE + 1.4), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2, len(panels), squeeze=False)
    colors = [category_color(name, i) for i, name in enumerate(categories)]
    for number, (panel, column) in enumerate(zip(panels, grid.T, strict=True), 1):
        column[0].set_title(f"layer {number}: {panel.title}", size=FONT_SIZE - 1)
        for axes, project in zip(column, (_pca, _tsne), strict=True):
            _draw_panel(axes, panel, project, colors)
    for axes, name in zip(grid[:, 0], ("PCA", "t-SNE"), strict=True):
        axes.set_ylabel(name, size=FONT_SIZE)
    figure.suptitle(title, size=TITLE_SIZE)
    _draw_legend(figure, categories, colors)
    save(figure, path)


def _pca(features: np.ndarray) -> np.ndarray:
    return pca(features)[0]


def _tsne(features: np.ndarray) -> np.ndarray:
    """Positions `[n, 2]`, those of equal features equal: t-SNE by itself would push them apart."""
    different, index = np.unique(features, axis=0, return_inverse=True)
    with threadpool_limits(1):  # a few hundred points: threads that wait for busy cores take ten times as long
        return tsne(different, SEED, PERPLEXITY)[index.ravel()]


def _draw_panel(axes: Axes, panel: Panel, project: Callable[[np.ndarray], np.ndarray], colors: Sequence[str]) -> None:
    """Draws the features of a layer where `project`, from `[n, channels]` to `[n, 2]`, places them."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color(LINE_COLOR)
    count = len(panel.before)
    if count < 2:
        axes.text(0.5, 0.5, ONE if count else NOTHING, ha="center", va="center", size=FONT_SIZE - 1)
        return
    places = project(np.concatenate([panel.before, panel.after]))
    before, after = places[:count], places[count:]
    shown = [colors[label] for label in panel.classes]
    lines = np.stack([before, after], axis=1)
    axes.add_collection(LineCollection(list(lines), colors=LINE_COLOR, linewidths=LINE_WIDTH, zorder=1))
    axes.scatter(
        before[:, 0], before[:, 1], s=SIZE**2, facecolors="none", edgecolors=shown, linewidths=LINE_WIDTH, zorder=2
    )
    axes.scatter(after[:, 0], after[:, 1], s=SIZE**2 / 6, color=shown, linewidths=0, zorder=3)
    axes.margins(0.08)


def _draw_legend(figure: Figure, categories: Sequence[str], colors: Sequence[str]) -> None:
    """Writes below what rings and dots are, and which colour is which category."""
    marks = [_mark("before the edit", LINE_COLOR, fill="none"), _mark("after it", LINE_COLOR, size=SIZE / 2)]
    marks += [_mark(name, color) for name, color in zip(categories, colors, strict=True)]
    figure.legend(
        handles=marks, loc="outside lower center", ncols=min(len(marks), 10), fontsize=FONT_SIZE - 1, frameon=False
    )


def _mark(label: str, color: str, size: float = SIZE, fill: str | None = None) -> Line2D:
    """A point in the legend, of another inside where `fill` says so."""
    inner = color if fill is None else fill
    return Line2D([], [], marker="o", linestyle="", color=color, markerfacecolor=inner, markersize=size, label=label)
