"""Excalidraw's files: a scene is a drawing.

Free lines, lines, arrows (without their heads), rectangles, diamonds and ellipses are lines; texts, images and what is
embedded are left out, and so is, without being counted, what is deleted or cannot be seen.
"""

import os
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt
from ia_pix2seq_tf.data.convert.readers import scene
from ia_pix2seq_tf.data.convert.readers.json_text import parse_document
from ia_pix2seq_tf.data.convert.readers.stream import Advance, read_document
from ia_pix2seq_tf.untrusted import InputError, naming

FREE = ("freedraw", "draw")  # the second in files of 2020 and 2021
_LINES = ("line", "arrow")
_BENT = (*FREE, "ellipse")
_CLEAR = "transparent"
_FRAMES = ("frame", "magicframe", "selection")  # around parts of a scene; not drawn
_NO_LINES = ("text", "image", "embeddable", "iframe")


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, bytes]]:
    """Yields the content: the file is the drawing."""
    yield "", read_document(path, advance)


def parse(data: bytes) -> Drawing:
    """Makes a drawing of the elements of a scene, in their order; only what is drawn by hand or round is simplified.

    Raises:
        InputError: if it is no such scene, naming the element, or has too many points.
    """
    document = parse_document(data)
    elements = document.get("elements")
    if not isinstance(elements, list):
        raise InputError(f"'elements': expected a list, found {excerpt(elements)}")
    canvas = scene.Canvas()
    for i, element in enumerate(elements):
        with naming(f"element {i}"):
            _add(element, canvas)
    return canvas.drawing()


def _add(element: object, canvas: scene.Canvas) -> None:
    """Draws an element, or leaves it out."""
    element, kind = _checked(element)
    if element.get("isDeleted") or element.get("opacity") == 0 or kind in _FRAMES:
        return
    if kind in _NO_LINES:
        canvas.leave_out(kind)
    elif kind not in _SHAPES:
        canvas.leave_out("unknown element")
    elif element.get("strokeColor") != _CLEAR or element.get("backgroundColor", _CLEAR) != _CLEAR:
        corner = scene.number(element, "x"), scene.number(element, "y")
        line = scene.turned(_SHAPES[kind](element, kind) + corner, scene.number(element, "angle", 0.0))
        canvas.add(line, kind in _BENT or (kind in _LINES and _is_curved(element)))


def _checked(element: object) -> tuple[Mapping, str]:
    """An element and its type; raises InputError for what is none."""
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or not isinstance(kind, str):
        raise InputError(f"expected an object with a 'type', found {excerpt(element if kind is None else kind)}")
    return element, kind


def _is_curved(element: Mapping) -> bool:
    """Whether a line bends between its points: said in another way until 2022."""
    return bool(element.get("roundness")) or element.get("strokeSharpness") == "round"


def _free(element: Mapping, kind: str) -> np.ndarray:
    return scene.points(element, "points")


def _polyline(element: Mapping, kind: str) -> np.ndarray:
    corners = scene.points(element, "points")
    return scene.smooth(corners) if _is_curved(element) else corners


def _shape(element: Mapping, kind: str) -> np.ndarray:
    return scene.OUTLINES[kind] * (scene.number(element, "width"), scene.number(element, "height"))


_SHAPES: dict[str, Callable[[Mapping, str], np.ndarray]] = {
    **dict.fromkeys(FREE, _free),
    **dict.fromkeys(_LINES, _polyline),
    **dict.fromkeys(("rectangle", "diamond", "ellipse"), _shape),
}
"""What makes the line `[n, 2]` of an element of each type, seen from its corner."""
