"""The graph encoder and its batch norm: convolutions, graphs that are hardly there, replicas."""

import numpy as np
import pytest
import tensorflow as tf
from reference import assert_close
from sketch_healer import recording

from ia_pix2seq_tf.networks.batch_norm import EPSILON, MOMENTUM, BatchNorm
from ia_pix2seq_tf.networks.graph_encoder import DEPTHS, GraphEncoder

NODES, SIDE, Z_SIZE = 21, 128, 4
RNG = np.random.default_rng(0)


def random_patches(n: int, share: float = 0.1) -> np.ndarray:
    return np.where(RNG.random((n, SIDE, SIDE)) < share, RNG.integers(1, 256, (n, SIDE, SIDE)), 0).astype(np.uint8)


def graphs(n: int, filled: int) -> tuple[np.ndarray, np.ndarray]:
    """Graphs of so many nodes, the others black and without weight."""
    patches = np.zeros((n, NODES, SIDE, SIDE), np.uint8)
    patches[:, :filled] = random_patches(n * filled).reshape(n, filled, SIDE, SIDE)
    weights = np.where(np.arange(NODES) < filled, RNG.uniform(0.5, 3, (n, NODES)), 0)
    return patches, weights.astype(np.float32)


@pytest.fixture(scope="module")
def encoder():
    layer = GraphEncoder(Z_SIZE, seed=3)
    layer.build((None, NODES, SIDE, SIDE), (None, NODES))
    return layer


@pytest.fixture
def norm():
    layer = BatchNorm()
    layer.build((None, 3))
    layer.gamma.assign([1.0, 2.0, 0.5])
    layer.beta.assign([0.0, 1.0, -1.0])
    return layer


# Convolutions.


def test_features_of_patches_are_those_of_strided_convolutions_and_pooling(encoder):
    patches = random_patches(5)
    x = tf.cast(patches[..., np.newaxis], tf.float32) / 127.5 - 1
    for conv in encoder.convs:
        kernel = tf.reshape(conv.kernel, (2, 2, x.shape[-1], -1))
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "VALID") + conv.bias)
    assert x.shape[1:] == (2, 2, DEPTHS[-1])
    assert_close(encoder.patch_features(tf.constant(patches)), tf.reduce_max(x, axis=(1, 2)), 1e-5)


@pytest.mark.parametrize("inked", ([], [2], [0, 3], [0, 1, 2, 3]))
def test_black_patches_have_the_features_and_gradients_as_if_each_were_computed(encoder, inked):
    patches = np.zeros((4, SIDE, SIDE), np.uint8)
    patches[inked] = random_patches(len(inked))
    cotangent = tf.constant(RNG.normal(size=(4, DEPTHS[-1])), tf.float32)

    def found(compute):
        with tf.GradientTape() as tape:
            features = compute()
            total = tf.reduce_sum(features * cotangent)
        return features, *tape.gradient(total, [conv.kernel for conv in encoder.convs])

    together = found(lambda: encoder.patch_features(tf.constant(patches)))
    alone = found(lambda: tf.concat([encoder.patch_features(tf.constant(patch[None])) for patch in patches], axis=0))
    for value, expected in zip(together, alone, strict=True):
        assert_close(value, expected, 1e-5)


def test_the_encoder_compiles_as_a_part_of_something_larger_where_it_is_told_so(encoder, monkeypatch):
    patches = np.zeros((4, SIDE, SIDE), np.uint8)
    patches[:2] = random_patches(2)
    expected = encoder.patch_features(tf.constant(patches))
    monkeypatch.setattr(encoder, "black_once", False)
    compiled = tf.function(encoder.patch_features, jit_compile=True, autograph=False)
    assert_close(compiled(tf.constant(patches)), expected, 1e-5)


def test_of_the_adjacency_matrix_no_more_matters_than_the_sums_of_its_columns(encoder):
    adjacency = recording()["graph/raw/adjacency"]
    nodes = tf.constant(RNG.normal(size=(len(adjacency), NODES, DEPTHS[-1])), tf.float32)
    whole = tf.reduce_sum(encoder.graph(adjacency @ nodes), axis=1)
    weighted = encoder.graph(tf.reduce_sum(adjacency.sum(axis=1)[..., np.newaxis] * nodes, axis=1))
    assert_close(weighted, whole, 1e-5)


# Graphs that are hardly there.


@pytest.mark.parametrize(("count", "filled"), ((1, 5), (1, 0), (3, 0), (2, 1), (2, NODES)))
def test_codes_and_gradients_are_finite_whatever_the_graphs(encoder, count, filled):
    patches, weights = graphs(count, filled)
    with tf.GradientTape() as tape:
        mean, sigma2, moved = encoder.in_training(tf.constant(patches), tf.constant(weights))
        total = tf.reduce_sum(mean) + tf.reduce_sum(sigma2)
    gradients = tape.gradient(total, encoder.trainable_weights)
    assert mean.shape == sigma2.shape == (count, Z_SIZE) and np.all(sigma2 > 0)
    for values in (mean, sigma2, *moved, *gradients, *encoder(patches, weights)):
        assert np.all(np.isfinite(values))


def test_a_code_does_not_depend_on_the_rest_of_the_batch_but_in_training(encoder):
    patches, weights = graphs(3, 6)
    whole, alone = encoder(patches, weights)[0], encoder(patches[:1], weights[:1])[0]
    assert_close(whole[:1], alone, 1e-5)
    whole, alone = (encoder.in_training(patches[:n], weights[:n]).mean for n in (3, 2))
    assert np.abs(whole[:2] - alone).max() > 1e-3


def test_a_variance_has_its_range_and_a_log_variance_none(encoder):
    bounded = GraphEncoder(Z_SIZE, False, (0.1, 1e5))
    bounded.build()
    patches, weights = graphs(4, 3)
    for layer, lowest in ((bounded, 0.1), (encoder, 0.0)):
        layer.variance.bias.assign(np.full(Z_SIZE, -8.0))
        sigma2 = layer(patches, weights)[1]
        assert np.all(sigma2 >= lowest) and np.all(sigma2 < 0.11)
        layer.variance.bias.assign(np.zeros(Z_SIZE))


# Batch norm.


def test_a_batch_is_normalised_by_its_own_statistics_and_else_by_the_moving_ones(norm):
    rows = RNG.normal(2, 3, (7, 3)).astype(np.float32)
    found, moved = norm.in_training(tf.constant(rows))
    scaled = (rows - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + EPSILON)
    assert_close(found, scaled * norm.gamma.numpy() + norm.beta.numpy(), 1e-5)
    assert_close(moved[0], MOMENTUM * rows.mean(axis=0), 1e-5)
    assert_close(moved[1], 1 - MOMENTUM + MOMENTUM * rows.var(axis=0, ddof=1), 1e-5)
    np.testing.assert_array_equal(norm.mean, np.zeros(3), "nothing is assigned")
    for variable, value in zip(norm.moving, moved, strict=True):
        variable.assign(value)
    scaled = (rows - moved[0]) / np.sqrt(moved[1] + EPSILON)
    assert_close(norm(tf.constant(rows)), scaled * norm.gamma.numpy() + norm.beta.numpy(), 1e-5)


def test_one_row_alone_becomes_beta_and_has_no_variance(norm):
    found, (_, variance) = norm.in_training(tf.constant([[3.0, -4.0, 5.0]]))
    assert_close(found, [norm.beta])
    assert_close(variance, np.full(3, 1 - MOMENTUM))


def test_parts_of_a_batch_with_a_common_total_are_normalised_as_the_whole(norm):
    rows = RNG.normal(2, 3, (6, 3)).astype(np.float32)
    whole, moved = norm.in_training(tf.constant(rows))
    totals = iter((np.float32(6), rows.sum(axis=0), 6 * rows.var(axis=0)))  # in the order in which they are asked for
    found, parts_moved = norm.in_training(tf.constant(rows[:2]), lambda _: next(totals))
    assert_close(found, whole[:2], 1e-5)
    for value, expected in zip(parts_moved, moved, strict=True):
        assert_close(value, expected, 1e-5)
