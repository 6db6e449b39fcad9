"""The latent mixture's updates equal NumPy twins; floors, extremes, sums over replicas, draws."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from twins import WITH_BOTH_MIXTURES, Z_SIZE, Batch, K, random_gamma, random_parameters

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.latent import LatentGMM, Normal, Parameters, Posterior, living_components, rpcl, rules
from ia_pix2seq_tf.latent.byy import HarmonyLearning
from ia_pix2seq_tf.latent.rpcl import RivalPenalisedLearning

EM_STEP, RPCL_STEP = 500, 501  # the last step of pure EM, and the first RPCL one
RULES = {
    "byy": (HarmonyLearning(), 0),
    "byy_repeated": (HarmonyLearning(repeat=2), 0),
    "maximum_likelihood": (HarmonyLearning(harmony=False), 0),
    "em": (RivalPenalisedLearning(), EM_STEP),
    "rpcl": (RivalPenalisedLearning(), RPCL_STEP),
}
"""Each rule, and a step at which it is taken."""
MIXTURES = {"ia": HarmonyLearning(), "rpcl": RivalPenalisedLearning()}
WITH_ALL_RULES = pytest.mark.parametrize("rule", RULES)


def mixture_of(parameters: Parameters, rule=None) -> LatentGMM:
    gmm = LatentGMM(K, Z_SIZE, rule or HarmonyLearning())
    gmm.assign(parameters)
    return gmm


def posterior(batch: Batch) -> Posterior:
    return Posterior(batch.mean, batch.sigma2)


def propose(rule: str, parameters: Parameters, batch: Batch, **changes):
    learning, step = RULES[rule]
    return mixture_of(parameters, learning).propose(batch.z, posterior(batch), tf.constant(step), **changes)


# The twins: loops over codes, components and dimensions in float64, by the table of what the reference does.


def log_normal_twin(z, mu, sigma2) -> float:
    return sum(-0.5 * (np.log(2 * np.pi * s) + (x - m) ** 2 / s) for x, m, s in zip(z, mu, sigma2, strict=True))


def gamma_twin(z, parameters, floor) -> np.ndarray:
    gamma = np.zeros((len(z), K))
    for b in range(len(z)):
        for k in range(K):
            log_density = log_normal_twin(z[b], parameters.mu[k], parameters.sigma2[k])
            gamma[b, k] = parameters.alpha[k, 0] * np.exp(log_density)
        gamma[b] /= gamma[b].sum()
        gamma[b] = [max(value, floor) for value in gamma[b]]
        gamma[b] /= gamma[b].sum()
    return gamma


def delta_twin(gamma, code_sigma2, sigma2) -> np.ndarray:
    fitness, delta = np.zeros_like(gamma), np.zeros_like(gamma)
    for b in range(len(gamma)):
        for k in range(K):
            fitness[b, k] = np.log(gamma[b, k] + 1e-10) - 0.5 * sum(code_sigma2[b] / sigma2[k])
        mean = sum(gamma[b, k] * fitness[b, k] for k in range(K))
        for k in range(K):
            delta[b, k] = min(max(fitness[b, k] - mean, -1.0001), 1.0)
    return delta


def estimate_twin(weights, codes, code_sigma2, old_mu, centre):
    """Estimates of one component's mean and variance; the variance is about the "old" or the "new" mean."""
    n = sum(weights) + 1e-10
    mean = sum(w * x for w, x in zip(weights, codes, strict=True)) / n
    middle = {"old": old_mu, "new": mean}[centre]
    squares = sum(w * (s + (x - middle) ** 2) for w, x, s in zip(weights, codes, code_sigma2, strict=True))
    return mean, squares / n


def step_twin(parameters, weights, codes, code_sigma2, centre, alpha_floor, ceiling) -> Parameters:
    mu, sigma2, alpha = (np.zeros_like(value, np.float64) for value in parameters)
    for k in range(K):
        mean, variance = estimate_twin(weights[:, k], codes, code_sigma2, parameters.mu[k], centre)
        mu[k] = 0.95 * parameters.mu[k] + 0.05 * mean
        sigma2[k] = np.clip(0.95 * parameters.sigma2[k] + 0.05 * variance, 1e-10, ceiling)
        alpha[k] = np.clip(0.95 * parameters.alpha[k] + 0.05 * sum(weights[:, k]) / len(codes), alpha_floor, 1)
    return Parameters(mu, sigma2, alpha / alpha.sum())


def byy_twin(parameters, batch, harmony=True):
    gamma = gamma_twin(batch.z, parameters, 1 / (100 * K))
    delta = delta_twin(gamma, batch.sigma2, parameters.sigma2) * (1.0 if harmony else 0.0)
    weights = gamma * (1 + delta)
    stepped = step_twin(parameters, weights, batch.z, batch.sigma2, "old", 1e-10, 1e5)
    return stepped, gamma, weights.argmax(axis=1)


def rpcl_twin(parameters, batch, penalised: bool):
    gamma = gamma_twin(batch.z, parameters, 1e-5)
    weights = gamma
    if penalised:
        weights = np.zeros_like(gamma)
        for b in range(len(gamma)):
            *_, rival, winner = np.argsort(gamma[b])
            weights[b, winner], weights[b, rival] = 1, -1e-4
    stepped = step_twin(parameters, weights, batch.mean, batch.sigma2, "new", 0, 1e10)
    return stepped, gamma, gamma.argmax(axis=1)


def repeated_byy_twin(parameters, batch):
    return byy_twin(byy_twin(parameters, batch)[0], batch)


TWINS = {
    "byy": byy_twin,
    "byy_repeated": repeated_byy_twin,
    "maximum_likelihood": lambda parameters, batch: byy_twin(parameters, batch, harmony=False),
    "em": lambda parameters, batch: rpcl_twin(parameters, batch, penalised=False),
    "rpcl": lambda parameters, batch: rpcl_twin(parameters, batch, penalised=True),
}


@WITH_ALL_RULES
def test_where_a_code_belongs_does_not_depend_on_the_others(rule):
    parameters, batch = random_parameters(0), Batch(10)
    mixture = mixture_of(parameters, RULES[rule][0])
    gamma, label = mixture.belonging(batch.z, posterior(batch))
    expected, once = gamma_twin(batch.z, parameters, mixture.floor), rule.removesuffix("_repeated")
    np.testing.assert_allclose(gamma, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(label, propose(once, parameters, batch).label)
    first = Posterior(batch.mean[:1], batch.sigma2[:1])
    np.testing.assert_allclose(mixture.belonging(batch.z[:1], first)[0], gamma[:1], rtol=1e-5)


@WITH_ALL_RULES
@pytest.mark.parametrize("seed", (0, 1, 2))
def test_updates_equal_the_numpy_twins(rule, seed):
    parameters, batch = random_parameters(seed), Batch(seed + 10)
    update = propose(rule, parameters, batch)
    expected, gamma, label = TWINS[rule](parameters, batch)
    for found, wanted, name in zip(update.params, expected, Parameters._fields, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(update.gamma, gamma, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(update.label, label)


def test_harmony_weights_equal_the_numpy_twin():
    gamma, batch, parameters = random_gamma(2), Batch(2), random_parameters(2)
    weights, delta = rules.harmony_weights(gamma, batch.sigma2, parameters.sigma2)
    expected = delta_twin(gamma, batch.sigma2, parameters.sigma2)
    np.testing.assert_allclose(delta, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(weights, gamma * (1 + expected), rtol=1e-4, atol=1e-4)


def test_the_rules_differ_from_each_other():
    parameters, batch = random_parameters(0), Batch(10)
    means = [np.asarray(propose(rule, parameters, batch).params.mu) for rule in RULES]
    for i, one in enumerate(means):
        for other in means[i + 1 :]:
            assert np.abs(one - other).max() > 1e-4


def test_rival_penalised_weights_are_1_for_the_winner_and_minus_a_ten_thousandth_for_the_rival():
    gamma = np.float32([[0.2, 0.5, 0.3], [0.9, 0.0, 0.1], [0.1, 0.2, 0.7]])
    expected = np.float32([[0, 1, -1e-4], [1, 0, -1e-4], [0, -1e-4, 1]])
    np.testing.assert_array_equal(rpcl.rival_penalised_weights(gamma), expected)


def test_harmony_weights_unlearn_hopeless_components_a_little():
    gamma = np.float32([[0.998, 0.001, 0.001]])
    code_sigma2, sigma2 = np.float32([[1, 1]]), np.float32([[100, 100], [100, 100], [0.1, 0.1]])
    weights, delta = rules.harmony_weights(gamma, code_sigma2, sigma2)
    np.testing.assert_array_equal(delta[0, 1:], np.float32([-1.0001, -1.0001]))
    np.testing.assert_allclose(weights[0, 1:], -1e-4 * gamma[0, 1:], rtol=1e-2)
    raised = rules.harmony_weights(np.float32([[0.01, 0.99]]), code_sigma2, np.float32([[9, 9], [0.1, 0.1]]))[1]
    assert raised[0, 0] == 1


def test_weights_are_clipped_to_their_range_before_they_are_made_to_sum_to_one():
    old, new = np.float32([[0.5], [0.0], [0.5]]), np.float32([[12.0], [-1.0], [0.5]])
    for lowest in (0.0, 1e-2):
        expected = np.float64([[1], [lowest], [0.5]]) / (1.5 + lowest)
        np.testing.assert_allclose(rules.blend_weights(old, new, rules.RATE, lowest), expected, rtol=1e-5)


@pytest.mark.parametrize(("system", "ceiling"), (("ia", 1e5), ("rpcl", 1e10)))
def test_variances_have_the_ceiling_of_the_system(system, ceiling):
    batch = Batch(21)
    batch.z[::2], batch.z[1::2] = 1e6, -1e6
    gmm = mixture_of(random_parameters(21), MIXTURES[system])
    assert np.max(gmm.propose(batch.z, Posterior(batch.z, batch.sigma2)).params.sigma2) == np.float32(ceiling)


def test_rpcl_runs_at_every_third_step_after_the_five_hundredth():
    expected = {0: False, 3: False, 498: False, 500: False, 501: True, 502: False, 503: False, 504: True}
    for step, is_rpcl in expected.items():
        assert bool(rpcl.is_rpcl_step(tf.constant(step))) == is_rpcl, step


def test_proposing_assigns_nothing():
    parameters = random_parameters(3)
    gmm = mixture_of(parameters)
    proposed = gmm.propose(Batch(4).z, posterior(Batch(4)))
    assert np.abs(proposed.params.mu - parameters.mu).max() > 1e-3
    for found, wanted in zip(gmm.params, parameters, strict=True):
        np.testing.assert_array_equal(found, wanted)


# Properties.


@WITH_ALL_RULES
def test_gamma_rows_sum_to_one_and_keep_the_floor(rule):
    batch = Batch(5, size=200)
    batch.z *= 3  # so that the floor is reached
    gamma = np.asarray(propose(rule, random_parameters(5), batch).gamma)
    floor = 1e-5 if rule in ("em", "rpcl") else 1 / (100 * K)
    np.testing.assert_allclose(gamma.sum(axis=1), 1, rtol=1e-5)
    lowest = floor / (1 + K * floor)  # floored first, renormalised then
    assert gamma.min() >= lowest * (1 - 1e-5)
    assert gamma.min() <= floor


@WITH_ALL_RULES
def test_weights_sum_to_one_and_parameters_stay_in_range(rule):
    parameters = random_parameters(6)
    for seed in range(5):
        parameters = propose(rule, parameters, Batch(seed)).params
    np.testing.assert_allclose(np.sum(parameters.alpha), 1, rtol=1e-5)
    assert np.min(parameters.alpha) >= 0
    assert np.min(parameters.sigma2) >= 1e-10


@WITH_ALL_RULES
def test_far_away_codes_stay_finite_in_value_and_gradient(rule):
    parameters, batch = random_parameters(7), Batch(8)
    batch.z[::2] = 200.0
    batch.mean = batch.z.copy()
    log_densities = np.asarray(rules.log_normal(batch.z, Parameters(*map(tf.constant, parameters))))
    assert np.ptp(log_densities, axis=1).max() > 1000
    z = batch.z = tf.constant(batch.z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        update = propose(rule, parameters, batch)
        loss = losses.weight_kl(update.gamma, tf.stop_gradient(update.params.alpha))
    for values in (*update.params, update.gamma, loss, tape.gradient(loss, z)):
        assert np.all(np.isfinite(values))
    np.testing.assert_allclose(np.sum(update.gamma, axis=1), 1, rtol=1e-5)


@WITH_BOTH_MIXTURES
def test_a_component_of_weight_zero_stays_finite_and_gets_the_floor(system):
    parameters = random_parameters(9)
    parameters.alpha[0] = 0
    update = mixture_of(parameters, MIXTURES[system]).propose(Batch(9).z, posterior(Batch(9)))
    gamma = np.asarray(update.gamma)
    assert np.all(np.isfinite(gamma))
    assert gamma[:, 0].max() <= {"ia": 1 / (100 * K), "rpcl": 1e-5}[system]
    for values in update.params:
        assert np.all(np.isfinite(values))


class AllReduce:
    """`total` of replicas that run in threads: each waits for the others' statistic and gets the sum."""

    def __init__(self, replicas: int):
        self.shared, self.barrier = [None] * replicas, threading.Barrier(replicas, timeout=30)

    def of(self, replica: int):
        def total(statistic):
            self.shared[replica] = statistic
            self.barrier.wait()
            total = tf.add_n(self.shared)
            self.barrier.wait()
            return total

        return total


@WITH_ALL_RULES
def test_statistics_of_two_replicas_add_up_to_those_of_the_whole_batch(rule):
    parameters, batch = random_parameters(11), Batch(12)
    whole, reduce = propose(rule, parameters, batch), AllReduce(2)
    parts = batch.part(slice(None, 7)), batch.part(slice(7, None))

    def replica(index: int):
        return propose(rule, parameters, parts[index], total=reduce.of(index))

    with ThreadPoolExecutor(2) as pool:
        updates = list(pool.map(replica, range(2)))
    for update in updates:
        for found, wanted in zip(update.params, whole.params, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    for name in ("gamma", "label"):
        joined = np.concatenate([getattr(update, name) for update in updates])
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=1e-4, atol=1e-5)
    alone = propose(rule, parameters, parts[0]).params
    assert np.abs(alone.mu - whole.params.mu).max() > 1e-3


# Draws.


@pytest.fixture
def sampled_mixture() -> LatentGMM:
    parameters = random_parameters(13)
    parameters.alpha[:, 0] = 0.1, 0.4, 0, 0.2, 0.3
    return mixture_of(parameters)


def test_components_are_drawn_by_their_weights(sampled_mixture):
    n = 20_000
    codes, components = sampled_mixture.sample(n, seed=1)
    assert codes.shape == (n, Z_SIZE)
    share = sampled_mixture.params.alpha[:, 0].numpy()
    frequency = np.bincount(components, minlength=K) / n
    np.testing.assert_array_less(np.abs(frequency - share), 5 * np.sqrt(share * (1 - share) / n) + 1e-9)


def test_codes_have_the_moments_of_their_component(sampled_mixture):
    codes, components = (np.asarray(values) for values in sampled_mixture.sample(20_000, seed=2))
    for k in np.unique(components):
        assert_moments(codes[components == k], sampled_mixture.params, k)


def assert_moments(codes, params, k):
    n, mu, sigma2 = len(codes), params.mu[k].numpy(), params.sigma2[k].numpy()
    np.testing.assert_array_less(np.abs(codes.mean(axis=0) - mu), 5 * np.sqrt(sigma2 / n))
    np.testing.assert_array_less(np.abs(codes.var(axis=0) - sigma2), 5 * sigma2 * np.sqrt(2 / n))
    correlations = np.corrcoef(codes.T) - np.eye(Z_SIZE)
    assert np.abs(correlations).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize("component", (0, 4))
def test_a_chosen_component_is_the_only_one_drawn_from(sampled_mixture, component):
    codes, components = sampled_mixture.sample(5000, seed=3, component=component)
    np.testing.assert_array_equal(components, component)
    assert_moments(np.asarray(codes), sampled_mixture.params, component)


def test_draws_are_a_function_of_the_seed(sampled_mixture):
    (one, _), (same, _), (other, _) = (sampled_mixture.sample(10, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.all(np.asarray(one) != np.asarray(other))


def test_living_components_are_those_above_a_weight_the_heaviest_first():
    alpha = np.array([[0.2], [0.005], [0.5], [0.01], [0.2]])
    assert living_components(alpha).tolist() == living_components(alpha[:, 0]).tolist() == [2, 0, 4]
    assert living_components(alpha, 0.3).tolist() == [2] and not len(living_components(np.zeros(0)))
    mixture = LatentGMM(5, 2, rule=None)
    mixture.alpha.assign(alpha)
    assert mixture.living == [2, 0, 4] and not Normal(2).living
