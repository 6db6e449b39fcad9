"""Checkpoints that magenta's sketch-rnn and sketch-pix2seq wrote under TF 1.12: what they hold, what follows from it,
and how training goes on from them, equal the recordings.
"""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from recorded_strokes import drawn_strokes, greedy_strokes
from reference import GOLDEN, assert_close, assert_summary_close, encoded, golden, recorded_batch

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import losses
from ia_pix2seq_tf.checkpoints import tf1
from ia_pix2seq_tf.loading import read_config
from ia_pix2seq_tf.training.run import TF1, prepare
from ia_pix2seq_tf.training.trainer import Trainer

STEPS = {"sketchrnn": 601, "sketchrnn_uncond": 401, "sketchpix2seq": 401}
LOSS_TOLERANCE, VARIABLE_TOLERANCE, MOVE_TOLERANCE = 1e-4, 1e-3, 2e-2
VALIDATION_WEIGHT = {"sketchrnn": 0.1}  # of the KL divergence: the original validates with that of step 0
COLUMNS = {"sketchpix2seq": ("total_loss", "learning_rate")}
ALL_COLUMNS = ("total_loss", "learning_rate", "kl_weight")


class Loaded:
    """A checkpoint's recording and model."""

    def __init__(self, name: str):
        self.name, self.directory = name, GOLDEN / "systems" / name
        self.recording, self.model = golden(f"systems/checkpoint_{name}"), ia.load_model(self.directory)

    @property
    def z(self) -> np.ndarray:
        """The recorded codes; `[12, 0]` where there are none."""
        return self.recording.get("out/batch_z", np.zeros((len(self.recording["in/seqs"]), 0), np.float32))


@pytest.fixture(scope="module", params=STEPS)
def loaded(request):
    return Loaded(request.param)


def json_of(recording, key: str):
    return json.loads(str(recording[key]))


def test_every_tensor_of_the_file_is_read(loaded):
    prefix = next(loaded.directory.glob("*.index")).with_suffix("")
    values = tf1.load_variables(prefix)
    assert {name: list(value.shape) for name, value in values.items()} == json_of(loaded.recording, "names")
    for name, value in values.items():
        assert_summary_close(value, loaded.recording[f"vars/{name}"], 1e-6, name, floor=1e-30)
    for name, scalar in json_of(loaded.recording, "scalars").items():
        np.testing.assert_allclose(values[name], scalar, rtol=1e-6, err_msg=name)


def test_the_model_has_the_sizes_of_its_configuration_and_the_variables_of_the_file(loaded):
    config = json_of(loaded.recording, "config")
    for name in ("dec_model", "dec_rnn_size", "max_seq_len", "conditional", "use_recurrent_dropout", "grad_clip"):
        assert getattr(loaded.model.hps, name) == config[name], name
    for name, value in loaded.model.get_tf1_variables().items():
        assert_summary_close(value, loaded.recording[f"vars/{name}"], 1e-6, name, floor=1e-30)


def test_codes_equal_the_recording(loaded):
    if not loaded.model.reads:
        assert loaded.model.z_size == 0
        return
    mean, variance = encoded(loaded.model, loaded.recording)
    assert_close(mean, loaded.recording["out/mean"])
    assert_close(tf.math.log(variance), loaded.recording["out/presig"])
    assert_close(loaded.model.reparameterize(mean, variance, loaded.recording["in/eps"]), loaded.z)
    if "out/kl_raw" in loaded.recording:
        np.testing.assert_allclose(losses.normal_kl(mean, variance), loaded.recording["out/kl_raw"], rtol=1e-4)


def test_the_decoder_equals_the_recording(loaded):
    expected = loaded.recording["out/output"]
    assert_close(loaded.model.decoder.initial_state(loaded.z), loaded.recording["out/initial_state"])
    assert_close(loaded.model.decode(loaded.z, loaded.recording["in/seqs"][:, : expected.shape[1]]), expected)


def test_losses_equal_the_recording(loaded):
    recording, batch = loaded.recording, recorded_batch(loaded.recording)
    calm = ia.IAPix2Seq(dataclasses.replace(loaded.model.hps, use_recurrent_dropout=False))
    calm.set_tf1_variables(loaded.model.get_tf1_variables())
    in_training, in_evaluation = (calm.compute_losses(**batch, training=training) for training in (True, False))
    np.testing.assert_allclose(in_training["r_cost"], recording["out/train_r_cost"], rtol=LOSS_TOLERANCE)
    np.testing.assert_allclose(in_evaluation["r_cost"], recording["out/r_cost"], rtol=LOSS_TOLERANCE)
    validated = in_training["r_cost"]
    if "kl_cost" in in_training:
        np.testing.assert_allclose(in_training["kl_cost"], recording["out/kl_cost"], rtol=LOSS_TOLERANCE)
        validated += VALIDATION_WEIGHT[loaded.name] * in_training["kl_cost"]
    np.testing.assert_allclose(validated, recording["out/valid_cost"], rtol=LOSS_TOLERANCE)


def test_greedy_sketches_equal_the_recording(loaded):
    expected = loaded.recording["sample/greedy"]
    z = loaded.recording.get("out/mean", loaded.z)[: len(expected)]
    assert_close(greedy_strokes(loaded.model.decoder, z, expected.shape[1]), expected)


def test_sketches_of_recorded_chance_equal_the_recording(loaded):
    expected = loaded.recording["sample/drawn"]
    z = loaded.recording.get("out/mean", loaded.z)[: len(expected)]
    assert_close(drawn_strokes(loaded.model.decoder, z, loaded.recording), expected)


@pytest.mark.parametrize("name", STEPS)
def test_two_resumed_updates_equal_the_recording(name, tmp_path):
    directory = shutil.copytree(GOLDEN / "systems" / name, tmp_path / name)
    hps = dataclasses.replace(read_config(directory), use_recurrent_dropout=False, jit_compile=False)
    trainer, _ = prepare(directory, hps, TF1, tf.distribute.get_strategy())
    assert trainer.step == STEPS[name]
    recording, before = golden(f"systems/checkpoint_{name}"), trainer.model.get_tf1_variables()
    batch = {key: value if value is None else tf.constant(value) for key, value in recorded_batch(recording).items()}
    for expected in recording["resume/losses"]:
        found = trainer.train_step(**batch)
        for column, value in zip(COLUMNS.get(name, ALL_COLUMNS), expected, strict=True):
            if column in found:
                np.testing.assert_allclose(found[column], value, rtol=LOSS_TOLERANCE, err_msg=column)
    for variable, value in trainer.model.get_tf1_variables().items():
        moved = value.astype(np.float64) - before[variable]
        expected = (recording[f"{kind}/{variable}"] for kind in ("resume_after", "resume_moved"))
        for found, wanted, limit in zip((value, moved), expected, (VARIABLE_TOLERANCE, MOVE_TOLERANCE), strict=True):
            assert_summary_close(found, wanted, limit, variable, floor=1e-12)


def test_the_schedules_of_the_recorded_curve_are_ours(loaded):
    """Its costs are those of one unseeded run, and bind nobody; they fall."""
    curve, trainer = json_of(loaded.recording, "curve"), Trainer(loaded.model)
    for step, rate, *rest in curve["train"]:
        trainer.optimizer.iterations.assign(int(step))
        np.testing.assert_allclose(trainer.optimizer.learning_rate, rate, rtol=0, atol=6e-7)
        if loaded.name == "sketchrnn":
            terms = loaded.model.compute_losses(None, loaded.recording["in/seqs"][:1, :3], step=int(step))
            np.testing.assert_allclose(terms["kl_weight"], rest[0], rtol=0, atol=6e-5)
    for split in ("valid", "test"):
        costs = [cost for cost, *_ in curve[split]]
        assert costs == sorted(costs, reverse=True)
