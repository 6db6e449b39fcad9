"""A cairo context that notes what is drawn instead of painting it."""

import contextlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cairocffi
import numpy as np

from ia_pix2seq_tf.svg.geometry import Area, Budget, Outline, Pen, arc, cut, is_flat, is_same
from ia_pix2seq_tf.svg.values import NO_PAINT, Color
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

MOST_APART = 10  # times as many curves as in a drawing may be in it, its clips, and what is unseen, each use counted
MOST_CURVES = 1_000  # of a shape for which the edges of clips are drawn that cut it

_TURN = 2 * math.pi


@dataclass(frozen=True)
class Shape:
    """What one element draws, in the units of the page.

    Attributes:
        runs: complex `[1 + curves, 4]`, see `geometry`: its lines, or those around its area, inside all clips.
        line, area: their paints.
        whole: its lines as they are without clips.
        even_odd: whether what the lines surround twice is outside the area.
        clips: what it is clipped by.
        origin: where the pen starts, if that is no point of the drawing.
    """

    runs: list[np.ndarray]
    line: Color
    area: Color
    whole: list[np.ndarray]
    even_odd: bool = False
    clips: tuple[Area, ...] = ()
    origin: complex | None = None


class Recorder(cairocffi.Context):
    """A context whose paths are exact, not in fixed point, and whose `fill` and `stroke` note them.

    Attributes:
        shapes: what was drawn and not clipped away.
        budget: of tests for clips.
        keeps_moves: relative moves are points of the drawing, though nothing be drawn from there.
    """

    def __init__(self, target: cairocffi.Surface):
        super().__init__(target)
        self.shapes: list[Shape] = []
        self.keeps_moves = False
        self._pen = Pen()
        self.budget = Budget()
        self._clips: tuple[Area, ...] = ()
        self._saved: list[tuple[Area, ...]] = []
        self._paint, self._area, self._even_odd = NO_PAINT, NO_PAINT, False
        self._curves = self._all_curves = 0  # of the drawing, and with those of clips and unseen ones

    @property
    def depth(self) -> int:
        """How many states are saved."""
        return len(self._saved)

    def save(self) -> None:
        super().save()
        self._saved.append(self._clips)

    def restore(self) -> None:
        super().restore()
        self._clips = self._saved.pop()

    def set_source_rgba(self, red: float, green: float, blue: float, alpha: float = 1) -> None:
        self._paint = red, green, blue, alpha

    def set_tolerance(self, tolerance: float) -> None:
        """Nothing, for arcs are exact enough."""

    def new_path(self) -> None:
        """Forgets the path, which counts, though nobody have seen it."""
        self._all_curves += sum(map(len, self._pen.runs)) // 3 + self._pen.moves
        if self._all_curves > MOST_APART * MOST_POINTS:
            raise InputError(f"expected at most {MOST_APART * MOST_POINTS:,} lines and curves, also unseen, found more")
        self._pen = Pen()

    def new_sub_path(self) -> None:
        self._pen.lift()

    def has_current_point(self) -> bool:
        return self._pen.at is not None

    def get_current_point(self) -> tuple[float, float]:
        at = self._pen.at
        return (0.0, 0.0) if at is None else self.device_to_user(at.real, at.imag)

    def move_to(self, x: float, y: float) -> None:
        self._pen.move(self._point(x, y))

    def rel_move_to(self, dx: float, dy: float) -> None:
        self._pen.move(self._from_here(dx, dy), keep=self.keeps_moves)

    def line_to(self, x: float, y: float) -> None:
        self._pen.line(self._point(x, y))

    def rel_line_to(self, dx: float, dy: float) -> None:
        self._pen.line(self._from_here(dx, dy))

    def curve_to(self, x1: float, y1: float, x2: float, y2: float, x3: float, y3: float) -> None:
        self._pen.curve(self._point(x1, y1), self._point(x2, y2), self._point(x3, y3))

    def rel_curve_to(self, x1: float, y1: float, x2: float, y2: float, x3: float, y3: float) -> None:
        self._pen.curve(self._from_here(x1, y1), self._from_here(x2, y2), self._from_here(x3, y3))

    def arc(self, xc: float, yc: float, radius: float, angle1: float, angle2: float) -> None:
        sweep = angle2 - angle1
        self._arc(xc, yc, radius, angle1, sweep if sweep >= 0 else sweep % _TURN)

    def arc_negative(self, xc: float, yc: float, radius: float, angle1: float, angle2: float) -> None:
        sweep = angle2 - angle1
        self._arc(xc, yc, radius, angle1, sweep if sweep <= 0 else sweep % _TURN - _TURN)

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        self.move_to(x, y)
        for dx, dy in ((width, 0), (0, height), (-width, 0)):
            self.rel_line_to(dx, dy)
        self.close_path()

    def close_path(self) -> None:
        self._pen.close()

    def copy_path(self) -> Pen:
        return self._pen

    def append_path(self, path: Pen) -> None:
        self._pen.runs.extend(path.runs)

    def clip(self) -> None:
        """Lets only what is inside the path be drawn, until the state before is restored."""
        self.clip_to(Outline(self._pen.drawn(), self.budget))
        self.new_path()

    def clip_to(self, area: Area) -> None:
        """Lets only what is inside an area be drawn, until the state before is restored."""
        self._clips = *self._clips, area

    @contextlib.contextmanager
    def apart(self) -> Iterator[list[Shape]]:
        """Notes what is drawn meanwhile in another list, without the clips from before."""
        kept = self.shapes, self._clips, self._pen, self._area, self.keeps_moves, self._curves
        self.shapes, self._clips, self._pen = [], (), Pen()
        try:
            yield self.shapes
        finally:
            self.shapes, self._clips, self._pen, self._area, self.keeps_moves, self._curves = kept

    def fill_preserve(self) -> None:
        self._area, self._even_odd = self._paint, self.get_fill_rule() == cairocffi.FILL_RULE_EVEN_ODD

    def fill(self) -> None:
        """Nothing: CairoSVG fills so only what filters make."""
        self.new_path()

    def stroke(self) -> None:
        """Notes the path: its lines if they have a colour and a width, and its area if that has a colour."""
        line = self._paint if self.get_line_width() > 0 else NO_PAINT
        whole = self._pen.drawn(self.keeps_moves) if max(line[3], self._area[3]) > 0 else []
        self._curves += sum(map(len, whole))
        if self._curves > MOST_POINTS:
            raise InputError(f"expected at most {MOST_POINTS:,} lines and curves, found more")
        if line[3] > 0 and self._area[3] > 0 and all(map(is_flat, whole)):
            self._area = NO_PAINT
        if runs := self._visible(whole):
            self.shapes.append(Shape(runs, line, self._area, whole, self._even_odd, self._clips, self._origin()))
        self._area = NO_PAINT
        self.new_path()

    def _origin(self) -> complex | None:
        first = self._pen.runs[0]
        return first[0] if self.keeps_moves and len(first) == 1 else None

    def _visible(self, whole: list[np.ndarray]) -> list[np.ndarray]:
        """What is left of runs inside all clips, and of the clips' own inside of a painted area."""
        runs = _inside(whole, self._clips)
        is_cut = len(runs) != len(whole) or any(run is not old for run, old in zip(runs, whole, strict=True))
        if self._area[3] > 0 and is_cut and sum(map(len, whole)) <= MOST_CURVES:
            area = Outline(whole, self.budget, self._even_odd, with_border=False)
            for i, clip in enumerate(self._clips):
                others = [other for other in self._clips if (other.low, other.high) != (clip.low, clip.high)]
                if all((other.low, other.high) != (clip.low, clip.high) for other in self._clips[:i]):
                    runs += _inside(list(clip.runs), (area, *others))
        return runs

    def _arc(self, xc: float, yc: float, radius: float, angle: float, sweep: float) -> None:
        points = [self._point(point.real, point.imag) for point in arc(complex(xc, yc), radius, angle, sweep)]
        if self._pen.at is None:
            self._pen.move(points[0])
        elif not is_same(self._pen.at, points[0]):
            self._pen.line(points[0])
        for i in range(1, len(points), 3):
            self._pen.curve(*points[i : i + 3])

    def _point(self, x: float, y: float) -> complex:
        return complex(*self.user_to_device(x, y))

    def _from_here(self, dx: float, dy: float) -> complex:
        return (self._pen.at or 0) + complex(*self.user_to_device_distance(dx, dy))


def _inside(runs: list[np.ndarray], areas: Iterable[Area]) -> list[np.ndarray]:
    """What is left of runs inside all areas."""
    for area in areas:
        runs = [piece for run in runs for piece in cut(run, area)]
    return runs
