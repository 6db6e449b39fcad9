"""What drawing programs write as JSON: fields of strangers, and the lines of shapes."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from ia_pix2seq_tf.checked_json import is_number
from ia_pix2seq_tf.data.convert.drawing import Drawing, drawn, excerpt
from ia_pix2seq_tf.svg import SIMPLE_POINTS
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, MOST_POINTS, InputError

_STEPS = 16  # of a curve between two of its points, before it is simplified
_ROUND = 64  # corners of the polygon for an ellipse, before it is simplified

_ANGLES = np.linspace(0, 2 * np.pi, _ROUND + 1)
OUTLINES = {
    "rectangle": np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], np.float64),
    "diamond": np.array([(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5), (0.5, 0)]),
    "triangle": np.array([(0.5, 0), (1, 1), (0, 1), (0.5, 0)]),
    "ellipse": np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]) / 2 + 0.5,
}
"""Of shapes that are one wide and one high, `[n, 2]`, from their top left corner."""


class Canvas:
    """The lines of a drawing as they are found, and how much is left out.

    A drawing is simplified if anything in it is drawn by hand or bent, or if it has more than `SIMPLE_POINTS` points.
    """

    def __init__(self) -> None:
        self._lines: list[np.ndarray] = []
        self._left_out: Counter[str] = Counter()
        self._is_bent = False
        self._count = 0

    def add(self, line: np.ndarray, is_bent: bool) -> None:
        """Adds a line `[n, 2]`; raises InputError if there are more than `MOST_POINTS` points then."""
        self._count += len(line)
        if self._count > MOST_POINTS:
            raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found more")
        self._lines.append(line)
        self._is_bent |= is_bent

    def leave_out(self, kind: str) -> None:
        """Counts something that is no line."""
        self._left_out[kind] += 1

    def drawing(self) -> Drawing:
        """The drawing; raises InputError if there is no line."""
        is_simple = not self._is_bent and self._count <= SIMPLE_POINTS
        return drawn(self._lines, is_simple, left_out=dict(self._left_out))


def number(fields: Mapping, name: str, default: float | None = None) -> float:
    """A number of an object; raises InputError for what is none, is too large, or is missing without a default."""
    value = fields.get(name, default)
    if not is_number(value) or abs(value) > LARGEST_NUMBER:
        raise InputError(f"{name!r}: expected a number up to {LARGEST_NUMBER:g}, found {excerpt(value)}")
    return float(value)


def text(fields: Mapping, name: str, default: str | None = None) -> str:
    """A text in an object; raises InputError for what is none, or is missing without a default."""
    if not isinstance(value := fields.get(name, default), str):
        raise InputError(f"{name!r}: expected a text, found {excerpt(value)}")
    return value


def mapping(fields: Mapping, name: str) -> Mapping:
    """An object in an object; raises InputError for what is none."""
    if not isinstance(value := fields.get(name), dict):
        raise InputError(f"{name!r}: expected an object, found {excerpt(value)}")
    return value


def points(fields: Mapping, name: str) -> np.ndarray:
    """A list of points `[n, 2]`, each a list of x, y and perhaps more, or an object with the fields x and y.

    Raises:
        InputError: for anything else, and for more than `MOST_POINTS`.
    """
    values = fields.get(name)
    if not isinstance(values, list):
        raise InputError(f"{name!r}: expected a list of points, found {excerpt(values)}")
    if len(values) > MOST_POINTS:
        raise InputError(f"{name!r}: expected at most {MOST_POINTS:,} points, found {len(values):,}")
    return np.array([point(value) for value in values], np.float64).reshape(-1, 2)


def point(value: object) -> tuple[float, float]:
    """One point, see `points`."""
    if isinstance(value, list) and len(value) >= 2:
        value = {"x": value[0], "y": value[1]}
    if not isinstance(value, dict):
        raise InputError(f"expected a point of x and y, found {excerpt(value)}")
    return number(value, "x"), number(value, "y")


def smooth(corners: np.ndarray) -> np.ndarray:
    """A Catmull-Rom curve through points `[n, 2]`, sampled; two points or less, and very many, stay as they are."""
    if not 2 < len(corners) <= MOST_POINTS // _STEPS:
        return corners
    from scipy.interpolate import CubicHermiteSpline  # here: programs that ask this room a name answer --help at once

    padded = np.pad(corners, ((1, 1), (0, 0)), "edge")
    curve = CubicHermiteSpline(np.arange(len(corners)), corners, (padded[2:] - padded[:-2]) / 2)
    return curve(np.linspace(0, len(corners) - 1, _STEPS * (len(corners) - 1) + 1))


def turned(line: np.ndarray, angle: float) -> np.ndarray:
    """A line `[n, 2]` turned clockwise by an angle in radians around the centre of its bounds."""
    if not len(line) or not angle:
        return line
    centre = (line.min(axis=0) + line.max(axis=0)) / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    return (line - centre) @ np.array([[cosine, sine], [-sine, cosine]]) + centre
