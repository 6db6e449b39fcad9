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
    """Keras's, with the reference's one operation for each variable, where Keras has twenty, which take long to trace.
    Where the prior has forgotten the moments, their bias is corrected from there on.

    Args:
        prior: whose `moments_from` is the global step of that.
        kwargs: of Keras's.
    """

    def __init__(self, prior: Prior, **kwargs):
        super().__init__(**kwargs)
        self.prior = prior

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        steps = tf.cast(self.iterations, tf.int64) + 1 - tf.cast(self.prior.moments_from, tf.int64)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1 ** tf.cast(steps, tf.float32),
            beta2_power=self.beta_2 ** tf.cast(steps, tf.float32),
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def make_optimizer(hps: HParams, fixed: Optimizer, prior: Prior) -> Adam:
    """Adam as the originals': each gradient clipped by value, epsilon outside the bias correction."""
    return Adam(
        prior,
        learning_rate=_schedule(hps, fixed),
        beta_1=fixed.beta_1 if hps.adam_beta_1 < 0 else hps.adam_beta_1,
        beta_2=ADAM_BETA_2,
        epsilon=ADAM_EPSILON,
        clipvalue=hps.grad_clip,
    )


def _schedule(hps: HParams, fixed: Optimizer) -> keras.optimizers.schedules.LearningRateSchedule:
    if fixed.period_factor is not None:
        return keras.optimizers.schedules.ExponentialDecay(
            hps.learning_rate, fixed.decay_period, fixed.period_factor, staircase=True
        )
    decay = float(np.dtype(fixed.decay_dtype).type(hps.decay_rate))
    return ReferenceSchedule(hps.learning_rate, hps.min_learning_rate, decay, fixed.decay_period)
