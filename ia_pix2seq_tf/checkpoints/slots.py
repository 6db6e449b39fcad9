"""Where the variables of a TensorFlow 1 program live here, and the names that its cells and layers gave them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from keras import layers

from ia_pix2seq_tf.networks.cells import CELLS, HyperLSTMCell, LayerNormLSTMCell, LSTMCell, RecurrentCell
from ia_pix2seq_tf.networks.convolution import InstanceNorm

GATES = "ijfo"


@dataclass(frozen=True)
class Slot:
    """Where a variable of the original lives here: a variable, or one entry of a stacked one."""

    variable: keras.Variable
    index: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        shape = tuple(self.variable.shape)
        return shape if self.index is None else shape[1:]

    def of(self, variable: keras.Variable) -> "Slot":
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


class Parts(Protocol):
    """The parts of a system that have variables; see `systems/parts.py`."""

    @property
    def encoder(self) -> Any: ...

    @property
    def decoder(self) -> Any: ...

    @property
    def pixel_decoder(self) -> Any: ...

    @property
    def latent(self) -> Any: ...


Named = Iterator[tuple[str, Slot]]  # variables by their original names


def dense(prefix: str, layer: layers.Dense) -> Named:
    """Kernel and bias, `PREFIX_w` and `PREFIX_b`."""
    yield f"{prefix}_w", Slot(layer.kernel)
    yield f"{prefix}_b", Slot(layer.bias)


def convolution(scope: str, conv: layers.Layer, norm: InstanceNorm | None) -> Named:
    """A convolution and its instance norm, where it has one."""
    yield f"{scope}/filter", Slot(conv.kernel)
    if norm is not None:
        yield f"{scope}/InstanceNorm/beta", Slot(norm.beta)
        yield f"{scope}/InstanceNorm/gamma", Slot(norm.gamma)


def cell(scope: str, layer: RecurrentCell) -> Named:
    """A recurrent cell, in a scope of its kind; the same in all programs that descend from sketch-rnn."""
    yield from _VARIABLES[type(layer)](f"{scope}/{_SCOPES[type(layer)]}", layer)


def _kernels(scope: str, layer: RecurrentCell) -> Named:
    yield f"{scope}/W_xh", Slot(layer.kernel)
    yield f"{scope}/W_hh", Slot(layer.recurrent_kernel)


def _norms(scope: str, layer: LayerNormLSTMCell | HyperLSTMCell) -> Named:
    yield f"{scope}/ln_all/ln_gamma", Slot(layer.gates_gamma)
    yield f"{scope}/ln_all/ln_beta", Slot(layer.gates_beta)
    yield f"{scope}/ln_c/ln_gamma", Slot(layer.memory_gamma)
    yield f"{scope}/ln_c/ln_beta", Slot(layer.memory_beta)


def _lstm(scope: str, layer: LSTMCell) -> Named:
    yield from _kernels(scope, layer)
    yield f"{scope}/bias", Slot(layer.bias)


def _layer_norm(scope: str, layer: LayerNormLSTMCell) -> Named:
    yield from _kernels(scope, layer)
    yield from _norms(scope, layer)


def _hyper(scope: str, layer: HyperLSTMCell) -> Named:
    yield from _kernels(scope, layer)
    yield f"{scope}/bias", Slot(layer.bias)
    yield from _norms(scope, layer)
    yield from cell(scope, layer.hyper_cell)
    for index, part in enumerate([*(f"{g}x" for g in GATES), *(f"{g}h" for g in GATES)]):
        yield f"{scope}/hyper_{part}/zw/super_linear_w", Slot(layer.zw_kernel, index)
        yield f"{scope}/hyper_{part}/zw/super_linear_b", Slot(layer.zw_bias, index)
        yield f"{scope}/hyper_{part}/alpha/super_linear_w", Slot(layer.alpha_kernel, index)
    for index, gate in enumerate(GATES):
        yield f"{scope}/hyper_{gate}h/zb/super_linear_w", Slot(layer.zb_kernel, index)
        yield f"{scope}/hyper_{gate}h/beta/super_linear_w", Slot(layer.beta_kernel, index)


CELL_SCOPES = {"lstm": "LSTMCell", "layer_norm": "LayerNormLSTMCell", "hyper": "HyperLSTMCell"}
"""The scope of each kind of cell."""
_SCOPES = {cls: CELL_SCOPES[kind] for kind, cls in CELLS.items()}
_VARIABLES: dict[type, Callable[[str, Any], Named]] = {
    LSTMCell: _lstm,
    LayerNormLSTMCell: _layer_norm,
    HyperLSTMCell: _hyper,
}
