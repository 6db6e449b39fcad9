"""Convolutions of images with a single channel, with instance norm, side by side and summed: as one product an image.

What a convolution makes of an image is linear in the few pixels that an output reads, its patch. So the variance of an
output channel over the pixels follows from the covariance of the patches, and norms and sum from filters that have been
scaled for that image. Of the outputs before the norm no gradient is needed, nor are they kept: a training step of three
convolutions of 32 filters takes a third of the time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from ia_pix2seq_tf.networks.convolution import NORM_EPSILON, convolution, pixel_moments


class NormedFilters(NamedTuple):
    """A convolution with stride 1 and without bias, and its instance norm.

    Attributes:
        filters: `[k, k, 1, depth]`, k odd.
        dilation: pixels from one tap to the next.
        gamma: scale of the norm, `[depth]`.
        beta: shift of the norm, `[depth]`.
    """

    filters: tf.Tensor
    dilation: int
    gamma: tf.Tensor
    beta: tf.Tensor


def normed_sum(images: tf.Tensor, branches: Sequence[NormedFilters]) -> tf.Tensor:
    """The sum of normed convolutions of images `[batch, h, w, 1]`, `[batch, h, w, depth]`.

    Mean and variance are those of the outputs as the reference sums them: how that rounds matters little here, but
    later layers amplify it a thousandfold. Their gradients are those of the patches' moments.
    """
    height, width = images.shape[1:3]
    patches, filters, shift = [], [], 0.0
    for branch in branches:
        seen = patches_of(images[..., 0], branch.filters.shape[0], branch.dilation)
        centre = tf.reduce_mean(seen, axis=-1, keepdims=True)
        seen -= centre
        weights = tf.reshape(branch.filters, (seen.shape[1], -1))
        covariance = tf.matmul(seen, seen, transpose_b=True) / (height * width)
        variance = tf.reduce_sum(weights * tf.matmul(covariance, weights[tf.newaxis]), axis=1, keepdims=True)
        mean = tf.reduce_sum(weights * centre, axis=1, keepdims=True)
        rounded = pixel_moments(convolution(images, branch.filters, 1, branch.dilation))
        mean_error, variance_error = (
            tf.stop_gradient(found[:, 0] - exact) for found, exact in zip(rounded, (mean, variance), strict=True)
        )
        scale = tf.math.rsqrt(variance + variance_error + NORM_EPSILON) * branch.gamma
        patches.append(seen)
        filters.append(weights * scale)
        shift += branch.beta - mean_error * scale
    sums = tf.matmul(tf.concat(patches, axis=1), tf.concat(filters, axis=1), transpose_a=True) + shift
    return tf.reshape(sums, (-1, height, width, sums.shape[-1]))


def patches_of(images: tf.Tensor, kernel: int, dilation: int) -> tf.Tensor:
    """The pixels that each output of a convolution reads, 0 beyond the edge: `[batch, kernel · kernel, h · w]`."""
    _, height, width = images.shape
    margin = kernel // 2 * dilation
    padded = tf.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    starts = range(0, kernel * dilation, dilation)
    taps = [padded[:, top : top + height, left : left + width] for top in starts for left in starts]
    return tf.reshape(tf.stack(taps, axis=1), (-1, len(taps), height * width))
