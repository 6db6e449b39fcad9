"""IA-pix2seq+ and what it shares with SketchHealer: pixels as a setting, variances, moving statistics in a training."""

import numpy as np
import pytest
import tensorflow as tf
from graph_inputs import random_graphs
from saved_models import save_model

from ia_pix2seq_tf import HParams, IAPix2Seq, load_model
from ia_pix2seq_tf.checkpoints import native, packed
from ia_pix2seq_tf.data.npz import read_npz
from ia_pix2seq_tf.export.functions import parts
from ia_pix2seq_tf.inference import Scale
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.trainer import Trainer
from ia_pix2seq_tf.web import describe

BATCH, TIME, Z_SIZE = 3, 6, 4
SIZES = "dec_model=lstm,dec_rnn_size=8,z_size=4,batch_size=3,max_seq_len=6,num_mixture=2,jit_compile=False"


def model_of(system: str, extra: str = "") -> IAPix2Seq:
    hps = HParams(system=system, categories=["cat"], num_per_category=6)
    return IAPix2Seq(hps.parse(f"{SIZES},{extra}".strip(",")))


def batch_of(model: IAPix2Seq, size: int = BATCH, filled: int = 4) -> dict:
    """All fields of a batch; None for those that a model has no use for."""
    rng = np.random.default_rng(0)
    sequences = np.zeros((size, TIME + 1, 5), np.float32)
    sequences[:, 1:, :2], sequences[..., 2] = rng.normal(size=(size, TIME, 2)), 1
    images = rng.uniform(-1, 1, (size, 48, 48)).astype(np.float32)
    made = {"images": images, "sequences": sequences, **random_graphs(size, rng, filled)}
    return Batch.of({name: made[name] for name in model.system.fields})._asdict()


def statistics(model: IAPix2Seq) -> list[np.ndarray]:
    return [variable.numpy() for variable in model.system.moving]


@pytest.fixture(params=("sketch_healer", "ia_plus"))
def model(request):
    return model_of(request.param)


# What is drawn.


def test_pixels_are_a_setting_and_off():
    without, drawn = model_of("ia_plus"), model_of("ia_plus", "pixel_decoder=True")
    assert without.system.fields == ("sequences", "patches", "node_weights")
    assert drawn.system.fields == ("images", *without.system.fields)
    terms = [set(each.compute_losses(**batch_of(each))) for each in (without, drawn)]
    assert terms[1] - terms[0] == {"de_loss"}
    with pytest.raises(ValueError, match=r"IA-pix2seq\+ draws strokes only"):
        without.decode_pixels(np.zeros((1, Z_SIZE)))
    assert drawn.decode_pixels(np.zeros((1, Z_SIZE))).shape == (1, 48, 48, 1)


@pytest.mark.parametrize(("objective", "lowest"), (("program", 0.1), ("paper", 0.0)))
def test_the_variance_has_the_bounds_of_the_objective(objective, lowest):
    model = model_of("ia_plus", f"objective={objective}")
    model.encoder.variance.bias.assign(np.full(Z_SIZE, -20.0))
    sigma2 = model.encode(*random_graphs(2, np.random.default_rng(0)).values())[1]
    np.testing.assert_allclose(sigma2, lowest, atol=1e-5)


def test_the_page_of_a_model_that_reads_graphs_cuts_them_of_strokes(model):
    found = describe.describe(model, parts(model, None), Scale(20.0, "model"), None)
    assert (found["reads"], found["encoder_reads"]) == (["sequences"], "sequences")
    assert found["files"]["cutter"] == "model/graph_cutter.onnx"
    can = {name for name, possible in found["can"].items() if possible}
    assert can == {"encode", "redraw", "continue", "interpolate", "dream"} | (
        {"components"} if model.latent.k else set()
    )


# Moving statistics.


def test_losses_assign_nothing_and_a_step_assigns_once_what_they_propose(model):
    batch, before = batch_of(model), statistics(model)
    chance = model.chance(Batch.of(batch), True, (0, 0))
    moved = model.losses(Batch.of(batch), chance, tf.constant(0), True).moved
    model.compute_losses(**batch)
    for value, old in zip(statistics(model), before, strict=True):
        np.testing.assert_array_equal(value, old)
    Trainer(model).train_step(**batch)
    for value, expected in zip(statistics(model), moved, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


def test_validation_assigns_nothing_and_sees_the_moving_statistics(model):
    trainer, batch = Trainer(model), batch_of(model)
    found = [float(trainer.eval_step(**batch)["lil_loss"]) for _ in range(2)]
    assert found[0] == found[1] and trainer.step == 0
    before = model.encode(batch["patches"], batch["node_weights"])[0]
    for variable in model.system.moving:
        variable.assign(variable + 1)
    assert float(trainer.eval_step(**batch)["lil_loss"]) != found[0]
    assert np.abs(model.encode(batch["patches"], batch["node_weights"])[0] - before).max() > 1e-3


def test_moving_statistics_are_saved_with_the_weights_in_full_precision(model, tmp_path):
    names = [name for name in native.weights(model) if "moving" in name]
    assert len(names) == len(model.system.moving) == 4
    Trainer(model).train_step(**batch_of(model))
    packed.write(model, tmp_path)
    arrays = read_npz(tmp_path / packed.FILE_NAME, names)
    twin = load_model(save_model(tmp_path / "run", model))
    for name in names:
        np.testing.assert_array_equal(arrays[name], native.weights(model)[name])
        np.testing.assert_array_equal(native.weights(twin)[name], native.weights(model)[name])


@pytest.mark.parametrize(("size", "filled"), ((1, 4), (1, 0), (BATCH, 0)))
def test_training_on_one_sketch_or_on_empty_graphs_stays_finite(model, size, filled):
    model.hps.batch_size = size
    trainer = Trainer(model)
    for _ in range(3):
        scalars = trainer.train_step(**batch_of(model, size, filled))
        assert all(np.isfinite(value) for value in scalars.values())
    assert all(np.isfinite(weight).all() for weight in model.weights)
    assert np.isfinite(trainer.eval_step(**batch_of(model, size, filled))["total_loss"])
