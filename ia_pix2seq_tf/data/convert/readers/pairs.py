"""Which way a file writes lines: as lists of x and of y, as QuickDraw, or as lists of points [x, y].

A line of two or three points can be read both ways, `[[10, 100], [60, 40]]`; therefore the file decides, not the line.
"""

import contextlib
import itertools
from collections.abc import Iterable

from ia_pix2seq_tf.checked_json import is_number
from ia_pix2seq_tf.data.convert.drawing import excerpt
from ia_pix2seq_tf.untrusted import LARGEST_NUMBER, InputError

_COLUMNS = (2, 3)  # lists of a line of QuickDraw's: x, y and perhaps times
_WIDTHS = (2, 3)  # numbers of a point: x, y and perhaps a time or a pressure


class _Look:
    """What was seen of the lines of a file."""

    def __init__(self) -> None:
        self._widths: set[int] = set()  # numbers of a list
        self._counts: set[int] = set()  # lists of a line that can be read both ways
        self._are_aligned = True  # read as QuickDraw's, as all its drawings without times
        self._are_points = False
        self.are_columns = False

    @property
    def are_points(self) -> bool:
        """Whether the lines are points, if nothing else is to be seen."""
        are_segments = self._counts == {2} == self._widths
        return self._are_points or self._counts == set(_COLUMNS) or (are_segments and not self._are_aligned)

    def add(self, lines: object) -> None:
        """Looks at the lines of a drawing; passes over what can be neither."""
        sound = [line for line in lines if _is_line(line)] if isinstance(lines, list) else []
        for line in sound:
            self._widths.update(map(len, line))
            self.are_columns |= len(self._widths) > 1 or not self._widths <= set(_WIDTHS)
            self._are_points |= len(line) > max(_COLUMNS) or (len(line) == max(_COLUMNS) and _falls(line[2]))
        ambiguous = [line for line in sound if len(line) in _COLUMNS]
        self._counts.update(map(len, ambiguous))
        if ambiguous and not self.are_columns:
            self._are_aligned &= all(min(min(line[axis]) for line in ambiguous) == 0 for axis in (0, 1))


def are_pairs(drawings: Iterable[object]) -> bool:
    """Whether the lines of all drawings of a file are lists of points.

    They are if all can be read so, each list being of two numbers (or each of three), and something in the file is not
    QuickDraw's: a line of more than three lists, times that go back, lines of two lists beside lines of three, of which
    only one has times; or nothing but lines of two lists, without times therefore, and not all drawings at 0.

    Args:
        drawings: lines as JSON; an `InputError` ends them. No more are taken than it needs.
    """
    look = _Look()
    with contextlib.suppress(InputError):
        for lines in drawings:
            look.add(lines)
            if look.are_columns:
                return False
    return look.are_points


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


def _is_line(line: object) -> bool:
    """Whether something is a list of lists of numbers that can be coordinates, of which there are some."""
    return (
        isinstance(line, list)
        and bool(line)
        and all(isinstance(part, list) and bool(part) for part in line)
        and all(is_number(value) and abs(value) <= LARGEST_NUMBER for part in line for value in part)
    )


def _falls(numbers: list[float]) -> bool:
    """Whether numbers go back, which times do not."""
    return any(later < earlier for earlier, later in itertools.pairwise(numbers))
