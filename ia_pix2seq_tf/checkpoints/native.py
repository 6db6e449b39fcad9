"""This program's own checkpoints.

A run's directory:
    LOG_ROOT/model_config.json
    LOG_ROOT/latest/ckpt-NUMBER.index, .data-*   all that resuming needs; the newest few
    LOG_ROOT/best/ckpt-NUMBER.index, .data-*     the same, at the best validation loss

The highest number is the newest: neither the clock nor a list of checkpoints can be wrong about it. A file named
`checkpoint` in each directory lists them for TensorFlow's own tools.
"""

import contextlib
import logging
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import keras
import tensorflow as tf

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checkpoints.errors import CheckpointError, check_shapes
from ia_pix2seq_tf.checkpoints.reading import files, literal, opened
from ia_pix2seq_tf.tf_errors import reason

logger = logging.getLogger(__name__)

LATEST, BEST = "latest", "best"
KEPT = {LATEST: 2, BEST: 1}
LIST_NAME = "checkpoint"
PREFIX = "ckpt-"
DAMAGED = "damaged-"
STEP_KEY = "step/.ATTRIBUTES/VARIABLE_VALUE"


class DamagedError(CheckpointError):
    """Files of a checkpoint that cannot be read, whatever the model."""


class SaveError(OSError):
    """A checkpoint that could not be written."""


class Manager(NamedTuple):
    """What is saved, where, and how many of its checkpoints stay."""

    checkpoint: tf.train.Checkpoint
    directory: Path
    kept: int


class Model(Protocol):
    """What of a model matters here: `IAPix2Seq`, or any other of Keras."""

    name: str
    weights: list[keras.Variable]


def manager(checkpoint: tf.train.Checkpoint, log_root: Path, kind: str) -> Manager:
    """The manager of the `latest` or `best` checkpoints under a log root."""
    return Manager(checkpoint, Path(log_root) / kind, KEPT[kind])


def save(checkpoints: Manager) -> str:
    """Writes the next checkpoint under a number that was never used; when it is whole, removes the oldest.

    Returns:
        its prefix.

    Raises:
        SaveError: naming the file and the reason. The checkpoints before are as they were.
    """
    checkpoint, directory, kept = checkpoints
    earlier = prefixes(directory)
    prefix = f"{directory / PREFIX}{_number(earlier[0]) + 1 if earlier else 1}"
    _remove(prefix)  # what a killed process may have left
    try:
        directory.mkdir(parents=True, exist_ok=True)
        checkpoint.save_counter.assign_add(1)  # `tf.train.Checkpoint.restore` expects it in the file
        checkpoint.write(prefix)
        _write_list(directory, [prefix, *earlier][:kept])
    except (tf.errors.OpError, OSError) as error:
        _remove(prefix)
        raise SaveError(f"{prefix}: cannot be written: {reason(error)}") from error
    for old in earlier[kept - 1 :]:
        _remove(old)
    return prefix


def prefixes(directory: Path) -> list[str]:
    """Prefixes of the checkpoints in a directory, the newest first."""
    found = [str(path.with_suffix("")) for path in directory.glob(f"{PREFIX}*.index") if _number(path.stem)]
    return sorted(found, key=_number, reverse=True)


def newest(log_root: Path, kind: str) -> str | None:
    """Prefix of the newest checkpoint of a kind, None if there is none."""
    return next(iter(prefixes(Path(log_root) / kind)), None)


def best_or_latest(log_root: Path) -> str | None:
    """Prefix of the best checkpoint, or of the latest while there is no best one."""
    return newest(log_root, BEST) or newest(log_root, LATEST)


def set_aside(prefix: str) -> None:
    """Renames the files of a damaged checkpoint, so that none takes them for one, and none deletes them."""
    for path in files(prefix):
        path.rename(path.with_name(DAMAGED + path.name))


def _number(prefix: str) -> int:
    """The number at the end of a prefix; 0 if there is none."""
    match = re.search(rf"{PREFIX}(\d+)$", prefix)
    return int(match[1]) if match else 0


def _remove(prefix: str) -> None:
    """Deletes a checkpoint, the index first, without which it is none; and what was to become one."""
    with contextlib.suppress(OSError):
        for path in files(prefix):
            path.unlink(missing_ok=True)
    shutil.rmtree(f"{prefix}_temp", ignore_errors=True)


def _write_list(directory: Path, newest_first: Sequence[str]) -> None:
    """Writes the file that `tf.train.latest_checkpoint` reads, in the text format of its protocol buffer."""
    names = [Path(prefix).name for prefix in newest_first]
    lines = [f'model_checkpoint_path: "{names[0]}"']
    lines += [f'all_model_checkpoint_paths: "{name}"' for name in reversed(names)]
    with replacing(directory / LIST_NAME) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def restore(checkpoint: tf.train.Checkpoint, prefix: str, whole: bool = True) -> None:
    """Restores all objects of `checkpoint`.

    Args:
        checkpoint: the objects.
        prefix: of the checkpoint's files.
        whole: whether the files may hold nothing else.

    Raises:
        DamagedError: files that cannot be read; no object has changed then.
        CheckpointError: naming the variable, the shape found and the shape expected.
    """
    try:
        with literal(prefix) as name:
            status = checkpoint.restore(name)
        if whole:
            status.assert_consumed()
        else:
            status.expect_partial().assert_existing_objects_matched()
    except (tf.errors.OpError, IndexError) as error:
        raise DamagedError(f"{prefix}: not a readable checkpoint: {reason(error)}") from error
    except (ValueError, AssertionError) as error:
        raise CheckpointError(f"{prefix}: does not fit this model: {error}") from error


def check_weights(model: Model, prefix: str) -> None:
    """Raises before anything is set.

    Raises:
        DamagedError: files that cannot be read.
        CheckpointError: naming the first weight that is missing, of another shape or not the model's.
    """
    with opened(prefix, DamagedError) as reader:
        shapes = reader.get_variable_to_shape_map()
    found = {key.split("/")[1].replace(".S", "/"): shape for key, shape in shapes.items() if key.startswith("weights/")}
    expected = {name: tuple(variable.shape) for name, variable in weights(model).items()}
    check_shapes(found, expected, prefix)
    if unknown := sorted(found.keys() - expected.keys()):
        raise CheckpointError(f"{prefix}: the model has no variable {unknown[0]} (and {len(unknown) - 1} more)")


def restore_model(model: Model, prefix: str) -> None:
    """Restores the model alone, without optimizer and progress."""
    check_weights(model, prefix)
    restore(model_checkpoint(model), prefix, whole=False)


def model_checkpoint(model: Model) -> tf.train.Checkpoint:
    """The model alone as a checkpoint, a part of what `RunState` saves."""
    return tf.train.Checkpoint(weights=weights(model))


def weights(model: Model) -> dict[str, keras.Variable]:
    """Every weight, trained or not, by name, such as `encoder/block_32/combine/conv/kernel` and `latent/mu`.

    By name, and not through the tree of layers: `tf.train.Checkpoint` does not follow lists of Keras layers.
    """
    return {name_of(variable, model): variable for variable in model.weights}


def name_of(variable: keras.Variable, model: Model) -> str:
    """The variable's path within the model, which may itself be called otherwise next time."""
    return variable.path.removeprefix(f"{model.name}/")


def saved_step(prefix: str | Path) -> int | None:
    """The global step of a checkpoint of this program; None for one of the reference, which does not tell.

    Raises:
        DamagedError: files that cannot be read.
    """
    with opened(prefix, DamagedError) as reader:
        return int(reader.get_tensor(STEP_KEY)) if reader.has_tensor(STEP_KEY) else None
