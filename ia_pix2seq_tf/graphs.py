"""Strokes to graphs: a drawing as a whole and 20 patches along its lines, and how much each counts.

The drawing is drawn with thick lines on a canvas, and a window is cut around every fourth vertex of a line, in the
order in which the drawing was made. Windows that lie near each other are neighbours. The graph layer of the encoder is
linear and its nodes are summed up, so that of the adjacency matrix only the sums of its columns matter: `node_weights`.

Source: SketchHealer's `make_graph`. Differs from the reference:

* The extent includes the origin and every point, and positions are rounded once, from exact sums: drawings in units of
  the data, of a model, or of any other size have one graph, no window leaves the canvas, and no drift adds up.
* Windows are masked before any is cut: no patch shows what another one is to hide.
"""

import cv2
import numpy as np

from ia_pix2seq_tf.strokes import Sketches, checked_strokes, runs

NODES = 21  # the whole drawing, and patches
PATCHES = NODES - 1
PATCH = 128  # pixels of the side of a node's image
STRIDE = 4  # of the vertices of a line at which it is drawn, one has a window

EXTENT = 512  # pixels of the longer side of a drawing
MARGIN = 13  # pixels around it: half the width of a line, and more
LINE_WIDTH = 12
SIDE = EXTENT + 2 * MARGIN
BORDER = PATCH // 2  # pixels around the canvas into which windows reach
WHOLE_BORDER = 12  # pixels of these that the image of the whole drawing shows
INK = 255  # on 0: unlike images

SELF_WEIGHT = 0.5  # of a node in itself
WHOLE_WEIGHT = 0.5  # of the whole in each patch
NEIGHBOUR_WEIGHT = 0.3
NEIGHBOUR_SHARE = 5  # neighbours are at most the largest distance of any two windows divided by this apart


def cut_graph(
    strokes: np.ndarray, mask_prob: float = 0.0, rng: np.random.Generator | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The graph of a drawing.

    Args:
        strokes: `[n, 3]` rows (dx, dy, pen lifted after the point), in any unit; n may be 0. The line from the origin
            to the first point is drawn, as QuickDraw's files mean it, though pictures lack it. A point between two
            lifts is not, nor has it a window.
        mask_prob: with which each window is blacked out, in the patches of the others and the whole as well.
        rng: source of chance, where windows are masked.

    Returns:
        uint8 `[21, 128, 128]`, ink 255 on 0: the whole drawing, then patches in the order of drawing, black where there
        are fewer or one is masked; and float32 `[21]`, the weights of these nodes, 0 for black patches.

    Raises:
        ValueError: for strokes of another shape or with non-finite values.
    """
    patches, weights = cut_graphs([strokes], mask_prob, rng)
    return patches[0], weights[0]


def cut_graphs(
    sketches: Sketches, mask_prob: float = 0.0, rng: np.random.Generator | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The graphs of many drawings, as of `cut_graph`: uint8 `[n, 21, 128, 128]` and float32 `[n, 21]`.

    Every drawing takes as many numbers from `rng`, `[n, 20]` in all, whatever it shows; without masks none is taken.

    Raises:
        ValueError: as `cut_graph`, naming the index of the sketch.
    """
    n = len(sketches)
    if mask_prob and rng is None:
        raise ValueError("cut_graphs: mask_prob needs an rng")
    shown = rng.random((n, PATCHES)) >= mask_prob if mask_prob and rng is not None else np.ones((n, PATCHES), bool)
    patches, centres = np.zeros((n, NODES, PATCH, PATCH), np.uint8), np.zeros((n, PATCHES, 2), np.int32)
    canvas = np.empty((SIDE + 2 * BORDER,) * 2, np.uint8)
    for i, strokes in enumerate(sketches):
        try:
            lines = drawn_lines(*place(strokes))
        except ValueError as error:
            raise ValueError(f"sketch {i}: {error}" if n > 1 else str(error)) from None
        found = window_centres(lines)
        centres[i, : len(found)] = found
        shown[i, len(found) :] = False
        _cut(canvas, lines, found, shown[i], patches[i])
    return patches, node_weights(centres, shown)


def place(strokes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the pen comes to on the canvas with its border.

    Args:
        strokes: as of `cut_graph`.

    Returns:
        int32 `[n + 1, 2]`, the origin and the points (x, y) in pixels, in the top left corner of the canvas; and bool
        `[n]`, whether the pen is lifted after each point.

    Raises:
        ValueError: as `cut_graph`.
    """
    strokes = checked_strokes(strokes)
    points = np.zeros((len(strokes) + 1, 2))
    np.cumsum(strokes[:, :2], axis=0, out=points[1:])
    points -= points.min(axis=0)
    longest = points.max()
    if longest > 0:
        points /= longest
    return np.rint(points * EXTENT).astype(np.int32) + (MARGIN + BORDER), strokes[:, 2] > 0.5


def drawn_lines(points: np.ndarray, lifted: np.ndarray) -> list[np.ndarray]:
    """The vertices `[2 or more, 2]` of each line that the pen draws through points `[n + 1, 2]`, as of `place`.

    It comes to the first point of a line through the air, but for the first line, which begins at the origin.
    """
    lines = [points[first + (first > 0) : last + 2] for first, last in runs(lifted)]
    return [line for line in lines if len(line) > 1]


def window_centres(lines: list[np.ndarray]) -> np.ndarray:
    """Where at most 20 windows lie: `[m, 2]`, every fourth vertex of each line, but not the last of any."""
    found: list[np.ndarray] = [np.zeros((0, 2), np.int32)]
    count = 0
    for line in lines:
        found.append(line[:-1:STRIDE][: PATCHES - count])
        count += len(found[-1])
        if count == PATCHES:
            break
    return np.concatenate(found)


def draw_lines(canvas: np.ndarray, lines: list[np.ndarray]) -> None:
    """Draws lines int32 `[2 or more, 2]`, in pixels, on a canvas uint8 `[height, width]`; nothing is smoothed."""
    cv2.polylines(canvas, lines, isClosed=False, color=INK, thickness=LINE_WIDTH)


def window(canvas: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The window `[128, 128]` around a pixel (x, y) of a canvas, a view; it must lie on the canvas."""
    x, y = int(centre[0]) - PATCH // 2, int(centre[1]) - PATCH // 2
    return canvas[y : y + PATCH, x : x + PATCH]


def shrink(canvas: np.ndarray) -> np.ndarray:
    """A canvas `[side, side]` as the image `[128, 128]` of a node."""
    return cv2.resize(canvas, (PATCH, PATCH), interpolation=cv2.INTER_LINEAR)


def neighbours(centres: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Which patches lie near each other: bool `[..., 20, 20]`; each that is shown does so to itself.

    They do up to a fifth of the largest distance between the centres of any two that are shown.

    Args:
        centres: integers `[..., 20, 2]`, in pixels; of any value where nothing is shown.
        shown: bool `[..., 20]`, whether there is such a patch.
    """
    x, y = np.moveaxis(centres.astype(np.int32), -1, 0)
    squares = np.square(x[..., :, np.newaxis] - x[..., np.newaxis, :])
    squares += np.square(y[..., :, np.newaxis] - y[..., np.newaxis, :])
    pairs = shown[..., :, np.newaxis] & shown[..., np.newaxis, :]
    squares *= pairs
    return pairs & (NEIGHBOUR_SHARE**2 * squares <= squares.max(axis=(-2, -1), keepdims=True))


def node_weights(centres: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """How much each node counts in what all nodes take together: float32 `[..., 21]`.

    A node takes half of itself, a patch half of the whole and 0.3 of each of its neighbours; these are the entries of
    the reference's adjacency matrix, a row for each node that takes, and the weights are the sums of its columns.

    Args:
        centres, shown: as of `neighbours`.
    """
    taking = neighbours(centres, shown).sum(axis=-2) - shown
    patches = np.where(shown, SELF_WEIGHT + NEIGHBOUR_WEIGHT * taking, 0)
    whole = SELF_WEIGHT + WHOLE_WEIGHT * shown.sum(axis=-1, keepdims=True)
    return np.concatenate([whole, patches], axis=-1).astype(np.float32)


def _cut(canvas: np.ndarray, lines: list[np.ndarray], centres: np.ndarray, shown: np.ndarray, out: np.ndarray) -> None:
    """Draws lines on a canvas, whatever was on it, and cuts the nodes' images into `out`, `[21, 128, 128]` of zeros."""
    canvas.fill(0)
    draw_lines(canvas, lines)
    for centre, is_shown in zip(centres, shown, strict=False):
        if not is_shown:
            window(canvas, centre).fill(0)
    for node, (centre, is_shown) in enumerate(zip(centres, shown, strict=False), 1):
        if is_shown:
            out[node] = window(canvas, centre)
    hidden = BORDER - WHOLE_BORDER
    out[0] = shrink(canvas[hidden:-hidden, hidden:-hidden])
