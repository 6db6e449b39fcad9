"""The encoder of strokes: what it reads, its two forms, its dropout, and its initial weights."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.networks import CELLS, SequenceEncoder
from ia_pix2seq_tf.networks.sequence import NO_DROPOUT, Dropout
from ia_pix2seq_tf.networks.sequence_encoder import last_outputs, sketch_lengths

BATCH, TIME, UNITS, Z_SIZE, KEEP = 4, 9, 6, 3, 0.7
LENGTHS = (9, 5, 1, 0)
SEED = tf.constant((11, 12))
WITH_ALL_CELLS = pytest.mark.parametrize("cell", CELLS)


def random_sequences(lengths=LENGTHS, seed: int = 1) -> np.ndarray:
    """Stroke-5 with a start token, of sketches of these many points."""
    rng = np.random.default_rng(seed)
    sequences = np.zeros((len(lengths), TIME + 1, 5), np.float32)
    sequences[:, 0, 2] = 1
    for sequence, length in zip(sequences, lengths, strict=True):
        sequence[1 : length + 1, :2] = rng.standard_normal((length, 2))
        sequence[1 : length + 1, 2] = rng.random(length) < 0.5
        sequence[1 : length + 1, 3] = 1 - sequence[1 : length + 1, 2]
        sequence[length + 1 :, 4] = 1
    return sequences


def encoder(cell: str = "lstm", **changes) -> SequenceEncoder:
    """An encoder with random weights."""
    layer = SequenceEncoder(cell, UNITS, Z_SIZE, **changes)
    layer.build()
    rng = np.random.default_rng(5)
    for weight in layer.weights:
        weight.assign(weight + 0.3 * rng.standard_normal(weight.shape))
    return layer


def step_by_step(cell, points) -> np.ndarray:
    """The hidden state after the points `[n, 5]`, from a state of zeros."""
    state = tf.zeros((1, cell.state_size))
    for point in points:
        state = cell.step(tf.constant(point[None]), state)
    return cell.output(state)[0].numpy()


@WITH_ALL_CELLS
@pytest.mark.parametrize("plain", (False, True), ids=("fast", "plain"))
def test_each_cell_ends_at_the_last_point_of_its_direction(cell, plain):
    layer, sequences = encoder(cell, plain=plain), random_sequences()
    hidden = layer.last_hidden(sequences)
    for sequence, length, found in zip(sequences, LENGTHS, hidden.numpy(), strict=True):
        points = sequence[1 : length + 1]
        expected = [step_by_step(layer.forward, points), step_by_step(layer.backward, points[::-1])]
        np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-5, atol=1e-5)


def test_mean_and_variance_are_dense_layers_of_the_hidden_states():
    layer, sequences = encoder(), random_sequences()
    mean, variance = layer(sequences)
    hidden = layer.last_hidden(sequences).numpy()
    kernel, bias = (weight.numpy() for weight in layer.log_variance.weights)
    np.testing.assert_allclose(variance, np.exp(hidden @ kernel + bias), rtol=1e-5)
    kernel, bias = (weight.numpy() for weight in layer.mean.weights)
    np.testing.assert_allclose(mean, hidden @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_a_sketch_without_points_has_a_code_of_the_biases_alone():
    layer = encoder()
    mean, variance = layer(random_sequences((0, 3)))
    np.testing.assert_allclose(mean[0], layer.mean.bias, rtol=1e-6)
    np.testing.assert_allclose(variance[0], np.exp(layer.log_variance.bias), rtol=1e-6)


def test_what_stands_after_the_end_is_not_read():
    layer, sequences = encoder(), random_sequences()
    changed = sequences.copy()
    for sequence, length in zip(changed, LENGTHS, strict=True):
        sequence[length + 2 :] = (5, -7, 0, 1, 0)
    np.testing.assert_array_equal(layer(changed)[0], layer(sequences)[0])


def test_how_long_the_padding_is_makes_no_difference():
    layer, sequences = encoder(), random_sequences((5, 3))
    np.testing.assert_allclose(layer(sequences[:, :6])[0], layer(sequences)[0], rtol=1e-5, atol=1e-6)


def test_lengths_count_the_points_before_the_first_end():
    points = random_sequences()[:, 1:]
    points[1, 7] = (0, 0, 1, 0, 0)
    np.testing.assert_array_equal(sketch_lengths(tf.constant(points)), LENGTHS)


def test_last_outputs_are_those_of_the_last_points():
    outputs = np.random.default_rng(2).standard_normal((TIME, BATCH, UNITS)).astype(np.float32)
    found = last_outputs(tf.constant(outputs), tf.constant(LENGTHS)).numpy()
    for index, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(found[index], outputs[length - 1, index] if length else np.zeros(UNITS))


def gradients(layer, sequences, dropout=NO_DROPOUT):
    with tf.GradientTape() as tape:
        mean, variance = layer(sequences, dropout=dropout)
        total = tf.reduce_sum(mean**2) + tf.reduce_sum(variance)
    return total, tape.gradient(total, [weight.value for weight in layer.trainable_variables])


def assert_equal_gradients(found, expected, layer):
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    for weight, gradient, wanted in zip(layer.trainable_variables, found[1], expected[1], strict=True):
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(gradient, wanted, rtol=0, atol=1e-4 * scale, err_msg=weight.path)


@WITH_ALL_CELLS
def test_the_fast_form_and_the_compiled_one_have_the_gradients_of_the_plain_one(cell):
    sequences = tf.constant(random_sequences())
    fast, plain = encoder(cell, keep_prob=KEEP), encoder(cell, keep_prob=KEEP, plain=True)
    dropout = fast.masks(SEED, TIME, BATCH)
    expected = gradients(plain, sequences, dropout)
    assert_equal_gradients(gradients(fast, sequences, dropout), expected, fast)
    compiled = tf.function(lambda *inputs: gradients(fast, *inputs), jit_compile=True, autograph=False)
    assert_equal_gradients(compiled(sequences, dropout), expected, fast)


def test_length_and_batch_may_be_unknown_while_tracing():
    layer = encoder()
    encode = tf.function(layer, input_signature=[tf.TensorSpec((None, None, 5))], autograph=False)
    for sequences in (random_sequences(), random_sequences((2,))[:, :4]):
        for found, expected in zip(encode(sequences), layer(sequences), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# Dropout.


def test_masks_are_a_function_of_the_seed_and_keep_their_share():
    layer = encoder(keep_prob=KEEP)
    one, same, other = (layer.masks(tf.constant(seed), 50, 20).recurrent for seed in (SEED, SEED, (1, 2)))
    assert one.shape == (50, 20, 2 * UNITS)
    np.testing.assert_array_equal(one, same)
    assert np.any(np.asarray(one) != np.asarray(other))
    assert abs(np.mean(one) - KEEP) < 5 * np.sqrt(KEEP * (1 - KEEP) / np.size(one))


def test_each_direction_has_a_half_of_the_mask():
    layer, sequences = encoder(keep_prob=KEEP), random_sequences((TIME,) * BATCH)
    mask, everything = layer.masks(SEED, TIME, BATCH).recurrent, tf.ones((TIME, BATCH, UNITS), bool)
    forward, backward = tf.split(mask, 2, axis=-1)
    whole = layer.last_hidden(sequences, Dropout(mask)).numpy()
    for half, part in ((slice(None, UNITS), (forward, everything)), (slice(UNITS, None), (everything, backward))):
        alone = layer.last_hidden(sequences, Dropout(tf.concat(part, axis=-1))).numpy()
        np.testing.assert_array_equal(alone[:, half], whole[:, half])
        assert np.abs(alone - whole).max() > 1e-3


def test_nothing_is_dropped_unless_told():
    with_dropout, without, sequences = encoder(keep_prob=KEEP), encoder(), random_sequences()
    np.testing.assert_array_equal(with_dropout(sequences)[0], without(sequences)[0])
    assert without.masks(None, TIME, BATCH) == NO_DROPOUT


def test_training_with_dropout_needs_a_seed():
    with pytest.raises(ValueError, match="SequenceEncoder: training with dropout needs a seed"):
        encoder(keep_prob=KEEP).masks(None, TIME, BATCH)


# Weights.


def test_the_two_directions_and_the_two_dense_layers_begin_with_different_weights():
    layer = SequenceEncoder("layer_norm", UNITS, Z_SIZE, seed=3)
    layer.build()
    for one, other in ((layer.forward, layer.backward), (layer.mean, layer.log_variance)):
        for kernel in (name for name in ("kernel", "recurrent_kernel") if hasattr(one, name)):
            assert np.abs(getattr(one, kernel) - getattr(other, kernel)).max() > 1e-4


def test_codes_begin_near_zero_and_variances_near_one():
    layer = SequenceEncoder("lstm", 64, 32)
    layer.build()
    for dense in (layer.mean, layer.log_variance):
        assert 0.0009 < np.std(dense.kernel) < 0.0011
        np.testing.assert_array_equal(dense.bias, 0)
    mean, variance = layer(random_sequences())
    np.testing.assert_allclose(mean, 0, atol=0.01)
    np.testing.assert_allclose(variance, 1, atol=0.01)
