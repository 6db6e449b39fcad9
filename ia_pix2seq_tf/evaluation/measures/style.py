"""Style: as Acc, for category and style together."""

from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.evaluation.measures import acc, needs
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "style"
HELP = "as acc, for category and style, where styles are known (the demo)"


def applies(job: "Job") -> str | None:
    return needs.components(job) or (_unknown(job) if job.styles is None else None)


def measure(job: "Job") -> dict[str, Metric]:
    if job.styles is None:
        raise ValueError(_unknown(job))
    names = np.unique(job.styles)
    acc.draw(job, job.styles, names, names.tolist(), "Styles in each component", "styles.png")
    return acc.accuracy(job, job.styles, NAME)


def _unknown(job: "Job") -> str:
    return f"the styles of the sketches in {job.options.data_dir} are not known"
