"""A model as a file of sketch-rnn's browser demo, with which the pages made for those files draw."""

import logging
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.gen_json import GEN, LONGEST_NAME, NEWEST_VERSION, VAE, GenFile, Info
from ia_pix2seq_tf.model import IAPix2Seq

logger = logging.getLogger(__name__)

SUFFIXES = tuple(f".{mode}.json" for mode in (GEN, VAE))
START_PEN = 2  # the entry of the start token that is 1
PENS = slice(2, 5)  # entries of a stroke of which one is 1


def write(model: IAPix2Seq, directory: Path, max_len: int | None = None) -> Path:
    """Writes `CATEGORY.gen.json`, or `CATEGORY.vae.json` of a model with an encoder; returns the path.

    Args:
        model: an LSTM decoder alone, or one with an LSTM encoder of strokes.
        directory: where to put the file, whose name has underscores for spaces and between categories.
        max_len: most points of a sketch on a page; by default as the model was trained.

    Raises:
        ValueError: a model that such files cannot hold; says why and what to do.
    """
    file = gen_file(model, max_len)
    path = directory / f"{file.info.name.replace(' ', '_')}.{file.info.mode}.json"
    gen_json.write(path, file)
    return path


def gen_file(model: IAPix2Seq, max_len: int | None = None) -> GenFile:
    """The content of a file that computes what the model does; arguments and errors as those of `write`."""
    hps, mode = model.hps, GEN if model.encoder is None else VAE
    weights = {name: np.array(slot.read()) for name, slot in _slots(model).items()}
    if hps.first_input == "start":
        _begin_with_zeros(weights)
    if model.scale_factor is None:
        raise ValueError(
            "a .gen.json or .vae.json file tells the scale of its drawings, which this model does not know: write the "
            'scale factor of its training data as "scale_factor" into its model_config.json'
        )
    info = Info(
        name=_name(hps.categories),
        mode=mode,
        max_seq_len=max_len or model.generator.max_len,
        scale_factor=model.scale_factor,
        version=NEWEST_VERSION - 1 if hps.bounded_start else NEWEST_VERSION,
    )
    return GenFile(info, weights)


def _slots(model: IAPix2Seq) -> dict:
    """Where the weights of a file are, by name."""
    advice = "export it without --gen_json: the ONNX files run in browsers too"
    holds = "a .gen.json or .vae.json file holds an LSTM that draws strokes, alone or with an LSTM that reads strokes"
    if model.system.browser is None:
        raise ValueError(f"{holds}, not {model.title} with its encoder of images; {advice}")
    try:
        return dict(model.system.browser.names(model.system))
    except ValueError as error:
        raise ValueError(f"{holds} ({error}); {advice}, or train it with that") from None


def _begin_with_zeros(weights: dict[str, np.ndarray]) -> None:
    """Makes a decoder that begins with the start token one that begins with zeros and computes the same.

    In every later input one of three pen states is 1. What the start token adds to the gates moves from the weights of
    all three to the bias, so that only zeros make a difference.
    """
    kernel, bias = weights["kernel"], weights["bias"]
    token = kernel[START_PEN].copy()
    kernel[PENS] -= token
    bias += token


def _name(categories: list[str]) -> str:
    """The categories in one name; the first and how many more where that is too long."""
    name = "_".join(categories)
    return name if len(name) <= LONGEST_NAME else f"{categories[0]}_and_{len(categories) - 1}_more"
