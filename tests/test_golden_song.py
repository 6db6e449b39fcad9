"""The loss of Song et al. equals the recording of the published loss functions: terms, gradients, total."""

import numpy as np
import pytest
import tensorflow as tf
from reference import assert_close, golden

from ia_pix2seq_tf import HParams, losses
from ia_pix2seq_tf.latent import Posterior
from ia_pix2seq_tf.systems import build
from ia_pix2seq_tf.systems.parts import Batch

RECORDING = {name: np.float32(value) for name, value in golden("systems/song").items() if name != "in/tasks"}
SKETCHES, TIME = RECORDING["in/targets"].shape[:2]
WIDTH, Z_SIZE = RECORDING["in/images"].shape[1], RECORDING["in/mean"].shape[-1]
TASKS = ("p2s", "s2p", "p2p", "s2s")  # in the order of the recording
PATHS = ("p2s", "p2p", "s2p", "s2s")  # in that of the codes: those of images, those of strokes
STROKES, PIXELS = ("p2s", "s2s"), ("s2p", "p2p")
GRADIENT_TOLERANCE = 1e-5


class RecordedDraw:
    """Draws from a code, all entries of which are its path's number, what was recorded of that path."""

    def __init__(self):
        self.drawn = {task: tf.constant(RECORDING[f"in/raw_{task}"]) for task in STROKES}
        self.drawn |= {task: tf.constant(RECORDING[f"in/pixels_{task}"]) for task in PIXELS}

    def sequence_loss(self, z: tf.Tensor, padding: bool | None = None) -> tf.Tensor:
        assert padding is True, "the pen's cross-entropy counts every step, in evaluation too"
        return losses.sequence_loss(self.of(z), tf.constant(RECORDING["in/targets"]), padding)

    def pixels(self, z: tf.Tensor) -> tf.Tensor:
        return self.of(z)[..., None]

    def of(self, z: tf.Tensor) -> tf.Tensor:
        assert z.shape == (SKETCHES, Z_SIZE)
        return self.drawn[PATHS[int(z[0, 0])]]


def of_paths(name: str) -> tf.Tensor:
    """What was recorded of each task, `[tasks, batch, z_size]`, as training has it: paths side by side."""
    return tf.concat([RECORDING[f"in/{name}"][TASKS.index(path)] for path in PATHS], axis=1)


@pytest.fixture(scope="module")
def found():
    """The terms, and the gradients of their total by what was drawn, by the means and by the log variances."""
    hps = HParams(system="song", png_width=WIDTH, z_size=Z_SIZE, max_seq_len=TIME, dec_model="lstm", dec_rnn_size=4)
    system, draw = build(hps), RecordedDraw()
    start = np.zeros((SKETCHES, 1, 5), np.float32)
    batch = Batch(tf.constant(RECORDING["in/images"]), tf.concat([start, RECORDING["in/targets"]], axis=1))
    z = tf.constant(np.repeat(np.arange(len(PATHS), dtype=np.float32), Z_SIZE)[None].repeat(SKETCHES, axis=0))
    mean, log_sigma2 = of_paths("mean"), of_paths("log_sigma2")
    with tf.GradientTape() as tape:
        tape.watch((draw.drawn, mean, log_sigma2))
        terms = system.terms(batch, Posterior(mean, tf.exp(log_sigma2)), z, None, draw, tf.constant(0))
        total = tf.add_n([term.value * term.weight for term in terms.values()])
    return terms, total, tape.gradient(total, (draw.drawn, mean, log_sigma2))


@pytest.mark.parametrize("task", TASKS)
def test_each_reconstruction_equals_the_recording(found, task):
    term = found[0][f"{task}_cost"]
    np.testing.assert_allclose(term.value, RECORDING[f"{task}/reconstruction"], rtol=1e-5)
    assert term.weight == 1


@pytest.mark.parametrize("task", STROKES)
def test_the_loss_of_each_step_equals_the_recording(task):
    """Of each step as a sequence of its own."""
    targets = tf.reshape(RECORDING["in/targets"], (-1, 1, 1, 5))
    raw = tf.reshape(RECORDING[f"in/raw_{task}"], (len(targets), 1, 1, -1))
    steps = tf.vectorized_map(lambda step: losses.sequence_loss(*step, training=True), (raw, targets))
    expected = RECORDING[f"{task}/pen_per_step"] + RECORDING[f"{task}/offset_per_step"]
    assert_close(steps, expected.ravel(), 1e-5)


@pytest.mark.parametrize("task", STROKES)
def test_gradients_by_the_decoder_s_output_equal_the_recording(found, task):
    assert_close(found[2][0][task], RECORDING[f"{task}/grad"], GRADIENT_TOLERANCE)


@pytest.mark.parametrize("task", PIXELS)
def test_gradients_by_the_pixels_have_the_recorded_norm(found, task):
    np.testing.assert_allclose(tf.norm(found[2][0][task]), RECORDING[f"{task}/grad_norm"], rtol=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_each_divergence_equals_the_recording(task):
    mean, log_sigma2 = (RECORDING[f"in/{name}"][TASKS.index(task)] for name in ("mean", "log_sigma2"))
    free = losses.normal_kl(mean, tf.exp(log_sigma2))
    np.testing.assert_allclose(free, RECORDING[f"{task}/kl_free"], rtol=1e-5)
    np.testing.assert_allclose(losses.at_least(free, RECORDING["weights"][2]), RECORDING[f"{task}/kl"], rtol=1e-5)


def test_divergences_are_summed_and_weighted_as_in_the_recording(found):
    term = found[0]["paths_kl"]
    np.testing.assert_allclose(term.value, sum(RECORDING[f"{task}/kl"] for task in TASKS), rtol=1e-5)
    np.testing.assert_allclose(term.weight, RECORDING["weights"][1], rtol=1e-6)


def test_gradients_of_the_divergences_equal_the_recording_and_are_zero_below_the_floor(found):
    for gradients, name in zip(found[2][1:], ("mean", "log_sigma2"), strict=True):
        for path, gradient in zip(PATHS, tf.split(gradients, len(PATHS), axis=1), strict=True):
            expected = RECORDING[f"{path}/kl_grad_{name}"]
            assert np.any(expected) == (path in PIXELS), "the others are below the floor"
            assert_close(gradient / found[0]["paths_kl"].weight, expected, GRADIENT_TOLERANCE)


def test_the_total_equals_the_recording(found):
    np.testing.assert_allclose(found[1], RECORDING["total"], rtol=1e-5)
