"""Training runs as a user starts them: their end, their interruption and what they leave behind."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from own_lines import strange_lines
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_runs import SMALL, STEPS, assert_same_state, run_script, step_of, variables, wait_for

from ia_pix2seq_tf import load_model
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.data.pipeline import eval_batches, load_data
from ia_pix2seq_tf.loading import load_checkpoint
from ia_pix2seq_tf.training.loop import Loop
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train
from ia_pix2seq_tf.training.trainer import Trainer


def test_a_run_honours_num_steps_and_leaves_model_config_and_sheet(whole_run):
    assert step_of(whole_run) == STEPS
    config = json.loads((whole_run / "model_config.json").read_text())
    assert config["dec_rnn_size"] == 8 and config["max_seq_len"] > 30
    assert (whole_run / "sketches.png").read_bytes().startswith(b"\x89PNG")
    model = load_model(whole_run)
    assert model.hps.categories == ["bus", "flower"]
    assert len(model.generate(np.zeros((3, 4)), seed=1)) == 3


def test_a_loaded_model_has_the_loss_that_its_run_reported(whole_run):
    model = load_model(whole_run)
    trainer = Trainer(model)
    data = load_data("demo", model.hps)
    losses = [
        float(trainer.eval_step(batch["images"], batch["sequences"], index)["lil_loss"])
        for index, batch in enumerate(eval_batches(data.valid, data, model.hps), 1)
    ]
    best = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(whole_run / "best")))
    reported = best.get_tensor("progress/best_loss/.ATTRIBUTES/VARIABLE_VALUE")
    np.testing.assert_allclose(np.mean(losses), reported, rtol=1e-5)


def test_a_checkpoint_holds_every_weight_of_the_model_by_name(whole_run):
    model = load_model(whole_run)
    saved = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(whole_run / "best")))
    names = [n for n in saved.get_variable_to_shape_map() if n.startswith("weights/")]
    assert len(names) == len(model.trainable_variables) + 3
    for name, variable in native.weights(model).items():
        key = "weights/" + name.replace("/", ".S") + "/.ATTRIBUTES/VARIABLE_VALUE"
        np.testing.assert_array_equal(variable.numpy(), saved.get_tensor(key), err_msg=name)


def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(whole_run, tmp_path):
    hparams = f"{SMALL},num_steps={STEPS}"
    process = run_script(tmp_path, hparams)
    wait_for(lambda: (tmp_path / "latest" / "checkpoint").exists(), process)
    process.kill()
    process.communicate()
    assert step_of(tmp_path) < STEPS
    assert train(Options(tmp_path, "demo", hparams))
    assert_same_state(tmp_path, whole_run)


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM))
def test_a_stopped_run_saves_says_how_to_resume_and_resumes(number, tmp_path):
    process = run_script(tmp_path, f"{SMALL},save_every=1000")
    wait_for(lambda: (tmp_path / "latest" / "checkpoint").exists(), process)
    process.send_signal(number)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 0, messages
    assert f"{number.name}: saved at step" in messages and "resumes" in messages
    assert strange_lines(messages) == []
    step = step_of(tmp_path)
    assert train(Options(tmp_path, "demo", f"num_steps={step + 1}"))
    assert step_of(tmp_path) == step + 1


def test_a_stop_in_the_last_step_of_an_epoch_or_of_all_loses_no_validation(whole_run, tmp_path, monkeypatch):
    for step in (3, STEPS):
        monkeypatch.setattr(Loop, "stopping", lambda loop, step=step: loop.trainer.step == step)
        assert train(Options(tmp_path, "demo", f"{SMALL},num_steps={STEPS}")) == (step == STEPS)
    assert_same_state(tmp_path, whole_run)


def test_a_run_that_stopped_within_an_epoch_resumes_with_larger_batches(tmp_path, monkeypatch):
    assert train(Options(tmp_path, "demo", f"{SMALL},num_steps=5"))
    monkeypatch.setattr(Loop, "run", lambda loop: False)  # it ends before anything is saved
    assert not train(Options(tmp_path, "demo", "num_steps=7,batch_size=20"))
    monkeypatch.undo()
    assert train(Options(tmp_path, "demo", "num_steps=7"))


@pytest.mark.parametrize(
    ("hparams", "message"),
    [
        ("categories=[bus]", r"categories was \['bus', 'flower'\] and is \['bus'\]"),
        ("num_per_category=12", "num_per_category was 15 and is 12"),
        ("system=rpcl", "a checkpoint of system=ia, expected one of system=rpcl"),
    ],
)
def test_a_run_does_not_go_on_as_another(hparams, message, finished_run):
    before = variables(finished_run)
    with pytest.raises(ValueError, match=message):
        train(Options(finished_run, "demo", f"num_steps={STEPS + 3},{hparams}"))
    after = variables(finished_run)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_other_categories_can_be_accepted_and_the_best_loss_is_theirs(finished_run):
    hparams = f"num_steps={STEPS + 3},categories=[flower,bus]"
    assert train(Options(finished_run, "demo", hparams, accept_changed_data=True))
    assert step_of(finished_run) == STEPS + 3


@pytest.mark.parametrize("name", ["weights.npz", "saved_model.pb"])
def test_a_model_that_cannot_be_trained_is_left_as_it_is(name, tmp_path):
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match="which no training goes on from: choose another --log_root"):
        train(Options(tmp_path, "demo", SMALL))
    with pytest.raises(ValueError, match="a model of the package"):
        train(Options("pretrained:doodles", "demo", SMALL))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_pixels_of_which_the_encoder_would_see_nothing_are_refused(tmp_path):
    with pytest.raises(ValueError, match="png_width: found 16.* expected at least 32"):
        train(Options(tmp_path, "demo", f"{SMALL},png_width=16"))


def test_five_validations_without_improvement_end_the_training(tmp_path):
    frozen = "learning_rate=1e-15,min_learning_rate=1e-15"
    assert train(Options(tmp_path, "demo", f"{SMALL},{frozen}"))
    values = variables(tmp_path)
    assert step_of(tmp_path) == 3, "the best checkpoint is the first one, after one epoch"
    assert values["progress/stalls/.ATTRIBUTES/VARIABLE_VALUE"] == 5
    assert values["reloads/.ATTRIBUTES/VARIABLE_VALUE"] == 5
    assert train(Options(tmp_path, "demo")), "a run that has ended stays ended"
    assert step_of(tmp_path) == 3


def test_a_non_finite_loss_stops_the_run_and_keeps_the_last_good_checkpoint(finished_run):
    before = variables(finished_run)
    process = run_script(finished_run, f"num_steps={STEPS + 9},learning_rate=1e30")
    _, messages = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"step {STEPS + 2}:" in messages and "total_loss" in messages and "Traceback" not in messages
    after = variables(finished_run)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    with np.load(finished_run / "non_finite_batch.npz") as batch:
        assert batch["images"].shape == (10, 48, 48)


def test_a_checkpoint_that_a_training_replaces_while_it_is_read_gives_the_new_one(finished_run, monkeypatch):
    best = finished_run / "best"
    old = native.newest(finished_run, native.BEST)
    new = old[: old.rindex("-")] + "-999"
    restore = native.restore_model

    def replaced_meanwhile(model, prefix):
        for path in best.glob(f"{Path(old).name}.*"):
            path.rename(best / path.name.replace(Path(old).name, Path(new).name))
        restore(model, prefix)

    monkeypatch.setattr(native, "restore_model", replaced_meanwhile)
    model, prefix, step = load_checkpoint(finished_run)
    assert str(prefix) == new and step == step_of(finished_run)
    values = tf.train.load_checkpoint(new).get_tensor("weights/latent.Smu/.ATTRIBUTES/VARIABLE_VALUE")
    np.testing.assert_array_equal(model.latent_mu.numpy(), values)


def test_resume_training_false_keeps_the_earlier_run(finished_run):
    earlier = variables(finished_run)
    assert train(Options(finished_run, "demo", f"{SMALL},num_steps=3,seed=9", resume_training=False))
    kept = variables(finished_run / "previous-1")
    assert all(np.array_equal(earlier[name], kept[name]) for name in earlier)
    assert load_model(finished_run / "previous-1").hps.seed == 1234
    assert load_model(finished_run).hps.seed == 9


def test_tensorboard_shows_losses_mixture_and_sketches(whole_run):
    terms = ("total_loss", "alpha_loss", "gaussian_loss", "lil_loss", "de_loss", "kl_weight", "learning_rate")
    expected = {f"loss/{term}" for term in (*terms, "gradient_norm", "sketches_per_second")}
    expected |= {"latent/living_components", "latent/alpha_entropy", "hparams"}
    assert expected <= tags(whole_run / "train")
    assert all(tags(whole_run / f"train/component_0{k}") == {"latent/alpha"} for k in range(2))
    assert {"loss/lil_loss", "original_pixels_generated", "original_generated"} <= tags(whole_run / "valid")
    assert "loss/lil_loss" in tags(whole_run / "test")


def tags(directory) -> set[str]:
    return set(EventAccumulator(str(directory)).Reload().Tags()["tensors"])


def test_a_checkpoint_of_another_size_is_refused_naming_variable_and_shapes(finished_run):
    with pytest.raises(CheckpointError) as error:
        train(Options(finished_run, "demo", "dec_rnn_size=9"))
    message = str(error.value)
    assert str(finished_run) in message
    assert "variable decoder/cell/kernel has shape [9, 32], expected [9, 36]" in message


def test_a_truncated_checkpoint_is_refused(finished_run):
    (data,) = (finished_run / "best").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="best"):
        load_model(finished_run)


def test_unworkable_values_are_refused_all_at_once_before_any_work(tmp_path):
    process = run_script(tmp_path / "run", "batch_size=0,dec_model=gru")
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "batch_size" in messages and "dec_model" in messages and "Traceback" not in messages
    assert not (tmp_path / "run").exists()
