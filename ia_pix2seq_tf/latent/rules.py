"""Learning rules of the latent Gaussian mixture, as pure functions.

One update is: how much each component answers for each code (`responsibilities`); what weight it learns with
(`harmony_weights` for BYY, others in `rpcl.py`, the responsibilities themselves for maximum likelihood); weighted
sums over the batch (`weighted_sums`, `weighted_scatter`), which add up over replicas; and a short step from the old
parameters to the estimates (`blend`).

Shapes: b batch, k components, d dimensions of the code. Variances are diagonal.
"""

import math

import tensorflow as tf

from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum

RATE = 0.05  # η of the paper's eq. 10
DELTA_RANGE = (-1.0001, 1.0)  # a little below -1, so that a losing component is de-learned
LOG_FLOOR = 1e-10  # added to gamma before its logarithm
SUM_FLOOR = 1e-10  # added to a component's sum of weights before dividing by it


def log_normal(z: tf.Tensor, params: Parameters) -> tf.Tensor:
    """Log density of codes `[b, d]` under each component, `[b, k]`."""
    squares = tf.square(z[:, None] - params.mu) / params.sigma2
    log_det = tf.reduce_sum(tf.math.log(params.sigma2), axis=-1)
    return -0.5 * (tf.reduce_sum(squares, axis=-1) + log_det + z.shape[-1] * math.log(2 * math.pi))


def responsibilities(z: tf.Tensor, params: Parameters, floor: float) -> tf.Tensor:
    """Gamma `[b, k]`: the posterior of the component given the code, floored and renormalised (paper, eq. 8).

    Differs from the reference: computed by a softmax in log space, which is the same value where the
    reference's exponentials are finite, and finite everywhere.
    """
    gamma = tf.nn.softmax(tf.math.log(params.alpha[:, 0]) + log_normal(z, params))
    gamma = tf.maximum(gamma, floor)
    return gamma / tf.reduce_sum(gamma, axis=-1, keepdims=True)


def harmony_weights(gamma: tf.Tensor, code_sigma2: tf.Tensor, sigma2: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Weights of BYY harmony learning (paper, eq. 8).

        L = log gamma - ½ Σ_d code_sigma2 / sigma2
        delta = clip(L - Σ_k gamma·L, -1.0001, 1)
        w = gamma · (1 + delta)

    Args:
        gamma: `[b, k]`.
        code_sigma2: variance of the encoder, `[b, d]`.
        sigma2: variance of the components, `[k, d]`.

    Returns:
        w and delta, `[b, k]` each.
    """
    spread = tf.matmul(code_sigma2, 1 / sigma2, transpose_b=True)
    fitness = tf.math.log(gamma + LOG_FLOOR) - 0.5 * spread
    delta = fitness - tf.reduce_sum(gamma * fitness, axis=-1, keepdims=True)
    delta = tf.clip_by_value(delta, *DELTA_RANGE)
    return gamma * (1 + delta), delta


def weighted_sums(weights: tf.Tensor, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Σ_b w `[k, 1]` and Σ_b w·code `[k, d]`."""
    return tf.reduce_sum(weights, axis=0)[:, None], tf.matmul(weights, codes, transpose_a=True)


def weighted_scatter(weights: tf.Tensor, codes: tf.Tensor, code_sigma2: tf.Tensor, centres: tf.Tensor) -> tf.Tensor:
    """Σ_b w·(code_sigma2 + (code - centre)²), `[k, d]`.

    Args:
        weights: `[b, k]`.
        codes, code_sigma2: `[b, d]`.
        centres: `[k, d]`.
    """
    squares = tf.square(codes[:, None] - centres)
    return tf.einsum("bk,bkd->kd", weights, code_sigma2[:, None] + squares)


def blend(
    old: tf.Tensor, new: tf.Tensor, rate: float, lowest: float = -math.inf, highest: float = math.inf
) -> tf.Tensor:
    """A step of a share `rate` of the way from the old parameter to its estimate, kept in a range (paper, eq. 10)."""
    return tf.clip_by_value((1 - rate) * old + rate * new, lowest, highest)


def blend_weights(old: tf.Tensor, new: tf.Tensor, rate: float, lowest: float) -> tf.Tensor:
    """As `blend`, for the mixture's weights `[k, 1]`: within [lowest, 1], summing to one."""
    alpha = blend(old, new, rate, lowest, 1.0)
    return alpha / tf.reduce_sum(alpha)


def step_of_means(
    params: Parameters,
    weights: tf.Tensor,
    posterior: Posterior,
    rate: float,
    total: Sum,
    variance_range: tuple[float, float],
    sum_floor: float = SUM_FLOOR,
) -> Parameters:
    """A step towards estimates from the encoder's means; the variance is about the new mean, before that is blended.

    Args:
        params: the current mixture.
        weights: with which it learns, `[b, k]`.
        posterior: of the encoder.
        rate: share of the way to the estimates.
        total: sums a statistic over replicas.
        variance_range: of the variances.
        sum_floor: added to a component's sum of weights. Without one, a component of which that is 0 stays where it is.
    """
    mean, sigma2 = posterior
    n, s1 = (total(s) for s in weighted_sums(weights, mean))
    mu = s1 / (n + sum_floor)
    s2 = total(weighted_scatter(weights, mean, sigma2, mu))
    batch = total(tf.cast(tf.shape(mean)[0], mean.dtype))
    return Parameters(
        mu=blend(params.mu, _finite_or(params.mu, mu), rate),
        sigma2=blend(params.sigma2, _finite_or(params.sigma2, s2 / (n + sum_floor)), rate, *variance_range),
        alpha=blend_weights(params.alpha, n / batch, rate, 0.0),
    )


def _finite_or(old: tf.Tensor, new: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.math.is_finite(new), new, old)
