"""Seconds from a command to what a person waits for: the first training step, and the first sketch on disk.

    python benchmarks/startup.py                                   # after pip install -e .
    python benchmarks/startup.py --tree=../before                  # of another checkout

The training is that of the demo, whose validation ends it; the sketch is drawn by the model that it leaves. "again" is
with what the first call has left in the user's cache, which is an empty folder before.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import command
from absl import flags
from report import Column, Report

ROOT = Path(__file__).resolve().parents[1]

FLAGS = flags.FLAGS
command.define_flags()
flags.DEFINE_string("tree", str(ROOT), "Directory of the checkout.")
flags.DEFINE_string("preset", "hparams/demo.json", "Hyperparameters of the training, as --hparams_file takes them.")

FIRST_STEP = b"compiled in"  # of the message that tells of the first step
COLUMNS = (
    Column("what", "what"),
    Column("seconds", "first, s", ".2f"),
    Column("again_seconds", "again, s", ".2f"),
)


def seconds_until(mark: bytes | None, arguments: Sequence[str], tree: str, cache: str) -> float:
    """Seconds until a program of the checkout has written a mark; None: until it ends."""
    environment = {**os.environ, "PYTHONPATH": tree, "XDG_CACHE_HOME": cache}
    begun, written, found = time.perf_counter(), b"", None
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        while part := os.read(process.stdout.fileno(), 4096):
            written += part
            if found is None and mark is not None and mark in written:
                found = time.perf_counter() - begun
    if process.returncode or (mark is not None and found is None):
        raise RuntimeError(f"{' '.join(arguments)}: {written.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - begun if found is None else found


def main() -> None:
    tree = str(Path(FLAGS.tree).resolve())
    report = Report(f"Start-up of {tree}", COLUMNS, FLAGS.output)
    with tempfile.TemporaryDirectory() as folder:
        roots = [f"{folder}/run{i}" for i in range(2)]
        steps = [
            seconds_until(
                FIRST_STEP,
                ["train.py", f"--hparams_file={FLAGS.preset}", "--hparams=num_steps=1", f"--log_root={root}"],
                tree,
                folder,
            )
            for root in roots
        ]
        report.add({"what": "train.py to its first step", "seconds": steps[0], "again_seconds": steps[1]})
        draw = ["sample.py", f"--model_dir={roots[0]}", "--mode=unconditional", "--num_samples=1"]
        sketches = [
            seconds_until(None, [*draw, "--data_dir=demo", f"--output_dir={folder}/sketch{i}"], tree, folder)
            for i in range(2)
        ]
        report.add({"what": "sample.py to a sketch on disk", "seconds": sketches[0], "again_seconds": sketches[1]})
    report.close()


if __name__ == "__main__":
    command.run(main)
