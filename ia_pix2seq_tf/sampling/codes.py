"""Codes of chance, and arithmetic with codes: the points between them, and their differences.

Codes are arrays `[z_size]`; ways from one to another are functions of `t`, 0 at the first and 1 at the second.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq

PARALLEL = 1e-6  # codes whose angle is below this, in radians, or as close to a half turn, count as on one line


def normal(model: "IAPix2Seq", n: int, seed: int) -> np.ndarray:
    """Codes of N(0, I), float32 `[n, z_size]`: where that is the model's prior, those that it draws by this seed."""
    if not model.latent.k:
        return np.asarray(model.latent.sample(n, seed)[0])
    import tensorflow as tf  # here, so that `sample.py --help` does without it

    return tf.random.stateless_normal((n, model.z_size), (seed, 0)).numpy()


def linear(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point `[z_size]` at `t` of the straight way from a to b."""
    return (1 - t) * a + t * b


def spherical(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point `[z_size]` at `t` of the way from a to b that turns at an even speed about the origin.

    Straight ways pass nearer to the origin than the codes of a high-dimensional normal distribution ever lie;
    this one does not. Where a or b is zero, or both point the same way, it is the straight way.

    Raises:
        ValueError: for opposite codes, between which there is no shortest turn.

    Source: sketch-rnn §4.2, after White, "Sampling generative networks" (2016).
    """
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    angle = np.arccos(np.clip(np.dot(a, b) / lengths, -1, 1)) if lengths > 0 else 0.0
    if angle < PARALLEL:
        return linear(a, b, t)
    if np.pi - angle < PARALLEL:
        raise ValueError("spherical interpolation: the codes are opposite, so that there is no shortest turn")
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


WAYS: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {"linear": linear, "spherical": spherical}
"""How to go from one code to another, by name."""


def line(a: np.ndarray, b: np.ndarray, steps: int, way: str = "linear") -> np.ndarray:
    """Codes `[steps, z_size]` at even distances of `t`, from a to b, both included.

    Args:
        a, b: codes `[z_size]`.
        steps: at least 2.
        way: one of `WAYS`.

    Raises:
        ValueError: for too few steps, an unknown way, or opposite codes on the spherical one.
    """
    go = _way(way)
    return np.stack([go(a, b, t) for t in positions(steps)])


def grid(corners: np.ndarray, rows: int, columns: int, way: str = "linear") -> np.ndarray:
    """Codes `[rows, columns, z_size]` between four corners: down both sides, then across (paper, Fig. 5).

    Args:
        corners: `[2, 2, z_size]`: top left, top right, bottom left, bottom right.
        rows, columns: at least 2 each.
        way: one of `WAYS`.
    """
    (top_left, top_right), (bottom_left, bottom_right) = corners
    left, right = line(top_left, bottom_left, rows, way), line(top_right, bottom_right, rows, way)
    return np.stack([line(a, b, columns, way) for a, b in zip(left, right, strict=True)])


def analogy(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """a - b + c: what a has and b lacks, added to c (sketch-rnn §4.3: whole pig - pig's head + cat's head)."""
    return a - b + c


def positions(steps: int) -> np.ndarray:
    """Values of `t` from 0 to 1, `[steps]`."""
    if steps < 2:
        raise ValueError(f"interpolation: expected at least 2 steps, found {steps}")
    return np.linspace(0.0, 1.0, steps)


def _way(name: str) -> Callable[[np.ndarray, np.ndarray, float], np.ndarray]:
    if name not in WAYS:
        raise ValueError(f"interpolation: expected one of {', '.join(WAYS)}, found {name!r}")
    return WAYS[name]
