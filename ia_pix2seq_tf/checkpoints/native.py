"""This program's own checkpoints, by `tf.train.CheckpointManager`.

A run's directory:
    LOG_ROOT/model_config.json
    LOG_ROOT/latest/checkpoint, ckpt-*   all that resuming needs; the newest few
    LOG_ROOT/best/checkpoint, ckpt-*     the same, at the best validation loss
"""

from pathlib import Path

import keras
import tensorflow as tf

from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.checkpoints.tf1 import check_shapes

LATEST, BEST = "latest", "best"
KEPT = {LATEST: 2, BEST: 1}


def manager(checkpoint: tf.train.Checkpoint, log_root: Path, kind: str) -> tf.train.CheckpointManager:
    """The manager of the `latest` or `best` checkpoints under a log root."""
    return tf.train.CheckpointManager(checkpoint, str(log_root / kind), max_to_keep=KEPT[kind])


def save(checkpoints: tf.train.CheckpointManager) -> None:
    """Writes the next checkpoint under a number that was never used, so that no file is ever written over."""
    newest_prefix = checkpoints.latest_checkpoint
    number = int(newest_prefix.rsplit("-", 1)[1]) + 1 if newest_prefix else 1
    checkpoints.save(checkpoint_number=number)


def newest(log_root: Path, kind: str) -> str | None:
    """Prefix of the newest checkpoint of a kind, None if there is none."""
    return tf.train.latest_checkpoint(str(log_root / kind))


def best_or_latest(log_root: Path) -> str | None:
    """Prefix of the best checkpoint, or of the latest while there is no best one."""
    return newest(log_root, BEST) or newest(log_root, LATEST)


def restore(checkpoint: tf.train.Checkpoint, prefix: str, whole: bool = True) -> None:
    """Restores all objects of `checkpoint`.

    Args:
        checkpoint: the objects.
        prefix: of the checkpoint's files.
        whole: whether the files may hold nothing else.

    Raises:
        CheckpointError: naming the variable, the shape found and the shape expected.
    """
    try:
        status = checkpoint.restore(prefix)
        if whole:
            status.assert_consumed()
        else:
            status.expect_partial().assert_existing_objects_matched()
    except (tf.errors.OpError, ValueError, AssertionError, IndexError) as error:
        raise CheckpointError(f"{prefix}: does not fit this model: {error}") from error


def check_weights(model, prefix: str) -> None:
    """Raises CheckpointError naming the first weight that is missing or of another shape, before anything is set."""
    try:
        shapes = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
    except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:
        raise CheckpointError(f"{prefix}: not a readable checkpoint: {error}") from error
    found = {key.split("/")[1].replace(".S", "/"): shape for key, shape in shapes.items() if key.startswith("weights/")}
    check_shapes(found, {name: tuple(variable.shape) for name, variable in weights(model).items()}, prefix)


def restore_model(model, prefix: str) -> None:
    """Restores the model alone, without optimizer and progress."""
    check_weights(model, prefix)
    restore(model_checkpoint(model), prefix, whole=False)


def model_checkpoint(model) -> tf.train.Checkpoint:
    """The model alone as a checkpoint, a part of what `RunState` saves."""
    return tf.train.Checkpoint(weights=weights(model))


def weights(model) -> dict[str, keras.Variable]:
    """Every weight and the latent mixture by name, such as `encoder/block_32/combine/conv/kernel`.

    By name, and not through the tree of layers: `tf.train.Checkpoint` does not follow lists of Keras layers.
    """
    return {name_of(variable, model): variable for variable in (*model.trainable_variables, *model.latent.variables)}


def name_of(variable: keras.Variable, model) -> str:
    """The variable's path within the model, which may itself be called otherwise next time."""
    return variable.path.removeprefix(f"{model.name}/")
