"""The systems of the paper's tables, one file each: encoder, prior, decoders and weighted loss terms.

`catalogue.py` lists them; the row's name is that of the file.
"""

import importlib
from types import ModuleType

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.systems.parts import System


def module(name: str) -> ModuleType:
    """The file of a system.

    Raises:
        ValueError: for a name that the catalogue does not have.
    """
    if name not in SYSTEMS:
        raise ValueError(f"system: expected one of {', '.join(SYSTEMS)}, found {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def build(hps: HParams) -> System:
    """The system that `hps.system` names."""
    return module(hps.system).build(hps)
