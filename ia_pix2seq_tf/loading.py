"""A model from a directory or a file, whoever wrote it; or one that comes with the package.

A directory is one of `train.py`, of an original program under TF 1, or with packed weights (`checkpoints/packed.py`); a
file is one of sketch-rnn's browser demo (`checkpoints/gen_json.py`); "pretrained:NAME" is one of `pretrained_names`.
"""

import dataclasses
import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import catalogue, precision, systems
from ia_pix2seq_tf.checkpoints import gen_json, native, packed, tf1
from ia_pix2seq_tf.checkpoints.errors import CheckpointError, check_shapes
from ia_pix2seq_tf.checkpoints.reading import files
from ia_pix2seq_tf.data.npz import MOST_UNPACKING, DataError, array_sizes, read_npz
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.networks.initializers import filled_later

logger = logging.getLogger(__name__)

CONFIG_NAME = "model_config.json"
JSON = ".json"
BYTES = 4  # of a weight
PRETRAINED = "pretrained:"
PRETRAINED_PLACE = Path(__file__).with_name("pretrained")


class Loaded(NamedTuple):
    """A model with where it is from.

    Attributes:
        model: the model.
        prefix: of the files of its checkpoint; the file itself where it is one.
        step: at which it was saved; None for a checkpoint of the reference, which does not tell, and for a JSON file.
    """

    model: IAPix2Seq
    prefix: Path
    step: int | None


def load_model(path: str | os.PathLike) -> IAPix2Seq:
    """The model saved in a directory or a file, with `model.hps` as it was trained.

    Of a directory of `train.py` the checkpoint with the best validation loss is taken, or the latest one while
    there is none yet.

    Args:
        path: a directory of `train.py` or of an original program; or a JSON file of sketch-rnn's browser demo, such as
            `bird.gen.json`, which tells the model's sizes, its scale factor and the longest drawing; or
            "pretrained:NAME" for a model that comes with the package, see `pretrained_names`.

    Raises:
        CheckpointError: no checkpoint, a damaged one, or one that does not fit its `model_config.json`.
        ValueError: a `model_config.json` with unknown fields or values that cannot work.
    """
    return load_checkpoint(path).model


def load_checkpoint(path: str | os.PathLike) -> Loaded:
    """`load_model`, with what is known of the checkpoint. Others may be training there meanwhile."""
    directory = place(path)
    if directory.is_file() or (directory.suffix == JSON and not directory.is_dir()):
        return Loaded(_load_json(directory), directory, None)
    hps = read_config(directory)
    precision.use(hps.precision)
    if (weights := directory / packed.FILE_NAME).is_file():
        return _load_packed(hps, weights)
    prefix = native.best_or_latest(directory)
    while prefix is not None:
        try:
            return _load_native(hps, prefix)
        except (CheckpointError, FileNotFoundError):
            newer = native.best_or_latest(directory)
            if newer == prefix:
                raise
            prefix = newer  # a training has replaced it before it was read
    return Loaded(load_tf1_model(directory, hps)[0], _tf1_prefixes(directory)[1], None)


def checkpoint_files(path: str | os.PathLike, prefix: Path) -> list[Path]:
    """All files of a model that `load_checkpoint` took from a path, of which `prefix` is what it says."""
    directory = place(path)
    if not directory.is_dir():
        return [prefix]
    own = [prefix] if prefix.is_file() else sorted(files(prefix))
    return [*own, directory / CONFIG_NAME]


def place(path: str | os.PathLike) -> Path:
    """Where a model lies: a path, or that of "pretrained:NAME"; raises CheckpointError for a name that none has."""
    text = os.fspath(path)
    if not text.startswith(PRETRAINED):
        return Path(path)
    name = text.removeprefix(PRETRAINED)
    if name not in pretrained_names():
        raise CheckpointError(f"{text}: expected one of {', '.join(pretrained_names())}, found {name!r}")
    return PRETRAINED_PLACE / name


def pretrained_names() -> list[str]:
    """The models that come with the package, as "pretrained:NAME" names them."""
    return sorted(path.parent.name for path in PRETRAINED_PLACE.glob(f"*/{packed.FILE_NAME}"))


def _load_packed(hps: HParams, path: Path) -> Loaded:
    try:
        sizes = array_sizes(path)
        most = MOST_UNPACKING * path.stat().st_size  # whatever the archive claims
        _check_bytes(hps, str(path), min(sum(sizes.values()), most), packed.BYTES)
        model = _unfilled(hps)
        arrays = read_npz(path, [name for name in (packed.STEP, *native.weights(model)) if name in sizes])
    except DataError as error:
        raise CheckpointError(str(error)) from error
    packed.assign(model, arrays, str(path))
    return Loaded(model, path, int(arrays[packed.STEP]) if packed.STEP in arrays else None)


def _load_json(path: Path) -> IAPix2Seq:
    """The model in a JSON file of sketch-rnn's browser demo."""
    file = gen_json.read(path)
    system = catalogue.system_of_json(file.info.mode)
    browser = systems.module(system).BROWSER
    hps = dataclasses.replace(browser.config(file), system=system)
    precision.use(hps.precision)
    model = _unfilled(hps)
    for name, slot in browser.names(model.system):
        slot.write(file.weights[name])
    return model


def _load_native(hps: HParams, prefix: str) -> Loaded:
    _check_size(hps, Path(prefix))
    model = _unfilled(hps)
    native.restore_model(model, prefix)
    return Loaded(model, Path(prefix), native.saved_step(prefix))


def _unfilled(hps: HParams) -> IAPix2Seq:
    """A model whose weights are all about to be set."""
    with filled_later():
        return IAPix2Seq(hps)


def read_config(directory: Path) -> HParams:
    """The hyperparameters of what a directory holds: of `train.py`, or of the program that wrote a TF1 checkpoint.

    Raises:
        CheckpointError: no configuration, no checkpoint, or one of another program.
        ValueError: a configuration that cannot be used.
    """
    path = directory / CONFIG_NAME
    if not path.is_file():
        raise CheckpointError(f"{directory}: no {CONFIG_NAME}; expected a directory that train.py has written")
    if (directory / packed.FILE_NAME).is_file() or native.best_or_latest(directory):
        return HParams.read(path)
    prefix = _tf1_prefixes(directory)[1]
    shapes = tf1.shapes(prefix)
    system = _tf1_system(shapes, prefix)
    return dataclasses.replace(systems.module(system).ORIGINAL.config(path, shapes), system=system)


def load_tf1_model(directory: Path, hps: HParams) -> tuple[IAPix2Seq, dict[str, np.ndarray]]:
    """The model of a directory of TF1, and all that its checkpoint holds.

    Args:
        directory: of an original program.
        hps: as `read_config` gives them, perhaps with changes for further training.
    """
    named, prefix = _tf1_prefixes(directory)
    if prefix != named:
        logger.info("%s names %s; using %s", directory / "checkpoint", named, prefix)
    values = tf1.load_variables(prefix)
    system = _tf1_system(values, prefix)
    if hps.system != system:
        raise CheckpointError(f"{prefix}: a checkpoint of system={system}, expected one of system={hps.system}")
    _check_size(hps, prefix)
    model = _unfilled(hps)
    places = model.tf1_slots()
    check_shapes({n: v.shape for n, v in values.items()}, {n: slot.shape for n, slot in places.items()}, str(prefix))
    tf1.assign(places, values, str(prefix))
    return model, values


def _tf1_system(names: Collection[str], prefix: Path) -> str:
    """The system whose program wrote a checkpoint with variables of these names."""
    system = catalogue.system_of(names)
    if system is None:
        titles = ", ".join(row.title for row in catalogue.SYSTEMS.values() if row.markers)
        raise CheckpointError(f"{prefix}: no variables of {titles}; found {sorted(names)[:3]} ...")
    return system


def _check_size(hps: HParams, prefix: Path) -> None:
    """Raises CheckpointError if the largest weights of a model are more than the files hold.

    A configuration may ask for a model that no memory holds; this is seen before any is taken.
    """
    _, *data = files(prefix)
    found = sum(path.stat().st_size for path in data)
    _check_bytes(hps, str(prefix), found, BYTES)


def _check_bytes(hps: HParams, source: str, found: int, each: int) -> None:
    """As `_check_size`, of files that hold so many bytes, `each` a weight."""
    hps.validate()
    least = each * systems.module(hps.system).largest(hps)
    if least > found:
        raise CheckpointError(
            f"{source}: its {found:,} bytes are no model of the sizes in {CONFIG_NAME}, which take {least:,} or more"
        )


def _tf1_prefixes(directory: Path) -> tuple[Path, Path]:
    """The checkpoint that the directory's `checkpoint` file names, and the one to take.

    Differs from the reference: where the file holds a path of another machine, the file of that name in this
    directory is taken.
    """
    try:
        state = tf.train.get_checkpoint_state(str(directory))
    except ValueError:  # no UTF-8
        state = None
    if state is None:
        raise CheckpointError(f"{directory}: no checkpoint found (no readable file named 'checkpoint')")
    named = Path(state.model_checkpoint_path)
    if not named.name:
        raise CheckpointError(f"{directory / 'checkpoint'}: expected the name of a checkpoint, found {str(named)!r}")
    local = directory / named.name
    for prefix in (named, local):
        if prefix.with_name(prefix.name + ".index").is_file():
            return named, prefix
    raise CheckpointError(f"{directory / 'checkpoint'} names {named}, but {local}.index does not exist")
