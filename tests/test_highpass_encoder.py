"""sketch-pix2seq's encoder: its filter, its sizes, and its initial weights."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.networks import HighPassEncoder
from ia_pix2seq_tf.networks.highpass_encoder import high_pass

Z_SIZE, WHITE = 5, 255.0


def built(width: int = 48, height: int = 48, **changes) -> HighPassEncoder:
    layer = HighPassEncoder(Z_SIZE, **changes)
    layer.build((None, height, width))
    return layer


def random_images(n: int, width: int = 48, height: int = 48) -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (n, height, width)).astype(np.float32)


def test_a_white_page_is_seen_by_its_edges_alone():
    found = high_pass(tf.fill((1, 6, 6), WHITE))[0].numpy()
    np.testing.assert_array_equal(found[1:-1, 1:-1], 0)
    np.testing.assert_array_equal(found[0, 1:-1], 765)
    np.testing.assert_array_equal(found[[0, 0, -1, -1], [0, -1, 0, -1]], 1275)


def test_the_high_pass_is_eight_times_a_pixel_less_its_neighbours():
    grey = np.random.default_rng(4).uniform(0, 255, (1, 5, 7)).astype(np.float32)
    padded = np.pad(grey[0], 1).astype(np.float64)
    expected = [[9 * padded[y + 1, x + 1] - padded[y : y + 3, x : x + 3].sum() for x in range(7)] for y in range(5)]
    np.testing.assert_allclose(high_pass(tf.constant(grey))[0], expected, rtol=1e-5, atol=1e-3)


def convolution_twin(values, kernel, stride):
    """SAME convolution `[h, w, c]` with a 2×2 kernel: where padding is needed, it is below and on the right."""
    height, width, _ = values.shape
    padded = np.pad(values, ((0, 1), (0, 1), (0, 0)))
    rows = [
        [np.einsum("ijc,ijcd->d", padded[y : y + 2, x : x + 2], kernel) for x in range(0, width, stride)]
        for y in range(0, height, stride)
    ]
    return np.array(rows)


@pytest.mark.parametrize(("width", "height"), ((16, 16), (13, 10)))
def test_the_encoder_equals_its_numpy_twin(width, height):
    layer, images = built(width, height, seed=2), random_images(1, width, height) * 0.01 + 0.5
    x = high_pass(tf.constant(images * 127.5 + 127.5))[0].numpy()[..., None].astype(np.float64)
    for conv, stride in zip(layer.convs, (2, 1, 2, 1, 2, 1), strict=True):
        raw = convolution_twin(x, conv.kernel.numpy(), stride)
        x = np.maximum(raw, 0)
    features = np.tanh(raw).reshape(-1)
    mean, variance = layer(images)
    np.testing.assert_allclose(mean[0], features @ layer.mean.kernel.numpy(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(variance[0], np.exp(features @ layer.log_variance.kernel.numpy()), rtol=1e-5)


@pytest.mark.parametrize(("width", "features"), ((48, 6), (64, 8), (50, 7), (8, 1), (1, 1)))
def test_images_of_any_width_are_encoded(width, features):
    layer = built(width, width)
    assert layer.mean.kernel.shape == (features * features * 8, Z_SIZE)
    mean, variance = layer(random_images(2, width, width))
    assert mean.shape == variance.shape == (2, Z_SIZE)
    assert np.all(np.isfinite(mean)) and np.all(variance.numpy() > 0)


def test_initial_filters_and_dense_layers_are_those_of_the_original():
    layer = HighPassEncoder(512)
    layer.build((None, 48, 48))
    for conv, (depth, scale) in zip(layer.convs, ((4, 0.354), (4, 0.354), *((8, 0.25),) * 4), strict=True):
        assert conv.kernel.shape[-1] == depth
        assert abs(np.std(conv.kernel) / scale - 1) < 5 / np.sqrt(2 * np.size(conv.kernel))
    for dense in (layer.mean, layer.log_variance):
        assert 0.00099 < np.std(dense.kernel) < 0.00101
        np.testing.assert_array_equal(dense.bias, 0)
