"""sketch-pix2seq: a small CNN encoder in the place of sketch-rnn's, and no term for the codes.

Source: Chen et al., "Sketch-pix2seq: a model to generate sketches of multiple categories", 2017; the only public
program, a reimplementation.

    r_cost

Codes are still sampled, in training and in validation. They follow no distribution in particular: that codes of no
sketch are drawn from N(0, I) is a convention, the original sampler's too. Without `conditional` it is sketch-rnn's
decoder alone.

Differs from the reference: images are those of all systems here, one pixel wide and rendered once; the reference's were
drawn from strokes in model units by another program, with lines and margins that depend on the drawing's extent.
"""

import functools

import tensorflow as tf

from ia_pix2seq_tf.checkpoints import vector_rnn
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Normal, Posterior
from ia_pix2seq_tf.networks import HighPassEncoder
from ia_pix2seq_tf.systems import parts, sketch_rnn
from ia_pix2seq_tf.systems.parts import Batch, Draw, Original, System, Term


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    if not hps.conditional:
        return sketch_rnn.decoder_alone(hps)

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: None, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        return {"r_cost": Term(sketch_rnn.stroke_cost(hps, batch, draw, z), 1.0)}

    return System(
        encoder=HighPassEncoder(hps.z_size, hps.seed + parts.ENCODER_SEED, name="encoder"),
        decoder=parts.stroke_decoder(hps, "glorot"),
        pixel_decoder=None,
        latent=Normal(hps.z_size),
        terms=terms,
        criterion={"r_cost": 1.0},
        optimizer=sketch_rnn.OPTIMIZER,
        original=ORIGINAL,
    )


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    return parts.largest_recurrent(hps.dec_rnn_size, hps.z_size if hps.conditional else 0)


ORIGINAL = Original(functools.partial(vector_rnn.names, encoder=vector_rnn.image_encoder), vector_rnn.config)
