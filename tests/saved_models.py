"""Untrained models on disk."""

from pathlib import Path

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import native


def save_model(directory: Path, model: ia.IAPix2Seq) -> str:
    """Writes a model as `train.py` does; returns the directory."""
    model.hps.write(directory / "model_config.json")
    native.save(native.manager(native.model_checkpoint(model), directory, native.BEST))
    return str(directory)
