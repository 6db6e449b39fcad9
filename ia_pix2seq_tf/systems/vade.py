"""VaDE: a latent mixture that is trained by gradient, as variational deep embedding does.

Source: Jiang et al., "Variational deep embedding: an unsupervised and generative approach to clustering", 2017; the
paper's section 4.1 gives it the encoder and the decoders of IA-pix2seq.

As RPCL-pix2seq, but for the prior: the latent losses, KL divergences in full weight, train it too, through the
responsibilities as well.

    alpha_loss + gaussian_loss + lil_loss + de_weight · de_loss

The first `mixture_start` epochs, one in the paper, are a pretraining through the encoder's mean without latent losses;
then a mixture fitted to the codes (`mixture_init`, em as published) is where the prior begins.

Differs from the published programs: see `latent/trained.py`; one optimizer for networks and prior, that of all systems
here; the variance of a component begins with the encoder's own on top, for which it then stands in the loss.
"""

from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import TrainedGMM
from ia_pix2seq_tf.systems import parts, rpcl
from ia_pix2seq_tf.systems.parts import System


def build(hps: HParams) -> System:
    """The system that these hyperparameters describe."""
    late = hps.mixture_start > 0
    latent = TrainedGMM(hps.k, hps.z_size, hps.seed + parts.LATENT_SEED, late, name="latent")
    return rpcl.around(latent, hps, original=None)


largest = rpcl.largest
