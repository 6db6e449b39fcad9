"""Pure stroke functions, in NumPy.

Two formats of one drawing:

* strokes (stroke-3), `[n, 3]`: rows of `(dx, dy, lifted)`. A row moves by an offset; `lifted` is 1 where
  the pen leaves the paper after that point.
* sequences (stroke-5), `[time, 5]`: rows of `(dx, dy, down, lifted, end)`, the last three one-hot. Rows
  after the drawing are `(0, 0, 0, 0, 1)`.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

LIMIT = 1000  # largest offset, in the units of the data, that the loader lets through (reference: `DataLoader.limit`)
JOINT = 1e-3
"""How near a piece starts to where the one before ended, as a share of the drawing's longer side. Programs write the
same number twice, or round it to a few digits; this is a quarter of the unit to which drawings of 255 are rounded."""
FEWEST_JOINTS, MANY_JOINTS = 3, 8  # lines that start where the one before ended: see `_are_pieces`
SCALE_BLOCK = 2**20  # points whose spread is computed at a time
START_TOKEN = (0.0, 0.0, 1.0, 0.0, 0.0)  # first row of every sequence: at the origin, pen down
NOT_FINITE = "expected finite strokes, found NaN, infinite or overflowing values"


class Sketches(Protocol):
    """Strokes `[n, 3]` of several sketches: a list of them, or `data.files.Strokes`."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> np.ndarray: ...

    def __iter__(self) -> Iterator[np.ndarray]: ...


def checked_strokes(strokes: np.ndarray) -> np.ndarray:
    """Strokes as float64 `[n, 3]`; raises ValueError if they cannot be drawn."""
    array = as_numbers(strokes).astype(np.float64)
    if not are_finite(array):
        raise ValueError(NOT_FINITE)
    return array


def as_numbers(strokes: np.ndarray) -> np.ndarray:
    """Strokes as an array, or ValueError if they have another shape or no numbers."""
    array = np.asarray(strokes)
    if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "biuf":
        raise ValueError(f"expected strokes [n, 3] of numbers, found {array.dtype} {list(array.shape)}")
    return array


def are_finite(strokes: np.ndarray) -> np.ndarray:
    """Whether the sums of the values of strokes `[..., n, 3]` are finite: bool `[...]`."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.isfinite(2 * np.abs(strokes).sum(axis=-2)).all(axis=-1)


def clamp_offsets(strokes: np.ndarray) -> np.ndarray:
    """A copy of strokes `[n, 3]`, or points `[..., 3]`, whose values lie within +-`LIMIT`."""
    return np.clip(strokes, -LIMIT, LIMIT)


def to_sequence(strokes: np.ndarray, max_len: int) -> np.ndarray:
    """Converts strokes to the padded sequence on which the decoder trains.

    Args:
        strokes: `[n, 3]`, n at most `max_len`.
        max_len: number of time steps.

    Returns:
        float32 `[max_len + 1, 5]`: the start token, the n points, then end tokens.

    Raises:
        ValueError: if the strokes are longer than `max_len`.

    Source: the reference's `DataLoader.pad_seq_batch`.
    """
    strokes = np.asarray(strokes)
    return to_sequences(strokes, np.array([len(strokes)]), max_len)[0]


def to_sequences(points: np.ndarray, lengths: np.ndarray, max_len: int) -> np.ndarray:
    """Converts many sketches as `to_sequence` does.

    Args:
        points: `[total, 3]`, the strokes of all sketches one after another.
        lengths: integers `[batch]`, points of each sketch, at most `max_len`.
        max_len: number of time steps.

    Returns:
        float32 `[batch, max_len + 1, 5]`.
    """
    if lengths.max(initial=0) > max_len:
        raise ValueError(f"a sketch of {lengths.max()} points does not fit into max_len={max_len}")
    time = np.arange(max_len + 1)
    is_point = (time >= 1) & (time <= lengths[:, np.newaxis])
    sequences = np.zeros((len(lengths), max_len + 1, 5), np.float32)
    sequences[is_point, :2] = points[:, :2]
    sequences[is_point, 2] = 1 - points[:, 2]
    sequences[is_point, 3] = points[:, 2]
    sequences[~is_point, 4] = 1
    sequences[:, 0] = START_TOKEN
    return sequences


def to_strokes(sequence: np.ndarray) -> np.ndarray:
    """Converts points of a sequence to strokes, up to the first end token.

    Args:
        sequence: `[time, 5]`, without the start token (pass `sequence[1:]` of `to_sequence`).

    Returns:
        `[n, 3]` of the same dtype; n is the index of the first end token, or `time` if there is none.

    Source: the reference's `seq_5d_to_3d`.
    """
    sequence = np.asarray(sequence)
    ended = sequence[:, 4] > 0
    length = int(ended.argmax()) if ended.any() else len(sequence)
    return sequence[:length][:, [0, 1, 3]]


def bounds(strokes: np.ndarray) -> tuple[float, float, float, float]:
    """`(min_x, max_x, min_y, max_y)` of the pen's path `[n, 3]`; the origin, its start, counts.

    Source: the reference's `get_bounds`.
    """
    points = np.cumsum(np.asarray(strokes)[:, :2], axis=0, dtype=np.float64)
    low = points.min(axis=0, initial=0.0)
    high = points.max(axis=0, initial=0.0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def scale_factor(sketches: Iterable[np.ndarray]) -> np.float32:
    """The standard deviation of all offsets dx and dy, by which offsets are divided.

    Args:
        sketches: strokes `[n, 3]` each, in the units of the data. Offsets are clamped to +-`LIMIT` first.

    Raises:
        ValueError: if there is no offset at all, or all are equal: then no scale exists.

    Source: the reference's `DataLoader.calc_seq_norm`.
    """
    offsets = [np.asarray(strokes)[:, :2] for strokes in sketches]
    blocks = [strokes[i : i + SCALE_BLOCK] for strokes in offsets for i in range(0, len(strokes), SCALE_BLOCK)]
    count = sum(block.size for block in blocks)
    mean = sum(clamp_offsets(block).sum(dtype=np.float64) for block in blocks) / max(count, 1)
    squares = sum(np.square(np.subtract(clamp_offsets(block), mean, dtype=np.float64)).sum() for block in blocks)
    if not squares > 0:
        raise ValueError(f"the offsets of {len(offsets)} sketches have no spread: expected a positive scale")
    return np.float32(np.sqrt(squares / count))


def join(strokes: np.ndarray, always: bool = False) -> np.ndarray:
    """Makes one stroke of the pieces of each movement of the pen; tablets write many, of varying width.

    Args:
        strokes: `[n, 3]`, n positive.
        always: as of `joints`.

    Returns:
        `[m, 3]`: the strokes themselves where nothing is joined, else float64.
    """
    points = np.column_stack([np.cumsum(np.asarray(strokes)[:, :2], axis=0, dtype=np.float64), strokes[:, 2]])
    ends = joints(points, always)
    if not ends.any():
        return strokes
    points = points[~ends]
    points[:, :2] = np.diff(points[:, :2], axis=0, prepend=np.zeros((1, 2)))
    return points


def joints(points: np.ndarray, always: bool = False) -> np.ndarray:
    """Which points end a piece of a movement that the next piece goes on with; without them it is one line.

    A piece goes on where it starts within `JOINT` of where the one before ended.

    Args:
        points: `[n, 3]`, n positive: rows (x, y, pen lifted after the point), absolute.
        always: whether pieces go on wherever they can. Otherwise they do only in a drawing that consists of pieces,
            see `_are_pieces`, and what is closed, as a polygon, is none.

    Returns:
        bool `[n]`.
    """
    lasts = np.append(np.flatnonzero(points[:-1, 2] > 0.5), len(points) - 1)
    firsts = np.append(0, lasts[:-1] + 1)
    places = points[:, :2]
    near = JOINT * np.ptp(places, axis=0).max()
    touches = _apart(places[lasts[:-1]], places[firsts[1:]]) <= near
    if not always and touches.sum() >= FEWEST_JOINTS:
        reach = np.maximum.reduceat(_apart(places, np.repeat(places[firsts], lasts + 1 - firsts, axis=0)), firsts)
        closed = (_apart(places[firsts], places[lasts]) <= near) & (reach > near)
        touches &= ~(closed[:-1] | closed[1:])
        is_line = (reach[:-1] > 0) & (reach[1:] > 0)
        always = _are_pieces(int(np.sum(touches & is_line)), int(np.sum(is_line)))
    ends = np.zeros(len(points), bool)
    ends[lasts[:-1][touches]] = always
    return ends


def _are_pieces(touching: int, possible: int) -> bool:
    """Whether lines are pieces of movements, by how many start where the one before ended, of those that could.

    More than half must; where they are few, three at least, and more than three quarters. QuickDraw's players put the
    pen down exactly where they had lifted it in more than half of the lines of 37 drawings of 24,000, up to 7 times.
    """
    share = 0.5 if touching >= MANY_JOINTS else 0.75
    return touching >= FEWEST_JOINTS and touching > share * possible


def _apart(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far points `[n, 2]` are from as many others: `[n]`."""
    return np.hypot(*(points - others).T)


def simplify(strokes: np.ndarray, epsilon: float) -> np.ndarray:
    """Drops points from which the drawing departs by no more than `epsilon`, run by run of the pen.

    QuickDraw's drawings, scaled to a longer side of 255, were simplified with an epsilon of 2.

    Args:
        strokes: `[n, 3]`. The first and the last point of each run stay; so does the farthest of a run that
            ends where it starts, or nothing would be seen of a small circle.
        epsilon: largest distance of a dropped point from the line between the kept points around it, in
            the unit of the strokes.

    Returns:
        float64 `[m, 3]`, m at most n.

    Source: Ramer-Douglas-Peucker, see `kept_points`.
    """
    strokes = np.asarray(strokes, np.float64)
    points = np.cumsum(strokes[:, :2], axis=0)
    keep = np.zeros(len(strokes), bool)
    for first, last in runs(strokes[:, 2]):
        keep[first : last + 1] = kept_points(points[first : last + 1], epsilon, loop_epsilon=0)
    offsets = np.diff(points[keep], axis=0, prepend=np.zeros((1, 2)))
    return np.column_stack([offsets, strokes[keep, 2]])


def kept_points(points: np.ndarray, epsilon: float, loop_epsilon: float, most: int | None = None) -> np.ndarray:
    """Which points of one run of the pen remain when it is simplified.

    Args:
        points: float64 `[n, 2]`, absolute.
        epsilon: largest distance of a dropped point from the line between the kept points around it.
        loop_epsilon: the same where these two lie in one place; at most `epsilon`.
        most: stop as soon as more than so many points are kept; the result then holds more than `most`.

    Returns:
        bool `[n]`; the first and the last are true.

    Source: Ramer-Douglas-Peucker, on a stack instead of by recursion; of several farthest points, the first. The
    distance is computed as QuickDraw's was, to the last bit: resampled lines have many points equally far. A run
    of n points may take n splits, each over what is left of it: 50,000 points made for that take seconds.
    """
    columns = np.ascontiguousarray(points.T)
    keep = np.zeros(len(points), bool)
    pending = [(0, len(points) - 1)] if len(points) else []
    keep[[0, -1] if pending else []] = True
    count = 2
    while pending and (most is None or count <= most):
        first, last = pending.pop()
        if last - first < 2:
            continue
        distances = _distances(columns, first, last)
        farthest = int(distances.argmax())
        distance = distances[farthest]
        if distance > epsilon or (distance > loop_epsilon and (points[first] == points[last]).all()):
            split = first + 1 + farthest
            keep[split] = True
            count += 1
            pending += [(first, split), (split, last)]
    return keep


def runs(lifted: np.ndarray) -> list[tuple[int, int]]:
    """The first and the last index of each run that the pen draws without being lifted.

    Args:
        lifted: `[n]`, 1 where the pen leaves the paper after that point.
    """
    lifts = np.flatnonzero(lifted[:-1] > 0.5)
    lasts = [*lifts.tolist(), len(lifted) - 1] if len(lifted) else []
    return list(zip([0, *(last + 1 for last in lasts)], lasts, strict=False))


def _distances(columns: np.ndarray, first: int, last: int) -> np.ndarray:
    """How far the points between two of `[2, n]` lie from the line through these, or from where both are."""
    x, y = columns[:, last] - columns[:, first]
    across, along = columns[:, first + 1 : last] - columns[:, first : first + 1]
    length = np.sqrt(x * x + y * y)
    if length == 0:
        return np.hypot(across, along)
    along *= x
    across *= y
    along -= across
    np.abs(along, out=along)
    along /= length
    return along
