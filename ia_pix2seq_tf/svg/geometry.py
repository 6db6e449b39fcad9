"""Runs of the pen as cubic curves: arcs to curves, curves to points, and what of them lies inside an outline.

A run is complex `[1 + curves, 4]`, a row a curve by its start, two control points and its end; the first rests at the
start of the run. Lines have their control points on the line.
"""

import cmath
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ia_pix2seq_tf.untrusted import InputError

MOST_EDGES = 10_000  # of an outline
MOST_TESTS = 40_000_000  # points times edges, of all that is cut in a drawing
_SAMPLES = 64  # of a curve, and of its part nearest to an outline
_MOST_SAMPLES = 1024
_BISECTIONS = 40
_MOST_SIDES = 99  # of what may be a box
_PRECISION = 1e-4  # share of its size to which an outline is known
_SIMPLE = 200  # curves, of an outline that is known so well; others ten times worse
_SAME = 1e-9  # share of its distance from the origin within which a point is another


@dataclass
class Pen:
    """Collects runs.

    Attributes:
        runs: each the start, and the control points and the end of each curve; empty if the pen is only lifted.
        moves: how often the pen was set down, also where nothing was drawn from there.
    """

    runs: list[list[complex]] = field(default_factory=list)
    moves: int = 0

    @property
    def at(self) -> complex | None:
        """Where the pen is, None if it has not been set down."""
        return self.runs[-1][-1] if self.runs and self.runs[-1] else None

    def lift(self) -> None:
        """Lifts the pen, to be set down wherever the next line starts."""
        self.runs.append([])

    def move(self, point: complex, keep: bool = False) -> None:
        """Sets the pen down elsewhere; a move before, from which nothing was drawn, is forgotten unless it is kept."""
        if self.runs and len(self.runs[-1]) <= 1 and not keep:
            self.runs.pop()
        self.runs.append([point])
        self.moves += 1

    def line(self, end: complex) -> None:
        """Draws a line."""
        start = end if self.at is None else self.at
        self.curve(start + (end - start) / 3, end - (end - start) / 3, end)

    def curve(self, first: complex, second: complex, end: complex) -> None:
        """Draws a cubic curve."""
        if self.at is None:
            self.move(first)
        self.runs[-1] += [first, second, end]

    def close(self) -> None:
        """Goes back to the start of the run, where the next one begins unless the pen moves before."""
        if self.at is None:
            return
        start = self.runs[-1][0]
        if not is_same(self.at, start):
            self.line(start)
        self.runs.append([start])
        self.moves += 1

    def drawn(self, with_moves: bool = False) -> list[np.ndarray]:
        """The runs with curves, and perhaps the moves, but for a first one, from which nothing was drawn."""
        return [_rows(run) for i, run in enumerate(self.runs) if len(run) > 1 or (with_moves and run and i)]


def is_same(a: complex, b: complex) -> bool:
    """Whether two points differ by rounding only."""
    return abs(a - b) <= _SAME * (abs(a) + abs(b))


def _rows(run: list[complex]) -> np.ndarray:
    curves = np.array(run[1:], complex).reshape(-1, 3)
    starts = np.array([run[0], *curves[:-1, 2]])[: len(curves)]
    return np.vstack([np.full((1, 4), run[0]), np.column_stack([starts, curves])])


def polygon(corners: Sequence[complex]) -> np.ndarray:
    """A closed run of straight lines."""
    pen = Pen()
    pen.move(corners[0])
    for corner in corners[1:]:
        pen.line(corner)
    pen.close()
    return pen.drawn()[0]


def arc(centre: complex, radius: float, angle: float, sweep: float) -> list[complex]:
    """An arc of a circle: its start, and of each curve, at most a quarter turn, two control points and the end."""
    count = max(1, math.ceil(abs(sweep) / (math.pi / 2) - 1e-9))
    step = sweep / count
    handle = 4j / 3 * math.tan(step / 4)
    corners = [cmath.rect(radius, angle + i * step) for i in range(count + 1)]
    curves = [(a * (1 + handle), b * (1 - handle), b) for a, b in itertools.pairwise(corners)]
    return [centre + point for point in (corners[0], *itertools.chain(*curves))]


def flatten(curves: np.ndarray, tolerance: float, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Replaces cubic curves by points.

    Args:
        curves: complex `[n, 4]`.
        tolerance: largest distance between a curve and the lines that replace it, about.
        limit: number of points at most.

    Returns:
        complex `[m]`, the points of all curves without their starts; how many each has, integers `[n]`,
        which is 1 for a line.

    Raises:
        InputError: if the points are too many.
    """
    bends = np.abs(curves[:, :-2] - 2 * curves[:, 1:-1] + curves[:, 2:]).max(axis=1)
    bends[bends < _SAME * np.abs(curves).max(axis=1)] = 0  # straight, but for rounding
    counts = np.maximum(1, np.ceil(np.sqrt(0.75 * bends / tolerance))).astype(np.int64)
    if (total := int(counts.sum())) > limit:
        raise InputError(f"expected a drawing of at most {limit:,} points, found {total:,}")
    first = np.repeat(np.cumsum(counts) - counts, counts)
    t = (np.arange(total) - first + 1) / np.repeat(counts, counts)
    return points_at(np.repeat(curves, counts, axis=0), t), counts


def points_at(curves: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The points of cubic curves, complex `[..., 4]`, at parameters of 0 to 1 `[...]`; the end is met exactly."""
    p = np.moveaxis(curves, -1, 0)
    points = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    return np.asarray(np.where(t == 1, p[3], points))


@dataclass
class Budget:
    """How many tests of points against edges may still be made."""

    left: int = MOST_TESTS

    def spend(self, tests: int) -> None:
        """Counts tests; raises InputError where they are too many."""
        self.left -= tests
        if self.left < 0:
            raise InputError(f"expected at most {MOST_TESTS:,} points times edges to clip by, found more")


class Outline:
    """The area that closed lines surround, and its border.

    Attributes:
        runs: the lines.
        edges: how many straight ones they come to.
        is_box: whether they are a rectangle along the axes.
        low, high: corners of the box around it.
    """

    def __init__(self, runs: Sequence[np.ndarray], budget: Budget, even_odd: bool = False, with_border: bool = True):
        """Takes runs complex `[1 + curves, 4]`; raises InputError if they are too many.

        Args:
            runs: the lines; open ones are closed.
            budget: of which tests are taken.
            even_odd: whether what is surrounded twice is outside.
            with_border: whether points on the lines are inside, or outside.
        """
        self.runs = runs
        self._budget, self._even_odd, self._with_border = budget, even_odd, with_border
        precision = _PRECISION if sum(map(len, runs)) <= _SIMPLE else 10 * _PRECISION
        corners = [np.append(run[0, 0], flatten(run, precision * _size(run), MOST_EDGES)[0]) for run in runs]
        self._starts = np.concatenate([np.zeros(0, complex), *corners])
        self._ends = np.concatenate([np.zeros(0, complex), *(np.roll(points, -1) for points in corners)])
        if len(self._starts) > MOST_EDGES:
            raise InputError(f"expected outlines to clip by of at most {MOST_EDGES:,} edges, found more")
        self.edges = len(self._starts)
        self.is_box = with_border and len(runs) == 1 and is_box(runs[0])
        self.low, self.high = bounds(self._starts) if self.edges else (0j, 0j)
        is_curved = self.edges > sum(len(run) + 1 for run in runs)
        self._border = abs(self.high - self.low) * (2 * precision if is_curved else _SAME)

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Whether points, complex `[n]`, are inside: bool `[n]`."""
        self._budget.spend(len(points) * self.edges)
        if self.is_box:
            return within(points, self.low, self.high)
        rows = max(1, 200_000 // max(1, self.edges))
        parts = [self._holds(points[i : i + rows, np.newaxis]) for i in range(0, len(points), rows)]
        return np.concatenate(parts)

    def _holds(self, points: np.ndarray) -> np.ndarray:
        steps, away = self._ends - self._starts, points - self._starts
        is_above, ends_above = self._starts.imag > points.imag, self._ends.imag > points.imag
        side = (steps.conj() * away).imag
        winding = (ends_above & ~is_above & (side > 0)).sum(axis=1) - (is_above & ~ends_above & (side < 0)).sum(axis=1)
        inside = winding % 2 != 0 if self._even_odd else winding != 0
        lengths = np.maximum(np.abs(steps) ** 2, 1e-300)
        along = np.clip((steps.conj() * away).real / lengths, 0, 1)
        on_border = np.abs(away - along * steps).min(axis=1, initial=np.inf) <= self._border
        return inside | on_border if self._with_border else inside & ~on_border


class Region:
    """What a mask lets through: areas, one painted over the other, that show or hide."""

    is_box = False
    runs: list[np.ndarray]
    edges: int
    low: complex
    high: complex

    def __init__(self, areas: Sequence[tuple["Area", Sequence["Area"], bool]]):
        """Takes of each area, from the bottom up: where it is, what clips it, and whether it shows."""
        self._areas = areas
        shown = [area for area, _, shows in areas if shows]
        self.runs = [run for area in shown for run in area.runs]
        self.edges = sum(area.edges for area, _, _ in areas) if shown else 0
        corners = np.array([corner for area in shown if area.edges for corner in (area.low, area.high)] or [0j])
        self.low, self.high = bounds(corners)

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Whether points, complex `[n]`, are shown: bool `[n]`."""
        shown = np.zeros(len(points), bool)
        for area, clips, shows in self._areas:
            inside = np.logical_and.reduce([clip.holds(points) for clip in (area, *clips)])
            shown = np.where(inside, shows, shown)
        return shown


Area = Outline | Region


def cut(run: np.ndarray, area: Area) -> list[np.ndarray]:
    """The pieces of a run that lie inside, as runs; one that is inside as a whole is as it was."""
    if len(run) == 1:
        return [run] if area.holds(run[:, 0])[0] else []
    low, high = bounds(run)
    if not area.edges or not overlap(low, high, area.low, area.high):
        return []
    if area.is_box and within(np.array([low, high]), area.low, area.high).all():
        return [run]
    pieces: list[list[np.ndarray]] = []
    goes_on = False
    for curve in run[1:]:
        for start, end in _spans(curve, area):
            part = _part(curve, start, end)
            if start > 0 or not goes_on:
                pieces.append([np.full(4, part[0])])
            pieces[-1].append(part)
            goes_on = end == 1
        goes_on = goes_on and bool(area.holds(curve[3:])[0])
    whole = np.array(pieces[0]) if len(pieces) == 1 else run[:0]
    return [run] if whole.shape == run.shape and (whole == run).all() else [np.array(piece) for piece in pieces]


def _spans(curve: np.ndarray, area: Area) -> list[tuple[float, float]]:
    """The parts of a curve `[4]` inside, from parameter to parameter."""
    t = _samples(curve, abs(area.high - area.low), (area.low + area.high) / 2)
    are_in = area.holds(points_at(curve, t))
    changes = np.flatnonzero(are_in[1:] != are_in[:-1])
    low, high = t[changes], t[changes + 1]
    for _ in range(_BISECTIONS if len(changes) else 0):
        middle = (low + high) / 2
        is_start = area.holds(points_at(curve, middle)) == are_in[changes]
        low, high = np.where(is_start, middle, low), np.where(is_start, high, middle)
    ends = [*([0.0] if are_in[0] else []), *np.where(are_in[changes], low, high), *([1.0] if are_in[-1] else [])]
    return list(zip(ends[::2], ends[1::2], strict=True))


def _samples(curve: np.ndarray, size: float, middle: complex) -> np.ndarray:
    """Parameters of a curve at which to look: close enough together for the size of an area."""
    length, size = np.abs(np.diff(curve)).sum(), max(size, 1e-300)
    t = np.linspace(0, 1, int(min(_MOST_SAMPLES, _SAMPLES + _SAMPLES * length / size)) + 1)
    chord = curve[3] - curve[0]
    if length <= size or not chord:
        return t
    nearest = ((middle - curve[0]) / chord).real
    near = nearest + np.linspace(-1, 1, _SAMPLES + 1) * size / abs(chord)
    return np.unique(np.clip(np.concatenate([t, near]), 0, 1))


def _part(curve: np.ndarray, start: float, end: float) -> np.ndarray:
    """A curve `[4]` from parameter to parameter, by de Casteljau's construction."""
    for t, is_head in ((end, True), (start / end if end else 0.0, False)):
        ab, bc, cd = (curve[:-1] * (1 - t) + curve[1:] * t).tolist()
        abc, bcd = ab * (1 - t) + bc * t, bc * (1 - t) + cd * t
        middle = abc * (1 - t) + bcd * t
        if is_head and t < 1:
            curve = np.array([curve[0], ab, abc, middle])
        elif not is_head and t > 0:
            curve = np.array([middle, bcd, cd, curve[3]])
    return curve


def _size(run: np.ndarray) -> float:
    low, high = bounds(run)
    return max(abs(high - low), 1e-300)


def bounds(points: np.ndarray) -> tuple[complex, complex]:
    """The corners of the box around complex points of any shape: least and largest x + iy."""
    return complex(points.real.min(), points.imag.min()), complex(points.real.max(), points.imag.max())


def within(points: np.ndarray, low: complex, high: complex) -> np.ndarray:
    """Whether points are in a box or, but for rounding, on its sides."""
    slack = _SAME * (abs(low) + abs(high))
    x, y = points.real, points.imag
    inside = (x >= low.real - slack) & (x <= high.real + slack) & (y >= low.imag - slack) & (y <= high.imag + slack)
    return np.asarray(inside)


def overlap(low: complex, high: complex, other_low: complex, other_high: complex) -> bool:
    """Whether two boxes have a point in common."""
    return bool(
        low.real <= other_high.real
        and high.real >= other_low.real
        and low.imag <= other_high.imag
        and high.imag >= other_low.imag
    )


def is_box(run: np.ndarray) -> bool:
    """Whether a run is a rectangle along the axes: four sides, or three of which it is filled."""
    if not 4 <= len(run) <= 6:
        return False
    low, high = bounds(run)
    slack = 1e-6 * abs(high - low)
    corners = [low, complex(high.real, low.imag), high, complex(low.real, high.imag)]
    nearest = [[i for i, corner in enumerate(corners) if abs(point - corner) <= slack] for point in run[:, 3]]
    if not all(len(found) == 1 for found in nearest):
        return False
    order = [found[0] for found in nearest]
    steps = {(b - a) % 4 for a, b in itertools.pairwise(order)} - {0}
    flat = np.abs(run[:, 1] - run[:, 0] - (run[:, 3] - run[:, 0]) / 3).max() <= slack
    return len(set(order)) == 4 and len(steps) == 1 and steps < {1, 3} and bool(flat)


def fills_box(run: np.ndarray, share: float) -> bool:
    """Whether a run surrounds at least a share of the box around it."""
    low, high = bounds(run)
    if len(run) > _MOST_SIDES:
        return False
    corners = flatten(run, _PRECISION * _size(run), MOST_EDGES)[0] - low
    area = abs((corners.conj() * np.roll(corners, -1)).imag.sum()) / 2
    return bool(area >= share * (high - low).real * (high - low).imag > 0)


def is_flat(run: np.ndarray) -> bool:
    """Whether a run lies on a straight line, and surrounds nothing."""
    away = run.ravel() - run[0, 0]
    furthest = away[np.abs(away).argmax()]
    return bool((np.abs((away.conj() * furthest).imag) <= _SAME * abs(furthest) ** 2).all())
