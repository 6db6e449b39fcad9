"""The hand that draws the doodles: a few primitives, and the unsteadiness that turns them into strokes.

A doodle is a list of parts. A part is one line drawn without lifting the pen: its points `[n, 2]` in any
unit, x to the right and y downward. `by_hand` bends, tilts and jitters the whole as a hand would.
"""

import numpy as np

Parts = list[np.ndarray]

EXTENT = 255  # longer side of a finished doodle, in the units of simplified QuickDraw drawings

# How unsteady the hand is. Lengths are relative to the longer side of the doodle.
STRETCH = 0.08  # largest relative change of width and height, in opposite directions
TILT = 0.075  # largest rotation and largest slant, in radians
WAVES = 2  # number of slow waves that bend the sheet
WAVE_HEIGHT = 0.016
WAVE_RATE = 7.0  # largest rate of a wave, in radians per longer side: about one crest per sheet
SLIP = 0.006  # standard deviation of a part's misplacement
JITTER = 0.006  # standard deviation of a single point's misplacement
MISSED_TURN = (-0.04, 0.02)  # by how much of a turn the end of a loop misses its start
SPIRAL = 0.06  # largest relative change of a loop's radius from start to end


def around(rng: np.random.Generator, *spreads: float) -> np.ndarray:
    """One factor per spread, uniform in `1 - spread .. 1 + spread`, to vary proportions."""
    return 1 + np.array(spreads) * rng.uniform(-1, 1, len(spreads))


def line(*points: tuple[float, float]) -> np.ndarray:
    """The part `[n, 2]` that joins the points."""
    return np.array(points, np.float64)


def loop(
    rng: np.random.Generator,
    center: tuple[float, float],
    radii: tuple[float, float],
    n: int,
    start: float = 0.75,
) -> np.ndarray:
    """An ellipse `[n, 2]` that nearly closes, drawn in one go and counter-clockwise.

    Args:
        rng: decides how far the end misses the start.
        center: of the ellipse.
        radii: horizontal and vertical.
        n: number of points; the last one lies near the first.
        start: where the pen is set down, in turns clockwise from the right; 0.75 is the top.
    """
    missed, spiral = rng.uniform((MISSED_TURN[0], -SPIRAL), (MISSED_TURN[1], SPIRAL))
    way = np.linspace(0, 1, n)
    angles = 2 * np.pi * (start - (1 + missed) * way)
    growth = 1 + spiral * (way - 0.5)
    return np.stack([growth * np.cos(angles), growth * np.sin(angles)], axis=1) * radii + center


def placed(parts: Parts, scale: float, x: float, y: float) -> Parts:
    """The parts scaled about the origin, which then moves to `(x, y)`."""
    return [part * scale + (x, y) for part in parts]


def mirrored(parts: Parts) -> Parts:
    """The parts facing the other way: x becomes -x."""
    return [part * (-1, 1) for part in parts]


def by_hand(parts: Parts, rng: np.random.Generator) -> np.ndarray:
    """Draws the parts with an unsteady hand.

    Args:
        parts: points `[n, 2]` each.
        rng: source of all unsteadiness.

    Returns:
        int16 strokes `[sum of n, 3]` whose longer side measures `EXTENT`, give or take one. The origin is
        the middle of the drawing: the first row moves from there to the first point.
    """
    lengths = np.array([len(part) for part in parts])
    points = _to_unit_size(np.concatenate(parts))
    points = _bent(_tilted(points, rng), rng)
    points += np.repeat(rng.normal(0, SLIP, (len(parts), 2)), lengths, axis=0)
    points += rng.normal(0, JITTER, points.shape)
    return _to_strokes(np.rint(_to_unit_size(points) * EXTENT), lengths)


def _to_unit_size(points: np.ndarray) -> np.ndarray:
    """Moves the middle of points `[n, 2]` to the origin and scales their longer side to 1."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (points - (low + high) / 2) / (high - low).max()


def _tilted(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretches, rotates and slants points `[n, 2]` a little."""
    stretch, tilt, slant = rng.uniform(-1, 1, 3) * (STRETCH, TILT, TILT)
    return points @ np.array([[1 + stretch, tilt], [slant - tilt, 1 - stretch]])


def _bent(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moves points `[n, 2]` by slow waves over the sheet, so that neighbours move alike."""
    rates = rng.uniform(-WAVE_RATE, WAVE_RATE, (2, WAVES))
    phases = rng.uniform(0, 2 * np.pi, WAVES)
    heights = rng.uniform(-WAVE_HEIGHT, WAVE_HEIGHT, (WAVES, 2))
    return points + np.sin(points @ rates + phases) @ heights


def _to_strokes(points: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Turns whole points `[n, 2]` of parts of the given lengths into int16 strokes `[n, 3]`."""
    strokes = np.zeros((len(points), 3), np.int16)
    strokes[:, :2] = np.diff(points, axis=0, prepend=0)
    strokes[np.cumsum(lengths) - 1, 2] = 1
    return strokes
