"""Seconds and memory of `metrics.retrieval`, for numbers of codes up to that of five categories' test sketches.

    python benchmarks/retrieval.py                                 # after pip install -e .
    python benchmarks/retrieval.py --codes=25000 --baseline_limit=0

Time must grow with the square of the codes, which are compared pair by pair, and memory must not. The plain baseline
holds all pairs at once and sorts them. The rate is that of NumPy's product in float64, which is what is used.
"""

import command
import machine
import work
from absl import flags
from report import PEAK, SECONDS, Column, Report, with_baseline

FLAGS = flags.FLAGS
command.define_flags(runs=3)
command.define_product_flag()
flags.DEFINE_list("codes", ["1562", "3125", "6250", "12500", "25000"], "Numbers of codes.")
flags.DEFINE_integer("size", 128, "Dimensions of a code.", lower_bound=1)
flags.DEFINE_integer("baseline_limit", 12_500, "Most codes for which the baseline runs; 0 to leave it out.")

COLUMNS = (
    Column("codes", "codes"),
    Column("size", "size"),
    *SECONDS[1:],
    Column("over_baseline", "× plain", ".1f"),
    Column("product_rate", "product's GFLOP/s", ".1f", 1e9),
    Column("share_of_rate", "share of it", ".0%"),
    Column("added_bytes", "added MiB", ".0f", machine.MIB),
    Column("baseline_added_bytes", "plain adds MiB", ".0f", machine.MIB),
    PEAK,
)


def measure(codes: int) -> dict[str, object]:
    """One row."""
    row = command.attempt(work.retrieve, codes, FLAGS.size, FLAGS.runs, product_size=FLAGS.product_size)
    if codes <= FLAGS.baseline_limit:
        row = with_baseline(row, command.attempt(work.retrieve, codes, FLAGS.size, 1, plain=True))
    return {"codes": codes, **row}


def main() -> None:
    numbers = command.numbers(FLAGS.codes)
    report = Report("Retrieval", COLUMNS, FLAGS.output)
    for codes in numbers:
        report.add(measure(codes))
    report.close()


if __name__ == "__main__":
    command.run(main)
