"""IA-pix2seq: a latent mixture learned by Bayesian Ying-Yang harmony learning.

Source: Zang, Tu, Xu, Chinese Journal of Computers 46(3), 2023; the published program.

A CNN encoder gives each image a Gaussian code; the decoders draw strokes and pixels from it. The loss is

    latent_weight · warm_up · (alpha_loss + gaussian_loss) + lil_loss + de_loss

with the pixel loss in the first three epochs only. The ablations of the paper's Tables 5 to 7 replace harmony by
maximum likelihood, on the top level (how the mixture learns) or on the bottom one (the form of the latent losses).

The paper prints another objective, `objective=paper`:

    alpha_loss + gaussian_loss + lil_loss + lambda_2 · de_loss

with squared pixels, and lambda_2 0.5 and from the fourth epoch on 0.01. `docs/systems.md` lists all differences.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf
from keras import layers

from ia_pix2seq_tf import losses, schedules
from ia_pix2seq_tf.checkpoints import reference_names
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Posterior, Update
from ia_pix2seq_tf.latent.byy import HarmonyLearning, PrintedHarmonyLearning
from ia_pix2seq_tf.latent.gmm import Rule
from ia_pix2seq_tf.networks import CNNDecoder
from ia_pix2seq_tf.systems import parts
from ia_pix2seq_tf.systems.parts import Batch, Draw, Optimizer, Original, System, Term

PIXEL_EPOCHS = 3  # after which the pixel loss weighs less, or nothing


class Objective(NamedTuple):
    """What the program and the paper have of their own.

    Attributes:
        rule: by which the mixture learns.
        variance_range: of the encoder; None where it is not bounded.
        latent_weight: of the latent losses.
        warm_up_decay: of that weight; None where it is there from the start.
        pixel_loss: of images and pixels.
        pixel_weights: in the first three epochs, and from then on.
        optimizer: of the training.
    """

    rule: Rule
    variance_range: tuple[float, float] | None
    latent_weight: float
    warm_up_decay: float | None
    pixel_loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    pixel_weights: tuple[float, float]
    optimizer: Optimizer


def program(hps: HParams) -> Objective:
    """The published program's."""
    return Objective(
        rule=HarmonyLearning(hps.top_learning == "hl", hps.repeat, hps.mixture_rate),
        variance_range=(0.1, 1e5),
        latent_weight=hps.latent_weight,
        warm_up_decay=hps.warm_up_decay,
        pixel_loss=losses.absolute_difference,
        pixel_weights=(1.0, 0.0),
        optimizer=Optimizer(),
    )


def paper(hps: HParams) -> Objective:
    """The paper's, equations 6 to 10 and section 4.1."""
    return Objective(
        rule=PrintedHarmonyLearning(hps.top_learning == "hl", hps.repeat, hps.mixture_rate),
        variance_range=None,
        latent_weight=1.0,
        warm_up_decay=None,
        pixel_loss=losses.squared_difference,
        pixel_weights=(0.5, 0.01),
        optimizer=Optimizer(beta_1=0.05, decay_period=epoch_steps(hps), period_factor=0.95),
    )


OBJECTIVES = {"program": program, "paper": paper}
"""By the name that `hps.objective` gives them."""


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    objective = OBJECTIVES[hps.objective](hps)
    encoder = parts.image_encoder(hps, objective.variance_range)
    return around(encoder, parts.pixel_decoder(hps), objective, hps, ORIGINAL)


def around(
    encoder: layers.Layer,
    pixel_decoder: CNNDecoder | None,
    objective: Objective,
    hps: HParams,
    original: Original | None,
) -> System:
    """The mixture and losses of IA-pix2seq with some encoder; without pixel loss where no pixels are drawn."""
    latent = parts.mixture(hps, objective.rule, objective.warm_up_decay)
    pixel_steps = PIXEL_EPOCHS * epoch_steps(hps)
    first, later = objective.pixel_weights

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: Update, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        warm_up = latent.warm_up(step)
        found = latent_terms(hps, posterior, update, objective.latent_weight * warm_up)
        found["lil_loss"] = Term(draw.sequence_loss(z), 1.0)
        if pixel_decoder is not None:
            weight = later + (first - later) * schedules.first_steps(step, pixel_steps)
            found["de_loss"] = Term(objective.pixel_loss(batch.images, draw.pixels(z)), weight)
        return found | {"kl_weight": Term(warm_up, 0.0)}

    return System(
        encoder=encoder,
        decoder=parts.stroke_decoder(hps),
        pixel_decoder=pixel_decoder,
        latent=latent,
        terms=terms,
        pixel_steps=math.inf if later else pixel_steps,
        optimizer=objective.optimizer,
        original=original,
    )


def latent_terms(hps: HParams, posterior: Posterior, update: Update, weight: tf.Tensor) -> dict[str, Term]:
    """The losses of codes against the mixture, in the form of harmony or of maximum likelihood (paper, eq. 7)."""
    if hps.bottom_learning == "hl":
        weight_loss, gaussian_loss = losses.weight_cross_entropy, losses.gaussian_cross_entropy
    else:
        weight_loss, gaussian_loss = losses.weight_kl, losses.gaussian_kl
    mu, sigma2, alpha = update.params
    return {
        "alpha_loss": Term(weight_loss(update.gamma, alpha), weight),
        "gaussian_loss": Term(gaussian_loss(update.gamma, *posterior, mu, sigma2), weight),
    }


def epoch_steps(hps: HParams) -> float:
    """Steps of an epoch of full categories, by which the program counts."""
    return hps.num_per_category * len(hps.categories) / hps.batch_size


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    recurrent = parts.largest_recurrent(hps.dec_rnn_size, hps.z_size)
    return max(hps.k * hps.z_size, recurrent, (hps.png_width // 16) ** 2 * hps.z_size)


ORIGINAL = Original(
    functools.partial(reference_names.names, scope="RPCLVQ", encoder="RPCLVQ/encoders", rest="RPCLVQ/decoder"),
    reference_names.config,
)
