"""The attributes of SVG elements: lengths, colours, transforms; and basic shapes as path commands."""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import ImageColor

from ia_pix2seq_tf.svg.path import Command, parse_length, parse_numbers, parse_path
from ia_pix2seq_tf.untrusted import InputError

LONGEST_ATTRIBUTE = 10_000  # characters of an attribute that is no list of coordinates

Color = tuple[int, ...] | str | None
"""Red, green and blue; or the text of what is no plain colour; or None for no paint."""

_COORDINATES = ("d", "points")
_ALONG_X = ("x", "cx", "rx", "width", "x1", "x2")
_UNITS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_TRANSFORM = re.compile(r"[\s,]*([a-zA-Z]+)\s*\(([^()]*)\)[\s,]*")


@dataclass(frozen=True)
class Page:
    """The part of the plane that a document shows."""

    x: float
    y: float
    width: float
    height: float

    def side(self, name: str) -> float:
        """The length of which attribute `name` may be a percentage."""
        if name == "r":
            return math.hypot(self.width, self.height) / math.sqrt(2)
        return self.width if name in _ALONG_X else self.height


class Attributes:
    """The attributes of one element; declarations in its `style` come before those of the same name."""

    def __init__(self, texts: Mapping[str, str], page: Page | None):
        self._texts = dict(texts)
        self._page = page
        for declaration in self.text("style").split(";"):
            name, _, value = declaration.partition(":")
            self._texts[name.strip()] = value.removesuffix("!important").strip()

    def text(self, name: str) -> str:
        """An attribute as it is written, empty if there is none."""
        text = self._texts.get(name, "")
        if len(text) > LONGEST_ATTRIBUTE and name not in _COORDINATES:
            raise InputError(f"expected {name!r} of at most {LONGEST_ATTRIBUTE:,} characters, found {len(text):,}")
        return text

    def length(self, name: str, default: float = 0.0) -> float:
        """A length in user units."""
        text = self.text(name)
        if text in ("", "auto"):
            return default
        number, unit = parse_length(text)
        if unit == "%" and self._page is not None:
            return number / 100 * self._page.side(name)
        if unit not in _UNITS:
            raise InputError(f"expected {name!r} in one of {', '.join(filter(None, _UNITS))}, found {text[:20]!r}")
        return number * _UNITS[unit]

    def is_zero(self, name: str) -> bool:
        """Whether an attribute is there and is 0, in whatever unit."""
        text = self.text(name)
        return text[:1].isdigit() and parse_length(text)[0] == 0

    def color(self, name: str, inherited: Color) -> Color:
        """The colour of `fill` or `stroke`."""
        text = self.text(name).lower()
        if text in ("none", "transparent") or self.is_zero(f"{name}-opacity"):
            return None
        if text in ("", "inherit"):
            return inherited
        try:
            *color, opacity = (*ImageColor.getrgb(text), 255)[:4]
        except ValueError:
            return text
        return tuple(color) if opacity else None

    def page(self) -> Page | None:
        """The page of the root element, or None if it does not say."""
        box = list(itertools.islice(parse_numbers(self.text("viewBox")), 5))
        if not box and "%" not in self.text("width") + self.text("height"):
            box = [0, 0, self.length("width"), self.length("height")]
        return Page(*box) if len(box) == 4 and box[2] > 0 and box[3] > 0 else None

    def transform(self) -> np.ndarray:
        """The matrix `[3, 3]` from the element's coordinates to those around it."""
        text, matrix, position = self.text("transform"), np.eye(3), 0
        while match := _TRANSFORM.match(text, position):
            matrix = matrix @ _matrix(match[1], list(itertools.islice(parse_numbers(match[2]), 7)))
            position = match.end()
        if text[position:].strip() not in ("", "none"):
            raise InputError(f"expected a transform, found {text[position : position + 20]!r}")
        return matrix


def _matrix(name: str, numbers: list[float]) -> np.ndarray:
    """One transform as a matrix `[3, 3]`."""
    match name, numbers:
        case "matrix", [a, b, c, d, e, f]:
            return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
        case "translate", [x]:
            return np.array([[1, 0, x], [0, 1, 0], [0, 0, 1]])
        case "translate", [x, y]:
            return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
        case "scale", [x]:
            return np.diag([x, x, 1])
        case "scale", [x, y]:
            return np.diag([x, y, 1])
        case "rotate", [angle]:
            cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        case "rotate", [angle, x, y]:
            return _matrix("translate", [x, y]) @ _matrix("rotate", [angle]) @ _matrix("translate", [-x, -y])
        case "skewX", [angle]:
            return np.array([[1, math.tan(math.radians(angle)), 0], [0, 1, 0], [0, 0, 1]])
        case "skewY", [angle]:
            return np.array([[1, 0, 0], [math.tan(math.radians(angle)), 1, 0], [0, 0, 1]])
    raise InputError(f"expected a transform of SVG, found {name[:20]} with {len(numbers)} numbers")


def _path(attributes: Attributes) -> Iterator[Command]:
    return parse_path(attributes.text("d"))


def _line(attributes: Attributes) -> Iterator[Command]:
    yield "M", [attributes.length("x1"), attributes.length("y1")]
    yield "L", [attributes.length("x2"), attributes.length("y2")]


def _polyline(attributes: Attributes) -> Iterator[Command]:
    numbers, letter = parse_numbers(attributes.text("points")), "M"
    for x in numbers:
        y = next(numbers, None)
        if y is None:
            raise InputError("expected points of two numbers, found an odd count")
        yield letter, [x, y]
        letter = "L"


def _polygon(attributes: Attributes) -> Iterator[Command]:
    if attributes.text("points").strip():
        yield from _polyline(attributes)
        yield "Z", []


def _rect(attributes: Attributes) -> Iterator[Command]:
    x, y, width, height = map(attributes.length, ("x", "y", "width", "height"))
    if width > 0 and height > 0:
        rx = min(attributes.length("rx", attributes.length("ry")), width / 2)
        ry = min(attributes.length("ry", attributes.length("rx")), height / 2)
        corner = [rx, ry, 0, 0, 1]
        yield "M", [x + rx, y]
        yield "H", [x + width - rx]
        yield "a", [*corner, rx, ry]
        yield "V", [y + height - ry]
        yield "a", [*corner, -rx, ry]
        yield "H", [x + rx]
        yield "a", [*corner, -rx, -ry]
        yield "V", [y + ry]
        yield "a", [*corner, rx, -ry]


def _circle(attributes: Attributes) -> Iterator[Command]:
    return _oval(attributes, attributes.length("r"), attributes.length("r"))


def _ellipse(attributes: Attributes) -> Iterator[Command]:
    rx = attributes.length("rx", attributes.length("ry"))
    return _oval(attributes, rx, attributes.length("ry", rx))


def _oval(attributes: Attributes, rx: float, ry: float) -> Iterator[Command]:
    """Draws an ellipse of two halves."""
    if rx > 0 and ry > 0:
        yield "M", [attributes.length("cx") - rx, attributes.length("cy")]
        yield "a", [rx, ry, 0, 0, 1, 2 * rx, 0]
        yield "a", [rx, ry, 0, 0, 1, -2 * rx, 0]


SHAPES: dict[str, Callable[[Attributes], Iterator[Command]]] = {
    "path": _path,
    "line": _line,
    "polyline": _polyline,
    "polygon": _polygon,
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
}
"""The elements that leave lines."""
