"""Reading the checkpoints that TF 1.12 wrote.

A checkpoint of an original program keeps every variable under the scope of its system, Adam's moments one scope deeper
(`SCOPE/SCOPE/.../Adam` and `Adam_1`), and some leftovers of a second graph (`SCOPE_1/...`).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.checkpoints.errors import CheckpointError, check_shapes
from ia_pix2seq_tf.checkpoints.reading import opened
from ia_pix2seq_tf.checkpoints.slots import Slot

FIRST_MOMENT, SECOND_MOMENT = "Adam", "Adam_1"
BETA_POWERS = ("beta1_power", "beta2_power")
STEP_NAMES = ("num_of_steps", "global_step")
SCHEDULES = ("Variable", "Variable_1")  # sketch-rnn's learning rate and KL weight, at their start values for ever


def scope_of(places: Mapping[str, Slot]) -> str:
    """The scope of a system, from the names of its variables."""
    return next(iter(places)).split("/", 1)[0]


def assign(places: Mapping[str, Slot], values: Mapping[str, np.ndarray], source: str = "set_tf1_variables") -> None:
    """Sets the variables at `places` that `values` names; all are checked before any is set.

    Optimizer slots, the optimizer's powers, the step and the leftovers of other graphs may be among the names
    and are passed over.

    Raises:
        CheckpointError: a name or a shape that the model does not have.
    """
    scope = scope_of(places)
    named = {name: np.asarray(value) for name, value in values.items() if not _is_bookkeeping(name, scope)}
    unknown = sorted(set(named) - set(places))
    if unknown:
        raise CheckpointError(f"{source}: the model has no variable {unknown[0]!r} (and {len(unknown) - 1} more)")
    check_shapes({name: value.shape for name, value in named.items()}, {n: places[n].shape for n in named}, source)
    for name, value in named.items():
        places[name].write(value)


def _is_bookkeeping(name: str, scope: str) -> bool:
    """Whether a variable is the optimizer's, a counter, or a leftover of another graph of the same scope."""
    first, leaf = name.split("/", 1)[0], name.rsplit("/", 1)[-1]
    leftover = first != scope and first.rsplit("_", 1)[0] == scope
    return leftover or leaf in (*BETA_POWERS, FIRST_MOMENT, SECOND_MOMENT, *STEP_NAMES, *SCHEDULES)


def load_variables(prefix: str | Path) -> dict[str, np.ndarray]:
    """`{name: array}` of a checkpoint of the reference, optimizer slots included.

    Args:
        prefix: path without `.index` or `.data-*`, such as `models/vector-18`.

    Raises:
        CheckpointError: not a checkpoint, or a damaged one.
    """
    with opened(prefix) as reader:
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def shapes(prefix: str | Path) -> dict[str, tuple[int, ...]]:
    """Shape of every variable of a checkpoint; errors as `load_variables`."""
    with opened(prefix) as reader:
        return {name: tuple(shape) for name, shape in reader.get_variable_to_shape_map().items()}


def moments(places: Mapping[str, Slot], values: Mapping[str, np.ndarray], moment: str) -> dict[str, np.ndarray]:
    """Adam's first (`Adam`) or second (`Adam_1`) moments in a checkpoint, by variable name.

    Args:
        places: of the model's variables.
        values: all that the checkpoint holds.
        moment: which.
    """
    scope = scope_of(places)
    slots = {name: f"{scope}/{name}/{moment}" for name in places}
    return {name: values[slot] for name, slot in slots.items() if slot in values}


def steps_of(values: Mapping[str, np.ndarray], scope: str, beta_2: float) -> int:
    """Updates that Adam made: as counted, or where that was not stored, from beta_2^(n+1), not exact above some 10,000.

    Args:
        values: all that the checkpoint holds.
        scope: of the system.
        beta_2: of Adam.
    """
    if f"{scope}/global_step" in values:
        return int(values[f"{scope}/global_step"])
    power = float(values.get(f"{scope}/{BETA_POWERS[1]}", beta_2))
    return max(round(np.log(max(power, float(np.finfo(np.float32).tiny))) / np.log(beta_2)) - 1, 0)
