"""Exports with their weights in each type: sizes, errors and times, of every format.

    python benchmarks/exports.py                                   # after pip install -e '.[test]'
    python benchmarks/exports.py --model_dir=pretrained:doodles
    python benchmarks/exports.py --units=512 --cell=lstm --hparams=system=sketch_rnn

Without --model_dir the model is untrained, of --units. "codes" is how far the means of drawings move, "raw" how far the
decoder's raw output along these drawings does: root mean squares, beside the standard deviation. A step is that of one
sketch; a SavedModel draws in one call, whose time is divided by its steps.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import command
import drawings
import numpy as np
import work
from absl import flags
from machine import time_calls
from report import Column, Report

from ia_pix2seq_tf.constants import WEIGHT_TYPES

FLAGS = flags.FLAGS
command.define_flags(runs=5)
command.define_model_flags()
drawings.define_flags()
flags.DEFINE_string("model_dir", "", "Directory of a checkpoint, or pretrained:NAME; default: an untrained model.")
flags.DEFINE_integer("units", 2048, "Units of the untrained model's decoder.", lower_bound=1)
flags.DEFINE_integer("sketches", 30, "Drawings that errors are measured on.", lower_bound=1)

COLUMNS = (
    Column("weights", "weights"),
    Column("format", "format"),
    Column("bytes", "MB", ".1f", 1e6),
    Column("load_seconds", "loading s", ".2f"),
    Column("code_error", "codes", ".2%"),
    Column("raw_error", "raw", ".2%"),
    Column("step_seconds", "ms a step", ".2f", 1e-3),
)
FORMATS = ("SavedModel", "TFLite", "ONNX")
LONGEST = 80  # points of the sketches of an untrained model
Arrays = dict[str, np.ndarray]
Function = Callable[..., Arrays]


class Encoder:
    """What `inference.encode_all` asks of a model, by an exported function, sketch by sketch."""

    def __init__(self, model, function: Function):
        self.hps, self.reads, self.z_size, self.function = model.hps, model.reads, model.z_size, function

    def encode(self, *fields: np.ndarray) -> tuple[np.ndarray, ...]:
        named = dict(zip(self.reads, fields, strict=True))
        codes = [
            self.function(**{name: field[i : i + 1] for name, field in named.items()}) for i in range(len(fields[0]))
        ]
        return tuple(np.concatenate([code[name] for code in codes]) for name in ("mu", "sigma2"))

    encode_in_graph = encode


def load_tflite(path: Path) -> Function:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(str(path), num_threads=2).get_signature_runner()


def load_onnx(path: Path) -> Function:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    return lambda **inputs: dict(zip(names, session.run(names, inputs), strict=True))


def make_model(model_dir: str, cell: str, units: int, extra: str):
    """The model of a directory, or an untrained one whose sketches never end."""
    from ia_pix2seq_tf import IAPix2Seq, load_model

    if model_dir:
        return load_model(model_dir)
    model = IAPix2Seq(work.hparams(cell, units, 1, LONGEST, extra))
    model.decoder.head.bias.assign(work.never_ending(model.decoder.head.bias.numpy()))
    return model


def error(found: np.ndarray, expected: np.ndarray) -> float:
    """Root mean square of the differences, beside the standard deviation of each number of the last axis."""
    variance = expected.reshape(-1, expected.shape[-1]).var(axis=0).mean()
    return float(np.sqrt(np.square(found - expected).mean() / variance))


def decode(files: dict[str, Function], z: np.ndarray, sequence: np.ndarray, state_size: int) -> np.ndarray:
    """Raw parameters `[time, 123]` along a sequence `[time, 5]`, step by step."""
    code = {"z": z[np.newaxis]} if len(z) else {}
    state = files["initial_state"](**code)["state"] if code else np.zeros((1, state_size), np.float32)
    raw = []
    for stroke in sequence:
        output = files["decoder_step"](stroke=stroke[np.newaxis], state=state, **code)
        state = output["next_state"]
        raw.append(output["raw"][0])
    return np.stack(raw)


def measure(weights: str, source: tuple[str, str, int, str], sketches: list[np.ndarray], runs: int) -> command.Row:
    """What there is to tell of an export with a type of weights, by the name of the format."""
    import tensorflow as tf

    from ia_pix2seq_tf import inference
    from ia_pix2seq_tf.export.write import export_model
    from ia_pix2seq_tf.strokes import to_sequence

    model = make_model(*source)
    scale, length = inference.scale_of(model).factor, max(map(len, sketches))
    sequences = np.stack([to_sequence(strokes / [scale, scale, 1], length) for strokes in sketches])
    sequences[:, 0] = model.decoder.start
    z = np.zeros((len(sketches), model.z_size), np.float32)
    if model.reads:
        z = inference.encode_all(model, strokes=sketches, scale_factor=scale)[0]
    raw = model.decode(z, sequences).numpy()

    def codes(function: Function) -> float | None:
        if not model.reads:
            return None
        return error(inference.encode_all(Encoder(model, function), strokes=sketches, scale_factor=scale)[0], z)

    def of_files(folder: Path, load: Callable[[Path], Function]) -> command.Row:
        started = time.perf_counter()
        files = {path.stem: load(path) for path in folder.iterdir()}
        row = {"load_seconds": time.perf_counter() - started, "code_error": codes(files.get("encoder"))}
        found = [decode(files, *sketch, model.decoder.cell.state_size) for sketch in zip(z, sequences, strict=True)]
        times = time_calls(lambda: decode(files, z[0], sequences[0], model.decoder.cell.state_size), runs)
        return {**row, "raw_error": error(np.stack(found), raw), "step_seconds": times.median / (length + 1)}

    def of_saved_model(folder: Path) -> command.Row:
        started = time.perf_counter()
        functions = tf.saved_model.load(str(folder)).signatures
        row = {"load_seconds": time.perf_counter() - started, "code_error": codes(functions.get("encode"))}
        code = {"z": tf.constant(z[:1])} if model.z_size else {"count": tf.constant(1)}
        drawn = functions["generate_greedy"](**code)["lengths"]
        times = time_calls(lambda: functions["generate_greedy"](**code)["strokes"].numpy(), runs)
        return {**row, "step_seconds": times.median / int(drawn[0])}

    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "exported"
        export_model(model, output, onnx=True, weights=weights)
        rows = {"SavedModel": of_saved_model(output)}
        rows |= {"TFLite": of_files(output / "tflite", load_tflite), "ONNX": of_files(output / "onnx", load_onnx)}
        held = {"SavedModel": output / "variables", "TFLite": output / "tflite", "ONNX": output / "onnx"}
        for name, path in held.items():
            rows[name]["bytes"] = sum(file.stat().st_size for file in path.iterdir())
    return rows


def main() -> None:
    source = FLAGS.model_dir, FLAGS.cell, FLAGS.units, FLAGS.hparams
    sketches = drawings.repeated(drawings.read(), FLAGS.sketches)
    report = Report(f"Exports of {FLAGS.model_dir or f'{FLAGS.units} units, {FLAGS.cell} cell'}", COLUMNS, FLAGS.output)
    for weights in WEIGHT_TYPES:
        found = command.attempt(measure, weights, source, sketches, FLAGS.runs)
        for name in FORMATS:
            row = found.get(name, {"error": found.get("error")})
            report.add({"weights": weights, "format": name, **row})
    report.close()


if __name__ == "__main__":
    command.run(main)
