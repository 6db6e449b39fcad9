"""Drawings and images: files, built-in doodles, augmentation, batches.

What needs TensorFlow is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ia_pix2seq_tf.data.files import DataError, Strokes, load_npz

if TYPE_CHECKING:
    from ia_pix2seq_tf.data.pipeline import SketchData, Split, eval_batches, load_data, make_batch, train_batches

_PIPELINE = ("SketchData", "Split", "eval_batches", "load_data", "make_batch", "train_batches")
__all__ = [
    "DataError",
    "SketchData",
    "Split",
    "Strokes",
    "eval_batches",
    "load_data",
    "load_npz",
    "make_batch",
    "train_batches",
]


def __getattr__(name: str) -> Any:
    if name in _PIPELINE:
        return getattr(importlib.import_module("ia_pix2seq_tf.data.pipeline"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
