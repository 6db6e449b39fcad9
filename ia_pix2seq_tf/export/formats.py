"""Functions on disk: as SavedModel, TFLite files and ONNX files."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import tensorflow as tf

from ia_pix2seq_tf.constants import FLOAT32
from ia_pix2seq_tf.export import weights
from ia_pix2seq_tf.export.canonical import AXES, make_canonical
from ia_pix2seq_tf.export.functions import Function
from ia_pix2seq_tf.model import IAPix2Seq

ONNX_OPSET = 17  # ONNX Runtime reads it from 1.12 on
ONNX_EXTRA = "pip install -e '.[onnx]'"


def write_saved_model(
    model: IAPix2Seq, functions: Mapping[str, Function], directory: Path, kind: str = FLOAT32
) -> None:
    """A SavedModel with a signature for each function; it needs neither Keras nor this package to run.

    Args:
        model: whose functions they are.
        functions: by name.
        directory: to write.
        kind: of `WEIGHT_TYPES`, in which the weights are stored; here as in the other formats.
    """
    module = tf.Module()
    functions, module.weights = weights.stored(model, functions, kind)
    tf.saved_model.save(module, str(directory), signatures=functions)


def write_tflite(model: IAPix2Seq, functions: Mapping[str, Function], directory: Path, kind: str = FLOAT32) -> None:
    """A file NAME.tflite for each function, made of TFLite's built-in operations alone."""
    directory.mkdir()
    with tempfile.TemporaryDirectory() as saved:
        write_saved_model(model, functions, Path(saved))
        for name in functions:
            converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=[name])
            weights.set_tflite(converter, kind)
            (directory / f"{name}.tflite").write_bytes(converter.convert())


def write_onnx(functions: Mapping[str, Function], directory: Path, kind: str = FLOAT32) -> None:
    """A file NAME.onnx for each function; its batch and its time are free where the function's are.

    The same functions give the same bytes.
    """
    converter = onnx_converter()
    directory.mkdir()
    for name, function in functions.items():
        proto, _ = converter.from_function(function, function.input_signature, opset=ONNX_OPSET)
        for value in (*proto.graph.input, *proto.graph.output):
            for axis, dimension in zip(AXES, value.type.tensor_type.shape.dim, strict=False):
                if not dimension.HasField("dim_value"):
                    dimension.dim_param = axis
        weights.shrink_onnx(proto, kind)
        make_canonical(proto)
        (directory / f"{name}.onnx").write_bytes(proto.SerializeToString())


def onnx_converter() -> ModuleType:
    """The module `tf2onnx.convert`.

    Raises:
        ValueError: it is not installed.
    """
    try:
        from tf2onnx import convert
    except ImportError as error:
        raise ValueError(f"ONNX files need the extra 'onnx' ({error}): {ONNX_EXTRA}") from error
    return convert
