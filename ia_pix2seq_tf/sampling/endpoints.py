"""Single codes by name: of test sketches, of files of the user, of latent components, and of chance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ia_pix2seq_tf.constants import INT32_MAX
from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling import needs
from ia_pix2seq_tf.sampling.codes import normal
from ia_pix2seq_tf.sampling.flags import ENDPOINTS
from ia_pix2seq_tf.sampling.originals import (
    Original,
    color,
    data_original,
    data_rows,
    encode_originals,
    numbered_color,
)

if TYPE_CHECKING:
    from ia_pix2seq_tf.data.pipeline import SketchData
    from ia_pix2seq_tf.model import IAPix2Seq


class Endpoint(NamedTuple):
    """A code that has a name.

    Attributes:
        name: as the user gave it.
        code: `[z_size]`.
        color: `#rrggbb`, the category's or the component's.
        original: what was encoded; None for a code of a component or of chance.
    """

    name: str
    code: np.ndarray
    color: str
    original: Original | None = None


def endpoint(
    model: "IAPix2Seq",
    name: str,
    data: "SketchData | None" = None,
    inputs: Sequence[Original] = (),
    scale_factor: float | None = None,
) -> Endpoint:
    """The code of that name: "test:cat:3", "component:2", "input:0" or "normal:7", the code of N(0, I) by seed 7.

    Args:
        model: whose code it is.
        name: of the code.
        data: with test sketches; None where there are none.
        inputs: of the user.
        scale_factor: units of the data per model unit; by default what the model says.

    Raises:
        ValueError: for another name, a number out of range, a test sketch where no data is given, or a code that the
            model does not have.
    """
    kind, _, rest = name.partition(":")
    if kind in ("component", "normal"):
        return _drawn(model, name, kind, _number(name, rest))
    if kind not in ("input", "test"):
        raise ValueError(f"unknown endpoint {name!r}: expected {ENDPOINTS}")
    original = _input(name, rest, inputs) if kind == "input" else _test_original(name, rest, data)
    mu, sigma2 = encode_originals(model, [original], scale_factor)
    return Endpoint(name, mu[0], color(model, original.label, assign_all(model, mu, sigma2)[0]), original)


def _drawn(model: "IAPix2Seq", name: str, kind: str, number: int) -> Endpoint:
    """The centre of a component, or the code of a seed."""
    if kind == "component":
        needs.component(model, number)
        code = model.latent_mu.numpy()[number]
    else:
        needs.codes(model)
        if number > INT32_MAX:
            raise ValueError(f"{name}: expected a seed of 0 to {INT32_MAX}, found {number}")
        code = normal(model, 1, number)[0]
    return Endpoint(name, code, numbered_color(number))


def _input(name: str, rest: str, inputs: Sequence[Original]) -> Original:
    if not inputs:
        raise ValueError(f"{name}: no inputs are given; name the files with --input")
    return _at(name, inputs, _number(name, rest))


def _test_original(name: str, rest: str, data: "SketchData | None") -> Original:
    if data is None:
        raise ValueError(f"{name}: test sketches need data; give --data_dir")
    category, _, number = rest.rpartition(":")
    if category not in data.categories:
        raise ValueError(f"{name}: unknown category {category!r}, expected one of {', '.join(data.categories)}")
    label = data.categories.index(category)
    index, rows = _number(name, number), data_rows(data, label)
    if not len(rows):
        raise ValueError(f"{name}: the data has no test sketches of {category}; name files with --input")
    return data_original(data, label, index, _at(name, rows, index))


def _at(name: str, items: Sequence | np.ndarray, number: int) -> Any:
    if not 0 <= number < len(items):
        raise ValueError(f"{name}: found the number {number}, but there are only {len(items)}, counted from 0")
    return items[number]


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"unknown endpoint {name!r}: expected {ENDPOINTS}")
    return int(text)
