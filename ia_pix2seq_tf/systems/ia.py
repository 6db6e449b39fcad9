"""IA-pix2seq: a latent mixture learned by Bayesian Ying-Yang harmony learning.

Source: Zang, Tu, Xu, Chinese Journal of Computers 46(3), 2023; the published program.

A CNN encoder gives each image a Gaussian code; the decoders draw strokes and pixels from it. The loss is

    latent_weight · warm_up · (alpha_loss + gaussian_loss) + lil_loss + de_loss

with the pixel loss in the first three epochs only. The ablations of the paper's Tables 5 to 7 replace harmony by
maximum likelihood, on the top level (how the mixture learns) or on the bottom one (the form of the latent losses).
"""

import functools

import tensorflow as tf
from keras import layers

from ia_pix2seq_tf import losses, schedules
from ia_pix2seq_tf.checkpoints import reference_names
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Posterior, Update
from ia_pix2seq_tf.latent.byy import HarmonyLearning
from ia_pix2seq_tf.networks import CNNDecoder
from ia_pix2seq_tf.systems import parts
from ia_pix2seq_tf.systems.parts import Batch, Draw, Original, System, Term

VARIANCE_RANGE = (0.1, 1e5)  # of the encoder
PIXEL_EPOCHS = 3  # the pixel loss is dropped after as many


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    return around(parts.image_encoder(hps, VARIANCE_RANGE), parts.pixel_decoder(hps), hps, ORIGINAL)


def around(
    encoder: layers.Layer, pixel_decoder: CNNDecoder | None, hps: HParams, original: Original | None = None
) -> System:
    """The latent mixture and the losses of IA-pix2seq with some encoder, and with pixels or without."""
    rule = HarmonyLearning(hps.top_learning == "hl", hps.repeat, hps.mixture_rate)
    latent = parts.mixture(hps, rule)
    if hps.bottom_learning == "hl":
        weight_loss, gaussian_loss = losses.weight_cross_entropy, losses.gaussian_cross_entropy
    else:
        weight_loss, gaussian_loss = losses.weight_kl, losses.gaussian_kl
    pixel_steps = PIXEL_EPOCHS * hps.num_per_category * len(hps.categories) / hps.batch_size

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: Update, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        (mu, sigma2, alpha), warm_up = update.params, latent.warm_up(step)
        latent_weight = hps.latent_weight * warm_up
        found = {
            "alpha_loss": Term(weight_loss(update.gamma, alpha), latent_weight),
            "gaussian_loss": Term(gaussian_loss(update.gamma, *posterior, mu, sigma2), latent_weight),
            "lil_loss": Term(draw.sequence_loss(z), 1.0),
            "kl_weight": Term(warm_up, 0.0),
        }
        if pixel_decoder is None:
            return found
        pixel_loss = losses.absolute_difference(batch.images, draw.pixels(z))
        return {**found, "de_loss": Term(pixel_loss, schedules.first_steps(step, pixel_steps))}

    return System(
        encoder=encoder,
        decoder=parts.stroke_decoder(hps),
        pixel_decoder=pixel_decoder,
        latent=latent,
        terms=terms,
        pixel_steps=pixel_steps,
        original=original,
    )


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    recurrent = parts.largest_recurrent(hps.dec_rnn_size, hps.z_size)
    return max(hps.k * hps.z_size, recurrent, (hps.png_width // 16) ** 2 * hps.z_size)


ORIGINAL = Original(
    functools.partial(reference_names.names, scope="RPCLVQ", encoder="RPCLVQ/encoders", rest="RPCLVQ/decoder"),
    reference_names.config,
)
