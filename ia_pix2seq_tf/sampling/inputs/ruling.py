"""Lines printed on paper: ruled and squared paper, and margins; found and taken out of a picture.

A drawing may hold straight lines too, and many of them: a ladder, a fence, a window. Printed lines

1. go from one edge of the paper to the other (Hough's transform finds them),
2. are many, parallel, and equally far apart,
3. and have another colour or darkness than the drawing on them.

What fails one of these stays. Where printed lines were, there is the light of the paper then; a drawn line that crosses
one goes on, since its pixels are told from the printed ones by their ink.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.ink import channels_of, dark_on_light, ink_of, paper_of

WORKING_SIDE = 1024  # longer side of the picture in which lines are searched and removed
FAINTEST = 0.05  # ink of a printed line at least, as a share of the paper's light: fainter ones will not be seen anyway
GRAIN = 3  # ... and in standard deviations of the paper's grain
DENSEST = 0.5  # share of ink above which there is no paper between the lines
PIECE, VOTES = 0.4, 0.2  # least length of a straight piece of a line, and of its ink, as shares of the shorter side
BREAK = 0.03  # longest break in a piece, as a share of the shorter side: a drawn line that crosses
WHOLE = 0.8  # share of the way from edge to edge of the paper that a line covers at least
FEWEST = 5  # lines that make a ruling
PARALLEL = 10.0  # degrees by which lines of a ruling, and margins, are off at most: perspective
APART = 3.0  # pixels between two lines at least; pieces that are nearer belong to one
EVEN, EVENLY = 0.25, 0.75  # share of a step by which a gap may be off, and share of the gaps that must be so even
UNLIKE = 0.15  # how far the ink of printed lines is from that of the drawing at least, as a share of the paper's light
SOFT = 4  # pixels more than a printed line is wide in which its edges might be taken for a drawing
DARK = 0.75  # ink of a drawing lighter than this share of its darkest is an edge
LEAST_DRAWN = 1e-3  # share of the picture that the drawing covers at least
STRAY = 6  # pixels by which a line leaves a straight one at most, and its width


class Line(NamedTuple):
    """A printed line, in pixels along its family's direction and across, from the middle of the picture.

    Attributes:
        curve: polynomial of the way across, the highest power first: paper bends.
        whole: how much of the way from edge to edge shows ink.
        width: in pixels, soft edges included.
    """

    curve: np.ndarray
    whole: float
    width: float


class Family(NamedTuple):
    """Lines about one direction, in degrees from the x axis; in order."""

    angle: float
    lines: list[Line]

    @property
    def offsets(self) -> np.ndarray:
        """Where they cross the middle, `[n]`."""
        return np.array([line.curve[-1] for line in self.lines])


class Unruled(NamedTuple):
    """A picture without the lines that were printed on its paper.

    Attributes:
        pixels: uint8 `[height, width, 3]`, at most `WORKING_SIDE` a side, dark on light.
        angle: of the lines, in degrees clockwise from the nearest of the picture's sides, at most 45.
    """

    pixels: np.ndarray
    angle: float


def without_ruling(pixels: np.ndarray, where: np.ndarray | None = None) -> Unruled | None:
    """Takes printed lines out of a picture; None if it has none.

    Args:
        pixels: uint8 `[height, width]` or `[height, width, 3]`.
        where: bool `[height, width]`, where it shows paper; by default everywhere.
    """
    scale = min(1.0, WORKING_SIDE / max(pixels.shape[:2]))
    shape = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
    pixels = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
    seen = np.ones(shape[::-1], np.uint8) if where is None else where.astype(np.uint8)
    paper = cv2.resize(seen, shape, interpolation=cv2.INTER_NEAREST) > 0
    channels = dark_on_light(channels_of(pixels))
    ink = np.where(paper[..., None], np.stack([ink_of(channel) for channel in channels], axis=-1), 0)
    printed, angle = _printed(ink, paper)
    if not printed.any():
        return None
    blank = [np.where(printed, paper_of(channel), channel) for channel in channels]
    blank_pixels = np.stack(blank if len(blank) == 3 else 3 * blank, axis=-1)
    return Unruled(np.clip(blank_pixels, 0, 255).astype(np.uint8), (angle + 45) % 90 - 45)


def _printed(ink: np.ndarray, paper: np.ndarray) -> tuple[np.ndarray, float]:
    """The pixels of printed lines, uint8 0 or 1 `[h, w]`, of ink `[h, w, channels]`, and the direction of most."""
    most = ink.max(axis=2)
    grain = 1.4826 * float(np.median(np.abs(most - np.median(most))))
    inked = (most > max(FAINTEST, GRAIN * grain)).astype(np.uint8)
    printed = np.zeros_like(inked)
    families = [family for family in _families(inked, paper) if family.lines] if 0 < inked.mean() < DENSEST else []
    rulings = [family for family in families if _is_ruling(family)]
    drawing = _drawing(ink, inked, families) if rulings else None
    if drawing is None:
        return printed, 0.0
    for family in families:
        middle = _raster(inked.shape, family.angle, family.lines, 1)
        own = np.median(ink[(middle & inked) > 0], axis=0)  # what is drawn crosses a small part of it
        if not np.linalg.norm(own - drawing) > UNLIKE:
            continue
        lines = family.lines + (_hidden(family) if family in rulings else [])
        near = _raster(inked.shape, family.angle, lines, _band(family)) > 0
        nearer = np.linalg.norm(ink - own, axis=2) < np.linalg.norm(ink - drawing, axis=2)
        printed |= (near & nearer & paper).astype(np.uint8)
    return printed, rulings[0].angle


def _families(inked: np.ndarray, paper: np.ndarray) -> Iterator[Family]:
    """The long straight lines of the most usual direction, and those across."""
    shorter = min(inked.shape)
    found = cv2.HoughLinesP(inked, 1, np.pi / 720, round(VOTES * shorter), None, PIECE * shorter, BREAK * shorter)
    if found is None:
        return
    pieces = found.reshape(-1, 4).astype(np.float64)
    x, y = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    angles, lengths = np.degrees(np.arctan2(y, x)) % 180, np.hypot(x, y)
    usual = _usual(angles, lengths)
    for direction in (usual, usual + 90):
        off = (angles - direction + 90) % 180 - 90
        mine = np.abs(off) < PARALLEL
        if mine.any():
            angle = direction + float(np.average(off[mine], weights=lengths[mine]))
            yield Family(angle, _lines(pieces[mine], angle, inked, paper))


def _usual(angles: np.ndarray, lengths: np.ndarray) -> float:
    """The most usual of angles in degrees, to one degree; 0 and 180 are the same."""
    counts = np.bincount(np.rint(angles).astype(int) % 180, lengths, minlength=180)
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    return float(np.argmax(smooth))


def _lines(pieces: np.ndarray, angle: float, inked: np.ndarray, paper: np.ndarray) -> list[Line]:
    """Pieces float64 `[n, 4]` put together to whole lines, in order."""
    along, across = _axes(angle)
    ends = pieces.reshape(-1, 2, 2) - np.array(inked.shape[::-1]) / 2
    u, v = ends @ along, ends @ across
    slopes = (v[:, 1] - v[:, 0]) / (u[:, 1] - u[:, 0])
    offsets = v[:, 0] - slopes * u[:, 0]
    order = np.argsort(offsets)
    groups = np.split(order, np.flatnonzero(np.diff(offsets[order]) > APART) + 1)
    starts = [np.array([np.median(slopes[group]), np.median(offsets[group])]) for group in groups]
    apart = np.median(np.diff([start[1] for start in starts])) if len(starts) > 1 else np.inf
    stray = int(max(1, min(STRAY, apart / 2)))
    lines = [_traced(start, angle, stray, inked, paper) for start in starts]
    return [line for line in lines if line.whole > WHOLE]


def _traced(start: np.ndarray, angle: float, stray: int, inked: np.ndarray, paper: np.ndarray) -> Line:
    """A line near a straight one, a polynomial `[2]`, followed over the paper; it strays some pixels at most."""
    along, across = _axes(angle)
    u, beside = np.arange(-sum(inked.shape) / 2, sum(inked.shape) / 2), np.arange(-stray, stray + 1)
    v = np.polyval(start, u)
    points = u[:, None, None] * along + (v[:, None] + beside)[..., None] * across + np.array(inked.shape[::-1]) / 2
    x, y = np.moveaxis(np.rint(points).astype(int), -1, 0)
    there = (x >= 0) & (x < inked.shape[1]) & (y >= 0) & (y < inked.shape[0])
    x, y = np.where(there, x, 0), np.where(there, y, 0)
    seen = np.where(there & paper[y, x], inked[y, x], 0)
    count = seen.sum(axis=1)
    is_line = (count > 0) & (count <= 1.5 * stray)
    on_paper = there[:, stray] & paper[y[:, stray], x[:, stray]]
    if min(is_line.sum(), on_paper.sum()) < PIECE * min(inked.shape):
        return Line(start, 0.0, 0.0)
    curve = np.polyfit(u[is_line], v[is_line] + (seen @ beside)[is_line] / count[is_line], 2)
    return Line(curve, float(np.mean(count[on_paper] > 0)), float(np.median(count[is_line])))


def _is_ruling(family: Family) -> bool:
    """Whether a family has many lines that are equally far apart."""
    if len(family.lines) < FEWEST:
        return False
    gaps = np.diff(family.offsets)
    steps = gaps / np.median(gaps)
    return bool(np.mean(np.abs(steps - np.maximum(1, np.rint(steps))) < EVEN) > EVENLY)


def _hidden(family: Family) -> list[Line]:
    """The lines of a ruling that are missing between the others, and two beyond them on either side."""
    gaps = np.diff(family.offsets)
    places = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(gaps / np.median(gaps))))])
    missing = np.setdiff1d(np.arange(-2, places[-1] + 3), places)
    curves = np.stack([line.curve for line in family.lines])
    fits = np.stack([np.polyval(np.polyfit(places, column, 2), missing) for column in curves.T], axis=1)
    return [Line(curve, 0.0, 0.0) for curve in fits]


def _band(family: Family) -> int:
    """The width in pixels of what belongs to each line."""
    width = 2 * round(float(np.median([line.width for line in family.lines])) / 2 + 1) + 1 if family.lines else 1
    return (
        width
        if len(family.lines) < FEWEST
        else max(1, min(width, round(float(np.median(np.diff(family.offsets))) / 2)))
    )


def _drawing(ink: np.ndarray, inked: np.ndarray, families: list[Family]) -> np.ndarray | None:
    """The ink `[channels]` of what is drawn between the lines; None if there is hardly any."""
    free = inked.copy()
    for family in families:
        free &= 1 - _raster(inked.shape, family.angle, family.lines, _band(family) + SOFT)
    free = cv2.morphologyEx(free, cv2.MORPH_OPEN, np.ones((2, 2)))
    return _typical(ink[free > 0]) if free.mean() > LEAST_DRAWN else None


def _typical(inks: np.ndarray) -> np.ndarray | None:
    """The usual one `[channels]` of inks `[n, channels]`, edges aside; None of none."""
    if not len(inks):
        return None
    most = inks.max(axis=1)
    return np.median(inks[most >= DARK * np.percentile(most, 98)], axis=0)


def _raster(shape: tuple[int, ...], angle: float, lines: list[Line], thickness: int) -> np.ndarray:
    """Lines, uint8 0 or 1 `[h, w]`."""
    canvas: np.ndarray = np.zeros(shape, np.uint8)
    along, across = _axes(angle)
    u = np.linspace(-sum(shape) / 2, sum(shape) / 2, 100)
    for line in lines:
        points = u[:, None] * along + np.polyval(line.curve, u)[:, None] * across + np.array(shape[::-1]) / 2
        cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 1, thickness)
    return canvas


def _axes(angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The directions along and across lines of an angle in degrees."""
    x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.array([x, y]), np.array([-y, x])
