"""The loss terms, as pure functions; each form is one. Their weights and schedules are the systems'.

Shapes: b batch, t time, k components, d dimensions of the code.
"""

import tensorflow as tf

from ia_pix2seq_tf.stroke_mixture import log_density, stroke_mixture

DENSITY_FLOOR = 1e-6  # added to the offset's density before its logarithm
REFERENCE_PI = 3.1416  # the reference's value in the cross-entropy
CROSS_ENTROPY_FLOOR, KL_FLOOR = 1e-30, 1e-10  # added before logarithms and divisions in the two forms


def sequence_loss(raw: tf.Tensor, targets: tf.Tensor, training: bool) -> tf.Tensor:
    """Negative log likelihood of the strokes: summed over time, averaged over the batch (sketch-rnn, eq. 9).

    Args:
        raw: `[b, t, 123]`, see `stroke_mixture.py`.
        targets: stroke-5, `[b, t, 5]`.
        training: the pen's cross-entropy counts every step; in evaluation only the steps of the sketch.
    """
    params = stroke_mixture(raw)
    inside = 1 - targets[..., 4]
    density = tf.reduce_sum(tf.exp(log_density(params, targets[..., :2])), axis=-1)
    offset_loss = -tf.math.log(density + DENSITY_FLOOR) * inside
    pen_loss = tf.nn.softmax_cross_entropy_with_logits(targets[..., 2:], params.pen_logits)
    if not training:
        pen_loss *= inside
    return tf.reduce_mean(tf.reduce_sum(offset_loss + pen_loss, axis=1))


def absolute_difference(images: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """|images - pixels|, summed over the image, averaged over the batch.

    Args:
        images: `[b, w, w]`.
        pixels: `[b, w, w, 1]`.
    """
    return _over_pixels(tf.abs(images - pixels[..., 0]))


def squared_difference(images: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """(images - pixels)², summed over the image, averaged over the batch; shapes as `absolute_difference`."""
    return _over_pixels(tf.square(images - pixels[..., 0]))


def _over_pixels(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.reduce_sum(values, axis=(1, 2)))


def weight_cross_entropy(gamma: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """Of the latent mixture's weights: -Σ_k gamma·log alpha, the mean over the batch (reference "alpha loss").

    Args:
        gamma: `[b, k]`.
        alpha: `[k, 1]`.
    """
    return _over_components(gamma * -tf.math.log(alpha[:, 0] + CROSS_ENTROPY_FLOOR))


def weight_kl(gamma: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """The KL divergence Σ_k gamma·log(gamma/alpha); shapes as `weight_cross_entropy`."""
    return _over_components(gamma * tf.math.log(gamma / (alpha[:, 0] + KL_FLOOR) + KL_FLOOR))


def gaussian_cross_entropy(
    gamma: tf.Tensor, mean: tf.Tensor, code_sigma2: tf.Tensor, mu: tf.Tensor, sigma2: tf.Tensor
) -> tf.Tensor:
    """Of the codes under the latent mixture's Gaussians, weighted by gamma (paper, eq. 7).

    Per component ½ Σ_d [log 2π + log sigma2 + (code_sigma2 + (mean - mu)²) / sigma2].

    Args:
        gamma: `[b, k]`.
        mean, code_sigma2: of the encoder, `[b, d]`.
        mu, sigma2: of the mixture, `[k, d]`.
    """
    constant = tf.math.log(2 * REFERENCE_PI)
    return _gaussian(gamma, constant, mean, code_sigma2, mu, sigma2, CROSS_ENTROPY_FLOOR)


def gaussian_kl(
    gamma: tf.Tensor, mean: tf.Tensor, code_sigma2: tf.Tensor, mu: tf.Tensor, sigma2: tf.Tensor
) -> tf.Tensor:
    """The KL divergence of the codes from the Gaussians: as `gaussian_cross_entropy`, with -1 - log code_sigma2 in
    the place of log 2π.
    """
    constant = -1 - tf.math.log(code_sigma2 + KL_FLOOR)[:, None]
    return _gaussian(gamma, constant, mean, code_sigma2, mu, sigma2, KL_FLOOR)


def _gaussian(
    gamma: tf.Tensor,
    constant: tf.Tensor,
    mean: tf.Tensor,
    code_sigma2: tf.Tensor,
    mu: tf.Tensor,
    sigma2: tf.Tensor,
    floor: float,
) -> tf.Tensor:
    distance = (code_sigma2[:, None] + tf.square(mean[:, None] - mu)) / (sigma2 + floor)
    terms = tf.reduce_sum(constant + tf.math.log(sigma2 + floor) + distance, axis=-1)
    return _over_components(0.5 * gamma * terms)


def _over_components(values: tf.Tensor) -> tf.Tensor:
    """Sums over components, means over the batch, of `[b, k]`."""
    return tf.reduce_mean(tf.reduce_sum(values, axis=1))


def normal_kl(mean: tf.Tensor, sigma2: tf.Tensor) -> tf.Tensor:
    """KL divergence of the codes' Gaussians from N(0, 1), averaged over batch and dimensions (sketch-rnn, eq. 10).

    Args:
        mean, sigma2: of the encoder, `[b, d]`.
    """
    return -0.5 * tf.reduce_mean(1 + tf.math.log(sigma2) - tf.square(mean) - sigma2)


def at_least(kl: tf.Tensor, tolerance: float) -> tf.Tensor:
    """`kl`, or the tolerance where that is larger; then nothing flows back (`Model.build_model`).

    Where both are equal, the gradient is that of `kl`.
    """
    return tf.maximum(kl, tolerance)
