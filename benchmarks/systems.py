"""Whole training steps of every system, at one size.

    python benchmarks/systems.py                                   # after pip install -e .
    python benchmarks/systems.py --size=512x100x100 --systems=sketch_rnn --systems=song --cell=hyper

Operations are those of the whole step, see `flops.py`. Where a system reads graphs, "cutting" is what one thread takes
to cut those of a batch, of real drawings or doodles; the pipeline does it while the step before is computed.
"""

import command
import drawings
import work
from absl import flags
from report import PEAK, RATES, SECONDS, Column, Report, ratio

from ia_pix2seq_tf.catalogue import SYSTEMS

FLAGS = flags.FLAGS
command.define_flags(runs=5)
command.define_model_flags()
command.define_product_flag()
drawings.define_flags()
flags.DEFINE_string("size", "512x64x100", "Units x batch x time.")
flags.DEFINE_multi_enum("systems", list(SYSTEMS), list(SYSTEMS), "Which; may be repeated.")

COLUMNS = (
    Column("system", "system"),
    *SECONDS,
    *RATES,
    Column("cut_seconds", "cutting s/batch", ".4f"),
    Column("cut_share", "cutting / step", ".1%"),
    PEAK,
)
GRAPH_FIELD = "graph_mask_prob"  # what the systems have whose batches are cut into graphs


def measure(system: str, size: dict[str, int]) -> dict[str, object]:
    """One row."""
    extra = ",".join(filter(None, (f"system={system}", FLAGS.hparams)))
    row = command.attempt(
        work.training_step, FLAGS.cell, **size, runs=FLAGS.runs, extra=extra, product_size=FLAGS.product_size
    )
    if GRAPH_FIELD in SYSTEMS[system].fields:
        row |= command.attempt(work.cutting, size["batch"], FLAGS.data_dir, FLAGS.categories, FLAGS.runs)
    row["cut_share"] = ratio(row.get("cut_seconds"), row.get("seconds"))
    return {"system": system, **row}


def main() -> None:
    size = command.parse_size(FLAGS.size)
    report = Report(f"Training step of every system, {FLAGS.size}, {FLAGS.cell} cell", COLUMNS, FLAGS.output)
    for system in FLAGS.systems:
        report.add(measure(system, size))
    report.close()


if __name__ == "__main__":
    command.run(main)
