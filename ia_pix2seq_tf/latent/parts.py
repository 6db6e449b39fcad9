"""What the latent space's parts hand to each other."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

Sum = Callable[[tf.Tensor], tf.Tensor]  # adds a statistic of a batch up over replicas


class Posterior(NamedTuple):
    """What an encoder says of a batch: mean and variance of each code, `[batch, z_size]` each."""

    mean: tf.Tensor
    sigma2: tf.Tensor


class Parameters(NamedTuple):
    """A mixture: means `[k, d]`, variances `[k, d]`, weights `[k, 1]`."""

    mu: tf.Tensor
    sigma2: tf.Tensor
    alpha: tf.Tensor


class Update(NamedTuple):
    """What one update of the mixture makes of a batch.

    Attributes:
        params: those that the latent losses are taken against.
        gamma: responsibilities `[b, k]`.
        label: the component of each code, `[b]`.
        proposal: the parameters to assign after the step; None where the optimizer trains them.
    """

    params: Parameters
    gamma: tf.Tensor
    label: tf.Tensor
    proposal: Parameters | None = None
