"""What the CNN encoder and the CNN decoder are made of: convolutions with instance norm."""

import functools
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.initializers import Shape, he_normal, he_normal_of_all
from ia_pix2seq_tf.networks.receptive import Window

KERNEL_SIZE = 3
NORM_EPSILON = 1e-6


def pixel_mean(values: tf.Tensor) -> tf.Tensor:
    """Mean over the pixels, `[batch, h, w, c]` to `[batch, 1, 1, c]`, summed one pixel after the other.

    TensorFlow 1.12 summed in that order and pooling still does, while `tf.reduce_mean` sums in blocks. Channels
    that hardly vary amplify the difference in rounding a thousandfold.
    """
    return tf.nn.avg_pool2d(values, values.shape[1:3], strides=1, padding="VALID")


def pixel_moments(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance over the pixels, `[batch, h, w, c]` to `[batch, 1, 1, c]` each."""
    mean = pixel_mean(values)
    return mean, pixel_mean(tf.math.squared_difference(values, tf.stop_gradient(mean)))


@functools.cache
def dilates() -> bool:
    """Whether convolutions have gradients with dilation on the CPU: oneDNN's have, TensorFlow's own have not."""
    window = {"strides": (1, 1, 1, 1), "padding": "SAME", "dilations": (1, 2, 2, 1)}
    with tf.init_scope(), tf.device("CPU"):
        image = tf.zeros((1, 1, 1, 1))
        try:
            tf.raw_ops.Conv2DBackpropFilter(input=image, filter_sizes=(1, 1, 1, 1), out_backprop=image, **window)
        except tf.errors.InvalidArgumentError:
            return False
    return True


def convolution(inputs: tf.Tensor, filters: tf.Tensor, strides: int, dilation: int) -> tf.Tensor:
    """Convolution with "SAME" padding; strides or dilation are 1.

    Where there are no gradients with dilation, pixels that lie `dilation` apart are first moved side by side.
    """
    if dilation > 1 and not dilates():
        return tf.nn.convolution(inputs, filters, padding="SAME", dilations=dilation)
    return tf.nn.conv2d(inputs, filters, strides, "SAME", dilations=dilation)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class InstanceNorm(layers.Layer):
    """Each channel of each image `[batch, h, w, c]` normalised over its pixels, then scaled and shifted."""

    def build(self, input_shape: Shape) -> None:
        self.gamma = self.add_weight(shape=input_shape[-1:], initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=input_shape[-1:], initializer="zeros", name="beta")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        mean, variance = pixel_moments(inputs)
        return tf.nn.batch_normalization(inputs, mean, variance, self.beta, self.gamma, NORM_EPSILON)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class ConvNorm(layers.Layer):
    """3×3 convolution without bias, then instance norm: `[batch, h, w, c]` to `[batch, h/stride, w/stride, depth]`.

    Differs from the reference: without `norm`, the convolution is alone, and its filters are N(0, 2 / values read) at
    first. The reference's N(0, 2/3) needs the norm: without it, the encoder's six layers make a million of 1.
    """

    def __init__(self, depth: int, seed: int, strides: int = 1, dilation: int = 1, norm: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.depth, self.seed, self.strides, self.dilation = depth, seed, strides, dilation
        self.conv = layers.Conv2D(
            depth,
            KERNEL_SIZE,
            strides=strides,
            dilation_rate=dilation,
            padding="same",
            use_bias=False,
            kernel_initializer=he_normal(KERNEL_SIZE, seed) if norm else he_normal_of_all(seed),
            name="conv",
        )
        self.norm = InstanceNorm(name="norm") if norm else None

    @property
    def window(self) -> Window:
        """What an output reads."""
        return Window(KERNEL_SIZE, self.strides, self.dilation)

    def build(self, input_shape: Shape) -> None:
        self.conv.build(input_shape)
        if self.norm is not None:
            self.norm.build(self.conv.compute_output_shape(input_shape))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        outputs = convolution(inputs, self.conv.kernel, self.strides, self.dilation)
        return outputs if self.norm is None else self.norm(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.conv.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        config = {"depth": self.depth, "seed": self.seed, "strides": self.strides, "dilation": self.dilation}
        return {**super().get_config(), **config, "norm": self.norm is not None}
