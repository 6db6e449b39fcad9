"""Seconds and memory of `load_data` for a data set of QuickDraw's size: 5 categories of 70,000 training sketches.

    python benchmarks/loading.py                                   # made of doodles; after pip install -e .
    python benchmarks/loading.py --data_dir=quickdraw --categories=pig,face --work_dir=/tmp/large

The files are made by repeating the sketches of `--data_dir`. The first loading renders every image and caches it
(minutes); the ones after it are what each later run of training does. `--work_dir` keeps files and cache: from the
second time on, the first loading too reads the cache. "plain" is `numpy.load` of the same files and cache, executing
the pickles, with an array for each sketch; images are counted as they lie in the files, eight times smaller than the
reference's.
"""

import tempfile
import time
from pathlib import Path

import command
import drawings
import machine
import numpy as np
import work
from absl import flags
from report import PEAK, Column, Report, ratio

HELD_OUT_SHARE = 28
"""QuickDraw has 70,000 training sketches of a category, and 2,500 in each of the other splits."""

FLAGS = flags.FLAGS
command.define_flags(runs=2)
drawings.define_flags()
flags.DEFINE_integer("sketches", 70_000, "Training sketches per category.", lower_bound=1)
flags.DEFINE_integer("num_categories", 5, "Categories.", lower_bound=1)
flags.DEFINE_string("work_dir", None, "Where to make the files; a folder that is removed afterwards by default.")

COLUMNS = (
    Column("what", "loading"),
    Column("sketches", "sketches"),
    Column("seconds", "seconds", ".2f"),
    Column("over_baseline", "× plain", ".2f"),
    Column("data_bytes", "uint8 + int16 MiB", ".0f", machine.MIB),
    Column("resident_bytes", "held MiB", ".0f", machine.MIB),
    Column("resident_ratio", "of the data", ".2f"),
    Column("added_bytes", "most meanwhile MiB", ".0f", machine.MIB),
    Column("added_ratio", "of the data", ".2f"),
    PEAK,
)


def plain_load(folder: str) -> dict[str, object]:
    """`numpy.load` of every file below a folder made by `drawings.make_files`, whose pickles can be trusted."""
    before, start, content = machine.resident_memory(), time.perf_counter(), {}
    for path in Path(folder).rglob("*.npz"):
        with np.load(path, allow_pickle=True) as arrays:
            content[path] = {name: arrays[name] for name in arrays}
    return {
        "seconds": time.perf_counter() - start,
        "resident_bytes": machine.resident_memory() - before,
        "peak_bytes": machine.peak_memory(),
        "added_bytes": machine.peak_memory() - before,
    }


def measure(folder: str, report: Report) -> None:
    """Makes the files in a folder and adds a row for each loading."""
    held_out = -(-FLAGS.sketches // HELD_OUT_SHARE)
    sketches = drawings.read()
    names = drawings.make_files(folder, sketches, FLAGS.num_categories, FLAGS.sketches, held_out)
    rows = {f"load_data, {number}": None for number in range(1, FLAGS.runs + 2)}
    for what in rows:
        rows[what] = command.attempt(work.load, folder, names, FLAGS.sketches)
    rows["plain"] = command.attempt(plain_load, folder)
    data, baseline = rows["load_data, 1"].get("data_bytes"), rows["plain"].get("seconds")
    for what, row in rows.items():
        report.add(
            {
                "what": what,
                **row,
                "over_baseline": ratio(baseline, row.get("seconds")),
                "resident_ratio": ratio(row.get("resident_bytes"), data),
                "added_ratio": ratio(row.get("added_bytes"), data),
            }
        )


def main() -> None:
    report = Report(f"Loading {FLAGS.num_categories} categories of {FLAGS.sketches} sketches", COLUMNS, FLAGS.output)
    if FLAGS.work_dir:
        measure(FLAGS.work_dir, report)
    else:
        with tempfile.TemporaryDirectory(prefix="loading-") as folder:
            measure(folder, report)
    report.close()


if __name__ == "__main__":
    command.run(main)
