"""The shapes of tldraw's first version (2021 to 2023): pages that hold shapes by their ids, without a tree."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ia_pix2seq_tf.data.convert.readers import scene
from ia_pix2seq_tf.data.convert.readers.tldraw_shapes import LeaveOut, Placed

_NO_LINES = {"text": "text", "sticky": "note", "image": "image", "video": "video"}
_GROUP = "group"  # of shapes that are on the page by themselves


def is_document(document: Mapping) -> bool:
    """Whether a file is of this version."""
    held = document.get("document")
    return isinstance(held, dict) and isinstance(held.get("pages"), dict)


def pages(document: Mapping) -> Iterator[list[Placed]]:
    """The shapes of each page, in the order in which they lie upon each other; raises InputError for what is none."""
    held = scene.mapping(scene.mapping(document, "document"), "pages")
    for page in sorted((scene.mapping(held, name) for name in held), key=_order):
        shapes = scene.mapping(page, "shapes")
        ordered = sorted((scene.mapping(shapes, name) for name in shapes), key=_order)
        yield [(shape, complex(*scene.point(shape.get("point"))), 1 + 0j) for shape in ordered]


def line(shape: Mapping, leave_out: LeaveOut) -> tuple[np.ndarray, bool] | None:
    """The line `[n, 2]` of a shape and whether it is bent, None for what is none; as `tldraw_shapes.line`."""
    kind = scene.text(shape, "type")
    if kind == _GROUP:
        return None
    if kind in _NO_LINES or kind not in _LINES:
        leave_out(_NO_LINES.get(kind, "unknown shape"))
        return None
    if shape.get("label"):
        leave_out("text")
    found, is_bent = _LINES[kind](shape)
    return scene.turned(found, scene.number(shape, "rotation", 0.0)), is_bent


def _order(item: Mapping) -> float:
    return scene.number(item, "childIndex", 1.0)


def _draw(shape: Mapping) -> tuple[np.ndarray, bool]:
    return scene.points(shape, "points"), True


def _box(shape: Mapping) -> tuple[np.ndarray, bool]:
    return scene.OUTLINES[scene.text(shape, "type")] * scene.point(shape.get("size")), False


def _ellipse(shape: Mapping) -> tuple[np.ndarray, bool]:
    x, y = scene.point(shape.get("radius"))
    return scene.OUTLINES["ellipse"] * (2 * x, 2 * y), True


def _arrow(shape: Mapping) -> tuple[np.ndarray, bool]:
    handles = scene.mapping(shape, "handles")
    names = ("start", "bend", "end") if shape.get("bend") else ("start", "end")
    corners = np.array([scene.point(scene.mapping(handles, name).get("point")) for name in names])
    return scene.smooth(corners), len(corners) > 2


_LINES: dict[str, Callable[[Mapping], tuple[np.ndarray, bool]]] = {
    "draw": _draw,
    "rectangle": _box,
    "triangle": _box,
    "ellipse": _ellipse,
    "arrow": _arrow,
    "line": _arrow,
}
"""What makes the line of a shape of each type, and tells whether it is bent."""
