"""Models as small as they go: all weights in one `.npz` archive, those that were trained in half precision.

    DIRECTORY/model_config.json
    DIRECTORY/weights.npz        every weight under its name of `native.weights`; `step`, where it is known

For those who only draw, measure or export: nothing of the optimizer is in it. The models that come with the package
are of this kind.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.checkpoints.errors import CheckpointError, check_shapes

FILE_NAME = "weights.npz"
STEP = "step"
TRAINED_DTYPE = np.float16
BYTES = 2  # of a trained weight


class Model(native.Model, Protocol):
    """What of a model matters here."""

    trainable_weights: list[keras.Variable]


def write(model: Model, directory: Path, step: int | None = None) -> None:
    """Writes `weights.npz`.

    Raises:
        ValueError: a weight beyond the range of half precision, naming it.
        OSError: the file cannot be written.
    """
    trained = {id(variable) for variable in model.trainable_weights}
    arrays: dict[str, Any] = {
        name: _half(variable.numpy(), name) if id(variable) in trained else variable.numpy()
        for name, variable in native.weights(model).items()
    }
    if step is not None:
        arrays[STEP] = np.int64(step)
    with replacing(directory / FILE_NAME) as partial:
        np.savez_compressed(partial, **arrays)


def assign(model: Model, arrays: Mapping[str, np.ndarray], source: str) -> None:
    """Sets every weight of a model.

    Args:
        model: the model.
        arrays: by the names of `native.weights`; others are left alone.
        source: for messages.

    Raises:
        CheckpointError: naming the first weight that is missing, of another shape or not finite; none is set then.
    """
    variables = native.weights(model)
    check_shapes({n: a.shape for n, a in arrays.items()}, {n: tuple(v.shape) for n, v in variables.items()}, source)
    for name in variables:
        if arrays[name].dtype.kind not in "fiu" or not np.all(np.isfinite(arrays[name])):
            raise CheckpointError(f"{source}: {name}: expected finite numbers, found others")
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(variable.dtype))


def _half(values: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        halved = values.astype(TRAINED_DTYPE)
    if not np.all(np.isfinite(halved)):
        found, most = np.abs(values).max(), np.finfo(TRAINED_DTYPE).max
        raise ValueError(f"{name}: expected weights of at most {most:g}, for half precision, found {found:g}")
    return halved
