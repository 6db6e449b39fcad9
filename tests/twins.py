"""What several tests of the maths share: random inputs, and NumPy twins."""

import numpy as np
import pytest

from ia_pix2seq_tf.latent import Parameters
from ia_pix2seq_tf.stroke_mixture import RAW_SIZE

BATCH, K, Z_SIZE = 20, 5, 4
WITH_BOTH_MIXTURES = pytest.mark.parametrize("system", ("ia", "rpcl"))


class Batch:
    """Random codes, encoder variances and encoder means, float32."""

    def __init__(self, seed: int, size: int = BATCH):
        rng = np.random.default_rng(seed)
        self.z = rng.standard_normal((size, Z_SIZE)).astype(np.float32)
        self.sigma2 = rng.uniform(0.1, 1.5, (size, Z_SIZE)).astype(np.float32)
        self.mean = (self.z + 0.3 * rng.standard_normal((size, Z_SIZE))).astype(np.float32)

    def part(self, chosen: slice) -> "Batch":
        part = Batch(0, 0)
        part.z, part.sigma2, part.mean = self.z[chosen], self.sigma2[chosen], self.mean[chosen]
        return part


def random_parameters(seed: int) -> Parameters:
    rng = np.random.default_rng(seed)
    alpha = rng.dirichlet(np.ones(K))[:, None]
    values = rng.standard_normal((K, Z_SIZE)), rng.uniform(0.3, 2, (K, Z_SIZE)), alpha
    return Parameters(*(value.astype(np.float32) for value in values))


def random_gamma(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(K), BATCH).astype(np.float32)


def density_twin(raw, offset) -> float:
    """Sketch-rnn, eq. 24 and 25, of one raw vector and one offset, component by component."""
    raw, (dx, dy) = raw.astype(np.float64), offset.astype(np.float64)
    logits, mu_x, mu_y, sigma_x, sigma_y, rho = np.split(raw[3:], 6)
    pi = np.exp(logits) / np.sum(np.exp(logits))
    sigma_x, sigma_y, rho = np.exp(sigma_x), np.exp(sigma_y), np.tanh(rho)
    total = 0.0
    for m in range(20):
        x, y = (dx - mu_x[m]) / sigma_x[m], (dy - mu_y[m]) / sigma_y[m]
        z = x**2 + y**2 - 2 * rho[m] * x * y
        norm = 2 * np.pi * sigma_x[m] * sigma_y[m] * np.sqrt(1 - rho[m] ** 2)
        total += pi[m] * np.exp(-z / (2 * (1 - rho[m] ** 2))) / norm
    return total


def densities_twin(raw, offsets) -> np.ndarray:
    pairs = zip(raw.reshape(-1, RAW_SIZE), offsets.reshape(-1, 2), strict=True)
    return np.array([density_twin(*pair) for pair in pairs]).reshape(raw.shape[:-1])
