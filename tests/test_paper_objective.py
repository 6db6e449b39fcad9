"""`objective=paper` equals NumPy twins of the paper's equations 6 to 10, written from them alone."""

import numpy as np
import pytest
import tensorflow as tf
from twins import Z_SIZE, Batch, K, random_parameters

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.latent import LatentGMM, Parameters, Posterior, Update
from ia_pix2seq_tf.latent.byy import PrintedHarmonyLearning
from ia_pix2seq_tf.training.trainer import Trainer

RATE = 0.05
SIZES = {"dec_model": "lstm", "dec_rnn_size": 8, "z_size": Z_SIZE, "num_mixture": K, "num_sub": 1, "jit_compile": False}
EPOCH = {"categories": ["cat", "pig"], "num_per_category": 30, "batch_size": 6}  # of ten steps
SIX = 6


# The twins: sums over codes and components in float64.


def gaussian(y, mu, sigma2) -> float:
    return float(np.prod(np.exp(-((y - mu) ** 2) / (2 * sigma2)) / np.sqrt(2 * np.pi * sigma2)))


def yang_twin(y, params) -> tuple[np.ndarray, np.ndarray]:
    """Eq. 8: p(k|y) and the weights p(k|y)(1 + delta), `[N, K]`."""
    p, weights = np.zeros((len(y), K)), np.zeros((len(y), K))
    for i in range(len(y)):
        joint = [params.alpha[k, 0] * gaussian(y[i], params.mu[k], params.sigma2[k]) for k in range(K)]
        p[i] = np.array(joint) / sum(joint)
        mean = sum(p[i, j] * np.log(p[i, j]) for j in range(K))
        for k in range(K):
            weights[i, k] = p[i, k] * (1 + np.log(p[i, k]) - mean)
    return p, weights


def ying_twin(weights, a, b2) -> Parameters:
    """Eq. 9: the estimates, from the encoder's means a and variances b2."""
    alpha, mu, sigma2 = np.zeros((K, 1)), np.zeros((K, a.shape[1])), np.zeros((K, a.shape[1]))
    for k in range(K):
        n = sum(weights[:, k])
        alpha[k] = n / len(a)
        mu[k] = sum(w * x for w, x in zip(weights[:, k], a, strict=True)) / n
        scatter = [
            w * (np.outer(x - mu[k], x - mu[k]) + np.diag(s)) for w, x, s in zip(weights[:, k], a, b2, strict=True)
        ]
        sigma2[k] = np.diag(sum(scatter) / n)
    return Parameters(mu, sigma2, alpha)


def update_twin(old, estimate) -> Parameters:
    """Eq. 10; the weights sum to one, as eq. 3 demands."""
    mu = (1 - RATE) * old.mu + RATE * estimate.mu
    sigma2 = np.maximum((1 - RATE) * old.sigma2 + RATE * estimate.sigma2, 1e-5)
    alpha = np.maximum((1 - RATE) * old.alpha + RATE * estimate.alpha, 0)
    return Parameters(mu, sigma2, alpha / alpha.sum())


def expectation_twin(p, a, b2, params) -> tuple[float, float]:
    """Eq. 7, its two parts, the mean over the sketches of what is to be maximised."""
    codes = weights = 0.0
    for i in range(len(a)):
        for k in range(K):
            inner = (
                np.log(2 * np.pi) + np.log(params.sigma2[k]) + (b2[i] + (a[i] - params.mu[k]) ** 2) / params.sigma2[k]
            )
            codes -= p[i, k] / 2 * sum(inner)
            weights += p[i, k] * np.log(params.alpha[k, 0])
    return codes / len(a), weights / len(a)


# Equations 8 to 10.


def float64(parameters: Parameters) -> Parameters:
    return Parameters(*(np.float64(values) for values in parameters))


def proposed(parameters: Parameters, batch: Batch, **settings) -> Update:
    mixture = LatentGMM(K, Z_SIZE, PrintedHarmonyLearning(**settings), warm_up_decay=None)
    mixture.assign(parameters)
    return mixture.propose(batch.z, Posterior(batch.mean, batch.sigma2))


def assert_parameters(found: Parameters, expected: Parameters):
    for name, one, other in zip(Parameters._fields, found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_an_update_is_that_of_the_printed_equations(seed):
    parameters, batch = random_parameters(seed), Batch(seed + 20)
    update = proposed(parameters, batch)
    p, weights = yang_twin(np.float64(batch.z), float64(parameters))
    np.testing.assert_allclose(update.gamma, p, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(update.label, p.argmax(axis=1))
    np.testing.assert_array_equal(update.label, weights.argmax(axis=1))
    estimate = ying_twin(weights, np.float64(batch.mean), np.float64(batch.sigma2))
    assert_parameters(update.params, update_twin(float64(parameters), estimate))


def test_without_delta_it_is_em():
    parameters, batch = random_parameters(5), Batch(25)
    p, _ = yang_twin(np.float64(batch.z), float64(parameters))
    estimate = ying_twin(p, np.float64(batch.mean), np.float64(batch.sigma2))
    assert_parameters(proposed(parameters, batch, competes=False).params, update_twin(float64(parameters), estimate))


def test_a_repeated_update_starts_from_the_one_before():
    parameters, batch = random_parameters(6), Batch(26)
    once = proposed(parameters, batch).params
    again = proposed(Parameters(*(values.numpy() for values in once)), batch).params
    assert_parameters(proposed(parameters, batch, repeat=2).params, again)


def test_weights_of_a_batch_sum_to_its_size():
    _, weights = yang_twin(np.float64(Batch(27).z), float64(random_parameters(7)))
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)  # alpha sums to one where none is raised to 0


def test_statistics_of_replicas_add_up():
    parameters, batch = random_parameters(11), Batch(31)
    mixture = LatentGMM(K, Z_SIZE, PrintedHarmonyLearning())
    mixture.assign(parameters)
    twice = [np.concatenate([values, values]) for values in (batch.z, batch.mean, batch.sigma2)]
    whole = mixture.propose(twice[0], Posterior(*twice[1:]))
    part = mixture.propose(batch.z, Posterior(batch.mean, batch.sigma2), total=lambda statistic: 2 * statistic)
    assert_parameters(part.params, whole.params)


@pytest.mark.parametrize("lost", ("far away", "of weight zero"))
def test_a_component_that_no_code_belongs_to_stays_where_it_is_and_fades(lost):
    parameters, batch = random_parameters(8), Batch(28)
    if lost == "far away":
        parameters.mu[0] = 1e3
    else:
        parameters.alpha[0] = 0
    found = proposed(parameters, batch)
    assert all(np.isfinite(values).all() for values in (*found.params, found.gamma))
    assert np.max(found.gamma[:, 0]) == 0
    np.testing.assert_allclose(found.params.mu[0], parameters.mu[0], rtol=1e-6)
    np.testing.assert_allclose(found.params.sigma2[0], parameters.sigma2[0], rtol=1e-6)
    np.testing.assert_allclose(found.params.alpha[0], (1 - RATE) * parameters.alpha[0], rtol=1e-5)


def test_variances_are_at_least_1e_5_and_weights_at_least_0():
    parameters, batch = random_parameters(9), Batch(29)
    parameters.sigma2[:] = 1e-7
    batch.z[:], batch.mean[:], batch.sigma2[:] = parameters.mu[1], parameters.mu[1], 1e-7
    found = proposed(parameters, batch).params
    assert np.min(found.sigma2) == np.float32(1e-5) and np.min(found.alpha) >= 0


def test_gradients_through_gamma_are_finite_where_a_component_is_lost():
    parameters, batch = random_parameters(10), Batch(30)
    parameters.alpha[0] = 0
    z = tf.constant(batch.z)
    mixture = LatentGMM(K, Z_SIZE, PrintedHarmonyLearning())
    mixture.assign(parameters)
    with tf.GradientTape() as tape:
        tape.watch(z)
        total = tf.reduce_sum(mixture.propose(z, Posterior(batch.mean, batch.sigma2)).gamma ** 2)
    assert np.isfinite(tape.gradient(total, z)).all()


# Equations 6 and 7, and the training of section 4.1.


def model_of(**changes) -> IAPix2Seq:
    return IAPix2Seq(HParams(**{**SIZES, **EPOCH, "objective": "paper", **changes}))


@pytest.fixture
def sketches() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, sequences, and noise of the codes of six random sketches."""
    rng = np.random.default_rng(1)
    pens = np.eye(3)[rng.integers(3, size=(SIX, 9))]
    sequences = np.concatenate([rng.standard_normal((SIX, 9, 2)), pens], axis=2)
    eps = rng.standard_normal((SIX, Z_SIZE))
    return tuple(values.astype(np.float32) for values in (rng.uniform(-1, 1, (SIX, 48, 48)), sequences, eps))


@pytest.mark.parametrize(("step", "pixel_weight"), ((0, 0.5), (29, 0.5), (30, 0.01), (31, 0.01), (1000, 0.01)))
def test_the_loss_is_that_of_the_printed_objective(sketches, step, pixel_weight):
    model, (images, sequences, eps) = model_of(), sketches
    terms = {name: np.float64(value) for name, value in model.compute_losses(images, sequences, eps, step).items()}
    a, b2 = (np.float64(values) for values in model.encode(images))
    y = a + np.sqrt(b2) * eps
    p, weights = yang_twin(y, float64(Parameters(*(v.numpy() for v in model.latent.params))))
    codes, assignments = expectation_twin(p, a, b2, Parameters(terms["q_mu"], terms["q_sigma2"], terms["q_alpha"]))
    np.testing.assert_allclose(terms["gaussian_loss"], -codes, rtol=1e-4)
    np.testing.assert_allclose(terms["alpha_loss"], -assignments, rtol=1e-4)
    pixels = np.asarray(model.decode_pixels(np.float32(y)))[..., 0]
    np.testing.assert_allclose(terms["de_loss"], ((images - pixels) ** 2).sum(axis=(1, 2)).mean(), rtol=1e-4)
    total = terms["lil_loss"] + pixel_weight * terms["de_loss"] - codes - assignments
    np.testing.assert_allclose(terms["total_loss"], total, rtol=1e-4)
    old = float64(Parameters(*(v.numpy() for v in model.latent.params)))
    assert_parameters(
        Parameters(*(terms[f"q_{name}"] for name in Parameters._fields)), update_twin(old, ying_twin(weights, a, b2))
    )


def test_maximum_likelihood_below_drops_the_entropy_of_codes_and_assignments(sketches):
    model, (images, sequences, eps) = model_of(bottom_learning="ml"), sketches
    plain = model_of().compute_losses(images, sequences, eps)
    found = model.compute_losses(images, sequences, eps)
    a, b2 = (np.float64(values) for values in model.encode(images))
    p, _ = yang_twin(a + np.sqrt(b2) * eps, float64(Parameters(*(v.numpy() for v in model.latent.params))))
    entropy = 0.5 * (1 + np.log(2 * np.pi * b2)).sum(axis=1).mean()
    np.testing.assert_allclose(found["gaussian_loss"], plain["gaussian_loss"] - entropy, rtol=1e-3)
    np.testing.assert_allclose(found["alpha_loss"], plain["alpha_loss"] + (p * np.log(p)).sum(axis=1).mean(), rtol=1e-3)


def test_the_variance_of_codes_is_not_bounded(sketches):
    images = sketches[0]
    free, bounded = model_of(), model_of(objective="program")
    for model in (free, bounded):
        model.encoder.variance.bias.assign(tf.fill((Z_SIZE,), -30.0))
        model.encoder.variance.kernel.assign(tf.zeros_like(model.encoder.variance.kernel))
    assert np.max(free.encode(images)[1]) < 1e-9
    assert np.min(bounded.encode(images)[1]) == np.float32(0.1)


def test_until_a_late_start_the_latent_losses_weigh_nothing_and_all_of_it_from_there(sketches):
    model, (images, sequences, eps) = model_of(mixture_start=1), sketches
    assert float(model.compute_losses(images, sequences, eps, 5)["kl_weight"]) == 0
    model.latent.start(model.latent.params, 5)
    assert float(model.compute_losses(images, sequences, eps, 5)["kl_weight"]) == 1


def test_the_learning_rate_is_0_95_of_the_one_before_after_each_epoch(sketches):
    trainer = Trainer(model_of(learning_rate=0.002))
    rates = {}
    for step in (0, 9, 10, 19, 20, 1000):
        trainer.optimizer.iterations.assign(step)
        rates[step] = float(trainer.optimizer.learning_rate)
    epochs = {0: 0, 9: 0, 10: 1, 19: 1, 20: 2, 1000: 100}
    for step, rate in rates.items():
        np.testing.assert_allclose(rate, 0.002 * 0.95 ** epochs[step], rtol=1e-5, err_msg=str(step))
    images, sequences, eps = map(tf.constant, sketches)
    trainer.optimizer.iterations.assign(0)
    assert np.isfinite(float(trainer.train_step(images, sequences, eps)["total_loss"]))


@pytest.mark.parametrize(
    ("changes", "beta_1"),
    [
        ({"objective": "paper"}, 0.05),
        ({"objective": "paper", "adam_beta_1": 0.5}, 0.5),
        ({"objective": "program"}, 0.5),
        ({"objective": "program", "adam_beta_1": 0.0}, 0.0),
        ({"objective": "program", "system": "sketch_rnn"}, 0.9),
        ({"objective": "program", "system": "rpcl", "adam_beta_1": 0.05}, 0.05),
    ],
)
def test_adam_s_beta_1_is_the_program_s_the_paper_s_or_the_user_s(changes, beta_1):
    optimizer = Trainer(model_of(**changes)).optimizer
    assert (optimizer.beta_1, optimizer.beta_2) == (beta_1, 0.999)
