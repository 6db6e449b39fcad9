"""Graphs of drawings, cut by TensorFlow alone, for what runs where neither this package nor OpenCV is installed.

It is `graphs.cut_graphs` once more, as a function of tensors. OpenCV draws a thick line as a rectangle and a disc at
either end; here the runs of pixels that these fill in each row are found for all lines of a drawing at once, and summed
up. OpenCV rounds in fixed point: of some 30,000 pixels of ink one or none differs.
"""

from typing import NamedTuple

import cv2
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import graphs
from ia_pix2seq_tf.graphs import BORDER, INK, NODES, PATCH, PATCHES

CANVAS = graphs.SIDE + 2 * BORDER
ROWS = np.arange(CANVAS, dtype=np.float32)
RADIUS = graphs.LINE_WIDTH // 2
FLAT = np.float32(1e-9)  # the slope of a level side, by which one can divide
LIFTED, ENDED = 3, 4  # columns of stroke-5


class Runs(NamedTuple):
    """Runs of pixels in rows of the canvas, `[lines, any]`: row, first and last x; none where the last is less."""

    row: tf.Tensor
    first: tf.Tensor
    last: tf.Tensor


class Crossings(NamedTuple):
    """Pixels of the sides of rectangles in each row: first and last x, and if there are any, `[lines, 4, rows]`."""

    first: tf.Tensor
    last: tf.Tensor
    there: tf.Tensor


def cut_graphs(sequences: tf.Tensor) -> dict[str, tf.Tensor]:
    """The graphs of drawings, see `graphs.cut_graphs`.

    Args:
        sequences: float32 `[batch, time + 1, 5]`, stroke-5 after a start token, in any unit; what follows an end does
            not count.

    Returns:
        patches: uint8 `[batch, 21, 128, 128]`; node_weights: float32 `[batch, 21]`.

    Raises:
        InvalidArgumentError: an offset, or the extent of a drawing, is not finite.
    """
    specs = tf.TensorSpec((NODES, PATCH, PATCH), tf.uint8), tf.TensorSpec((NODES,), tf.float32)
    patches, weights = tf.map_fn(_cut_graph, sequences, fn_output_signature=specs)
    return {"patches": patches, "node_weights": weights}


def _cut_graph(sequence: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    points, drawn = _place(sequence)
    centres, shown = _windows(points, drawn)
    canvas = _paint(tf.boolean_mask(points[:-1], drawn), tf.boolean_mask(points[1:], drawn))
    patches = tf.where(shown[:, tf.newaxis, tf.newaxis], _around(canvas, centres), 0)
    images = tf.concat([_shrink(canvas)[tf.newaxis], patches], axis=0)
    return tf.cast(images, tf.uint8), _node_weights(centres, shown)


def _place(sequence: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """As `graphs.place`: int32 `[time + 1, 2]`; and bool `[time]`, whether a line is drawn from each to the next."""
    ended = tf.cumsum(tf.cast(sequence[:, ENDED] > 0.5, tf.int32)) > 0
    offsets = tf.where(ended[:, tf.newaxis], 0.0, sequence[:, :2])
    points = tf.cumsum(offsets)
    points -= tf.reduce_min(points, axis=0)
    finite = tf.debugging.Assert(tf.reduce_all(tf.math.is_finite(points)), ["expected finite strokes, found", offsets])
    with tf.control_dependencies([finite]):
        points = tf.math.divide_no_nan(points, tf.reduce_max(points))
    drawn = (sequence[:-1, LIFTED] <= 0.5) & ~ended[1:]
    return tf.cast(tf.round(points * graphs.EXTENT), tf.int32) + (graphs.MARGIN + BORDER), drawn


def _windows(points: tf.Tensor, drawn: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """As `graphs.window_centres`: int32 `[20, 2]`, and bool `[20]`, whether there is such a window."""
    index = tf.range(tf.shape(drawn)[0])
    gap = tf.reduce_max(tf.where((index <= index[:, tf.newaxis]) & ~drawn, index, -1), axis=1)  # the last up to each
    found = tf.boolean_mask(points[:-1], drawn & ((index - gap - 1) % graphs.STRIDE == 0))[:PATCHES]
    missing = PATCHES - tf.shape(found)[0]
    return tf.pad(found, [[0, missing], [0, 0]], constant_values=BORDER), tf.range(PATCHES) < PATCHES - missing


def _paint(begins: tf.Tensor, ends: tf.Tensor) -> tf.Tensor:
    """The canvas int32 `[y, x]`, ink 255, with thick lines between places int32 `[lines, 2]`."""
    width = CANVAS + 1
    places, changes = [], []  # from a pixel to the next, in how many runs it lies
    for row, first, last in (_rectangles(begins, ends), _discs(begins), _discs(ends)):
        covers = tf.reshape(tf.cast(last >= first, tf.int32), [-1])
        places += [tf.reshape(row * width + x, [-1]) for x in (first, last + 1)]
        changes += [covers, -covers]
    changed = tf.math.unsorted_segment_sum(tf.concat(changes, axis=0), tf.concat(places, axis=0), CANVAS * width)
    covered = tf.cumsum(tf.reshape(changed, (CANVAS, width)), axis=1) > 0
    return INK * tf.cast(covered[:, :-1], tf.int32)


def _discs(centres: tf.Tensor) -> Runs:
    """The pixels of discs around places `[lines, 2]`."""
    disc = cv2.circle(np.zeros((2 * RADIUS + 1,) * 2, np.uint8), (RADIUS, RADIUS), RADIUS, 1, cv2.FILLED)
    reach = (disc.sum(axis=1, dtype=np.int32) - 1) // 2
    x, y = centres[:, :1], centres[:, 1:]
    return Runs(y + np.arange(-RADIUS, RADIUS + 1, dtype=np.int32), x - reach, x + reach)


def _rectangles(begins: tf.Tensor, ends: tf.Tensor) -> Runs:
    """The pixels of lines without their discs, as OpenCV has them: rectangles, filled, and their sides, drawn."""
    begins, ends = tf.cast(begins, tf.float32), tf.cast(ends, tf.float32)
    along = tf.math.divide_no_nan(RADIUS * (ends - begins), tf.norm(ends - begins, axis=1, keepdims=True))
    across = along[:, ::-1] * (-1.0, 1.0)
    corners = tf.stack([begins + across, begins - across, ends - across, ends + across], axis=1)
    following = tf.concat([corners[:, 1:], corners[:, :1]], axis=1)
    upper, lower = _ordered(corners, following, axis=1)
    left, right = _ordered(corners, following, axis=0)
    long = tf.reduce_any(begins != ends, axis=1)[:, tf.newaxis, tf.newaxis]
    runs = [
        (tf.where(there & long, first, CANVAS), tf.where(there & long, last, -1))
        for first, last, there in (
            _corners(corners),
            _bounds(upper, lower),
            _steep_sides(upper, lower),
            _flat_sides(left, right),
        )
    ]
    first = tf.reduce_min(tf.concat([first for first, _ in runs], axis=1), axis=1)
    last = tf.reduce_max(tf.concat([last for _, last in runs], axis=1), axis=1)
    first = tf.minimum(first, last + 1)
    row = tf.broadcast_to(ROWS, tf.shape(first))
    return Runs(*(tf.cast(x, tf.int32) for x in (row, first, last)))


def _corners(corners: tf.Tensor) -> Crossings:
    x, y = _coordinates(_nearest(corners))
    return Crossings(x, x, y == ROWS)


def _bounds(upper: tf.Tensor, lower: tf.Tensor) -> Crossings:
    """Between which the rectangle is filled."""
    (x, y), (end_x, end_y) = _coordinates(upper), _coordinates(lower)
    y, end_y = _nearest(y), _nearest(end_y)
    x = _nearest(x + (ROWS - y) * tf.math.divide_no_nan(end_x - x, end_y - y))
    return Crossings(x, x, (y <= ROWS) & (end_y >= ROWS) & (y < end_y))


def _steep_sides(upper: tf.Tensor, lower: tf.Tensor) -> Crossings:
    """Drawn with a pixel in each row."""
    (x, y), (dx, dy) = _coordinates(upper), _coordinates(lower - upper)
    down = ROWS - _nearest(y)
    x = _nearest(x + down * tf.math.divide_no_nan(dx, dy))
    return Crossings(x, x, (tf.abs(dx) <= dy) & (down >= 0) & (down <= dy))


def _flat_sides(left: tf.Tensor, right: tf.Tensor) -> Crossings:
    """Drawn with a pixel in each column."""
    (x, y), (dx, dy) = _coordinates(left), _coordinates(right - left)
    slope = tf.math.divide_no_nan(dy, dx)
    slope = tf.where(tf.abs(slope) < FLAT, FLAT, slope)
    one, other = (ROWS - 0.5 - y) / slope, (ROWS + 0.5 - y) / slope
    first = tf.maximum(tf.math.ceil(tf.minimum(one, other)), 0)
    last = tf.minimum(tf.floor(tf.maximum(one, other)), tf.floor(dx))
    return Crossings(_nearest(x) + first, _nearest(x) + last, (tf.abs(dy) < dx) & (first <= last))


def _ordered(points: tf.Tensor, others: tf.Tensor, axis: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Two places each, `[..., 2]`, by x (axis 0) or y (1)."""
    swap = (points > others)[..., axis, tf.newaxis]
    return tf.where(swap, others, points), tf.where(swap, points, others)


def _coordinates(points: tf.Tensor) -> list[tf.Tensor]:
    """x and y of places `[..., 2]`, each `[..., 1]`."""
    return tf.split(points, 2, axis=-1)


def _nearest(x: tf.Tensor) -> tf.Tensor:
    """The nearest whole number, of two the larger."""
    return tf.floor(x + 0.5)


def _around(canvas: tf.Tensor, centres: tf.Tensor) -> tf.Tensor:
    """The windows `[20, 128, 128]` around places `[20, 2]`."""
    x, y = (centre + np.arange(-PATCH // 2, PATCH // 2, dtype=np.int32) for centre in _coordinates(centres))
    return tf.gather(tf.gather(canvas, y), x, axis=2, batch_dims=1)


def _shrink(canvas: tf.Tensor) -> tf.Tensor:
    """The image of the whole drawing, `[128, 128]`, by bilinear interpolation."""
    hidden = BORDER - graphs.WHOLE_BORDER
    image = tf.cast(canvas[hidden:-hidden, hidden:-hidden], tf.float32)
    at = (np.arange(PATCH) + 0.5) * (CANVAS - 2 * hidden) / PATCH - 0.5
    before = at.astype(np.int32)
    share = (at - before).astype(np.float32)
    image = tf.gather(image, before, axis=1) * (1 - share) + tf.gather(image, before + 1, axis=1) * share
    share = share[:, np.newaxis]
    image = tf.gather(image, before) * (1 - share) + tf.gather(image, before + 1) * share
    return tf.cast(_nearest(image), tf.int32)


def _node_weights(centres: tf.Tensor, shown: tf.Tensor) -> tf.Tensor:
    """As `graphs.node_weights`."""
    squares = tf.reduce_sum(tf.square(centres[:, tf.newaxis] - centres), axis=-1)
    pairs = shown[:, tf.newaxis] & shown
    squares = tf.where(pairs, squares, 0)
    near = pairs & (graphs.NEIGHBOUR_SHARE**2 * squares <= tf.reduce_max(squares))
    others = tf.reduce_sum(tf.cast(near, tf.float32), axis=0) - 1
    patches = tf.where(shown, graphs.SELF_WEIGHT + graphs.NEIGHBOUR_WEIGHT * others, 0.0)
    count = tf.reduce_sum(tf.cast(shown, tf.float32), keepdims=True)
    return tf.concat([graphs.SELF_WEIGHT + graphs.WHOLE_WEIGHT * count, patches], axis=0)
