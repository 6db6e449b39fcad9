"""How exported files are run."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.export import formats


def has_tf2onnx() -> bool:
    try:
        formats.onnx_converter()
    except ValueError:
        return False
    return True


def interpreter(path: Path):
    """TFLite's interpreter, from its own package or from TensorFlow, which is about to drop it."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    return Interpreter(str(path))


def tflite_function(path: Path):
    """A TFLite file as a function of named arrays to named arrays."""
    return interpreter(path).get_signature_runner()


def onnx_function(path: Path):
    """An ONNX file as a function of named arrays to named arrays."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    return lambda **inputs: dict(zip(names, session.run(names, inputs), strict=True))


def decoded(step, state: np.ndarray, sequences: np.ndarray, **code: np.ndarray) -> np.ndarray:
    """Raw parameters `[batch, time, 123]` of a decoder that is run step by step over given strokes."""
    raw = []
    for strokes in np.swapaxes(sequences, 0, 1):
        output = step(stroke=strokes, state=state, **code)
        state = output["next_state"]
        raw.append(output["raw"])
    return np.stack(raw, axis=1)
