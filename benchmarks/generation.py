"""Sketches per second that `IAPix2Seq.generate` draws, for several sizes of model and batch.

    python benchmarks/generation.py                                # after pip install -e .
    python benchmarks/generation.py --sizes=512x256x250 --baseline_runs=2

The models are untrained and kept from ending a sketch, so that the figures are those of sketches of full length; a
trained model is faster by the ratio of lengths. The plain baseline is the same loop without XLA; "reference" is the
TensorFlow 1 program, which draws one sketch after the other: see `originals.py`.
"""

import command
import originals
import work
from absl import flags
from report import PEAK, SECONDS, Column, ratio

FLAGS = flags.FLAGS
command.define_flags(runs=3)
command.define_model_flags()
command.define_product_flag()
flags.DEFINE_list(
    "sizes",
    ["512x1x250", "512x64x250", "512x256x250", "2048x1x250", "2048x64x250"],
    "Sizes, units x batch (sketches of a call) x time (points of a sketch) each.",
)
flags.DEFINE_integer("baseline_runs", 1, "Timed calls of the plain baseline; 0 to leave it out.", lower_bound=0)

COLUMNS = (
    *(Column(name, name) for name in command.NAMES),
    Column("points", "points", ".1f"),
    *SECONDS,
    Column("sketches_per_second", "sketches/s", ".4g"),
    Column("over_baseline", "× plain", ".1f"),
    Column("over_reference", "× reference"),
    Column("product_rate", "product's GFLOP/s", ".1f", 1e9),
    Column("share_of_rate", "share of it", ".0%"),
    Column("share_of_recurrent_rate", "of one step's product", ".0%"),
    PEAK,
)


def measure(size: dict[str, int]) -> dict[str, object]:
    """One row: drawing, and its baseline."""
    row = command.beside_baseline(work.generation, size)
    theirs = originals.SKETCH_SECONDS.get((size["units"], size["time"])) if FLAGS.cell == "hyper" else None
    ours = ratio(1, row.get("sketches_per_second"))
    row["over_reference"] = originals.times_as_long(theirs, ours, row.get("product_rate"))
    return {**size, **row}


def main() -> None:
    command.table_of_sizes(f"Generation, {FLAGS.cell} cell {FLAGS.hparams}".rstrip(), COLUMNS, measure)


if __name__ == "__main__":
    command.run(main)
