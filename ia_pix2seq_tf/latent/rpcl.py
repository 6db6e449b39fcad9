"""EM of the latent mixture, enhanced by rival penalised competitive learning (reference `Model.em`, `Model.rpcl`)."""

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import rules
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

VARIANCE_RANGE = (1e-10, 1e10)
GAMMA_FLOOR = 1e-5
RIVAL_PENALTY = 1e-4  # de-learning rate
EM_ONLY_STEPS = 500  # RPCL begins after as many steps of pure EM
PERIOD = 3  # then every third step is an RPCL one


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
@dataclasses.dataclass(frozen=True)
class RivalPenalisedLearning:
    """The rule of `LatentGMM` by which, on some steps, the winner learns alone and drives its rival away.

    Attributes:
        rate: share of the way to its estimate that a parameter goes in an update.
    """

    rate: float = rules.RATE
    harmony: ClassVar[bool] = False  # a code belongs to the component of the largest responsibility

    def propose(
        self, params: Parameters, z: tf.Tensor, posterior: Posterior, step: tf.Tensor, total: Sum = tf.identity
    ) -> Update:
        """The update from the encoder's means `[b, d]`; responsibilities are those of the sampled codes.

        Args:
            params: the current mixture.
            z: sampled codes.
            posterior: of the encoder.
            step: of the mixture; see `is_rpcl_step`.
            total: sums a statistic over replicas.
        """
        gamma, _ = self.weigh(params, z, posterior)
        weights = tf.where(is_rpcl_step(step), rival_penalised_weights(gamma), gamma)
        stepped = rules.step_of_means(params, weights, posterior, self.rate, total, VARIANCE_RANGE)
        return Update(stepped, gamma, tf.argmax(gamma, axis=-1))

    def weigh(self, params: Parameters, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[b, k]`, twice, as a code belongs to the component of the largest."""
        gamma = rules.responsibilities(z, params, self.floor(params.mu.shape[0]))
        return gamma, gamma

    def floor(self, k: int) -> float:
        """Floor of the responsibilities of k components."""
        return GAMMA_FLOOR

    def get_config(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RivalPenalisedLearning":
        return cls(**config)


def rival_penalised_weights(gamma: tf.Tensor) -> tf.Tensor:
    """Weights `[b, k]`: 1 for the winner, -1e-4 for the rival, the second best (reference `Model.rpcl`)."""
    k = gamma.shape[-1]
    winner = tf.one_hot(tf.argmax(gamma, axis=-1), k)
    rival = tf.one_hot(tf.argmax(gamma * (1 - winner), axis=-1), k)
    return winner - RIVAL_PENALTY * rival


def is_rpcl_step(step: tf.Tensor) -> tf.Tensor:
    """Whether the mixture's update at this step is of RPCL; of EM otherwise."""
    return (step > EM_ONLY_STEPS) & (step % PERIOD == 0)
