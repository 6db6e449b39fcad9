"""Two small drawings, and how files hold them."""

import numpy as np

SKETCHES = [
    np.array([[1, 2, 0], [-3, 400, 1]], np.int16),
    np.array([[5, -6, 0], [7, 8, 0], [0, 1, 1]], np.int16),
]


def objects(sketches):
    """An array of objects, one for each sketch."""
    array = np.empty(len(sketches), object)
    array[:] = sketches
    return array
