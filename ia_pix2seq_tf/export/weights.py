"""Weights of an export in fewer bytes, float16 or int8, in each of the formats.

Matrices and filters are stored so; what has one dimension, and the latent components, stay float32. An int8 has the
scale of its output, whose largest weight is 127. A SavedModel makes float32 of them when it is called. So do TFLite and
ONNX Runtime of float16 when they load a file; but with int8 they multiply in int8, by inputs rounded to 127 steps: a
matrix is then read in a quarter of the time.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.constants import FLOAT16, FLOAT32, INT8
from ia_pix2seq_tf.export.canonical import inner_graphs
from ia_pix2seq_tf.export.functions import Function
from ia_pix2seq_tf.model import IAPix2Seq

LEAST = 1024  # entries of a weight that is worth it
LEVELS = 127
MIDDLE = 128  # the uint8 that stands for 0
TINY = np.float32(1e-30)  # what rows of zeros are divided by


def quantized(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values `[..., outputs]` as int8, and the float32 `[outputs]` that each is to be multiplied by."""
    largest = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
    scale = np.maximum(largest, TINY).astype(np.float32) / LEVELS
    return np.rint(values / scale).astype(np.int8), scale


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether a weight of this shape is stored in fewer bytes."""
    return len(shape) > 1 and math.prod(shape) >= LEAST


# SavedModel.


def stored(
    model: IAPix2Seq, functions: Mapping[str, Function], kind: str
) -> tuple[dict[str, Function], list[tf.Variable]]:
    """Functions of a model that read its weights from variables of another type, and those variables."""
    if kind == FLOAT32:
        return dict(functions), [weight.value for weight in model.weights]
    latent = {id(variable) for variable in model.latent.variables}
    held = [(weight, *_held(weight.numpy(), kind if id(weight) not in latent else FLOAT32)) for weight in model.weights]

    def reading(function: Function) -> Function:
        def call(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
            with keras.StatelessScope(state_mapping=[(weight, read()) for weight, read, _ in held]):
                return function.python_function(*inputs)

        return tf.function(call, input_signature=function.input_signature, autograph=False)

    variables = [variable for _, _, variables in held for variable in variables]
    return {name: reading(function) for name, function in functions.items()}, variables


def _held(values: np.ndarray, kind: str) -> tuple[Callable[[], tf.Tensor], list[tf.Variable]]:
    """What gives a weight as float32, and the variables that hold it."""
    if not is_large(values.shape) or kind == FLOAT32:
        held = tf.Variable(values, trainable=False)
        return held.read_value, [held]
    if kind == FLOAT16:
        half = tf.Variable(values.astype(np.float16), trainable=False)
        return lambda: tf.cast(half, tf.float32), [half]
    levels, scale = (tf.Variable(part, trainable=False) for part in quantized(values))
    return lambda: tf.cast(levels, tf.float32) * scale, [levels, scale]


# TFLite.


def set_tflite(converter: tf.lite.TFLiteConverter, kind: str) -> None:
    """Has a converter store weights in a type."""
    if kind != FLOAT32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == FLOAT16:
        converter.target_spec.supported_types = [tf.float16]


# ONNX.


def shrink_onnx(model: Any, kind: str) -> None:
    """Stores the weights of an `onnx.ModelProto` in a type; in int8 only the matrices of products, else in float16."""
    if kind == FLOAT32:
        return
    from onnx import TensorProto, helper, numpy_helper  # an extra, so that other formats do without

    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    large = {
        name: numpy_helper.to_array(tensor)
        for name, tensor in constants.items()
        if tensor.data_type == TensorProto.FLOAT and is_large(tuple(tensor.dims))
    }
    matrices = {name for name, values in large.items() if values.ndim == 2} if kind == INT8 else set()
    matrices -= {name for reader, place, name in _reads(graph) if (reader, place) != ("MatMul", 1)}

    casts = []
    for name, values in large.items():
        del constants[name]
        parts = dict(zip(("levels", "scale"), quantized(values), strict=True)) if name in matrices else {}
        for part, value in (parts or {"half": values.astype(np.float16)}).items():
            constants[f"{name}/{part}"] = numpy_helper.from_array(value, f"{name}/{part}")
        if not parts:
            casts.append(helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))
    if matrices:
        fixed = {"tiny": TINY, "levels": np.float32(LEVELS), "middle": np.float32(MIDDLE), "zero": np.uint8(MIDDLE)}
        constants |= {name: numpy_helper.from_array(np.array(value), name) for name, value in fixed.items()}
    _multiply_in_int8(graph, matrices)
    nodes = [*casts, *graph.node]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants.values())


def _reads(graph: Any) -> Iterator[tuple[str, int, str]]:
    """The kind of each node that reads, in the graph and those within it, and place and name of what it reads."""
    for node in graph.node:
        yield from ((node.op_type, place, name) for place, name in enumerate(node.input))
        for inner in inner_graphs(node):
            yield from _reads(inner)
    yield from (("", 0, value.name) for value in graph.output)


def _multiply_in_int8(graph: Any, matrices: set[str]) -> None:
    """Puts products of int8 in the place of those by these matrices."""
    nodes = []
    for node in graph.node:
        for inner in inner_graphs(node):
            _multiply_in_int8(inner, matrices)
        known = node.op_type == "MatMul" and node.input[1] in matrices
        nodes += _int8_product(node.input[0], node.input[1], node.output[0]) if known else [node]
    del graph.node[:]
    graph.node.extend(nodes)


def _int8_product(values: str, matrix: str, output: str) -> list[Any]:
    """Nodes of a product by a matrix in int8. Each row of the values is rounded by itself, so that none depends on its
    company; as uint8 about 128, for which processors have an instruction.
    """
    from onnx import TensorProto, helper

    def node(kind: str, inputs: list[str], result: str, **attributes: Any) -> Any:
        return helper.make_node(kind, inputs, [f"{output}/{result}" if result else output], **attributes)

    def made(result: str) -> str:
        return f"{output}/{result}"

    return [
        node("Abs", [values], "sizes"),
        node("ReduceMax", [made("sizes")], "largest", axes=[-1], keepdims=1),
        node("Max", [made("largest"), "tiny"], "range"),
        node("Div", ["levels", made("range")], "factor"),
        node("Mul", [values, made("factor")], "scaled"),
        node("Add", [made("scaled"), "middle"], "shifted"),
        node("Round", [made("shifted")], "rounded"),
        node("Cast", [made("rounded")], "bytes", to=TensorProto.UINT8),
        node("MatMulInteger", [made("bytes"), f"{matrix}/levels", "zero"], "integers"),
        node("Cast", [made("integers")], "floats", to=TensorProto.FLOAT),
        node("Mul", [made("floats"), f"{matrix}/scale"], "product"),
        node("Div", [made("product"), made("factor")], ""),
    ]
