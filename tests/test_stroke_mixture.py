"""The stroke mixture: its density against a NumPy twin, and draws from it against the reference's sampler."""

import numpy as np
import pytest
import tensorflow as tf
from reference import golden
from twins import densities_twin, density_twin

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.stroke_mixture import (
    RAW_SIZE,
    StrokeMixture,
    log_density,
    offset_distribution,
    pen_distribution,
    stroke_mixture,
)

BATCH, TIME = 4, 3
DRAWS = 40_000
TEMPERATURES = (0.1, 0.24, 0.5, 1)
SIGMAS = 5  # a draw of the right distribution fails one comparison in two million
SATURATED = 20.0  # tanh of it is 1 in float32


@pytest.fixture
def raw() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((BATCH, TIME, RAW_SIZE)).astype(np.float32)


@pytest.fixture
def offsets() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((BATCH, TIME, 2)).astype(np.float32)


def log_densities_twin(raw, offsets) -> np.ndarray:
    return np.log(densities_twin(raw, offsets))


def test_raw_output_holds_pen_then_pi_mu_sigma_and_rho():
    params = stroke_mixture(tf.range(123, dtype=tf.float32)[None])
    np.testing.assert_array_equal(params.pen_logits, [[0, 1, 2]])
    for index, values in enumerate(params[1:]):
        np.testing.assert_array_equal(values, np.arange(3 + 20 * index, 23 + 20 * index)[None])


def test_parameters_are_the_readable_forms_of_the_raw_ones(raw):
    params = stroke_mixture(raw)
    np.testing.assert_allclose(tf.reduce_sum(params.pi, axis=-1), np.ones((BATCH, TIME)), rtol=1e-6)
    np.testing.assert_allclose(tf.reduce_sum(params.pen, axis=-1), np.ones((BATCH, TIME)), rtol=1e-6)
    np.testing.assert_allclose(params.pen[..., 1] / params.pen[..., 0], np.exp(raw[..., 1] - raw[..., 0]), rtol=1e-5)
    np.testing.assert_allclose(params.sigma_x, np.exp(raw[..., 63:83]), rtol=1e-6)
    np.testing.assert_allclose(params.sigma_y, np.exp(raw[..., 83:103]), rtol=1e-6)
    np.testing.assert_allclose(params.rho, np.tanh(raw[..., 103:]), rtol=1e-6)
    expected = np.log(1 - np.tanh(raw[..., 103:].astype(np.float64)) ** 2)
    np.testing.assert_allclose(params.log_one_minus_rho2, expected, rtol=1e-4, atol=1e-6)


def test_log_density_equals_the_numpy_twin(raw, offsets):
    found = tf.reduce_logsumexp(log_density(stroke_mixture(raw), offsets), axis=-1)
    np.testing.assert_allclose(found, log_densities_twin(raw, offsets), rtol=1e-4, atol=1e-4)


def test_log_density_is_one_entry_per_component(raw, offsets):
    params = stroke_mixture(raw)
    found = log_density(params, offsets)
    assert found.shape == (BATCH, TIME, 20)
    alone = np.full_like(raw[0, 0, 3:23], -1e9)
    alone[7] = 0.0
    only_seventh = np.concatenate([raw[0, 0, :3], alone, raw[0, 0, 23:]])
    expected = np.log(params.pi[0, 0, 7] * density_twin(only_seventh, offsets[0, 0]))
    np.testing.assert_allclose(found[0, 0, 7], expected, rtol=1e-4)


def test_the_distribution_has_the_density_of_the_numpy_twin(raw, offsets):
    found = offset_distribution(stroke_mixture(raw)).log_prob(offsets)
    np.testing.assert_allclose(found, log_densities_twin(raw, offsets), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("temperature", (0.24, 0.5, 2.0))
def test_temperature_divides_logits_and_multiplies_sigma(raw, offsets, temperature):
    cooled = raw.copy()
    cooled[..., :23] /= temperature
    cooled[..., 63:103] += np.log(temperature)
    found = offset_distribution(stroke_mixture(raw), temperature).log_prob(offsets)
    np.testing.assert_allclose(found, log_densities_twin(cooled, offsets), rtol=1e-4, atol=1e-3)
    pen = pen_distribution(stroke_mixture(raw), temperature).probs_parameter()
    np.testing.assert_allclose(pen, stroke_mixture(cooled).pen, rtol=1e-5)


# Draws.


def recorded_mixture(recording) -> StrokeMixture:
    """The mixture of the recording, which has four components."""
    pi, mu_x, mu_y, sigma_x, sigma_y, rho, pen = (
        recording[key][0] for key in ("pi", "mux", "muy", "sigmax", "sigmay", "corr", "pen")
    )
    raw = np.log(pen), np.log(pi), mu_x, mu_y, np.log(sigma_x), np.log(sigma_y), np.arctanh(rho)
    return StrokeMixture(*(tf.constant(values, tf.float32) for values in raw))


def covariance_errors(draws) -> np.ndarray:
    """Standard errors of the entries of the sample covariance, `[2, 2]`."""
    centred = draws - draws.mean(axis=0)
    products = centred[:, :, None] * centred[:, None]
    return products.std(axis=0) / np.sqrt(len(draws))


def assert_within_error(found, expected, standard_error):
    """Both are means of as many draws, so that their difference has √2 times the error of one."""
    np.testing.assert_array_less(np.abs(found - expected), SIGMAS * np.sqrt(2) * standard_error)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_drawn_offsets_have_the_moments_of_the_reference_sampler(temperature):
    recording = golden("stochastic_step")
    distribution = offset_distribution(recorded_mixture(recording), temperature)
    draws = np.asarray(distribution.sample(DRAWS, seed=(1, 2)), np.float64)
    mean, covariance = recording[f"t{temperature}/mean"][:2], recording[f"t{temperature}/cov"]
    assert_within_error(draws.mean(axis=0), mean, draws.std(axis=0) / np.sqrt(DRAWS))
    assert_within_error(np.cov(draws.T), covariance, covariance_errors(draws))


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_drawn_pens_have_the_frequencies_of_the_reference_sampler(temperature):
    recording = golden("stochastic_step")
    distribution = pen_distribution(recorded_mixture(recording), temperature)
    pens = np.asarray(distribution.sample(DRAWS, seed=(3, 4)))
    share = np.asarray(distribution.probs_parameter())
    frequencies = np.bincount(pens, minlength=3) / DRAWS
    error = np.sqrt(share * (1 - share) / DRAWS) + 1 / DRAWS
    assert_within_error(frequencies, recording[f"t{temperature}/pen"], error)


# Saturated correlations, which make a component a line.

RHOS = (SATURATED, -SATURATED, 12.0, -9.0, 7.0)


def near_the_line(rho: float) -> np.ndarray:
    """Offsets `[300, 1, 2]` on, near and far from the line y = ±x, of length up to about 30."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((300, 1)) * np.repeat([1, 3, 10], 100)[:, None]
    spread = np.tile([0, 1e-7, 1e-4, 1], 75)[:, None]
    return np.stack([x, np.sign(rho) * x + spread * rng.standard_normal((300, 1))], axis=-1).astype(np.float32)


def saturated(rho: float) -> np.ndarray:
    raw = np.zeros((300, 1, RAW_SIZE), np.float32)
    raw[..., 103:] = rho
    return raw


@pytest.mark.parametrize("rho", RHOS)
def test_saturated_correlations_leave_density_loss_and_gradient_finite(rho):
    raw, offsets = tf.constant(saturated(rho)), near_the_line(rho)
    targets = np.concatenate([offsets, np.tile(np.float32([1, 0, 0]), (300, 1, 1))], axis=-1)
    with tf.GradientTape() as tape:
        tape.watch(raw)
        density = log_density(stroke_mixture(raw), offsets)
        loss = losses.sequence_loss(raw, targets, training=True)
    assert np.all(np.isfinite(density))
    assert np.isfinite(loss)
    assert np.all(np.isfinite(tape.gradient(loss, raw)))


@pytest.mark.parametrize("rho", RHOS)
def test_no_density_exceeds_the_one_at_the_mean(rho):
    params, offsets = stroke_mixture(saturated(rho)), near_the_line(rho)
    there, at_mean = (np.asarray(log_density(params, points)) for points in (offsets, 0 * offsets))
    assert np.max(there - at_mean) < 1e-3


def test_saturated_correlations_can_be_drawn_from():
    draws = offset_distribution(stroke_mixture(saturated(SATURATED))).sample(100, seed=(5, 6))
    assert np.all(np.isfinite(draws))
    np.testing.assert_allclose(draws[..., 0], draws[..., 1], atol=1e-5)
