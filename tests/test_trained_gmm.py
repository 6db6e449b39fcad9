"""The latent mixture that is trained by gradient: its form, its start, and Adam from there on."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.mixture import GaussianMixture
from twins import Z_SIZE, Batch, K, random_parameters

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.latent import Parameters, Posterior, TrainedGMM
from ia_pix2seq_tf.latent.start import em
from ia_pix2seq_tf.training.trainer import Trainer

SIZES = {"dec_model": "lstm", "dec_rnn_size": 8, "z_size": 4, "num_mixture": 3, "num_sub": 1, "jit_compile": False}
START = 3


def mixture_of(parameters: Parameters, starts_late: bool = False) -> TrainedGMM:
    mixture = TrainedGMM(K, Z_SIZE, starts_late=starts_late)
    mixture.assign(parameters)
    return mixture


def test_it_is_a_mixture_whatever_its_variables_hold():
    mixture, rng = TrainedGMM(K, Z_SIZE), np.random.default_rng(1)
    for variable in mixture.trainable_variables:
        variable.assign(rng.normal(0, 10, variable.shape))
    np.testing.assert_allclose(np.sum(mixture.alpha), 1, rtol=1e-6)
    assert np.min(mixture.alpha) >= 0 and np.min(mixture.sigma2) > 0
    assert set(mixture.living) == set(np.flatnonzero(np.ravel(mixture.alpha) > 0.01))


def test_all_three_parameters_are_assigned():
    parameters = random_parameters(2)
    for found, expected in zip(mixture_of(parameters).params, parameters, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_nothing_is_proposed_and_gradients_reach_every_parameter():
    mixture, batch = mixture_of(random_parameters(3)), Batch(3)
    with tf.GradientTape() as tape:
        update = mixture.propose(batch.z, Posterior(batch.mean, batch.sigma2))
        loss = sum(tf.reduce_sum(values**2) for values in update.params) + tf.reduce_sum(update.gamma**2)
    assert update.proposal is None
    for gradient in tape.gradient(loss, mixture.trainable_variables):
        assert np.abs(gradient).max() > 0


def test_an_empty_component_stays_finite_in_value_and_gradient():
    parameters, batch = random_parameters(4), Batch(4)
    parameters.alpha[0] = 0
    mixture = mixture_of(parameters)
    with tf.GradientTape() as tape:
        update = mixture.propose(batch.z, Posterior(batch.mean, batch.sigma2))
        loss = tf.reduce_sum(update.gamma * tf.math.log(update.params.alpha[:, 0]))
    assert np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(loss, mixture.trainable_variables))


def test_the_start_from_em_is_scikit_learn_s_mixture_with_the_encoder_s_variance_on_top():
    rng = np.random.default_rng(5)
    codes = np.concatenate([rng.normal(centre, 1, (50, 2)) for centre in (-9, 0, 9)]).astype(np.float32)
    params = em(codes, np.full_like(codes, 0.25), 3, seed=1)
    mixture = TrainedGMM(3, 2, starts_late=True)
    mixture.start(Parameters(*params), 7)
    expected = GaussianMixture(3, covariance_type="diag", random_state=1).fit(codes)
    np.testing.assert_allclose(mixture.mu, expected.means_, atol=1e-4)
    np.testing.assert_allclose(mixture.sigma2, expected.covariances_ + 0.25, atol=1e-4)
    np.testing.assert_allclose(mixture.alpha[:, 0], expected.weights_, atol=1e-5)


def test_before_the_start_codes_have_no_noise_and_the_latent_losses_no_weight():
    mixture, noise = mixture_of(random_parameters(6), starts_late=True), tf.ones((2, Z_SIZE))
    assert mixture.waits and mixture.pretrains
    assert float(mixture.warm_up(50)) == 0 and np.max(mixture.noise(noise)) == 0
    mixture.start(random_parameters(6), 50)
    assert not mixture.waits and not mixture.pretrains
    assert float(mixture.warm_up(50)) == 1 and np.min(mixture.noise(noise)) == 1


def test_without_waiting_all_counts_from_step_0():
    mixture, noise = TrainedGMM(K, Z_SIZE), tf.ones((2, Z_SIZE))
    assert float(mixture.warm_up(0)) == 1 and np.min(mixture.noise(noise)) == 1
    assert not mixture.waits and mixture.moments_from == 0


# In a model.


def trainer_of(**changes) -> Trainer:
    return Trainer(IAPix2Seq(HParams(system="vade", batch_size=6, **{**SIZES, "mixture_start": 1, **changes})))


@pytest.fixture
def batch() -> tuple[tf.Tensor, tf.Tensor]:
    """Images and sequences of six random sketches."""
    rng = np.random.default_rng(1)
    pens = np.eye(3)[rng.integers(3, size=(6, 9))]
    sequences = np.concatenate([rng.standard_normal((6, 9, 2)), pens], axis=2)
    return tf.constant(np.float32(rng.uniform(-1, 1, (6, 48, 48)))), tf.constant(np.float32(sequences))


def weights(trainer: Trainer) -> dict[str, np.ndarray]:
    return {native.name_of(v, trainer.model): v.numpy() for v in trainer.model.trainable_variables}


def test_pretraining_leaves_the_prior_and_the_variance_of_codes_as_they_are(batch):
    trainer = trainer_of()
    before = weights(trainer)
    noise = np.random.default_rng(2).standard_normal((2, 6, 4))
    for eps in noise.astype(np.float32):
        trainer.train_step(*batch, eps=eps)
    after = weights(trainer)
    still = {name for name in before if np.array_equal(before[name], after[name])}
    assert {
        "latent/mu",
        "latent/log_sigma2",
        "latent/logits",
        "encoder/variance/kernel",
        "encoder/variance/bias",
    } <= still
    assert len(still) < len(before) / 2


def test_pretraining_minimises_strokes_and_pixels_of_the_codes_means(batch):
    trainer = trainer_of()
    terms = trainer.model.compute_losses(*batch, eps=np.full((6, 4), 9.0), training=False)
    plain = trainer.model.compute_losses(*batch, eps=np.zeros((6, 4)), training=False)
    np.testing.assert_allclose(terms["total_loss"], plain["lil_loss"] + 0.5 * plain["de_loss"], rtol=1e-6)
    assert "q_mu" not in terms and float(terms["kl_weight"]) == 0


def test_after_the_start_adam_takes_the_steps_of_one_that_has_just_begun(batch):
    eps = np.zeros((6, 4), np.float32)
    trainer, fresh = trainer_of(use_recurrent_dropout=False), trainer_of(use_recurrent_dropout=False)
    for _ in range(START):
        trainer.train_step(*batch, eps=eps)
    trainer.forget_moments()
    trainer.model.latent.start(trainer.model.latent.params, START)
    fresh.model.set_weights(trainer.model.get_weights())
    fresh.model.latent.late_start.begin(0)
    for _ in range(2):
        trainer.train_step(*batch, eps=eps), fresh.train_step(*batch, eps=eps)
    assert trainer.step == START + 2
    expected = weights(fresh)
    for name, found in weights(trainer).items():  # of a gradient near zero Adam keeps the sign alone
        assert np.abs(found - expected[name]).mean() < 1e-4, name  # 0.015 a step without the correction


def test_the_prior_learns_with_the_networks(batch):
    trainer = trainer_of(mixture_start=0)
    before = weights(trainer)
    for _ in range(3):
        trainer.train_step(*batch)
    after = weights(trainer)
    for name in (name for name in before if "latent" in name):
        assert np.abs(before[name] - after[name]).max() > 1e-3, name


def test_an_update_of_the_mixture_alone_is_refused():
    with pytest.raises(ValueError, match="gmm_update: the components of VaDE are trained by gradient"):
        trainer_of().model.gmm_update(tf.zeros((2, 4)), tf.ones((2, 4)), 0)
