"""The drawings that benchmarks work on: doodles of the demo, or files of QuickDraw; and large files made of them."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags

from ia_pix2seq_tf.data.demo import load_demo
from ia_pix2seq_tf.data.files import DEMO, load_category
from ia_pix2seq_tf.data.save import save_npz

DEMO_SKETCHES = 500
FLAGS = flags.FLAGS


def define_flags() -> None:
    """Flags that say which drawings."""
    flags.DEFINE_string("data_dir", DEMO, "Directory of <category>.npz files; 'demo' for the built-in doodles.")
    flags.DEFINE_list("categories", ["bee", "bus", "cat", "flower", "pig"], "Categories to read.")


def read() -> list[np.ndarray]:
    """The training sketches of the flags' categories, int16 `[n, 3]` each."""
    if FLAGS.data_dir == DEMO:
        parts = (load_demo(category, DEMO_SKETCHES, 0, 0)["train"][0] for category in FLAGS.categories)
    else:
        parts = (load_category(FLAGS.data_dir, category)["train"] for category in FLAGS.categories)
    return [strokes for part in parts for strokes in part]


def repeated(sketches: Sequence[np.ndarray], number: int) -> list[np.ndarray]:
    """So many sketches, the given ones over and over."""
    return list(itertools.islice(itertools.cycle(sketches), number))


def make_files(
    folder: str | Path, sketches: Sequence[np.ndarray], categories: int, train: int, held_out: int
) -> list[str]:
    """Writes files of so many sketches where there are none, each category from another sketch on; returns names."""
    names = [f"made_{train}_{held_out}_{number}" for number in range(categories)]
    for number, name in enumerate(names):
        path, first = Path(folder) / f"{name}.npz", number * len(sketches) // categories
        if not path.exists():
            turned = [*sketches[first:], *sketches[:first]]
            sizes = {"train": train, "valid": held_out, "test": held_out}
            save_npz(path, {split: repeated(turned, size) for split, size in sizes.items()})
    return names
