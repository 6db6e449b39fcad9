"""The grammar of the `--hparams` string, `"categories=[cat,pig], batch_size=64"`, in the words of TF 1.12.

Source: what `tf.contrib.training.HParams.parse` does, as recorded in `tests/golden/hparams_parse.json`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ia_pix2seq_tf.hparams.renamed import hint

# An assignment is NAME=VALUE, or NAME[0]=VALUE, which no field takes; a comma parts it from the next.
_TARGET = re.compile(r"([A-Za-z][\w.]*)(\[\s*\d+\s*\])?\s*=\s*")
_SCALAR = re.compile(r"[^,\[]*")
_ELEMENT = r"""'[^']*'|"[^"]*"|[^\s,\]'"][^\s,\]]*"""
_LIST = re.compile(rf"\[[\s,]*(?:(?:{_ELEMENT})(?=[\s,\]])[\s,]*)*\]")
_COMMA_OR_END = re.compile(r",\s*|\Z")


class _Assignment(NamedTuple):
    """One assignment as it is written: `place` is None or "[0]", `value` a string or a list of strings."""

    name: str
    place: str | None
    value: str | list[str]
    end: int


def parse_assignments(string: str, kinds: Mapping[str, type]) -> dict[str, Any]:
    """The values that `string` assigns, by field.

    Elements of a list are parted by commas and white space; quotes around an element are removed and keep
    both. A value outside a list stands as it is written, up to the next comma.

    Args:
        string: assignments parted by commas; white space may follow a comma and surround an equals sign.
        kinds: the type of each field: int, float, bool, str, or list (of strings).

    Raises:
        ValueError: with TF1's message, for the leftmost error of form, name or value; a list in place of a
            single value, and the other way round, is looked for only in a string that has none of these. Our hint
            follows at names of other programs.

    Differs from the reference: that keeps the quotes around an element and splits it at its spaces.
    """
    assignments = {}
    for item in _assignments(string):
        name, index, value, _ = item
        if name not in kinds:
            raise ValueError(f"Unknown hyperparameter type for {name}{hint(name)}")
        if (name, index) in assignments:
            raise ValueError(f"Multiple assignments to variable '{name}' in {string}")
        if isinstance(value, str) and not index:
            value = _convert(name, value, kinds[name], string)
        assignments[name, index] = value
    for (name, index), value in assignments.items():
        _check_shape(name, index, value, kinds[name])
    return {name: value for (name, _), value in assignments.items()}


def _assignments(string: str) -> Iterator[_Assignment]:
    position = 0
    while position < len(string):
        assignment = _read_assignment(string, position)
        yield assignment
        position = assignment.end


def _read_assignment(string: str, start: int) -> _Assignment:
    """The assignment that begins at `start`, with the comma behind it."""
    if target := _TARGET.match(string, start):
        listed = string.startswith("[", target.end())
        value = (_LIST if listed else _SCALAR).match(string, target.end())
        if value and (comma := _COMMA_OR_END.match(string, value.end())):
            return _Assignment(target[1], target[2], _elements(value[0]) if listed else value[0], comma.end())
    raise ValueError(f"Malformed hyperparameter value: {string[start:]}")


def _elements(text: str) -> list[str]:
    """The elements of a bracketed list, without the quotes around them."""
    return [found[1:-1] if found[0] in "'\"" else found for found in re.findall(_ELEMENT, text[1:-1])]


def _convert(name: str, text: str, kind: type, string: str) -> Any:
    """`text` as a `kind`; where that is a list, `text` itself, which `_check_shape` refuses."""
    readers: dict[type, Callable[[str], Any]] = {int: int, float: float, bool: _parse_bool}
    try:
        return readers.get(kind, str)(text)
    except ValueError:
        raise ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in {string}"
        ) from None


def _parse_bool(text: str) -> bool:
    """True, true, False, false, or an integer, of which only 0 is false."""
    words = {"True": True, "true": True, "False": False, "false": False}
    return words[text] if text in words else bool(int(text))


def _check_shape(name: str, index: str | None, value: Any, kind: type) -> None:
    """Refuses a list for a single value, and the other way round."""
    if kind is list and (index or not isinstance(value, list)):
        raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
    if kind is not list and isinstance(value, list):
        raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
    if kind is not list and index:
        raise ValueError(f"Must not pass an index for single-valued parameter: {name}")
