"""sketch-rnn: a bidirectional recurrent encoder, codes that follow N(0, I), and a recurrent decoder.

Source: Ha and Eck, "A neural representation of sketch drawings", 2017; magenta's `sketch_rnn`, of 2018.

    r_cost + kl_weight(step) · max(kl_cost, kl_tolerance)

Without `conditional` there is no encoder and no code: the decoder draws on its own, and kl_cost is absent.

Differs from the reference: validation counts what evaluation counts (`r_cost` without padding), with the final weight
of the KL divergence; the reference validates with the training form of the loss, at the weight of step 0.
"""

import functools

import tensorflow as tf

from ia_pix2seq_tf import losses, schedules
from ia_pix2seq_tf.checkpoints import gen_model, vector_rnn
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Normal, Posterior
from ia_pix2seq_tf.systems import parts
from ia_pix2seq_tf.systems.parts import Batch, Browser, Draw, Optimizer, Original, System, Term

OPTIMIZER = Optimizer(beta_1=0.9, decay_period=1, decay_dtype="float64")


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    return decoder_alone(hps) if not hps.conditional else _conditional(hps)


def _conditional(hps: HParams) -> System:
    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: None, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        kl_weight = schedules.annealed(step, hps.kl_weight, hps.kl_weight_start, hps.kl_decay_rate)
        return {
            "r_cost": Term(stroke_cost(hps, batch, draw, z), 1.0),
            "kl_cost": Term(losses.at_least(losses.normal_kl(*posterior), hps.kl_tolerance), kl_weight),
            "kl_weight": Term(kl_weight, 0.0),
        }

    return System(
        encoder=parts.sequence_encoder(hps),
        decoder=parts.stroke_decoder(hps, "glorot"),
        pixel_decoder=None,
        latent=Normal(hps.z_size),
        terms=terms,
        criterion={"r_cost": 1.0, "kl_cost": hps.kl_weight},
        optimizer=OPTIMIZER,
        original=ORIGINAL,
        browser=BROWSER,
    )


def decoder_alone(hps: HParams) -> System:
    """The decoder without a code, which sketch-pix2seq has too."""

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: None, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        return {"r_cost": Term(stroke_cost(hps, batch, draw, z), 1.0)}

    return System(
        encoder=None,
        decoder=parts.stroke_decoder(hps, "glorot"),
        pixel_decoder=None,
        latent=Normal(0),
        terms=terms,
        criterion={"r_cost": 1.0},
        optimizer=OPTIMIZER,
        original=ORIGINAL,
        browser=BROWSER,
    )


def stroke_cost(hps: HParams, batch: Batch, draw: Draw, z: tf.Tensor, padding: bool | None = None) -> tf.Tensor:
    """The loss of the strokes per step of the longest sketch, to which a batch need not reach (`r_cost`)."""
    steps = hps.max_seq_len if hps.max_seq_len > 0 else batch.sequences.shape[1] - 1
    return draw.sequence_loss(z, padding) / steps


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    decoder = parts.largest_recurrent(hps.dec_rnn_size, hps.z_size if hps.conditional else 0)
    return max(decoder, parts.largest_recurrent(hps.enc_rnn_size, 0)) if hps.conditional else decoder


ORIGINAL = Original(functools.partial(vector_rnn.names, encoder=vector_rnn.sequence_encoder), vector_rnn.config)
BROWSER = Browser(gen_model.names, gen_model.config)
