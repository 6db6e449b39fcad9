"""Contact sheets: a grid of drawings with labels, as PNG or SVG."""

import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.render import append_path, cairo, cairo_path, checked_strokes, fit

if TYPE_CHECKING:
    import cairocffi

PAPER_COLORS = {
    "bee": "#000000",
    "bus": "#d62728",
    "car": "#00a3b4",
    "cat": "#c71585",
    "flower": "#1f55d0",
    "giraffe": "#2a8c2a",
    "horse": "#8b4513",
    "pig": "#b08a00",
}
"""The colours of the paper's figures, dark enough for thin lines on white."""
MORE_COLORS = ("#e06000", "#6a3d9a", "#4d4d4d", "#00695c", "#ad1457", "#5d7b00", "#3949ab", "#a1465a")
"""Taken in turn by categories that the paper does not have."""

MARGIN = 16  # free border of a sheet, in pixels
GAP = 6  # between neighbouring cells, and between a cell and its text
BLOCK_GAP = 18  # after a row that ends a block
CELL_MARGIN = 8  # between a drawing and the border of its cell
FONT_SIZE, TITLE_SIZE = 12, 17
LINE_HEIGHT = 1.25  # of text, in units of its size
CELL_BORDER, TEXT_COLOR, GIVEN_COLOR = "#d8d8d8", "#222222", "#b4b4b4"
LARGEST_SIDE = 32_000  # cairo's images end at 32,767 pixels


@dataclass(frozen=True)
class Cell:
    """One drawing.

    Attributes:
        strokes: `[n, 3]`; None for a cell without strokes.
        caption: text below it.
        color: of the strokes, `#rrggbb`.
        image: grey picture that fills the cell, uint8 `[h, w]`, under the strokes.
        given: how many of the first points were given; they are drawn in grey.
    """

    strokes: np.ndarray | None
    caption: str = ""
    color: str = "#000000"
    image: np.ndarray | None = None
    given: int = 0


@dataclass(frozen=True)
class Row:
    """Drawings side by side, with a label at their left; the last row of a block has space below it.

    Attributes:
        cells: None for a gap of their size.
    """

    cells: Sequence[Cell | None]
    label: str = ""
    ends_block: bool = False


def category_color(name: str, index: int = 0) -> str:
    """A category's colour `#rrggbb`: the paper's, else one of `MORE_COLORS`, in turn by `index`."""
    return PAPER_COLORS.get(name, MORE_COLORS[index % len(MORE_COLORS)])


def paired_sheet(
    originals: Sequence[np.ndarray | None],
    reconstructions: Sequence[np.ndarray | None],
    captions: Sequence[str],
    colors: Sequence[str],
    path: str | os.PathLike,
    columns: int = 10,
    title: str = "",
) -> None:
    """Draws originals over their reconstructions, in blocks of `columns` pairs.

    Args:
        originals, reconstructions: strokes `[n, 3]` each, or None for an empty cell.
        captions: text below each pair.
        colors: `#rrggbb` of each pair.
        path: where to write; its suffix, .png or .svg, decides the format.
        columns: pairs per block.
        title: text above all.

    Raises:
        ValueError: if the four lists differ in length, and as `contact_sheet`.
    """
    lengths = [len(originals), len(reconstructions), len(captions), len(colors)]
    if len(set(lengths)) != 1:
        raise ValueError(f"expected as many originals, reconstructions, captions and colors, found {lengths}")
    rows = []
    for first in range(0, len(originals), columns):
        block = range(first, min(first + columns, len(originals)))
        rows.append(Row([Cell(originals[i], color=colors[i]) for i in block], "original"))
        cells = [Cell(reconstructions[i], captions[i], colors[i]) for i in block]
        rows.append(Row(cells, "reconstruction", ends_block=True))
    contact_sheet(rows, path, title)


def contact_sheet(
    rows: Sequence[Row],
    path: str | os.PathLike,
    title: str = "",
    cell_size: float = 96,
    line_width: float = 2.0,
) -> None:
    """Draws rows of drawings; the sheet grows until no text is cut off.

    Args:
        rows: from top to bottom; they may differ in length.
        path: where to write, whole or not at all; its suffix, .png or .svg, decides the format.
        title: text above all.
        cell_size: width and height of a cell, in pixels.
        line_width: of the drawings, in pixels.

    Raises:
        ValueError: for another suffix, strokes that cannot be drawn (naming the cell), a colour that is not
            `#rrggbb`, or a sheet too large for one image.
    """
    path = checked_path(path)
    layout = _Layout(rows, title, cell_size)
    if max(layout.width, layout.height) > LARGEST_SIDE:
        raise ValueError(
            f"{path}: a sheet of {layout.width} x {layout.height} pixels is too large: expected at most "
            f"{LARGEST_SIDE} each; draw fewer rows or smaller cells"
        )
    with replacing(path) as partial:
        _write(layout, partial, line_width)


def checked_path(path: str | os.PathLike) -> Path:
    """Where a sheet can be written; raises ValueError for a name with another suffix than .png or .svg."""
    path = Path(path)
    if path.suffix.lower() not in (".png", ".svg"):
        raise ValueError(f"{path}: expected a name that ends in .png or .svg")
    return path


class _Layout:
    """Where everything goes, in pixels from the top left."""

    def __init__(self, rows: Sequence[Row], title: str, cell_size: float):
        self.rows, self.title, self.cell_size = rows, title, cell_size
        ruler = _text_context(cairo().ImageSurface(cairo().FORMAT_A8, 1, 1))
        labels = _text_width(ruler, (row.label for row in rows))
        captions = _text_width(ruler, (cell.caption for row in rows for cell in row.cells if cell))
        columns = max((len(row.cells) for row in rows), default=0)
        self.left = MARGIN + (labels + 2 * GAP if labels else 0)
        self.pitch = max(cell_size, captions) + GAP
        self.tops, bottom = self._stack()
        ruler.set_font_size(TITLE_SIZE)
        grid_width = self.left + columns * self.pitch
        self.width = int(np.ceil(max(grid_width, MARGIN + _text_width(ruler, [title])) + MARGIN))
        self.height = int(np.ceil(bottom + MARGIN))

    def _stack(self) -> tuple[list[float], float]:
        """The top of each row, and the bottom of the last."""
        y = MARGIN + (TITLE_SIZE * LINE_HEIGHT + GAP if self.title else 0)
        tops = []
        for row in self.rows:
            tops.append(y)
            lines = max((_count_lines(cell.caption) for cell in row.cells if cell), default=0)
            y += self.cell_size + GAP + lines * FONT_SIZE * LINE_HEIGHT + (BLOCK_GAP if row.ends_block else 0)
        return tops, y

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """The top left corner of a cell, which is centred in its column."""
        return self.left + column * self.pitch + (self.pitch - self.cell_size) / 2, self.tops[row]


def _write(layout: _Layout, path: Path, line_width: float) -> None:
    """Draws the sheet into a PNG or SVG file."""
    content, is_svg = io.BytesIO(), path.suffix.lower() == ".svg"  # cairo itself opens no file whose name is no text
    if is_svg:
        surface = cairo().SVGSurface(content, layout.width, layout.height)
    else:
        surface = cairo().ImageSurface(cairo().FORMAT_RGB24, layout.width, layout.height)
    context = _text_context(surface)
    context.set_source_rgb(1, 1, 1)
    context.paint()
    _draw_title(context, layout)
    for i, row in enumerate(layout.rows):
        _draw_label(context, layout, i)
        for j, cell in enumerate(row.cells):
            if cell is None:
                continue
            try:
                _draw_cell(context, cell, layout.corner(i, j), layout.cell_size, line_width)
            except ValueError as error:
                raise ValueError(f"row {i}, column {j} of the sheet: {error}") from None
    if not is_svg:
        surface.write_to_png(content)
    surface.finish()
    path.write_bytes(content.getvalue())


def _draw_title(context: "cairocffi.Context", layout: _Layout) -> None:
    context.set_font_size(TITLE_SIZE)
    _draw_text(context, layout.title, MARGIN, MARGIN + TITLE_SIZE)
    context.set_font_size(FONT_SIZE)


def _draw_label(context: "cairocffi.Context", layout: _Layout, row: int) -> None:
    """Writes the label of a row, its lines about half the height of the cells."""
    lines = layout.rows[row].label.splitlines()
    spacing = FONT_SIZE * LINE_HEIGHT
    first = layout.tops[row] + (layout.cell_size + FONT_SIZE - (len(lines) - 1) * spacing) / 2
    for i, line in enumerate(lines):
        _draw_text(context, line, MARGIN, first + i * spacing)


def _draw_cell(
    context: "cairocffi.Context", cell: Cell, corner: tuple[float, float], size: float, line_width: float
) -> None:
    """Draws image, border, strokes and caption of one cell."""
    x, y = corner
    if cell.image is not None:
        _draw_image(context, cell.image, corner, size)
    context.set_source_rgb(*_rgb(CELL_BORDER))
    context.set_line_width(1)
    context.rectangle(int(x) + 0.5, int(y) + 0.5, size - 1, size - 1)
    context.stroke()
    if cell.strokes is not None:
        _draw_strokes(context, cell, cell.strokes, corner, size, line_width)
    for i, line in enumerate(cell.caption.splitlines()):
        offset = (size - context.text_extents(line)[4]) / 2
        _draw_text(context, line, x + offset, y + size + FONT_SIZE + i * FONT_SIZE * LINE_HEIGHT)


def _draw_strokes(
    context: "cairocffi.Context",
    cell: Cell,
    strokes: np.ndarray,
    corner: tuple[float, float],
    size: float,
    line_width: float,
) -> None:
    """Draws the strokes of a cell with round ends, so that a dot shows as a dot."""
    strokes = checked_strokes(strokes)
    context.save()
    context.translate(*corner)
    context.set_line_width(line_width)
    context.set_line_cap(cairo().LINE_CAP_ROUND)
    context.set_line_join(cairo().LINE_JOIN_ROUND)
    path = cairo_path(strokes, *fit(strokes, size, CELL_MARGIN))
    given = min(cell.given, len(path))
    _stroke_path(context, path[:given], GIVEN_COLOR)
    if given:
        context.move_to(*path["point"][given - 1])  # from where the given part ends
    _stroke_path(context, path[given:], cell.color)
    context.restore()


def _stroke_path(context: "cairocffi.Context", path: np.ndarray, color: str) -> None:
    """Draws commands of `cairo_path`, from where the pen is, in one colour."""
    context.set_source_rgb(*_rgb(color))
    append_path(context, path)
    context.stroke()


def _draw_image(context: "cairocffi.Context", image: np.ndarray, corner: tuple[float, float], size: float) -> None:
    """Fills a cell with a grey image `[h, w]`, each pixel a sharp rectangle."""
    if image.ndim != 2 or image.dtype != np.uint8 or not image.size:
        raise ValueError(f"expected a grey image uint8 [h, w], found {image.dtype} {list(image.shape)}")
    height, width = image.shape
    pixels = np.ascontiguousarray(np.repeat(image[..., np.newaxis], 4, axis=-1))
    surface = cairo().ImageSurface(cairo().FORMAT_RGB24, width, height, pixels, 4 * width)
    context.save()
    context.translate(*corner)
    context.scale(size / width, size / height)
    context.set_source_surface(surface)
    context.get_source().set_filter(cairo().FILTER_NEAREST)
    context.rectangle(0, 0, width, height)
    context.fill()
    context.restore()


def _text_context(surface: "cairocffi.Surface") -> "cairocffi.Context":
    """A drawing context with the font of the sheet. (Where there are no fonts, cairo has its own.)"""
    context = cairo().Context(surface)
    context.select_font_face("sans-serif")
    context.set_font_size(FONT_SIZE)
    return context


def _draw_text(context: "cairocffi.Context", text: str, x: float, baseline: float) -> None:
    context.set_source_rgb(*_rgb(TEXT_COLOR))
    context.move_to(x, baseline)
    context.show_text(text)
    context.new_path()


def _text_width(context: "cairocffi.Context", texts: Iterable[str]) -> float:
    """The width of the longest line of all texts, in pixels."""
    return max((context.text_extents(line)[4] for text in texts for line in text.splitlines()), default=0)


def _count_lines(text: str) -> int:
    return len(text.splitlines())


def _rgb(color: str) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a colour `#rrggbb`."""
    try:
        value = bytes.fromhex(color.removeprefix("#"))
        red, green, blue = value
    except ValueError:
        raise ValueError(f"expected a colour like #1f55d0, found {color!r}") from None
    return red / 255, green / 255, blue / 255
