"""The prior of the codes: pure learning rules, and the layers that own what is learned."""

from ia_pix2seq_tf.latent.gmm import LatentGMM
from ia_pix2seq_tf.latent.living import living_components
from ia_pix2seq_tf.latent.normal import Normal
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update

__all__ = ["LatentGMM", "Normal", "Parameters", "Posterior", "Sum", "Update", "living_components"]
