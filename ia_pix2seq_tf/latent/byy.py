"""Bayesian Ying-Yang harmony learning of the latent mixture (paper, eq. 8 to 10): as the program has it (reference
`Model.byy`), and as printed.
"""

import dataclasses
import math
from typing import Any, ClassVar

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import rules
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

VARIANCE_RANGE = (1e-10, 1e5)
ALPHA_FLOOR = 1e-10
GAMMA_SHARE = 100  # responsibilities are at least 1 / (100 k)
PRINTED_RANGE = (1e-5, math.inf)  # of the variances (paper, eq. 10)


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
            gamma, weights = self.weigh(params, z, posterior)
            params = _step(params, weights, z, posterior.sigma2, self.rate, total)
        return Update(params, gamma, tf.argmax(weights, axis=-1))

    def weigh(self, params: Parameters, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[b, k]`, and the weights `[b, k]` of which the largest is that of a code's component."""
        gamma = rules.responsibilities(z, params, self.floor(params.mu.shape[0]))
        weights = rules.harmony_weights(gamma, posterior.sigma2, params.sigma2)[0] if self.harmony else gamma
        return gamma, weights

    def floor(self, k: int) -> float:
        """Floor of the responsibilities of k components."""
        return 1 / (GAMMA_SHARE * k)

    def get_config(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "HarmonyLearning":
        return cls(**config)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
@dataclasses.dataclass(frozen=True)
class PrintedHarmonyLearning:
    """The rule of `LatentGMM` as the paper prints it; `docs/systems.md` says where it differs from the program.

        p(k|y) = alpha_k N(y; mu_k, sigma2_k) / Σ_j alpha_j N(y; mu_j, sigma2_j)
        delta_k = log p(k|y) - Σ_j p(j|y) log p(j|y),  w_k = p(k|y) (1 + delta_k)                              (8)
        alpha~ = Σ_i w / N,  mu~ = Σ_i w a / Σ_i w,  sigma2~ = Σ_i w ((a - mu~)² + b²) / Σ_i w                 (9)
        mu = (1-rate) mu + rate mu~;  sigma2, alpha likewise, at least 1e-5 and 0                             (10)

    with y the sampled code, a and b² the encoder's mean and variance, i the sketches of the batch.

    Attributes:
        competes: False fixes delta at 0, which is maximum likelihood (the paper's ablation of the top level).
        repeat: updates on each batch.
        rate: the paper's η.
    """

    competes: bool = True
    repeat: int = 1
    rate: float = rules.RATE
    harmony: ClassVar[bool] = False  # the largest w is that of the largest p

    def propose(
        self, params: Parameters, z: tf.Tensor, posterior: Posterior, step: tf.Tensor, total: Sum = tf.identity
    ) -> Update:
        """The update from means, with responsibilities of sampled codes; arguments as `HarmonyLearning.propose`."""
        for _ in range(self.repeat):
            log_gamma = _log_responsibilities(params, z)
            gamma = tf.exp(log_gamma)
            weights = _printed_weights(gamma, log_gamma) if self.competes else gamma
            params = rules.step_of_means(params, weights, posterior, self.rate, total, PRINTED_RANGE, sum_floor=0.0)
        return Update(params, gamma, tf.argmax(gamma, axis=-1))

    def weigh(self, params: Parameters, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[b, k]`, twice, as a code belongs to the component of the largest."""
        gamma = tf.exp(_log_responsibilities(params, z))
        return gamma, gamma

    def floor(self, k: int) -> float:
        """Floor of the responsibilities of k components: none."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "PrintedHarmonyLearning":
        return cls(**config)


def _log_responsibilities(params: Parameters, z: tf.Tensor) -> tf.Tensor:
    """Logarithms of p(k|y), `[b, k]`."""
    return tf.nn.log_softmax(tf.math.log(params.alpha[:, 0]) + rules.log_normal(z, params))


def _printed_weights(gamma: tf.Tensor, log_gamma: tf.Tensor) -> tf.Tensor:
    """w of eq. 8, `[b, k]`; 0, as in the limit, where gamma is."""
    negative_entropy = tf.reduce_sum(tf.math.multiply_no_nan(log_gamma, gamma), axis=-1, keepdims=True)
    return gamma + tf.math.multiply_no_nan(log_gamma - negative_entropy, gamma)


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
