"""The CNN encoder: sketch image to the mean and variance of a Gaussian code."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from ia_pix2seq_tf.networks.convolution import ConvNorm
from ia_pix2seq_tf.networks.initializers import Shape, he_normal
from ia_pix2seq_tf.networks.one_channel import NormedFilters, normed_sum
from ia_pix2seq_tf.networks.receptive import Layer

DILATIONS = (1, 2, 5)
BLOCK_DEPTHS = (32, 64)
CONV_DEPTHS = (128, 256)
BLOCK_LAYERS = 2  # of a block, one after the other
LAYERS = BLOCK_LAYERS * len(BLOCK_DEPTHS) + len(CONV_DEPTHS)
VARIANCE_FLOOR = 1e-10  # added after softplus by both systems


def softplus_variance(raw: tf.Tensor, bounds: tuple[float, float] | None) -> tf.Tensor:
    """The variance of a code, `[batch, z_size]`, of what a dense layer makes of features, within bounds if any."""
    variance = ops.softplus(raw) + VARIANCE_FLOOR
    return variance if bounds is None else ops.clip(variance, *bounds)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class DilatedBlock(layers.Layer):
    """Three dilated convolutions side by side, summed; then one of stride 2 that combines them.

    These are two layers, of which the first `layers_without_norm` have no instance norm.
    """

    def __init__(self, depth: int, seed: int, layers_without_norm: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.depth, self.seed, self.layers_without_norm = depth, seed, layers_without_norm
        self.dilated = [
            ConvNorm(depth, seed + i, dilation=dilation, norm=layers_without_norm < 1, name=f"dilated_{dilation}")
            for i, dilation in enumerate(DILATIONS)
        ]
        norm = layers_without_norm < BLOCK_LAYERS
        self.combine = ConvNorm(depth, seed + len(DILATIONS), strides=2, norm=norm, name="combine")

    @property
    def windows(self) -> tuple[Layer, Layer]:
        """What the outputs of both layers read."""
        return (tuple(branch.window for branch in self.dilated),), ((self.combine.window,),)

    def build(self, input_shape: Shape) -> None:
        for branch in self.dilated:
            branch.build(input_shape)
        self.combine.build(self.dilated[0].compute_output_shape(input_shape))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.layer_outputs(inputs)[-1]

    def layer_outputs(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What both layers make of `[batch, h, w, c]`: `[batch, h, w, depth]`, `[batch, h/2, w/2, depth]`."""
        total = ops.relu(self._sum(inputs))
        return total, ops.relu(self.combine(total))

    def _sum(self, inputs: tf.Tensor) -> tf.Tensor:
        """Of the three convolutions."""
        filters = [
            NormedFilters(branch.conv.kernel, branch.dilation, branch.norm.gamma, branch.norm.beta)
            for branch in self.dilated
            if branch.norm is not None
        ]
        if filters and inputs.shape[-1] == 1:
            return normed_sum(inputs, filters)
        return sum(branch(inputs) for branch in self.dilated)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.combine.compute_output_shape(self.dilated[0].compute_output_shape(input_shape))

    def get_config(self) -> dict[str, Any]:
        config = {"depth": self.depth, "seed": self.seed, "layers_without_norm": self.layers_without_norm}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class CNNEncoder(layers.Layer):
    """Images `[batch, width, width]` in [-1, 1] to code mean and variance, each `[batch, z_size]`.

    Reference: `Model.cnn_encoder`. Four stages halve the image, so its width is a multiple of 16. Of their `LAYERS`
    layers, one after the other, the first four are those of the two blocks: parallel convolutions are one layer.

    Differs from the reference: the first `layers_without_norm` layers, none by default, have no instance norm, which
    carries a change anywhere in an image to every place of it. Their convolutions have no bias either.

    Args:
        z_size: dimension of the code.
        variance_range: (lowest, highest) variance; IA-pix2seq keeps it in (0.1, 1e5), RPCL-pix2seq leaves it free.
        seed: of the initial weights.
        layers_without_norm: 0 to `LAYERS`.
    """

    reads = ("images",)

    def __init__(
        self,
        z_size: int,
        variance_range: tuple[float, float] | None = None,
        seed: int = 0,
        layers_without_norm: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.z_size, self.variance_range, self.seed = z_size, variance_range, seed
        self.layers_without_norm = layers_without_norm
        seeds, firsts = itertools.count(seed, 10), range(0, LAYERS, BLOCK_LAYERS)
        self.blocks = [
            DilatedBlock(depth, next(seeds), max(0, layers_without_norm - first), name=f"block_{depth}")
            for depth, first in zip(BLOCK_DEPTHS, firsts, strict=False)
        ]
        self.convs = [
            ConvNorm(depth, next(seeds), strides=2, norm=layers_without_norm < layer, name=f"conv_{depth}")
            for layer, depth in enumerate(CONV_DEPTHS, BLOCK_LAYERS * len(BLOCK_DEPTHS) + 1)
        ]
        self._dense_seeds = next(seeds), next(seeds)

    @property
    def windows(self) -> tuple[Layer, ...]:
        """What the outputs of each layer read."""
        return (
            *(layer for block in self.blocks for layer in block.windows),
            *(((conv.window,),) for conv in self.convs),
        )

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
        x = self.layer_outputs(images)[-1]
        x = ops.reshape(x, (ops.shape(x)[0], -1))
        return self.mean(x), softplus_variance(self.variance(x), self.variance_range)

    def layer_outputs(self, images: tf.Tensor) -> list[tf.Tensor]:
        """What each layer makes of images `[batch, width, width]`: `[batch, w, w, depth]` each, after its ReLU."""
        outputs = [ops.expand_dims(images, -1)]
        for block in self.blocks:
            outputs += block.layer_outputs(outputs[-1])
        for conv in self.convs:
            outputs.append(ops.relu(conv(outputs[-1])))
        return outputs[1:]

    def get_config(self) -> dict[str, Any]:
        config = {"z_size": self.z_size, "variance_range": self.variance_range, "seed": self.seed}
        return {**super().get_config(), **config, "layers_without_norm": self.layers_without_norm}
