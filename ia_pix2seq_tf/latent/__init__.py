"""The prior of the codes: pure learning rules, and the layers that own what is learned."""

from typing import TypeAlias

from ia_pix2seq_tf.latent.gmm import LatentGMM
from ia_pix2seq_tf.latent.living import living_components
from ia_pix2seq_tf.latent.normal import Normal
from ia_pix2seq_tf.latent.parts import Parameters, Posterior, Sum, Update
from ia_pix2seq_tf.latent.trained import TrainedGMM

Mixture: TypeAlias = LatentGMM | TrainedGMM
Prior: TypeAlias = Mixture | Normal

__all__ = [
    "LatentGMM",
    "Mixture",
    "Normal",
    "Parameters",
    "Posterior",
    "Prior",
    "Sum",
    "TrainedGMM",
    "Update",
    "living_components",
]
