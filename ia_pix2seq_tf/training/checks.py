"""Whether data can train a model to the end: asked before the first step, and before a log root is touched."""

import logging

import numpy as np

from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.data.pipeline import SketchData, num_train_batches
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.training.mixture_start import check_enough_for_mixture

logger = logging.getLogger(__name__)

EVALUATIONS = {"valid": "validation", "test": "test"}
"""The splits without which a model can be trained, and what their sketches are called."""
_LOST = {
    "valid": "nothing is validated, so that training ends at num_steps alone, and the last checkpoint is the best",
    "test": "no test loss is reported",
}


def check_trainable(data: SketchData, hps: HParams, allow_empty_splits: bool) -> None:
    """Says which evaluations will be missing.

    Args:
        data: the sketches.
        hps: uses batch_size, max_seq_len, mixture_start and what decides the number of components.
        allow_empty_splits: train without the evaluation of a split that has no sketches.

    Raises:
        ValueError: if there are fewer training sketches than one batch or than components; of these DataError if
            validation or test has none, unless that is allowed.
    """
    num_train_batches(data, hps)
    check_enough_for_mixture(data, hps)
    for name, kind in EVALUATIONS.items():
        labels = getattr(data, name).labels
        if not len(labels) and not allow_empty_splits:
            raise DataError(_message(data, hps, name))
        if not len(labels):
            logger.warning("%s has no sketches: %s.", f"'{name}'", _LOST[name])
            continue
        if absent := [category for i, category in enumerate(data.categories) if not np.any(labels == i)]:
            logger.warning("No %s sketches of %s: the %s loss is that of the others.", kind, ", ".join(absent), kind)


def _message(data: SketchData, hps: HParams, name: str) -> str:
    """What to say of an empty split."""
    limit = f" of at most max_seq_len={hps.max_seq_len} points" if hps.max_seq_len > 0 else ""
    longer = ", or a larger max_seq_len" if limit else ""
    return (
        f"expected {EVALUATIONS[name]} sketches of {', '.join(data.categories)}, found 0 in '{name}'{limit} "
        f"({len(data.train)} in 'train'). Give each category at least three drawings and convert them again (see "
        f"--split of ia_pix2seq_tf.data.convert){longer}; or train without this evaluation by --allow_empty_splits"
    )
