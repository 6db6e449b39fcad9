"""Codes in the plane, with the sketches themselves as marks (the paper's Fig. 3)."""

import itertools
import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial import KDTree
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from ia_pix2seq_tf.evaluation.pictures import POINTS_PER_INCH, save
from ia_pix2seq_tf.render import checked_strokes, fit

SMALLEST_SIDE, LARGEST_SIDE = 1600, 6000  # of the map, in pixels
MARK = 28  # width and height of a sketch, in pixels, as long as `LARGEST_SIDE` allows; more where there is room
LARGEST_MARK = 96
COVERAGE = 0.35  # area of all marks, in units of the map's: codes leave room between their clusters
DISTANCE = 0.9  # least distance of two sketches, in units of the mark, as far as there is room
ROUNDS, NEIGHBOURS = 200, 8  # most rounds in which sketches are moved apart, and how many neighbours push each
DPI = 200
DOT = 0.03  # length of a line of one point, in units of the mark, so that it shows
NEIGHBOURHOOD = 1 / 12  # radius in which sketches count as one cluster, in units of the map's side
LABEL_SIZE, TITLE_SIZE, LEGEND_SIZE = 1 / 50, 1 / 55, 1 / 75  # of text, in units of the map's side
MOST_NEIGHBOURS = 3  # t-SNE looks at three neighbours per unit of perplexity, and there must be as many


def pca(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Projects codes on the two directions in which they vary most.

    Args:
        codes: `[n, z_size]`, finite; n at least 1.

    Returns:
        Positions float64 `[n, 2]`, and the share of the variance that each direction explains `[2]`. Where
        there is no (second) direction, as for equal codes, positions and share are 0.

    Raises:
        ValueError: for codes of another shape, none, or non-finite ones.
    """
    codes = checked_codes(codes)
    count = min(2, *codes.shape)
    positions, shares = np.zeros((len(codes), 2)), np.zeros(2)
    if np.ptp(codes, axis=0).any():
        model = PCA(count, svd_solver="full")
        positions[:, :count] = model.fit_transform(codes)
        shares[:count] = model.explained_variance_ratio_
    return positions, shares


def tsne(codes: np.ndarray, seed: int, perplexity: float = 30) -> np.ndarray:
    """Places codes in the plane by t-SNE, so that near codes stay near; starts from `pca`.

    Args:
        codes: `[n, z_size]`, finite; n at least 1.
        seed: the same seed gives the same positions.
        perplexity: about how many neighbours a code has; at most a third of the other codes are taken
            (`limited_perplexity`).

    Returns:
        float32 `[n, 2]`. Equal codes (one code among them) all lie at 0.

    Raises:
        ValueError: for codes of another shape, none, or non-finite ones, or a perplexity that is not
            positive.
    """
    positions, _ = pca(codes)
    perplexity = limited_perplexity(len(positions), perplexity)
    if not np.ptp(positions, axis=0).any():
        return positions.astype(np.float32)
    start = 1e-4 * positions / positions[:, 0].std()  # small, as scikit-learn makes its own start
    model = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=seed)
    return model.fit_transform(np.asarray(codes, np.float32))


def limited_perplexity(n: int, perplexity: float) -> float:
    """The perplexity that `tsne` takes for n codes: as asked, at most (n - 1) / 3."""
    if not perplexity > 0:
        raise ValueError(f"expected a positive perplexity, found {perplexity}")
    return min(perplexity, (n - 1) / MOST_NEIGHBOURS)


def draw(
    positions: np.ndarray,
    strokes: Sequence[np.ndarray],
    categories: Sequence[str],
    colors: Mapping[str, str],
    path: str | os.PathLike,
    title: str = "",
    subtitle: str = "",
) -> None:
    """Draws every sketch at its position, in the colour of its category.

    Sketches that would lie on one another are moved apart, no further than needed. So that the map reads in grey
    too, the name of each category stands at its largest cluster.

    Args:
        positions: `[n, 2]`, finite, such as those of `tsne`.
        strokes: `[points, 3]` each, n of them.
        categories: of the n sketches.
        colors: category to colour `#rrggbb`, in the order of the legend; see `sheet.category_color`.
        path: where to write, whole or not at all; its suffix, .png, .pdf or .svg, decides the format.
        title, subtitle: text above.

    Raises:
        ValueError: if there are no sketches, the lists differ in length, a position is not finite, a category
            has no colour or strokes cannot be drawn (naming the sketch), and for another suffix.
    """
    positions = np.asarray(positions, np.float64)
    _check(positions, strokes, categories, colors)
    side, mark = map_size(len(positions))
    places = apart(_place(positions, side, mark), DISTANCE * mark)
    places = _place(places, side, mark, largest=1)  # as clusters at the border swell beyond it
    figure, axes = _canvas(side)
    members = {name: np.flatnonzero(np.asarray(categories) == name) for name in colors}
    members = {name: chosen for name, chosen in members.items() if len(chosen)}
    for name, chosen in members.items():
        _draw_sketches(axes, strokes, chosen, places, mark, colors[name])
    _draw_names(axes, {name: cluster_center(places[chosen], side) for name, chosen in members.items()}, colors, side)
    _draw_legend(axes, {name: len(chosen) for name, chosen in members.items()}, colors, side)
    _draw_titles(axes, title, subtitle, side)
    save(figure, path, DPI)


def map_size(n: int) -> tuple[int, float]:
    """The side of a map of n sketches and the size of a mark, in pixels."""
    marks_per_side = np.sqrt(n / COVERAGE)
    side = int(np.clip(MARK * marks_per_side, SMALLEST_SIDE, LARGEST_SIDE))
    return side, float(min(side / marks_per_side, LARGEST_MARK))


def apart(places: np.ndarray, distance: float) -> np.ndarray:
    """Moves points until none is nearer to another than `distance`, or for `ROUNDS` rounds.

    In each round the nearest neighbours push a point, halfway each; a dense cluster swells where it is.

    Args:
        places: `[n, 2]`.
        distance: what to keep.
    """
    turns = 2.4 * np.arange(len(places))  # 2.4 rad is about the golden angle: equal points part in all directions
    places = places + 1e-3 * distance * np.column_stack([np.cos(turns), np.sin(turns)])
    for _ in range(ROUNDS if len(places) > 1 else 0):
        near, index = KDTree(places).query(places, 1 + min(NEIGHBOURS, len(places) - 1), distance_upper_bound=distance)
        close = np.isfinite(near[:, 1:])  # the first is the point itself
        if not close.any():
            break
        neighbours = np.where(close, index[:, 1:], np.arange(len(places))[:, np.newaxis])
        away = places[:, np.newaxis] - places[neighbours]
        gap = np.where(close, near[:, 1:], distance)
        push = (away * ((distance - gap) / np.maximum(gap, 1e-9))[..., np.newaxis]).sum(axis=1)
        places = places + 0.5 * push / np.maximum(close.sum(axis=1), 1)[:, np.newaxis]
    return places


def cluster_center(points: np.ndarray, side: float) -> np.ndarray:
    """The median `[2]` of the largest cluster of points `[n, 2]`.

    The search starts in the fullest square of a grid and climbs to where most neighbours are.
    """
    radius = NEIGHBOURHOOD * side
    squares, counts = np.unique(np.floor(points / radius), axis=0, return_counts=True)
    center = (squares[counts.argmax()] + 0.5) * radius
    for _ in range(20):  # mean shift, with medians; it settles after a few steps
        near = np.abs(points - center).max(axis=1) <= radius
        center = np.median(points[near], axis=0)
    return center


def spread(centers: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Moves boxes up or down until none overlaps another, each as little as the ones before it allow.

    Args:
        centers: `[n, 2]`.
        sizes: `[n, 2]`, width and height.

    Returns:
        New centers `[n, 2]`.
    """
    placed = np.array(centers, np.float64)
    for i, (x, y) in enumerate(centers):
        reach = (sizes[:i] + sizes[i]) / 2
        for step in itertools.count():
            offset = (step + 1) // 2 * (-1) ** step * sizes[i, 1] / 4
            placed[i] = x, y + offset
            if not (np.abs(placed[:i] - placed[i]) < reach).all(axis=1).any():
                break
    return placed


def lines(strokes: np.ndarray, center: np.ndarray, mark: float) -> list[np.ndarray]:
    """The lines of a sketch, points `[m, 2]` each with y upwards, in a square of `mark` at `center`."""
    strokes = checked_strokes(strokes)
    start, scale = fit(strokes, mark, margin=0)
    points = start + np.cumsum(strokes[:, :2], axis=0) * scale - mark / 2
    points = center + points * [1, -1]
    runs = np.split(points, np.flatnonzero(strokes[:-1, 2] > 0.5) + 1) if len(points) else []
    return [run if len(run) > 1 else np.concatenate([run, run + [DOT * mark, 0]]) for run in runs]


def checked_codes(codes: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    """Codes `[n, z_size]`, n at least 1, as `dtype`; raises ValueError for others and for non-finite ones."""
    codes = np.asarray(codes, dtype)
    if codes.ndim != 2 or not codes.size:
        raise ValueError(f"expected codes [n, z_size] of at least one sketch, found {list(codes.shape)}")
    if not np.isfinite(codes).all():
        raise ValueError("expected finite codes, found NaN or infinite ones")
    return codes


def _check(positions: np.ndarray, strokes: Sequence, categories: Sequence[str], colors: Mapping[str, str]) -> None:
    if positions.ndim != 2 or positions.shape[1] != 2 or not len(positions) or not np.isfinite(positions).all():
        raise ValueError(f"expected finite positions [n, 2] of at least one sketch, found {list(positions.shape)}")
    lengths = [len(positions), len(strokes), len(categories)]
    if len(set(lengths)) != 1:
        raise ValueError(f"expected as many positions, strokes and categories, found {lengths}")
    unknown = sorted(set(categories) - set(colors))
    if unknown:
        raise ValueError(f"no colour for the categories {unknown}: there are {list(colors)}")


def _place(positions: np.ndarray, side: float, mark: float, largest: float = np.inf) -> np.ndarray:
    """Scales positions, x and y alike, by at most `largest`, so that all marks lie in a square of `side` pixels."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    scale = min(largest, (side - mark) / (max(high - low) or 1))
    return side / 2 + (positions - (low + high) / 2) * scale


def _canvas(side: int) -> tuple[Figure, Axes]:
    """A figure whose axes fill it and count pixels."""
    figure = Figure((side / DPI, side / DPI))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, side), ylim=(0, side))
    axes.axis("off")
    return figure, axes


def _draw_sketches(
    axes: Axes, strokes: Sequence[np.ndarray], chosen: np.ndarray, places: np.ndarray, mark: float, color: str
) -> None:
    """Draws the chosen sketches in one go."""
    segments = []
    for i in chosen:
        try:
            segments += lines(strokes[i], places[i], mark)
        except ValueError as error:
            raise ValueError(f"sketch {i}: {error}") from None
    width = _points(max(1.0, mark / 22))
    collection = LineCollection(segments, colors=color, linewidths=width, capstyle="round", joinstyle="round")
    axes.add_collection(collection, autolim=False)


def _draw_names(axes: Axes, centers: Mapping[str, np.ndarray], colors: Mapping[str, str], side: int) -> None:
    """Writes the names of the categories at their centers, moved apart."""
    halo = [patheffects.withStroke(linewidth=_points(side * LABEL_SIZE / 2.5), foreground="white")]
    texts = [
        axes.text(x, y, name, size=_points(side * LABEL_SIZE), weight="bold", color=colors[name], ha="center")
        for name, (x, y) in centers.items()
    ]
    boxes = [text.get_window_extent().transformed(axes.transData.inverted()) for text in texts]
    moved = spread(np.array(list(centers.values())), np.array([box.size for box in boxes]))
    for text, place in zip(texts, moved, strict=True):
        text.set(position=place, va="center", path_effects=halo, zorder=3)


def _draw_legend(axes: Axes, counts: Mapping[str, int], colors: Mapping[str, str], side: int) -> None:
    """Writes below the map which colour is which category, and how many sketches it has."""
    labels = [f"{name} ({count:,})" for name, count in counts.items()]
    size = side * LEGEND_SIZE
    columns = max(1, int(side / (size * (0.6 * max(map(len, labels)) + 4))))
    axes.legend(
        [Line2D([], [], color=colors[name], linewidth=_points(size / 2)) for name in counts],
        labels,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=min(columns, len(labels)),
        fontsize=_points(size),
        frameon=False,
        handlelength=1,
    )


def _draw_titles(axes: Axes, title: str, subtitle: str, side: int) -> None:
    """Writes the title over the subtitle over the map."""
    offset = _points(side * LEGEND_SIZE)
    for text, size in ((subtitle, _points(side * LEGEND_SIZE)), (title, _points(side * TITLE_SIZE))):
        if text:
            axes.annotate(text, (0.5, 1), (0, offset), "axes fraction", "offset points", ha="center", size=size)
            offset += 1.8 * size


def _points(pixels: float) -> float:
    """Converts pixels to points, in which matplotlib measures widths and text."""
    return pixels * POINTS_PER_INCH / DPI
