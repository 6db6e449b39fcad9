"""What depends on the global step: the learning rate and the weights of loss terms, as pure functions."""

import tensorflow as tf

WARM_UP_SHARE = 0.999


def warm_up(step: tf.Tensor, decay: float) -> tf.Tensor:
    """Weight of the latent losses: 1 - 0.999·decay^step, from 0.001 at step 0 towards 1 (reference `kl_weight`)."""
    return 1 - WARM_UP_SHARE * decay ** tf.cast(step, tf.float32)


def annealed(step: tf.Tensor, weight: float, start: float, rate: float) -> tf.Tensor:
    """From `start` at step 0 towards `weight`: weight - (weight - start)·rate^step (sketch-rnn, eq. 12).

    Differs from the paper as the original does: `start` is a weight, not a share of `weight`.
    """
    left = rate ** tf.cast(step, tf.float64)  # in float32 the error of the rate itself grows with the step
    return tf.cast(weight - (weight - start) * left, tf.float32)


def first_steps(step: tf.Tensor, steps: float) -> tf.Tensor:
    """1 during the first `steps` steps, then 0."""
    return tf.cast(tf.cast(step, tf.float32) < steps, tf.float32)


def learning_rate(step: tf.Tensor, initial: float, lowest: float, decay: float, period: float) -> tf.Tensor:
    """(initial - lowest)·decay^(step/period) + lowest, of `decay` in float64."""
    return tf.cast((initial - lowest) * decay ** (tf.cast(step, tf.float64) / period) + lowest, tf.float32)
