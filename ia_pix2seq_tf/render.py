"""Strokes to pixels with cairo, and to SVG.

Pixel for pixel what the reference drew (an SVG path of relative commands, rasterised by CairoSVG), but in
process and without temporary files. Three of its properties decide about grey levels and are kept:

* Commands are relative: cairo rounds each *offset* to its fixed point of 1/256 pixel, and these roundings
  add up along the path. Plain absolute coordinates differ by up to 20 grey levels.
* The miter limit is 4, the default of SVG, not 10, the default of cairo.
* The bounds of a drawing include the origin, where the pen starts.
"""

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np

from ia_pix2seq_tf.strokes import NOT_FINITE, Sketches, are_finite, as_numbers, checked_strokes

if TYPE_CHECKING:
    import cairocffi

RENDERER_VERSION = 1  # part of the name of every image cache: to be raised when a pixel changes

MITER_LIMIT = 4.0
FIXED_POINT = 256  # steps per pixel of cairo's fixed-point coordinates
SMALLEST_EXTENT = 10e-6  # floor of a drawing's extent, so that a single point has a finite scale (reference: `norm`)
LARGEST_SIZE = 16_384  # cairo's coordinates end at 32,768 pixels
CHUNK = 256  # sketches that one thread of `render_many` takes at a time
MOST_POINTS = 2**16  # points, with what pads them to one length, whose paths are made together

WHITE = 255

_MOVE_TO, _LINE_TO = 0, 1
_COMMAND = np.dtype([("type", "i4"), ("records", "i4"), ("unused", "i8"), ("point", "f8", 2)])
"""One path command as cairo stores it: two records of `cairo_path_data_t`, a header and a point."""


def render(strokes: np.ndarray, size: int = 48, margin: float = 1.5, line_width: float = 1.0) -> np.ndarray:
    """Draws strokes black on white, centred, the longer side filling the square inside the margin.

    Args:
        strokes: `[n, 3]` rows (dx, dy, pen lifted after the point), in any unit; n may be 0.
        size: width and height of the image, in pixels.
        margin: free border, in pixels.
        line_width: in pixels.

    Returns:
        uint8 `[size, size]`, 255 is white.

    Raises:
        ValueError: for strokes of another shape or with non-finite values, or an impossible layout.
        ImportError: if the cairo library is missing.

    Source: the reference's SVG writer and CairoSVG; equal to every image of `tests/golden/render.npz`.
    """
    strokes = checked_strokes(strokes)
    return _Canvas(size, line_width).draw(cairo_path(strokes, *fit(strokes, size, margin))).copy()


def render_many(
    sketches: Sketches,
    size: int = 48,
    margin: float = 1.5,
    line_width: float = 1.0,
    workers: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Draws many sketches as `render` does, over all cores.

    Args:
        sketches: strokes `[n, 3]` each.
        size: width and height of the images, in pixels.
        margin: free border, in pixels.
        line_width: in pixels.
        workers: number of threads; None takes one per available core.
        progress: called with the number of images finished since its last call (`tqdm.update` will do).

    Returns:
        uint8 `[len(sketches), size, size]`.

    Raises:
        ValueError: as `render`, naming the index of the sketch.
    """
    images = np.empty((len(sketches), size, size), np.uint8)

    def draw(first: int) -> int:
        canvas = _Canvas(size, line_width)
        last = min(first + CHUNK, len(sketches))
        for i, path in enumerate(_paths(sketches, range(first, last), size, margin), first):
            images[i] = canvas.draw(path)
        return last - first

    with ThreadPoolExecutor(workers or _available_cores()) as pool:
        for finished in pool.map(draw, range(0, len(sketches), CHUNK)):
            if progress is not None:
                progress(finished)
    return images


def strokes_to_svg(
    strokes: np.ndarray,
    size: float = 48,
    margin: float = 1.5,
    color: str = "black",
    line_width: float = 1.0,
) -> str:
    """An SVG document of strokes `[n, 3]`: a white square and one path, laid out as by `render`.

    Rasterised by CairoSVG at its own size, it gives the image of `render`.

    Args:
        strokes: `[n, 3]` rows (dx, dy, pen lifted after the point).
        size, margin, line_width: in user units, one pixel each.
        color: any colour of SVG.

    Raises:
        ValueError: as `render`.
    """
    strokes = checked_strokes(strokes)
    start, scale = fit(strokes, size, margin)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}" height="{size:g}" '
        f'viewBox="0 0 {size:g} {size:g}">'
        f'<rect width="{size:g}" height="{size:g}" fill="white"/>'
        f'<path d="{_path_data(strokes, start, scale)}" fill="none" '
        f'stroke={quoteattr(color)} stroke-width="{line_width:g}"/>'
        "</svg>\n"
    )


def fit(strokes: np.ndarray, size: float, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Places strokes `[..., n, 3]` into squares: returns where the pen starts, `[..., 2]` in pixels, and the scale."""
    if not (margin >= 0 and size > 2 * margin):
        raise ValueError(f"expected 0 <= margin < size / 2, found size={size} and margin={margin}")
    points = strokes[..., :2].cumsum(axis=-2)
    low, high = points.min(axis=-2, initial=0.0), points.max(axis=-2, initial=0.0)
    extent = high - low
    longest = extent.max(axis=-1, keepdims=True)
    scale = (size - 2 * margin) / np.maximum(longest, SMALLEST_EXTENT)
    return (-low + (longest - extent) * 0.5) * scale + margin, scale[..., 0]


def cairo_path(strokes: np.ndarray, start: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Builds the paths of strokes `[..., n, 3]` as arrays of cairo's own commands `[..., n]`.

    Points are absolute, but made of offsets rounded one by one as cairo rounds those of relative commands
    (half to even), so that both give the same pixels.
    """
    offsets = np.concatenate(
        [start[..., np.newaxis, :], strokes[..., :2] * scale[..., np.newaxis, np.newaxis]], axis=-2
    )
    commands = np.zeros(strokes.shape[:-1], _COMMAND)
    commands["point"] = np.rint(offsets * FIXED_POINT).cumsum(axis=-2)[..., 1:, :] / FIXED_POINT
    commands["type"] = np.where(_starts_run(strokes), _MOVE_TO, _LINE_TO)
    commands["records"] = 2
    return commands


def append_path(context: "cairocffi.Context", commands: np.ndarray) -> None:
    """Appends the commands of `cairo_path` to the current path of a cairocffi context, in one call."""
    ffi, library = cairo().ffi, cairo().cairo
    path = ffi.new("cairo_path_t *")
    path.data = ffi.cast("cairo_path_data_t *", ffi.from_buffer(commands))
    path.num_data = 2 * len(commands)
    library.cairo_append_path(context._pointer, path)


@functools.cache
def cairo() -> ModuleType:
    """The module cairocffi, loaded at first use; raises ImportError saying how to get the library."""
    try:
        import cairocffi
    except OSError as error:
        raise ImportError(
            "drawing needs the cairo library (libcairo), which was not found. Install it with "
            f"`apt-get install libcairo2` (Debian, Ubuntu) or `brew install cairo` (macOS). [{error}]"
        ) from error
    except ImportError as error:
        raise ImportError(f"drawing needs `pip install cairocffi`. [{error}]") from error
    return cairocffi


class _Canvas:
    """A square image that is drawn on again and again. Not to be shared between threads."""

    def __init__(self, size: int, line_width: float = 1.0):
        if not 1 <= size <= LARGEST_SIZE:
            raise ValueError(f"expected a size of 1 to {LARGEST_SIZE} pixels, found {size}")
        if not line_width > 0:
            raise ValueError(f"expected a positive line_width, found {line_width}")
        module = cairo()
        self.size = size
        self._pixels = np.empty((size, size, 4), np.uint8)
        self._surface = module.ImageSurface(module.FORMAT_ARGB32, size, size, self._pixels, 4 * size)
        self._context = module.Context(self._surface)
        self._context.set_source_rgb(0, 0, 0)
        self._context.set_line_width(line_width)
        self._context.set_miter_limit(MITER_LIMIT)

    def draw(self, path: np.ndarray) -> np.ndarray:
        """The image of a path `[n]` of `cairo_path`: uint8 `[size, size]`, a view that the next one changes."""
        self._pixels.fill(WHITE)
        self._surface.mark_dirty()
        append_path(self._context, path)
        self._context.stroke()
        self._surface.flush()
        return self._pixels[:, :, 0]  # black on white: blue, green and red are equal


def _paths(sketches: Sketches, indices: range, size: float, margin: float) -> Iterator[np.ndarray]:
    """The paths of some sketches, checked as by `checked_strokes`, many made at once.

    Sketches are padded to one length by points that do not move, which changes neither bounds nor sums.
    """
    batch: list[np.ndarray] = []
    first, longest = indices.start, 0
    for i in indices:
        try:
            batch.append(as_numbers(sketches[i]))
        except ValueError as error:
            raise ValueError(f"sketch {i}: {error}") from None
        longest = max(longest, len(batch[-1]))
        if (len(batch) + 1) * longest > MOST_POINTS or i == indices[-1]:
            yield from _batch_paths(batch, first, size, margin)
            batch, first, longest = [], i + 1, 0


def _batch_paths(sketches: list[np.ndarray], first: int, size: float, margin: float) -> Iterator[np.ndarray]:
    """The paths of some arrays of numbers `[n, 3]`; `first` is the index of the first one, for errors."""
    strokes = np.zeros((len(sketches), max(map(len, sketches)), 3))
    for row, sketch in zip(strokes, sketches, strict=True):
        row[: len(sketch)] = sketch
    finite = are_finite(strokes)
    if not finite.all():
        raise ValueError(f"sketch {first + np.argmin(finite)}: {NOT_FINITE}")
    for path, sketch in zip(cairo_path(strokes, *fit(strokes, size, margin)), sketches, strict=True):
        yield path[: len(sketch)]


def _starts_run(strokes: np.ndarray) -> np.ndarray:
    """Whether the pen comes to each point of strokes `[..., n, 3]` through the air: bool `[..., n]`."""
    lifted = np.ones(strokes.shape[:-1], bool)
    lifted[..., 1:] = strokes[..., :-1, 2] > 0.5
    return lifted


def _path_data(strokes: np.ndarray, start: np.ndarray, scale: np.ndarray) -> str:
    """The `d` attribute: an absolute move to the start, then relative moves and lines."""
    parts = [f"M{start[0]:.12g},{start[1]:.12g}"]
    for moves, (dx, dy) in zip(_starts_run(strokes), strokes[:, :2] * scale, strict=True):
        parts.append(f"{'m' if moves else 'l'}{dx:.12g},{dy:.12g}")
    return " ".join(parts)


def _available_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
