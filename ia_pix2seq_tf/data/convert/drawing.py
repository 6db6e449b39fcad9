"""A drawing as read from a file, and the checks that make one of numbers from strangers."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ia_pix2seq_tf.data.doubts import padding
from ia_pix2seq_tf.strokes import kept_points
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, MOST_POINTS, InputError

QUICKDRAW_SIDE = 255  # longest side of QuickDraw's simplified drawings, whose coordinates are 0 to 255
QUICKDRAW_EPSILON = 2.0  # of their simplification
_SHORTEST_SIDE = 240
"""Longest side that QuickDraw's simplified drawings have at least: the points that reach furthest may be simplified
away, which leaves 249 or more in 342 drawings, and 240 in 13,000 of those published for sketch-rnn."""
_SPARSE_STEP = 0.07  # mean length of a line's segments, as a share of the longest side, of what is surely simplified
_MOST_KEPT = 0.75
"""Share of the points that remain at most, when it is simplified, of what was not. QuickDraw's simplified drawings keep
79 % or more of theirs, those that players made less than 70 %, but for four of 342."""
_NOTHING = 1e-9  # offsets below this share of the coordinates are what sums of fractions leave of 0
PADDED = "padded with rows of zeros: cut off"
UNFINISHED = (
    "in whole numbers of 0 to 255, but not as QuickDraw finishes drawings: taken for raw ones "
    "(--scale=0 --simplify=never leaves them as they are)"
)


@dataclass(frozen=True)
class Drawing:
    """A drawing in absolute coordinates.

    Attributes:
        points: float64 `[n, 3]`, n positive: rows (x, y, pen lifted after the point); the last is lifted.
        start: `[2]`, where the pen is before the first point.
        is_scaled: the unit is that of the data to be made.
        is_simple: there are no points to be dropped.
        was_open: the file left the pen down at the end.
        category: what is drawn, None if the drawing does not say.
        recognized: whether the game guessed it, None if the drawing does not say.
        split: of the file, None if it has none.
        left_out: how many things of each kind, such as "text", are in the file but no part of the drawing.
        remarks: what was done to the drawing in reading it, because of doubts, in words that a number goes before.
    """

    points: np.ndarray
    start: np.ndarray
    is_scaled: bool = False
    is_simple: bool = False
    was_open: bool = False
    category: str | None = None
    recognized: bool | None = None
    split: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return int(self.points[:, 2].sum())

    def strokes(self) -> np.ndarray:
        """The drawing as the file has it: float64 `[n, 3]`, rows (dx, dy, pen lifted)."""
        points = self.points.copy()
        points[:, :2] = np.diff(points[:, :2], axis=0, prepend=self.start[np.newaxis])
        points[:, :2][np.abs(points[:, :2]) < _NOTHING * np.abs(self.points[:, :2]).max()] = 0
        points[-1, 2] = not self.was_open
        return points


def lines_drawing(lines: object, **traits: Any) -> Drawing:
    """Makes a drawing of QuickDraw's lists: for each line the list of its x, of its y, and perhaps of its times.

    What has times, or coordinates that are not whole numbers of 0 to 255, is as a player drew it, to be scaled and
    simplified. So is what has such numbers but lies closer together than QuickDraw's simplified drawings, whose longest
    side is 255; what is only smaller is to be scaled.

    Raises:
        InputError: if it is anything else, empty, or larger than `MOST_POINTS`.
    """
    if not isinstance(lines, list) or not lines:
        raise InputError(f"expected a drawing as a list of lines, found {excerpt(lines)}")
    _check_count(sum(len(line[0]) for line in lines if isinstance(line, list) and line and isinstance(line[0], list)))
    arrays = [_line(line, f"line {i}") for i, line in enumerate(lines)]
    if any(len(line) == 3 for line in lines) or not all(map(_is_in_bytes, arrays)):
        return joined(arrays, is_finished=False, **traits)
    side = np.ptp(np.concatenate(arrays), axis=0).max()
    is_simple = not _is_dense(arrays, side)
    is_scaled = is_simple and side >= _SHORTEST_SIDE
    drawing = joined(arrays, is_finished=True, **traits)
    return drawing if is_scaled else replace(drawing, is_scaled=False, is_simple=is_simple, remarks=(UNFINISHED,))


def joined(lines: list[np.ndarray], is_finished: bool, **traits: Any) -> Drawing:
    """Makes a drawing of lines `[n, 2]`, n positive; a finished one has its scale and needs no simplification."""
    points = np.zeros((sum(map(len, lines)), 3))
    points[:, :2] = np.concatenate(lines)
    points[np.cumsum([len(line) for line in lines]) - 1, 2] = 1
    return Drawing(points, points[0, :2], is_finished, is_finished, **traits)


def drawn(lines: Sequence[np.ndarray], is_simple: bool = False, **traits: Any) -> Drawing:
    """Makes a drawing of lines `[n, 2]` as somebody drew them, in any unit; those without points count for nothing.

    Raises:
        InputError: if there is no point, more than `MOST_POINTS`, or a number that is not finite or too large.
    """
    lines = [line for line in lines if len(line)]
    if not lines:
        left = ", ".join(f"{name} ({count:,})" for name, count in traits.get("left_out", {}).items())
        raise InputError(f"expected a drawing, found no visible line{f' but {left}' if left else ''}")
    _check_count(sum(map(len, lines)))
    for i, line in enumerate(lines):
        _check_numbers(line, f"line {i}")
    return replace(joined(lines, is_finished=False, **traits), is_simple=is_simple)


def strokes_drawing(strokes: np.ndarray, **traits: Any) -> Drawing:
    """Makes a drawing of strokes `[n, 3]`, rows (dx, dy, pen lifted).

    Whole numbers are taken to have their scale already. Rows of zeros that only fill it up are cut off.

    Raises:
        InputError: if there is no point, more than `MOST_POINTS`, a number that is not finite or too large, or
            a pen that is not 0 or 1.
    """
    if strokes.ndim != 2 or strokes.shape[1] != 3 or not len(strokes) or strokes.dtype.kind not in "biuf":
        raise InputError(f"expected strokes [n, 3] with n > 0, found {strokes.dtype} {list(strokes.shape)}")
    before, after = padding(strokes)
    strokes = strokes[before : len(strokes) - after]
    _check_count(len(strokes))
    points = strokes.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        points[:, :2] = np.cumsum(points[:, :2], axis=0)
    _check_numbers(points[:, :2], "points")
    if not np.isin(points[:, 2], (0, 1)).all():
        row = int(np.isin(points[:, 2], (0, 1)).argmin())
        raise InputError(f"expected a pen of 0 or 1, found {points[row, 2]:g} in point {row}")
    was_open = points[-1, 2] == 0
    points[-1, 2] = 1
    is_whole = bool((strokes == np.rint(strokes)).all())
    remarks = (PADDED,) if before or after else ()
    return Drawing(points, np.zeros(2), is_whole, True, was_open, remarks=remarks, **traits)


def numbers(values: object, where: str) -> np.ndarray:
    """A list of numbers as float64 `[n]`, n positive; raises InputError for anything else."""
    if not isinstance(values, list) or not values:
        raise InputError(f"{where}: expected a list of numbers, found {excerpt(values)}")
    if not {type(value) for value in values} <= {int, float}:
        wrong = next(value for value in values if type(value) not in (int, float))
        raise InputError(f"{where}: expected numbers, found {excerpt(wrong)}")
    try:
        array = np.array(values, np.float64)
    except OverflowError:
        array = np.array([np.inf])
    _check_numbers(array, where)
    return array


def excerpt(value: object) -> str:
    """What stands for a value in a message; never the whole of a long one."""
    if isinstance(value, list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return "a huge number"
    text = repr(value[:40] if isinstance(value, str) else value) if not isinstance(value, int) else f"{value:.6g}"
    return text[:60]


def _line(line: object, where: str) -> np.ndarray:
    """One line as points `[n, 2]`."""
    if not isinstance(line, list) or len(line) not in (2, 3):
        raise InputError(f"{where}: expected lists of x, of y and perhaps of times, found {excerpt(line)}")
    columns = [numbers(values, f"{where}, {name}") for values, name in zip(line, ("x", "y", "times"), strict=False)]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise InputError(f"{where}: expected lists of one length, found {' and '.join(map(str, lengths))}")
    return np.column_stack(columns[:2])


def _is_in_bytes(points: np.ndarray) -> bool:
    """Whether points are in the numbers of QuickDraw's simplified drawings."""
    return bool((points == np.rint(points)).all() and points.min() >= 0 and points.max() <= QUICKDRAW_SIDE)


def _is_dense(lines: list[np.ndarray], side: float) -> bool:
    """Whether lines `[n, 2]` of a drawing of some longest side lose many points when they are simplified."""
    count, segments = sum(map(len, lines)), sum(len(line) - 1 for line in lines)
    length = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)
    if length >= _SPARSE_STEP * side * segments:
        return False
    epsilon = QUICKDRAW_EPSILON * side / QUICKDRAW_SIDE
    return sum(int(kept_points(line, epsilon, epsilon).sum()) for line in lines) < _MOST_KEPT * count


def _check_count(count: int) -> None:
    if count > MOST_POINTS:
        raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found {count:,}")


def _check_numbers(array: np.ndarray, where: str) -> None:
    """Raises InputError for what is not finite or beyond `LARGEST_NUMBER`."""
    is_fine = np.abs(array) <= LARGEST_NUMBER
    if not is_fine.all():
        found = next(itertools.compress(array.ravel(), ~is_fine.ravel()))
        raise InputError(f"{where}: expected finite numbers up to {LARGEST_NUMBER:g}, found {found:g}")
