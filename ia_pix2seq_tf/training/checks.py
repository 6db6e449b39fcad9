"""Whether data can train a model to the end: asked before the first step, and before a log root is touched."""

import logging
from pathlib import Path

import numpy as np

from ia_pix2seq_tf import catalogue
from ia_pix2seq_tf.checkpoints import packed
from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.data.pipeline import SketchData, num_train_batches
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.hparams.rules import IMAGE_FACTOR, IMAGE_LAYERS
from ia_pix2seq_tf.loading import PRETRAINED
from ia_pix2seq_tf.training.mixture_start import check_enough_for_mixture

logger = logging.getLogger(__name__)

FOREIGN = {packed.FILE_NAME: "packed weights", "saved_model.pb": "an export"}
EVALUATIONS = {"valid": "validation", "test": "test"}
"""The splits without which a model can be trained, and what their sketches are called."""
_LOST = {
    "valid": "nothing is validated, so that training ends at num_steps alone, and the last checkpoint is the best",
    "test": "no test loss is reported",
}


def check_log_root(log_root: Path) -> None:
    """Raises ValueError where there is a model that training can neither go on from nor leave whole."""
    found = [what for name, what in FOREIGN.items() if (log_root / name).is_file()]
    if str(log_root).startswith(PRETRAINED):
        found.append("a model of the package")
    if found:
        raise ValueError(f"{log_root}: {found[0]}, which no training goes on from: choose another --log_root")


def check_trainable(data: SketchData, hps: HParams, allow_empty_splits: bool) -> None:
    """Says which evaluations will be missing.

    Args:
        data: the sketches.
        hps: uses batch_size, max_seq_len, mixture_start, png_width and what decides the number of components.
        allow_empty_splits: train without the evaluation of a split that has no sketches.

    Raises:
        ValueError: if there are fewer training sketches than one batch or than components, or the encoder would see
            nothing; of these DataError if validation or test has none, unless that is allowed.
    """
    _check_sees(hps)
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


def _check_sees(hps: HParams) -> None:
    """The norm over the pixels of an image makes a single one 0, whatever it was."""
    has_norm = hps.system in catalogue.systems_with("layers_without_norm") and hps.layers_without_norm < IMAGE_LAYERS
    if has_norm and hps.png_width == IMAGE_FACTOR:
        raise ValueError(
            f"png_width: found {hps.png_width}, of which the encoder's last layer has one pixel, and its norm makes "
            f"all images alike; expected at least {2 * IMAGE_FACTOR}, or layers_without_norm={IMAGE_LAYERS}"
        )


def _message(data: SketchData, hps: HParams, name: str) -> str:
    """What to say of an empty split."""
    limit = f" of at most max_seq_len={hps.max_seq_len} points" if hps.max_seq_len > 0 else ""
    longer = ", or a larger max_seq_len" if limit else ""
    return (
        f"expected {EVALUATIONS[name]} sketches of {', '.join(data.categories)}, found 0 in '{name}'{limit} "
        f"({len(data.train)} in 'train'). Give each category at least three drawings and convert them again (see "
        f"--split of ia_pix2seq_tf.data.convert){longer}; or train without this evaluation by --allow_empty_splits"
    )
