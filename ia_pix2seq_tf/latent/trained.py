"""The latent Gaussian mixture that is trained by gradient, with the networks (VaDE)."""

from typing import Any

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import draws, rules
from ia_pix2seq_tf.latent.late import LateStart
from ia_pix2seq_tf.latent.living import living_components
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

SMALLEST_ALPHA = 1e-10  # of a start: the logarithm of an empty component's weight must be finite


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class TrainedGMM(keras.layers.Layer):
    """Owner of a mixture in a form without constraints: logits of the weights, means, logarithms of the variances.

    Where it starts late, the epochs before are a pretraining of the networks: codes have no noise and the latent losses
    weigh nothing; it is not validated, and of the optimizer's moments none outlives it.

    Source: Jiang et al., "Variational deep embedding", 2017 (VaDE). Differs from the published programs: weights and
    variances are trained as logits and logarithms, so that they stay those of a mixture, and responsibilities are a
    softmax in log space. A floor of 1e-10 on the joint density made them all equal in many dimensions there, and the
    program of the authors took the weights to the power of the dimension.

    Args:
        k: number of components.
        z_size: dimension of the codes.
        seed: of the initial means, uniform in (-1, 1).
        starts_late: whether it waits for `start`.
    """

    floor = 0.0  # of the responsibilities
    harmony = False  # a code belongs to the component of its largest responsibility

    def __init__(self, k: int, z_size: int, seed: int = 0, starts_late: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.k, self.z_size, self.seed, self.starts_late = k, z_size, seed, starts_late
        uniform = keras.initializers.RandomUniform(-1.0, 1.0, seed=seed)
        self.logits = self.add_weight(shape=(k,), initializer="zeros", name="logits")
        self.mu = self.add_weight(shape=(k, z_size), initializer=uniform, name="mu")
        self.log_sigma2 = self.add_weight(shape=(k, z_size), initializer="zeros", name="log_sigma2")
        self.late_start = LateStart(self, starts_late)
        self.built = True

    @property
    def sigma2(self) -> tf.Tensor:
        """Variances `[k, z_size]`."""
        return tf.exp(tf.convert_to_tensor(self.log_sigma2))

    @property
    def alpha(self) -> tf.Tensor:
        """Weights `[k, 1]`."""
        return tf.nn.softmax(tf.convert_to_tensor(self.logits))[:, None]

    @property
    def params(self) -> Parameters:
        """The current mixture."""
        return Parameters(tf.convert_to_tensor(self.mu), self.sigma2, self.alpha)

    @property
    def living(self) -> list[int]:
        """The components that codes still belong to, the heaviest first."""
        return living_components(self.alpha).tolist()

    @property
    def waits(self) -> bool:
        """Whether it has yet to start."""
        return self.late_start.waits

    pretrains = waits

    @property
    def moments_from(self) -> tf.Tensor | int:
        """The global step from which the optimizer's moments count."""
        return tf.maximum(tf.convert_to_tensor(self.late_start.step), 0) if self.starts_late else 0

    def start(self, params: Parameters, step: int) -> None:
        """Begins, from these parameters, at this global step."""
        self.assign(params)
        self.late_start.begin(step)

    def noise(self, noise: tf.Tensor) -> tf.Tensor:
        """The noise of a batch's codes, of what is drawn for it: none before the start."""
        return self.late_start.choose(noise, tf.zeros_like(noise))

    def propose(
        self, z: tf.Tensor, posterior: Posterior, step: tf.Tensor | int = 0, total: Sum = tf.identity
    ) -> Update:
        """The current mixture, with gradient, and where codes `[batch, z_size]` belong in it; nothing is proposed."""
        return Update(self.params, *self.belonging(z, posterior))

    def belonging(self, z: tf.Tensor, posterior: Posterior) -> tuple[tf.Tensor, tf.Tensor]:
        """Responsibilities `[batch, k]` for codes in the current mixture, and the component of each code, `[batch]`."""
        gamma = rules.responsibilities(z, self.params, self.floor)
        return gamma, tf.argmax(gamma, axis=-1)

    def warm_up(self, step: tf.Tensor | int) -> tf.Tensor:
        """How much the latent losses weigh: 1 from the start on, 0 before."""
        return self.late_start.choose(tf.constant(1.0), 0.0)

    def assign(self, params: Parameters) -> None:
        """Makes `params` the current mixture; weights below 1e-10 are raised to it."""
        mu, sigma2, alpha = (tf.convert_to_tensor(values) for values in params)
        self.logits.assign(tf.math.log(tf.maximum(alpha[:, 0], SMALLEST_ALPHA)))
        self.mu.assign(mu)
        self.log_sigma2.assign(tf.math.log(sigma2))

    def sample(self, n: int, seed: int, component: int | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes `[n, z_size]` and their components `[n]`; see `draws.sample`."""
        return draws.sample(self.params, n, seed, component)

    def get_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in ("k", "z_size", "seed", "starts_late")}
        return {**super().get_config(), **config}
