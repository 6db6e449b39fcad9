"""Codes drawn from a mixture."""

import tensorflow as tf

from ia_pix2seq_tf.latent.parts import Parameters


def sample(params: Parameters, n: int, seed: int, component: int | None = None) -> tuple[tf.Tensor, tf.Tensor]:
    """Codes `[n, d]` and their components `[n]`: a component by its weight, then a code (paper, eq. 5).

    Args:
        params: the mixture.
        n: number of codes.
        seed: of which they are a function.
        component: the one to draw from; by its weight if None.
    """
    mu, sigma2, alpha = params
    seeds = tf.random.experimental.stateless_split((seed, 0), 2)
    if component is None:
        components = tf.random.stateless_categorical(tf.math.log(alpha[:, 0])[None], n, seeds[0])[0]
    else:
        components = tf.fill((n,), tf.constant(component, tf.int64))
    noise = tf.random.stateless_normal((n, mu.shape[-1]), seeds[1])
    return tf.gather(mu, components) + tf.sqrt(tf.gather(sigma2, components)) * noise, components
