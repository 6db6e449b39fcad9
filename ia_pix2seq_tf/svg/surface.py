"""CairoSVG on a context that notes shapes: style sheets, groups, copies, viewports, clips, units and shapes are its.

Before an element is drawn, values that CairoSVG does not know are put in terms that it does (see `values`), and what
is no line is left out and counted.
"""

import copy
import re
from collections import Counter
from collections.abc import Iterator

import cairocffi
import cssselect2
import numpy as np
from cairosvg.bounding_box import calculate_bounding_box
from cairosvg.helpers import paint, size
from cairosvg.parser import Node, Tree
from cairosvg.surface import Surface
from cairosvg.url import parse_url

from ia_pix2seq_tf.svg import paths, values
from ia_pix2seq_tf.svg.recorder import Recorder
from ia_pix2seq_tf.svg.values import Box, Color
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

MOST_DRAWN = 50_000  # elements, each copy counted
UNKNOWN_PAGE = 4096  # px, of which percentages are taken where a document does not say how large it is

_NOT_LINES = ("text", "image", "foreignObject", "video", "audio", "canvas", "iframe")
_GROUPS = ("svg", "g", "switch", "use")
_SHAPES = ("path", "line", "polyline", "polygon", "rect", "circle", "ellipse")
_MARKERS = ("marker", "marker-start", "marker-mid", "marker-end")
_LENGTHS = (
    *("x", "y", "width", "height", "r", "rx", "ry", "cx", "cy", "x1", "y1", "x2", "y2", "stroke-width", "font-size"),
    *("refX", "refY", "markerWidth", "markerHeight"),
)
_SIDES = (("x", "x"), ("y", "y"), ("width", "x"), ("height", "y"))  # and the axis of their percentages
_SHARES = ("opacity", "fill-opacity", "stroke-opacity")
_UNUSED = ("font", "clip", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "rotate", "bounding_box")
_ASPECT = re.compile(r"\s*(?:defer\s+)?(none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s+(meet|slice))?\s*")
_HREF = "{http://www.w3.org/1999/xlink}href"


def _fetch(*_: object) -> bytes:
    """What CairoSVG gets instead of any other file."""
    return b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Drawing(Surface):
    """The shapes of a document.

    Attributes:
        page: the box that is shown, None if the document does not say.
        left_out: how many things of each kind were left out.
        shapes: what is drawn, from the bottom up, in px of the page.
    """

    device_units_per_user_units = 1
    context: Recorder
    parent_node: Node | None
    stroke_and_fill: bool
    font_size: float
    context_width: float
    context_height: float

    def __init__(self, document: bytes):
        """Draws a document that `document.parse` made."""
        self.left_out: Counter[str] = Counter()
        self.page: Box | None = None
        self._drawn = 0
        self._elements: dict[str, cssselect2.ElementWrapper] = {}
        tree = Tree(bytestring=document, url_fetcher=_fetch)
        self._settle_page(tree)
        for element in tree.element.iter_subtree():
            self._elements.setdefault(element.id, element)
        super().__init__(tree, None, 96, None, UNKNOWN_PAGE, UNKNOWN_PAGE)
        self.shapes = self.context.shapes

    def _settle_page(self, root: Node) -> None:
        """Gives the root a size: its own, else that of its view box, else one that is large enough."""
        self._settle_values(root)
        box = _view_box(root)
        sides: list[float | None] = [
            None if side.endswith("%") else float(side) for side in map(root.get, ("width", "height"), "%%")
        ]
        if box is not None and None in sides:
            sides = [box.width, box.height]
        width, height = sides
        if width and height:
            self.page = Box(0, 0, width, height)
        root["width"], root["height"] = map(str, (width, height) if self.page else (UNKNOWN_PAGE, UNKNOWN_PAGE))
        root["overflow"] = "visible"

    def _create_surface(self, width: float, height: float) -> tuple[cairocffi.Surface, float, float]:
        return cairocffi.RecordingSurface(cairocffi.CONTENT_COLOR_ALPHA, None), width, height

    def map_color(self, string: str | None, opacity: float = 1) -> Color:
        """A colour that `_settle_paint` has written."""
        red, green, blue, alpha = values.color(string or "none") or values.NO_PAINT
        return red, green, blue, alpha * opacity

    def draw(self, node: Node) -> None:
        """Draws an element and those in it; one that cannot be drawn is left out, but for what it has drawn before."""
        if self._drawn == 0:
            recorder = Recorder(self.context.get_target())
            recorder.set_matrix(self.context.get_matrix())
            self.context = recorder
        self._drawn += 1
        if self._drawn > MOST_DRAWN:
            raise InputError(f"expected at most {MOST_DRAWN:,} elements and copies, found more")
        if node.get("display") == "none":
            return
        if self.stroke_and_fill and node.tag in _NOT_LINES:
            self.left_out[node.tag] += 1
        elif node.tag in _GROUPS or node.tag in _SHAPES or node.tag == "defs":
            self._draw_guarded(node)

    def _draw_guarded(self, node: Node) -> None:
        """Draws an element, whatever CairoSVG makes of the values of strangers."""
        state = self.parent_node, self.font_size, self.context_width, self.context_height, self.stroke_and_fill
        depth = self.context.depth
        try:
            self._draw_settled(node)
        except (InputError, MemoryError, RecursionError, cairocffi.CairoError):
            raise
        except Exception:  # CairoSVG checks no values: any of them may fail anywhere
            self.left_out[f"damaged {node.tag}"] += 1
            while self.context.depth > depth:
                self.context.restore()
            self.context.new_path()
            self.parent_node, self.font_size, self.context_width, self.context_height, self.stroke_and_fill = state
        self.context.keeps_moves = False

    def _draw_settled(self, node: Node) -> None:
        self._settle_values(node)
        if node.get("opacity") == 0:
            return
        if node.tag == "use":
            self._settle_copy(node)
        self._settle_paint(node)
        self._settle_transform(node)
        self._settle_clip(node)
        self._settle_path(node)
        self._leave_out(node)
        super().draw(node)

    def _settle_values(self, node: Node) -> None:
        """Lengths, opacities and view boxes in CairoSVG's terms; those that are none go."""
        for name in _UNUSED:
            node.pop(name, None)
        for name in _LENGTHS:
            if name in node:
                _replace(node, name, values.length(values.without_variables(str(node[name]))))
        for name in _SHARES:
            if name in node:
                _replace(node, name, values.share(str(node[name])))
        if node.get("visibility") == "collapse":
            node["visibility"] = "hidden"
        if "viewBox" in node and _view_box(node) is None:
            del node["viewBox"]
        aspect = _ASPECT.fullmatch(node.get("preserveAspectRatio", ""))
        _replace(node, "preserveAspectRatio", " ".join(filter(None, aspect.groups())) if aspect else None)
        if node.tag not in ("svg", "use", "rect"):
            for name in ("width", "height"):
                node.pop(name, None)  # else nothing of an element would be drawn for its being 0

    def _settle_paint(self, node: Node) -> None:
        """Colours as numbers; gradients and patterns are ink."""
        for name in ("fill", "stroke"):
            found = (self._rgba(source, name) for source in (node, *_ancestors(node)))
            color = next((color for color in found if color is not None), None)
            text = color and "rgb({} {} {} / {})".format(*(255 * part for part in color[:3]), color[3])
            _replace(node, name, text)

    def _rgba(self, node: Node, name: str) -> Color | None:
        """The colour that an element says it has; None for nothing that is one."""
        source, text = paint(values.without_variables(str(node.get(name, ""))[: values.LONGEST_VALUE]))
        if source:
            return 0, 0, 0, 1
        return values.color(text, node.get("color", "black")) if text else None

    def _settle_transform(self, node: Node) -> None:
        """Transforms of SVG and CSS as one matrix, with its origin."""
        text, origin = (node.pop(name, "") for name in ("transform", "transform-origin"))
        if not text or len(text) > values.LONGEST_VALUE:
            return
        box = Box(0, 0, self.context_width, self.context_height)
        if node.get("transform-box") in ("fill-box", "content-box", "border-box", "stroke-box") and origin:
            box = self._extent(node) or box
        matrix = values.matrix(text, origin, box)
        if matrix is None:
            self.left_out["damaged transform"] += 1
        else:
            node["transform"] = "matrix({!r} {!r} {!r} {!r} {!r} {!r})".format(*matrix[:2].T.ravel().tolist())

    def _extent(self, node: Node) -> Box | None:
        """The box around an element, in its own coordinates."""
        box = calculate_bounding_box(self, node)
        node.pop("bounding_box", None)
        return Box(*box) if box and np.isfinite(box).all() else None

    def _settle_clip(self, node: Node) -> None:
        """A clip that is told in parts of the element's box, in its coordinates."""
        name = parse_url(node.get("clip-path")).fragment
        clip = self.paths.get(name)
        if clip is None or clip.tag != "clipPath":
            node.pop("clip-path", None)
        elif clip.get("clipPathUnits") == "objectBoundingBox" and (box := self._extent(node)):
            scaled = copy.copy(clip)
            scaled.pop("clipPathUnits")
            place = f"translate({box.x!r} {box.y!r}) scale({box.width!r} {box.height!r})"
            scaled["transform"] = f"{place} {clip.get('transform', '')}"
            node["clip-path"] = f"url(#{name} of a box)"
            self.paths[f"{name} of a box"] = scaled

    def _settle_path(self, node: Node) -> None:
        """Lists of coordinates as commands one by one, as far as they make sense."""
        if node.tag == "path":
            data, is_whole = paths.commands(node.get("d", ""), MOST_POINTS)
        elif node.tag == "rect" and ("rx" in node or "ry" in node):
            data, is_whole = self._rounded(node), True
            node.tag = "path"
        elif node.tag == "ellipse":
            node.update(
                {
                    name: node[other]
                    for name, other in (("rx", "ry"), ("ry", "rx"))
                    if other in node and name not in node
                }
            )
            return
        elif node.tag in ("polyline", "polygon"):
            data, is_whole = paths.polygon(node.pop("points", ""), node.tag == "polygon", MOST_POINTS)
            node.tag = "path"
        else:
            return
        if not is_whole:
            self.left_out["rest of a damaged path" if data else "damaged path"] += 1
        node["d"] = data
        self.context.keeps_moves = paths.tells_moves(data)

    def _rounded(self, node: Node) -> str:
        """A rectangle with round corners as path data."""
        x, y, width, height = (size(self, node.get(name), axis) for name, axis in _SIDES)
        rx = size(self, node.get("rx", node.get("ry")), "x" if "rx" in node else "y")
        ry = size(self, node.get("ry", node.get("rx")), "y" if "ry" in node else "x")
        return paths.rounded(Box(x, y, width, height), min(abs(rx), width / 2), min(abs(ry), height / 2))

    def _settle_copy(self, node: Node) -> None:
        """Makes a group of a `use`, with the copy in it; none of itself."""
        node.tag = "g"
        x, y, width, height = (node.pop(key, None) for key in ("x", "y", "width", "height"))
        linked = node.pop(_HREF, "")
        file, _, name = node.pop("href", linked).strip().partition("#")
        element = None if file else self._elements.get(name)
        if element is None:
            self.left_out["linked file" if file else "copy of nothing"] += 1
            return
        if any(ancestor.get("id") == name for ancestor in _ancestors(node)):
            return
        target = Node(element, node.style, node.url_fetcher, parent=node)
        if target.tag in ("symbol", "svg"):
            target.tag = "svg"
            target.update({key: side for key, side in (("width", width), ("height", height)) if side})
        node["transform"] = f"{node.get('transform', '')} translate({size(self, x, 'x')} {size(self, y, 'y')})"
        node.children = [target]

    def _leave_out(self, node: Node) -> None:
        """Counts and removes what changes pixels only, or has no meaning."""
        for name in ("filter", "mask"):
            text = node.pop(name, "none")
            self.left_out[name] += text != "none" and self.stroke_and_fill
        node.pop("opacity", None)
        for name in _MARKERS:
            if name in node and parse_url(node[name]).fragment not in self.markers:
                del node[name]


def _replace(node: Node, name: str, value: object) -> None:
    if value is None:
        node.pop(name, None)
    else:
        node[name] = value


def _ancestors(node: Node) -> Iterator[Node]:
    while (node := node.parent) is not None:
        yield node


def _view_box(node: Node) -> Box | None:
    sides = [side for side in values.numbers(str(node.get("viewBox", ""))) if side is not None]
    return Box(*sides) if len(sides) == 4 and sides[2] > 0 and sides[3] > 0 else None


def draw(document: bytes) -> Drawing:
    """The shapes of a document that `document.parse` made.

    Raises:
        InputError: if they are more than can be drawn.
    """
    try:
        return Drawing(document)
    except RecursionError as error:
        raise InputError("expected copies of copies that end, found too many") from error
    except cairocffi.CairoError as error:
        raise InputError(f"expected transforms and sizes that can be drawn, found: {error}") from error
