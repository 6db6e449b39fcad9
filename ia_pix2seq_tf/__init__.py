"""IA-pix2seq and RPCL-pix2seq in TensorFlow 2 and Keras 3: controllable sketch synthesis.

TensorFlow is imported when something that needs it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ia_pix2seq_tf.render import render, strokes_to_svg

if TYPE_CHECKING:
    from ia_pix2seq_tf import metrics
    from ia_pix2seq_tf.checkpoints.tf1 import load_variables as load_tf1_variables
    from ia_pix2seq_tf.data.files import load_npz
    from ia_pix2seq_tf.hparams import HParams
    from ia_pix2seq_tf.loading import load_model
    from ia_pix2seq_tf.model import IAPix2Seq

__version__ = "0.1.0"
__all__ = [
    "HParams",
    "IAPix2Seq",
    "load_model",
    "load_npz",
    "load_tf1_variables",
    "metrics",
    "render",
    "strokes_to_svg",
]

_HOMES = {
    "HParams": ("hparams", "HParams"),
    "IAPix2Seq": ("model", "IAPix2Seq"),
    "load_model": ("loading", "load_model"),
    "load_npz": ("data.files", "load_npz"),
    "load_tf1_variables": ("checkpoints.tf1", "load_variables"),
    "metrics": ("metrics", None),
}
"""Where each name is from: the module, and the name there; None for the module itself."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = importlib.import_module(f"{__name__}.{module}")
    return home if attribute is None else getattr(home, attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
