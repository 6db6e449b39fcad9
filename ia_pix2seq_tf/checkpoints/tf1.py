"""The reference's variable names, and reading the checkpoints that TF 1.12 wrote.

A checkpoint of the reference keeps every variable under a scope of its system, Adam's moments one scope deeper
(`SCOPE/SCOPE/.../Adam` and `Adam_1`), and some leftovers of a second graph (`SCOPE_1/...`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.checkpoints.errors import CheckpointError, check_shapes

SCOPES = {"ia": "RPCLVQ", "rpcl": "RPCL-pix2seq"}
GATES = "ijfo"
FIRST_MOMENT, SECOND_MOMENT = "Adam", "Adam_1"
BETA_POWERS = ("beta1_power", "beta2_power")
STEP_NAME = "num_of_steps"  # in the checkpoint, but never written by the reference's training


class Slot(NamedTuple):
    """Where a reference variable lives here: a variable, or one entry of a stacked one."""

    variable: keras.Variable
    index: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        shape = tuple(self.variable.shape)
        return shape if self.index is None else shape[1:]

    def of(self, variable) -> "Slot":
        """The same place in a variable of the same shape, as an optimizer keeps them."""
        return Slot(variable, self.index)

    def read(self) -> np.ndarray:
        value = keras.ops.convert_to_numpy(self.variable)
        return value if self.index is None else value[self.index]

    def write(self, value: np.ndarray) -> None:
        if self.index is not None:
            whole = np.array(keras.ops.convert_to_numpy(self.variable))
            whole[self.index] = value
            value = whole
        self.variable.assign(value)


def slots(model) -> dict[str, Slot]:
    """Every variable of the model by its reference name."""
    scope = SCOPES[model.hps.system]
    encoder, rest = (
        (f"{scope}/encoders", f"{scope}/decoder") if model.hps.system == "ia" else (f"{scope}/encoder", scope)
    )
    named = {f"{scope}/latent_{name}": Slot(getattr(model.latent, name)) for name in ("mu", "sigma2", "alpha")}
    named.update(_encoder(encoder, model.encoder))
    named.update(_dense(f"{rest}/init_state", model.decoder.initial))
    named.update(_cell(f"{rest}/decoder/rnn", model.decoder.cell))
    named.update(_dense(f"{rest}/decoder/fc", model.decoder.head))
    named.update(_pixel_decoder(f"{rest}/deconv", model.pixel_decoder))
    return named


def _dense(scope, layer) -> Iterator[tuple[str, Slot]]:
    yield f"{scope}/linear/fc_w", Slot(layer.kernel)
    yield f"{scope}/linear/fc_b", Slot(layer.bias)


def _conv(scope, conv, norm) -> Iterator[tuple[str, Slot]]:
    yield f"{scope}/filter", Slot(conv.kernel)
    yield f"{scope}/InstanceNorm/beta", Slot(norm.beta)
    yield f"{scope}/InstanceNorm/gamma", Slot(norm.gamma)


def _encoder(scope, encoder) -> Iterator[tuple[str, Slot]]:
    for number, block in enumerate(encoder.blocks, 1):
        for branch, layer in enumerate(block.dilated, 1):
            yield from _conv(f"{scope}/layer_{number}/dcn{branch}/conv0", layer.conv, layer.norm)
        yield from _conv(f"{scope}/layer_{number}/combine/conv0", block.combine.conv, block.combine.norm)
    for number, layer in enumerate(encoder.convs):
        yield from _conv(f"{scope}/conv{number}", layer.conv, layer.norm)
    yield from _dense(f"{scope}/fc_mu", encoder.mean)
    yield from _dense(f"{scope}/fc_sigma2", encoder.variance)


def _pixel_decoder(scope, decoder) -> Iterator[tuple[str, Slot]]:
    yield from _dense(f"{scope}/fc1", decoder.dense)
    for number, (conv, norm) in enumerate(zip(decoder.deconvs, decoder.norms, strict=True)):
        yield from _conv(f"{scope}/deconv{number}", conv, norm)


def _cell(scope, cell) -> Iterator[tuple[str, Slot]]:
    scope = f"{scope}/{type(cell).__name__}"
    yield f"{scope}/W_xh", Slot(cell.kernel)
    yield f"{scope}/W_hh", Slot(cell.recurrent_kernel)
    if hasattr(cell, "bias"):
        yield f"{scope}/bias", Slot(cell.bias)
    if hasattr(cell, "gates_gamma"):
        for name, norm in (("ln_all", "gates"), ("ln_c", "memory")):
            yield f"{scope}/{name}/ln_gamma", Slot(getattr(cell, f"{norm}_gamma"))
            yield f"{scope}/{name}/ln_beta", Slot(getattr(cell, f"{norm}_beta"))
    if hasattr(cell, "hyper_cell"):
        yield from _cell(scope, cell.hyper_cell)
        yield from _hyper_parts(scope, cell)


def _hyper_parts(scope, cell) -> Iterator[tuple[str, Slot]]:
    for index, part in enumerate([*(f"{g}x" for g in GATES), *(f"{g}h" for g in GATES)]):
        part = f"{scope}/hyper_{part}"
        yield f"{part}/zw/super_linear_w", Slot(cell.zw_kernel, index)
        yield f"{part}/zw/super_linear_b", Slot(cell.zw_bias, index)
        yield f"{part}/alpha/super_linear_w", Slot(cell.alpha_kernel, index)
    for index, gate in enumerate(GATES):
        part = f"{scope}/hyper_{gate}h"
        yield f"{part}/zb/super_linear_w", Slot(cell.zb_kernel, index)
        yield f"{part}/beta/super_linear_w", Slot(cell.beta_kernel, index)


def assign(model, values: Mapping[str, np.ndarray], source: str = "set_tf1_variables") -> None:
    """Sets the model's variables that `values` names; all are checked before any is set.

    Optimizer slots, the optimizer's powers, the step and the leftovers of other graphs may be among the names
    and are passed over.

    Raises:
        CheckpointError: a name or a shape that the model does not have.
    """
    places = slots(model)
    named = {name: np.asarray(value) for name, value in values.items() if not _is_bookkeeping(name)}
    unknown = sorted(set(named) - set(places))
    if unknown:
        raise CheckpointError(f"{source}: the model has no variable {unknown[0]!r} (and {len(unknown) - 1} more)")
    check_shapes({name: value.shape for name, value in named.items()}, {n: places[n].shape for n in named}, source)
    for name, value in named.items():
        places[name].write(value)


def _is_bookkeeping(name: str) -> bool:
    scope, leaf = name.split("/", 1)[0], name.rsplit("/", 1)[-1]
    leftover = scope not in SCOPES.values() and scope.rsplit("_", 1)[0] in SCOPES.values()
    return leaf in (*BETA_POWERS, FIRST_MOMENT, SECOND_MOMENT, STEP_NAME) or leftover


def load_variables(prefix: str | Path) -> dict[str, np.ndarray]:
    """`{name: array}` of a checkpoint of the reference, optimizer slots included.

    Args:
        prefix: path without `.index` or `.data-*`, such as `models/vector-18`.

    Raises:
        CheckpointError: not a checkpoint, or a damaged one.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:
        raise CheckpointError(f"{prefix}: not a readable checkpoint: {error}") from error


def system_of(names) -> str | None:
    """ "ia" or "rpcl" by the scope of the latent means; None if the names are not the reference's."""
    for system, scope in SCOPES.items():
        if f"{scope}/latent_mu" in names:
            return system
    return None


def moments(model, values: Mapping[str, np.ndarray], moment: str) -> dict[str, np.ndarray]:
    """Adam's first (`Adam`) or second (`Adam_1`) moments in a checkpoint, by variable name."""
    scope = SCOPES[model.hps.system]
    trainable = {id(v) for v in model.trainable_variables}
    names = [name for name, slot in slots(model).items() if id(slot.variable) in trainable]
    return {name: values[f"{scope}/{name}/{moment}"] for name in names if f"{scope}/{name}/{moment}" in values}
