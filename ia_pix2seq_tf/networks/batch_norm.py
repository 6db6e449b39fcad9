"""Batch norm whose moving statistics are proposed, so that a step assigns them once for all replicas."""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.initializers import Shape
from ia_pix2seq_tf.replica import Sum

EPSILON = 1e-5  # added to the variance; this and the next are PyTorch's defaults
MOMENTUM = 0.1  # share of a batch's statistics in the moving ones


class Normed(NamedTuple):
    """What a norm makes of a batch in training.

    Attributes:
        rows: normalised, `[n, features]`.
        moved: the new values of `BatchNorm.moving`, `[features]` each.
    """

    rows: tf.Tensor
    moved: tuple[tf.Tensor, tf.Tensor]


class Encoded(NamedTuple):
    """What an encoder says of a batch in training.

    Attributes:
        mean, sigma2: of the codes, `[batch, z_size]` each.
        moved: the new values of the moving statistics of all its norms.
    """

    mean: tf.Tensor
    sigma2: tf.Tensor
    moved: tuple[tf.Tensor, ...] = ()


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class BatchNorm(layers.Layer):
    """Each feature of rows `[n, features]` normalised over the rows, then scaled and shifted (PyTorch's BatchNorm1d).

        y = gamma · (x − mean) / sqrt(variance + 1e-5) + beta

    In training mean and variance are those of the batch, over all replicas; else the moving ones, of which a step keeps
    nine tenths and takes one tenth from its batch, the variance with n − 1 in place of n. One row alone has the
    variance 0, and becomes beta. Nothing is assigned here.
    """

    def build(self, input_shape: Shape) -> None:
        shape = input_shape[-1:]
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="moving_mean")
        self.variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="moving_variance")

    @property
    def moving(self) -> tuple[keras.Variable, keras.Variable]:
        """The moving mean and variance, `[features]` each."""
        return self.mean, self.variance

    def call(self, rows: tf.Tensor) -> tf.Tensor:
        """Normalised by the moving statistics."""
        return self._normalize(rows, *map(tf.convert_to_tensor, self.moving))

    def in_training(self, rows: tf.Tensor, total: Sum = tf.identity) -> Normed:
        """Normalised by the statistics of the batch, which `total` sums over replicas."""
        count = total(tf.cast(tf.shape(rows)[0], rows.dtype))
        mean = total(tf.reduce_sum(rows, axis=0)) / count
        variance = total(tf.reduce_sum(tf.math.squared_difference(rows, mean), axis=0)) / count
        unbiased = variance * (count / tf.maximum(count - 1, 1))
        moved = tuple(
            (1 - MOMENTUM) * old + MOMENTUM * new for old, new in zip(self.moving, (mean, unbiased), strict=True)
        )
        return Normed(self._normalize(rows, mean, variance), moved)

    def _normalize(self, rows: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor) -> tf.Tensor:
        return tf.nn.batch_normalization(rows, mean, variance, self.beta, self.gamma, EPSILON)
