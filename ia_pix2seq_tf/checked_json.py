"""JSON of strangers: objects read within bounds, and rules for their values.

    read_object    the object in a file, of bounded size
    parse_object   the object in a text
    read_value     whatever a file holds
    Rule           what a value must satisfy: in words, and as a test

This module is the ground floor of the package and does not import TensorFlow.
"""

import json
import math
import os
import reprlib
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

PathLike = str | os.PathLike[str]


class Rule(NamedTuple):
    """What a single value must satisfy: in words, and as a test."""

    expected: str
    holds: Callable[[Any], bool]


def one_of(choices: Iterable[str]) -> Rule:
    """The rule that a value is one of some names."""
    names = tuple(choices)
    return Rule("one of " + ", ".join(names), lambda value: value in names)


def is_integer(value: Any) -> bool:
    """Whether `value` is an integer; a bool is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number that a float can hold; a bool is none."""
    return (is_integer(value) or isinstance(value, float)) and abs(value) <= sys.float_info.max


def is_shallow(value: Any, depth: int) -> bool:
    """Whether `value` holds at most `depth` levels of objects and lists."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth >= 0 and all(is_shallow(item, depth - 1) for item in inner)


def show(value: Any) -> str:
    """`repr(value)`, cut to a length that a person reads."""
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxlist, brief.maxstring, brief.maxother = 2, 20, 60, 60
    return brief.repr(value)


def read_object(path: PathLike, most: int, what: str = "a JSON object", finite: bool = False) -> dict[str, Any]:
    """The JSON object in a file, in UTF-8; a byte order mark is no part of it.

    Args:
        path: the file.
        most: bytes that it may have.
        what: the object, for messages.
        finite: whether to refuse numbers that are not finite, which JSON has none of but Python reads.

    Raises:
        OSError: the file cannot be read.
        ValueError: naming the file, what was expected and what was found.
    """
    return _object(read_value(path, most, what, finite), os.fspath(path), what)


def read_value(path: PathLike, most: int, what: str = "JSON", finite: bool = False) -> Any:
    """What a file holds, of any type; see `read_object`."""
    source = os.fspath(path)
    with open(path, "rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{source}: expected {what} of at most {most} bytes, found more")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{source}: expected {what}, found {error}") from None
    return _parse(text, source, what, finite)


def parse_object(text: str, source: str, what: str = "a JSON object", finite: bool = False) -> dict[str, Any]:
    """The JSON object in `text`; a ValueError that begins with `source` for anything else. See `read_object`."""
    return _object(_parse(text, source, what, finite), source, what)


def _object(content: Any, source: str, what: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError(f"{source}: expected {what}, found {show(content)}")
    return content


def _parse(text: str, source: str, what: str, finite: bool) -> Any:
    number = finite_number if finite else float
    try:
        return json.loads(text, object_pairs_hook=without_repeats, parse_float=number, parse_constant=number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{source}: expected {what}, found {error}") from None


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of names and values, as `object_pairs_hook`; raises ValueError for a name that stands twice."""
    content = dict(pairs)
    if len(content) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"{show(name)} twice")
            seen.add(name)
    return content


def finite_number(text: str) -> float:
    """The float of a text, as `parse_float`; raises ValueError for one that is not finite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {show(text)}, which is not finite")
    return number
