"""sketch-pix2seq's encoder: sketch image, high-pass filtered, to the mean and variance of a Gaussian code."""

import itertools
import math
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.initializers import Shape, near_zero
from ia_pix2seq_tf.networks.receptive import Layer, Window

KERNEL_SIZE = 2
CONVOLUTIONS = ((4, 2), (4, 1), (8, 2), (8, 1), (8, 2), (8, 1))  # depth and stride of each
HIGH_PASS = ((-1.0, -1.0, -1.0), (-1.0, 8.0, -1.0), (-1.0, -1.0, -1.0))
HALF_RANGE = 127.5  # grey 0..255 is [-1, 1] · 127.5 + 127.5


def convolution(depth: int, strides: int, seed: int, name: str) -> layers.Conv2D:
    """2×2 convolution without bias; its filters are N(0, 2 / (2·2·depth)) at first."""
    initializer = keras.initializers.RandomNormal(stddev=math.sqrt(2 / (KERNEL_SIZE**2 * depth)), seed=seed)
    return layers.Conv2D(depth, KERNEL_SIZE, strides, "same", use_bias=False, kernel_initializer=initializer, name=name)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class HighPassEncoder(layers.Layer):
    """Images `[batch, height, width]` in [-1, 1] to code mean and variance, each `[batch, z_size]`.

    What sketch-pix2seq's program has under the scope `ENC_CNN`: a fixed high-pass filter of the grey values 0 to 255,
    six convolutions, ReLU after the first five and tanh after the last; of their outputs, dense layers make mean and
    log variance. Images may be of any size; every second convolution halves it, rounded up. Beyond the page there is
    black, as in the original: a white page has an edge of 765, 1275 in the corners.

    Args:
        z_size: dimension of the code.
        seed: of the initial weights.
    """

    reads = ("images",)

    def __init__(self, z_size: int, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.z_size, self.seed = z_size, seed
        seeds = itertools.count(seed)
        self.convs = [
            convolution(depth, strides, next(seeds), f"conv_{number}")
            for number, (depth, strides) in enumerate(CONVOLUTIONS, 1)
        ]
        self.mean = layers.Dense(z_size, kernel_initializer=near_zero(next(seeds)), name="mean")
        self.log_variance = layers.Dense(z_size, kernel_initializer=near_zero(next(seeds)), name="log_variance")

    @property
    def windows(self) -> tuple[Layer, ...]:
        """What the outputs of each convolution read; the first reads pixels through the high-pass filter."""
        first, *others = ((Window(KERNEL_SIZE, strides),) for _, strides in CONVOLUTIONS)
        return ((Window(len(HIGH_PASS)),), first), *((window,) for window in others)

    def build(self, input_shape: Shape) -> None:
        shape: Shape = (*input_shape, 1)
        for conv in self.convs:
            conv.build(shape)
            shape = conv.compute_output_shape(shape)
        for dense in (self.mean, self.log_variance):
            dense.build((None, math.prod(shape[1:])))

    def call(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        features = self.features(images)
        features = tf.reshape(features, (-1, math.prod(features.shape[1:])))
        return self.mean(features), tf.exp(self.log_variance(features))

    def features(self, images: tf.Tensor) -> tf.Tensor:
        """What the convolutions make of images in [-1, 1], `[batch, height / 8, width / 8, 8]`, in (-1, 1)."""
        return self.layer_outputs(images)[-1]

    def layer_outputs(self, images: tf.Tensor) -> list[tf.Tensor]:
        """What each convolution makes of images in [-1, 1], after its activation; the last one's are `features`."""
        outputs = [high_pass(images * HALF_RANGE + HALF_RANGE)[..., tf.newaxis]]
        for conv in self.convs[:-1]:
            outputs.append(tf.nn.relu(conv(outputs[-1])))
        return [*outputs[1:], tf.tanh(self.convs[-1](outputs[-1]))]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "z_size": self.z_size, "seed": self.seed}


def high_pass(grey: tf.Tensor) -> tf.Tensor:
    """Eight times each pixel less its eight neighbours, `[batch, height, width]` both; zeros beyond the edge."""
    kernel = tf.constant(HIGH_PASS, grey.dtype)[..., tf.newaxis, tf.newaxis]
    return tf.nn.conv2d(grey[..., tf.newaxis], kernel, strides=1, padding="SAME")[..., 0]
