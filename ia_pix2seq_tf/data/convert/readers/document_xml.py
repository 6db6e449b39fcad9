"""XML of strangers: nothing is fetched, and no entity is declared."""

import contextlib
from collections.abc import Collection
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_external_ges
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from ia_pix2seq_tf.untrusted import DefaultAttributes, InputError

MOST_ELEMENTS = 200_000
DEEPEST_NESTING = 200


class Elements(ContentHandler):
    """What a document's elements are told to; names are without their prefixes, and in lower case."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST_NESTING:
            raise InputError(f"expected at most {MOST_ELEMENTS:,} elements, {DEEPEST_NESTING} deep, found more")
        self.start(local_name(name), {local_name(key): value for key, value in attrs.items()})

    def endElement(self, name: str) -> None:
        self._depth -= 1
        self.end(local_name(name))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begins an element."""

    def end(self, name: str) -> None:
        """Ends an element."""


def parse_xml(data: bytes, elements: Elements) -> None:
    """Tells what is in a document.

    Raises:
        InputError: if it is not well-formed, or declares entities.
    """
    parser = _parser(elements)
    try:
        parser.feed(data)
        parser.close()
    except InputError:
        raise
    except DefusedXmlException as error:
        raise InputError("expected XML that declares no entities, found some") from error
    except (SAXException, LookupError, ValueError) as error:  # the last two for unknown encodings
        raise InputError(f"expected well-formed XML, found: {str(error)[:120]}") from error


class _Parser(DefusedExpatParser):
    """A parser that refuses entities, and passes over the name of a document type without fetching it."""

    def __init__(self) -> None:
        super().__init__(forbid_external=False)
        self.setFeature(feature_external_ges, False)

    def reset(self) -> None:
        super().reset()
        self._parser.AttlistDeclHandler = DefaultAttributes().declare


def _parser(elements: Elements) -> _Parser:
    """A parser that tells elements."""
    parser = _Parser()
    parser.setContentHandler(elements)
    return parser


def local_name(name: str) -> str:
    """A name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


class _Found(Exception):
    """The end of a search."""


class _Search(Elements):
    """Looks for the root, and the first of some elements."""

    def __init__(self, wanted: Collection[str]):
        super().__init__()
        self.wanted = wanted
        self.root = self.found = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        if name in self.wanted:
            self.found = name
            raise _Found


def first_names(data: bytes, wanted: Collection[str]) -> tuple[str, str]:
    """The name of the root in the beginning of a document, and the first of the wanted ones; empty if there is none."""
    search = _Search(wanted)
    parser = _parser(search)
    with contextlib.suppress(_Found, SAXException, ValueError, LookupError):  # cut off, or no XML: its reader says so
        parser.feed(data)
    return search.root, search.found
