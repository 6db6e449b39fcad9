"""The start of a latent mixture that waits for one: from the codes of the training sketches."""

import logging

import numpy as np
from tqdm import tqdm

from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data.pipeline import SketchData
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.inference import encode_all
from ia_pix2seq_tf.latent import Mixture, Parameters, living_components
from ia_pix2seq_tf.training.state import RunState
from ia_pix2seq_tf.training.trainer import Trainer

logger = logging.getLogger(__name__)

MOST_CODES = 50_000
SEED = 2  # beside hps.seed: keeps the choice of sketches apart from other draws
CHUNK = 1024  # sketches between two steps of the progress bar


def start_mixture(mixture: Mixture, trainer: Trainer, state: RunState, data: SketchData) -> None:
    """Fits the mixture to codes of training sketches, and lets it learn; a function of weights, data and seed.

    This becomes the best checkpoint, until a validation finds one: one from before has no mixture to return to. After a
    pretraining, Adam begins anew. Of several workers, the chief fits.

    Raises:
        ValueError: fewer training sketches than components.
    """
    workers = state.workers
    found = workers.on_chief(_fit, trainer, data)
    params = mixture.params if found is None else found
    params = Parameters(*workers.from_chief([np.asarray(values) for values in params]))
    if mixture.pretrains:
        trainer.forget_moments()
    mixture.start(params, trainer.step)
    state.forget_best()
    state.save(native.BEST)
    alpha = params.alpha.ravel()
    logger.info(
        "Step %d: the mixture starts from %s of the codes, with %d living components of %d, weights %.3f to %.3f.",
        trainer.step,
        trainer.hps.mixture_init,
        len(living_components(alpha)),
        len(alpha),
        alpha.min(),
        alpha.max(),
    )


def check_enough_for_mixture(data: SketchData, hps: HParams) -> None:
    """Raises ValueError if the mixture is to start from the codes of fewer training sketches than it has components."""
    if hps.mixture_start and len(data.train) < hps.k:
        raise ValueError(
            f"mixture_start: expected at least as many training sketches as components, {hps.k}, found "
            f"{len(data.train)} in 'train': choose fewer components (num_mixture * num_sub) or more sketches"
        )


def _fit(trainer: Trainer, data: SketchData) -> Parameters:
    from ia_pix2seq_tf.latent import start  # scikit-learn takes its time, and few need it

    hps = trainer.hps
    check_enough_for_mixture(data, hps)
    mean, sigma2 = _codes(trainer, data)
    return start.INITS[hps.mixture_init](mean, sigma2, hps.k, hps.seed)


def _codes(trainer: Trainer, data: SketchData) -> tuple[np.ndarray, np.ndarray]:
    """Code means and variances of at most `MOST_CODES` training sketches, as they were drawn."""
    sketches, scale = data.train.sample(MOST_CODES, [trainer.hps.seed, SEED]), float(data.scale_factor)
    found = []
    for first in tqdm(range(0, len(sketches), CHUNK), desc="codes for the mixture", unit="chunk", leave=False):
        part = sketches.select(np.arange(first, min(first + CHUNK, len(sketches))))
        found.append(encode_all(trainer.model, part.images, part.strokes, scale))
    mean, sigma2 = zip(*found, strict=True)
    return np.concatenate(mean), np.concatenate(sigma2)
