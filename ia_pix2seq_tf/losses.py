"""The loss terms and their schedules, as pure functions.

Shapes: b batch, t time, k components, d dimensions of the code.
"""

import tensorflow as tf

from ia_pix2seq_tf.stroke_mixture import log_density, stroke_mixture

DENSITY_FLOOR = 1e-6  # added to the offset's density before its logarithm
REFERENCE_PI = 3.1416  # the reference's value in the cross-entropy
CROSS_ENTROPY_FLOOR, KL_FLOOR = 1e-30, 1e-10  # added before logarithms and divisions in the two forms
WARM_UP_DECAY = 0.9999
WARM_UP_SHARE = 0.999
IA_LATENT_WEIGHT = 0.5
IA_PIXEL_EPOCHS = 3  # IA-pix2seq drops the pixel loss after as many epochs
LEARNING_RATE_PERIOD = 3  # steps per multiplication with decay_rate


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


def pixel_loss(images: tf.Tensor, pixels: tf.Tensor, squared: bool) -> tf.Tensor:
    """Absolute (IA) or squared (RPCL) differences, summed over the image, averaged over the batch.

    Args:
        images: `[b, w, w]`.
        pixels: `[b, w, w, 1]`.
        squared: squares instead of absolute values.
    """
    difference = images - pixels[..., 0]
    size = tf.square(difference) if squared else tf.abs(difference)
    return tf.reduce_mean(tf.reduce_sum(size, axis=(1, 2)))


def weight_loss(gamma: tf.Tensor, alpha: tf.Tensor, kl: bool) -> tf.Tensor:
    """Of the mixture's weights, the reference's "alpha loss".

    Cross-entropy -Σ_k gamma·log alpha (IA), or KL divergence Σ_k gamma·log(gamma/alpha) (RPCL).

    Args:
        gamma: `[b, k]`.
        alpha: `[k, 1]`.
        kl: which form.
    """
    if kl:
        log_ratio = tf.math.log(gamma / (alpha[:, 0] + KL_FLOOR) + KL_FLOOR)
    else:
        log_ratio = -tf.math.log(alpha[:, 0] + CROSS_ENTROPY_FLOOR)
    return tf.reduce_mean(tf.reduce_sum(gamma * log_ratio, axis=1))


def gaussian_loss(gamma, mean, code_sigma2, mu, sigma2, kl: bool) -> tf.Tensor:
    """Of the codes under the mixture's Gaussians, weighted by gamma (paper, eq. 7).

    Per component ½ Σ_d [log 2π + log sigma2 + (code_sigma2 + (mean - mu)²) / sigma2], the cross-entropy (IA);
    with -1 - log code_sigma2 instead of log 2π it is the KL divergence (RPCL).

    Args:
        gamma: `[b, k]`.
        mean, code_sigma2: of the encoder, `[b, d]`.
        mu, sigma2: of the mixture, `[k, d]`.
        kl: which form.
    """
    floor = KL_FLOOR if kl else CROSS_ENTROPY_FLOOR
    if kl:
        constant = -1 - tf.math.log(code_sigma2 + floor)[:, None]
    else:
        constant = tf.math.log(2 * REFERENCE_PI)
    distance = (code_sigma2[:, None] + tf.square(mean[:, None] - mu)) / (sigma2 + floor)
    terms = tf.reduce_sum(constant + tf.math.log(sigma2 + floor) + distance, axis=-1)
    return tf.reduce_mean(tf.reduce_sum(0.5 * gamma * terms, axis=1))


def kl_weight(step: tf.Tensor) -> tf.Tensor:
    """Warm-up of the latent losses: from 0.001 at step 0 towards 1."""
    return 1 - WARM_UP_SHARE * WARM_UP_DECAY ** tf.cast(step, tf.float32)


def learning_rate(step, initial: float, lowest: float, decay: float) -> tf.Tensor:
    """(initial - lowest)·decay^(step/3) + lowest."""
    return (initial - lowest) * decay ** (tf.cast(step, tf.float32) / LEARNING_RATE_PERIOD) + lowest


def ia_pixel_weight(step, sketches: int, batch_size: int) -> tf.Tensor:
    """1 during the first three nominal epochs, `sketches / batch_size` steps each; then 0."""
    return tf.cast(tf.cast(step, tf.float32) < IA_PIXEL_EPOCHS * sketches / batch_size, tf.float32)
