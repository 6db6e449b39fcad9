"""What is measured: functions that do a piece of work in this process and return a row of a table.

`command.in_process` calls them, so that peak memory and threads are those of one piece of work. Every row has the
sizes, `first_seconds`, `seconds` (the median), `peak_bytes`, and `added_bytes`: the peak without what the process
held before, its imports mostly. TensorFlow is imported by the functions that need it.
"""

import time as clock
from collections.abc import Callable

import flops
import machine
import numpy as np
from machine import Times

from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.graphs import INK, NODES, PATCH, cut_graphs
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.strokes import Sketches

Row = dict[str, object]

PLAIN = {"plain_rnn": True, "jit_compile": False}
"""Hyperparameters of the plain baseline."""
NEVER = -100.0
"""Logit of the pen state that ends a sketch: untrained models would end it anywhere."""
END_OF_SKETCH = 2
"""Place of that logit among the raw parameters."""
INK_SHARE = 0.1
"""Of the pixels of patches, about as in drawings."""


def hparams(cell: str, units: int, batch: int, time: int, extra: str = "", plain: bool = False) -> HParams:
    """Hyperparameters of these sizes and of an `--hparams` string; `plain` for neither fast form nor XLA."""
    hps = HParams(dec_model=cell, dec_rnn_size=units, batch_size=batch, max_seq_len=time).parse(extra)
    return hps.update(PLAIN if plain else {}).validate()


def random_batch(trainer) -> dict[str, np.ndarray]:
    """What a trainer's model is trained on, by the names that `train_step` has for it: sequences of full length, and
    images `[batch, width, width]` and full graphs where the system has use for them.
    """
    hps, rng = trainer.hps, np.random.default_rng(0)
    images = rng.uniform(-1, 1, (hps.batch_size, hps.png_width, hps.png_width)).astype(np.float32)
    sequences = np.zeros((hps.batch_size, hps.max_seq_len + 1, 5), np.float32)
    sequences[:, 1:, :2] = rng.standard_normal((hps.batch_size, hps.max_seq_len, 2))
    pens = rng.choice(2, (hps.batch_size, hps.max_seq_len + 1), p=(0.9, 0.1))
    sequences[np.arange(hps.batch_size)[:, None], np.arange(hps.max_seq_len + 1), 2 + pens] = 1
    nodes = hps.batch_size, NODES
    made = {"images": images, "sequences": sequences, "node_weights": rng.uniform(0.5, 3, nodes).astype(np.float32)}
    made["patches"] = (rng.random((*nodes, PATCH, PATCH), np.float32) < INK_SHARE).astype(np.uint8) * INK
    return {name: made[name] for name in trainer.model.system.fields}


def make_trainer(hps: HParams):
    """A trainer of a new model."""
    from ia_pix2seq_tf import IAPix2Seq
    from ia_pix2seq_tf.training.trainer import Trainer

    return Trainer(IAPix2Seq(hps))


def stepper(trainer) -> Callable[[], None]:
    """One training step on a random batch as a call that returns when the step is done, on any device."""
    import tensorflow as tf

    batch = {"images": None} | {name: tf.constant(field) for name, field in random_batch(trainer).items()}

    def step():
        trainer.train_step(**batch)
        tf.test.experimental.sync_devices()

    return step


def training_step(
    cell: str,
    units: int,
    batch: int,
    time: int,
    runs: int,
    extra: str = "",
    plain: bool = False,
    product_size: int | None = None,
) -> Row:
    """Whole training steps; with `product_size`, their operations beside the rate of matrix products.

    The rates are those of the square product and of the recurrent product of one step, `[batch, u] @ [u, p]`.
    """
    import tensorflow as tf

    hps, before = hparams(cell, units, batch, time, extra, plain), machine.resident_memory()
    times = machine.time_calls(stepper(make_trainer(hps)), runs)
    row = {"cell": cell, "units": units, "batch": batch, "time": time, "device": tf.test.gpu_device_name() or "CPU"}
    row |= {**_spent(times, before), "hparams": extra}
    if product_size:
        row |= _efficiency(flops.training_step(hps, batch, time), times, hps, batch, product_size)
    return row


def generation(
    cell: str,
    units: int,
    batch: int,
    time: int,
    runs: int,
    extra: str = "",
    plain: bool = False,
    product_size: int | None = None,
) -> Row:
    """Sketches of full length, drawn from random codes by an untrained model."""
    from ia_pix2seq_tf import IAPix2Seq

    hps, before = hparams(cell, units, batch, time, extra, plain), machine.resident_memory()
    model = IAPix2Seq(hps)
    model.decoder.head.bias.assign(never_ending(model.decoder.head.bias.numpy()))
    codes = np.random.default_rng(0).standard_normal((batch, model.z_size)).astype(np.float32)
    sketches = []
    times = machine.time_calls(lambda: sketches.append(model.generate(codes, temperature=1.0, seed=0)), runs)
    row = {"cell": cell, "units": units, "batch": batch, "time": time, "hparams": extra}
    row |= {**_spent(times, before), "points": float(np.mean([len(sketch) for sketch in sketches[-1]]))}
    row |= {"sketches_per_second": batch / times.median}
    if product_size:
        row |= _efficiency(flops.generation(hps, batch, time), times, hps, batch, product_size)
    return row


def never_ending(raw):
    """Raw parameters `[..., 123]`, or the head's bias, with the end of a sketch made very unlikely."""
    return raw + NEVER * np.eye(flops.RAW, dtype=np.float32)[END_OF_SKETCH]


def many_steps(cell: str, units: int, batch: int, time: int, steps: int, every: int, extra: str = "") -> Row:
    """Resident memory every so many training steps, as `resident_bytes`; `at` are the numbers of steps."""
    hps = hparams(cell, units, batch, time, extra)
    step, at, resident = stepper(make_trainer(hps)), [], []
    for number in range(1, steps + 1):
        step()
        if number % every == 0:
            at.append(number)
            resident.append(machine.resident_memory())
    return {"at": at, "resident_bytes": resident}


def feeding(
    cell: str,
    units: int,
    batch: int,
    time: int,
    data_dir: str,
    categories: list[str],
    runs: int,
    batches: int,
    extra: str = "",
) -> Row:
    """The input pipeline alone, the training step alone, and the step as the pipeline feeds it.

    `waiting` is the share of the fed time that the step waits for its batch. Where graphs are read, `cut_seconds` are
    those of cutting a batch's outside the pipeline, in one thread.
    """
    from ia_pix2seq_tf.data.pipeline import load_data, train_batches

    hps, before = hparams(cell, units, batch, time, extra), machine.resident_memory()
    hps.categories = categories
    data = load_data(data_dir, hps.validate())
    trainer = make_trainer(hps)
    fields = trainer.model.system.fields
    alone = _per_batch(train_batches(data, hps, (0,), fields=fields).repeat(), batches)
    cutting = {"cut_seconds": cut_seconds(data.train.strokes, batch, runs)} if "patches" in fields else {}
    times = machine.time_calls(stepper(trainer), runs)
    fed, waiting = _feed(trainer, train_batches(data, hps, (1,), fields=fields).repeat(), runs)
    return {
        "units": units,
        "batch": batch,
        "time": time,
        "sketches": len(data.train),
        "batch_seconds": alone,
        **cutting,
        **_spent(times, before),
        "fed_seconds": fed,
        "waiting": waiting / fed,
    }


def cutting(batch: int, data_dir: str, categories: list[str], runs: int) -> Row:
    """`cut_seconds` of training sketches."""
    from ia_pix2seq_tf.data.pipeline import load_data

    data = load_data(data_dir, HParams(categories=categories, num_per_category=max(batch, 100)))
    return {"cut_seconds": cut_seconds(data.train.strokes, batch, runs)}


def cut_seconds(strokes: Sketches, batch: int, runs: int) -> float:
    """Seconds of cutting the graphs of a batch of sketches, over and over those that there are."""
    sketches = [strokes[i % len(strokes)] for i in range(batch)]
    return machine.time_calls(lambda: cut_graphs(sketches), runs).median


def retrieve(n: int, size: int, runs: int, plain: bool = False, product_size: int | None = None) -> Row:
    """`metrics.retrieval` of n codes of `size`; `plain` for all pairs at once."""
    rng = np.random.default_rng(0)
    gallery = rng.standard_normal((n, size))
    queries, before = gallery + rng.standard_normal((n, size)), machine.resident_memory()
    measure = plain_retrieval if plain else metrics.retrieval
    times = machine.time_calls(lambda: measure(gallery, queries), runs)
    row = {"codes": n, "size": size, **_spent(times, before), "flops": 2 * n * n * size}
    if product_size:
        row["product_rate"] = machine.numpy_product_rate(product_size, "float64")
        row["share_of_rate"] = row["flops"] / times.median / row["product_rate"]
    return row


def plain_retrieval(gallery: np.ndarray, queries: np.ndarray, ks=(1, 10, 50)) -> dict[int, float]:
    """`metrics.retrieval` as one writes it down: all distances at once, and all of them sorted."""
    squares = np.square(gallery).sum(axis=1)
    order = np.argsort(squares - 2 * queries @ gallery.T, axis=1, kind="stable")
    ranks = np.argmax(order == np.arange(len(gallery))[:, None], axis=1)
    return {k: float(np.mean(ranks < k)) for k in ks}


def load(data_dir: str, categories: list[str], sketches: int, extra: str = "") -> Row:
    """`load_data`, once. `data_bytes` is the size of its images (uint8) and points (int16)."""
    from ia_pix2seq_tf.data.pipeline import load_data

    hps = HParams(categories=categories, num_per_category=sketches, batch_size=1).parse(extra).validate()
    before, start = machine.resident_memory(), clock.perf_counter()
    data = load_data(data_dir, hps)
    seconds = clock.perf_counter() - start
    splits = (data.train, data.valid, data.test)
    size = sum(split.images.nbytes + split.strokes.points.nbytes for split in splits)
    return {
        "sketches": sum(map(len, splits)),
        "seconds": seconds,
        "data_bytes": size,
        "resident_bytes": machine.resident_memory() - before,
        "peak_bytes": machine.peak_memory(),
        "added_bytes": machine.peak_memory() - before,
    }


def _spent(times: Times, before: int) -> Row:
    """Seconds and memory of a piece of work; to be asked for before the process does anything else."""
    peak = machine.peak_memory()
    return {**times.row(), "peak_bytes": peak, "added_bytes": peak - before}


def _efficiency(counts: dict[str, int], times: Times, hps: HParams, batch: int, product_size: int) -> Row:
    """Operations of the work and their rate, beside those of a square product and of the recurrent one.

    The products are of the type in which the model multiplies.
    """
    units, dtype = hps.dec_rnn_size, "bfloat16" if hps.precision == "bfloat16" else "float32"
    rate = machine.product_rate(product_size, product_size, product_size, dtype=dtype)
    step_rate = machine.product_rate(batch, units, flops.state_width(hps.dec_model, units), dtype=dtype)
    done = counts["total"] / times.median
    return {
        "flops": counts["total"],
        "flops_of": counts,
        "rate": done,
        "product_rate": rate,
        "share_of_rate": done / rate,
        "recurrent_product_rate": step_rate,
        "share_of_recurrent_rate": done / step_rate,
    }


def _per_batch(batches, count: int) -> float:
    """Seconds per batch of an endless data set, over so many batches after the first, which starts threads."""
    iterator = iter(batches)
    next(iterator)
    start = clock.perf_counter()
    for _ in range(count):
        next(iterator)
    return (clock.perf_counter() - start) / count


def _feed(trainer, batches, runs: int) -> tuple[float, float]:
    """Seconds per step of training on a data set as it comes, and the seconds of those spent on waiting for it."""
    import tensorflow as tf

    from ia_pix2seq_tf.systems.parts import Batch

    iterator, whole, waited = iter(batches), 0.0, 0.0
    for number in range(runs + 1):
        start = clock.perf_counter()
        batch = next(iterator)
        arrived = clock.perf_counter()
        trainer.train_step(**Batch.of(batch)._asdict())
        tf.test.experimental.sync_devices()
        if number:  # the first batch and the first step start threads
            whole, waited = whole + clock.perf_counter() - start, waited + arrived - start
    return whole / runs, waited / runs
