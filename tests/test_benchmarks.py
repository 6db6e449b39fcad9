"""The benchmarks' own arithmetic, and their scripts at sizes that mean nothing."""

import json
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.catalogue import SYSTEMS

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import command  # noqa: E402
import drawings  # noqa: E402
import flops  # noqa: E402
import machine  # noqa: E402
import originals  # noqa: E402
import report  # noqa: E402
import work  # noqa: E402

BATCH = 3


def hlo_of_gradients(decoder, z, strokes) -> str:
    """XLA's input for a decoder run and the gradients of its weights and codes."""

    @tf.function(jit_compile=True, autograph=False)
    def gradients(z, strokes):
        with tf.GradientTape() as tape:
            tape.watch(z)
            loss = tf.reduce_sum(tf.square(decoder(z, strokes)))
        return tape.gradient(loss, [z, *decoder.trainable_variables])

    return gradients.experimental_get_compiler_ir(z, strokes)("hlo")


def dot_operations(hlo: str, trips: int) -> int:
    """Operations of the products in a module whose loops all make so many trips."""
    computations, lines = {}, None
    for line in hlo.splitlines():
        if begin := re.match(r"(ENTRY )?%(\S+) \(", line):
            lines = computations.setdefault("ENTRY" if begin[1] else begin[2], [])
        elif lines is not None:
            lines.append(line)

    def count(name):
        total = 0
        for line in computations[name]:
            dot = re.search(r"\[([\d,]+)\]\S* dot\(\w+\[([\d,]+)\].*lhs_contracting_dims=\{([\d,]+)\}", line)
            if dot:
                result, left, axes = ([int(x) for x in part.split(",")] for part in dot.groups())
                total += 2 * math.prod(result) * math.prod(left[axis] for axis in axes)
            if loop := re.search(r" while\(.* body=%([^ ,]+)", line):
                total += trips * count(loop[1])
            if call := re.search(r" call\(.* to_apply=%([^ ,]+)", line):
                total += count(call[1])
        return total

    return count("ENTRY")


@pytest.mark.parametrize("cell", ("lstm", "layer_norm", "hyper"))
def test_the_counted_operations_of_the_decoder_are_those_that_xla_gets(cell):
    from ia_pix2seq_tf.networks import StrokeDecoder

    units, z_size, time = 8, 4, 5
    decoder = StrokeDecoder(cell, units)
    decoder.build((None, z_size))
    hlo = hlo_of_gradients(decoder, tf.ones((BATCH, z_size)), tf.ones((BATCH, time, 5)))
    products = list(flops.decoder(cell, units, z_size, BATCH, time))
    again = [p for p in products if p.k in (flops.STROKE, flops.HYPER_EMBEDDING) or p.n == 12 * flops.HYPER_EMBEDDING]
    computed_twice = sum(product.forward for product in again)  # the fast form keeps no step's small products
    assert dot_operations(hlo, time) == sum(product.training for product in products) + computed_twice


def test_the_counted_operations_of_the_convolutions_are_those_of_the_graph():
    from ia_pix2seq_tf.networks import CNNDecoder, CNNEncoder, HighPassEncoder

    width, z_size = 80, 4  # 80 and 40 pixels are multiples of all dilations: no border is added to them
    encoder, small, pixel_decoder = CNNEncoder(z_size), HighPassEncoder(z_size), CNNDecoder(width)
    for layer in (encoder, small):
        layer.build((None, width, width))
    pixel_decoder.build((None, z_size))
    found = operations_of(lambda images, z: (*encoder(images), pixel_decoder(z)), (width, width), (z_size,))
    products = (*flops.encoder(width, z_size, BATCH), *flops.pixel_decoder(width, z_size, BATCH))
    assert found == sum(product.forward for product in products)
    found = operations_of(small, (width, width)) - 2 * BATCH * width**2 * 9  # without the filter
    assert found == sum(product.forward for product in flops.high_pass_encoder(width, z_size, BATCH))


def operations_of(function, *shapes: tuple[int, ...]) -> int:
    """Operations of a function of tensors of these shapes, but for the batch."""
    graph = tf.function(function).get_concrete_function(*(tf.TensorSpec((BATCH, *shape)) for shape in shapes))
    return sum(map(graph_operations, graph.graph.get_operations()))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_step_of_every_system_is_counted(system):
    counts = flops.training_step(work.hparams("lstm", 16, 4, 10, f"system={system}"), batch=4, time=10)
    assert counts["total"] == sum(counts.values()) / 2
    assert ("encoder" in counts) == (system in ("sketch_rnn", "song"))
    assert counts["recurrence"] == (2 if system == "song" else 1) * 3 * 10 * 2 * 4 * 16 * 64


def graph_operations(op) -> int:
    """Operations of a product or convolution in a graph, 0 for others."""
    if op.type == "MatMul":
        return 2 * math.prod(op.inputs[0].shape) * op.inputs[1].shape[1]
    if op.type == "Conv2D":
        return 2 * math.prod(op.outputs[0].shape) * math.prod(op.inputs[1].shape[:3])
    if op.type == "Conv2DBackpropInput":  # a transposed convolution
        _, kernel, values = op.inputs
        return 2 * math.prod(values.shape) * math.prod(kernel.shape[:3])
    return 0


def test_a_step_of_the_lstm_is_counted_as_by_hand():
    counts = flops.training_step(work.hparams("lstm", 16, batch=4, time=10), batch=4, time=10)
    assert counts["recurrence"] == 3 * 10 * 2 * 4 * 16 * 64
    initial, codes = 3 * 2 * 4 * 128 * 32, 3 * 2 * 4 * 128 * 64
    strokes, head = 2 * 10 * 2 * 4 * 5 * 64, 3 * 10 * 2 * 4 * 16 * 123
    assert counts["decoder"] == initial + codes + strokes + head
    assert counts["total"] == counts["recurrence"] + counts["decoder"] + counts["convolutions"]


def test_generation_needs_a_third_of_the_recurrent_operations_of_training():
    hps = work.hparams("hyper", 16, batch=4, time=10)
    assert 3 * flops.generation(hps, 4, 10)["recurrence"] == flops.training_step(hps, 4, 10)["recurrence"]


def test_a_model_without_codes_draws_and_has_no_products_with_them():
    row = work.generation("lstm", 16, 4, 10, 1, "system=sketch_rnn, conditional=False", product_size=8)
    strokes, head = 10 * 2 * 4 * 5 * 64, 10 * 2 * 4 * 16 * 123
    assert row["points"] == 10 and row["flops_of"]["decoder"] == strokes + head


def test_twice_the_time_and_batch_are_four_times_the_recurrence():
    hps = work.hparams("hyper", 16, batch=4, time=10)
    small, large = flops.training_step(hps, 4, 10), flops.training_step(hps, 8, 20)
    assert large["recurrence"] == 4 * small["recurrence"]
    assert large["convolutions"] == 2 * small["convolutions"]


def test_the_first_call_is_timed_apart():
    calls = []
    times = machine.time_calls(lambda: calls.append(None), runs=3)
    assert len(calls) == 4
    assert len(times.later) == 3
    assert min(times.later) <= times.median <= max(times.later)


def test_memory_that_is_held_counts():
    size, before = 200 * machine.MIB, machine.resident_memory()
    held = np.ones(size, np.uint8)
    grown = machine.resident_memory()
    assert held.nbytes == size
    assert grown - before > 0.9 * size
    del held
    assert machine.resident_memory() < grown - 0.9 * size
    assert machine.peak_memory() > grown - 0.1 * size


def test_the_rate_of_products_is_found():
    assert 1e6 < machine.product_rate(64, 64, 64, runs=1) < 1e15
    assert 1e6 < machine.numpy_product_rate(64, "float64", runs=1) < 1e15


def test_there_is_a_ratio_to_another_machine_only_if_it_multiplies_as_fast():
    assert originals.times_as_long((2, 3), 0.5, 1.05 * originals.RATE) == "4.0–6.0"
    assert originals.times_as_long((2, 2), 0.5, originals.RATE) == "4.0"
    assert originals.times_as_long((2, 3), 0.5, 1.5 * originals.RATE) == "none: 315 GFLOP/s here, 210 there"
    assert originals.times_as_long(None, 0.5, originals.RATE) is None
    assert originals.times_as_long((2, 3), None, originals.RATE) is None


def test_work_of_others_is_seen():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        time.sleep(0.5)
        busy = machine.busy_cores()
        other.kill()
    assert busy > 0.3


def test_a_process_that_is_killed_leaves_a_row_with_an_error(capsys):
    assert "killed" in command.attempt(os._exit, 1)["error"]
    assert "ZeroDivisionError" in command.attempt(divmod, 1, 0)["error"]
    assert command.attempt(os.getpid) != os.getpid()


@pytest.mark.parametrize("text", ("64x20", "64x20x0", "64x20x-1", "64x20xa", "1x2x3x4", ""))
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        command.parse_size(text, ("units", "batch", "time"))


def test_a_table_has_a_row_for_each_measurement_and_a_file(tmp_path, capsys):
    columns = (report.Column("n", "codes"), report.Column("seconds", "s", ".2f"), report.PEAK)
    table = report.Report("Some work", columns, tmp_path / "some.json")
    table.add({"n": 10, "seconds": 1.234, "peak_bytes": 3 * machine.MIB, "hidden": 5})
    table.add({"n": 20, "error": "too large"})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Some work"
    assert [cell.strip() for cell in lines[-2].strip("|").split("|")] == ["10", "1.23", "3"]
    assert [cell.strip() for cell in lines[-1].strip("|").split("|")] == ["20", "–", "–"]
    content = json.loads((tmp_path / "some.json").read_text())
    assert content["rows"] == [
        {"n": 10, "seconds": 1.234, "peak_bytes": 3 * machine.MIB, "hidden": 5},
        {"n": 20, "error": "too large"},
    ]
    assert content["machine"]["cores"] >= 1
    with pytest.raises(SystemExit, match="1 of 2 rows"):
        table.close()


def test_a_baseline_adds_its_ratio_or_its_error():
    row = {"seconds": 2.0, "rate": 1.0}
    found = report.with_baseline(row, {"seconds": 6.0, "peak_bytes": 7, "rate": 5.0})
    assert found == {**row, "baseline_seconds": 6.0, "baseline_peak_bytes": 7, "over_baseline": 3.0}
    assert report.with_baseline(row, {"error": "killed"}) == {**row, "error": "killed", "over_baseline": None}


def test_made_files_hold_the_sketches_over_and_over(tmp_path):
    from ia_pix2seq_tf.data.files import load_category

    sketches = [np.full((n, 3), (n, 0, 0), np.int16) for n in (1, 2, 3)]
    names = drawings.make_files(tmp_path, sketches, categories=3, train=5, held_out=2)
    files = [load_category(tmp_path, name) for name in names]
    assert [[len(strokes) for strokes in file["train"]] for file in files] == [
        [1, 2, 3, 1, 2],
        [2, 3, 1, 2, 3],
        [3, 1, 2, 3, 1],
    ]
    assert [len(file["valid"]) for file in files] == [2, 2, 2]


def test_plain_retrieval_finds_the_same():
    rng = np.random.default_rng(0)
    gallery = rng.standard_normal((300, 4))
    queries = gallery + rng.standard_normal((300, 4))
    assert work.plain_retrieval(gallery, queries) == metrics.retrieval(gallery, queries)


TINY_MODEL = "--cell=lstm", "--hparams=jit_compile=False,z_size=4"


def test_a_random_batch_has_the_fields_of_the_system():
    fields = ("sequences", "patches", "node_weights")
    system = SimpleNamespace(fields=fields)
    trainer = SimpleNamespace(hps=work.hparams("lstm", 8, 2, 3), model=SimpleNamespace(system=system))
    batch = work.random_batch(trainer)
    assert {name: (field.shape, field.dtype.name) for name, field in batch.items()} == {
        "sequences": ((2, 4, 5), "float32"),
        "patches": ((2, 21, 128, 128), "uint8"),
        "node_weights": ((2, 21), "float32"),
    }
    assert set(np.unique(batch["patches"])) == {0, 255}


def test_cutting_takes_time_whatever_the_number_of_sketches():
    assert work.cut_seconds([np.ones((5, 3))], batch=4, runs=2) > 0


SCRIPTS = {
    "step": ("--sizes=8x2x3", "--runs=1", "--baseline_runs=1", "--product_size=64", *TINY_MODEL),
    "systems": ("--size=8x2x3", "--systems=ia_plus", "--runs=1", "--product_size=64", *TINY_MODEL),
    "generation": ("--sizes=8x2x3", "--runs=1", "--baseline_runs=0", "--product_size=64", *TINY_MODEL),
    "rendering": ("--sketches=50", "--runs=1"),
    "exports": ("--units=8", "--sketches=2", "--categories=cat", "--runs=1", *TINY_MODEL),
    "loading": ("--sketches=28", "--num_categories=2", "--runs=1"),
    "pipeline": ("--sizes=8x2x64", "--sketches=3", "--batches=2", "--runs=1", *TINY_MODEL),
    "retrieval": ("--codes=20,30", "--runs=1", "--product_size=64"),
    "memory": ("--size=8x2x3", "--steps=4", "--every=2", "--warm_up=2", *TINY_MODEL),
    "page": ("--models=8", "--points=3", "--runs=1", "--cell=lstm"),
    "scaling": ("--axes=codes", "--codes=20,30", "--runs=1"),
    "startup": (),
    "versions": (f"--before={ROOT}", "--steps=8x2x3", "--generations=8x1x3", "--runs=1"),
}


QUICK = ("step", "rendering", "retrieval")
"""Scripts that are run whatever the options."""


def run(script: str, *arguments: str, cwd: Path) -> str:
    """Standard output of a benchmark."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command_line = [sys.executable, str(BENCHMARKS / f"{script}.py"), *arguments]
    finished = subprocess.run(command_line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_measures_all_its_rows(script, tmp_path, pytestconfig):
    if script not in QUICK and not pytestconfig.getoption("--benchmarks"):
        pytest.skip("takes long; --benchmarks runs it")
    output = run(script, *SCRIPTS[script], "--output=table.json", cwd=tmp_path)
    rows = json.loads((tmp_path / "table.json").read_text())["rows"]
    assert rows
    assert len(re.findall(r"^\|", output, re.MULTILINE)) == 2 + len(rows)
    for row in rows:
        positive = [key for key in row if key.endswith(("seconds", "peak_bytes", "resident_bytes", "rate"))]
        assert positive
        assert all(row[key] > 0 for key in positive), row
    if script == "scaling":
        assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")


def test_exported_modules_have_their_weights_as_parameters(tmp_path, pytestconfig):
    if not pytestconfig.getoption("--benchmarks"):
        pytest.skip("takes long; --benchmarks runs it")
    run("export_step", "--sizes=8x2x3", "--cell=lstm", "--values", "--output_dir=hlo", cwd=tmp_path)
    with np.load(tmp_path / "hlo" / "step-lstm-u8-b2-t3.npz") as values:
        assert values["parameter0"].shape == (2, 48, 48) and values["output total_loss"] > 0
    for what, most in (("step", 2_500_000), ("generation", 500_000)):  # the CNNs' weights alone have 5 MB
        name = tmp_path / "hlo" / f"{what}-lstm-u8-b2-t3"
        description = json.loads(name.with_suffix(".json").read_text())
        assert description["bytes"] == name.with_suffix(".hlo").stat().st_size < most
        assert description["flops"] == description["flops_of"]["total"] > 0
