"""Song et al.: images and strokes, each translated into the other and back into itself, through codes near N(0, I).

Source: Song, Pang, Song, Xiang, Hospedales, "Learning to sketch with shortcut cycle consistency", CVPR 2018; the
published program, `deep_p2s`. It reads photographs; here, as in the paper's tables, an image is that of the sketch.

Two encoders, of images (p) and of strokes (s), have two heads each; two decoders draw from the four codes:

    Σ cost(p2s, s2p, p2p, s2s) + paths_kl_weight · Σ max(kl_cost, kl_tolerance)

The code of a sketch is the mean of p2s, so that the model reads images; the encoder of strokes is of training alone.

Differs from the reference: the encoder of images and both decoders are those of IA-pix2seq, without fully connected
layers between, and so without their dropout. The encoder of strokes is that of sketch-rnn; it reads no start token,
and reads the last point, which the reference never sees. The variance of images' codes is a softplus, that of strokes'
codes an exponential, as these encoders have it. Both paths to strokes share the layer that makes the decoder's first
state, and within a step the dropout of the decoder. Optimizer, learning rate and augmentation are those of IA-pix2seq.
Costs of strokes are per step of the longest sketch of the data, also where batches are cut.
"""

import tensorflow as tf

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Normal, Posterior
from ia_pix2seq_tf.systems import parts, sketch_rnn
from ia_pix2seq_tf.systems.parts import Batch, Draw, System, Term

CODES = 2  # of each encoder: one for the other form of a sketch, one for its own
PATHS = 2 * CODES
COSTS = ("p2s_cost", "s2p_cost", "p2p_cost", "s2s_cost")


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""

    def to_strokes(batch: Batch, draw: Draw, z: tf.Tensor) -> tf.Tensor:
        return sketch_rnn.stroke_cost(hps, batch, draw, z, padding=True)

    def to_pixels(batch: Batch, draw: Draw, z: tf.Tensor) -> tf.Tensor:
        return losses.squared_difference(batch.images, draw.pixels(z)) / hps.png_width**2

    def terms(
        batch: Batch, posterior: Posterior, z: tf.Tensor, update: None, draw: Draw, step: tf.Tensor
    ) -> dict[str, Term]:
        p2s, p2p, s2p, s2s = tf.split(z, PATHS, axis=1)
        costs = (
            to_strokes(batch, draw, p2s),
            to_pixels(batch, draw, s2p),
            to_pixels(batch, draw, p2p),
            to_strokes(batch, draw, s2s),
        )
        named = {name: Term(cost, 1.0) for name, cost in zip(COSTS, costs, strict=True)}
        return named | {"paths_kl": Term(kl_cost(posterior, hps.kl_tolerance), hps.paths_kl_weight)}

    return System(
        encoder=parts.image_encoder(hps, None, CODES),
        companion=parts.sequence_encoder(hps, "companion", parts.COMPANION_SEED, CODES),
        paths=PATHS,
        decoder=parts.stroke_decoder(hps),
        pixel_decoder=parts.pixel_decoder(hps),
        latent=Normal(hps.z_size),
        terms=terms,
        criterion={**dict.fromkeys(COSTS, 1.0), "paths_kl": hps.paths_kl_weight},
        samples_in_evaluation=False,
    )


def kl_cost(posterior: Posterior, tolerance: float) -> tf.Tensor:
    """Divergences of the codes of all paths from N(0, I), each per dimension and at least the tolerance, summed."""
    of_paths = zip(*(tf.split(values, PATHS, axis=1) for values in posterior), strict=True)
    return tf.add_n([losses.at_least(losses.normal_kl(*codes), tolerance) for codes in of_paths])


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    recurrent = parts.largest_recurrent(hps.dec_rnn_size, hps.z_size), parts.largest_recurrent(hps.enc_rnn_size, 0)
    return max(*recurrent, (hps.png_width // 16) ** 2 * hps.z_size)
