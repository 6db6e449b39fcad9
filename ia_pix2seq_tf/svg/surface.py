"""CairoSVG on a context that notes shapes: style sheets, groups, copies, viewports, clips, units and shapes are its.

Before an element is drawn, values that CairoSVG does not know are put in terms that it does (see `values`), and what
is no line is left out and counted.
"""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

import cairocffi
import cssselect2
import numpy as np
import tinycss2
from cairosvg.helpers import paint, size
from cairosvg.parser import Node, Tree
from cairosvg.surface import Surface
from cairosvg.url import parse_url

from ia_pix2seq_tf.svg import paths, values
from ia_pix2seq_tf.svg.copies import Copies
from ia_pix2seq_tf.svg.geometry import Area, Outline, Region, bounds
from ia_pix2seq_tf.svg.recorder import Recorder, Shape
from ia_pix2seq_tf.svg.values import PATTERN, Box, Color
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError

MOST_DRAWN = 50_000  # elements, each copy counted
LEAST_LIGHT = 0.1  # of a mask, that shows something
UNKNOWN_PAGE = 4096  # px, of which percentages are taken where a document does not say how large it is

_NOT_LINES = ("text", "image", "foreignObject", "video", "audio", "canvas", "iframe")
_GROUPS = ("svg", "g", "switch", "use")
_SHAPES = ("path", "line", "polyline", "polygon", "rect", "circle", "ellipse")
_POSITIVE = {"rect": ("width", "height"), "circle": ("r",), "ellipse": ("rx", "ry")}
_MARKED = ("path", "line", "polyline", "polygon")
_MARKERS = ("marker", "marker-start", "marker-mid", "marker-end")
_LENGTHS = (
    *("x", "y", "width", "height", "r", "rx", "ry", "cx", "cy", "x1", "y1", "x2", "y2", "stroke-width", "font-size"),
    *("refX", "refY", "markerWidth", "markerHeight"),
)
_SIDES = (("x", "x"), ("y", "y"), ("width", "x"), ("height", "y"))  # and the axis of their percentages
_MARKER_SIDES = (("markerWidth", "x"), ("markerHeight", "y"))
_WORDS = ("display", "visibility", "overflow", "fill-rule", "clip-rule", "transform-box")
_SINGLE_TRANSFORMS = ("translate", "rotate", "scale")  # properties of CSS, in their order
_MOST_LINKS = 10  # of gradients to others
_LONGEST_PAINT = 1_000  # characters, also of links
_SHARES = ("opacity", "fill-opacity", "stroke-opacity")
_UNUSED = ("font", "clip", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit")
_ASPECT = re.compile(r"\s*(?:defer\s+)?(none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s+(meet|slice))?\s*")
_HREF = "{http://www.w3.org/1999/xlink}href"


def _fetch(*_: object) -> bytes:
    """What CairoSVG gets instead of any other file."""
    return b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Drawing(Surface):
    """The shapes of a document.

    Attributes:
        page: the box that is shown, None if the document does not say.
        is_open: whether what is beside the page is shown, too.
        background: the colour of the page.
        left_out: how many things of each kind were left out.
        shapes: what is drawn, from the bottom up, in px of the page.
    """

    device_units_per_user_units = 1
    context: Recorder
    parent_node: Node | None
    font_size: float
    context_width: float
    context_height: float

    def __init__(self, document: bytes):
        """Draws a document that `document.parse` made."""
        self.left_out: Counter[str] = Counter()
        self.page: Box | None = None
        self.background = values.NO_PAINT
        self._drawn = 0
        self._opacity = 1.0  # of the groups around
        self._is_area = self._is_measured = False  # all shapes are areas; clips do not count
        self._sources: dict[str, Color | None] = {}
        self._open: set[str] = set()  # clips and masks that are being drawn
        self._elements: dict[str, cssselect2.ElementWrapper] = {}
        tree = Tree(bytestring=document, url_fetcher=_fetch)
        self._copies = Copies(tree)
        self._settle_page(tree)
        for element in tree.element.iter_subtree():
            self._elements.setdefault(element.id, element)
        super().__init__(tree, None, 96, None, UNKNOWN_PAGE, UNKNOWN_PAGE)
        self.shapes = self.context.shapes

    def _settle_page(self, root: Node) -> None:
        """Gives the root a size: its own, else that of its view box, else one that is large enough."""
        _settle_words(root)
        self._settle_values(root)
        self.background = _background(root)
        box = _view_box(root)
        sides = [_side(root.get(name, "")) for name in ("width", "height")]
        if box is not None and None in sides:
            sides = [box.width, box.height]
        width, height = sides
        if width and height:
            self.page = Box(0, 0, width, height)
        root["width"], root["height"] = map(str, (width, height) if self.page else (UNKNOWN_PAGE, UNKNOWN_PAGE))
        self.is_open = root.get("overflow") == "visible"
        root["overflow"] = "visible"

    def _create_surface(self, width: float, height: float) -> tuple[cairocffi.Surface, float, float]:
        return cairocffi.RecordingSurface(cairocffi.CONTENT_COLOR_ALPHA, None), width, height

    def map_color(self, string: str | None, opacity: float = 1) -> Color:
        """A colour that `_settle_paint` has written."""
        if string == "pattern":
            return PATTERN
        red, green, blue, alpha = values.color(string or "none") or values.NO_PAINT
        return red, green, blue, alpha * opacity * self._opacity

    def draw(self, node: Node) -> None:
        """Draws an element and those in it; one that cannot be drawn is left out, but for what it has drawn before."""
        if self._drawn == 0:
            recorder = Recorder(self.context.get_target())
            recorder.set_matrix(self.context.get_matrix())
            self.context = recorder
        self._drawn += 1
        if self._drawn > MOST_DRAWN:
            raise InputError(f"expected at most {MOST_DRAWN:,} elements and copies, found more")
        _settle_words(node)
        if node.get("display") == "none":
            return
        if node.tag in _NOT_LINES:
            self.left_out[node.tag] += 1
        elif node.tag in _GROUPS or node.tag in _SHAPES or node.tag == "defs":
            self._draw_guarded(node)

    def _draw_guarded(self, node: Node) -> None:
        """Draws an element, whatever CairoSVG makes of the values of strangers."""
        state = self.parent_node, self.font_size, self.context_width, self.context_height, self._opacity
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
        self.context.keeps_moves = False
        self.parent_node, self.font_size, self.context_width, self.context_height, self._opacity = state

    def _draw_settled(self, node: Node) -> None:
        self._settle_values(node)
        opacity = node.pop("opacity", 1)
        self._opacity *= 1 if self._is_area else opacity
        if node.tag == "use":
            self._settle_copy(node)
        self._settle_paint(node)
        matrix = self._transform(node)
        if self._opacity == 0 or (matrix is not None and not abs(np.linalg.det(matrix)) > 0):
            return
        self.context.save()
        if matrix is not None:
            self.context.transform(cairocffi.Matrix(*matrix[:2].T.ravel().tolist()))
        for name, kind in (("clip-path", "clipPath"), ("mask", "mask")):
            text = node.pop(name, "none")
            if text != "none" and not self._is_measured:
                self._clip(node, kind, _fragment(text))
        self._leave_out(node)
        self._settle_path(node)
        if node.tag == "svg" and node.parent is not None:
            self._copies.count_search(node)
        super().draw(node)

    def _settle_values(self, node: Node) -> None:
        """Lengths, opacities and view boxes in CairoSVG's terms; those that are none go."""
        for name in _UNUSED:
            node.pop(name, None)
        for name in _LENGTHS:
            if name in node:
                _replace(node, name, values.length(str(node[name])))
        for name in _SHARES:
            if name in node:
                _replace(node, name, values.share(str(node[name])))
        if node.get("visibility") == "collapse":
            node["visibility"] = "hidden"
        if "viewBox" in node:
            box = _view_box(node)
            _replace(node, "viewBox", box and f"{box.x!r} {box.y!r} {box.width!r} {box.height!r}")
        aspect = _ASPECT.fullmatch(node.get("preserveAspectRatio", ""))
        _replace(node, "preserveAspectRatio", " ".join(filter(None, aspect.groups())) if aspect else None)
        if node.tag not in ("svg", "use", "rect"):
            for name, _ in _SIDES:
                node.pop(name, None)  # else nothing of an element would be drawn for its width being 0

    def _settle_paint(self, node: Node) -> None:
        """Colours as numbers."""
        if self._is_area:
            node.update(
                {"fill": "white", "stroke": "none", "fill-opacity": 1, "visibility": node.get("visibility", "")}
            )
            node["fill-rule"] = node.get("clip-rule", "nonzero")
        for name in ("fill", "stroke"):
            found = (self._rgba(source, name) for source in (node, *_ancestors(node)))
            color = next((color for color in found if color is not None), None)
            text = color and "rgb({} {} {} / {})".format(*(255 * part for part in color[:3]), color[3])
            _replace(node, name, "pattern" if color == PATTERN else text)

    def _rgba(self, node: Node, name: str) -> Color | None:
        """The colour that an element says it has; None for nothing that is one."""
        if node.get(name) == "initial":
            return (0, 0, 0, 1) if name == "fill" else values.NO_PAINT
        source, text = paint(str(node.get(name, ""))[:_LONGEST_PAINT])
        if source and (found := self._source(source)) is not None:
            return found
        return values.color(text or "none", node.get("color", "black")) if text or source else None

    def _source(self, name: str) -> Color | None:
        """The mean colour of a gradient; that of patterns; None for nothing of this name."""
        if name not in self._sources:
            self._sources[name] = self._mean(name)
        return self._sources[name]

    def _mean(self, name: str) -> Color | None:
        node = self.gradients.get(name)
        if node is None or node.tag not in ("linearGradient", "radialGradient"):
            return PATTERN if node is not None or name in self.patterns else None
        for _ in range(_MOST_LINKS):
            stops = [child for child in node.children if child.tag == "stop"]
            linked = self.gradients.get(_fragment(node.get_href()))
            if stops or linked is None:
                break
            node = linked
        colors = [
            (*(values.color(stop.get("stop-color", "black"), stop.get("color", "black")) or (0, 0, 0, 1))[:3], alpha)
            for stop in stops
            if (alpha := values.share(str(stop.get("stop-opacity", 1)))) is not None
        ]
        return tuple(np.mean(colors, axis=0).tolist()) if colors else values.NO_PAINT

    def _transform(self, node: Node) -> np.ndarray | None:
        """The matrix `[3, 3]` of the transforms of SVG and CSS; None if there are none."""
        text, origin = (node.pop(name, "") for name in ("transform", "transform-origin"))
        parts = [f"{name}({node.pop(name)})" for name in _SINGLE_TRANSFORMS if node.get(name, "none") != "none"]
        text = " ".join([*(part.replace(" ", ",") for part in parts), text])
        if not text.strip() or len(text) > values.LONGEST_VALUE:
            return None
        box = Box(0, 0, self.context_width, self.context_height)
        if node.get("transform-box") in ("fill-box", "content-box", "border-box", "stroke-box"):
            box = self._extent(node) or box
        elif node.parent is None:
            origin = origin or "50% 50%"
        matrix = values.matrix(text, origin, box)
        self.left_out["damaged transform"] += matrix is None
        return matrix

    def _extent(self, node: Node) -> Box | None:
        """The box around an element, in its own coordinates; None if there is nothing in it."""
        measured = self._copies.again(node)
        for name in ("transform", "clip-path", "mask"):
            measured.pop(name, None)
        shapes = self._apart(measured, is_measured=True)
        if not shapes:
            return None
        low, high = bounds(np.concatenate([run for shape in shapes for run in shape.runs]))
        return Box(low.real, low.imag, (high - low).real, (high - low).imag)

    def _apart(self, node: Node, is_measured: bool = False, is_area: bool = True) -> list[Shape]:
        """What an element draws, in the coordinates of what is being drawn; as areas, whatever their paint."""
        kept = self._is_measured, self._is_area, self._opacity, self.left_out, self.context.get_matrix()
        self._is_measured, self._is_area, self._opacity = is_measured, is_area, 1.0
        if is_measured:
            self.left_out = Counter()
            self.context.set_matrix(cairocffi.Matrix())
        with self.context.apart() as shapes:
            self.draw(node)
        self._is_measured, self._is_area, self._opacity, self.left_out, matrix = kept
        self.context.set_matrix(matrix)
        return shapes

    def _clip(self, node: Node, kind: str, name: str) -> None:
        """Lets only what is inside a clip or a mask be drawn; what cannot be told so is left out."""
        source = (self.paths if kind == "clipPath" else self.masks).get(name)
        if source is None or source.tag != kind or name in self._open:
            return
        self._open.add(name)
        is_clip, known = kind == "clipPath", self.left_out
        self.left_out = Counter()
        self.context.save()
        shapes = []
        if self._enter(node, source):
            apart = self._copies.again(source)
            apart.tag = "g"
            if is_clip:
                apart.children = [child for child in apart.children if child.tag in (*_SHAPES, "use", "text")]
            shapes = self._apart(apart, is_area=is_clip)
        self.context.restore()
        self._open.discard(name)
        lost, self.left_out = +self.left_out, known
        if lost or not all(shape.area[3] > 0 and shape.area != PATTERN for shape in shapes):
            self.left_out.update(lost if is_clip else {"mask": 1})
        else:
            self.context.clip_to(self._region(shapes, source.get("mask-type") == "alpha"))

    def _enter(self, node: Node, source: Node) -> bool:
        """Goes to the coordinates in which a clip or a mask is told; False if there are none."""
        units = source.get("clipPathUnits", source.get("maskContentUnits"))
        if units == "objectBoundingBox":
            box = self._extent(node)
            if box is None or not (box.width and box.height):
                return False
            self.context.translate(box.x, box.y)
            self.context.scale(box.width, box.height)
        return True

    def _region(self, shapes: list[Shape], by_alpha: bool) -> Area:
        """What shapes show of what is under them, by how light they are, or by how opaque."""
        shown = [shape.area[3] * (1 if by_alpha else max(shape.area[:3])) > LEAST_LIGHT for shape in shapes]
        outlines = [Outline(shape.whole, self.context.budget, shape.even_odd) for shape in shapes]
        areas = [(outline, shape.clips, shows) for outline, shape, shows in zip(outlines, shapes, shown, strict=True)]
        if len(areas) == 1 and areas[0][2] and not areas[0][1]:
            return areas[0][0]
        return Region(areas)

    def _settle_path(self, node: Node) -> None:
        """Lists of coordinates as commands one by one, as far as they make sense."""
        if node.tag == "path":
            data, is_whole = paths.commands(node.get("d", ""), MOST_POINTS)
        elif any(str(node.get(name, "")).startswith("-") for name in _POSITIVE.get(node.tag, ())):
            data, is_whole, node.tag = "", True, "path"
        elif node.tag == "rect" and ("rx" in node or "ry" in node):
            data, is_whole, node.tag = self._rounded(node), True, "path"
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
        file, _, name = unquote(node.pop("href", linked).strip()).partition("#")
        element = None if file else self._elements.get(name)
        if element is None:
            self.left_out["linked file" if file else "copy of nothing"] += 1
            return
        if any(ancestor.get("id") == name for ancestor in _ancestors(node)):
            return
        target = self._copies.made(element, node)
        if target.tag in ("symbol", "svg"):
            target.tag = "svg"
            target.update({key: side for key, side in (("width", width), ("height", height)) if side})
        node["transform"] = f"{node.get('transform', '')} translate({size(self, x, 'x')} {size(self, y, 'y')})"
        node.children = [target]

    def _leave_out(self, node: Node) -> None:
        """Counts and removes what changes pixels only, or has no meaning."""
        self.left_out["filter"] += node.pop("filter", "none") != "none"
        for name in _MARKERS:
            target = _fragment(node.get(name))
            marker = self.markers.get(target)
            if marker is None or node.tag not in _MARKED or self._is_area:
                node.pop(name, None)
            else:
                node[name] = f"#{target}"
                self._settle_marker(marker)

    def _settle_marker(self, marker: Node) -> None:
        """Gives a marker a view box, without which CairoSVG stretches it, and an angle that it knows."""
        _settle_words(marker)
        self._settle_values(marker)
        if "viewBox" not in marker:
            width, height = (size(self, marker.get(name, "3"), axis) for name, axis in _MARKER_SIDES)
            marker["viewBox"] = f"0 0 {width!r} {height!r}"
        if not str(marker.get("orient", "0")).startswith("auto"):
            marker["orient"] = repr(values.angle(str(marker.get("orient", "0"))))


def _settle_words(node: Node) -> None:
    """Variables as their values, and words of CSS in small letters."""
    for name, text in node.items():
        if isinstance(text, str) and len(text) <= values.LONGEST_VALUE and "var(" in text and not name.startswith("_"):
            node[name] = values.without_variables(text, node)
    for name in _WORDS:
        if name in node:
            node[name] = str(node[name]).strip().lower()


def _replace(node: Node, name: str, value: object) -> None:
    if value is None:
        node.pop(name, None)
    else:
        node[name] = value


def _fragment(link: str | None) -> str:
    """What a link names in its file."""
    return parse_url((link or "")[:_LONGEST_PAINT]).fragment


def _ancestors(node: Node) -> Iterator[Node]:
    while (node := node.parent) is not None:
        yield node


def _side(text: str) -> float | None:
    """A side of the page in px, if it is told in a unit of its own."""
    side = values.pixels(text)
    return side if side is not None and side >= 0 else None


def _background(root: Node) -> Color:
    """The colour behind the page."""
    texts = (root.get(name, "")[: values.LONGEST_VALUE] for name in ("background", "background-color"))
    words = tinycss2.parse_component_value_list(" ".join(texts))
    colors = [values.color(tinycss2.serialize([word]), root.get("color", "black")) for word in words[:9]]
    return next((color for color in reversed(colors) if color is not None), values.NO_PAINT)


def _view_box(node: Node) -> Box | None:
    found = list(values.numbers(str(node.get("viewBox", ""))[: values.LONGEST_VALUE]))
    sides = [side for side in found if side is not None]
    return Box(*sides) if len(sides) == len(found) == 4 and sides[2] > 0 and sides[3] > 0 else None


def draw(document: bytes) -> Drawing:
    """The shapes of a document that `document.parse` made.

    Raises:
        InputError: if they are more than can be drawn, or CairoSVG cannot read them.
    """
    try:
        return Drawing(document)
    except RecursionError as error:
        raise InputError("expected copies, groups and styles that end, found them nested too deep") from error
    except cairocffi.CairoError as error:
        raise InputError(f"expected transforms and sizes that can be drawn, found: {error}") from error
    except (InputError, MemoryError):
        raise
    except Exception as error:  # CairoSVG checks no values
        raise InputError(f"expected an SVG that can be drawn, found: {str(error)[:120]}") from error
