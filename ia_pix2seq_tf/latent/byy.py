"""Bayesian Ying-Yang harmony learning of the latent mixture (paper, eq. 8 to 10; reference `Model.byy`)."""

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import rules
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

VARIANCE_RANGE = (1e-10, 1e5)
ALPHA_FLOOR = 1e-10
GAMMA_SHARE = 100  # responsibilities are at least 1 / (100 k)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
@dataclasses.dataclass(frozen=True)
class HarmonyLearning:
    """The rule of `LatentGMM` by which components that lose are de-learned.

    Attributes:
        harmony: False fixes delta at 0, which is maximum likelihood (the paper's ablation of the top level).
        repeat: updates on each batch.
        rate: share of the way to its estimate that a parameter goes in an update.
    """

    harmony: bool = True
    repeat: int = 1
    rate: float = rules.RATE

    def propose(
        self, params: Parameters, z: tf.Tensor, posterior: Posterior, step: tf.Tensor, total: Sum = tf.identity
    ) -> Update:
        """The update from sampled codes `[b, d]`; gamma and label are those of the last repetition.

        Args:
            params: the current mixture.
            z: sampled codes.
            posterior: of the encoder, of which the variances count.
            step: does not matter to this rule.
            total: sums a statistic over replicas.
        """
        for _ in range(self.repeat):
            gamma = rules.responsibilities(z, params, self.floor(params.mu.shape[0]))
            weights = rules.harmony_weights(gamma, posterior.sigma2, params.sigma2)[0] if self.harmony else gamma
            label = tf.argmax(weights, axis=-1)
            params = _step(params, weights, z, posterior.sigma2, self.rate, total)
        return Update(params, gamma, label)

    def floor(self, k: int) -> float:
        """Floor of the responsibilities of k components."""
        return 1 / (GAMMA_SHARE * k)

    def get_config(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "HarmonyLearning":
        return cls(**config)


def _step(
    params: Parameters, weights: tf.Tensor, z: tf.Tensor, sigma2: tf.Tensor, rate: float, total: Sum
) -> Parameters:
    """The variance is taken about the old mean, as in the reference."""
    sums = *rules.weighted_sums(weights, z), rules.weighted_scatter(weights, z, sigma2, params.mu)
    n, s1, s2 = (total(s) for s in sums)
    batch = total(tf.cast(tf.shape(z)[0], z.dtype))
    return Parameters(
        mu=rules.blend(params.mu, s1 / (n + rules.SUM_FLOOR), rate),
        sigma2=rules.blend(params.sigma2, s2 / (n + rules.SUM_FLOOR), rate, *VARIANCE_RANGE),
        alpha=rules.blend_weights(params.alpha, n / batch, rate, ALPHA_FLOOR),
    )
