"""Sketches per second that `IAPix2Seq.generate` draws, for several sizes of model and batch.

    python benchmarks/generation.py --units=512,2048 --batches=1,64,256   # after pip install -e .

The models are untrained, so that hardly a sketch ends before `--max_len`: the figures are those of full-length
sketches, and a trained model is faster by the ratio of lengths. The first call of each size compiles and is
timed apart.
"""

import os
import statistics
import time

import numpy as np
from absl import app, flags

from ia_pix2seq_tf import console

FLAGS = flags.FLAGS
flags.DEFINE_list("units", ["512", "2048"], "Sizes of the recurrent decoder.")
flags.DEFINE_list("batches", ["1", "64", "256"], "Sketches per call.")
flags.DEFINE_string("dec_model", "hyper", "Cell of the decoder.")
flags.DEFINE_integer("max_len", 250, "Points of a sketch.")
flags.DEFINE_integer("runs", 3, "Timed calls of each size; the median is printed.")


def measure(model, batch: int) -> tuple[float, float, float]:
    """Seconds of the first call, median seconds of the others, mean points of a sketch."""
    codes = np.random.default_rng(0).standard_normal((batch, model.hps.z_size)).astype(np.float32)
    times = []
    for seed in range(FLAGS.runs + 1):
        start = time.perf_counter()
        sketches = model.generate(codes, max_len=FLAGS.max_len, temperature=1.0, seed=seed)
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:]), float(np.mean([len(sketch) for sketch in sketches]))


def main(_argv: list[str]) -> None:
    console.set_up()
    from ia_pix2seq_tf import HParams, IAPix2Seq

    print(f"{os.cpu_count()} CPU cores, {FLAGS.dec_model} cell, at most {FLAGS.max_len} points")
    print(f"{'units':>6} {'batch':>6} {'sketches/s':>11} {'points':>7} {'seconds':>8} {'first call':>11}")
    for units in map(int, FLAGS.units):
        model = IAPix2Seq(HParams(dec_rnn_size=units, dec_model=FLAGS.dec_model))
        model.decoder.head.bias.assign(never_ending(model))
        for batch in map(int, FLAGS.batches):
            first, seconds, points = measure(model, batch)
            print(f"{units:6} {batch:6} {batch / seconds:11.2f} {points:7.1f} {seconds:8.2f} {first:11.2f}", flush=True)


def never_ending(model) -> np.ndarray:
    """The head's bias with an end of the sketch made very unlikely."""
    bias = model.decoder.head.bias.numpy().copy()
    bias[2] = -100.0
    return bias


if __name__ == "__main__":
    app.run(main)
