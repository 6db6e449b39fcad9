"""IA-pix2seq+: IA-pix2seq that reads graphs, with SketchHealer's encoder up to the code.

Source: Zang, Tu, Xu, Chinese Journal of Computers 46(3), 2023, sections 4.1 and 4.2; no program was published.

The mixture, its learning and the losses are those of IA-pix2seq, the variance of the encoder as well; the decoder of
strokes is SketchHealer's, as the paper compares both "with completely identical encoder and decoder structure". For
that reason no pixels are drawn either, unless `pixel_decoder` says so:

    latent_weight · warm_up · (alpha_loss + gaussian_loss) + lil_loss [+ de_loss]
"""

from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.systems import ia, parts
from ia_pix2seq_tf.systems.parts import System


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    objective = ia.OBJECTIVES[hps.objective](hps)
    encoder = parts.graph_encoder(hps, log_variance=False, variance_range=objective.variance_range)
    pixels = parts.pixel_decoder(hps) if hps.pixel_decoder else None
    return ia.around(encoder, pixels, objective, hps, original=None)


def largest(hps: HParams) -> int:
    """Entries, at least, of the largest weights."""
    return max(hps.k * hps.z_size, parts.largest_recurrent(hps.dec_rnn_size, hps.z_size))
