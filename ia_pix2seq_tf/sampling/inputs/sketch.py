"""What all readers of inputs return."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

MOST_INK = 0.3
"""Share of an image that ink covers at most: of 2,365 real drawings of nine categories the blackest has 0.24."""


@dataclass(frozen=True)
class Sketch:
    """A drawing that was read from a file.

    Attributes:
        name: of the file, without its suffix; for one of many in a file, with its number.
        image: uint8 `[size, size]`, black on white, as the training images.
        strokes: `[n, 3]` rows (dx, dy, pen lifted) where the file has them, else None. Those of an `.npz` are in
            its own unit (see `npz.read_sketches`); those of an SVG start with the offset (0, 0) and have a longer side
            of 255.
        source: the file, and where in it.
        in_model_units: whether the strokes are, as those that a model has drawn, rather than in units of the data.
        left_out: how many things of each kind, such as "text", are in the file but no part of the drawing.
        steps: what was taken away from a photograph before it was made an image, a sentence without a full stop each.
    """

    name: str
    image: np.ndarray
    strokes: np.ndarray | None
    source: str
    in_model_units: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[str, ...] = ()


def ink_share(image: np.ndarray) -> float:
    """The share of an image, uint8 of any shape, that is ink; grey counts in part."""
    return float(np.mean(255 - image.astype(np.float64))) / 255
