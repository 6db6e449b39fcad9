"""The recurrent encoder: a sketch's strokes, read in both directions, to the mean and variance of a Gaussian code."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.cells import CELLS, RecurrentCell
from ia_pix2seq_tf.networks.initializers import Shape, near_zero
from ia_pix2seq_tf.networks.sequence import NO_DROPOUT, Dropout, KeepProbs, unroll, unroll_plain

STROKE_SIZE = 5
END = 4  # the column of stroke-5 that says that the sketch is over
FORWARD_SEED, BACKWARD_SEED, MEAN_SEED, VARIANCE_SEED = 0, 10, 20, 21  # offsets from the encoder's own seed


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class SequenceEncoder(layers.Layer):
    """Sequences to code mean and variance, each `[batch, z_size]` (sketch-rnn, eq. 1 and 2; `Model.encoder`).

    Two cells read the points of a sketch, one from the first to the last, the other from the last to the first, each
    from a state of zeros. Of their last hidden states, side by side, dense layers make mean and log variance. Neither
    the start token nor the end tokens are read; a sketch without points has hidden states of zeros.

    Args:
        cell: "lstm", "layer_norm" or "hyper".
        units: size of each cell.
        z_size: dimension of the code.
        keep_prob: recurrent dropout keeps an entry with this probability while training; 1 for no dropout.
        plain: run the cells step by step instead of in the fast form.
        seed: of the initial weights.
        product_dtype: in which the cells multiply their large matrices, "float32" or "bfloat16"; the two dense layers
            are float32.

    >>> encoder = SequenceEncoder("lstm", units=16, z_size=8)
    >>> mean, variance = encoder(tf.one_hot([[2, 0, 1, 4]], 5))  # a start token, two points, an end token
    >>> mean.shape
    TensorShape([1, 8])
    """

    reads = ("sequences",)

    def __init__(
        self,
        cell: str,
        units: int,
        z_size: int,
        keep_prob: float = 1.0,
        plain: bool = False,
        seed: int = 0,
        product_dtype: str = "float32",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cell_name, self.units, self.z_size, self.keep_prob = cell, units, z_size, keep_prob
        self.plain, self.seed, self.product_dtype = plain, seed, product_dtype
        self.forward, self.backward = (
            CELLS[cell](units, keep_prob, seed + offset, product_dtype, name=name)
            for name, offset in (("forward", FORWARD_SEED), ("backward", BACKWARD_SEED))
        )
        self.mean, self.log_variance = (
            layers.Dense(z_size, kernel_initializer=near_zero(seed + offset), name=name)
            for name, offset in (("mean", MEAN_SEED), ("log_variance", VARIANCE_SEED))
        )

    def build(self, _: Shape | None = None) -> None:
        for cell in (self.forward, self.backward):
            cell.build((None, STROKE_SIZE))
        for dense in (self.mean, self.log_variance):
            dense.build((None, 2 * self.units))

    def masks(self, seed: tf.Tensor | None, time: int, batch: int) -> Dropout:
        """Fresh dropout masks, a pure function of `seed` (int32 `[2]`), which may be None where nothing is dropped.

        They are best drawn outside XLA, which takes many times as long and draws other numbers.

        Args:
            seed: int32 `[2]`.
            time: points of the longest sketch: the rows of `sequences` without the start token.
            batch: number of sketches.

        Returns:
            the recurrent masks of both directions in one, `[time, batch, 2 * units]`: the forward cell's, then the
            backward cell's, each in the order in which it reads.
        """
        if self.keep_prob == 1:
            return NO_DROPOUT
        if seed is None:
            raise ValueError("SequenceEncoder: training with dropout needs a seed")
        return KeepProbs(recurrent=self.keep_prob).masks(seed, time, batch, 2 * self.units, STROKE_SIZE)

    def call(self, sequences: tf.Tensor, dropout: Dropout = NO_DROPOUT) -> tuple[tf.Tensor, tf.Tensor]:
        """See the class.

        Args:
            sequences: stroke-5 with the start token, `[batch, time + 1, 5]`, model units.
            dropout: what `masks` returns, or its part for these sketches (cut along axis 1).

        Returns:
            mean and variance, `[batch, z_size]` each.
        """
        hidden = self.last_hidden(sequences, dropout)
        return self.mean(hidden), tf.exp(self.log_variance(hidden))

    def last_hidden(self, sequences: tf.Tensor, dropout: Dropout = NO_DROPOUT) -> tf.Tensor:
        """The two cells' hidden states after their last point, `[batch, 2 * units]`; arguments as those of `call`."""
        points = sequences[:, 1:]
        lengths = sketch_lengths(points)
        reverse = tf.reverse_sequence(points, lengths, seq_axis=1)
        recurrent = (None, None) if dropout.recurrent is None else tf.split(dropout.recurrent, 2, axis=-1)
        return tf.concat(
            [
                self._read(self.forward, points, lengths, recurrent[0]),
                self._read(self.backward, reverse, lengths, recurrent[1]),
            ],
            axis=-1,
        )

    def _read(self, cell: RecurrentCell, points: tf.Tensor, lengths: tf.Tensor, mask: tf.Tensor | None) -> tf.Tensor:
        batch = points.shape[0] or tf.shape(points)[0]
        strokes, codes = tf.transpose(points, (1, 0, 2)), tf.zeros((batch, 0))
        run = unroll_plain if self.plain else unroll
        keep = KeepProbs(recurrent=self.keep_prob)
        outputs, _ = run(cell, strokes, codes, tf.zeros((batch, cell.state_size)), Dropout(mask), keep)
        return last_outputs(outputs, lengths)

    def get_config(self) -> dict[str, Any]:
        config = {
            "cell": self.cell_name,
            "units": self.units,
            "z_size": self.z_size,
            "keep_prob": self.keep_prob,
            "plain": self.plain,
            "seed": self.seed,
            "product_dtype": self.product_dtype,
        }
        return {**super().get_config(), **config}


def sketch_lengths(points: tf.Tensor) -> tf.Tensor:
    """Points before the first end token, int32 `[batch]`, of stroke-5 `[batch, time, 5]` without the start token."""
    ends = tf.cast(points[..., END] != 0, tf.int32)
    return tf.reduce_sum(tf.cast(tf.cumsum(ends, axis=1) == 0, tf.int32), axis=1)  # TFLite has no cumprod


def last_outputs(outputs: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """What a run `[time, batch, units]` put out at each sketch's last point, `[batch, units]`; zeros at length 0."""
    is_last = tf.one_hot(lengths, tf.shape(outputs)[0] + 1, axis=0)[1:]  # all zeros for a length of 0
    return tf.reduce_sum(outputs * is_last[..., tf.newaxis], axis=0)
