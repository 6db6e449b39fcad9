"""Whether memory grows while a small model trains: resident memory every 50 of 500 steps.

    python benchmarks/memory.py                                    # after pip install -e .
    python benchmarks/memory.py --size=64x20x250 --steps=1000

Allocators take their time to settle: growth is counted from `--warm_up` steps on.
"""

import command
import machine
import work
from absl import flags
from report import Column, Report

FLAGS = flags.FLAGS
command.define_flags()
command.define_model_flags()
flags.DEFINE_string("size", "64x20x32", "Size, units x batch x time.")
flags.DEFINE_integer("steps", 500, "Training steps.", lower_bound=1)
flags.DEFINE_integer("every", 50, "Steps between two looks at the memory.", lower_bound=1)
flags.DEFINE_integer("warm_up", 100, "Steps after which growth counts.", lower_bound=1)

COLUMNS = (
    Column("step", "step"),
    Column("resident_bytes", "resident MiB", ".1f", machine.MIB),
    Column("growth_bytes", "growth after warm-up MiB", "+.1f", machine.MIB),
)


def main() -> None:
    size = command.parse_size(FLAGS.size)
    report = Report(f"Memory over {FLAGS.steps} steps, {FLAGS.cell} cell, {FLAGS.size}", COLUMNS, FLAGS.output)
    found = command.in_process(
        work.many_steps, FLAGS.cell, **size, steps=FLAGS.steps, every=FLAGS.every, extra=FLAGS.hparams
    )
    settled = None
    for step, resident in zip(found["at"], found["resident_bytes"], strict=True):
        if settled is None and step >= FLAGS.warm_up:
            settled = resident
        growth = None if settled is None else resident - settled
        report.add({**size, "step": step, "resident_bytes": resident, "growth_bytes": growth})


if __name__ == "__main__":
    command.run(main)
