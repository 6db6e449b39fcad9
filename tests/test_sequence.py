"""The fast run over a sequence equals the plain one in values and in every gradient; dropout masks."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from cell_runs import BATCH, DROPOUTS, SEED, STROKE_SIZE, UNITS, WITH_ALL_CELLS, Z_SIZE, Case, float32, randomised

from ia_pix2seq_tf.networks import StrokeDecoder
from ia_pix2seq_tf.networks.sequence import Dropout, KeepProbs, scaled, unroll, unroll_plain

RUNS = [
    *itertools.product((1, 2), ("no_dropout", "all_three")),
    *((13, dropout) for dropout in DROPOUTS),
]
GRADIENT_TOLERANCE = 1e-4  # relative to the largest entry of a gradient


def assert_equal_runs(found, expected):
    for values, wanted in zip(found[:2], expected[:2], strict=True):
        np.testing.assert_allclose(values, wanted, rtol=1e-5, atol=1e-5)
    assert found[2].keys() == expected[2].keys()
    for name, gradient in expected[2].items():
        scale = np.abs(gradient).max()
        assert scale > 0, f"no gradient reaches {name}: nothing is compared"
        np.testing.assert_allclose(found[2][name], gradient, rtol=0, atol=GRADIENT_TOLERANCE * scale, err_msg=name)


@WITH_ALL_CELLS
@pytest.mark.parametrize(("time", "dropout"), RUNS)
def test_the_fast_run_equals_the_plain_one(name, time, dropout):
    case = Case(name, time, DROPOUTS[dropout])
    assert_equal_runs(case.run(unroll), case.run(unroll_plain))


@WITH_ALL_CELLS
@pytest.mark.parametrize(("time", "dropout"), ((1, "no_dropout"), (13, "all_three")))
def test_the_compiled_fast_run_equals_the_plain_one(name, time, dropout):
    case = Case(name, time, DROPOUTS[dropout])

    @tf.function(jit_compile=True)
    def compiled(*inputs):
        return case.run_on(unroll, *inputs)

    assert_equal_runs(compiled(case.strokes, case.codes, case.state, case.dropout), case.run(unroll_plain))


@WITH_ALL_CELLS
def test_the_plain_run_equals_step_after_step(name):
    case = Case(name, 3, DROPOUTS["all_three"])
    outputs, final, _ = case.run(unroll_plain)
    state = case.state
    for t in range(3):
        factors = (np.float32(mask[t]) / np.float32(keep) for mask, keep in zip(case.dropout, case.keep, strict=True))
        recurrent, inputs, kept = factors
        x = np.concatenate([case.strokes[t], case.codes], axis=1) * inputs
        state = case.cell.step(x, state, recurrent)
        np.testing.assert_allclose(outputs[t], case.cell.output(state) * kept, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(final, state, rtol=1e-5, atol=1e-5)


@WITH_ALL_CELLS
def test_the_length_may_be_unknown_while_tracing(name):
    case = Case(name, 2)

    @tf.function(input_signature=[tf.TensorSpec((None, BATCH, STROKE_SIZE))])
    def run(strokes):
        case.strokes = strokes
        outputs, final = unroll(case.cell, strokes, case.codes, case.state)
        return outputs, final, tf.gradients(outputs, case.codes)[0]

    for time in (1, 2, 13):
        expected = Case(name, time)
        outputs, final, gradient = run(expected.strokes)
        with tf.GradientTape() as tape:
            tape.watch(case.codes)
            plain = unroll_plain(case.cell, expected.strokes, case.codes, case.state)
        np.testing.assert_allclose(outputs, plain[0], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(final, plain[1], rtol=1e-5, atol=1e-5)
        wanted = tape.gradient(plain[0], case.codes)
        np.testing.assert_allclose(gradient, wanted, rtol=0, atol=GRADIENT_TOLERANCE * np.abs(wanted).max())


# Masks.


def masks(seed, keep=(0.9, 0.8, 0.6)) -> Dropout:
    return KeepProbs(*keep).masks(tf.constant(seed), 20, 50, UNITS, STROKE_SIZE + Z_SIZE)


def test_masks_keep_their_share():
    for mask, keep, width in zip(masks(SEED), (0.9, 0.8, 0.6), (UNITS, STROKE_SIZE + Z_SIZE, UNITS), strict=True):
        assert mask.shape == (20, 50, width)
        assert mask.dtype == tf.bool
        deviation = np.sqrt(keep * (1 - keep) / np.size(mask))
        assert abs(np.mean(mask) - keep) < 5 * deviation


def test_masks_are_fresh_at_each_time_step_and_of_each_kind():
    recurrent, inputs, outputs = (np.asarray(mask) for mask in masks(SEED, (0.5, 0.5, 0.5)))
    for mask in (recurrent, inputs, outputs):
        for earlier, later in itertools.pairwise(mask):
            assert 0.35 < np.mean(earlier != later) < 0.65
    assert 0.45 < np.mean(recurrent != outputs) < 0.55
    assert 0.45 < np.mean(recurrent != inputs[..., :UNITS]) < 0.55


def test_masks_are_a_function_of_the_seed():
    for one, same, other in zip(masks(SEED), masks(SEED), masks((11, 13)), strict=True):
        np.testing.assert_array_equal(one, same)
        assert np.any(np.asarray(one) != np.asarray(other))


def test_nothing_is_masked_where_everything_is_kept():
    assert KeepProbs().masks(tf.constant(SEED), 2, 2, 2, 2) == Dropout()
    only_outputs = KeepProbs(outputs=0.5).masks(tf.constant(SEED), 2, 2, 2, 2)
    assert only_outputs.recurrent is only_outputs.inputs is None
    assert only_outputs.outputs is not None


def test_a_mask_becomes_a_factor_of_0_or_1_over_keep():
    np.testing.assert_allclose(scaled(tf.constant([True, False]), 0.8), [1.25, 0])
    assert scaled(None, 0.8) is None


# Dropout in the stroke decoder.


def decoder(keep: KeepProbs, plain: bool) -> StrokeDecoder:
    layer = StrokeDecoder("layer_norm", UNITS, keep, plain=plain, seed=3)
    layer.build((BATCH, Z_SIZE))
    return layer


@pytest.fixture
def strokes_and_codes():
    rng = np.random.default_rng(8)
    return tf.constant(float32(rng, BATCH, Z_SIZE)), tf.constant(float32(rng, BATCH, 6, STROKE_SIZE))


WITH_BOTH_RUNS = pytest.mark.parametrize("plain", (False, True), ids=("fast", "plain"))


@WITH_BOTH_RUNS
def test_nothing_is_dropped_when_not_training(strokes_and_codes, plain):
    with_dropout, without = decoder(DROPOUTS["all_three"], plain), decoder(KeepProbs(), plain)
    expected = without(*strokes_and_codes, training=True)
    np.testing.assert_array_equal(with_dropout(*strokes_and_codes), expected)
    np.testing.assert_array_equal(with_dropout(*strokes_and_codes, training=False, seed=SEED), expected)


@WITH_BOTH_RUNS
@pytest.mark.parametrize("dropout", ("recurrent", "inputs", "outputs"))
def test_each_dropout_alone_acts_in_training(strokes_and_codes, plain, dropout):
    layer = decoder(DROPOUTS[dropout], plain)
    calm = layer(*strokes_and_codes)
    one, same, other = (layer(*strokes_and_codes, training=True, seed=tf.constant(s)) for s in (SEED, SEED, (1, 2)))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3
    assert np.abs(one - calm).max() > 1e-3


def test_both_runs_of_the_decoder_drop_the_same(strokes_and_codes):
    raws = [
        decoder(DROPOUTS["all_three"], plain)(*strokes_and_codes, training=True, seed=tf.constant(SEED))
        for plain in (False, True)
    ]
    np.testing.assert_allclose(*raws, rtol=1e-5, atol=1e-5)


@WITH_BOTH_RUNS
def test_training_with_dropout_needs_a_seed(strokes_and_codes, plain):
    with pytest.raises(ValueError, match="StrokeDecoder: training with dropout needs a seed"):
        decoder(DROPOUTS["recurrent"], plain)(*strokes_and_codes, training=True)
    decoder(KeepProbs(), plain)(*strokes_and_codes, training=True)  # nothing to draw, so no seed is needed


@WITH_ALL_CELLS
def test_generating_step_by_step_equals_one_run(strokes_and_codes, name):
    z, strokes = strokes_and_codes
    layer = StrokeDecoder(name, UNITS, seed=3)
    layer.build((BATCH, Z_SIZE))
    randomised(layer.cell)
    raw, final = layer.run(z, strokes)
    state = layer.initial_state(z)
    for t in range(strokes.shape[1]):
        step, state = layer.step(strokes[:, t], z, state)
        np.testing.assert_allclose(step, raw[:, t], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state, final, rtol=1e-4, atol=1e-5)


def test_a_run_can_go_on_from_a_given_state(strokes_and_codes):
    z, strokes = strokes_and_codes
    layer = decoder(KeepProbs(), plain=False)
    raw, final = layer.run(z, strokes)
    first, state = layer.run(z, strokes[:, :4])
    second, last = layer.run(z, strokes[:, 4:], state=state)
    np.testing.assert_allclose(tf.concat([first, second], axis=1), raw, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(last, final, rtol=1e-5, atol=1e-5)
