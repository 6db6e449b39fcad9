"""Writes the training step and generation as HLO, to be compiled and timed where only JAX is installed.

    python benchmarks/export_step.py --output_dir=hlo              # after pip install -e .
    python benchmarks/export_step.py --sizes=2048x200x250 --hparams=use_recurrent_dropout=False --what=step

Nothing is run, and no GPU is needed: XLA's input is made of the traced function. For each size there are
`step-hyper-u2048-b200-t250.hlo`, a serialized `HloModuleProto`, and a `.json` beside it with the sizes, the operations
(`flops`, see `flops.py`) and the parameters. The step is whole: encoder, decoder, losses, gradients, clipping, Adam
and the latent mixture, of any system (`--hparams=system=sketch_rnn`). The batch, weights, the optimizer's moments and
the mixture are parameters; updated variables are aliased to theirs. `--values` adds an `.npz` of a step's parameters
and losses; `run_step.py` runs the module under JAX and compares them.

Generation draws a batch of sketches of full length from random codes: as its weights may be random numbers, it draws
its noise itself, and its pen never ends a sketch.

The step has parameters of 64 bits (the count of updates), for which JAX needs JAX_ENABLE_X64=1. Products of
`precision=float32` ask for the highest precision; with `--hparams=precision=tf32` a GPU may multiply in TF32.
"""

import json
import re
import time as clock
from pathlib import Path
from typing import NamedTuple

import command
import flops
import machine
import numpy as np
import work
from absl import flags

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.hparams import HParams

FLAGS = flags.FLAGS
command.define_model_flags()
flags.DEFINE_list("sizes", ["512x64x100", "2048x200x100", "2048x200x250"], "Sizes, units x batch x time each.")
flags.DEFINE_multi_enum("what", ["step", "generation"], ("step", "generation"), "What to export; may be repeated.")
flags.DEFINE_string("output_dir", "hlo", "Where to write.")
flags.DEFINE_boolean("values", False, "Also write a step's parameters and losses, which run_step.py compares.")


class Module(NamedTuple):
    """A serialized `HloModuleProto`, and its parameters in order with the scalars that it computes of them first."""

    blob: bytes
    values: dict[str, np.ndarray]


def step_module(hps: HParams, values: bool) -> Module:
    """One training step of a new model."""
    import tensorflow as tf

    from ia_pix2seq_tf.systems.parts import Batch

    # The model must compile nothing itself: to a compiled function, one within it is a constant, with all its weights.
    trainer = work.make_trainer(hps.update({"jit_compile": False}))
    for encoder in trainer.model.system.encoders:
        encoder.black_once = False
    batch = work.random_batch(trainer)

    @tf.function(jit_compile=True, autograph=False)
    def update(*fields):
        return trainer._update(Batch(**{"images": None, **dict(zip(batch, fields, strict=True))}), None)

    fields = [tf.constant(field) for field in batch.values()]
    blob = update.experimental_get_compiler_ir(*fields)("hlo_serialized")
    if not values:
        return Module(blob, {})
    captured = [_value(tensor) for tensor in update.get_concrete_function(*fields).captured_inputs]
    inputs = {f"parameter{i}": value for i, value in enumerate([*batch.values(), *captured])}
    scalars = {f"output {name}": value.numpy() for name, value in sorted(update(*fields).items())}
    return Module(blob, inputs | scalars)


def _value(captured) -> np.ndarray:
    """What a captured tensor holds, or the variable that it stands for."""
    import tensorflow as tf

    if captured.dtype != tf.resource:
        return captured.numpy()
    dtype = captured._handle_data.shape_and_type[0].dtype
    return tf.raw_ops.ReadVariableOp(resource=captured, dtype=tf.dtypes.as_dtype(dtype)).numpy()


class NeverEnding:
    """A stroke decoder whose pen never ends a sketch, as `draw_sequences` takes one."""

    def __init__(self, decoder):
        self.decoder, self.start, self.initial_state = decoder, decoder.start, decoder.initial_state

    def stepper(self, z):
        step = self.decoder.stepper(z)

        def unending_step(stroke, state):
            raw, state = step(stroke, state)
            return work.never_ending(raw), state

        return unending_step


def generation_module(hps: HParams, values: bool) -> Module:
    """Drawing a batch with a new model; without values, as what is drawn has none to compare."""
    import tensorflow as tf

    from ia_pix2seq_tf import IAPix2Seq
    from ia_pix2seq_tf.generation import NOISE_SIZE, SMALLEST_UNIFORM, draw_sequences

    model = IAPix2Seq(hps)

    @tf.function(jit_compile=True, autograph=False)
    def draw(z, seed):
        shape = hps.batch_size, hps.max_seq_len, NOISE_SIZE
        noise = tf.random.stateless_uniform(shape, seed, minval=SMALLEST_UNIFORM)
        return draw_sequences(NeverEnding(model.decoder), z, noise, tf.constant(1.0), greedy=False)

    inputs = tf.zeros((hps.batch_size, model.z_size)), tf.zeros(2, tf.int32)
    return Module(draw.experimental_get_compiler_ir(*inputs)("hlo_serialized"), {})


MODULES = {"step": (step_module, flops.training_step), "generation": (generation_module, flops.generation)}


def export(
    what: str, cell: str, units: int, batch: int, time: int, extra: str, output_dir: str, values: bool
) -> dict[str, object]:
    """Writes one module with its description, and returns that."""
    make, count = MODULES[what]
    hps, start = work.hparams(cell, units, batch, time, extra), clock.perf_counter()
    module = make(hps, values)
    path = Path(output_dir) / f"{what}-{cell}-u{units}-b{batch}-t{time}{_suffix(extra)}.hlo"
    counts = count(hps, batch, time)
    description = {
        "file": path.name,
        "what": what,
        "cell": cell,
        "units": units,
        "batch": batch,
        "time": time,
        "hparams": extra,
        "flops": counts["total"],
        "flops_of": counts,
        "bytes": len(module.blob),
        "seconds": clock.perf_counter() - start,
        "made_by": machine.describe(),
    }
    for name, content in (
        (path, module.blob),
        (path.with_suffix(".json"), json.dumps(description, indent=2).encode()),
    ):
        with replacing(name) as partial:
            partial.write_bytes(content)
    if module.values:
        with replacing(path.with_suffix(".npz")) as partial:
            np.savez(partial, **module.values)
    return description


def _suffix(extra: str) -> str:
    """What further hyperparameters add to a file's name."""
    return "".join(f"-{part}" for part in re.findall(r"[\w.]+", extra))


def main() -> None:
    sizes = [command.parse_size(text) for text in FLAGS.sizes]
    for size in sizes:
        for what in FLAGS.what:
            row = command.in_process(
                export, what, FLAGS.cell, **size, extra=FLAGS.hparams, output_dir=FLAGS.output_dir, values=FLAGS.values
            )
            print(f"{row['file']}: {row['bytes']} bytes, {row['flops'] / 1e9:.4g} GFLOP, {row['seconds']:.0f} s")


if __name__ == "__main__":
    command.run(main)
