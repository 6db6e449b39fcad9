"""Random graphs, as a model reads them."""

import numpy as np

from ia_pix2seq_tf.graphs import INK, NODES, PATCH


def random_graphs(n: int, rng: np.random.Generator, filled: int = 5) -> dict[str, np.ndarray]:
    """The fields of n sketches: their first nodes show something, the others are black and have no weight."""
    patches = np.zeros((n, NODES, PATCH, PATCH), np.uint8)
    share = rng.uniform(
        0, 0.6, (n, filled, 1, 1)
    )  # of ink: of patches that look alike batch norm makes differences of noise
    patches[:, :filled] = INK * (rng.random((n, filled, PATCH, PATCH)) < share)
    weights = np.where(np.arange(NODES) < filled, rng.uniform(0.5, 3, (n, NODES)), 0)
    return {"patches": patches, "node_weights": weights.astype(np.float32)}
