"""Models that only pretend, for what surrounds models: each reads what it is told to and draws lines."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import HParams

MAX_LEN = 64


class NormalPrior:
    """Codes of N(0, I), without components."""

    k = 0

    def __init__(self, z_size: int):
        self.z_size = z_size

    def sample(self, n: int, seed: int, component: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Codes `[n, z_size]`, and -1 for the component of each."""
        return np.random.default_rng(seed).normal(size=(n, self.z_size)).astype(np.float32), np.full(n, -1)


class StandIn:
    """A model whose codes say what it has read.

    Args:
        reads: of "images" and "sequences".
        z_size: at least 2, or 0 for no codes.
        scale_factor: units of the data per model unit.

    The first two numbers of a code are the sum of all offsets, plus the mean of all pixels.
    """

    def __init__(self, reads: tuple[str, ...], z_size: int = 4, scale_factor: float | None = None):
        self.reads, self.z_size, self.scale_factor = reads, z_size, scale_factor
        self.latent, self.generator = NormalPrior(z_size), SimpleNamespace(max_len=MAX_LEN)
        self.hps = HParams(categories=["bus", "pig"], num_per_category=12, max_seq_len=MAX_LEN)
        self.shapes: list[tuple[int, ...]] = []

        self.encode_in_graph = tf.function(self.encode, autograph=False)

    def encode(self, *inputs) -> tuple[tf.Tensor, tf.Tensor]:
        """Means and variances `[batch, z_size]`; the shapes of sequences are recorded when they are traced."""
        total = 0.0
        for kind, value in zip(self.reads, inputs, strict=True):
            value = tf.convert_to_tensor(value)
            if kind == "images":
                total += tf.reduce_mean(value, axis=(1, 2))[:, None]
            else:
                self.shapes.append(tuple(value.shape))
                total += tf.reduce_sum(value[:, 1:, :2], axis=1)
        mean = tf.pad(total + tf.zeros((1, 2)), ((0, 0), (0, self.z_size - 2)))
        return mean, tf.ones_like(mean)

    def generate_each(self, z, max_len, temperature, greedy, seed, prefixes=None, chances=None):
        """For each code its prefix, and a line."""
        for i in range(len(z)):
            line = np.array([[1, 1, 0], [2, -1, 1]], np.float32)
            yield line if prefixes is None else np.concatenate([prefixes[i], line])

    @property
    def latent_mu(self):
        raise ValueError("no latent components")
