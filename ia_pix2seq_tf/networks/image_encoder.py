"""The CNN encoder: sketch image to the mean and variance of a Gaussian code."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from ia_pix2seq_tf.networks.convolution import ConvNorm
from ia_pix2seq_tf.networks.initializers import Shape, he_normal

DILATIONS = (1, 2, 5)
BLOCK_DEPTHS = (32, 64)
CONV_DEPTHS = (128, 256)
VARIANCE_FLOOR = 1e-10  # added after softplus by both systems


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class DilatedBlock(layers.Layer):
    """Three dilated convolutions side by side, summed; then one of stride 2 that combines them."""

    def __init__(self, depth: int, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.depth, self.seed = depth, seed
        self.dilated = [ConvNorm(depth, seed + i, dilation=d, name=f"dilated_{d}") for i, d in enumerate(DILATIONS)]
        self.combine = ConvNorm(depth, seed + len(DILATIONS), strides=2, name="combine")

    def build(self, input_shape: Shape) -> None:
        for branch in self.dilated:
            branch.build(input_shape)
        self.combine.build(self.dilated[0].compute_output_shape(input_shape))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        total = sum(branch(inputs) for branch in self.dilated)
        return ops.relu(self.combine(ops.relu(total)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.combine.compute_output_shape(self.dilated[0].compute_output_shape(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "depth": self.depth, "seed": self.seed}


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class CNNEncoder(layers.Layer):
    """Images `[batch, width, width]` in [-1, 1] to code mean and variance, each `[batch, z_size]`.

    Reference: `Model.cnn_encoder`. Four stages halve the image, so its width is a multiple of 16.

    Args:
        z_size: dimension of the code.
        variance_range: (lowest, highest) variance; IA-pix2seq keeps it in (0.1, 1e5), RPCL-pix2seq leaves it free.
        seed: of the initial weights.
    """

    reads = ("images",)

    def __init__(self, z_size: int, variance_range: tuple[float, float] | None = None, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.z_size, self.variance_range, self.seed = z_size, variance_range, seed
        seeds = itertools.count(seed, 10)
        self.blocks = [DilatedBlock(depth, next(seeds), name=f"block_{depth}") for depth in BLOCK_DEPTHS]
        self.convs = [ConvNorm(depth, next(seeds), strides=2, name=f"conv_{depth}") for depth in CONV_DEPTHS]
        self._dense_seeds = next(seeds), next(seeds)

    def build(self, input_shape: Shape) -> None:
        shape: Shape = (*input_shape, 1)
        stages: Sequence[DilatedBlock | ConvNorm] = (*self.blocks, *self.convs)
        for layer in stages:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        features = shape[1] * shape[2] * shape[3]
        self.mean, self.variance = (
            layers.Dense(self.z_size, kernel_initializer=he_normal(features, seed), name=name)
            for name, seed in zip(("mean", "variance"), self._dense_seeds, strict=True)
        )
        self.mean.build((None, features))
        self.variance.build((None, features))

    def call(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        x = ops.expand_dims(images, -1)
        for block in self.blocks:
            x = block(x)
        for conv in self.convs:
            x = ops.relu(conv(x))
        x = ops.reshape(x, (ops.shape(x)[0], -1))
        variance = ops.softplus(self.variance(x)) + VARIANCE_FLOOR
        if self.variance_range is not None:
            variance = ops.clip(variance, *self.variance_range)
        return self.mean(x), variance

    def get_config(self) -> dict[str, Any]:
        config = {"z_size": self.z_size, "variance_range": self.variance_range, "seed": self.seed}
        return {**super().get_config(), **config}
