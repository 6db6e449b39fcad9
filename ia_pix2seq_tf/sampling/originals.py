"""What one draws from: test sketches, files of the user, and single codes by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ia_pix2seq_tf.data.pipeline import SketchData
from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.sheet import MORE_COLORS, category_color

if TYPE_CHECKING:
    from ia_pix2seq_tf.sampling.inputs import Sketch

NO_CATEGORY = -1
"""Label of what belongs to no category, or to an unknown one."""
SYNTAX = "test:CATEGORY:NUMBER, component:NUMBER or input:NUMBER"


class Original(NamedTuple):
    """A sketch that a user or the data provide.

    Attributes:
        name: such as "test:pig:3" or "input:0".
        image: uint8 `[size, size]`, 255 is white.
        strokes: `[n, 3]` in units of the data; None where only the image is known.
        label: index of its category, or `NO_CATEGORY`.
        style: of a demo doodle, else empty.
        source: the file that it is from, else empty.
    """

    name: str
    image: np.ndarray
    strokes: np.ndarray | None = None
    label: int = NO_CATEGORY
    style: str = ""
    source: str = ""


class Endpoint(NamedTuple):
    """A code that has a name: of a test sketch, an input, or the centre of a latent component.

    Attributes:
        name: as the user gave it.
        code: `[z_size]`.
        color: `#rrggbb`, the category's or the component's.
        original: what was encoded; None for a component.
    """

    name: str
    code: np.ndarray
    color: str
    original: Original | None = None


def data_originals(data: SketchData, most: int | None = None) -> list[Original]:
    """The first `most` test sketches of each category, all by default; category by category."""
    return [
        _of_row(data, label, index, row)
        for label in range(len(data.categories))
        for index, row in enumerate(_rows(data, label)[:most])
    ]


def input_originals(sketches: Sequence[Sketch]) -> list[Original]:
    """What `inputs.read_inputs` has read, numbered as the user gave it."""
    return [
        Original(f"input:{i}", sketch.image, sketch.strokes, source=str(sketch.source))
        for i, sketch in enumerate(sketches)
    ]


def endpoint(model, name: str, data: SketchData | None, inputs: Sequence[Original]) -> Endpoint:
    """The code of that name: "test:cat:3", "component:2" or "input:0".

    Raises:
        ValueError: for another name, a number out of range, or a test sketch where no data is given.
    """
    kind, _, rest = name.partition(":")
    if kind == "component":
        component = checked_component(model, _number(name, rest))
        return Endpoint(name, model.latent_mu.numpy()[component], component_color(component))
    if kind == "input":
        if not inputs:
            raise ValueError(f"{name}: no inputs are given; name the files with --input")
        original = _at(name, inputs, _number(name, rest))
    elif kind == "test":
        original = _test_original(name, rest, data)
    else:
        raise ValueError(f"unknown endpoint {name!r}: expected {SYNTAX}")
    mu, sigma2 = encode_all(model, [original.image])
    return Endpoint(name, mu[0], color(model, original.label, assign_all(model, mu, sigma2)[0]), original)


def checked_component(model, component: int) -> int:
    """The component, if the model has it; raises ValueError otherwise."""
    if not 0 <= component < model.hps.k:
        raise ValueError(f"component {component}: this model has the components 0 to {model.hps.k - 1}")
    return component


def color(model, label: int, component: int) -> str:
    """The colour `#rrggbb` of a sketch: its category's, or where it has none, its component's."""
    if label == NO_CATEGORY:
        return component_color(component)
    return category_color(model.hps.categories[label], label)


def component_color(component: int) -> str:
    """A colour for each component, in turn."""
    return MORE_COLORS[component % len(MORE_COLORS)]


def _test_original(name: str, rest: str, data: SketchData | None) -> Original:
    if data is None:
        raise ValueError(f"{name}: test sketches need data; give --data_dir")
    category, _, number = rest.rpartition(":")
    if category not in data.categories:
        raise ValueError(f"{name}: unknown category {category!r}, expected one of {', '.join(data.categories)}")
    label = data.categories.index(category)
    index = _number(name, number)
    return _of_row(data, label, index, _at(name, _rows(data, label), index))


def _of_row(data: SketchData, label: int, index: int, row: int) -> Original:
    """Test sketch number `index` of a category, which is number `row` of the split."""
    test = data.test
    style = "" if test.styles is None else str(test.styles[row])
    return Original(f"test:{data.categories[label]}:{index}", test.images[row], test.strokes[row], label, style)


def _rows(data: SketchData, label: int) -> np.ndarray:
    """Where the test sketches of a category are."""
    return np.flatnonzero(data.test.labels == label)


def _at(name: str, items: Sequence, number: int):
    if not 0 <= number < len(items):
        raise ValueError(f"{name}: found the number {number}, but there are only {len(items)}, counted from 0")
    return items[number]


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"unknown endpoint {name!r}: expected {SYNTAX}")
    return int(text)
