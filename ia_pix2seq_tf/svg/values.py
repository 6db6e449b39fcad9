"""Values of SVG and CSS that CairoSVG does not know, in terms that it does.

Every function takes text from a stranger's file and returns None for what is no such value.
"""

import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import tinycss2
from tinycss2 import color5

from ia_pix2seq_tf.untrusted import LARGEST_NUMBER

Color = tuple[float, float, float, float]
"""Red, green, blue and opacity, each 0 to 1."""

NO_PAINT: Color = (0, 0, 0, 0)
PATTERN: Color = (2, 2, 2, 1)
"""Stands for what has no one colour, and differs from all that have."""

SMALLEST_NUMBER = 1e-30  # numbers below it are 0, so that no ratio overflows
ROOT_EM = 16  # px
LONGEST_VALUE = 10_000  # characters of what is no list of coordinates

_LONGEST_NUMBER = 64  # characters
NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
COMMA = r"[ \t\r\n\f]*(?:,[ \t\r\n\f]*)?"
_LENGTH = re.compile(rf"({NUMBER})\s*(%|[a-zA-Z]*)")
_PX = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_DISTANCES = {**_PX, "em": ROOT_EM, "rem": ROOT_EM, "ex": ROOT_EM / 2, "ch": ROOT_EM / 2}
_RELATIVE = ("%", "em", "ex", "ch")  # what CairoSVG resolves, knowing page and font
_WINDOW = ("vw", "vh", "vmin", "vmax")
_DEGREES = {"": 1, "deg": 1, "grad": 0.9, "rad": 180 / math.pi, "turn": 360}
_VARIABLE = re.compile(r"(?i)var\(\s*--([\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_DECLARED = re.compile(r"(?<![\w-])--(?=[\w-]+\s*:)")
_MOST_VARIABLES = 20  # of a value, and one in the value of another
_RENAMED = "_var-"  # what CairoSVG takes for a property


@functools.lru_cache(maxsize=256)
def color(text: str, current: str = "black") -> Color | None:
    """A colour, or the absence of one, in any notation of CSS.

    Args:
        text: of `fill` or `stroke`, without `url(…)`.
        current: what `currentColor` stands for.
    """
    text = text[:LONGEST_VALUE].strip().lower()
    if text in ("none", "transparent"):
        return NO_PAINT
    if text in ("context-fill", "context-stroke"):
        return 0, 0, 0, 1
    try:
        parsed = color5.parse_color(_SYSTEM.get(text, text))
        if parsed == "currentcolor":
            return color(current) if current.strip().lower() != "currentcolor" else (0, 0, 0, 1)
        if parsed is None:
            mixed = _MIXED.fullmatch(text) or _LIGHT.fullmatch(text)
            return mixed and color(re.sub(r"(?<![\d.])[\d.]+%$", "", mixed[1].strip()), current)
        red, green, blue, opacity = parsed.to("srgb")
    except (ValueError, NotImplementedError, AttributeError):  # of a space that tinycss2 does not convert
        return _lightness(text)
    return red, green, blue, opacity


_SYSTEM = {"canvas": "white", "canvastext": "black"}
_MIXED = re.compile(r"color-mix\([^,()]*,([^,()]*(?:\([^()]*\)[^,()]*)?),.*\)")  # counts as the first of its colours
_LIGHT = re.compile(r"light-dark\(([^,()]*(?:\([^()]*\)[^,()]*)?),.*\)")


def _lightness(text: str) -> Color | None:
    """The grey of a colour in a space that tinycss2 does not convert, such as lab(); black for one of another kind."""
    match = re.match(rf"(lab|lch|oklab|oklch|color)\((?:\s*[a-z][\w-]*)?\s*({NUMBER})(%?)", text)
    if not match:
        return None
    whole = 1 if match[1].startswith(("ok", "color")) and not match[3] else 100
    grey = min(max(float(match[2]) / whole, 0.0), 1.0)
    return grey, grey, grey, 1


def with_named_variables(style: str) -> str:
    """Declarations of CSS in which variables have names as properties have, so that CairoSVG hands them down."""
    return _DECLARED.sub(_RENAMED, style)


def without_variables(text: str, known: Mapping[str, str]) -> str:
    """Text in which variables of CSS are replaced by their values, or by what stands beside them if they have none."""

    def value(match: re.Match[str]) -> str:
        return str(known.get(_RENAMED + match[1].lower(), match[2] or ""))[:LONGEST_VALUE].strip()

    for _ in range(_MOST_VARIABLES):
        if "var(" not in text or len(text) > LONGEST_VALUE:
            break
        text = _VARIABLE.sub(value, text, count=_MOST_VARIABLES)
    return text[:LONGEST_VALUE]


def length(text: str) -> str | None:
    """A length in units that CairoSVG knows, those of the window as parts of the page."""
    value, unit = _measure(text)
    if value is None:
        return None
    if unit in _PX:
        return repr(value * _PX[unit])
    if unit == "rem":
        return repr(value * ROOT_EM)
    return f"{value!r}{'%' if unit in _WINDOW else unit}" if unit in _RELATIVE or unit in _WINDOW else None


def pixels(text: str, window: Mapping[str, float] | None = None) -> float | None:
    """A length in px, where a font is as large as that of the root.

    Args:
        text: the length.
        window: what units of the window are in px, if there is one.
    """
    value, unit = _measure(text)
    units = {**_DISTANCES, **(window or {})}
    return value * units[unit] if value is not None and unit in units else None


def share(text: str) -> float | None:
    """A number of 0 to 1, such as an opacity, as a number or in percent."""
    match = _LENGTH.fullmatch(text[:LONGEST_VALUE].strip())
    if not match or match[2] not in ("", "%"):
        return None
    return min(max(float(match[1]) / (100 if match[2] else 1), 0.0), 1.0)


def angle(text: str) -> float:
    """An angle in degrees; 0 for no angle."""
    value, unit = _measure(text)
    return 0.0 if value is None else value * _DEGREES.get(unit, 0.0)


def _measure(text: str) -> tuple[float | None, str]:
    """A number and its unit in small letters; None for what is no such thing."""
    match = _LENGTH.fullmatch(text[:LONGEST_VALUE].strip())
    return (number(match[1]), match[2].lower()) if match else (None, "")


def numbers(text: str) -> Iterator[float | None]:
    """Numbers that are divided by spaces or commas, and None where something else comes, which ends them."""
    pattern, position = re.compile(rf"{COMMA}({NUMBER})"), 0
    while match := pattern.match(text, position):
        value = number(match[1])
        yield value
        if value is None:
            return
        position = match.end()
    if text[position:].strip(" \t\r\n,"):
        yield None


def number(text: str) -> float | None:
    """A number of sane length and size."""
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if not abs(value) <= LARGEST_NUMBER:
        return None
    return value if abs(value) >= SMALLEST_NUMBER else 0.0


@dataclass(frozen=True)
class Box:
    """A rectangle to which percentages refer."""

    x: float
    y: float
    width: float
    height: float


def matrix(text: str, origin: str, box: Box) -> np.ndarray | None:
    """The matrix `[3, 3]` of the attribute `transform` or the property of CSS.

    Args:
        text: a list of transforms.
        origin: `transform-origin`; empty for that of SVG, the first corner of the box.
        box: to which percentages refer.
    """
    product = np.eye(3)
    for token in tinycss2.parse_component_value_list(re.sub(r"(\w)\s+\(", r"\1(", text), skip_comments=True):
        if token.type == "whitespace" or token == ",":
            continue
        if token.type == "ident" and token.lower_value == "none":
            continue
        step = _step(token, box) if token.type == "function" else None
        if step is None:
            return None
        product = product @ step
    x, y = _origin(origin, box)
    return _translation(x, y) @ product @ _translation(-x, -y)


def _step(function: tinycss2.ast.FunctionBlock, box: Box) -> np.ndarray | None:
    """One transform as a matrix `[3, 3]`."""
    make, kinds = _TRANSFORMS.get(function.lower_name, (None, ""))
    arguments = [token for token in function.arguments if token.type != "whitespace" and token != ","]
    if make is None or len(arguments) > len(kinds):
        return None
    values = [_VALUES[kind](token, box) for token, kind in zip(arguments, kinds, strict=False)]
    if not all(value is not None and abs(value) <= LARGEST_NUMBER for value in values):
        return None
    try:
        return make(*values)
    except TypeError:  # too few
        return None


def _distance(token: tinycss2.ast.Node, side: float) -> float | None:
    if token.type == "percentage":
        return token.value / 100 * side
    unit = token.lower_unit if token.type == "dimension" else "" if token.type == "number" else None
    return token.value * _DISTANCES[unit] if unit in _DISTANCES else None


def _angle(token: tinycss2.ast.Node, _: Box) -> float | None:
    unit = token.lower_unit if token.type == "dimension" else "" if token.type == "number" else None
    return token.value * _DEGREES[unit] if unit in _DEGREES else None


def _factor(token: tinycss2.ast.Node, _: Box) -> float | None:
    if token.type == "percentage":
        return token.value / 100
    return token.value if token.type == "number" else None


_VALUES: dict[str, Callable[[tinycss2.ast.Node, Box], float | None]] = {
    "x": lambda token, box: _distance(token, box.width),
    "y": lambda token, box: _distance(token, box.height),
    "a": _angle,
    "f": _factor,
}


def _translation(x: float, y: float = 0) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _rotation(angle: float, x: float = 0, y: float = 0) -> np.ndarray:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return _translation(x, y) @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ _translation(-x, -y)


def _scaling(x: float, y: float | None = None) -> np.ndarray:
    return np.diag([x, x if y is None else y, 1])


def _skewing(x: float, y: float = 0) -> np.ndarray:
    return np.array([[1, math.tan(math.radians(x)), 0], [math.tan(math.radians(y)), 1, 0], [0, 0, 1]])


def _affine(a: float, b: float, c: float, d: float, e: float, f: float) -> np.ndarray:
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]])


_TRANSFORMS: dict[str, tuple[Callable[..., np.ndarray], str]] = {
    "matrix": (_affine, "ffffxy"),
    "translate": (_translation, "xy"),
    "translatex": (_translation, "x"),
    "translatey": (lambda y: _translation(0, y), "y"),
    "translate3d": (lambda x, y, _: _translation(x, y), "xyx"),
    "translatez": (lambda _: _translation(0), "x"),
    "scale": (_scaling, "ff"),
    "scalex": (lambda x: _scaling(x, 1), "f"),
    "scaley": (lambda y: _scaling(1, y), "f"),
    "scale3d": (lambda x, y, _: _scaling(x, y), "fff"),
    "rotate": (_rotation, "axy"),
    "rotatez": (_rotation, "a"),
    "skew": (_skewing, "aa"),
    "skewx": (_skewing, "a"),
    "skewy": (lambda y: _skewing(0, y), "a"),
}
"""By name: what makes the matrix of its arguments, and what these are: distances, angles, factors."""

_KEYWORDS = {"left": ("x", 0), "right": ("x", 1), "top": ("y", 0), "bottom": ("y", 1)}


def _origin(text: str, box: Box) -> tuple[float, float]:
    """The fixed point that `transform-origin` names."""
    tokens = [token for token in tinycss2.parse_component_value_list(text) if token.type != "whitespace"][:2]
    if not tokens:
        return box.x, box.y
    places: dict[str, float] = {}
    for axis, token in zip("xy", tokens, strict=False):
        low, side = (box.x, box.width) if axis == "x" else (box.y, box.height)
        if token.type == "ident" and token.lower_value in _KEYWORDS:
            axis, end = _KEYWORDS[token.lower_value]
            places[axis] = box.x + end * box.width if axis == "x" else box.y + end * box.height
        elif token.type != "ident" and (at := _distance(token, side)) is not None:
            places[axis] = low + at
    return places.get("x", box.x + box.width / 2), places.get("y", box.y + box.height / 2)
