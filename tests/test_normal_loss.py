"""The KL divergence from N(0, I), its floor and its schedule equal NumPy twins."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf import losses, schedules


def random_codes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((6, 4)).astype(np.float32), rng.uniform(0.1, 3, (6, 4)).astype(np.float32)


def kl_twin(mean, sigma2) -> float:
    total = 0.0
    for m, s2 in zip(mean.astype(np.float64).ravel(), sigma2.astype(np.float64).ravel(), strict=True):
        total += -0.5 * (1 + np.log(s2) - m**2 - s2)
    return total / mean.size


def test_the_kl_divergence_equals_the_numpy_twin():
    mean, sigma2 = random_codes(1)
    np.testing.assert_allclose(losses.normal_kl(mean, sigma2), kl_twin(mean, sigma2), rtol=1e-5)


def test_the_kl_divergence_of_the_prior_itself_is_zero():
    assert abs(losses.normal_kl(np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32))) < 1e-7


@pytest.mark.parametrize(("kl", "value", "gradient"), ((0.5, 0.5, 1), (0.2, 0.2, 1), (0.1, 0.2, 0)))
@pytest.mark.parametrize("compiled", (False, True))
def test_below_the_tolerance_nothing_flows_back_but_at_it(kl, value, gradient, compiled):
    @tf.function(jit_compile=compiled)
    def run(kl):
        with tf.GradientTape() as tape:
            tape.watch(kl)
            cost = losses.at_least(kl, 0.2)
        return cost, tape.gradient(cost, kl)

    np.testing.assert_allclose(run(tf.constant(kl)), (value, gradient), rtol=1e-6)


@pytest.mark.parametrize("step", (0, 1, 500, 20_000, 10_000_000))
def test_the_weight_rises_from_its_start_to_its_highest(step):
    expected = 0.5 - (0.5 - 0.01) * 0.99995**step
    found = schedules.annealed(tf.constant(step, tf.int64), 0.5, 0.01, 0.99995)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
