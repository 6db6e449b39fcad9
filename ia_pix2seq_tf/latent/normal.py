"""The prior N(0, I): nothing is learned, and there are no components."""

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.constants import NO_COMPONENT
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum


class Normal:
    """In the place of `LatentGMM` where codes are drawn from N(0, I), or where there is no code (`z_size` 0).

    That an encoder's codes follow it too is up to the loss terms. Where none sees to it, it is no more than the place
    from which codes of no sketch are drawn by convention.

    Args:
        z_size: dimension of the codes.
    """

    k = 0
    variables = ()
    living: tuple[int, ...] = ()
    pretrains = False
    moments_from = 0

    def __init__(self, z_size: int):
        self.z_size = z_size

    def propose(self, z: tf.Tensor, posterior: Posterior, step: tf.Tensor = 0, total: Sum = tf.identity) -> None:
        """Nothing: see `LatentGMM.propose`."""

    def assign(self, params: Parameters) -> None:
        """Nothing: see `LatentGMM.assign`."""

    def noise(self, noise: tf.Tensor) -> tf.Tensor:
        """The noise itself: see `LatentGMM.noise`."""
        return noise

    def sample(self, n: int, seed: int, component: int | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes `[n, z_size]` of N(0, I), and `NO_COMPONENT` for each, `[n]`.

        Raises:
            ValueError: where a component is asked for.
        """
        if component is not None:
            raise ValueError(f"component {component}: the codes of this model have no components")
        codes = tf.random.stateless_normal((n, self.z_size), (seed, 0))
        return codes, tf.constant(np.full(n, NO_COMPONENT, np.int64))
