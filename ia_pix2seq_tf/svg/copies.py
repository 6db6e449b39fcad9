"""Elements that are made again, for others use them, or drawing has changed them: all of them within bounds."""

import functools
from collections.abc import Iterator

import cssselect2
from cairosvg.parser import Node, Tree

from ia_pix2seq_tf.untrusted import InputError

MOST_COPIED = 100_000  # elements, seen or not

_ATTRIBUTES, _STYLE = 20, 250  # attributes, and characters of style, that take as long to copy as an element
_SEARCHED = 16  # elements that take as long to search for definitions as one takes to copy


class Copies:
    """Makes elements of a document again, and counts them."""

    def __init__(self, tree: Tree):
        self._style = tuple(map(_Matcher, tree.style))
        self._fetch = tree.url_fetcher
        self._copied = 0

    def made(self, element: cssselect2.ElementWrapper, parent: Node | None) -> Node:
        """An element with all that is in it, inside of a parent.

        Raises:
            InputError: if this makes too many.
        """
        self._count(0, _size(element) * (1 + len(parent or ()) // _ATTRIBUTES))
        made = Node(element, self._style, self._fetch, parent=parent)
        costs = (1 + len(node) // _ATTRIBUTES + len(node.get("style", "")) // _STYLE for node in _all_in(made))
        self._count(sum(costs))
        return made

    def again(self, node: Node) -> Node:
        """An element as it was before it was drawn."""
        again = self.made(node.element, node.parent)
        if again.tag == "symbol":
            again.tag = "svg"
        return again

    def count_search(self, node: Node) -> None:
        """Counts what CairoSVG does before it draws a page: it looks at all that is in it for definitions."""
        self._count(_size(node.element) // _SEARCHED)

    def _count(self, count: int, soon: int = 0) -> None:
        self._copied += count
        if self._copied + soon > MOST_COPIED:
            raise InputError(f"expected copies and clips of at most {MOST_COPIED:,} elements in all, found more")


class _Matcher:
    """A matcher of style rules that looks at each element once, whatever copies of it there are."""

    def __init__(self, matcher: cssselect2.Matcher):
        self.match = functools.cache(matcher.match)


def _size(element: cssselect2.ElementWrapper) -> int:
    """The number of elements in one, itself counted."""
    return sum(1 for _ in element.etree_element.iter())


def _all_in(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all_in(child)
