"""Numbers that are sound one by one and yet hardly what they are taken for: the signs by which files give it away.

A sign that one sketch shows means little: a file is doubted where nearly all its sketches that could show it do. Of 14
files of QuickDraw's drawings, kanji and sheep, 46,000 in all, no sign is in more than 3 % of those of a file.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

_NEARLY_ALL = 0.8  # share of the sketches that could show a sign, from which on a file is doubted
_ENOUGH = 20  # rows that must speak for a sign, so that a few straight lines are not doubted
_FEWEST_PADDING = 3  # rows of zeros after a sketch, unless they follow its end: two dots lie on one another at times
_FEWEST_BEFORE = 8  # rows of zeros before a sketch: a pen that is slow to start rests for a few


@dataclass(frozen=True)
class _Sketch:
    """Strokes in the parts that signs look at: offsets float64 `[n, 2]`, `lifted` bool `[n]`, and the points."""

    offsets: np.ndarray
    lifted: np.ndarray
    points: np.ndarray

    @property
    def begins(self) -> np.ndarray:
        """Which rows begin a line: bool `[n]`."""
        return np.append(True, self.lifted[:-1])

    @property
    def moves(self) -> np.ndarray:
        """In which rows the lifted pen moves: bool `[n]`."""
        return self.begins & self.offsets.any(axis=1)


def _is_monotone(sketch: _Sketch) -> bool:
    return all((axis >= 0).all() or (axis <= 0).all() for axis in sketch.offsets.T)


def _moves_never_back(sketch: _Sketch) -> bool:
    """Whether lines go anywhere, but the lifted pen to the right and down alone."""
    return bool((sketch.offsets[sketch.moves] >= 0).all()) and bool((sketch.offsets[~sketch.begins] < 0).any())


def _starts_at_page(sketch: _Sketch) -> bool:
    """Whether all lies to the right of and below where the pen comes from, and the first row is a line from there."""
    return bool((sketch.points >= 0).all()) and bool((sketch.offsets[0] > 0).all())


def _starts_at_one_point(sketch: _Sketch) -> bool:
    starts = sketch.points[sketch.begins]
    return bool((starts == starts[0]).all())


@dataclass(frozen=True)
class _Sign:
    """What a sketch may show.

    Attributes:
        holds: whether a sketch shows it.
        rows: which rows of a sketch that shows it speak for it: bool `[n]`. A sketch with fewer than `fewest` of them
            cannot show it.
        fewest: see there.
    """

    holds: Callable[[_Sketch], bool]
    rows: Callable[[_Sketch], np.ndarray] = lambda sketch: np.ones(len(sketch.lifted), bool)
    fewest: int = 4


_PEN: dict[str, _Sign] = {
    "every point lifts the pen: nothing but dots?": _Sign(lambda sketch: bool(sketch.lifted.all())),
    "most points lift the pen: 1 where it draws?": _Sign(lambda sketch: bool(sketch.lifted.mean() > 0.5)),
    "the pen is never lifted: one line?": _Sign(lambda sketch: not sketch.lifted.any()),
    "the pen is lifted where lines begin, not where they end?": _Sign(
        lambda sketch: bool(sketch.lifted[0]) and not sketch.lifted[-1]
    ),
}
_PLACE: dict[str, _Sign] = {
    "no offset is negative: coordinates?": _Sign(lambda sketch: bool((sketch.offsets >= 0).all())),
    "no offset changes its sign: coordinates?": _Sign(_is_monotone),
    "all lines begin at one point: each with coordinates of its own?": _Sign(
        _starts_at_one_point, lambda sketch: sketch.begins, fewest=2
    ),
    "the lifted pen never goes left or up: lines that begin with coordinates?": _Sign(
        _moves_never_back, lambda sketch: sketch.moves, fewest=2
    ),
    "the first row is a line from the page's corner: coordinates of the first point?": _Sign(_starts_at_page),
}
_GROUPS = (_PEN, _PLACE)  # of each group the first sign is told that a file shows
_SIGNS = {**_PEN, **_PLACE}
PADDING = "rows of zeros at an end: padded?"


def padding(strokes: np.ndarray) -> tuple[int, int]:
    """How many rows of zeros before and after a sketch `[n, 3]` fill it up to some length, as no drawing has them.

    Of the rows `(0, 0, 0)` at its beginning the last stays: it is the first point. A sketch of zeros has none.

    >>> padding(np.array([[0, 0, 0], [9, 4, 1], [0, 0, 0]]))
    (0, 1)
    """
    drawn = np.flatnonzero(strokes[:, :2].any(axis=1))
    if not len(drawn):
        return 0, 0
    lifted, first, last = strokes[:, 2] > 0.5, int(drawn[0]), int(drawn[-1])
    before, after = first - 1, len(strokes) - 1 - last
    fewest = 1 if lifted[last] and not lifted[-1] else _FEWEST_PADDING
    is_before = first >= _FEWEST_BEFORE and not lifted[:first].any()
    is_after = after >= fewest and (lifted[last + 1 :] == lifted[-1]).all()
    return before if is_before else 0, after if is_after else 0


def signs(strokes: np.ndarray) -> dict[str, tuple[bool, int]]:
    """The signs that a sketch can show: whether it does, and how many of its rows speak for that.

    Args:
        strokes: `[n, 3]`, finite, n positive.
    """
    offsets = strokes[:, :2].astype(np.float64)
    sketch = _Sketch(offsets, strokes[:, 2] > 0.5, np.cumsum(offsets, axis=0))
    rows = {name: int(sign.rows(sketch).sum()) for name, sign in _SIGNS.items()}
    return {name: (sign.holds(sketch), rows[name]) for name, sign in _SIGNS.items() if rows[name] >= sign.fewest}


@dataclass
class Doubts:
    """The signs of the sketches of one file.

    Attributes:
        examined: how many sketches there are.
        able: how many could show each sign.
        shown: how many show it.
        rows: how many of their rows speak for it.
    """

    examined: int = 0
    able: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    def add(self, strokes: np.ndarray) -> list[str]:
        """Takes another sketch `[n, 3]`, finite, n positive; returns the signs that it shows."""
        found = signs(strokes)
        shown = {name: rows for name, (holds, rows) in found.items() if holds}
        self.examined += 1
        self.able.update(found.keys())
        self.shown.update(shown.keys())
        self.rows.update(shown)
        return list(shown)

    def told(self) -> list[str]:
        """Why the file is doubted: of each group of signs the first that nearly all sketches show."""
        sure = (next(filter(self._is_told, group), None) for group in _GROUPS)
        return [name for name in sure if name]

    def _is_told(self, name: str) -> bool:
        return self.rows[name] >= _ENOUGH and self.shown[name] >= _NEARLY_ALL * self.able[name]
