"""The loss of codes whose prior is N(0, I), and its schedule, as pure functions (sketch-rnn)."""

import tensorflow as tf


def kl_to_normal(mean: tf.Tensor, sigma2: tf.Tensor) -> tf.Tensor:
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


def kl_weight(step: tf.Tensor, highest: float, start: float, decay: float) -> tf.Tensor:
    """Annealing of the KL divergence: from `start` at step 0 towards `highest` (sketch-rnn, eq. 12).

        highest - (highest - start)·decay^step

    Differs from the paper as the reference does: `start` is a weight, not a share of `highest`.
    """
    left = decay ** tf.cast(step, tf.float64)  # in float32 the error of decay itself grows with the step
    return tf.cast(highest - (highest - start) * left, tf.float32)
