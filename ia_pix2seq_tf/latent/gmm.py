"""The latent Gaussian mixture that learns by a rule: the layer with the state."""

from typing import Any, Protocol

import keras
import tensorflow as tf

from ia_pix2seq_tf import schedules
from ia_pix2seq_tf.latent import draws
from ia_pix2seq_tf.latent.late import LateStart
from ia_pix2seq_tf.latent.living import living_components
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

WARM_UP_DECAY = 0.9999  # of the reference


class Rule(Protocol):
    """How a mixture learns from a batch: pure, of arrays only."""

    @property
    def harmony(self) -> bool:
        """Whether a code belongs to the component of its largest harmony weight, not of its largest responsibility."""

    def floor(self, k: int) -> float:
        """Floor of the responsibilities of k components."""

    def propose(
        self, params: Parameters, z: tf.Tensor, posterior: Posterior, step: tf.Tensor | int, total: Sum
    ) -> Update: ...

    def weigh(self, params: Parameters, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[b, k]`, and the weights `[b, k]` of which the largest is that of a code's component."""


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class LatentGMM(keras.layers.Layer):
    """Owner of the mixture's parameters, non-trainable variables changed by assignment only.

    Differs from the reference where it starts late: until `start` it keeps its parameters and the latent losses weigh
    nothing; its own steps, of warm-up and of the rule, count from there. In the reference it learns from step 0, when
    all codes lie together: the component nearest to them takes them all, and the others never come back.

    Args:
        k: number of components.
        z_size: dimension of the codes.
        rule: how the mixture learns, such as `byy.HarmonyLearning`.
        seed: of the initial means, uniform in (-1, 1).
        starts_late: whether it waits for `start`.
        warm_up_decay: factor, every step, on what the weight of the latent losses lacks of 1; None where it lacks
            nothing.
    """

    pretrains = False  # the epochs before a late start are training like others
    moments_from = 0

    def __init__(
        self,
        k: int,
        z_size: int,
        rule: Rule,
        seed: int = 0,
        starts_late: bool = False,
        warm_up_decay: float | None = WARM_UP_DECAY,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.k, self.z_size, self.rule, self.seed = k, z_size, rule, seed
        self.starts_late, self.warm_up_decay = starts_late, warm_up_decay
        uniform = keras.initializers.RandomUniform(-1.0, 1.0, seed=seed)
        weight = keras.initializers.Constant(1 / k)
        self.mu = self.add_weight(shape=(k, z_size), initializer=uniform, trainable=False, name="mu")
        self.sigma2 = self.add_weight(shape=(k, z_size), initializer="ones", trainable=False, name="sigma2")
        self.alpha = self.add_weight(shape=(k, 1), initializer=weight, trainable=False, name="alpha")
        self.late_start = LateStart(self, starts_late)
        self.built = True

    @property
    def params(self) -> Parameters:
        """The current mixture."""
        return Parameters(*(tf.convert_to_tensor(v) for v in (self.mu, self.sigma2, self.alpha)))

    @property
    def living(self) -> list[int]:
        """The components that codes still belong to, the heaviest first."""
        return living_components(self.alpha).tolist()

    @property
    def floor(self) -> float:
        """Floor of the responsibilities."""
        return self.rule.floor(self.k)

    @property
    def harmony(self) -> bool:
        """Whether a code belongs to the component of its largest harmony weight, not of its largest responsibility."""
        return self.rule.harmony

    @property
    def waits(self) -> bool:
        """Whether it has yet to start."""
        return self.late_start.waits

    def start(self, params: Parameters, step: int) -> None:
        """Begins to learn, from these parameters, at this global step."""
        self.assign(params)
        self.late_start.begin(step)

    def noise(self, noise: tf.Tensor) -> tf.Tensor:
        """The noise of a batch's codes, of what is drawn for it: all of it, before the start too."""
        return noise

    def propose(
        self, z: tf.Tensor, posterior: Posterior, step: tf.Tensor | int = 0, total: Sum = tf.identity
    ) -> Update:
        """The update that a batch of codes asks for, without gradient into its parameters; nothing is assigned.

        Args:
            z: sampled codes, `[batch, z_size]`.
            posterior: of the encoder.
            step: global step.
            total: sums a statistic over replicas.
        """
        params = self.params
        update = self.rule.propose(params, z, posterior, self.late_start.since(step), total)
        learned = [self.late_start.choose(new, old) for new, old in zip(update.params, params, strict=True)]
        fixed = Parameters(*map(tf.stop_gradient, learned))
        return update._replace(params=fixed, proposal=fixed)

    def belonging(self, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[batch, k]` for codes in the current mixture, and the component of each code, `[batch]`."""
        gamma, weights = self.rule.weigh(self.params, z, posterior)
        return gamma, tf.argmax(weights, axis=-1)

    def warm_up(self, step: tf.Tensor | int) -> tf.Tensor:
        """How much the latent losses weigh at a global step: from 0.001 at the start towards 1, or 1; 0 before."""
        if self.warm_up_decay is None:
            return self.late_start.choose(tf.constant(1.0), 0.0)
        return self.late_start.choose(schedules.warm_up(self.late_start.since(step), self.warm_up_decay), 0.0)

    def assign(self, params: Parameters) -> None:
        """Makes `params` the current mixture."""
        for variable, value in zip((self.mu, self.sigma2, self.alpha), params, strict=True):
            variable.assign(value)

    def sample(self, n: int, seed: int, component: int | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes `[n, z_size]` and their components `[n]`; see `draws.sample`."""
        return draws.sample(self.params, n, seed, component)

    def get_config(self) -> dict[str, Any]:
        names = ("k", "z_size", "seed", "starts_late", "warm_up_decay")
        config = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **config, "rule": keras.saving.serialize_keras_object(self.rule)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LatentGMM":
        return cls(**{**config, "rule": keras.saving.deserialize_keras_object(config["rule"])})
