"""A latent mixture that starts late: where it begins, what it does until then, and that nothing of it is lost."""

import logging

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_runs import SMALL, assert_same_state, run_script, variables, wait_for
from twins import WITH_BOTH_MIXTURES, Z_SIZE, Batch, K, random_parameters

from ia_pix2seq_tf import HParams, IAPix2Seq, load_model
from ia_pix2seq_tf.latent import LatentGMM, Posterior
from ia_pix2seq_tf.latent.byy import HarmonyLearning
from ia_pix2seq_tf.latent.rpcl import RivalPenalisedLearning
from ia_pix2seq_tf.latent.start import INITS, kmeans
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train

RULES = {"ia": HarmonyLearning(), "rpcl": RivalPenalisedLearning()}
WITH_BOTH_INITS = pytest.mark.parametrize("init", INITS)
LATE = f"{SMALL},mixture_start=2,warm_up_decay=0.9,num_steps=12"  # of three steps an epoch
START = 6
STARTED_AT = "weights/latent.Sstarted_at/.ATTRIBUTES/VARIABLE_VALUE"


def blobs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes of three clusters of 10, 30 and 60, their variances, and the clusters' centres in the order of size."""
    rng = np.random.default_rng(0)
    centres = np.float32([[9, 0], [0, 9], [-9, -9]])
    labels = np.repeat([0, 1, 2], (10, 30, 60))
    mean = centres[labels] + rng.normal(0, (0.5, 2.0), (100, 2))
    return mean.astype(np.float32), rng.uniform(0.1, 0.3, (100, 2)).astype(np.float32), centres


# Where it begins.


@WITH_BOTH_INITS
def test_each_cluster_becomes_a_component_with_the_encoders_variance_on_its_own(init):
    mean, sigma2, centres = blobs()
    params = INITS[init](mean, sigma2, 3, seed=1)
    order = np.argsort(params.alpha.ravel())
    np.testing.assert_allclose(params.alpha[order, 0], [0.1, 0.3, 0.6], atol=1e-6)
    for place, members in zip(order, (slice(0, 10), slice(10, 40), slice(40, 100)), strict=True):
        np.testing.assert_allclose(params.mu[place], mean[members].mean(axis=0), rtol=1e-4)
        expected = mean[members].var(axis=0) + sigma2[members].mean(axis=0)
        np.testing.assert_allclose(params.sigma2[place], expected, rtol=1e-3)
    assert np.abs(params.mu[order] - centres).max() < 2
    assert all(values.dtype == np.float32 for values in params)


@WITH_BOTH_INITS
def test_the_beginning_is_a_function_of_the_seed(init):
    mean, sigma2, _ = blobs()
    first, again = (INITS[init](mean, sigma2, 7, seed=3) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("init", INITS)
def test_drawings_that_occur_several_times_are_no_fault(init):
    rng = np.random.default_rng(0)
    codes = rng.normal(0, 2, (9, 32))[rng.integers(9, size=2000)] + rng.normal(size=(2000, 32))
    codes[:10] = 5 * rng.normal(size=32)
    codes = codes.astype(np.float32)
    found = INITS[init](codes, np.ones_like(codes), 10, 0)
    assert all(np.isfinite(values).all() for values in found)


def test_a_component_that_no_code_is_left_for_has_no_weight_and_finite_values():
    mean = np.repeat(np.float32([[0, 0], [1, 1]]), 5, axis=0)
    params = kmeans(mean, np.full_like(mean, 0.2), 3, seed=1)
    assert sorted(params.alpha.ravel()) == [0, 0.5, 0.5]
    empty = int(np.argmin(params.alpha))
    np.testing.assert_allclose(params.mu[empty], [0.5, 0.5])
    np.testing.assert_allclose(params.sigma2[empty], [0.45, 0.45], rtol=1e-6)


# What it does until then, and from there.


@WITH_BOTH_MIXTURES
def test_until_its_start_the_mixture_stays_as_it_is_and_the_latent_losses_weigh_nothing(system):
    model = small_model(system)
    images, sequences, eps = sketches()
    terms = model.compute_losses(images, sequences, eps, step=700)
    for name, variable in zip(("q_mu", "q_sigma2", "q_alpha"), model.latent.variables, strict=False):
        np.testing.assert_array_equal(terms[name], variable)
    assert float(terms["kl_weight"]) == 0
    pixels = (0.3 if system == "rpcl" else 1.0) * terms["de_loss"]
    np.testing.assert_allclose(terms["total_loss"], terms["lil_loss"] + pixels, rtol=1e-6)


@WITH_BOTH_MIXTURES
def test_from_its_start_on_all_is_as_from_step_0_of_a_mixture_that_does_not_wait(system):
    late, early, batch = (
        LatentGMM(K, Z_SIZE, RULES[system], starts_late=True),
        LatentGMM(K, Z_SIZE, RULES[system]),
        Batch(4),
    )
    late.start(random_parameters(5), 700)
    early.assign(random_parameters(5))
    posterior = Posterior(batch.mean, batch.sigma2)
    for step in (0, 501, 504):  # of rpcl: the first of EM, one of EM, one of RPCL
        np.testing.assert_array_equal(late.warm_up(700 + step), early.warm_up(step))
        found, expected = late.propose(batch.z, posterior, 700 + step), early.propose(batch.z, posterior, step)
        for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
            np.testing.assert_array_equal(one, other)


def test_rate_weight_and_decay_are_those_of_the_hyperparameters():
    images, sequences, eps = sketches()
    plain = small_model("ia", mixture_start=0)
    terms = plain.compute_losses(images, sequences, eps, step=100)
    model = small_model("ia", mixture_start=0, mixture_rate=0.1, latent_weight=2.0, warm_up_decay=0.99)
    changed = model.compute_losses(images, sequences, eps, step=100)
    np.testing.assert_allclose(changed["kl_weight"], 1 - 0.999 * 0.99**100, rtol=1e-5)
    before, step = plain.latent_mu.numpy(), terms["q_mu"] - plain.latent_mu.numpy()
    np.testing.assert_allclose(changed["q_mu"], before + 2 * step, atol=1e-5)
    latent = 2.0 * changed["kl_weight"] * (changed["alpha_loss"] + changed["gaussian_loss"])
    np.testing.assert_allclose(changed["total_loss"], latent + changed["lil_loss"] + changed["de_loss"], rtol=1e-5)


# In a training.


@pytest.fixture(scope="module")
def late_run(tmp_path_factory):
    root = tmp_path_factory.mktemp("late")
    assert train(Options(root, "demo", LATE))
    return root


def test_the_mixture_starts_after_its_epochs_and_is_marked_in_tensorboard(late_run):
    assert variables(late_run)[STARTED_AT] == START
    tensors = EventAccumulator(str(late_run / "train")).Reload()
    (mark,) = tensors.Tensors("latent/start")
    assert mark.step == START and b"kmeans" in mark.tensor_proto.string_val[0]
    assert not load_model(late_run).latent.waits


def test_a_run_that_ends_before_the_start_says_so_and_goes_on_to_the_same_mixture(late_run, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert train(Options(tmp_path, "demo", LATE.replace("num_steps=12", "num_steps=4")))
    assert "before mixture_start=2 epochs had passed" in caplog.text
    assert variables(tmp_path)[STARTED_AT] < 0
    assert train(Options(tmp_path, "demo", LATE))
    assert_same_state(tmp_path, late_run)


def test_a_best_checkpoint_from_before_the_start_does_not_outlive_it(tmp_path):
    hparams = LATE.replace("warm_up_decay=0.9", "latent_weight=1e9,learning_rate=0.1")  # ruins the strokes, too
    assert train(Options(tmp_path, "demo", hparams))
    best = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(tmp_path / "best")))
    assert best.get_tensor(STARTED_AT) == START


def test_a_run_that_is_stopped_after_the_start_is_loaded_with_its_mixture(tmp_path):
    hparams = LATE.replace("mixture_start=2", "mixture_start=1,save_every=2").replace("num_steps=12", "num_steps=1000")
    process = run_script(tmp_path, hparams)
    wait_for(lambda: (tmp_path / "best" / "ckpt-1.index").exists(), process)
    process.kill()
    process.communicate()
    assert not load_model(tmp_path).latent.waits


def test_fewer_sketches_than_components_are_refused(tmp_path):
    hparams = LATE.replace("num_mixture=2", "num_mixture=50")
    with pytest.raises(ValueError, match="at least as many training sketches as components, 50, found 30"):
        train(Options(tmp_path, "demo", hparams))


def small_model(system: str, **changes) -> IAPix2Seq:
    sizes = {"dec_model": "lstm", "dec_rnn_size": 8, "z_size": 4, "num_mixture": 3, "num_sub": 1}
    return IAPix2Seq(HParams(**{"system": system, "mixture_start": 1, "de_weight": 0.3, **sizes, **changes}))


def sketches() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, sequences, and noise of the codes of six random sketches."""
    rng = np.random.default_rng(1)
    pens = np.eye(3)[rng.integers(3, size=(6, 9))]
    sequences = np.concatenate([rng.standard_normal((6, 9, 2)), pens], axis=2)
    return rng.uniform(-1, 1, (6, 48, 48)), np.float32(sequences), rng.standard_normal((6, 4)).astype(np.float32)
