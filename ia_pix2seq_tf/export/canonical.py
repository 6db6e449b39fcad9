"""One form of an ONNX graph, whose names and orders the converter makes otherwise at each call."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

AXES = ("batch", "time")  # names of the dimensions that may be free


def make_canonical(model: Any) -> None:
    """Orders and names all in a model (`onnx.ModelProto`) but its inputs and outputs by how its outputs are computed.

    What no output needs is dropped, and so is what leaves its input as it is: sets decide how much of that there is.
    """
    graph = model.graph
    _drop_idle(model)
    _order(graph)
    kept = [value.name for value in (*graph.input, *graph.output)]
    known = dict(zip(kept, kept, strict=True)) | {name: name for name in ("", *AXES)}
    _rename(graph, lambda name: known.setdefault(name, f"v{len(known)}"))


def _drop_idle(model: Any) -> None:
    """Takes out of the way each Reshape to the shape that its input has."""
    from onnx import numpy_helper, shape_inference  # an extra, so that other formats do without

    graph = shape_inference.infer_shapes(model).graph
    shapes = {value.name: _shape(value) for value in (*graph.input, *graph.value_info)}
    constants = {constant.name: constant for constant in graph.initializer}
    sources: dict[str, str] = {}
    for node in model.graph.node:
        node.input[:] = [sources.get(name, name) for name in node.input]
        if node.op_type == "Reshape" and node.input[1] in constants:
            target = numpy_helper.to_array(constants[node.input[1]]).tolist()
            if target == shapes.get(node.input[0]):
                sources[node.output[0]] = node.input[0]


def _shape(value: Any) -> list[int]:
    """The shape of a value, -1 where a dimension is free."""
    return [dimension.dim_value or -1 for dimension in value.type.tensor_type.shape.dim]


def _order(graph: Any) -> None:
    """Orders the nodes as the outputs, and then their inputs, first need them; and the constants as nodes do."""
    for node in graph.node:
        for inner in inner_graphs(node):
            _order(inner)
    needs = [list(_needs(node)) for node in graph.node]
    makers = {name: i for i, node in enumerate(graph.node) for name in node.output}
    outputs = [value.name for value in graph.output]
    places = _after_what_they_need(outputs, needs, makers)
    nodes = [copy.deepcopy(graph.node[i]) for i in places]
    constants = {constant.name: constant for constant in map(copy.deepcopy, graph.initializer)}
    used = dict.fromkeys([*(name for i in places for name in needs[i]), *outputs])
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants[name] for name in used if name in constants)


def _after_what_they_need(names: list[str], needs: list[list[str]], makers: dict[str, int]) -> list[int]:
    """The nodes that names need, each after those that it needs itself."""
    order: dict[int, None] = {}
    for name in names:
        pending = [makers[name]] if name in makers else []
        while pending:
            missing = (makers[need] for need in needs[pending[-1]] if need in makers and makers[need] not in order)
            following = next(missing, None)
            if following is None:
                order[pending.pop()] = None
            else:
                pending.append(following)
    return list(order)


def _needs(node: Any) -> Iterator[str]:
    """Names that a node, or a graph within it, takes from others."""
    yield from node.input
    for inner in inner_graphs(node):
        for part in inner.node:
            yield from _needs(part)
        yield from (value.name for value in inner.output)


def inner_graphs(node: Any) -> Iterator[Any]:
    """The graphs within a node: bodies of loops, branches."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _rename(graph: Any, rename: Callable[[str], str]) -> None:
    """Gives everything in a graph, and in the graphs within it, the name that a function makes of its own."""
    graph.name, graph.doc_string = "graph", ""
    for number, node in enumerate(graph.node):
        node.name = f"n{number}"
        node.input[:] = list(map(rename, node.input))
        node.output[:] = list(map(rename, node.output))
        for inner in inner_graphs(node):
            _rename(inner, rename)
    for named in (*graph.input, *graph.initializer, *graph.output):
        named.name = rename(named.name)
    for value in (*graph.input, *graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.HasField("dim_param"):
                dimension.dim_param = rename(dimension.dim_param)
