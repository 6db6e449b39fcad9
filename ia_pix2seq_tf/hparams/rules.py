"""What the values of hyperparameters must satisfy: by their type, alone, and together."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ia_pix2seq_tf.checked_json import Rule, is_integer, is_number, show
from ia_pix2seq_tf.constants import INT32_MAX

IMAGE_FACTOR = 16  # by which the convolutions of the reference's encoder shrink an image
IMAGE_LAYERS = 6  # of that encoder, one after the other


def is_file_stem(name: str) -> bool:
    """Whether `name` can stand in the names of data and output files, such as `name`.npz."""
    return name != "" and name.isprintable() and name == name.strip() and not set(name) & set("/\\")


def _is_category(name: str) -> bool:
    return is_file_stem(name) and not name.lower().endswith(".npz")


ANY = Rule("", lambda value: True)
FROM_1 = Rule("at least 1", lambda n: n >= 1)
FROM_0 = Rule("at least 0", lambda x: x >= 0)
POSITIVE = Rule("above 0", lambda x: x > 0)
KEEP = Rule("in (0, 1]", lambda p: 0 < p <= 1)
BETA = Rule("-1 or in [0, 1)", lambda x: x == -1 or 0 <= x < 1)
SHARE = Rule("in [0, 1)", lambda p: 0 <= p < 1)
LENGTH = Rule("-1 or at least 1", lambda n: n == -1 or n >= 1)
LAYERS = Rule(f"from 0 to {IMAGE_LAYERS}, the layers of the image encoder", lambda n: 0 <= n <= IMAGE_LAYERS)
WIDTH = Rule(f"a positive multiple of {IMAGE_FACTOR}", lambda n: n > 0 and n % IMAGE_FACTOR == 0)
NO_SEMI = Rule("0 or False, as the published loss has no semi-supervised term", operator.not_)
CATEGORIES = Rule(
    "one or more different printable names, without path separators, spaces at their ends or .npz",
    lambda names: bool(names) and len(set(names)) == len(names) and all(map(_is_category, names)),
)

KIND_RULES = {
    int: Rule("an integer of 32 bits", lambda value: is_integer(value) and abs(value) <= INT32_MAX),
    float: Rule("a finite number", is_number),
    bool: Rule("true or false", lambda value: isinstance(value, bool)),
    str: Rule("a string", lambda value: isinstance(value, str)),
    list: Rule(
        "a list of strings",
        lambda value: isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value),
    ),
}
"""The rule of each type of field; an integer may stand for a float."""


class Relation(NamedTuple):
    """What the values of several fields must satisfy together; the first field is the one to report."""

    names: tuple[str, ...]
    expected: str
    holds: Callable[..., bool]

    def problem(self, values: Mapping[str, Any]) -> str | None:
        """What is wrong with these values, in words."""
        if self.holds(*(values[name] for name in self.names)):
            return None
        others = ", ".join(f"{name} is {show(values[name])}" for name in self.names[1:])
        return f"{found(self.names[0], values[self.names[0]], self.expected)}; {others}"


RELATIONS = (
    Relation(
        ("batch_size", "num_per_category", "categories"),
        "at most num_per_category times the number of categories, as an epoch drops its partial batch",
        lambda batch, most, names: batch <= most * len(names),
    ),
    Relation(
        ("png_scale_ratio", "png_width"),
        "a ratio that leaves at least one pixel of png_width",
        lambda ratio, width: ratio * width >= 1,
    ),
    Relation(("png_translate_dist", "png_width"), "below png_width", operator.lt),
)


def only_with(name: str, default: Any, choices: Sequence[str], choice: str = "system") -> Relation:
    """Where the field `choice` is none of these, the field `name` would be ignored, and must keep its default."""
    expected = f"{default!r} unless {choice} is {' or '.join(map(repr, choices))}"
    return Relation((name, choice), expected, lambda value, chosen: chosen in choices or value == default)


def found(name: str, value: Any, expected: str) -> str:
    """What is wrong with the value of the field `name`."""
    return f"{name}: found {show(value)}, expected {expected}"
