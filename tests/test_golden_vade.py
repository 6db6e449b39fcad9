"""The mixture trained by gradient equals the recordings of VaDE's formulas: gamma, terms, totals and gradients."""

import numpy as np
import pytest
import tensorflow as tf
from reference import golden

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.latent import Parameters, Posterior, TrainedGMM, Update

RECORDING = golden("systems/vade")
WITH_ALL_CASES = pytest.mark.parametrize("case", ("small", "tight", "wide"))
WITH_BOTH_GAMMAS = pytest.mark.parametrize("stopped", (False, True), ids=("flowing", "stopped"))
TOLERANCE = 1e-5  # of the largest magnitude, in float32
GRADIENTS = ("mean", "log_sigma2", "mu", "log_lambda", "logits")
FLOOR = 1e-10  # of the published programs, on the joint density


def recorded(case: str, name: str) -> np.ndarray:
    return RECORDING[f"{case}/{name}"]


def mixture_of(case: str) -> TrainedGMM:
    """The prior of a case."""
    mu, sigma2, theta = (np.float32(recorded(case, f"in/{name}")) for name in ("mu", "lambda_", "theta"))
    mixture = TrainedGMM(*mu.shape)
    mixture.assign(Parameters(mu, sigma2, theta[:, None]))
    return mixture


def inputs_of(case: str) -> list[tf.Tensor]:
    """Mean, logarithm of the variance, and noise of the codes."""
    sigma2 = np.log(recorded(case, "in/sigma2"))
    return [tf.constant(np.float32(v)) for v in (recorded(case, "in/mean"), sigma2, recorded(case, "in/eps"))]


def update_of(mixture: TrainedGMM, mean: tf.Tensor, log_sigma2: tf.Tensor, eps: tf.Tensor) -> tuple[Posterior, Update]:
    posterior = Posterior(mean, tf.exp(log_sigma2))
    return posterior, mixture.propose(mean + tf.sqrt(posterior.sigma2) * eps, posterior)


def loss_terms(posterior: Posterior, update: Update, gamma: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    mu, sigma2, alpha = update.params
    return losses.weight_kl(gamma, alpha), losses.gaussian_kl(gamma, *posterior, mu, sigma2)


def gradients_of(case: str, stopped: bool) -> list[np.ndarray]:
    """Of the total, by encoder and prior."""
    mixture, (mean, log_sigma2, eps) = mixture_of(case), inputs_of(case)
    with tf.GradientTape() as tape:
        tape.watch((mean, log_sigma2))
        posterior, update = update_of(mixture, mean, log_sigma2, eps)
        total = sum(loss_terms(posterior, update, tf.stop_gradient(update.gamma) if stopped else update.gamma))
    prior = [variable.value for variable in (mixture.mu, mixture.log_sigma2, mixture.logits)]
    return [np.asarray(gradient) for gradient in tape.gradient(total, [mean, log_sigma2, *prior])]


def assert_close(found, expected, name: str = ""):
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * np.abs(expected).max(), err_msg=name)


@WITH_ALL_CASES
def test_gamma_and_terms_equal_the_recording(case):
    posterior, update = update_of(mixture_of(case), *inputs_of(case))
    assert_close(update.gamma, recorded(case, "gamma"))
    np.testing.assert_array_equal(update.label, recorded(case, "log_joint").argmax(axis=1))
    terms = {name: recorded(case, f"term/{name}").mean() for name in ("log_var", "trace", "mahalanobis")}
    entropies = [recorded(case, f"term/{name}").mean() for name in ("entropy_code", "negative_entropy_component")]
    weight, gaussian = loss_terms(posterior, update, update.gamma)
    assert_close(gaussian, sum(terms.values()) + entropies[0])
    assert_close(weight, recorded(case, "term/cross_entropy_component").mean() + entropies[1])
    assert_close(weight + gaussian, recorded(case, "total"))


@WITH_ALL_CASES
def test_each_term_is_a_part_of_the_loss(case):
    mean, sigma2, mu, lambda_, theta, gamma = (
        recorded(case, name) for name in ("in/mean", "in/sigma2", "in/mu", "in/lambda_", "in/theta", "gamma")
    )
    terms = {
        "log_var": 0.5 * gamma @ np.log(lambda_).sum(axis=1),
        "trace": 0.5 * np.einsum("bk,bd,kd->b", gamma, sigma2, 1 / lambda_),
        "mahalanobis": 0.5 * (gamma * ((mean[:, None] - mu) ** 2 / lambda_).sum(axis=2)).sum(axis=1),
        "entropy_code": -0.5 * (1 + np.log(sigma2)).sum(axis=1),
        "cross_entropy_component": -gamma @ np.log(theta),
        "negative_entropy_component": (gamma * np.log(np.maximum(gamma, 1e-300))).sum(axis=1),
    }
    for name, values in terms.items():
        np.testing.assert_allclose(values, recorded(case, f"term/{name}"), rtol=1e-9, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(sum(terms.values()), recorded(case, "per_sketch"), rtol=1e-9)


@WITH_ALL_CASES
@WITH_BOTH_GAMMAS
def test_gradients_equal_the_recording(case, stopped):
    kind = "grad_stopped" if stopped else "grad"
    for name, found in zip(GRADIENTS, gradients_of(case, stopped), strict=True):
        assert_close(found, recorded(case, f"{kind}/{name}"), name)


def test_gradients_through_gamma_make_a_difference():
    flowing, stopped = gradients_of("small", False), gradients_of("small", True)
    for one, other in zip(flowing, stopped, strict=True):
        assert np.abs(one - other).max() > 1e-3


# The published programs: equal where their floor does not bite, and what it does where it bites.


def test_the_pytorch_program_computes_the_same_where_its_floor_does_not_bite():
    total = recorded("small", "gu/latent_total")
    np.testing.assert_allclose(total, recorded("small", "total"), rtol=1e-6)
    theta, slope = recorded("small", "in/theta"), recorded("small", "gu/grad/theta")
    slopes = {name: recorded("small", f"gu/grad/{name}") for name in GRADIENTS[:-1]}
    slopes["logits"] = theta * (slope - theta @ slope)  # of free weights, along those that sum to one
    for name, found in zip(GRADIENTS, gradients_of("small", stopped=False), strict=True):
        assert_close(found, slopes[name], name)
    np.testing.assert_allclose(theta @ slope, -1, rtol=1e-6)  # free weights only grow


@pytest.mark.parametrize("case", ("tight", "wide"))
def test_the_floor_of_the_pytorch_program_changes_its_loss(case):
    assert abs(recorded(case, "gu/latent_total") / recorded(case, "total") - 1) > 1e-4


@WITH_ALL_CASES
def test_the_authors_program_weighs_a_component_by_its_share_to_the_power_of_the_dimension(case):
    z, mu, lambda_, theta = (recorded(case, f"in/{name}") for name in ("z", "mu", "lambda_", "theta"))
    log_normal = -0.5 * (np.log(2 * np.pi * lambda_) + (z[:, None] - mu) ** 2 / lambda_)
    joint = np.exp((np.log(theta)[:, None] + log_normal).sum(axis=2)) + FLOOR
    gamma = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(recorded(case, "original/gamma"), gamma, rtol=1e-6, atol=1e-12)
    assert np.abs(gamma - recorded(case, "gamma")).max() > 0.1


def test_in_many_dimensions_the_authors_program_does_not_tell_components_apart():
    np.testing.assert_allclose(recorded("wide", "original/gamma"), 1 / len(recorded("wide", "in/theta")), rtol=1e-6)
    _, update = update_of(mixture_of("wide"), *inputs_of("wide"))
    assert np.min(np.max(update.gamma, axis=1)) > 0.4
