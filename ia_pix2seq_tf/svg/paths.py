"""Path data as commands with a letter each, which CairoSVG reads fast, and as far as they make sense."""

import re
from collections.abc import Iterator

from ia_pix2seq_tf.svg.values import COMMA, NUMBER, Box, number, numbers
from ia_pix2seq_tf.untrusted import InputError

_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_FLAGS = (3, 4)  # arguments of an arc that are one digit, 0 or 1, and need no separator
_LETTER = re.compile(r"[\s,]*([MmLlHhVvCcSsQqTtAaZz])")
_NUMBER = re.compile(rf"{COMMA}({NUMBER})")
_FLAG = re.compile(rf"{COMMA}([01])")
_MODEL = re.compile(r"M[-+.\d eE]*m[-+.\d eEMml]*")
"""How sketch-rnn and this package write a drawing: where the pen starts, then moves and lines from there."""


def commands(data: str, limit: int) -> tuple[str, bool]:
    """Path data with a letter before the numbers of each command.

    Args:
        data: the attribute `d`, or `path("…")`.
        limit: number of commands at most.

    Returns:
        the commands up to the first error, as browsers draw them; whether that is all.

    Raises:
        InputError: if they are too many.
    """
    if data.lstrip().startswith("path("):
        data = data.strip()[len("path(") :].rstrip(")").strip(" \"'")
    found: list[str] = []
    for command in _commands("" if data == "none" else data):
        if command is None or (not found and command[0] not in "Mm"):
            return " ".join(found), False
        if len(found) >= limit:
            raise InputError(f"expected at most {limit:,} lines and curves, found more")
        found.append(command)
    return " ".join(found), True


def polygon(points: str, is_closed: bool, limit: int) -> tuple[str, bool]:
    """The attribute `points` as path data; the rest as of `commands`."""
    found: list[str] = []
    pairs = numbers(points)
    for x in pairs:
        y = next(pairs, None)
        if x is None or y is None:
            return " ".join(found), False
        if len(found) >= limit:
            raise InputError(f"expected at most {limit:,} lines and curves, found more")
        found.append(f"{'L' if found else 'M'} {x!r} {y!r}")
    return " ".join([*found, "Z"] if is_closed and found else found), True


def rounded(box: Box, rx: float, ry: float) -> str:
    """A rectangle with round corners as path data; none if it has no area."""
    if not (box.width > 0 and box.height > 0):
        return ""
    corner, right, bottom = f"A {rx!r} {ry!r} 0 0 1", box.x + box.width, box.y + box.height
    sides = [
        (right - rx, box.y, right, box.y + ry),
        (right, bottom - ry, right - rx, bottom),
        (box.x + rx, bottom, box.x, bottom - ry),
        (box.x, box.y + ry, box.x + rx, box.y),
    ]
    turns = " ".join(f"L {x1!r} {y1!r} {corner} {x2!r} {y2!r}" for x1, y1, x2, y2 in sides)
    return f"M {box.x + rx!r} {box.y!r} {turns} Z"


def tells_moves(data: str) -> bool:
    """Whether relative moves in path data are points of the drawing, though nothing be drawn from there."""
    return bool(_MODEL.fullmatch(data))


def _commands(data: str) -> Iterator[str | None]:
    """The commands, each with its letter; None for an error, which ends them."""
    position = 0
    while match := _LETTER.match(data, position):
        letter, position = match[1], match.end()
        while True:
            arguments, position = _arguments(data, position, letter)
            if arguments is None:
                yield None
                return
            yield " ".join([letter, *arguments])
            letter = {"M": "L", "m": "l"}.get(letter, letter)
            if not arguments or not _NUMBER.match(data, position):
                break
    if data[position:].strip(" \t\r\n\f,"):
        yield None


def _arguments(data: str, position: int, letter: str) -> tuple[list[str] | None, int]:
    """The numbers of one command from a position on, None if they are not there; and where they end."""
    arguments = []
    for i in range(_ARGUMENTS[letter.upper()]):
        match = (_FLAG if letter in "Aa" and i in _FLAGS else _NUMBER).match(data, position)
        value = number(match[1]) if match else None
        if match is None or value is None:
            return None, position
        arguments.append(match[1] if letter in "Aa" and i in _FLAGS else repr(value))
        position = match.end()
    return arguments, position
