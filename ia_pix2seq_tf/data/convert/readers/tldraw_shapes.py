"""The shapes of tldraw since its second version (2023): records with properties, in a tree of pages and groups."""

import base64
import cmath
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import excerpt
from ia_pix2seq_tf.data.convert.readers import scene
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

_GROUPS = ("group", "frame")
_NO_LINES = ("text", "note", "image", "video", "bookmark", "embed")
_GEO = ("rectangle", "diamond", "triangle", "ellipse")
_NUMBERS = 3  # of a packed point, unless a segment says 2: x, y and the pressure

LeaveOut = Callable[[str], None]
Placed = tuple[Mapping, complex, complex]
"""A shape, where its corner is on the page, and by what its points are multiplied to turn them, as complex numbers."""


def pages(document: Mapping) -> Iterator[list[Placed]]:
    """The shapes of each page, in the order in which they lie upon each other.

    Raises:
        InputError: if there are no records, or a shape cannot be placed.
    """
    records = _records(document)
    shapes = [record for record in records if record.get("typeName") == "shape"]
    own = {scene.text(shape, "id") for shape in shapes}
    children: dict[str, list[Mapping]] = defaultdict(list)
    for shape in sorted(shapes, key=lambda shape: scene.text(shape, "index", "")):
        children[scene.text(shape, "parentId")].append(shape)
    order = {
        scene.text(page, "id"): scene.text(page, "index", "") for page in records if page.get("typeName") == "page"
    }
    roots = sorted((parent for parent in children if parent not in own), key=lambda root: (order.get(root, ""), root))
    for root in roots:
        yield list(_placed(root, children))


def line(shape: Mapping, leave_out: LeaveOut) -> tuple[np.ndarray, bool] | None:
    """The line `[n, 2]` of a shape, seen from its corner, and whether it is bent; None for what is none.

    Args:
        shape: its record.
        leave_out: is told what is left out.

    Raises:
        InputError: for a damaged shape.
    """
    kind = scene.text(shape, "type")
    if shape.get("opacity") == 0 or kind in _GROUPS:
        return None
    if kind in _NO_LINES:
        leave_out(kind)
        return None
    props = scene.mapping(shape, "props")
    if _has_text(props):
        leave_out("text")
    found = _LINES[kind](props) if kind in _LINES else None
    if found is None:
        leave_out("arrow" if kind == "arrow" else "unknown shape")
    return found


def _records(document: Mapping) -> list[Mapping]:
    """The records of a file, or of a snapshot of the editor's store."""
    holder = document.get("document", document)
    store = holder.get("store") if isinstance(holder, dict) else None
    records = list(store.values()) if isinstance(store, dict) else document.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"'records': expected a list of objects, found {excerpt(records)}")
    return records


def _placed(root: str, children: dict[str, list[Mapping]]) -> Iterator[Placed]:
    """The shapes below a page; each once, whatever the file says of who holds whom."""
    stack = _places(children.pop(root), 0j, 1 + 0j)
    while stack:
        shape, corner, turn = placed = stack.pop()
        yield placed
        stack += _places(children.pop(scene.text(shape, "id"), []), corner, turn)


def _places(shapes: list[Mapping], corner: complex, turn: complex) -> list[Placed]:
    """Shapes in one that lies at a corner and is turned, the first last."""
    return [
        (
            shape,
            corner + turn * complex(scene.number(shape, "x"), scene.number(shape, "y")),
            turn * cmath.exp(1j * scene.number(shape, "rotation", 0.0)),
        )
        for shape in reversed(shapes)
    ]


def _draw(props: Mapping) -> tuple[np.ndarray, bool]:
    """What was drawn by hand, in one movement."""
    segments = props.get("segments")
    if not isinstance(segments, list) or not all(isinstance(segment, dict) for segment in segments):
        raise InputError(f"'segments': expected a list of objects, found {excerpt(segments)}")
    if len(segments) > MOST_POINTS:
        raise InputError(f"'segments': expected at most {MOST_POINTS:,}, found {len(segments):,}")
    scale = scene.number(props, "scaleX", 1.0), scene.number(props, "scaleY", 1.0)
    parts, count = [], 0
    for segment in segments:
        parts.append(_segment(segment))
        count += len(parts[-1])
        if count > MOST_POINTS:
            raise InputError(f"expected a drawing of at most {MOST_POINTS:,} points, found more")
    if props.get("isClosed") and count:
        parts.append(np.concatenate(parts)[:1])
    return np.concatenate([np.zeros((0, 2)), *parts]) * scale, True


def _segment(segment: Mapping) -> np.ndarray:
    """The points `[n, 2]` of a segment: objects at first, packed since 2025."""
    for name, unpack in (("path", _steps), ("points", _packed)):
        if isinstance(packed := segment.get(name), str):
            try:
                return unpack(base64.b64decode(packed, validate=True), 2 if segment.get("dim") == 2 else _NUMBERS)
            except ValueError as error:
                raise InputError(f"{name!r}: expected points in base64, found {excerpt(packed)}") from error
    return scene.points(segment, "points")


def _steps(data: bytes, width: int) -> np.ndarray:
    """A path: the first point in four bytes a number, then the way from each to the next in two."""
    start, steps = np.frombuffer(data[: 4 * width], "<f4"), np.frombuffer(data[4 * width :], "<f2")
    return np.cumsum(np.concatenate([start, steps]).astype(np.float64).reshape(-1, width), axis=0)[:, :2]


def _packed(data: bytes, width: int) -> np.ndarray:
    """Points in two bytes a number."""
    return np.frombuffer(data, "<f2").astype(np.float64).reshape(-1, width)[:, :2]


def _polyline(props: Mapping) -> tuple[np.ndarray, bool]:
    """A line through points that are fields of an object, called handles until 2024."""
    corners = props.get("points", props.get("handles"))
    if not isinstance(corners, dict) or not all(isinstance(corner, dict) for corner in corners.values()):
        raise InputError(f"'points': expected an object of points, found {excerpt(corners)}")
    ordered = sorted(corners.values(), key=lambda corner: scene.text(corner, "index", ""))
    points = [scene.point(corner) for corner in ordered if corner.get("type") != "create"]
    return _bent(np.array(points).reshape(-1, 2), props.get("spline") == "cubic")


def _arrow(props: Mapping) -> tuple[np.ndarray, bool] | None:
    """An arrow from its start to its end; None where these are but names of shapes, or its corners are."""
    ends = [scene.mapping(props, name) for name in ("start", "end")]
    if any(end.get("type") == "binding" for end in ends) or props.get("kind") == "elbow":
        return None
    start, end = (complex(*scene.point(end)) for end in ends)
    bend = scene.number(props, "bend", 0.0)
    if start == end:
        return None
    middle = (start + end) / 2 + 1j * bend * (end - start) / abs(end - start)
    corners = np.array([start, middle, end] if bend else [start, end])
    return _bent(np.column_stack([corners.real, corners.imag]), bool(bend))


def _bent(corners: np.ndarray, is_bent: bool) -> tuple[np.ndarray, bool]:
    return (scene.smooth(corners) if is_bent else corners), is_bent


def _geo(props: Mapping) -> tuple[np.ndarray, bool] | None:
    """A shape of a width and a height; None for one that is not simple."""
    kind = props.get("geo")
    if kind not in _GEO:
        return None
    height = scene.number(props, "h") + scene.number(props, "growY", 0.0)
    return scene.OUTLINES[kind] * (scene.number(props, "w"), height), kind == "ellipse"


def _has_text(props: Mapping) -> bool:
    """Whether a shape is written upon: in plain text, or since 2025 in paragraphs."""
    rich = props.get("richText")
    paragraphs = rich.get("content") if isinstance(rich, dict) else None
    written = isinstance(paragraphs, list) and any(
        isinstance(part, dict) and part.get("content") for part in paragraphs
    )
    return bool(props.get("text")) or written


_LINES: dict[str, Callable[[Mapping], tuple[np.ndarray, bool] | None]] = {
    "draw": _draw,
    "highlight": _draw,
    "line": _polyline,
    "arrow": _arrow,
    "geo": _geo,
}
"""What makes the line of a shape of each type, and tells whether it is bent."""
