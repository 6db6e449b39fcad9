"""SketchHealer: sketches cut into graphs, and no term for the codes.

Source: Su et al., "SketchHealer: a graph-to-sequence network for recreating partial human sketches", 2020; the
published program.

    lil_loss

Patches along the lines, weighted by how many others lie near, become the code; the decoder draws the strokes. Codes are
sampled, in training and in validation, and follow no distribution in particular: that codes of no sketch are drawn from
N(0, I) is a convention.

Differs from the reference: graphs are cut as `graphs.py` says. Decoder, loss and optimizer are those of IA-pix2seq, as
in the later program of the paper's authors: the loss is summed over time in place of a mean, its floor is 1e-6 in place
of 1e-3, the end is a row of its own, and each entry of a gradient is clipped rather than the norms of two parts.
"""

import tensorflow as tf

from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Normal, Posterior
from ia_pix2seq_tf.systems import parts
from ia_pix2seq_tf.systems.parts import Batch, Draw, System, Term


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    return System(
        encoder=parts.graph_encoder(hps, log_variance=True),
        decoder=parts.stroke_decoder(hps),
        pixel_decoder=None,
        latent=Normal(hps.z_size),
        terms=terms,
    )


def terms(
    batch: Batch, posterior: Posterior, z: tf.Tensor, update: None, draw: Draw, step: tf.Tensor
) -> dict[str, Term]:
    """The loss of the strokes alone."""
    return {"lil_loss": Term(draw.sequence_loss(z), 1.0)}


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    return parts.largest_recurrent(hps.dec_rnn_size, hps.z_size)
