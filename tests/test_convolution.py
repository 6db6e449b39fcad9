"""Convolutions with dilation, and those of one channel with their norms, equal what they are made of."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.networks import convolution
from ia_pix2seq_tf.networks.one_channel import NormedFilters, normed_sum, patches_of

DILATIONS = (1, 2, 5)


def images(height=16, width=24, channels=1, batch=3):
    return tf.constant(np.random.default_rng(0).normal(size=(batch, height, width, channels)), tf.float32)


def branches(depth=4):
    chance = np.random.default_rng(1)

    def weights(*shape):
        return tf.constant(chance.normal(size=shape), tf.float32)

    return [NormedFilters(weights(3, 3, 1, depth), each, weights(depth), weights(depth)) for each in DILATIONS]


def written_out(inputs, filters):
    """The sum of convolutions, each after its norm, as the reference has it."""
    total = 0.0
    for each in filters:
        outputs = tf.nn.convolution(inputs, each.filters, padding="SAME", dilations=each.dilation)
        mean, variance = tf.nn.moments(outputs, (1, 2), keepdims=True)
        total += tf.nn.batch_normalization(outputs, mean, variance, each.beta, each.gamma, convolution.NORM_EPSILON)
    return total


def with_gradients(function, inputs, filters):
    """What a function makes, and gradients of a weighted sum of it by image and weights."""
    watched = [inputs, *(tensor for each in filters for tensor in (each.filters, each.gamma, each.beta))]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        outputs = function(inputs, filters)
        total = tf.reduce_sum(
            outputs * tf.reshape(tf.cos(tf.range(outputs.shape.num_elements(), dtype=tf.float32)), outputs.shape)
        )
    return [outputs, *tape.gradient(total, watched)]


def test_the_normed_sum_and_its_gradients_are_those_of_its_parts():
    for found, expected in zip(
        with_gradients(normed_sum, images(), branches()), with_gradients(written_out, images(), branches()), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=2e-5 * (1 + np.abs(expected).max()))


def test_an_image_without_ink_has_no_endless_gradient():
    for each in with_gradients(normed_sum, tf.ones((2, 16, 16, 1)), branches()):
        assert np.isfinite(each).all()
    np.testing.assert_allclose(
        normed_sum(tf.zeros((1, 16, 16, 1)), branches())[0, 3, 3], sum(each.beta for each in branches()), rtol=1e-6
    )


def test_patches_are_what_a_convolution_reads():
    seen = patches_of(images(5, 6)[..., 0], 3, 2).numpy().reshape(3, 3, 3, 5, 6)
    picture = images(5, 6).numpy()[..., 0]
    np.testing.assert_array_equal(seen[:, 1, 1], picture)  # the middle
    np.testing.assert_array_equal(seen[:, 0, 2, 2:, :-2], picture[:, :-2, 2:])  # two up, two to the right
    assert not seen[:, 0, :, :2].any() and not seen[:, :, 2, :, -2:].any()


@pytest.mark.parametrize("dilation", DILATIONS)
def test_without_gradients_of_dilation_pixels_are_moved_with_the_same_result(monkeypatch, dilation):
    filters = tf.constant(np.random.default_rng(2).normal(size=(3, 3, 2, 4)), tf.float32)

    def found():
        inputs = images(channels=2)
        with tf.GradientTape() as tape:
            tape.watch((inputs, filters))
            outputs = convolution.convolution(inputs, filters, 1, dilation)
            total = tf.reduce_sum(outputs**2)
        return outputs, *tape.gradient(total, (inputs, filters))

    dilated = found()
    monkeypatch.setattr(convolution, "dilates", lambda: False)
    for one, other in zip(dilated, found(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * (1 + np.abs(other).max()))
