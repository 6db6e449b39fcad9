"""Networks of SketchHealer against a recording of its program, in both modes of its batch norm.

The program's losses have floors and a divisor of their own, its training two optimizers: both are written out here.
"""

import numpy as np
import pytest
import tensorflow as tf
from recorded_strokes import greedy_strokes
from reference import assert_close, assert_summary_close
from sketch_healer import COLUMNS, NORMS, UNITS, Model, node_weights, recorded_weights, recording, sequences

from ia_pix2seq_tf.stroke_mixture import (
    StrokeMixture,
    log_density,
    offset_distribution,
    pen_distribution,
    stroke_mixture,
)

FLOOR = 1e-3  # in their logarithms
GRADIENT_TOLERANCE, VARIABLE_TOLERANCE = 2e-3, 1e-3
UPDATES, CLIP = 3, 1.0
RUNNING = [f"{norm}.running_{name}" for norm in NORMS.values() for name in ("mean", "var")]
MODES = ("eval", "train")
WITH_BOTH_MODES = pytest.mark.parametrize("mode", MODES)


def their_losses(raw, targets, lengths):
    """LS and LP."""
    params = stroke_mixture(raw)
    inside = tf.sequence_mask(lengths, targets.shape[1], tf.float32)
    density = tf.reduce_sum(tf.exp(log_density(params, targets[..., :2])), axis=-1)
    steps = targets.shape[0] * targets.shape[1]
    offset = -tf.reduce_sum(inside * tf.math.log(FLOOR + density)) / steps
    return offset, -tf.reduce_sum(targets[..., 2:] * tf.math.log(FLOOR + params.pen)) / steps


NAMES = ("cnn", "node_features", "graph_feature", "mu", "log_sigma2", "z", "raw", "initial", "final")


class Pass:
    """What a model makes of the recorded sketches, with the gradient of LS + LP; graphs are faster than eager."""

    def __init__(self, model: Model, training: bool):
        self.model, self.training = model, training
        self._graph = tf.function(self._all, autograph=False)

    def __call__(self) -> dict:
        """Activations of `NAMES`; losses (LS, LP), moved statistics, and gradients by the program's names."""
        outputs, losses, moved, gradients = self._graph()
        gradients = self.model.by_name(dict(zip(map(id, self.model.trained), gradients, strict=True)))
        return {**dict(zip(NAMES, outputs, strict=True)), "losses": losses, "moved": moved, "gradients": gradients}

    def _norm(self, norm, rows):
        """By the statistics of the mode; and what training makes of the moving ones."""
        return norm.in_training(rows) if self.training else (norm(rows), ())

    def _all(self):
        with tf.GradientTape() as tape:
            outputs, moved = self._outputs()
            losses = their_losses(outputs[NAMES.index("raw")], tf.constant(sequences()[1]), recording()["in/lengths"])
            total = tf.add_n(losses)
        return outputs, losses, moved, tape.gradient(total, self.model.trained)

    def _outputs(self):
        patches, weights = tf.constant(recording()["graph/raw/patches"]), tf.constant(node_weights())
        encoder, decoder, moved = self.model.encoder, self.model.decoder, []

        def norm(layer, rows):
            rows, values = self._norm(layer, rows)
            moved.extend(values)
            return rows

        cnn = tf.reshape(encoder.patch_features(tf.reshape(patches, (-1, 128, 128))), (-1, 21, UNITS))
        nodes = encoder.node_features(patches, lambda *inputs: self._norm(*inputs)[0])
        features = encoder.features(patches, weights, norm)
        mean, log_variance = encoder.mean(features), encoder.variance(features)
        z = mean + tf.exp(log_variance / 2) * recording()["in/eps"]
        raw, final = decoder.run(z, tf.constant(sequences()[0]))
        return (cnn, nodes, features, mean, log_variance, z, raw, decoder.initial_state(z), final), moved


@pytest.fixture(scope="module")
def passes():
    return {mode: Pass(Model(), mode == "train")() for mode in MODES}


@WITH_BOTH_MODES
@pytest.mark.parametrize("name", ("cnn", "node_features"))
def test_features_of_patches_equal_the_recording(passes, mode, name):
    expected = recording()[f"{mode}/{name}"]
    assert_close(passes[mode][name][: len(expected)], expected)


@WITH_BOTH_MODES
@pytest.mark.parametrize("name", ("graph_feature", "mu", "log_sigma2", "z"))
def test_features_and_codes_of_sketches_equal_the_recording(passes, mode, name):
    assert_close(passes[mode][name], recording()[f"{mode}/{name}"])


@WITH_BOTH_MODES
def test_the_encoder_gives_the_recorded_codes(mode):
    graph, model = (recording()["graph/raw/patches"], node_weights()), Model()
    mean, sigma2 = model.encoder.in_training(*graph)[:2] if mode == "train" else model.encoder(*graph)
    assert_close(mean, recording()[f"{mode}/mu"])
    assert_close(sigma2, np.exp(recording()[f"{mode}/log_sigma2"]))


def test_moving_statistics_after_a_pass_equal_the_recording(passes):
    for name, found in zip(RUNNING, passes["train"]["moved"], strict=True):
        assert_close(found, recording()[f"train/running/{name.replace('running_', '')}"])
    assert passes["eval"]["moved"] == []


@WITH_BOTH_MODES
def test_the_decoder_s_outputs_and_states_equal_the_recording(passes, mode):
    found = passes[mode]
    assert_close(found["raw"], recording()[f"{mode}/raw"][..., COLUMNS])
    names = ("final",) if mode == "train" else ("initial", "final")  # the initial states are recorded once
    for name in names:
        for part, values in zip("ch", tf.split(found[name], 2, axis=-1), strict=True):
            assert_close(values, recording()[f"{mode}/{name}_{part}"])


@WITH_BOTH_MODES
@pytest.mark.parametrize("name", ("pi", "mu_x", "mu_y", "sigma_x", "sigma_y", "rho", "pen"))
def test_parameters_of_the_next_stroke_equal_the_recording(passes, mode, name):
    expected = recording()[f"{mode}/{name}"]
    assert_close(getattr(stroke_mixture(passes[mode]["raw"]), name)[: len(expected)], expected)


@WITH_BOTH_MODES
def test_losses_in_their_form_equal_the_recording(passes, mode):
    offset, pen = passes[mode]["losses"]
    found = {"LS": offset, "LP": pen, "LR": offset + pen}
    for name, value in found.items():
        np.testing.assert_allclose(value, recording()[f"{mode}/{name}"], rtol=1e-5)


def parts(values: dict) -> dict[str, list]:
    """The program's two optimizers, and what they have of values by name."""
    return {part: [name for name in values if name.startswith(part)] for part in ("encoder", "decoder")}


def norm_of(arrays) -> float:
    return float(np.sqrt(sum(np.square(array.astype(np.float64)).sum() for array in arrays)))


@WITH_BOTH_MODES
def test_gradients_equal_the_recording(passes, mode):
    found, prefix = passes[mode]["gradients"], f"{mode}/grad/"
    expected = {key.removeprefix(prefix): value for key, value in recording().items() if key.startswith(prefix)}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert_summary_close(found[name], value, GRADIENT_TOLERANCE, name, floor=1e-9)
    for part, names in parts(found).items():
        norm = norm_of(found[name] for name in names)
        np.testing.assert_allclose(norm, recording()[f"{mode}/grad_norm/{part}"], rtol=1e-4)


# Training.


class Adam:
    """PyTorch's, in NumPy."""

    def __init__(self) -> None:
        self.moments, self.updates = {}, 0

    def step(self, weights: dict, gradients: dict, rate: float) -> None:
        """Changes weights in place."""
        self.updates += 1
        for name, gradient in gradients.items():
            first, second = self.moments.get(name, (0, 0))
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
            self.moments[name] = first, second
            spread = np.sqrt(second / (1 - 0.999**self.updates)) + 1e-8
            weights[name] = weights[name] - rate * first / (1 - 0.9**self.updates) / spread


def test_three_updates_equal_the_recording():
    model, weights, optimizers = Model(), recorded_weights(), {"encoder": Adam(), "decoder": Adam()}
    training = Pass(model, True)
    for update in range(UPDATES):
        found = training()
        np.testing.assert_allclose(sum(found["losses"]), recording()["updates/LR"][update], rtol=1e-5)
        for part, names in parts(found["gradients"]).items():
            gradients = {name: found["gradients"][name] for name in names}
            share = min(1, CLIP / (norm_of(gradients.values()) + 1e-6))
            gradients = {name: gradient * share for name, gradient in gradients.items()}
            optimizers[part].step(weights, gradients, recording()["updates/lr"][update])
        weights |= dict(zip(RUNNING, (value.numpy() for value in found["moved"]), strict=True))
        model.assign(weights)
    for name, values in weights.items():
        assert_summary_close(values, recording()[f"updates/after/{name}"], VARIABLE_TOLERANCE, name)


# Sketches.


def test_greedy_sketches_equal_the_recording():
    expected = recording()["eval/greedy"]
    assert_close(greedy_strokes(Model().decoder, recording()["eval/z"], expected.shape[1]), expected)


@pytest.mark.parametrize("temperature", ("0.2", "0.5", "1.0"))
def test_the_program_s_temperature_is_ours_of_floored_probabilities_and_its_square_root_for_the_spread(temperature):
    found, whole = recording(), recording()["temperature/1.0/cov"]
    logits = {name: tf.math.log(FLOOR + tf.constant(found[f"temperature/in_{name}"])) for name in ("pi", "pen")}
    deviations = np.sqrt(np.diag(whole))
    spread = (np.log(deviation) * np.ones(20) for deviation in deviations)
    rho = np.arctanh(whole[0, 1] / deviations.prod()) * np.ones(20)
    values = logits["pen"], logits["pi"], np.zeros(20), np.zeros(20), *spread, rho
    params = StrokeMixture(*(tf.cast(value, tf.float32) for value in values))
    key = f"temperature/{temperature}"
    assert_close(pen_distribution(params, float(temperature)).probs_parameter(), found[f"{key}/pen"])
    offsets = offset_distribution(params, float(temperature))
    assert_close(offsets.mixture_distribution.probs_parameter(), found[f"{key}/pi"])
    offsets = offset_distribution(params, float(temperature) ** 0.5)
    assert_close(offsets.components_distribution.covariance()[0], found[f"{key}/cov"])
