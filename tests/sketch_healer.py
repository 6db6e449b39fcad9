"""The recording of SketchHealer's program, and its weights in our layers and back."""

import functools

import numpy as np
import tensorflow as tf
from reference import golden

from ia_pix2seq_tf.networks import GraphEncoder, StrokeDecoder
from ia_pix2seq_tf.stroke_mixture import COMPONENTS

Z_SIZE, UNITS = 128, 512
CONV = "encoder.feature_extractor.featureGenerator.conv"
NORMS = {"node_norm": "encoder.feature_extractor.bn1", "graph_norm": "encoder.gcn.bn1"}
UNREAD = ("encoder.gcn.bias", "encoder.gcn.merge")
BIASES = ("decoder.lstm.bias_ih_l0", "decoder.lstm.bias_hh_l0")
FORGET = slice(2 * UNITS, 3 * UNITS)  # of our gates i, j, f, o
COLUMNS = np.concatenate([[120, 121, 122], *(np.arange(first, 6 * COMPONENTS, 6) for first in range(6))])
"""Of their raw parameters, in our order: theirs are blocks of one component each, then the pen."""

Arrays = dict[str, np.ndarray]


@functools.cache
def recording() -> Arrays:
    return golden("systems/sketchhealer")


def formula_weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weight that the recording gave to a variable: as `reference.formula_weight`, of another index."""
    h = sum((i + 1) * ord(c) for i, c in enumerate(name)) % 1000 / 1000
    i = np.arange(np.prod(shape, dtype=int), dtype=np.int64)
    v = np.sin((i * i % 10007) * (0.37 + h) + 6.28 * h).reshape(shape)
    if len(shape) == 4:
        v = 2 * v / np.sqrt(np.prod(shape[:-1]))
    elif len(shape) == 2:
        v = v / np.sqrt(shape[0])
    else:
        v = 1 + 0.1 * v if name.endswith(("gamma", "running_var")) else 0.1 * v
    return v.astype(np.float32)


def recorded_weights() -> Arrays:
    """All weights that the program reads, and its running statistics, by its names."""
    shapes = zip(recording()["param/names"], recording()["param/shapes"], strict=True)
    found = {str(name): tuple(map(int, str(shape).split(","))) for name, shape in shapes if name not in UNREAD}
    for norm in NORMS.values():
        found |= {f"{norm}.running_{name}": (UNITS,) for name in ("mean", "var")}
    return {name: formula_weight(name, shape) for name, shape in found.items()}


class Model:
    """Our encoder and decoder, which hold weights by the program's names."""

    def __init__(self) -> None:
        self.encoder, self.decoder = GraphEncoder(Z_SIZE), StrokeDecoder("lstm", UNITS)
        self.encoder.build((None, 21, 128, 128), (None, 21))
        self.decoder.build((None, Z_SIZE))
        self.assign(recorded_weights())

    @property
    def trained(self) -> list:
        return self.encoder.trainable_weights + self.decoder.trainable_weights

    @property
    def places(self) -> dict:
        """Our variables by the program's names; where that has several for one, by the first."""
        dense = {f"{CONV}{i}": layer for i, layer in enumerate(self.encoder.convs, 1)}
        dense |= {"encoder.fc_mu": self.encoder.mean, "encoder.fc_sigma": self.encoder.variance}
        dense |= {"decoder.fc_hc": self.decoder.initial, "decoder.fc_params": self.decoder.head}
        found = {"encoder.gcn.weight": self.encoder.graph.kernel}
        for name, layer in dense.items():
            found |= {f"{name}.weight": layer.kernel, f"{name}.bias": layer.bias}
        for ours, theirs in NORMS.items():
            norm = getattr(self.encoder, ours)
            found |= {f"{theirs}.gamma": norm.gamma, f"{theirs}.beta": norm.beta}
            found |= {f"{theirs}.running_mean": norm.mean, f"{theirs}.running_var": norm.variance}
        cell = self.decoder.cell
        found |= {"decoder.lstm.weight_ih_l0": cell.kernel, "decoder.lstm.weight_hh_l0": cell.recurrent_kernel}
        return found | {BIASES[0]: cell.bias}

    def assign(self, weights: Arrays) -> None:
        """Sets weights by the program's names."""
        for name, variable in self.places.items():
            value = sum(weights[bias] for bias in BIASES) if name == BIASES[0] else weights[name]
            value = ours(name, value).reshape(variable.shape)
            variable.assign(value - _forget_bias(len(value)) if name == BIASES[0] else value)

    def by_name(self, values: dict[int, tf.Tensor]) -> Arrays:
        """Gradients, or the like, by the `id` of our variables, to the program's names; two biases are one."""
        shapes = dict(zip(recording()["param/names"], recording()["param/shapes"], strict=True))
        found = {}
        for name, variable in self.places.items():
            if id(variable) in values:
                shape = tuple(map(int, str(shapes[name]).split(",")))
                found[name] = theirs(name, np.asarray(values[id(variable)])).reshape(shape)
        return found | ({BIASES[1]: found[BIASES[0]]} if BIASES[0] in found else {})


def _forget_bias(size: int) -> np.ndarray:
    """What our cell adds to the forget gate on its own."""
    bias = np.zeros(size, np.float32)
    bias[FORGET] = 1
    return bias


def ours(name: str, values: np.ndarray) -> np.ndarray:
    """A weight of the program, its last axis in our order."""
    if name.startswith("decoder.lstm"):
        i, f, j, o = np.split(values, 4, axis=-1)
        return np.concatenate([i, j, f, o], axis=-1)
    if name.startswith("decoder.fc_hc"):
        return np.concatenate(np.split(values, 2, axis=-1)[::-1], axis=-1)
    return values[..., COLUMNS] if name.startswith("decoder.fc_params") else values


def theirs(name: str, values: np.ndarray) -> np.ndarray:
    """The inverse of `ours`."""
    return values[..., np.argsort(COLUMNS)] if name.startswith("decoder.fc_params") else ours(name, values)


def sequences() -> tuple[np.ndarray, np.ndarray]:
    """What the program's decoder reads and what it is compared with, `[6, 73, 5]` each."""
    strokes = recording()["in/strokes5"]
    start, end = (np.tile(np.float32(np.eye(5)[[[pen]]]), (len(strokes), 1, 1)) for pen in (2, 4))
    return np.concatenate([start, strokes], axis=1), np.concatenate([strokes, end], axis=1)


def node_weights(kind: str = "graph/raw") -> np.ndarray:
    """Column sums of the recorded adjacency matrices, `[n, 21]`."""
    return recording()[f"{kind}/adjacency"].sum(axis=1)
