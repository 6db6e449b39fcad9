"""The latent Gaussian mixture: the layer with the state."""

from typing import Any, Protocol

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update


class Rule(Protocol):
    """How a mixture learns from a batch: pure, of arrays only."""

    def propose(
        self, params: Parameters, z: tf.Tensor, posterior: Posterior, step: tf.Tensor | int, total: Sum
    ) -> Update: ...


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class LatentGMM(keras.layers.Layer):
    """Owner of the mixture's parameters, non-trainable variables changed by assignment only.

    Args:
        k: number of components.
        z_size: dimension of the codes.
        rule: how the mixture learns, such as `byy.HarmonyLearning`.
        seed: of the initial means, uniform in (-1, 1).
    """

    def __init__(self, k: int, z_size: int, rule: Rule, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.k, self.z_size, self.rule, self.seed = k, z_size, rule, seed
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

    def propose(
        self, z: tf.Tensor, posterior: Posterior, step: tf.Tensor | int = 0, total: Sum = tf.identity
    ) -> Update:
        """The update that a batch of codes asks for; nothing is assigned.

        Args:
            z: sampled codes, `[batch, z_size]`.
            posterior: of the encoder.
            step: global step.
            total: sums a statistic over replicas.
        """
        return self.rule.propose(self.params, z, posterior, step, total)

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

    def get_config(self) -> dict[str, Any]:
        config = {"k": self.k, "z_size": self.z_size, "seed": self.seed}
        return {**super().get_config(), **config, "rule": keras.saving.serialize_keras_object(self.rule)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LatentGMM":
        return cls(**{**config, "rule": keras.saving.deserialize_keras_object(config["rule"])})
