"""This version beside an earlier one: steps, generation, rendering and start-up, in one table and one run.

    git worktree add ../before 45bd249
    python benchmarks/versions.py --before=../before               # after pip install -e .

Each version runs its own `step.py`, `generation.py` and `rendering.py`, a row of one and at once of the other; this
version's `startup.py` starts both. "limit" is what the operations of a step take at the rate of this run's square
product. "reference" is the TensorFlow 1 program on a machine whose square product reaches 210 GFLOP/s (`originals.py`).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import command
import originals
from absl import flags
from machine import MIB
from report import Column, Report, ratio

ROOT = Path(__file__).resolve().parents[1]

FLAGS = flags.FLAGS
command.define_flags(runs=5)
flags.DEFINE_string("before", None, "Checkout of the earlier version.", required=True)
flags.DEFINE_list("steps", ["64x20x250", "512x64x100", "2048x64x50"], "Steps, units x batch x time each.")
flags.DEFINE_list("generations", ["512x1x250", "512x64x250", "2048x1x250"], "Calls of `generate`, likewise.")

COLUMNS = (
    Column("what", "what"),
    Column("before_seconds", "before, s", ".4g"),
    Column("seconds", "now, s", ".4g"),
    Column("times", "before / now", ".2f"),
    Column("product_rate", "product's GFLOP/s", ".0f", 1e9),
    Column("limit_seconds", "limit, s", ".3g"),
    Column("reference", "reference, s"),
    Column("before_peak", "peak before, MiB", ".0f", MIB),
    Column("peak", "now", ".0f", MIB),
)


def rows_of(tree: Path, script: str, *arguments: str) -> list[dict]:
    """The rows that a benchmark of a checkout has measured."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "table.json"
        subprocess.run(
            [sys.executable, str(tree / "benchmarks" / f"{script}.py"), *arguments, f"--output={output}"],
            check=True,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdout=subprocess.DEVNULL,
        )
        return json.loads(output.read_text())["rows"]


def compare(what: str, reference: originals.Range | None, script: str, *arguments: str) -> dict:
    """One row of the table, of one row of a script of both versions."""
    before, now = (rows_of(tree, script, *arguments)[0] for tree in (Path(FLAGS.before).resolve(), ROOT))
    row = {
        "what": what,
        "before_seconds": before.get("seconds"),
        "seconds": now.get("seconds"),
        "times": ratio(before.get("seconds"), now.get("seconds")),
        "limit_seconds": ratio(now.get("flops"), now.get("product_rate")),
        "reference": reference and "–".join(dict.fromkeys(f"{seconds:g}" for seconds in reference)),
        "before_peak": before.get("peak_bytes"),
        "peak": now.get("peak_bytes"),
        "product_rate": now.get("product_rate"),
    }
    return {key: value for key, value in row.items() if value is not None}


def main() -> None:
    report = Report(f"This version beside {FLAGS.before}", COLUMNS, FLAGS.output)
    runs = f"--runs={FLAGS.runs}"
    for text in FLAGS.steps:
        size = tuple(command.parse_size(text).values())
        reference = originals.STEP_SECONDS.get(size)
        report.add(compare(f"step {text}", reference, "step", f"--sizes={text}", runs, "--baseline_runs=0"))
    for text in FLAGS.generations:
        units, batch, points = command.parse_size(text).values()
        reference = originals.SKETCH_SECONDS.get((units, points)) if batch == 1 else None
        report.add(compare(f"generation {text}", reference, "generation", f"--sizes={text}", runs, "--baseline_runs=0"))
    report.add(compare("rendering, 5,000 doodles", None, "rendering", runs, "--threads=1"))
    startup = [rows_of(ROOT, "startup", f"--tree={tree}") for tree in (Path(FLAGS.before).resolve(), ROOT)]
    for before, now in zip(*startup, strict=True):
        for key, name in (("seconds", ""), ("again_seconds", ", again")):
            report.add(
                {
                    "what": now["what"] + name,
                    "before_seconds": before[key],
                    "seconds": now[key],
                    "times": ratio(before[key], now[key]),
                }
            )
    report.close()


if __name__ == "__main__":
    command.run(main)
