"""Receptive fields against a brute force: convolutions of ones, of which one pixel after the other is switched on."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.hparams.rules import IMAGE_LAYERS
from ia_pix2seq_tf.networks import CNNEncoder, HighPassEncoder
from ia_pix2seq_tf.networks.image_encoder import LAYERS
from ia_pix2seq_tf.networks.receptive import Window, reached, reached_layers, sides

WINDOWS = (
    *(Window(kernel, stride) for kernel in (1, 2, 3, 4) for stride in (1, 2, 3)),
    *(Window(kernel, 1, dilation) for kernel in (2, 3) for dilation in (2, 5)),
)
SIZES = ((12, 12), (7, 10), (5, 1))


def single_pixels(height: int, width: int) -> np.ndarray:
    """Every image `[height·width, height, width]` of which one pixel is 1."""
    return np.eye(height * width, dtype=np.float32).reshape(-1, height, width)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_pixel_reaches_what_a_convolution_of_ones_makes_of_it(window, size):
    images = single_pixels(*size)
    ones = tf.ones((window.kernel, window.kernel, 1, 1))
    found = tf.nn.conv2d(images[..., None], ones, window.stride, "SAME", dilations=window.dilation)
    np.testing.assert_array_equal(reached(images > 0, window), found[..., 0] > 0)


def test_a_change_is_seen_where_any_of_its_pixels_is():
    changed = np.random.default_rng(0).uniform(size=(3, 9, 8)) < 0.1
    window = Window(3, 2)
    apart = [reached(pixel > 0, window) for pixel in single_pixels(9, 8)]
    for image, found in zip(changed, reached(changed, window), strict=True):
        np.testing.assert_array_equal(found, np.any([apart[i] for i in np.flatnonzero(image)], axis=0))


def positive(encoder, width: int):
    """The encoder, built, with filters that are all positive: then nothing that is read can cancel out."""
    encoder.build((None, width, width))
    for weight in encoder.weights:
        weight.assign(tf.abs(weight) + 0.01)
    return encoder


def test_layers_of_the_image_encoder_see_what_their_windows_say():
    encoder = positive(CNNEncoder(2, layers_without_norm=LAYERS), 48)
    images = single_pixels(48, 48)[::7]  # of every row and column
    for found, expected in zip(
        encoder.layer_outputs(tf.constant(images)), reached_layers(images > 0, encoder.windows), strict=True
    ):
        np.testing.assert_array_equal(expected, (found.numpy() != 0).any(axis=-1))


def test_layers_of_the_high_pass_encoder_see_what_their_windows_say():
    """A filter of both signs cancels out in places: what differs must be seen, and half of what is seen differs."""
    encoder = HighPassEncoder(2, seed=1)
    encoder.build((None, 24, 24))
    random = np.random.default_rng(0)
    page = random.uniform(-0.51, -0.49, (24, 24)).astype(np.float32)
    pages = page + single_pixels(24, 24) * 0.1
    same = np.broadcast_to(page, pages.shape)  # as many, for TensorFlow rounds a batch of another size otherwise
    outputs = (encoder.layer_outputs(tf.constant(images)) for images in (same, pages))
    for one, other, seen in zip(*outputs, reached_layers(pages != page, encoder.windows), strict=True):
        differs = (one.numpy() != other.numpy()).any(axis=-1)
        assert not (differs & ~seen).any()
        assert differs.sum() > seen.sum() / 2


def test_sides_are_those_of_the_smallest_square_around_what_is_read():
    encoder = CNNEncoder(2)
    assert sides(encoder.windows) == [11, 13, 33, 37, 45, 61]
    changed = single_pixels(97, 97) > 0
    masks = reached_layers(changed.reshape(97, 97, 97, 97)[:, 48], encoder.windows)
    for side, mask in zip(sides(encoder.windows), masks, strict=True):
        row = mask[:, mask.shape[1] // 2, mask.shape[2] // 2]
        assert np.ptp(np.flatnonzero(row)) + 1 == side


def test_the_rule_of_the_field_counts_the_layers_of_the_encoder():
    assert IMAGE_LAYERS == LAYERS == len(CNNEncoder(2).windows)
