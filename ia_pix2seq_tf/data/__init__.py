"""Drawings and images: files, built-in doodles, augmentation, batches.

What needs TensorFlow is imported when it is first used.
"""

import importlib

from ia_pix2seq_tf.data.files import DataError, Strokes, load_npz

_PIPELINE = ("SketchData", "Split", "eval_batches", "load_data", "make_batch", "train_batches")
__all__ = ["DataError", "Strokes", "load_npz", *_PIPELINE]


def __getattr__(name: str):
    if name in _PIPELINE:
        return getattr(importlib.import_module("ia_pix2seq_tf.data.pipeline"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
