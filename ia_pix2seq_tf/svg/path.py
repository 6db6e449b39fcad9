"""The geometry of SVG: path data and basic shapes to runs of cubic curves, and those to points."""

import cmath
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, InputError

SMALLEST_NUMBER = 1e-30  # numbers below it are 0, so that no ratio overflows
_LONGEST_NUMBER = 64  # characters
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_FLAGS = {3, 4}  # arguments of an arc that are one digit, 0 or 1, and need no separator
_COMMAND = re.compile(r"[\s,]*([MmLlHhVvCcSsQqTtAaZz])")
_NUMBER = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_FLAG = re.compile(r"[\s,]*([01])")
_END = re.compile(r"[\s,]*\Z")

Command = tuple[str, list[float]]  # a letter of path data and its arguments


@dataclass
class Run:
    """What the pen draws without being lifted.

    Attributes:
        start: x + iy.
        passed: the pen comes to the start by a relative move.
        curves: cubic Bezier curves, each two control points and the end. Lines have theirs on the line.
    """

    start: complex
    passed: bool = False
    curves: list[tuple[complex, complex, complex]] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Whether it only says where the pen is set down, and is no point of the drawing."""
        return not (self.curves or self.passed)

    def controls(self) -> np.ndarray:
        """Complex `[1 + curves, 4]`: a curve that rests at the start, then each curve with its start."""
        starts = [self.start, *(end for _, _, end in self.curves)]
        rows = [(start, *curve) for start, curve in zip(starts, self.curves, strict=False)]
        return np.array([(self.start,) * 4, *rows])


def parse_path(data: str) -> Iterator[Command]:
    """Yields the commands of path data one by one, so that a reader who has had enough can stop.

    Raises:
        InputError: at the first text that is no path data.
    """
    position = 0
    while match := _COMMAND.match(data, position):
        letter, position = match[1], match.end()
        while True:
            arguments, position = _parse_arguments(data, position, letter)
            yield letter, arguments
            letter = {"M": "L", "m": "l"}.get(letter, letter)
            if not arguments or not _NUMBER.match(data, position):
                break
    if not _END.match(data, position):
        raise InputError(f"expected a path command, found {_excerpt(data, position)}")


def parse_numbers(text: str) -> Iterator[float]:
    """Yields numbers that are divided by spaces or commas.

    Raises:
        InputError: at the first text that is no number.
    """
    position = 0
    while match := _NUMBER.match(text, position):
        yield _number(match[1])
        position = match.end()
    if not _END.match(text, position):
        raise InputError(f"expected a number, found {_excerpt(text, position)}")


def parse_length(text: str) -> tuple[float, str]:
    """A number and the unit after it, in lower case; raises InputError if there is no number."""
    match = _NUMBER.match(text)
    if not match:
        raise InputError(f"expected a length, found {_excerpt(text)}")
    return _number(match[1]), text[match.end() :].strip().lower()


def trace(commands: Iterable[Command], limit: int) -> list[Run]:
    """Follows path commands with a pen.

    Moves that draw nothing are dropped, but for relative ones and a first one before these: `strokes_to_svg`
    and sketch-rnn write so where the pen is set down, and these points count for the bounds of a drawing.

    Raises:
        InputError: if the path does not start with a move, or has more than `limit` commands.
    """
    pen = _Pen()
    for count, (letter, arguments) in enumerate(commands):
        if count >= limit:
            raise InputError(f"expected at most {limit:,} lines and curves, found more")
        if count == 0 and letter not in "Mm":
            raise InputError(f"expected a path that starts with M, found {letter!r}")
        pen.follow(letter, arguments)
    is_set_down = len(pen.runs) > 1 and pen.runs[1].passed
    return [run for i, run in enumerate(pen.runs) if not run.is_bare or (i == 0 and is_set_down)]


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
    counts = np.maximum(1, np.ceil(np.sqrt(0.75 * bends / tolerance))).astype(np.int64)
    if (total := int(counts.sum())) > limit:
        raise InputError(f"expected a drawing of at most {limit:,} points, found {total:,}")
    first = np.repeat(np.cumsum(counts) - counts, counts)
    t = (np.arange(total) - first + 1) / np.repeat(counts, counts)
    p = np.repeat(curves, counts, axis=0).T
    points = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    return points, counts


class _Pen:
    """Draws path commands as runs of curves."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._at = 0j
        self._control = 0j  # last control point of the last curve
        self._last = ""
        self._is_closed = False

    def follow(self, letter: str, numbers: list[float]) -> None:
        """Carries out one command."""
        kind, base = letter.upper(), self._at if letter.islower() else 0j
        pairs = iter(numbers[len(numbers) % 2 :])
        points = [base + complex(x, y) for x, y in zip(pairs, pairs, strict=True)]
        match kind:
            case "M":
                self._move(points[0], letter == "m")
            case "Z":
                self._close()
            case "L":
                self._line(points[0])
            case "H":
                self._line(complex(base.real + numbers[0], self._at.imag))
            case "V":
                self._line(complex(self._at.real, base.imag + numbers[0]))
            case "C":
                self._curve(*points)
            case "S":
                self._curve(self._mirrored("CS"), *points)
            case "Q":
                self._quadratic(*points)
            case "T":
                self._quadratic(self._mirrored("QT"), *points)
            case "A":
                for curve in arc(self._at, numbers, points[-1]):
                    self._curve(*curve)
        self._last = kind

    def _move(self, to: complex, passed: bool) -> None:
        self.runs.append(Run(to, passed))
        self._at, self._is_closed = to, False

    def _close(self) -> None:
        start = self.runs[-1].start
        if self._at != start:
            self._line(start)
        self._at, self._is_closed = start, True

    def _line(self, to: complex) -> None:
        self._curve(*_straight(self._at, to))

    def _quadratic(self, control: complex, to: complex) -> None:
        self._curve(self._at + (control - self._at) * 2 / 3, to + (control - to) * 2 / 3, to)
        self._control = control

    def _curve(self, control1: complex, control2: complex, to: complex) -> None:
        if self._is_closed:
            self._move(self._at, False)
        self.runs[-1].curves.append((control1, control2, to))
        self._at, self._control = to, control2

    def _mirrored(self, kinds: str) -> complex:
        """The last control point mirrored, if the last command was one of `kinds`."""
        return 2 * self._at - self._control if self._last in kinds else self._at


def arc(start: complex, numbers: list[float], end: complex) -> list[tuple[complex, complex, complex]]:
    """An elliptical arc as cubic curves of at most a quarter turn.

    Args:
        start, end: x + iy.
        numbers: radii, rotation in degrees, whether the longer arc, whether clockwise on the screen.

    Source: SVG 2, appendix B.2.4, in coordinates in which the ellipse is the unit circle.
    """
    rx, ry, turn = abs(numbers[0]), abs(numbers[1]), cmath.rect(1, math.radians(numbers[2]))
    half = (start - end) / 2 / turn
    unit = complex(half.real / rx, half.imag / ry) if rx and ry else 0j  # the start, from the chord's middle
    reach = abs(unit)
    if reach == 0:
        return [_straight(start, end)] if start != end else []
    if reach > 1:  # the radii are too small for both ends
        rx, ry, unit, reach = rx * reach, ry * reach, unit / reach, 1.0
    side = 1 if bool(numbers[3]) != bool(numbers[4]) else -1
    center = -1j * side * unit / reach * math.sqrt(1 - reach**2)
    angle, sweep = _angles(unit - center, -unit - center, is_increasing=bool(numbers[4]))
    middle = (start + end) / 2

    def on_page(point: complex) -> complex:
        z = center + point
        return middle + turn * complex(rx * z.real, ry * z.imag)

    curves = [(on_page(a), on_page(b), on_page(c)) for a, b, c in _circular(angle, sweep)]
    return [*curves[:-1], (*curves[-1][:2], end)]


def _angles(start: complex, end: complex, is_increasing: bool) -> tuple[float, float]:
    """The angle of the start, and the signed angle from there to the end in the given sense."""
    sweep = (cmath.phase(end) - cmath.phase(start)) % math.tau
    return cmath.phase(start), sweep if is_increasing else sweep - math.tau


def _circular(angle: float, sweep: float) -> list[tuple[complex, complex, complex]]:
    """An arc of the unit circle as cubic curves of at most a quarter turn."""
    count = max(1, math.ceil(abs(sweep) / (math.pi / 2) - 1e-9))
    step = sweep / count
    handle = 4j / 3 * math.tan(step / 4)
    corners = [cmath.rect(1, angle + i * step) for i in range(count + 1)]
    return [(a * (1 + handle), b * (1 - handle), b) for a, b in itertools.pairwise(corners)]


def _straight(start: complex, end: complex) -> tuple[complex, complex, complex]:
    """A line as a curve."""
    return start + (end - start) / 3, end - (end - start) / 3, end


def _parse_arguments(data: str, position: int, letter: str) -> tuple[list[float], int]:
    """Parses the arguments of one command from `position` on; returns them and where they end."""
    arguments = []
    for i in range(_ARGUMENTS[letter.upper()]):
        pattern = _FLAG if letter in "Aa" and i in _FLAGS else _NUMBER
        match = pattern.match(data, position)
        if not match:
            raise InputError(f"expected a number after {letter!r} in a path, found {_excerpt(data, position)}")
        arguments.append(_number(match[1]))
        position = match.end()
    return arguments, position


def _number(text: str) -> float:
    """Parses a number of sane length; checks its size."""
    if len(text) > _LONGEST_NUMBER or not abs(number := float(text)) <= LARGEST_NUMBER:
        raise InputError(f"expected numbers up to {LARGEST_NUMBER:g}, found {_excerpt(text)}")
    return number if abs(number) >= SMALLEST_NUMBER else 0.0


def _excerpt(text: str, position: int = 0) -> str:
    """What stands at a position, for a message."""
    return repr(text[position : position + 20]) if position < len(text) else "nothing"
