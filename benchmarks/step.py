"""Whole training steps of several sizes: seconds, operations per second beside the machine's limit, peak memory.

    python benchmarks/step.py                                      # after pip install -e .
    python benchmarks/step.py --sizes=2048x200x250 --baseline_runs=0 --output=step.json
    python benchmarks/step.py --sizes=512x64x100 --cell=lstm --hparams=use_recurrent_dropout=False

The plain baseline runs the same cell step by step in a `tf.while_loop`, differentiated by TensorFlow and without XLA;
"reference" is the TensorFlow 1 program, see `originals.py`: there is a ratio to it where this machine multiplies as
fast as the one on which it was measured.
"""

import command
import originals
import work
from absl import flags
from report import PEAK, RATES, SECONDS, Column

FLAGS = flags.FLAGS
command.define_flags(runs=5)
command.define_model_flags()
command.define_product_flag()
flags.DEFINE_list("sizes", ["64x20x250", "512x64x100", "2048x64x50"], "Sizes, units x batch x time each.")
flags.DEFINE_integer("baseline_runs", 2, "Timed steps of the plain baseline; 0 to leave it out.", lower_bound=0)

COLUMNS = (
    *(Column(name, name) for name in command.NAMES),
    *SECONDS,
    Column("baseline_seconds", "plain s", ".4g"),
    Column("over_baseline", "× plain", ".1f"),
    Column("over_reference", "× reference"),
    *RATES,
    Column("share_of_recurrent_rate", "of one step's product", ".0%"),
    PEAK,
)


def measure(size: dict[str, int]) -> dict[str, object]:
    """One row: the step, and its baseline."""
    row = command.beside_baseline(work.training_step, size)
    of_original = FLAGS.cell == "hyper" and "system=" not in FLAGS.hparams
    theirs = originals.STEP_SECONDS.get(tuple(size.values())) if of_original else None
    row["over_reference"] = originals.times_as_long(theirs, row.get("seconds"), row.get("product_rate"))
    return {**size, **row}


def main() -> None:
    command.table_of_sizes(f"Training step, {FLAGS.cell} cell {FLAGS.hparams}".rstrip(), COLUMNS, measure)


if __name__ == "__main__":
    command.run(main)
