"""The recurrent decoder: code and previous strokes to the raw parameters of the next stroke."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.cells import CELLS
from ia_pix2seq_tf.networks.initializers import Shape, he_normal, near_zero
from ia_pix2seq_tf.networks.sequence import KEEP_ALL, NO_DROPOUT, Dropout, KeepProbs, stepper, unroll, unroll_plain
from ia_pix2seq_tf.stroke_mixture import RAW_SIZE
from ia_pix2seq_tf.strokes import START_TOKEN

STROKE_SIZE = 5
HEAD_SEED, CELL_SEED, BIAS_SEED = 1, 2, 3  # offsets from the decoder's own seed

Initializer: TypeAlias = keras.initializers.Initializer | str


def he_weights(z_size: int, units: int, seed: int) -> tuple[Initializer, Initializer, Initializer]:
    """N(0, 2 / inputs) for both dense layers, zero biases (reference `Model.rnn_decoder`)."""
    return he_normal(max(z_size, 1), seed), he_normal(units, seed + HEAD_SEED), "zeros"


def glorot_weights(z_size: int, units: int, seed: int) -> tuple[Initializer, Initializer, Initializer]:
    """N(0, 0.001²) for the initial state; Glorot's for the head and its bias (sketch-rnn `rnn.super_linear`)."""
    glorot, limit = keras.initializers.GlorotUniform(seed + HEAD_SEED), math.sqrt(3 / RAW_SIZE)
    bias = keras.initializers.RandomUniform(-limit, limit, seed + BIAS_SEED)
    return near_zero(seed), glorot, bias


INITIALIZATIONS = {"he": he_weights, "glorot": glorot_weights}
"""Initialisers of the initial state's kernel, of the head's kernel and of its bias, by name."""


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class StrokeDecoder(layers.Layer):
    """Codes and strokes to raw mixture parameters (reference `Model.rnn_decoder`).

    The initial state is tanh(dense(z)); the input at t is [stroke t-1, z]; a dense layer makes the 123 raw
    parameters of each output (see `stroke_mixture.py`). With codes `[batch, 0]` the initial state is zero.

    Args:
        cell: "lstm", "layer_norm" or "hyper".
        units: size of the cell.
        keep_probs: dropout of the cell's recurrence, inputs and outputs while training.
        plain: run the cell step by step instead of in the fast form.
        seed: of the initial weights.
        product_dtype: in which the cell multiplies its large matrices, "float32" or "bfloat16"; the initial state
            and the head are float32.
        initialization: of the weights outside the cell, one of `INITIALIZATIONS`.
        start: the stroke before the first, `[5]`, with which a drawing begins.
        bounded_start: make the initial state of tanh(z); the inputs keep z.
    """

    def __init__(
        self,
        cell: str,
        units: int,
        keep_probs: Sequence[float] = KEEP_ALL,
        plain: bool = False,
        seed: int = 0,
        product_dtype: str = "float32",
        initialization: str = "he",
        start: Sequence[float] = START_TOKEN,
        bounded_start: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cell_name, self.units, self.keep_probs = cell, units, KeepProbs(*keep_probs)
        self.plain, self.seed, self.product_dtype = plain, seed, product_dtype
        self.initialization, self.start, self.bounded_start = initialization, tuple(start), bounded_start
        self.cell = CELLS[cell](units, self.keep_probs.recurrent, seed + CELL_SEED, product_dtype, name="cell")

    def build(self, z_shape: Shape, *_: Shape) -> None:
        self.z_size = z_shape[-1]
        initial, head, bias = INITIALIZATIONS[self.initialization](self.z_size, self.units, self.seed)
        if self.z_size:
            self.initial = layers.Dense(
                self.cell.state_size, activation="tanh", kernel_initializer=initial, name="initial_state"
            )
            self.initial.build(z_shape)
        self.cell.build((None, STROKE_SIZE + self.z_size))
        self.head = layers.Dense(RAW_SIZE, kernel_initializer=head, bias_initializer=bias, name="head")
        self.head.build((None, self.units))

    def initial_state(self, z: tf.Tensor) -> tf.Tensor:
        """The state `[batch, s]` before the first stroke, from codes `[batch, z]`."""
        if not self.z_size:
            return tf.zeros((tf.shape(z)[0], self.cell.state_size))
        return self.initial(tf.tanh(z) if self.bounded_start else z)

    def call(self, z: tf.Tensor, inputs: tf.Tensor, training: bool = False, seed: tf.Tensor | None = None) -> tf.Tensor:
        """Raw parameters `[batch, time, 123]`; see `run`. While training, `seed` gives the dropout masks."""
        batch, time, _ = inputs.shape
        return self.run(z, inputs, dropout=self.masks(seed, time, batch) if training else NO_DROPOUT)[0]

    def masks(self, seed: tf.Tensor | None, time: int, batch: int) -> Dropout:
        """Fresh dropout masks, a pure function of `seed` (int32 `[2]`), which may be None where nothing is dropped.

        They are best drawn outside XLA, which takes many times as long and draws other numbers.
        """
        if min(self.keep_probs) == 1:
            return NO_DROPOUT
        if seed is None:
            raise ValueError("StrokeDecoder: training with dropout needs a seed")
        return self.keep_probs.masks(seed, time, batch, self.units, STROKE_SIZE + self.z_size)

    def run(
        self, z: tf.Tensor, inputs: tf.Tensor, state: tf.Tensor | None = None, dropout: Dropout = NO_DROPOUT
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Runs over given strokes.

        Args:
            z: `[batch, z]`.
            inputs: the strokes before the ones to be predicted, `[batch, time, 5]`.
            state: initial state `[batch, s]`; made from `z` by default.
            dropout: keep masks.

        Returns:
            raw parameters `[batch, time, 123]`, final state `[batch, s]`.
        """
        strokes = tf.transpose(inputs, (1, 0, 2))
        state = self.initial_state(z) if state is None else state
        run = unroll_plain if self.plain else unroll
        outputs, state = run(self.cell, strokes, z, state, dropout, self.keep_probs)
        return tf.transpose(self.head(outputs), (1, 0, 2)), state

    def step(self, stroke: tf.Tensor, z: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One step while generating: stroke `[batch, 5]` to raw parameters `[batch, 123]` and the next state."""
        return self.stepper(z)(stroke, state)

    def stepper(self, z: tf.Tensor) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
        """`step` for codes `[batch, z]`, as a function of stroke and state: for loops, which then do once what all
        their steps share.
        """
        advance = stepper(self.cell, z)

        def step(stroke: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            state = advance(stroke, state)
            return self.head(self.cell.output(state)), state

        return step

    def get_config(self) -> dict[str, Any]:
        config = {
            "cell": self.cell_name,
            "units": self.units,
            "keep_probs": tuple(self.keep_probs),
            "plain": self.plain,
            "seed": self.seed,
            "product_dtype": self.product_dtype,
            "initialization": self.initialization,
            "start": self.start,
            "bounded_start": self.bounded_start,
        }
        return {**super().get_config(), **config}
