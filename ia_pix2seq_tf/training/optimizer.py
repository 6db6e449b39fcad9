"""Adam as the originals' programs have it, and its learning rate."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import schedules
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Prior
from ia_pix2seq_tf.systems.parts import Optimizer

ADAM_BETA_2, ADAM_EPSILON = 0.999, 1e-8  # TF 1.12's defaults


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class ReferenceSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """`schedules.learning_rate`."""

    def __init__(self, initial: float, lowest: float, decay: float, period: float):
        self.initial, self.lowest, self.decay, self.period = initial, lowest, decay, period

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        return schedules.learning_rate(step, self.initial, self.lowest, self.decay, self.period)

    def get_config(self) -> dict[str, Any]:
        return {"initial": self.initial, "lowest": self.lowest, "decay": self.decay, "period": self.period}


class Adam(keras.optimizers.Adam):
    """Keras's, for a prior of which the moments may be forgotten: their bias is corrected from there on.

    Args:
        prior: whose `moments_from` is the global step of that.
        kwargs: of Keras's.
    """

    def __init__(self, prior: Prior, **kwargs):
        super().__init__(**kwargs)
        self.prior = prior

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        steps = tf.cast(self.iterations, tf.int64) + 1
        own = steps - tf.cast(self.prior.moments_from, tf.int64)
        factor = self._correction(own) / self._correction(steps)  # 1 where nothing was forgotten
        super().update_step(gradient, variable, learning_rate * factor)

    def _correction(self, steps: tf.Tensor) -> tf.Tensor:
        """The factor on the learning rate after this many steps from zero moments."""
        first, second = (1 - beta ** tf.cast(steps, tf.float32) for beta in (self.beta_1, self.beta_2))
        return tf.sqrt(second) / first


def make_optimizer(hps: HParams, fixed: Optimizer, prior: Prior) -> keras.optimizers.Adam:
    """Adam as the originals': each gradient clipped by value, epsilon outside the bias correction."""
    settings = {
        "learning_rate": _schedule(hps, fixed),
        "beta_1": fixed.beta_1 if hps.adam_beta_1 < 0 else hps.adam_beta_1,
        "beta_2": ADAM_BETA_2,
        "epsilon": ADAM_EPSILON,
        "clipvalue": hps.grad_clip,
    }
    return Adam(prior, **settings) if prior.pretrains else keras.optimizers.Adam(**settings)


def _schedule(hps: HParams, fixed: Optimizer) -> keras.optimizers.schedules.LearningRateSchedule:
    if fixed.period_factor is not None:
        return keras.optimizers.schedules.ExponentialDecay(
            hps.learning_rate, fixed.decay_period, fixed.period_factor, staircase=True
        )
    decay = float(np.dtype(fixed.decay_dtype).type(hps.decay_rate))
    return ReferenceSchedule(hps.learning_rate, hps.min_learning_rate, decay, fixed.decay_period)
