"""Which way a file writes lines: as lists of x and of y, as QuickDraw, or as lists of points [x, y].

A line of two or three points can be read both ways, `[[10, 100], [60, 40]]`; therefore the file decides, not the line.
"""

import contextlib
import itertools
from collections.abc import Iterable

from ia_pix2seq_tf.data.convert.drawing import excerpt
from ia_pix2seq_tf.untrusted import InputError

_COLUMNS = (2, 3)  # lists of a line of QuickDraw's: x, y and perhaps times
_WIDTHS = (2, 3)  # numbers of a point: x, y and perhaps a time or a pressure


class _Look:
    """What was seen of the lines of a file."""

    def __init__(self) -> None:
        self.widths: set[int] = set()
        self.counts: set[int] = set()
        self.are_columns = False
        self.are_points = False

    def add(self, lines: object) -> None:
        """Looks at the lines of a drawing; passes over what can be neither."""
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, list) and line and all(isinstance(part, list) for part in line):
                self._add_line(line)

    def _add_line(self, line: list[list]) -> None:
        self.widths.update(map(len, line))
        self.are_columns |= len(self.widths) > 1 or not self.widths <= set(_WIDTHS)
        if len(line) in _COLUMNS:
            self.counts.add(len(line))
            self.are_points |= len(line) == max(_COLUMNS) and _falls(line[2])
        else:
            self.are_points |= len(line) > max(_COLUMNS)


def are_pairs(drawings: Iterable[object]) -> bool:
    """Whether the lines of all drawings of a file are lists of points.

    They are if all can be read so, each list being of two numbers (or each of three), and something in the file can
    be read in no other way: a line of more than three lists, times that go back, or lines of two lists beside lines
    of three, of which only one has times.

    Args:
        drawings: lines as JSON; an `InputError` ends them. No more are taken than it needs.
    """
    look = _Look()
    with contextlib.suppress(InputError):
        for lines in drawings:
            look.add(lines)
            if look.are_columns:
                return False
    return look.are_points or look.counts == set(_COLUMNS)


def as_columns(lines: object) -> object:
    """Lines of points as lines of QuickDraw's: `[[x, ...], [y, ...]]` each; what is no list of lines as it is.

    Raises:
        InputError: naming a line that has anything but points.
    """
    if not isinstance(lines, list):
        return lines
    return [_columns(line, f"line {i}") for i, line in enumerate(lines)]


def _columns(line: object, where: str) -> list[list]:
    points = line if isinstance(line, list) else []
    wrong = [point for point in points if not isinstance(point, list) or len(point) not in _WIDTHS]
    if not points or wrong:
        raise InputError(
            f"{where}: expected points [x, y], as in the rest of the file, found {excerpt([*wrong, line][0])}"
        )
    return [[point[0] for point in points], [point[1] for point in points]]


def _falls(values: list) -> bool:
    """Whether numbers go back, which times do not."""
    numbers = [value for value in values if isinstance(value, int | float)]
    return any(later < earlier for earlier, later in itertools.pairwise(numbers))
