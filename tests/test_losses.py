"""The loss terms and their schedules equal NumPy twins, alone and as a model puts them together."""

import numpy as np
import pytest
import tensorflow as tf
from twins import BATCH, WITH_BOTH_MIXTURES, Z_SIZE, Batch, K, densities_twin, random_gamma, random_parameters

from ia_pix2seq_tf import HParams, IAPix2Seq, losses, schedules
from ia_pix2seq_tf.latent import Parameters, Posterior


def weight_loss_twin(gamma, alpha, kl) -> float:
    total = 0.0
    for row in gamma.astype(np.float64):
        for k in range(K):
            total += row[k] * (np.log(row[k] / alpha[k, 0]) if kl else -np.log(alpha[k, 0]))
    return total / len(gamma)


def gaussian_loss_twin(gamma, mean, code_sigma2, mu, sigma2, kl) -> float:
    total = 0.0
    for b in range(len(gamma)):
        for k in range(K):
            for d in range(Z_SIZE):
                constant = -1 - np.log(code_sigma2[b, d]) if kl else np.log(2 * 3.1416)
                distance = (code_sigma2[b, d] + (mean[b, d] - mu[k, d]) ** 2) / sigma2[k, d]
                total += 0.5 * gamma[b, k] * (constant + np.log(sigma2[k, d]) + distance)
    return total / len(gamma)


WEIGHT_LOSSES = {False: losses.weight_cross_entropy, True: losses.weight_kl}
GAUSSIAN_LOSSES = {False: losses.gaussian_cross_entropy, True: losses.gaussian_kl}
WITH_BOTH_FORMS = pytest.mark.parametrize("kl", (False, True), ids=("cross_entropy", "kl"))


@WITH_BOTH_FORMS
def test_weight_loss_equals_the_numpy_twin(kl):
    gamma, alpha = random_gamma(14), random_parameters(14).alpha
    np.testing.assert_allclose(WEIGHT_LOSSES[kl](gamma, alpha), weight_loss_twin(gamma, alpha, kl), rtol=1e-5)


@WITH_BOTH_FORMS
def test_gaussian_loss_equals_the_numpy_twin(kl):
    gamma, batch, (mu, sigma2, _) = random_gamma(15), Batch(15), random_parameters(15)
    arguments = gamma, batch.mean, batch.sigma2, mu, sigma2
    np.testing.assert_allclose(GAUSSIAN_LOSSES[kl](*arguments), gaussian_loss_twin(*arguments, kl), rtol=1e-5)


def test_kl_forms_vanish_where_code_and_component_agree():
    _, sigma2, _ = parameters = random_parameters(16)
    alpha = np.full((K, 1), 1 / K, np.float32)
    assert abs(losses.weight_kl(np.full((BATCH, K), 1 / K, np.float32), alpha)) < 1e-5
    gamma = np.eye(K, dtype=np.float32)
    assert abs(losses.gaussian_kl(gamma, parameters.mu, sigma2, parameters.mu, sigma2)) < 1e-5


def sequence_loss_twin(raw, targets, training) -> float:
    inside = 1 - targets[..., 4].astype(np.float64)
    offset_loss = -np.log(densities_twin(raw, targets[..., :2]) + 1e-6) * inside
    logits = raw[..., :3].astype(np.float64)
    log_pen = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    pen_loss = -(targets[..., 2:] * log_pen).sum(axis=-1)
    return (offset_loss + pen_loss * (1 if training else inside)).sum(axis=1).mean()


@pytest.mark.parametrize("training", (True, False))
def test_sequence_loss_equals_the_numpy_twin(training):
    rng = np.random.default_rng(17)
    raw = rng.standard_normal((3, 6, 123)).astype(np.float32)
    offsets = rng.standard_normal((3, 6, 2))
    offsets[0, 0] = 50.0  # of density 0, so that the floor decides
    pens = np.eye(3)[np.array([[0, 1, 0, 2, 2, 2], [0, 0, 0, 0, 1, 2], [1, 0, 2, 2, 2, 2]])]
    targets = np.concatenate([offsets, pens], axis=-1).astype(np.float32)
    expected = sequence_loss_twin(raw, targets, training)
    np.testing.assert_allclose(losses.sequence_loss(raw, targets, training), expected, rtol=1e-5)


@pytest.mark.parametrize("squared", (False, True))
def test_pixel_loss_sums_differences_over_the_image_and_averages_the_batch(squared):
    rng = np.random.default_rng(18)
    images, pixels = rng.uniform(-1, 1, (3, 8, 8)).astype("f"), rng.uniform(-1, 1, (3, 8, 8, 1)).astype("f")
    difference = images.astype(np.float64) - pixels[..., 0]
    expected = (difference**2 if squared else np.abs(difference)).sum() / 3
    loss = losses.squared_difference if squared else losses.absolute_difference
    np.testing.assert_allclose(loss(images, pixels), expected, rtol=1e-5)


# Schedules.

DECAY = float(np.float32(0.9999))  # as the reference holds it: 1.7e-8 less, which the powers make visible


def test_the_pixel_weight_drops_exactly_after_three_nominal_epochs():
    weights = [float(schedules.first_steps(step, 3 * 200 / 20)) for step in (0, 29, 30, 31)]
    assert weights == [1, 1, 0, 0]
    uneven = [float(schedules.first_steps(step, 3 * 101 / 20)) for step in (15, 16)]
    assert uneven == [1, 0], "3 · 101 / 20 = 15.15 is not rounded to steps"


def test_the_learning_rate_decays_every_third_step_towards_its_minimum():
    for step in (0, 1, 3, 300, 50_000):
        expected = (0.001 - 1e-5) * DECAY ** (step / 3) + 1e-5
        np.testing.assert_allclose(schedules.learning_rate(step, 0.001, 1e-5, DECAY, 3), expected, rtol=1e-5)
    np.testing.assert_allclose(schedules.learning_rate(10**7, 0.001, 1e-5, 0.9999, 3), 1e-5, rtol=1e-5)


def test_the_latent_weight_warms_up_from_a_thousandth_to_one():
    for step in (0, 1, 1000, 100_000):
        np.testing.assert_allclose(schedules.warm_up(tf.constant(step), DECAY), 1 - 0.999 * DECAY**step, rtol=1e-4)


# Losses of a whole model.


def small_model(**changes) -> IAPix2Seq:
    values = {"categories": ["cat"], "dec_rnn_size": 6, "z_size": Z_SIZE, "dec_model": "lstm", "seed": 3}
    values |= {
        "num_mixture": K,
        "num_sub": 1,
        "batch_size": 2,
        "num_per_category": 10,
        "use_recurrent_dropout": False,
    }
    return IAPix2Seq(HParams.from_dict({**values, **changes}))


@pytest.fixture(scope="module")
def sketches():
    rng = np.random.default_rng(19)
    images = rng.uniform(-1, 1, (2, 48, 48)).astype("f")
    sequences = np.concatenate([rng.standard_normal((2, 4, 2)), np.eye(3)[[[0, 0, 1, 2]] * 2]], axis=-1).astype("f")
    return images, sequences, rng.standard_normal((2, Z_SIZE)).astype("f")


FORMS = {"ia": ({}, False), "ia_ml": ({"bottom_learning": "ml"}, True), "rpcl": ({"system": "rpcl"}, True)}


@pytest.mark.parametrize("form", FORMS)
def test_models_take_the_form_of_their_latent_losses_from_the_configuration(sketches, form):
    changes, kl = FORMS[form]
    model, (images, sequences, eps) = small_model(**changes), sketches
    terms = model.compute_losses(images, sequences, eps)
    mean, sigma2 = (np.asarray(value) for value in model.encode(images))
    gamma = np.asarray(model.latent.propose(mean + np.sqrt(sigma2) * eps, Posterior(mean, sigma2)).gamma)
    mu, mixture_sigma2, alpha = (np.asarray(terms[f"q_{name}"]) for name in Parameters._fields)
    expected = gaussian_loss_twin(gamma, mean, sigma2, mu, mixture_sigma2, kl)
    np.testing.assert_allclose(terms["gaussian_loss"], expected, rtol=1e-4)
    np.testing.assert_allclose(terms["alpha_loss"], weight_loss_twin(gamma, alpha, kl), rtol=1e-4)


@pytest.mark.parametrize("step", (14, 15))
def test_the_total_weighs_the_terms_by_system_and_step(sketches, step):
    for system, latent, pixel in (("ia", 0.5, float(step < 15)), ("rpcl", 1.0, 0.3)):
        terms = small_model(system=system, de_weight=0.3).compute_losses(*sketches, step=step)
        warm_up = 1 - 0.999 * 0.9999**step
        expected = latent * warm_up * (terms["alpha_loss"] + terms["gaussian_loss"])
        expected += terms["lil_loss"] + pixel * terms["de_loss"]
        np.testing.assert_allclose(terms["total_loss"], expected, rtol=1e-5)


def test_top_learning_ml_switches_harmony_off(sketches):
    images, sequences, eps = sketches
    model = small_model(top_learning="ml")
    mean, sigma2 = model.encode(images)
    update = model.latent.propose(model.reparameterize(mean, sigma2, eps), Posterior(mean, sigma2))
    np.testing.assert_array_equal(update.label, np.argmax(update.gamma, axis=1))
    harmony = small_model().compute_losses(images, sequences, eps)["q_mu"]
    assert np.abs(model.compute_losses(images, sequences, eps)["q_mu"] - harmony).max() > 1e-4


@WITH_BOTH_MIXTURES
def test_the_mixture_is_not_trainable_and_gamma_passes_gradient_to_the_encoder(sketches, system):
    model = small_model(system=system)
    assert len(model.latent.variables) == 3
    assert not {id(v) for v in model.trainable_variables} & {id(v) for v in model.latent.variables}
    with tf.GradientTape() as tape:
        loss = model.compute_losses(*sketches)["alpha_loss"]
    assert np.abs(tape.gradient(loss, model.encoder.mean.kernel.value)).max() > 0


@WITH_BOTH_MIXTURES
def test_evaluation_draws_codes_for_ia_and_takes_the_mean_for_rpcl(sketches, system):
    model, (images, sequences, eps) = small_model(system=system), sketches
    arguments = {"training": False, "seed": (1, 2)}
    found = model.compute_losses(images, sequences, **arguments)["de_loss"]
    of_the_mean = model.compute_losses(images, sequences, np.zeros_like(eps), **arguments)["de_loss"]
    assert (found == of_the_mean) == (system == "rpcl")


def test_one_update_is_assigned_and_labels_belong_to_the_current_mixture(sketches):
    model = small_model()
    batch = Batch(20)
    before, proposal = model.latent.params, model.latent.propose(batch.z, Posterior(batch.z, batch.sigma2))
    posterior = model.assign_components(np.float64(batch.z), np.float64(batch.sigma2))
    np.testing.assert_array_equal(posterior["label"], proposal.label)
    np.testing.assert_array_equal(posterior["gamma"], proposal.gamma)
    np.testing.assert_array_equal(model.latent_mu, before.mu)
    model.gmm_update(batch.z, batch.sigma2, step=0)
    for found, wanted in zip(model.latent.params, proposal.params, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_rpcl_learns_from_the_codes_where_no_mean_is_given():
    batch, updated = Batch(4), []
    for mean in (None, batch.z, batch.mean):
        model = small_model(system="rpcl")
        model.gmm_update(batch.z, batch.sigma2, 0, mean)
        updated.append(model.latent_mu.numpy())
    np.testing.assert_array_equal(updated[0], updated[1])
    assert np.abs(updated[0] - updated[2]).max() > 1e-4
