"""The text of an SVG to what CairoSVG reads: decoded, without a document type, within bounds.

What CairoSVG does not know of documents is settled here: packed and legacy encodings, entities, languages, media
queries, and elements of no namespace.
"""

import gzip
import io
import re
import zlib
from collections import Counter
from types import CodeType
from xml.etree import ElementTree
from xml.parsers import expat

import cssselect2
import tinycss2
import webencodings

from ia_pix2seq_tf.svg import values
from ia_pix2seq_tf.untrusted import DefaultAttributes, InputError

LARGEST_FILE = 16 * 2**20  # bytes, also of what is unpacked and of what entities become
MOST_ELEMENTS = 100_000
DEEPEST_NESTING = 200
LARGEST_ELEMENT = 10_000  # attributes
MOST_ATTRIBUTES = 2_000_000  # of all elements, each with those that it inherits
MOST_TRANSFORMS = 100_000
MOST_ENTITIES = 100
LONGEST_STYLE = 1_000_000  # characters of all style sheets, without fonts
MOST_SELECTORS = 20_000
MOST_MATCHES = 5_000_000  # style rules times elements
MOST_STEPS = 20_000_000  # from element to element, by which selectors find what they mean

NAMESPACE = "{http://www.w3.org/2000/svg}"
LANGUAGE = "en"  # of those that a `switch` offers
WINDOW = {"width": 1280.0, "height": 720.0}  # px, for which media queries ask
_WINDOW_UNITS = {"vw": 12.8, "vh": 7.2, "vmin": 7.2, "vmax": 12.8}  # px
_NO_OWN = ("g", "svg", "use", "a", "switch", "symbol", "marker", "clipPath", "mask", "defs")
_SHAPES_OWN = ("d", "points", "r", "rx", "ry", "cx", "cy", "x1", "y1", "x2", "y2")  # CairoSVG would hand them down
_XHTML_STYLE = "{http://www.w3.org/1999/xhtml}style"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_LONGEST_LINK = 1_000  # characters, more than any name in the same file has
_COMMENT = "/*"
_FEATURES = {(kind, "") for kind in ("", "all", "screen")} | {
    ("prefers-color-scheme", "light"),
    ("prefers-reduced-motion", "no-preference"),
    ("orientation", "landscape"),
}
_FONT = re.compile(r"(?i)@font-face\s*\{[^{}]*\}")
_ENTITY = re.compile(r"&([^#&;\s][^&;\s]*);")
_GZIP = b"\x1f\x8b"
_UNBOUND = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]
_PREFIX = 'add what declares it to <svg>, such as xmlns:xlink="http://www.w3.org/1999/xlink"'
_UTF16 = {b"<\0": "utf-16le", b"\0<": "utf-16be"}  # without a mark of byte order
_DECLARATION = re.compile(r"<\?xml\s")
_ENCODING = re.compile(rb"""\s{0,99}<\?xml[^>]{0,99}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")


def parse(data: bytes) -> bytes:
    """A document as UTF-8 that holds elements of SVG, their attributes and style sheets, and nothing else to resolve.

    Raises:
        InputError: if it is no well-formed SVG, or exceeds a limit of this module.
    """
    text = _decoded(_unpacked(data))
    builder = _Builder(text)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}")
    parser.EntityDeclHandler = builder.declare
    parser.AttlistDeclHandler = DefaultAttributes().declare
    parser.ExternalEntityRefHandler = builder.refuse_external
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
        root = builder.close()
        _settle_styles(root, builder.elements)
    except expat.ExpatError as error:
        remedy = f"; {_PREFIX}" if error.code == _UNBOUND else ""
        raise InputError(f"expected well-formed SVG, found: {error}{remedy}") from error
    except RecursionError as error:
        raise InputError("expected styles that end, found them nested too deep") from error
    return ElementTree.tostring(root, encoding="utf-8")


def _unpacked(data: bytes) -> bytes:
    """The content of an .svgz, whatever its name; other data as they are."""
    if not data.startswith(_GZIP):
        return data
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGEST_FILE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"expected a packed SVG, found: {error}") from error
    if len(content) > LARGEST_FILE:
        raise InputError(f"expected at most {LARGEST_FILE:,} bytes unpacked, found more")
    return content


def _decoded(data: bytes) -> str:
    """The text without its XML declaration, in the encoding that this, or a mark of byte order, names."""
    declared = _ENCODING.match(data)
    label = declared[1].decode("ascii") if declared else _UTF16.get(data.lstrip()[:2], "utf-8")
    encoding = webencodings.lookup(label)
    if encoding and encoding.name.startswith("utf-16") and data[1:2] not in (b"\0", b"\xfe", b"\xff", b"<"):
        encoding = webencodings.UTF8  # one that says UTF-16 in single bytes cannot be it
    try:
        text = webencodings.decode(data, encoding, errors="replace")[0] if encoding else data.decode(label, "replace")
    except (LookupError, UnicodeError) as error:
        raise InputError(f"expected well-formed SVG, found the unknown encoding {label!r}") from error
    text = text.lstrip()
    return text.partition("?>")[2].lstrip() if _DECLARATION.match(text) else text


_RENAMED = {
    f"{NAMESPACE}a": f"{NAMESPACE}g",
    f"{NAMESPACE}textPath": f"{NAMESPACE}tspan",  # shows nothing outside of a text, and CairoSVG would look into it
    _XHTML_STYLE: f"{NAMESPACE}style",
}


class _Builder:
    """Makes a tree of a document while it is parsed, and holds it to the limits."""

    def __init__(self, text: str):
        self.elements = 0
        self._text = text
        self._tree = ElementTree.TreeBuilder()
        self._inherited = [0]  # attributes that reach the elements inside each open one
        self._attributes = self._transforms = 0
        self._entities = 0
        self._lengths: dict[str, int] = {}  # of entities, with those in them
        self._expanded = 0
        self._passed_over = 0  # depth inside an element of which nothing is read

    def declare(self, name: str, is_parameter: int, value: str | None, *_: object) -> None:
        """Takes note of an entity, made of text and of those before; all its uses together must stay small."""
        self._entities += 1
        if self._entities > MOST_ENTITIES:
            raise InputError(f"expected at most {MOST_ENTITIES} entities, found more")
        if value is None or is_parameter:
            return  # of another file, refused where it is used; or of the document type, which is not read
        others = (self._lengths.get(other, LARGEST_FILE + 1) for other in _ENTITY.findall(value))
        self._lengths.setdefault(name, len(value) + sum(others))
        self._expanded += self._text.count(f"&{name};") * self._lengths[name]
        if self._expanded > LARGEST_FILE:
            raise InputError(f"expected entities of at most {LARGEST_FILE:,} characters in all, found more")

    def refuse_external(self, *_: object) -> int:
        raise InputError("expected an SVG that is whole, found an entity of another file")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begins an element."""
        self._count(attributes)
        tag = _qualified(name)
        if self.elements == 1 and tag != f"{NAMESPACE}svg":
            raise InputError(f"expected the root element svg, found {name[-50:]!r}")
        if self._passed_over or tag == f"{NAMESPACE}text":
            self._passed_over += 1
        if self._passed_over > 1:
            return
        attributes = _settled(tag.removeprefix(NAMESPACE), attributes)
        tag = _RENAMED.get(tag, tag)
        if not tag.startswith(NAMESPACE):
            attributes["systemLanguage"] = ""  # no choice of a `switch`
        self._tree.start(tag, attributes)

    def end(self, name: str) -> None:
        """Ends an element."""
        self._inherited.pop()
        if self._passed_over:
            self._passed_over -= 1
        if not self._passed_over:
            tag = _qualified(name)
            self._tree.end(_RENAMED.get(tag, tag))

    def characters(self, text: str) -> None:
        """Takes text, of which style sheets are made."""
        if not self._passed_over:
            self._tree.data(text)

    def close(self) -> ElementTree.Element:
        """The root element."""
        return self._tree.close()

    def _count(self, attributes: dict[str, str]) -> None:
        """Holds elements, nesting and attributes to their limits; a declaration of style is an attribute."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise InputError(f"expected at most {MOST_ELEMENTS:,} elements, found more")
        if len(self._inherited) > DEEPEST_NESTING:
            raise InputError(f"expected elements nested at most {DEEPEST_NESTING} deep, found more")
        own = len(attributes) + attributes.get("style", "").count(";")
        if own > LARGEST_ELEMENT:
            raise InputError(f"expected elements of at most {LARGEST_ELEMENT:,} attributes, found {own:,}")
        self._inherited.append(self._inherited[-1] + own)
        self._attributes += self._inherited[-1]
        if self._attributes > MOST_ATTRIBUTES:
            raise InputError(f"expected at most {MOST_ATTRIBUTES:,} attributes in all, found more")
        self._transforms += sum(attributes.get(name, "").count("(") for name in ("transform", "style"))
        if self._transforms > MOST_TRANSFORMS:
            raise InputError(f"expected at most {MOST_TRANSFORMS:,} transforms, found more")


def _qualified(name: str) -> str:
    """The name of an element as ElementTree writes it; SVG's if it has no namespace."""
    return "{" + name if "}" in name else NAMESPACE + name


def _attribute(name: str) -> str:
    return "{" + name if "}" in name else name


def _settled(name: str, attributes: dict[str, str]) -> dict[str, str]:
    """The attributes of an element, without what CairoSVG would take otherwise than a browser."""
    attributes = {_attribute(key): value for key, value in attributes.items()}
    attributes.pop("requiredFeatures", None)  # all that SVG 1 named are there
    attributes.pop("marker", None)  # is a property of style only
    if name == "text":
        attributes.pop("rotate", None)  # nothing is read of a text
    if "systemLanguage" in attributes:
        _settle_language(attributes)
    for link in ("href", _XLINK):
        if link in attributes:
            attributes[link] = attributes[link][:_LONGEST_LINK]
    for other in _SHAPES_OWN if name in _NO_OWN else ():
        attributes.pop(other, None)
    if name in ("svg", "symbol", "marker"):
        attributes.setdefault("preserveAspectRatio", "xMidYMid")  # else it would have that of the page around it
    if style := attributes.get("style"):
        if _COMMENT in style:
            style = tinycss2.serialize(tinycss2.parse_component_value_list(style, skip_comments=True))
        attributes["style"] = values.with_named_variables(style)
    return attributes


def _settle_language(attributes: dict[str, str]) -> None:
    """Removes the condition if it holds; else makes it one that holds nowhere."""
    languages = [language.strip().lower() for language in attributes.pop("systemLanguage").split(",")]
    if not any(language == LANGUAGE or language.startswith(f"{LANGUAGE}-") for language in languages):
        attributes["systemLanguage"] = ""


def _settle_styles(root: ElementTree.Element, elements: int) -> None:
    """Leaves in style sheets the rules that hold on a screen; media queries and imports go."""
    styles = list(root.iter(f"{NAMESPACE}style"))
    texts = [_FONT.sub("", style.text or "") if _is_shown(style) else "" for style in styles]
    if (length := sum(map(len, texts))) > LONGEST_STYLE:
        raise InputError(f"expected style sheets of at most {LONGEST_STYLE:,} characters, found {length:,}")
    sheets = [_shown_rules(tinycss2.parse_stylesheet(text, skip_comments=True)) for text in texts]
    count = sum(1 + rule.prelude.count(",") for sheet in sheets for rule in sheet)
    if count > MOST_SELECTORS:
        raise InputError(f"expected style sheets of at most {MOST_SELECTORS:,} selectors, found {count:,}")
    known = [[(rule, selectors) for rule in sheet if (selectors := _selectors(rule))] for sheet in sheets]
    rules = [rule for sheet in known for rule, _ in sheet]
    if sum(1 + rule.content.count(";") for rule in rules) * elements > MOST_MATCHES:
        raise InputError(f"expected at most {MOST_MATCHES:,} matches of style rules and elements, found more")
    if _steps(root, [selector for sheet in known for _, selectors in sheet for selector in selectors]) > MOST_STEPS:
        raise InputError(f"expected style selectors of at most {MOST_STEPS:,} steps, found more")
    for style, sheet in zip(styles, known, strict=True):
        style.attrib.pop("type", None)
        style.text = values.with_named_variables("".join(rule.serialize() for rule, _ in sheet))


def _steps(root: ElementTree.Element, selectors: list[cssselect2.compiler.CompiledSelector]) -> int:
    """How many elements are looked at, at most, to find all that selectors mean."""
    names: Counter[str] = Counter()
    depth = siblings = 1
    level = [root]
    while level:
        depth += 1
        siblings = max(siblings, *map(len, level))
        for element in level:
            names.update({element.tag.rpartition("}")[2], element.get("id", ""), *element.get("class", "").split(), ""})
        level = [child for element in level for child in element]
    reach = {
        "ancestors": depth,
        **dict.fromkeys(("previous_siblings", "iter_next_siblings", "iter_siblings", "etree_siblings"), siblings),
        "iter_children": siblings,
        "iter_subtree": names[""],
    }
    return sum(
        names[selector.id or selector.class_name or selector.local_name or ""] * _loops(selector.test.__code__, reach)
        for selector in selectors
    )


def _loops(code: CodeType, reach: dict[str, int]) -> int:
    """How many elements a compiled selector looks at, by the names of those over which it loops, and loops in these."""
    inner = sum(_loops(part, reach) for part in code.co_consts if isinstance(part, CodeType))
    return 1 + inner * max((reach.get(name, 1) for name in code.co_names), default=1)


def _is_shown(style: ElementTree.Element) -> bool:
    """Whether a style sheet is of CSS, for screens."""
    is_css = style.get("type", "").strip().lower().partition(";")[0] in ("", "text/css")
    return is_css and _is_for_screens(style.get("media", ""))


def _shown_rules(rules: list[tinycss2.ast.Node]) -> list[tinycss2.ast.QualifiedRule]:
    """Of parsed rules those that hold on a screen."""
    shown = []
    for rule in rules:
        if rule.type == "qualified-rule":
            rule.content = [token for token in rule.content if token.type != "comment"]
            shown.append(rule)
        elif rule.type == "at-rule" and rule.content and _holds(rule):
            shown += _shown_rules(tinycss2.parse_rule_list(rule.content, skip_comments=True))
    return shown


def _holds(rule: tinycss2.ast.AtRule) -> bool:
    """Whether the rules in a rule hold: those for screens, of layers, and of what a browser of today can do."""
    prelude = tinycss2.serialize(rule.prelude)
    if rule.lower_at_keyword == "supports":
        return not prelude.strip().lower().startswith("not")
    return rule.lower_at_keyword == "layer" or (rule.lower_at_keyword == "media" and _is_for_screens(prelude))


def _is_for_screens(queries: str) -> bool:
    """Whether one of some media queries holds in a light window of the size `WINDOW`."""
    return any(map(_is_met, queries.lower().split(",")))


def _is_met(query: str) -> bool:
    kind, *features = re.split(r"\sand\s", f" {query} ")
    is_not, _, kind = kind.rpartition("not ")
    met = all(map(_has_feature, [kind.replace("only ", ""), *features]))
    return met is not bool(is_not)


def _has_feature(feature: str) -> bool:
    name, _, value = feature.strip().strip("()").partition(":")
    limit, _, side = name.strip().partition("-")
    if side in WINDOW and limit in ("min", "max"):
        length = values.pixels(value, _WINDOW_UNITS)
        return length is not None and (WINDOW[side] >= length if limit == "min" else WINDOW[side] <= length)
    return (name.strip(), value.strip()) in _FEATURES


def _selectors(rule: tinycss2.ast.QualifiedRule) -> list[cssselect2.compiler.CompiledSelector]:
    """What a rule says of what it is; nothing if it does so in a way that is not known."""
    try:
        return cssselect2.compile_selector_list(rule.prelude)
    except (cssselect2.SelectorError, NotImplementedError, SyntaxError, RecursionError, MemoryError):
        return []  # the last three: Python, to which they are compiled, has limits, too
