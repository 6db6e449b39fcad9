"""The CNN decoder: code to sketch image, which regularises the encoder."""

import itertools
from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from ia_pix2seq_tf.networks.convolution import KERNEL_SIZE, InstanceNorm
from ia_pix2seq_tf.networks.initializers import Shape, he_normal

START_DEPTH = 256
DEPTHS = (128, 64, 32, 1)
REDUCTION = 2 ** len(DEPTHS)  # image width over the width of the first feature map


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class CNNDecoder(layers.Layer):
    """Codes `[batch, z_size]` to pixels `[batch, width, width, 1]` in (-1, 1), white = +1.

    Dense to `[width/16, width/16, 256]`, then four transposed convolutions of stride 2, each followed by
    instance norm and ReLU, the last by instance norm and tanh. Reference: `Model.cnn_decoder`.
    """

    def __init__(self, width: int, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.width, self.seed = width, seed
        self.start = (width // REDUCTION, width // REDUCTION, START_DEPTH)
        seeds = itertools.count(seed + 1)
        self.deconvs = [
            layers.Conv2DTranspose(
                depth,
                KERNEL_SIZE,
                strides=2,
                padding="same",
                use_bias=False,
                kernel_initializer=he_normal(KERNEL_SIZE, next(seeds)),
                name=f"deconv_{depth}",
            )
            for depth in DEPTHS
        ]
        self.norms = [InstanceNorm(name=f"norm_{depth}") for depth in DEPTHS]

    def build(self, input_shape: Shape) -> None:
        z_size = input_shape[-1]
        units = self.start[0] * self.start[1] * self.start[2]
        initializer = he_normal(z_size, self.seed)
        self.dense = layers.Dense(units, activation="relu", kernel_initializer=initializer, name="dense")
        self.dense.build(input_shape)
        shape: Shape = (None, *self.start)
        for deconv, norm in zip(self.deconvs, self.norms, strict=True):
            deconv.build(shape)
            shape = deconv.compute_output_shape(shape)
            norm.build(shape)

    def call(self, codes: tf.Tensor) -> tf.Tensor:
        x = ops.reshape(self.dense(codes), (-1, *self.start))
        for deconv, norm in zip(self.deconvs[:-1], self.norms[:-1], strict=True):
            x = ops.relu(norm(deconv(x)))
        return ops.tanh(self.norms[-1](self.deconvs[-1](x)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width, "seed": self.seed}
