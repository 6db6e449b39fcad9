"""Which outputs of convolutions a pixel reaches: receptive fields from kernels, strides and dilations, in NumPy.

A network is described by its layers, one after the other: each is a sequence of `Convolutions`, the windows of
convolutions that read one input side by side and are summed. All pad as TensorFlow's "SAME": zeros on both sides, the
odd one at the end.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Window(NamedTuple):
    """A square convolution: taps in each direction, outputs every `stride` pixels, taps `dilation` pixels apart."""

    kernel: int
    stride: int = 1
    dilation: int = 1

    @property
    def extent(self) -> int:
        """Pixels from the first tap to the last, both included."""
        return (self.kernel - 1) * self.dilation + 1


Convolutions = tuple[Window, ...]
Layer = tuple[Convolutions, ...]


def taps(size: int, window: Window) -> np.ndarray:
    """What each output of a convolution over `size` pixels reads: indices `[outputs, kernel]`.

    Where it reads padding, the index is below 0 or from `size` on.
    """
    outputs = -(-size // window.stride)
    padding = max((outputs - 1) * window.stride + window.extent - size, 0)
    first = np.arange(outputs) * window.stride - padding // 2
    return first[:, np.newaxis] + np.arange(window.kernel) * window.dilation


def reached(changed: np.ndarray, window: Window) -> np.ndarray:
    """Which outputs of a convolution read a changed input: bool `[..., h, w]` to `[..., h/stride, w/stride]`.

    Both directions are taken one after the other, as the taps are all pairs of a row and a column.
    """
    for axis in (-2, -1):
        changed = np.swapaxes(changed, axis, -1)
        size, nothing = changed.shape[-1], np.zeros_like(changed[..., :1])
        index = taps(size, window)
        index = np.where((index >= 0) & (index < size), index, size)
        changed = np.swapaxes(np.concatenate([changed, nothing], axis=-1)[..., index].any(axis=-1), axis, -1)
    return changed


def reached_layers(changed: np.ndarray, layers: Sequence[Layer]) -> list[np.ndarray]:
    """Which outputs of each layer see a changed pixel.

    Args:
        changed: bool `[..., h, w]`.
        layers: of the network.

    Returns:
        bool `[..., h, w]` for each layer, of its own height and width: true where the receptive field holds one.
    """
    found = []
    for layer in layers:
        for convolutions in layer:
            changed = np.logical_or.reduce([reached(changed, window) for window in convolutions])
        found.append(changed)
    return found


def sides(layers: Sequence[Layer]) -> list[int]:
    """The side of the square that holds the receptive field of an output of each layer, in pixels."""
    side, step, found = 1, 1, []
    for layer in layers:
        for convolutions in layer:
            side += (max(window.extent for window in convolutions) - 1) * step
            step *= convolutions[0].stride
        found.append(side)
    return found
