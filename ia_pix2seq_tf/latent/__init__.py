"""The Gaussian mixture over codes: pure learning rules, and the layer that owns the parameters."""

from ia_pix2seq_tf.latent.gmm import LatentGMM

__all__ = ["LatentGMM"]
