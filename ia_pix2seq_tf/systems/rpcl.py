"""RPCL-pix2seq: a latent mixture learned by EM and rival penalised competitive learning.

Source: Zang, Tu, Xu, "Controllable stroke-based sketch synthesis from a self-organized latent space", Neural Networks,
2021; the published program.

As IA-pix2seq, but for the rule of the mixture, KL divergences as latent losses, squared pixel differences throughout,
an encoder whose variance is not bounded, and evaluation at the encoder's mean:

    warm_up · (alpha_loss + gaussian_loss) + lil_loss + de_weight · de_loss
"""

import functools

import tensorflow as tf

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.checkpoints import reference_names
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Mixture, Posterior, Update
from ia_pix2seq_tf.latent.rpcl import RivalPenalisedLearning
from ia_pix2seq_tf.systems import ia, parts
from ia_pix2seq_tf.systems.parts import Batch, Draw, Original, System, Term


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    latent = parts.mixture(hps, RivalPenalisedLearning(hps.mixture_rate), hps.warm_up_decay)
    return around(latent, hps, ORIGINAL)


def around(latent: Mixture, hps: HParams, original: Original | None) -> System:
    """The networks and losses of RPCL-pix2seq with some latent mixture."""

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: Update, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        (mu, sigma2, alpha), warm_up = update.params, latent.warm_up(step)
        return {
            "alpha_loss": Term(losses.weight_kl(update.gamma, alpha), warm_up),
            "gaussian_loss": Term(losses.gaussian_kl(update.gamma, *posterior, mu, sigma2), warm_up),
            "lil_loss": Term(draw.sequence_loss(z), 1.0),
            "de_loss": Term(losses.squared_difference(batch.images, draw.pixels(z)), hps.de_weight),
            "kl_weight": Term(warm_up, 0.0),
        }

    return System(
        encoder=parts.image_encoder(hps, None),
        decoder=parts.stroke_decoder(hps),
        pixel_decoder=parts.pixel_decoder(hps),
        latent=latent,
        terms=terms,
        samples_in_evaluation=False,
        original=original,
    )


largest = ia.largest

ORIGINAL = Original(
    functools.partial(reference_names.names, scope="RPCL-pix2seq", encoder="RPCL-pix2seq/encoder", rest="RPCL-pix2seq"),
    reference_names.config,
)
