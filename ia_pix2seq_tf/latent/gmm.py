"""The latent Gaussian mixture of IA-pix2seq and of RPCL-pix2seq: one proposed update, and the layer with the state."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import rules
from ia_pix2seq_tf.latent.rules import Parameters

VARIANCE_FLOOR = 1e-10
IA_VARIANCE_CEILING, RPCL_VARIANCE_CEILING = 1e5, 1e10
IA_ALPHA_FLOOR, RPCL_ALPHA_FLOOR = 1e-10, 0.0
RPCL_GAMMA_FLOOR = 1e-5

Sum = Callable[[tf.Tensor], tf.Tensor]


class Update(NamedTuple):
    """What one update of the mixture makes of a batch.

    Attributes:
        params: the proposed parameters.
        gamma: responsibilities `[b, k]`.
        label: the component of each code, `[b]`: the largest weight (IA) or responsibility (RPCL).
        delta: BYY's relative fitness `[b, k]`; zeros for RPCL.
    """

    params: Parameters
    gamma: tf.Tensor
    label: tf.Tensor
    delta: tf.Tensor


def ia_gamma_floor(k: int) -> float:
    """Floor of the responsibilities in IA-pix2seq."""
    return 1 / (100 * k)


def byy_update(params: Parameters, z, sigma2, harmony: bool = True, repeat: int = 1, total: Sum = tf.identity):
    """BYY harmony learning (paper, eq. 8 to 10; reference `Model.byy`).

    Args:
        params: the current mixture.
        z, sigma2: sampled codes and the encoder's variances, `[b, d]` each.
        harmony: False fixes delta at 0, which is maximum likelihood (the ablation `top_learning=ml`).
        repeat: how many times to update on the same batch.
        total: sums a statistic over replicas.

    Returns:
        `Update` with the statistics of the last repetition.
    """
    for _ in range(repeat):
        gamma = rules.responsibilities(z, params, ia_gamma_floor(params.mu.shape[0]))
        weights, delta = rules.harmony_weights(gamma, sigma2, params.sigma2)
        if not harmony:
            weights, delta = gamma, tf.zeros_like(delta)
        label = tf.argmax(weights, axis=-1)
        params = _ia_step(params, weights, z, sigma2, total)
    return Update(params, gamma, label, delta)


def _ia_step(params: Parameters, weights, z, sigma2, total: Sum) -> Parameters:
    """The variance is taken about the old mean, as in the reference."""
    sums = *rules.weighted_sums(weights, z), rules.weighted_scatter(weights, z, sigma2, params.mu)
    n, s1, s2 = (total(s) for s in sums)
    batch = total(tf.cast(tf.shape(z)[0], z.dtype))
    return Parameters(
        mu=rules.blend(params.mu, s1 / (n + rules.SUM_FLOOR)),
        sigma2=rules.blend(params.sigma2, s2 / (n + rules.SUM_FLOOR), VARIANCE_FLOOR, IA_VARIANCE_CEILING),
        alpha=rules.blend_weights(params.alpha, n / batch, IA_ALPHA_FLOOR),
    )


def rpcl_update(params: Parameters, z, sigma2, step, mean=None, total: Sum = tf.identity) -> Update:
    """EM enhanced by rival penalised competitive learning (reference `Model.em`, `Model.rpcl`).

    Args:
        params: the current mixture.
        z, sigma2: sampled codes, which give the responsibilities, and the encoder's variances, `[b, d]` each.
        step: global step; see `rules.is_rpcl_step`.
        mean: the encoder's means `[b, d]`, from which the mixture learns; `z` by default.
        total: sums a statistic over replicas.
    """
    mean = z if mean is None else mean
    gamma = rules.responsibilities(z, params, RPCL_GAMMA_FLOOR)
    weights = tf.where(rules.is_rpcl_step(step), rules.rival_penalised_weights(gamma), gamma)
    label = tf.argmax(gamma, axis=-1)
    return Update(_rpcl_step(params, weights, mean, sigma2, total), gamma, label, tf.zeros_like(gamma))


def _rpcl_step(params: Parameters, weights, mean, sigma2, total: Sum) -> Parameters:
    """The variance is taken about the new mean, before it is blended with the old one."""
    n, s1 = (total(s) for s in rules.weighted_sums(weights, mean))
    mu = s1 / (n + rules.SUM_FLOOR)
    s2 = total(rules.weighted_scatter(weights, mean, sigma2, mu))
    batch = total(tf.cast(tf.shape(mean)[0], mean.dtype))
    return Parameters(
        mu=rules.blend(params.mu, mu),
        sigma2=rules.blend(params.sigma2, s2 / (n + rules.SUM_FLOOR), VARIANCE_FLOOR, RPCL_VARIANCE_CEILING),
        alpha=rules.blend_weights(params.alpha, n / batch, RPCL_ALPHA_FLOOR),
    )


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class LatentGMM(keras.layers.Layer):
    """Owner of the mixture's parameters, non-trainable variables changed by assignment only.

    Args:
        k: number of components.
        z_size: dimension of the codes.
        system: "ia" (BYY harmony learning) or "rpcl" (EM and RPCL).
        harmony: for "ia", False switches BYY off (maximum likelihood).
        repeat: for "ia", updates per batch.
        seed: of the initial means, uniform in (-1, 1).
    """

    def __init__(self, k, z_size, system="ia", harmony=True, repeat=1, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.k, self.z_size, self.system = k, z_size, system
        self.harmony, self.repeat, self.seed = harmony, repeat, seed
        uniform = keras.initializers.RandomUniform(-1.0, 1.0, seed=seed)
        weight = keras.initializers.Constant(1 / k)
        self.mu = self.add_weight(shape=(k, z_size), initializer=uniform, trainable=False, name="mu")
        self.sigma2 = self.add_weight(shape=(k, z_size), initializer="ones", trainable=False, name="sigma2")
        self.alpha = self.add_weight(shape=(k, 1), initializer=weight, trainable=False, name="alpha")
        self.built = True

    @property
    def params(self) -> Parameters:
        """The current mixture."""
        return Parameters(*(tf.convert_to_tensor(v) for v in (self.mu, self.sigma2, self.alpha)))

    def propose(self, z, sigma2, step=0, mean=None, total: Sum = tf.identity) -> Update:
        """The update that a batch of codes asks for; nothing is assigned.

        Args:
            z, sigma2: sampled codes and encoder variances, `[batch, z_size]`.
            step: global step (used by RPCL).
            mean: encoder means (used by RPCL).
            total: sums a statistic over replicas.
        """
        if self.system == "ia":
            return byy_update(self.params, z, sigma2, self.harmony, self.repeat, total)
        return rpcl_update(self.params, z, sigma2, step, mean, total)

    def assign(self, params: Parameters) -> None:
        """Makes `params` the current mixture."""
        for variable, value in zip((self.mu, self.sigma2, self.alpha), params, strict=True):
            variable.assign(value)

    def sample(self, n: int, seed: int, component: int | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes `[n, z_size]` and their components `[n]`: a component by its weight, then a code (paper, eq. 5)."""
        seeds = tf.random.experimental.stateless_split((seed, 0), 2)
        if component is None:
            logits = tf.math.log(self.params.alpha[:, 0])[None]
            components = tf.random.stateless_categorical(logits, n, seeds[0])[0]
        else:
            components = tf.fill((n,), tf.constant(component, tf.int64))
        noise = tf.random.stateless_normal((n, self.z_size), seeds[1])
        mu, sigma2, _ = self.params
        return tf.gather(mu, components) + tf.sqrt(tf.gather(sigma2, components)) * noise, components

    def get_config(self):
        names = ("k", "z_size", "system", "harmony", "repeat", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
