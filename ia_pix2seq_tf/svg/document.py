"""The text of an SVG to what CairoSVG reads: decoded, without a document type, within bounds.

What CairoSVG does not know of documents is settled here: packed and legacy encodings, entities, languages, media
queries, and elements of no namespace.
"""

import codecs
import contextlib
import gzip
import io
import re
import zlib
from xml.etree import ElementTree
from xml.parsers import expat

import cssselect2
import tinycss2
import webencodings

from ia_pix2seq_tf.untrusted import InputError

LARGEST_FILE = 16 * 2**20  # bytes, also of what is unpacked and of what entities become
MOST_ELEMENTS = 100_000
DEEPEST_NESTING = 200
LARGEST_ELEMENT = 10_000  # attributes
MOST_ATTRIBUTES = 2_000_000  # of all elements, each with those that it inherits
MOST_TRANSFORMS = 100_000
MOST_ENTITIES = 100
LONGEST_STYLE = 1_000_000  # characters of all style sheets, without fonts
MOST_MATCHES = 5_000_000  # style rules times elements

NAMESPACE = "{http://www.w3.org/2000/svg}"
LANGUAGE = "en"  # of those that a `switch` offers
_SHOWN = re.compile(r"(?i)\s*(all|(only\s+)?screen)?\s*")  # media
_FONT = re.compile(r"(?i)@font-face\s*\{[^{}]*\}")
_GZIP = b"\x1f\x8b"
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
    parser.ExternalEntityRefHandler = builder.refuse_external
    parser.SkippedEntityHandler = builder.refuse_undeclared
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise InputError(f"expected well-formed SVG, found: {error}") from error
    root = builder.close()
    _settle_styles(root, builder.elements)
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
    encoding = _encoding(declared[1].decode("ascii")) if declared else webencodings.UTF8
    if encoding.name.startswith("utf-16") and data[1:2] not in b"\0\xfe\xff":
        encoding = webencodings.UTF8  # one that says UTF-16 in single bytes cannot be it
    text, _ = webencodings.decode(data, encoding, errors="replace")
    text = text.lstrip()
    return text.partition("?>")[2].lstrip() if text.startswith("<?xml ") else text


def _encoding(label: str) -> webencodings.Encoding:
    """The encoding of a name that browsers or Python know."""
    with contextlib.suppress(LookupError):
        label = codecs.lookup(label).name.replace("_", "-")
    if (encoding := webencodings.lookup(label)) is None:
        raise InputError(f"expected well-formed SVG, found the unknown encoding {label!r}")
    return encoding


class _Builder:
    """Makes a tree of a document while it is parsed, and holds it to the limits."""

    def __init__(self, text: str):
        self.elements = 0
        self._text = text
        self._tree = ElementTree.TreeBuilder()
        self._inherited = [0]  # attributes that reach the elements inside each open one
        self._attributes = self._transforms = 0
        self._entities = 0
        self._expanded = 0
        self._passed_over = 0  # depth inside an element of which nothing is read

    def declare(self, name: str, is_parameter: int, value: str | None, *_: object) -> None:
        """Takes note of an entity: plain text may be declared, if all its uses together stay small."""
        self._entities += 1
        if self._entities > MOST_ENTITIES:
            raise InputError(f"expected at most {MOST_ENTITIES} entities, found more")
        if value is None or is_parameter:
            return  # of another file, refused where it is used; or of the document type, which is not read
        if "&" in value:
            raise InputError(f"expected entities of plain text, found {name[:20]!r} made of others")
        self._expanded += self._text.count(f"&{name};") * len(value)
        if self._expanded > LARGEST_FILE:
            raise InputError(f"expected entities of at most {LARGEST_FILE:,} characters in all, found more")

    def refuse_external(self, *_: object) -> int:
        raise InputError("expected an SVG that is whole, found an entity of another file")

    def refuse_undeclared(self, name: str, is_parameter: int) -> None:
        if not is_parameter:
            raise InputError(f"expected entities that are declared, found {name[:20]!r}")

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
        attributes = {_attribute(key): value for key, value in attributes.items()}
        attributes.pop("requiredFeatures", None)  # all that SVG 1 named are there
        if "systemLanguage" in attributes:
            _settle_language(attributes)
        self._tree.start(f"{NAMESPACE}g" if tag == f"{NAMESPACE}a" else tag, attributes)

    def end(self, name: str) -> None:
        """Ends an element."""
        self._inherited.pop()
        if self._passed_over:
            self._passed_over -= 1
        if not self._passed_over:
            tag = _qualified(name)
            self._tree.end(f"{NAMESPACE}g" if tag == f"{NAMESPACE}a" else tag)

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


def _settle_language(attributes: dict[str, str]) -> None:
    """Removes the condition if it holds; else makes it one that holds nowhere."""
    languages = [language.strip().lower() for language in attributes.pop("systemLanguage").split(",")]
    if not any(language == LANGUAGE or language.startswith(f"{LANGUAGE}-") for language in languages):
        attributes["systemLanguage"] = ""


def _settle_styles(root: ElementTree.Element, elements: int) -> None:
    """Leaves in style sheets the rules that hold on a screen; media queries and imports go."""
    styles = list(root.iter(f"{NAMESPACE}style"))
    texts = [_FONT.sub("", style.text or "") if _SHOWN.fullmatch(style.get("media", "")) else "" for style in styles]
    if (length := sum(map(len, texts))) > LONGEST_STYLE:
        raise InputError(f"expected style sheets of at most {LONGEST_STYLE:,} characters, found {length:,}")
    rules = [_shown_rules(tinycss2.parse_stylesheet(text, skip_comments=True)) for text in texts]
    count = sum(1 + sum(token == ";" for token in rule.content) for sheet in rules for rule in sheet)
    if count * elements > MOST_MATCHES:
        raise InputError(f"expected at most {MOST_MATCHES:,} matches of style rules and elements, found more")
    for style, sheet in zip(styles, rules, strict=True):
        style.text = "".join(rule.serialize() for rule in sheet)


def _shown_rules(rules: list[tinycss2.ast.Node]) -> list[tinycss2.ast.QualifiedRule]:
    """Of parsed rules those that hold on a screen."""
    shown = []
    for rule in rules:
        if rule.type == "qualified-rule" and _has_selectors(rule):
            shown.append(rule)
        elif rule.type == "at-rule" and rule.content and _is_for_screens(rule):
            shown += _shown_rules(tinycss2.parse_rule_list(rule.content, skip_comments=True))
    return shown


def _is_for_screens(rule: tinycss2.ast.AtRule) -> bool:
    """Whether a rule is a media query that holds on any screen."""
    queries = tinycss2.serialize(rule.prelude).split(",")
    return rule.lower_at_keyword == "media" and any(map(_SHOWN.fullmatch, queries))


def _has_selectors(rule: tinycss2.ast.QualifiedRule) -> bool:
    """Whether a rule says of what it is, in a way that is known."""
    try:
        return bool(cssselect2.compile_selector_list(rule.prelude))
    except cssselect2.SelectorError:
        return False
