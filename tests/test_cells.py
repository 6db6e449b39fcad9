"""The recurrent cells equal NumPy twins written from their equations; initial weights; serialization."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from cell_runs import float32, randomised

from ia_pix2seq_tf.networks import CELLS
from ia_pix2seq_tf.networks.initializers import GateOrthogonal

BATCH, STEPS, INPUTS, UNITS = 3, 5, 9, 7
HYPER_UNITS, EMBEDDING = 256, 32
KEEP = 0.9
FULL_SIZE = {"units": 2048, "inputs": 133, "parameters": 21_278_464}
ROUNDING = {"rtol": 1e-4, "atol": 1e-5}


def built(name: str, inputs: int = INPUTS, units: int = UNITS, **kwargs):
    cell = CELLS[name](units, **kwargs)
    cell.build((None, inputs))
    return cell


def random_scales(rng: np.random.Generator) -> np.ndarray:
    """Recurrent dropout of every step, 0 or 1/keep: `[steps, batch, units]`."""
    keep = rng.random((STEPS, BATCH, UNITS)) < 0.6
    assert 0 < keep.mean() < 1
    return (keep / 0.6).astype(np.float32)


# The twins: one step each, gate by gate, in float64.


def f64(variable) -> np.ndarray:
    return np.asarray(variable, np.float64)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def layer_norm(values, gamma, beta):
    mean = values.mean(axis=1, keepdims=True)
    variance = ((values - mean) ** 2).mean(axis=1, keepdims=True)
    return gamma * (values - mean) / np.sqrt(variance + 1e-3) + beta


def gate(matrix, index: int):
    """The columns, or entries, of gate i, j, f or o."""
    units = matrix.shape[-1] // 4
    return matrix[..., index * units : (index + 1) * units]


def memory_twin(gates, c, scale):
    i, j, f, o = gates
    return c * sigmoid(f + 1) + sigmoid(i) * scale * np.tanh(j), sigmoid(o)


def lstm_twin(cell, x, state, scale):
    c, h = np.split(state, 2, axis=1)
    sums = x @ f64(cell.kernel) + h @ f64(cell.recurrent_kernel) + f64(cell.bias)
    c, o = memory_twin([gate(sums, g) for g in range(4)], c, scale)
    h = np.tanh(c) * o
    return h, np.concatenate([c, h], axis=1)


def normed_step(cell, parts, c, scale):
    """h' and c' from the four gates before their layer norm."""
    gamma, beta = f64(cell.gates_gamma), f64(cell.gates_beta)
    gates = [layer_norm(part, gate(gamma, g), gate(beta, g)) for g, part in enumerate(parts)]
    c, o = memory_twin(gates, c, scale)
    return np.tanh(layer_norm(c, f64(cell.memory_gamma), f64(cell.memory_beta))) * o, c


def layer_norm_lstm_twin(cell, x, state, scale):
    h, c = np.split(state, 2, axis=1)
    sums = x @ f64(cell.kernel) + h @ f64(cell.recurrent_kernel)
    h, c = normed_step(cell, [gate(sums, g) for g in range(4)], c, scale)
    return h, np.concatenate([h, c], axis=1)


def hyper_twin(cell, x, state, scale):
    borders = np.cumsum([UNITS, HYPER_UNITS, UNITS])
    h, h_hyper, c, c_hyper = np.split(state, borders, axis=1)
    hyper_state = np.concatenate([h_hyper, c_hyper], axis=1)
    h_hyper, hyper_state = layer_norm_lstm_twin(cell.hyper_cell, np.concatenate([x, h], axis=1), hyper_state, 1)
    c_hyper = hyper_state[:, HYPER_UNITS:]
    parts = [modulated_gate(cell, g, x, h, h_hyper) for g in range(4)]
    h, c = normed_step(cell, parts, c, scale)
    return h, np.concatenate([h, h_hyper, c, c_hyper], axis=1)


def modulated_gate(cell, g: int, x, h, h_hyper):
    """Gate g of the HyperLSTM: part g of the scales belongs to x, part 4 + g to h."""
    zw, zw_bias, zb = f64(cell.zw_kernel), f64(cell.zw_bias), f64(cell.zb_kernel)
    alpha, beta = f64(cell.alpha_kernel), f64(cell.beta_kernel)
    scale_x = (h_hyper @ zw[g] + zw_bias[g]) @ alpha[g]
    scale_h = (h_hyper @ zw[4 + g] + zw_bias[4 + g]) @ alpha[4 + g]
    shift = (h_hyper @ zb[g]) @ beta[g]
    x_part, h_part = x @ gate(f64(cell.kernel), g), h @ gate(f64(cell.recurrent_kernel), g)
    return scale_x * x_part + scale_h * h_part + shift + gate(f64(cell.bias), g)


TWINS = {"lstm": lstm_twin, "layer_norm": layer_norm_lstm_twin, "hyper": hyper_twin}
WITH_ALL_CELLS = pytest.mark.parametrize("name", TWINS)


@WITH_ALL_CELLS
@pytest.mark.parametrize("dropped", (False, True))
def test_steps_equal_the_numpy_twin(name, dropped):
    rng = np.random.default_rng(1)
    cell = randomised(built(name))
    state = float32(rng, BATCH, cell.state_size)
    twin_state = state.astype(np.float64)
    scales = random_scales(rng)
    for x, scale in zip(float32(rng, STEPS, BATCH, INPUTS), scales, strict=True):
        state = cell.step(x, state, scale if dropped else None)
        output, twin_state = TWINS[name](cell, x, twin_state, scale if dropped else 1)
        np.testing.assert_allclose(state, twin_state, **ROUNDING)
        np.testing.assert_allclose(cell.output(state), output, **ROUNDING)


@WITH_ALL_CELLS
def test_call_is_one_step_with_the_hidden_state_as_output(name):
    rng = np.random.default_rng(2)
    cell = randomised(built(name, keep_prob=KEEP))
    x, state = float32(rng, BATCH, INPUTS), float32(rng, BATCH, cell.state_size)
    output, (called,) = cell(x, [state], training=False)
    np.testing.assert_array_equal(called, cell.step(x, state))
    np.testing.assert_array_equal(output, cell.output(called))


def memory(name: str, state) -> np.ndarray:
    """c `[batch, units]` within a state; dropout changes it first."""
    start = {"lstm": 0, "layer_norm": UNITS, "hyper": UNITS + HYPER_UNITS}[name]
    return np.asarray(state)[:, start : start + UNITS]


def dropout_factors(name: str, cell, x, state, after) -> np.ndarray:
    """By what each tanh(j) was multiplied in a step from `state` to `after`: c is linear in it."""
    constants = (np.full((len(x), UNITS), value, np.float32) for value in (0, 1))
    without, whole = (memory(name, cell.step(x, state, scale)) for scale in constants)
    return (memory(name, after) - without) / (whole - without)


@WITH_ALL_CELLS
def test_call_drops_candidates_in_training_only(name):
    rng = np.random.default_rng(3)
    cell = randomised(built(name, keep_prob=0.6))
    x, state = float32(rng, 200, INPUTS), np.zeros((200, cell.state_size), np.float32)
    masks = []
    for _ in range(2):
        factors = dropout_factors(name, cell, x, state, cell(x, [state], training=True)[1][0])
        masks.append(factors > 0.5)
        np.testing.assert_allclose(factors, masks[-1] / 0.6, atol=1e-2)
        assert abs(masks[-1].mean() - 0.6) < 5 * np.sqrt(0.6 * 0.4 / factors.size)
    assert np.any(masks[0] != masks[1]), "the second call must draw a fresh mask"


@WITH_ALL_CELLS
def test_cells_run_inside_the_keras_rnn_layer(name):
    rng = np.random.default_rng(4)
    cell = randomised(built(name, keep_prob=KEEP))
    inputs = float32(rng, BATCH, STEPS, INPUTS)
    outputs, final = keras.layers.RNN(cell, return_sequences=True, return_state=True)(inputs, training=False)
    state = cell.get_initial_state(BATCH)[0]
    for t in range(STEPS):
        state = cell.step(inputs[:, t], state)
        np.testing.assert_allclose(outputs[:, t], cell.output(state), **ROUNDING)
    np.testing.assert_allclose(final, state, **ROUNDING)


@WITH_ALL_CELLS
def test_masks_inside_the_keras_rnn_layer_are_fresh_at_each_step(name):
    class WholeState(CELLS[name]):
        """The cell with its whole state as output, which shows what was dropped."""

        output_size = CELLS[name].state_size

        def output(self, state):
            return state

    rng = np.random.default_rng(5)
    cell = WholeState(UNITS, keep_prob=0.5)
    cell.build((None, INPUTS))
    randomised(cell)
    inputs = float32(rng, 50, STEPS, INPUTS)
    states = np.asarray(keras.layers.RNN(cell, return_sequences=True)(inputs, training=True))
    before = np.zeros_like(states[:, 0])
    masks = []
    for t in range(STEPS):
        masks.append(dropout_factors(name, cell, inputs[:, t], before, states[:, t]) > 0.5)
        before = states[:, t]
    for earlier, later in itertools.pairwise(masks):
        assert 0.3 < np.mean(earlier != later) < 0.7


# Weights at the start.


def float64_blocks(kernel) -> list[np.ndarray]:
    return np.split(f64(kernel), 4, axis=1)


@WITH_ALL_CELLS
def test_recurrent_kernels_begin_as_four_different_orthogonal_blocks(name):
    cell = built(name)
    kernels = [cell.recurrent_kernel, *([cell.hyper_cell.recurrent_kernel] if name == "hyper" else [])]
    for kernel in kernels:
        blocks = float64_blocks(kernel)
        for block in blocks:
            np.testing.assert_allclose(block.T @ block, np.eye(len(block)), atol=1e-5)
        assert not np.allclose(blocks[0], blocks[1])


@pytest.mark.parametrize("shape", ((5, 4 * 11), (11, 4 * 5)))
def test_oblong_orthogonal_blocks_have_orthonormal_rows_or_columns(shape):
    for block in float64_blocks(GateOrthogonal(3)(shape, "float32")):
        gram = block @ block.T if block.shape[0] < block.shape[1] else block.T @ block
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-5)


@WITH_ALL_CELLS
def test_input_kernels_begin_uniform_within_the_glorot_bound(name):
    cell = built(name, inputs=40, units=60)
    bound = np.sqrt(6 / (40 + 4 * 60))
    kernel = f64(cell.kernel)
    assert np.abs(kernel).max() <= bound
    assert np.abs(kernel).max() > 0.99 * bound
    np.testing.assert_allclose(kernel.std(), bound / np.sqrt(3), rtol=0.03)


def test_hyper_parts_begin_as_in_the_reference():
    cell = built("hyper")
    assert cell.zw_kernel.shape == (8, HYPER_UNITS, EMBEDDING)
    np.testing.assert_array_equal(cell.zw_kernel, 0)
    np.testing.assert_array_equal(cell.zw_bias, 1)
    np.testing.assert_array_equal(cell.alpha_kernel, np.float32(0.1 / EMBEDDING))
    np.testing.assert_array_equal(cell.beta_kernel, 0)
    zb = f64(cell.zb_kernel)
    np.testing.assert_allclose(zb.std(), 0.01, rtol=0.03)
    assert abs(zb.mean()) < 5 * 0.01 / np.sqrt(zb.size)


@WITH_ALL_CELLS
def test_biases_begin_at_zero_and_norms_neutral(name):
    cell = built(name)
    vectors = [weight for weight in cell.weights if len(weight.shape) == 1]
    assert vectors
    for weight in vectors:
        np.testing.assert_array_equal(weight, 1 if "gamma" in weight.name else 0, err_msg=weight.path)


def test_full_size_hyper_cell_has_the_published_number_of_parameters(monkeypatch):
    monkeypatch.setattr(GateOrthogonal, "__call__", lambda self, shape, dtype=None: tf.zeros(shape))
    cell = built("hyper", FULL_SIZE["inputs"], FULL_SIZE["units"])
    assert cell.count_params() == FULL_SIZE["parameters"]
