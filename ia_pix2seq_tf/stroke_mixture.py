"""The distribution of the next stroke: a mixture of 20 bivariate Gaussians for the offset, three pen states.

The decoder's raw output `[..., 123]` holds 3 pen logits, then 20 each of: logits of pi, mu_x, mu_y,
log sigma_x, log sigma_y, and rho before tanh (sketch-rnn, eq. 5; reference `Model.get_mixture_params`).
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

if TYPE_CHECKING:
    from tensorflow_probability import distributions as tfd

COMPONENTS = 20
PEN_STATES = 3  # drawing, lifted, end of sketch
RAW_SIZE = PEN_STATES + 6 * COMPONENTS
LARGEST_RHO_LOGIT = 30.0  # keeps 1 / (1 - rho²) finite


class StrokeMixture(NamedTuple):
    """Parameters of the next stroke; all `[..., m]` but the pen's `[..., 3]`."""

    pen_logits: tf.Tensor
    pi_logits: tf.Tensor
    mu_x: tf.Tensor
    mu_y: tf.Tensor
    log_sigma_x: tf.Tensor
    log_sigma_y: tf.Tensor
    rho_logits: tf.Tensor  # rho before tanh

    @property
    def pi(self) -> tf.Tensor:
        return tf.nn.softmax(self.pi_logits)

    @property
    def pen(self) -> tf.Tensor:
        return tf.nn.softmax(self.pen_logits)

    @property
    def sigma_x(self) -> tf.Tensor:
        return tf.exp(self.log_sigma_x)

    @property
    def sigma_y(self) -> tf.Tensor:
        return tf.exp(self.log_sigma_y)

    @property
    def rho(self) -> tf.Tensor:
        return tf.tanh(self.rho_logits)

    @property
    def log_one_minus_rho2(self) -> tf.Tensor:
        """log(1 - rho²) = log sech²(rho_logits), finite where tanh rounds to 1."""
        magnitude = tf.minimum(tf.abs(self.rho_logits), LARGEST_RHO_LOGIT)
        return 2 * (math.log(2) - magnitude - tf.math.log1p(tf.exp(-2 * magnitude)))


def stroke_mixture(raw: tf.Tensor) -> StrokeMixture:
    """Raw decoder output `[..., 123]` by name."""
    sizes = [PEN_STATES] + [COMPONENTS] * 6
    return StrokeMixture(*tf.split(raw, sizes, axis=-1))


def log_density(params: StrokeMixture, offsets: tf.Tensor) -> tf.Tensor:
    """Log density of offsets `[..., 2]` under each weighted component, `[..., m]` (sketch-rnn, eq. 24 and 25)."""
    dx, dy = tf.split(offsets, 2, axis=-1)
    x = (dx - params.mu_x) * tf.exp(-params.log_sigma_x)
    y = (dy - params.mu_y) * tf.exp(-params.log_sigma_y)
    log_det = params.log_one_minus_rho2
    across = (x - params.rho * y) * tf.exp(-0.5 * log_det)  # a sum of squares does not cancel where rho is near 1
    quadratic = tf.square(across) + tf.square(y)
    log_normal = -math.log(2 * math.pi) - params.log_sigma_x - params.log_sigma_y - 0.5 * (log_det + quadratic)
    return tf.nn.log_softmax(params.pi_logits) + log_normal


def offset_distribution(params: StrokeMixture, temperature: float | tf.Tensor = 1.0) -> "tfd.Distribution":
    """The offset's mixture over `[2]`; logits of pi divided by the temperature, sigma multiplied by it.

    Differs from the paper, as the reference does: sigma is scaled by the temperature, not by its square root.
    """
    from tensorflow_probability import distributions as tfd  # here: training does without its second of imports

    sigma_x, sigma_y = params.sigma_x * temperature, params.sigma_y * temperature
    lower = sigma_y * tf.exp(0.5 * params.log_one_minus_rho2)
    scale_tril = tf.stack(
        [
            tf.stack([sigma_x, tf.zeros_like(sigma_x)], axis=-1),
            tf.stack([params.rho * sigma_y, lower], axis=-1),
        ],
        axis=-2,
    )
    return tfd.MixtureSameFamily(
        tfd.Categorical(logits=params.pi_logits / temperature),
        tfd.MultivariateNormalTriL(tf.stack([params.mu_x, params.mu_y], axis=-1), scale_tril),
    )


def pen_distribution(params: StrokeMixture, temperature: float | tf.Tensor = 1.0) -> "tfd.Categorical":
    """The pen state; logits divided by the temperature."""
    from tensorflow_probability import distributions as tfd

    return tfd.Categorical(logits=params.pen_logits / temperature)
