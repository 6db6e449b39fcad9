"""From the drawing as it was made to the few points that models read, as QuickDraw did it.

Drawings are moved to the top left corner, scaled to a longest side of 255, resampled at steps of one unit along
each line, simplified by Ramer-Douglas-Peucker with an epsilon of 2, and rounded. On 342 drawings that Google
published both raw and simplified, every point is the same: the arithmetic follows theirs to the last bit, because
resampled lines have many points equally far from a chord, among which rounding decides.
"""

from dataclasses import dataclass, replace

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import QUICKDRAW_EPSILON, QUICKDRAW_SIDE, Drawing
from ia_pix2seq_tf.strokes import joints, kept_points, runs
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, InputError

LONGEST_PATH = 1_000_000
"""Units along all lines of a drawing that is resampled; scribbles of QuickDraw have some 36,000."""
_INT16 = np.iinfo(np.int16)


class Dropped(Exception):
    """A sound drawing that is left out; the text says why."""


@dataclass(frozen=True)
class Shape:
    """How drawings are to become.

    Attributes:
        scale: longest side. None: 255 for those whose unit is their own, the others as they are. 0: all as they are.
        simplify: None simplifies those that need it, True all, False none.
        epsilon: precision of the simplification, in units after scaling.
        max_len: most points; those of more are dropped.
        join: None makes one line of the pieces of a movement in drawings that consist of such, True wherever a line
            starts where the one before ended, False nowhere.
        first_point: keep the row (0, 0) of the first point. Without it, as in sketch-rnn's own files, pictures
            lack the first line.
    """

    scale: float | None = None
    simplify: bool | None = None
    epsilon: float = QUICKDRAW_EPSILON
    max_len: int = 250
    first_point: bool = True
    join: bool | None = None

    def __post_init__(self) -> None:
        for name in ("scale", "epsilon"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LARGEST_NUMBER:
                raise InputError(f"{name}: expected a number of 0 to {LARGEST_NUMBER:g}, found {value}")


def to_strokes(drawing: Drawing, shape: Shape) -> np.ndarray:
    """A drawing as strokes int16 `[n, 3]`.

    Points, not offsets, are rounded, so that errors do not add up.

    Raises:
        Dropped: if the drawing is but a dot, or has too many points.
        InputError: if it is too large to be resampled, or its offsets for int16.
    """
    if shape.scale != 0 and not (shape.scale is None and drawing.is_scaled):
        drawing = scaled(drawing, QUICKDRAW_SIDE if shape.scale is None else shape.scale)
    if shape.simplify or (shape.simplify is None and not drawing.is_simple):
        drawing = simplified(drawing, shape.epsilon, shape.max_len + 1)  # one may fall away below
    strokes = _rounded(drawing)
    if not shape.first_point and len(strokes) > 1 and not strokes[0].any():
        strokes = strokes[1:]
    if len(strokes) > shape.max_len:
        raise Dropped(f"over {shape.max_len} points")
    if not strokes[:, :2].any():
        raise Dropped("only a dot")
    return strokes


def connected(drawing: Drawing, join: bool | None) -> Drawing:
    """Makes one line of the pieces of each movement of the pen, as `Shape.join` says; that is to be simplified.

    Returns:
        the drawing itself where there are no such pieces.
    """
    if join is False:
        return drawing
    ends = joints(drawing.points, always=bool(join))
    return replace(drawing, points=drawing.points[~ends], is_simple=False) if ends.any() else drawing


def scaled(drawing: Drawing, side: float) -> Drawing:
    """Moves a drawing to the top left corner and gives it a longest side; where the pen starts counts."""
    reached = np.vstack([drawing.start, drawing.points[:, :2]])
    low = reached.min(axis=0)
    extent = (reached.max(axis=0) - low).max()
    if not extent > 0:
        raise Dropped("only a dot")
    points = drawing.points.copy()
    points[:, :2] = (points[:, :2] - low) * side / extent
    return replace(drawing, points=points, start=(drawing.start - low) * side / extent)


def simplified(drawing: Drawing, epsilon: float, most: int) -> Drawing:
    """Resamples and simplifies a drawing, line by line; a dot becomes a line of two equal points.

    As soon as more than `most` points are kept it stops: what it then returns has more than `most`.

    Raises:
        InputError: if its lines are longer than `LONGEST_PATH` together.
    """
    points = drawing.points
    lines = [points[first : last + 1, :2] for first, last in runs(points[:, 2])]
    length = sum(_lengths(line).sum() for line in lines)
    if length > LONGEST_PATH:
        raise InputError(f"expected lines of at most {LONGEST_PATH:,} units to simplify, found {length:,.0f}")
    kept = []
    for line in lines:
        samples = resampled(line)
        samples = samples[kept_points(samples, epsilon, epsilon, most)]
        kept.append(np.column_stack([samples, np.arange(1, len(samples) + 1) == len(samples)]))
        most -= len(samples)
        if most < 0:
            break
    return replace(drawing, points=np.concatenate(kept), is_simple=True)


def resampled(line: np.ndarray) -> np.ndarray:
    """The points at steps of one unit along a line `[n, 2]`, and its end: `[m, 2]`, m at least 2."""
    lengths = _lengths(line)
    reached = np.append(0, np.cumsum(lengths))
    at = np.arange(1, np.ceil(reached[-1]))
    segment = np.searchsorted(reached[1:], at)
    if not len(at):
        return line[[0, -1]]
    share = ((at - reached[segment]) / lengths[segment])[:, np.newaxis]
    return np.concatenate([line[:1], line[segment] * (1 - share) + share * line[segment + 1], line[-1:]])


def _lengths(line: np.ndarray) -> np.ndarray:
    """The lengths of the segments of a line `[n, 2]`: `[n - 1]`."""
    steps = np.diff(line, axis=0)
    return np.sqrt((steps * steps).sum(axis=1))


def _rounded(drawing: Drawing) -> np.ndarray:
    """The strokes int16 `[n, 3]` between rounded points."""
    points = np.rint(drawing.points)
    points[:, :2] = np.diff(points[:, :2], axis=0, prepend=np.rint(drawing.start)[np.newaxis])
    largest = np.abs(points[:, :2]).max()
    if largest > _INT16.max:
        raise InputError(f"expected offsets within +-{_INT16.max}, found {largest:g}; give a --scale")
    return points.astype(np.int16)
