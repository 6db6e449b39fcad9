"""The reference's initialisers, each drawn from its own integer seed."""

import contextlib
import math
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np

NEAR_ZERO = 0.001

Shape = tuple[Any, ...]  # of what a layer reads or makes: integers, None where any number will do

_filled_later: ContextVar[bool] = ContextVar("filled_later", default=False)


@contextlib.contextmanager
def filled_later() -> Iterator[None]:
    """Within the block orthogonal matrices, which take long to draw, begin as zeros: every weight is about to be set.

    Four QR decompositions make the recurrent kernel of a cell: of 2048 units in seconds to minutes.
    """
    token = _filled_later.set(True)
    try:
        yield
    finally:
        _filled_later.reset(token)


def he_normal(leading_dim: int, seed: int) -> keras.initializers.Initializer:
    """N(0, 2 / leading_dim), the reference's `xavier_init`.

    `leading_dim` is the first entry of the weight's shape: the input size of a dense layer,
    but the kernel height (3) of a convolution.
    """
    return keras.initializers.RandomNormal(stddev=math.sqrt(2 / leading_dim), seed=seed)


def he_normal_of_all(seed: int) -> keras.initializers.Initializer:
    """N(0, 2 / n), where n counts all values that an output reads: the input size, or kernel area times channels."""
    return keras.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal", seed=seed)


def uniform_of_all(seed: int) -> keras.initializers.Initializer:
    """U(-1/sqrt(n), 1/sqrt(n)), where n counts all values that an output reads: PyTorch's of a dense layer."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed)


def near_zero(seed: int) -> keras.initializers.Initializer:
    """N(0, 0.001²), with which sketch-rnn's codes begin near zero (`rnn.super_linear`)."""
    return keras.initializers.RandomNormal(stddev=NEAR_ZERO, seed=seed)


class GateOrthogonal(keras.initializers.Initializer):
    """One orthogonal block per LSTM gate, for a matrix `[rows, 4 * units]` (reference `lstm_ortho_initializer`).

    Zeros within `filled_later`.
    """

    def __init__(self, seed: int):
        self.seed = seed

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        if _filled_later.get():
            return keras.ops.zeros(shape, dtype)
        rows, columns = shape
        rng = np.random.default_rng(self.seed)
        blocks = [self._orthogonal(rng, rows, columns // 4) for _ in range(4)]
        return keras.ops.convert_to_tensor(np.concatenate(blocks, axis=1), dtype=dtype)

    @staticmethod
    def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
        """A uniformly random matrix with orthonormal rows or columns, by QR of a normal one."""
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return q if rows >= columns else q.T

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}
