"""The recurrent decoder: code and previous strokes to the raw parameters of the next stroke."""

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.mixture import RAW_SIZE
from ia_pix2seq_tf.networks.cells import CELLS
from ia_pix2seq_tf.networks.initializers import he_normal
from ia_pix2seq_tf.networks.sequence import KEEP_ALL, NO_DROPOUT, Dropout, KeepProbs, unroll, unroll_plain

STROKE_SIZE = 5
HEAD_SEED, CELL_SEED = 1, 2  # offsets from the decoder's own seed


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class StrokeDecoder(layers.Layer):
    """Codes and strokes to raw mixture parameters (reference `Model.rnn_decoder`).

    The initial state is tanh(dense(z)); the input at t is [stroke t-1, z]; a dense layer makes the 123 raw
    parameters of each output (see `mixture.py`).

    Args:
        cell: "lstm", "layer_norm" or "hyper".
        units: size of the cell.
        keep_probs: dropout of the cell's recurrence, inputs and outputs while training.
        plain: run the cell step by step instead of in the fast form.
        seed: of the initial weights.
    """

    def __init__(self, cell: str, units: int, keep_probs=KEEP_ALL, plain: bool = False, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.cell_name, self.units, self.keep_probs = cell, units, KeepProbs(*keep_probs)
        self.plain, self.seed = plain, seed
        self.cell = CELLS[cell](units, self.keep_probs.recurrent, seed=seed + CELL_SEED, name="cell")

    def build(self, z_shape, *_):
        z_size = z_shape[-1]
        self.initial = layers.Dense(
            self.cell.state_size,
            activation="tanh",
            kernel_initializer=he_normal(z_size, self.seed),
            name="initial_state",
        )
        self.initial.build(z_shape)
        self.cell.build((None, STROKE_SIZE + z_size))
        initializer = he_normal(self.units, self.seed + HEAD_SEED)
        self.head = layers.Dense(RAW_SIZE, kernel_initializer=initializer, name="head")
        self.head.build((None, self.units))

    def call(self, z, inputs, training=False, seed=None):
        """Raw parameters `[batch, time, 123]`; see `run`."""
        return self.run(z, inputs, training=training, seed=seed)[0]

    def run(self, z, inputs, state=None, training=False, seed=None):
        """Runs over given strokes.

        Args:
            z: `[batch, z]`.
            inputs: the strokes before the ones to be predicted, `[batch, time, 5]`.
            state: initial state `[batch, s]`; made from `z` by default.
            training: whether dropout is active.
            seed: int32 `[2]` of the dropout masks; needed with dropout.

        Returns:
            raw parameters `[batch, time, 123]`, final state `[batch, s]`.
        """
        strokes = tf.transpose(inputs, (1, 0, 2))
        state = self.initial(z) if state is None else state
        dropout = self._masks(strokes, z, seed) if training else NO_DROPOUT
        run = unroll_plain if self.plain else unroll
        outputs, state = run(self.cell, strokes, z, state, dropout, self.keep_probs)
        return tf.transpose(self.head(outputs), (1, 0, 2)), state

    def step(self, stroke, z, state):
        """One step while generating: stroke `[batch, 5]` to raw parameters `[batch, 123]` and the next state."""
        state = self.cell.step(tf.concat([stroke, z], axis=-1), state)
        return self.head(self.cell.output(state)), state

    def _masks(self, strokes, z, seed) -> Dropout:
        if min(self.keep_probs) == 1:
            return NO_DROPOUT
        if seed is None:
            raise ValueError("StrokeDecoder: training with dropout needs a seed")
        time, batch, stroke_size = strokes.shape
        return self.keep_probs.masks(seed, time, batch, self.units, stroke_size + z.shape[-1])

    def get_config(self):
        config = {
            "cell": self.cell_name,
            "units": self.units,
            "keep_probs": tuple(self.keep_probs),
            "plain": self.plain,
            "seed": self.seed,
        }
        return {**super().get_config(), **config}
