"""Cells with random weights, and random runs of them."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.networks import CELLS
from ia_pix2seq_tf.networks.sequence import KeepProbs

BATCH, UNITS, Z_SIZE, STROKE_SIZE = 3, 7, 4, 5
DROPOUTS = {
    "no_dropout": KeepProbs(),
    "recurrent": KeepProbs(recurrent=0.7),
    "inputs": KeepProbs(inputs=0.7),
    "outputs": KeepProbs(outputs=0.7),
    "all_three": KeepProbs(0.7, 0.8, 0.6),
}
SEED = (11, 12)
WITH_ALL_CELLS = pytest.mark.parametrize("name", CELLS)


def randomised(cell, seed: int = 0):
    """The cell with every weight random, so that none is at a neutral 0 or 1."""
    rng = np.random.default_rng(seed)
    for weight in cell.weights:
        start = 1.0 if "gamma" in weight.name else 0.0
        scale = 1 / np.sqrt(weight.shape[-2]) if len(weight.shape) > 1 else 0.3
        weight.assign(start + scale * rng.standard_normal(weight.shape))
    return cell


def float32(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


class Case:
    """A cell with random weights, and random inputs of a run."""

    def __init__(self, name: str, time: int, keep: KeepProbs = DROPOUTS["no_dropout"]):
        rng = np.random.default_rng(7)
        self.cell, self.keep = CELLS[name](UNITS), keep
        self.cell.build((None, STROKE_SIZE + Z_SIZE))
        randomised(self.cell)
        self.strokes = tf.constant(float32(rng, time, BATCH, STROKE_SIZE))
        self.codes = tf.constant(float32(rng, BATCH, Z_SIZE))
        self.state = tf.constant(float32(rng, BATCH, self.cell.state_size))
        self.dropout = keep.masks(tf.constant(SEED), time, BATCH, UNITS, STROKE_SIZE + Z_SIZE)
        self.output_weights = float32(rng, time, BATCH, UNITS)
        self.state_weights = float32(rng, BATCH, self.cell.state_size)

    def run(self, unrolled):
        return self.run_on(unrolled, self.strokes, self.codes, self.state, self.dropout)

    def run_on(self, unrolled, strokes, codes, state, dropout):
        """Outputs, final state, and the gradients of a random weighted sum of both."""
        sources = {"codes": codes, "state": state, **{w.path: w.value for w in self.cell.weights}}
        with tf.GradientTape() as tape:
            tape.watch([codes, state])
            outputs, final = unrolled(self.cell, strokes, codes, state, dropout, self.keep)
            total = tf.reduce_sum(outputs * self.output_weights) + tf.reduce_sum(final * self.state_weights)
        return outputs, final, tape.gradient(total, sources)
