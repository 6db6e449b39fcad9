"""Converting one file of some content, for tests of formats."""

import numpy as np

from ia_pix2seq_tf.data.convert import Options, Parts, convert
from ia_pix2seq_tf.data.files import load_npz

CATEGORY = "kite"


def converted(folder, name, content, **options):
    """Converts a file in a folder of its category; returns the summary and the strokes of all its drawings."""
    path = folder / CATEGORY / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    summary = convert(
        [path],
        folder / "out",
        Options(**{"parts": Parts((1, 0, 0)), "overwrite": True, "category": CATEGORY, **options}),
    )
    path.unlink()
    return summary, load_npz(folder / "out" / f"{CATEGORY}.npz")["train"]


def only(folder, name, content, **options):
    """The lines of the one drawing of a file, as points [x, y]; the first is (0, 0)."""
    (strokes,) = converted(folder, name, content, **options)[1]
    return points_of(strokes)


def points_of(strokes):
    """The lines of strokes as lists of points."""
    points = np.cumsum(strokes[:, :2], axis=0).tolist()
    ends = (np.flatnonzero(strokes[:, 2]) + 1).tolist()
    return [points[first:last] for first, last in zip([0, *ends], ends, strict=False)]


def moved(lines):
    """Lines, moved so that their first point is (0, 0)."""
    x, y = lines[0][0]
    return [[[px - x, py - y] for px, py in line] for line in lines]
