"""A training of VaDE: one epoch of pretraining, the start from EM, and what of the pretraining is left after it."""

import logging

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_runs import SMALL, assert_same_state, variables

from ia_pix2seq_tf import load_model
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train
from ia_pix2seq_tf.training.trainer import Trainer

VADE = f"{SMALL},system=vade,mixture_start=2,mixture_init=em,num_steps=12"  # of three steps an epoch
START = 6


def of(root, name: str, part: str = "weights") -> np.ndarray:
    """A variable in the latest checkpoint."""
    return variables(root)[f"{part}/latent.S{name}/.ATTRIBUTES/VARIABLE_VALUE"]


def validated(root, tag: str = "loss/lil_loss") -> list[int]:
    """The steps of the validations that TensorBoard shows."""
    return [event.step for event in EventAccumulator(str(root / "valid")).Reload().Tensors(tag)]


@pytest.fixture(scope="module")
def moments():
    """The largest second moments in the training of `run`, before and after they are forgotten."""
    return []


@pytest.fixture(scope="module")
def run(moments, tmp_path_factory):
    def largest(trainer: Trainer) -> float:
        return max(np.abs(variable).max() for variable in trainer.moments[1])

    def forget(trainer: Trainer) -> None:
        before = largest(trainer)
        original(trainer)
        moments.extend((before, largest(trainer)))

    root, original = tmp_path_factory.mktemp("vade"), Trainer.forget_moments
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "forget_moments", forget)
        assert train(Options(root, "demo", VADE))
    return root


def test_the_prior_starts_after_the_pretraining_and_is_the_best_from_there(run):
    assert of(run, "started_at") == START
    best = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(run / "best")))
    assert best.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE") >= START
    (mark,) = EventAccumulator(str(run / "train")).Reload().Tensors("latent/start")
    assert mark.step == START and b"em" in mark.tensor_proto.string_val[0]


def test_the_pretraining_is_not_validated(run):
    assert validated(run) and min(validated(run)) > START


def test_the_prior_is_trained_from_its_start_on(run):
    before = load_model(run).latent
    assert np.abs(of(run, "logits", "first_moments")).max() > 0
    assert not before.waits and before.params.mu.shape == (2, 4)


def test_no_moment_outlives_the_pretraining(run, moments):
    before, after = moments
    assert before > 0 and after == 0


def test_a_run_that_is_stopped_in_its_pretraining_and_after_its_start_ends_the_same(run, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert train(Options(tmp_path, "demo", VADE.replace("num_steps=12", "num_steps=4")))
    assert "before mixture_start=2 epochs had passed" in caplog.text
    assert of(tmp_path, "started_at") < 0 and not (tmp_path / "best" / "checkpoint").exists()
    model = load_model(tmp_path)
    assert model.latent.waits and len(model.generate(model.latent.sample(2, seed=1)[0], seed=1)) == 2
    for steps in (9, 12):
        assert train(Options(tmp_path, "demo", VADE.replace("num_steps=12", f"num_steps={steps}")))
    assert_same_state(tmp_path, run)


def test_fewer_sketches_than_components_are_refused(tmp_path):
    with pytest.raises(ValueError, match="at least as many training sketches as components, 50, found 30"):
        train(Options(tmp_path, "demo", VADE.replace("num_mixture=2", "num_mixture=50")))


def test_without_pretraining_it_trains_from_random_components_and_is_validated_at_once(tmp_path):
    assert train(Options(tmp_path, "demo", f"{SMALL},system=vade,num_steps=6"))
    assert validated(tmp_path) == [3, 6]
    assert "weights/latent.Sstarted_at/.ATTRIBUTES/VARIABLE_VALUE" not in variables(tmp_path)
