"""Whether the input pipeline keeps up with the step that it feeds, for several sizes.

    python benchmarks/pipeline.py                                  # doodles of the demo; after pip install -e .
    python benchmarks/pipeline.py --sizes=64x200x100 --data_dir=quickdraw --categories=pig,face

Batches per second of `train_batches` alone, of the training step alone on one batch kept in memory (the plain
baseline of a fed step), and of training as the pipeline feeds it; "waiting" is the share of the latter in which the
step has nothing to do. Sketches longer than the size's time are left out. For a system that reads graphs, "cutting" is
what one thread takes to cut those of a batch, and its share of the step alone:

    python benchmarks/pipeline.py --hparams=system=sketch_healer --cell=lstm --sizes=512x200x100,512x400x100
"""

import command
import drawings
import work
from absl import flags
from report import PEAK, Column, ratio

FLAGS = flags.FLAGS
command.define_flags(runs=5)
command.define_model_flags()
drawings.define_flags()
flags.DEFINE_list(
    "sizes",
    ["64x20x250", "64x200x100", "512x64x100", "2048x64x50"],
    "Sizes, units x batch x time each: the smaller the units, the harder for the pipeline.",
)
flags.DEFINE_integer("sketches", 2000, "Sketches of each category.", lower_bound=1)
flags.DEFINE_integer("batches", 50, "Batches that are made alone.", lower_bound=1)

COLUMNS = (
    *(Column(name, name) for name in command.NAMES),
    Column("batch_seconds", "pipeline alone s/batch", ".4f"),
    Column("seconds", "step alone s", ".4g"),
    Column("cut_seconds", "cutting s/batch", ".4f"),
    Column("cut_share", "cutting / step", ".1%"),
    Column("headroom", "step / pipeline", ".1f"),
    Column("fed_seconds", "fed step s", ".4g"),
    Column("over_step", "of the step alone", ".2f"),
    Column("waiting", "waiting", ".1%"),
    PEAK,
)


def measure(size: dict[str, int]) -> dict[str, object]:
    """One row."""
    row = command.attempt(
        work.feeding,
        FLAGS.cell,
        **size,
        data_dir=FLAGS.data_dir,
        categories=FLAGS.categories,
        runs=FLAGS.runs,
        batches=FLAGS.batches,
        extra=",".join(filter(None, (f"num_per_category={FLAGS.sketches}", FLAGS.hparams))),
    )
    row["headroom"] = ratio(row.get("seconds"), row.get("batch_seconds"))
    row["cut_share"] = ratio(row.get("cut_seconds"), row.get("seconds"))
    row["over_step"] = ratio(row.get("fed_seconds"), row.get("seconds"))
    return {**size, **row}


def main() -> None:
    command.table_of_sizes(f"Input pipeline, {FLAGS.cell} cell, {FLAGS.data_dir}", COLUMNS, measure)


if __name__ == "__main__":
    command.run(main)
