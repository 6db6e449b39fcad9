"""How sketch-rnn's and sketch-pix2seq's programs, whose scope is `vector_rnn`, named variables and hyperparameters."""

import dataclasses
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ia_pix2seq_tf.checked_json import read_value, show
from ia_pix2seq_tf.checkpoints.slots import CELL_SCOPES, Named, Parts, Slot, cell, dense
from ia_pix2seq_tf.hparams import MAX_FILE_BYTES, HParams
from ia_pix2seq_tf.hparams.renamed import RENAMED
from ia_pix2seq_tf.networks import HighPassEncoder, SequenceEncoder
from ia_pix2seq_tf.stroke_mixture import COMPONENTS

logger = logging.getLogger(__name__)

SCOPE = "vector_rnn"
SWITCHES = ("conditional", "is_training", "use_recurrent_dropout", "use_input_dropout", "use_output_dropout")
"""Of which the released models of 2017 have 0 and 1."""
FILES, OFFSETS = "data_set", "num_mixture"
OTHER_UNITS = ("save_every",)  # in steps there, in epochs here
Shapes = Mapping[str, tuple[int, ...]]


def names(system: Parts, encoder: Callable[[Any], Named]) -> Named:
    """Every variable of a system.

    Args:
        system: its parts; without an encoder it is the decoder alone.
        encoder: names those of the encoder.
    """
    if system.encoder is not None:
        yield from encoder(system.encoder)
        yield from dense(f"{SCOPE}/linear/super_linear", system.decoder.initial)
    yield from dense(f"{SCOPE}/RNN/output", system.decoder.head)
    yield from cell(f"{SCOPE}/RNN", system.decoder.cell)


def sequence_encoder(encoder: SequenceEncoder) -> Named:
    """Variables of the recurrent encoder."""
    yield from cell(f"{SCOPE}/ENC_RNN/fw", encoder.forward)
    yield from cell(f"{SCOPE}/ENC_RNN/bw", encoder.backward)
    yield from dense(f"{SCOPE}/ENC_RNN_mu/super_linear", encoder.mean)
    yield from dense(f"{SCOPE}/ENC_RNN_sigma/super_linear", encoder.log_variance)


def image_encoder(encoder: HighPassEncoder) -> Named:
    """Variables of the CNN encoder."""
    for number, conv in enumerate(encoder.convs, 1):
        yield f"{SCOPE}/ENC_CNN/conv{number}/DW", Slot(conv.kernel)
    yield from dense(f"{SCOPE}/ENC_CNN/ENC_CNN_mu/super_linear", encoder.mean)
    yield from dense(f"{SCOPE}/ENC_CNN/ENC_CNN_sigma/super_linear", encoder.log_variance)


def config(path: Path, shapes: Shapes) -> HParams:
    """The hyperparameters in a `model_config.json` of these programs, in any of its three forms.

    A dictionary, with true and false or with 0 and 1 for its switches; or, as magenta wrote it from 2020 on, a list of
    names without values: then the sizes are those of the variables, and all else is at its default here.

    Args:
        path: of the file.
        shapes: of the checkpoint's variables.

    Raises:
        ValueError: naming the file and the field that cannot be used.
    """
    content = read_value(path, MAX_FILE_BYTES)
    if isinstance(content, list):
        logger.warning(
            "%s holds names of hyperparameters without values, as magenta has written since 2020: sizes are read off "
            "the checkpoint, the rest is at its default; put a model_config.json with values in its place if you have "
            "one.",
            path,
        )
        content = {FILES: [path.resolve().parent.name]}
    if not isinstance(content, dict):
        raise ValueError(f"{os.fspath(path)}: expected a JSON object of hyperparameters, found {show(content)}")
    return HParams.from_dict(_translated(content, path) | sizes(shapes), os.fspath(path))


def sizes(shapes: Shapes) -> dict[str, Any]:
    """The hyperparameters that the shapes of a checkpoint's variables decide."""
    found: dict[str, Any] = {"conditional": f"{SCOPE}/linear/super_linear_w" in shapes}
    found["dec_rnn_size"], found["dec_model"] = shapes[f"{SCOPE}/RNN/output_w"][0], _kind(f"{SCOPE}/RNN", shapes)
    if found["conditional"]:
        found["z_size"] = shapes[f"{SCOPE}/linear/super_linear_w"][0]
    if f"{SCOPE}/ENC_RNN_mu/super_linear_w" in shapes:
        found["enc_rnn_size"] = shapes[f"{SCOPE}/ENC_RNN_mu/super_linear_w"][0] // 2
        found["enc_model"] = _kind(f"{SCOPE}/ENC_RNN/fw", shapes)
    return found


def _kind(scope: str, shapes: Shapes) -> str:
    """The kind of the cell in a scope."""
    return next(kind for kind, name in CELL_SCOPES.items() if f"{scope}/{name}/W_xh" in shapes)


def _translated(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The fields of `HParams` that a configuration of these programs decides."""
    offsets = content.get(OFFSETS, COMPONENTS)
    if offsets != COMPONENTS:
        raise ValueError(f"{os.fspath(path)}: {OFFSETS}: found {show(offsets)}, expected {COMPONENTS}")
    known = {field.name for field in dataclasses.fields(HParams)}
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name == OFFSETS or name in OTHER_UNITS:
            continue
        if name not in known and name not in RENAMED:
            raise ValueError(f"{os.fspath(path)}: {show(name)}: unknown field")
        values[RENAMED.get(name, name)] = _value(name, value)
    return values


def _value(name: str, value: Any) -> Any:
    """A value in the type of its field here; what is of another type stays, to be refused there."""
    if name == FILES and isinstance(value, list):
        return [Path(file).stem if isinstance(file, str) else file for file in value]
    if name in SWITCHES and value in (0, 1):
        return bool(value)
    return value
