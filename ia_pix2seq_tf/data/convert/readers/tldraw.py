"""Tldraw's files, of any age: a page is a drawing.

What is drawn, highlighted, lines, arrows (without their heads) and simple shapes are lines; texts, images, other shapes
and what is embedded are left out.
"""

import os
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing, excerpt
from ia_pix2seq_tf.data.convert.readers import scene, tldraw_first, tldraw_shapes
from ia_pix2seq_tf.data.convert.readers.json_text import parse_document
from ia_pix2seq_tf.data.convert.readers.stream import Advance, read_document
from ia_pix2seq_tf.data.convert.readers.tldraw_shapes import LeaveOut, Placed
from ia_pix2seq_tf.untrusted import InputError, naming

Piece = tuple[Callable[[Mapping, LeaveOut], tuple[np.ndarray, bool] | None], list[Placed]]
"""What makes lines of shapes, and the shapes of a page."""


def pieces(path: str | os.PathLike, advance: Advance) -> Iterator[tuple[str, Piece]]:
    """Yields the pages that have shapes.

    Raises:
        InputError: if the file is none of tldraw's, or has no shapes.
    """
    document = parse_document(read_document(path, advance))
    module = tldraw_first if tldraw_first.is_document(document) else tldraw_shapes
    pages = [page for page in module.pages(document) if page]
    if not pages:
        raise InputError("expected pages with shapes, found none")
    for number, page in enumerate(pages):
        yield f"page {number}" if len(pages) > 1 else "", (module.line, page)


def parse(piece: Piece) -> Drawing:
    """Makes a drawing of a page.

    Raises:
        InputError: naming a shape that is damaged; if there is no line, or too many points.
    """
    line_of, page = piece
    canvas = scene.Canvas()
    for shape, corner, turn in page:
        with naming(f"shape {excerpt(shape.get('id'))}"), np.errstate(over="ignore", invalid="ignore"):
            found = line_of(shape, canvas.leave_out)
            if found is not None:
                line, is_bent = found
                at = corner + turn * (line @ (1, 1j))
                canvas.add(np.column_stack([at.real, at.imag]), is_bent)
    return canvas.drawing()
