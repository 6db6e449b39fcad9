"""Generation: chance, ends, batches, given strokes, and the recorded statistics of the reference's sampler."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from reference import golden

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf import generation as module
from ia_pix2seq_tf.generation import draw_sequences, next_stroke
from ia_pix2seq_tf.stroke_mixture import COMPONENTS, RAW_SIZE, StrokeMixture

Z_SIZE, MAX_LEN = 4, 12
DRAWS = 40_000
SIGMAS = 5  # the fixed seed below is well inside; a wrong formula is far outside


@pytest.fixture(scope="module")
def model():
    hps = HParams(categories=["cat"], dec_model="lstm", dec_rnn_size=16, z_size=Z_SIZE, num_mixture=2, num_sub=1)
    hps.max_seq_len, hps.jit_compile = MAX_LEN, False
    return IAPix2Seq(hps)


def codes(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, Z_SIZE)).astype(np.float32)


def assert_same(found, expected):
    assert [len(strokes) for strokes in found] == [len(strokes) for strokes in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


class CountingDecoder:
    """Draws sketch i with as many points as its code says, each one step to the right; counts its steps."""

    def __init__(self):
        self.steps = self.steppers = 0

    start = (0.0, 0.0, 1.0, 0.0, 0.0)

    def initial_state(self, z):
        return tf.zeros_like(z)

    def stepper(self, z):
        self.steppers += 1

        def step(stroke, state):
            self.steps += 1
            ends = tf.cast(state >= z, tf.float32) * 100
            pen = tf.concat([tf.zeros_like(z), tf.zeros_like(z) - 50, ends - 50], axis=1)
            rest = tf.zeros((z.shape[0], RAW_SIZE - 3 - COMPONENTS))
            return tf.concat([pen, tf.zeros((z.shape[0], COMPONENTS)), rest], axis=1), state + 1

        return step


def test_sketches_end_where_the_pen_says_and_the_loop_with_the_last_of_them():
    decoder, lengths = CountingDecoder(), [3, 0, 5]
    z = tf.constant(lengths, tf.float32)[:, None]
    sequences = draw_sequences(decoder, z, tf.fill((3, 50, 4), 0.5), 1.0, greedy=False).numpy()
    ended = sequences[..., 4] == 1
    assert [int(row.argmax()) for row in ended] == lengths
    for row, length in zip(sequences, lengths, strict=True):
        np.testing.assert_array_equal(row[length:], np.tile([[0, 0, 0, 0, 1]], (50 - length, 1)))
    assert decoder.steps == max(lengths) + 1
    assert decoder.steppers == 1, "what the steps share is computed once"


def test_no_sketch_has_more_than_max_len_points(model):
    lengths = [len(strokes) for strokes in model.generate(codes(20), seed=1)]
    assert max(lengths) == MAX_LEN
    assert max(len(strokes) for strokes in model.generate(codes(20), max_len=5, seed=1)) == 5


def test_a_seed_gives_its_sketches_and_another_seed_others(model):
    z = codes(4)
    assert_same(model.generate(z, seed=7), model.generate(z, seed=7))
    assert not np.array_equal(model.generate(z, seed=7)[0], model.generate(z, seed=8)[0])
    first, second = (np.concatenate(model.generate(codes(40))) for _ in range(2))  # a single sketch may be empty twice
    assert not np.array_equal(first, second), "without a seed, each call has a new one"


def test_a_sketch_depends_on_its_index_and_not_on_its_batch(model, monkeypatch):
    z = codes(21)
    whole = model.generate(z, seed=3)
    assert_same(model.generate(z[:5], seed=3), whole[:5])
    others = np.vstack([z[:5], codes(16, seed=9)])
    assert_same(model.generate(others, seed=3)[:5], whole[:5])
    monkeypatch.setattr(module, "LARGEST_BATCH", 4)
    assert_same(model.generate(z, seed=3), whole)


def test_equal_codes_have_each_their_own_chance_unless_it_is_shared(model):
    z = np.repeat(codes(1), 3, axis=0)
    apart = model.generate(z, seed=2)
    assert not np.array_equal(apart[0], apart[1])
    shared = list(model.generate_each(z, seed=2, chances=[0, 0, 1]))
    assert_same(shared, [apart[0], apart[0], apart[1]])


def test_only_the_batch_in_hand_is_drawn(model, monkeypatch):
    batches = []
    loop = module.Generator._loop

    def counting(*args):
        draw = loop(*args)
        return lambda z, *rest: batches.append(len(z)) or draw(z, *rest)

    monkeypatch.setattr(module, "LARGEST_BATCH", 4)
    monkeypatch.setattr(module.Generator, "_loop", counting)
    sketches = model.generate_each(codes(10), seed=0)
    assert batches == []
    list(itertools.islice(sketches, 4))
    assert batches == [4]
    assert len(list(sketches)) == 6
    assert batches == [4, 4, 4]


def test_going_on_from_its_own_first_strokes_gives_the_same_sketch(model):
    z = codes(3)
    whole = model.generate(z, greedy=True)
    prefixes = [strokes[:n] for strokes, n in zip(whole, (1, 4, 7), strict=True)]
    assert_same(list(model.generate_each(z, greedy=True, prefixes=prefixes)), whole)


def test_given_strokes_begin_the_sketch_and_decide_how_it_goes_on(model):
    rng = np.random.default_rng(0)
    prefix = np.column_stack([rng.normal(size=(5, 2)), [0, 1, 0, 0, 1]]).astype(np.float32)
    z = codes(1)
    (sketch,) = model.generate_each(z, seed=1, prefixes=[prefix])
    np.testing.assert_array_equal(sketch[:5], prefix)
    (other,) = model.generate_each(z, seed=1, prefixes=[-prefix * [1, 1, -1]])
    assert len(sketch) > 5 and len(other) > 5 and not np.allclose(sketch[5], other[5])


def test_prefixes_of_different_length_share_a_batch(model):
    rng = np.random.default_rng(0)
    prefixes = [np.column_stack([rng.normal(size=(n, 2)), np.zeros(n)]).astype(np.float32) for n in (0, 3, 9)]
    z = codes(3)
    together = list(model.generate_each(z, seed=4, prefixes=prefixes))
    for i in range(3):
        alone = model.generate_each(z[i : i + 1], seed=4, prefixes=prefixes[i : i + 1], chances=[i])
        assert_same([together[i]], list(alone))
    assert_same(together[:1], model.generate(z[:1], seed=4))


@pytest.mark.parametrize("temperature", (0, -1, float("nan"), float("inf")))
def test_a_temperature_that_is_not_above_zero_is_refused(model, temperature):
    with pytest.raises(ValueError, match="temperature above 0"):
        model.generate(codes(1), temperature=temperature)


def test_codes_of_another_size_are_refused(model):
    with pytest.raises(ValueError, match=r"codes \[batch, 4\], found \[2, 5\]"):
        model.generate(np.zeros((2, 5)))


def test_prefixes_that_leave_nothing_to_draw_are_refused(model):
    with pytest.raises(ValueError, match="less than max_len=12 points, found 12"):
        list(model.generate_each(codes(1), prefixes=[np.zeros((12, 3))]))
    with pytest.raises(ValueError, match="a prefix for each of 2 codes, found 1"):
        list(model.generate_each(codes(2), prefixes=[np.zeros((1, 3))]))


def test_no_codes_give_no_sketches(model):
    assert model.generate(np.zeros((0, Z_SIZE))) == []


def recorded_mixture(recording) -> StrokeMixture:
    """The recorded mixture of four components, once for each draw."""
    logs = [np.log(recording[name]) for name in ("pen", "pi", "sigmax", "sigmay")]
    pen, pi, sigma_x, sigma_y = logs
    fields = pen, pi, recording["mux"], recording["muy"], sigma_x, sigma_y, np.arctanh(recording["corr"])
    return StrokeMixture(*(tf.constant(np.repeat(field, DRAWS, axis=0), tf.float32) for field in fields))


@pytest.mark.parametrize("temperature", (0.1, 0.24, 0.5, 1))
def test_draws_have_the_statistics_of_the_reference(temperature):
    recording = golden("stochastic_step")
    noise = tf.random.stateless_uniform((DRAWS, 4), (1, 2), minval=module.SMALLEST_UNIFORM)
    strokes = next_stroke(recorded_mixture(recording), noise, temperature, greedy=False).numpy().astype(np.float64)
    expected = {name: recording[f"t{temperature}/{name}"] for name in ("mean", "cov", "pen")}
    centred = strokes - strokes.mean(axis=0)
    products = centred[:, :2, None] * centred[:, None, :2]
    # Both sides are means of as many draws, so their difference has the variance of one draw, twice, over DRAWS.
    for found, wanted in ((strokes, expected["mean"]), (products, expected["cov"]), (strokes[:, 2:], expected["pen"])):
        error = SIGMAS * found.std(axis=0) * np.sqrt(2 / DRAWS) + 1e-4
        assert np.all(np.abs(found.mean(axis=0) - wanted) < error), (found.mean(axis=0), wanted, error)
