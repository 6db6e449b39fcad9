"""Any picture of a drawing to the image that the model knows: thin black lines on white, filling a square.

The encoder has only seen what `render` draws: lines one pixel wide, black on pure white. Scaling a picture down
would leave nothing of a fine pen's line and a broad bar of a marker's. So lines are found, thinned to their
centres and drawn anew with one width:

1. A smooth surface is fitted to the brightness of the paper, so that uneven light is not taken for ink. If what
   departs from it is lighter, the picture is inverted.
2. Ink is what is darker than the paper around it, as a share of the light there: shadows fall out.
3. A threshold (Otsu's, above contrast and grain) tells lines from paper; specks much smaller than a line go.
4. The ink is cropped, scaled to nine times its final size and thinned. Areas much wider than the lines stay.
5. Lines are thickened to nine pixels, and each 9 x 9 block is averaged: the grey levels of antialiased lines.
"""

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.ink import channels_of, dark_on_light, disc, ink_of, resized
from ia_pix2seq_tf.sampling.inputs.thinning import thin
from ia_pix2seq_tf.untrusted import InputError

MARGIN = 1.5  # free border in pixels, as in the training images
SUPERSAMPLING = 9  # pixels for each final pixel while lines are drawn anew; odd, so that a line has a centre
MIN_CONTRAST = 0.08  # darkness of ink at least, as a share of the paper's light: above what JPEG adds to lines
GRAIN = 5  # darkness of ink at least, in standard deviations of the paper's grain
GRAINY = MIN_CONTRAST / 2  # a picture has grain if so many deviations are more than this
BELOW_OTSU = 0.7  # Otsu's threshold lies between paper and full ink; the soft edges of thin lines are below it
SPECK = 0.25  # specks are smaller than this share of the square of a line's width ...
GRAINY_SPECK = 1 / 200  # ... and, in pictures with grain, than the square of this share of the longer side
SCRAP = (
    0.05  # ink that comes no further in from the edge of a sheet than this share of its longer side may be no drawing
)
HOLES = 6  # so many things along the edge, or more, are holes
SMALLEST_DRAWING = 4  # pixels of the drawing's longer side at least
WIDE = 2.5  # ink wider than so many line widths is an area and stays filled ...
WIDEST_LINE = 1 / 8  # ... and so is ink wider than this share of the drawing


def normalize_image(pixels: np.ndarray, size: int = 48, where: np.ndarray | None = None) -> np.ndarray:
    """Makes a picture of a drawing look like a training image.

    Args:
        pixels: uint8 `[height, width]` grey or `[height, width, 3]` RGB, of any size: dark on light or light on
            dark, with lines of any width and colour, in even or smoothly varying light.
        size: width and height of the result, in pixels.
        where: bool `[height, width]`, false for what is no paper and holds no ink; by default all is paper.

    Returns:
        uint8 `[size, size]`: black lines of about one pixel on white (255), centred, the drawing's longer side
        filling the square inside the margin. An image that has this size already and is grey on pure white
        keeps its pixels, so that training images and masked ones pass; its negative is only inverted.

    Raises:
        InputError: for arrays of another kind, and if there is no ink.
        ValueError: if the size leaves nothing inside the margin.
    """
    if size <= 2 * MARGIN:
        raise ValueError(f"expected a size of more than {2 * MARGIN:g} pixels, found {size}")
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not is_picture or not pixels.size:
        raise InputError(f"expected uint8 [height, width(, 3)], found {pixels.dtype} {list(pixels.shape)}")
    channels = dark_on_light(channels_of(pixels))
    if len(channels) == 1 and _is_rendered(channels[0], size):
        return channels[0].copy()
    ink = np.maximum.reduce([ink_of(channel) for channel in channels])
    if where is not None:
        ink = np.where(where, ink, 0)
    return _draw(_centre_lines(*_lines(ink, where), size), size)


def _is_rendered(grey: np.ndarray, size: int) -> bool:
    """Whether an image has the size and the pure white paper of a training image, and ink."""
    return grey.shape == (size, size) and np.mean(grey == 255) > 0.5 and grey.min() < 255 * (1 - MIN_CONTRAST)


def _lines(ink: np.ndarray, where: np.ndarray | None = None) -> tuple[np.ndarray, float, float]:
    """Ink `[height, width]` cropped to its lines, zero elsewhere; the threshold; the lines' width."""
    ink = np.pad(ink, 1)
    grain = GRAIN * 1.4826 * float(np.median(np.abs(ink - np.median(ink))))
    threshold = max(MIN_CONTRAST, grain, BELOW_OTSU * _otsu(ink))
    lines = (ink > threshold).astype(np.uint8)
    width = _line_width(lines)
    speck = max(SPECK * width**2, (GRAINY_SPECK * max(ink.shape)) ** 2 if grain > GRAINY else 0)
    lines = _without_specks(lines, speck)
    if where is not None:
        lines = _without_scraps(lines, np.pad(where, 1, mode="edge"))
    extent = [side.stop - side.start for side in _box(lines)]
    if max(extent) < SMALLEST_DRAWING:
        found = f"ink of {extent[1]} x {extent[0]} pixels" if max(extent) else "no ink"
        raise InputError(f"expected a drawing of at least {SMALLEST_DRAWING} pixels, found {found}")
    edged = cv2.dilate(lines, np.ones((3, 3))) > 0  # half-dark pixels say where edges lie
    return np.where(edged, ink, 0)[_box(edged)], threshold, width


def _otsu(ink: np.ndarray) -> float:
    """Otsu's threshold between paper and ink."""
    levels = np.clip(255 * ink, 0, 255).astype(np.uint8)
    return cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0] / 255


def _without_specks(lines: np.ndarray, speck: float) -> np.ndarray:
    """Removes connected ink of less than `speck` pixels: uint8 0 or 1 `[height, width]`."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    is_line = (statistics[:, cv2.CC_STAT_AREA] >= speck).astype(np.uint8)
    is_line[0] = 0
    return is_line[labels]


def _without_scraps(lines: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Removes connected ink, uint8 0 or 1 `[height, width]`, that stays near the edge of the paper.

    That is what touches the edge; and a row of things that do not is what paper is bound by.
    """
    depth = cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 3)
    _, labels = cv2.connectedComponents(lines, connectivity=8)
    outer = np.setdiff1d(np.unique(labels), np.unique(labels[depth > SCRAP * max(lines.shape)]))
    scraps = outer if len(outer) >= HOLES else np.intersect1d(outer, labels[depth <= 2])
    return np.where(np.isin(labels, scraps), 0, lines).astype(np.uint8)


def _line_width(lines: np.ndarray) -> float:
    """The usual width of lines, uint8 0 or 1 `[height, width]`, in pixels; at least 1."""
    depth = cv2.distanceTransform(np.pad(lines, 1), cv2.DIST_L2, 5)
    ridge = depth[(depth > 0) & (depth == cv2.dilate(depth, np.ones((3, 3))))]
    return max(1.0, 2 * float(np.median(ridge)) - 1) if len(ridge) else 1.0


def _centre_lines(ink: np.ndarray, threshold: float, width: float, size: int) -> np.ndarray:
    """Thins lines and shrinks areas, at the scale at which they are drawn anew.

    Returns:
        bool `[height, width]`, cropped; the longer side is that of the drawing in the final image.
    """
    longest = round((size - 2 * MARGIN) * SUPERSAMPLING)
    scale = longest / max(ink.shape)
    width = width * scale
    ink = resized(ink, [max(1, round(side * scale)) for side in ink.shape])
    lines: np.ndarray = (ink > threshold * min(1.0, width)).astype(np.uint8)
    if width > SUPERSAMPLING:
        lines = cv2.medianBlur(lines, 5)  # rough edges would grow branches
    lines = thin(lines > 0) | _areas(lines, min(WIDE * max(width, SUPERSAMPLING), WIDEST_LINE * longest))
    lines = lines[_box(lines)]
    if not lines.size:
        raise InputError("expected a drawing, found specks only")
    scale = longest / max(lines.shape)  # thinning has taken half a line's width from each end
    return resized(lines.astype(np.uint8), [max(1, round(side * scale)) for side in lines.shape]) > 0


def _areas(lines: np.ndarray, widest: float) -> np.ndarray:
    """Ink wider than `widest`, less what thickening the lines will add: bool `[height, width]`."""
    border = int(widest)
    areas = cv2.morphologyEx(np.pad(lines, border), cv2.MORPH_OPEN, disc(border | 1))
    areas = cv2.erode(areas, disc(SUPERSAMPLING))
    return areas[border:-border, border:-border] > 0


def _draw(lines: np.ndarray, size: int) -> np.ndarray:
    """Draws centre lines, centred, one final pixel wide: uint8 `[size, size]`."""
    space = [SUPERSAMPLING * size - side for side in lines.shape]
    canvas: np.ndarray = np.pad(lines.astype(np.uint8), [(free // 2, free - free // 2) for free in space])
    canvas = cv2.dilate(canvas, disc(SUPERSAMPLING))
    coverage = cv2.resize(canvas.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    return np.rint(255 * (1 - coverage)).astype(np.uint8)


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns that hold all that is true; none if all is false."""
    return _extent(np.flatnonzero(mask.any(axis=1))), _extent(np.flatnonzero(mask.any(axis=0)))


def _extent(indices: np.ndarray) -> slice:
    """From the first to the last of the indices `[n]`, which are sorted; nothing if there are none."""
    return slice(indices[0], indices[-1] + 1) if len(indices) else slice(0, 0)
