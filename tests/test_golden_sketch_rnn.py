"""sketch-rnn and sketch-pix2seq as whole models equal the recordings of their TF1 programs: losses, schedules,
gradients, updates, sketches.
"""

import numpy as np
import pytest
import tensorflow as tf
from recorded_strokes import drawn_strokes, greedy_strokes
from reference import (
    SKETCH_RNN_RECORDINGS,
    assert_close,
    assert_summary_close,
    formula_weight,
    golden,
    recorded_batch,
    recorded_shapes,
    recorded_sketch_rnn,
)

from ia_pix2seq_tf.losses import sequence_loss
from ia_pix2seq_tf.strokes import to_strokes
from ia_pix2seq_tf.training.trainer import Trainer

LOSS_TOLERANCE, GRADIENT_TOLERANCE, VARIABLE_TOLERANCE, MOVE_TOLERANCE = 1e-4, 2e-3, 1e-3, 2e-2
SMALL_COST_TOLERANCE = 5e-4  # of a KL divergence of 0.005, of which the stated 1e-4 of 1 + the value would be 2%
SCHEDULED = (0, 1, 2, 500, 10_000, 20_000, 100_000)
UPDATES = 3
NO_CHANCE = (0, 0)  # a seed of which nothing is drawn: noise is given, dropout is off
COMPILED = ("sketchrnn_lstm", "sketchrnn_uncond")  # under XLA, which takes a minute to compile the others
TERMS = {
    "sketchrnn_lstm": ("r_cost", "kl_cost", "kl_weight"),
    "sketchrnn_hyper": ("r_cost", "kl_cost", "kl_weight"),
    "sketchrnn_uncond": ("r_cost",),
    "sketchpix2seq": ("r_cost",),
}
COLUMNS = {
    **dict.fromkeys(SKETCH_RNN_RECORDINGS[:3], ("total_loss", "r_cost", "kl_cost", "learning_rate", "kl_weight")),
    "sketchpix2seq": ("total_loss", "r_cost", "learning_rate"),
}
"""What the recordings of training list before each update."""


class Recorded:
    """A recording with its model, and its losses and gradients as graphs: these are several times as fast as eager."""

    def __init__(self, name: str, **changes):
        self.name, self.recording = name, golden(f"systems/{name}")
        self.model = recorded_sketch_rnn(self.recording, jit_compile=name in COMPILED, **changes)
        self.batch = {k: v if v is None else tf.constant(v) for k, v in recorded_batch(self.recording).items()}
        self.graphs = [tf.function(f, autograph=False) for f in (self._losses, self._gradients)]

    def losses(self, step: int = 0, training: bool = True) -> dict[str, tf.Tensor]:
        return self.graphs[0](tf.constant(step), training)

    def gradients(self, step: int) -> dict[str, np.ndarray]:
        """Of the total, by TF1 name."""
        return self.by_name(self.graphs[1](tf.constant(step)))

    def _losses(self, step, training):
        return self.model.compute_losses(**self.batch, step=step, training=training, seed=NO_CHANCE)

    def _gradients(self, step):
        with tf.GradientTape() as tape:
            total = self._losses(step, True)["total_loss"]
        zero = tf.UnconnectedGradients.ZERO
        return tape.gradient(total, self.model.trainable_variables, unconnected_gradients=zero)

    def by_name(self, values) -> dict[str, np.ndarray]:
        """Values in the order of the trainable variables, by TF1 name."""
        index = {id(variable): i for i, variable in enumerate(self.model.trainable_variables)}
        slots = self.model.tf1_slots()
        arrays = {name: np.asarray(values[index[id(slot.variable)]]) for name, slot in slots.items()}
        return {name: a if slots[name].index is None else a[slots[name].index] for name, a in arrays.items()}


@pytest.fixture(scope="module", params=SKETCH_RNN_RECORDINGS)
def recorded(request):
    return Recorded(request.param)


@pytest.fixture(scope="module", params=SKETCH_RNN_RECORDINGS[:2])
def below_tolerance(request):
    """Where the KL divergence is below its floor."""
    return Recorded(request.param, kl_tolerance=float(golden(f"systems/{request.param}")["tol/kl_tolerance"]))


@pytest.mark.parametrize("training", (True, False))
def test_losses_equal_the_recording(recorded, training):
    terms = recorded.losses(training=training)
    assert set(terms) == {*TERMS[recorded.name], "total_loss"}
    for name in {"r_cost", "kl_cost"} & set(terms):
        key = f"out/{name}" if training else f"out/eval_{name}"
        np.testing.assert_allclose(terms[name], recorded.recording[key], rtol=LOSS_TOLERANCE)


@pytest.mark.parametrize("training", (True, False))
def test_the_loss_of_each_step_equals_the_recording(recorded, training):
    """Of each step as a sequence of its own, cut out of the recorded output."""
    recording = recorded.recording
    targets = tf.reshape(recording["in/seqs"][:, 1:], (-1, 1, 1, 5))
    raw = tf.reshape(recording["out/output"], (len(targets), 1, 1, -1))
    found = tf.vectorized_map(lambda step: sequence_loss(*step, training), (raw, targets))
    assert_close(found, tf.reshape(recording["out/step_loss" if training else "out/eval_step_loss"], -1))


def assert_schedules_equal(recorded, prefix: str):
    trainer = Trainer(recorded.model)
    for step in SCHEDULED:
        total, rate, *weight = recorded.recording[f"{prefix}/{step}"]
        terms = recorded.losses(step)
        np.testing.assert_allclose(terms["total_loss"], total, rtol=LOSS_TOLERANCE)
        if "kl_weight" in terms:
            np.testing.assert_allclose(terms["kl_weight"], weight[0], rtol=LOSS_TOLERANCE)
        trainer.optimizer.iterations.assign(step)
        np.testing.assert_allclose(trainer.optimizer.learning_rate, rate, rtol=LOSS_TOLERANCE)


def test_totals_rates_and_weights_equal_the_recording_at_each_step(recorded):
    assert_schedules_equal(recorded, "sched")


def test_totals_equal_the_recording_where_the_kl_divergence_is_below_its_floor(below_tolerance):
    assert_schedules_equal(below_tolerance, "sched_tol")


def assert_gradients_equal(recorded, step: int, prefix: str):
    names = {key.split("/", 1)[1] for key in recorded.recording if key.startswith(f"{prefix}/")}
    assert names == set(recorded_shapes(recorded.recording))
    found = recorded.gradients(step)
    for name in names:
        expected = recorded.recording[f"{prefix}/{name}"]
        assert_summary_close(found[name], expected, GRADIENT_TOLERANCE, name, floor=1e-12)


@pytest.mark.parametrize("step", (0, 20_000))
def test_gradients_equal_the_recording(recorded, step):
    assert_gradients_equal(recorded, step, f"grad{step}")


def test_gradients_equal_the_recording_where_the_kl_divergence_is_below_its_floor(below_tolerance):
    assert_gradients_equal(below_tolerance, 20_000, "grad_tol20000")


# Training.


@pytest.fixture
def as_written():
    """Without TensorFlow's graph optimizer, which reorders sums."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


@pytest.mark.parametrize("suffix", ("", "_clip"))
@pytest.mark.parametrize("name", SKETCH_RNN_RECORDINGS)
def test_three_updates_equal_the_recording(name, suffix, as_written):
    recording = golden(f"systems/{name}")
    clip = {"grad_clip": float(recording["clip/grad_clip"])} if suffix else {}
    recorded = Recorded(name, **clip)
    trainer = Trainer(recorded.model)
    for update in range(UPDATES):
        found = trainer.train_step(**recorded.batch)
        assert_columns_equal(name, found, recording[f"train{suffix}/{update}/losses"])
    assert trainer.step == UPDATES
    found = recorded.losses(UPDATES) | {"learning_rate": trainer.optimizer.learning_rate}
    assert_columns_equal(name, found, recording[f"train{suffix}/{UPDATES}/losses"])
    assert_variables_and_moments_equal(recorded, trainer, suffix)


def assert_columns_equal(name, found, expected):
    for column, value in zip(COLUMNS[name], expected, strict=True):
        if column in found:
            tolerance = SMALL_COST_TOLERANCE if column == "kl_cost" else LOSS_TOLERANCE
            np.testing.assert_allclose(found[column], value, rtol=tolerance, err_msg=column)


def assert_variables_and_moments_equal(recorded, trainer, suffix: str):
    moments = [recorded.by_name(moment) for moment in trainer.moments]
    values = recorded.model.get_tf1_variables()
    for name, shape in recorded_shapes(recorded.recording).items():
        moved = values[name].astype(np.float64) - formula_weight(name, shape)
        for key, found, tolerance in (
            ("after", values[name], VARIABLE_TOLERANCE),
            ("moved", moved, MOVE_TOLERANCE),
            ("moment1", moments[0][name], GRADIENT_TOLERANCE),
            ("moment2", moments[1][name], GRADIENT_TOLERANCE),
        ):
            key = f"{key}{suffix}/{name}"
            assert_summary_close(found, recorded.recording[key], tolerance, key, floor=1e-12)


# Sketches.


def codes(recording, n: int) -> np.ndarray:
    return recording.get("sample/z", np.zeros((n, 0), np.float32))


def test_greedy_sketches_equal_the_recording_beyond_their_end(recorded):
    expected = recorded.recording["sample/greedy"]
    found = greedy_strokes(recorded.model.decoder, codes(recorded.recording, len(expected)), expected.shape[1])
    assert_close(found, expected)


def test_generated_greedy_sketches_equal_the_recording_to_their_end(recorded):
    expected = recorded.recording["sample/greedy"]
    sketches = recorded.model.generate(codes(recorded.recording, len(expected)), max_len=40, greedy=True)
    for found, sequence in zip(sketches, expected, strict=True):
        assert_close(found, to_strokes(sequence))


def test_sketches_of_recorded_chance_equal_the_recording(recorded):
    expected = recorded.recording["sample/drawn"]
    z = codes(recorded.recording, len(expected))
    assert_close(drawn_strokes(recorded.model.decoder, z, recorded.recording), expected)
