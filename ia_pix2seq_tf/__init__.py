"""IA-pix2seq and RPCL-pix2seq in TensorFlow 2 and Keras 3: controllable sketch synthesis.

TensorFlow is imported when something that needs it is first used.
"""

import importlib

from ia_pix2seq_tf.render import render, strokes_to_svg

__version__ = "0.1.0"

_HOMES = {
    "HParams": "ia_pix2seq_tf.hparams",
    "IAPix2Seq": "ia_pix2seq_tf.model",
    "load_model": "ia_pix2seq_tf.checkpoints.load",
    "load_npz": "ia_pix2seq_tf.data.files",
}
__all__ = [*_HOMES, "load_tf1_variables", "metrics", "render", "strokes_to_svg"]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name == "load_tf1_variables":
        return importlib.import_module("ia_pix2seq_tf.checkpoints.tf1").load_variables
    if name == "metrics":
        return importlib.import_module("ia_pix2seq_tf.metrics")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
