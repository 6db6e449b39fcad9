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
    unknown = f"the styles of the sketches in {job.options.data_dir} are not known"
    return needs.components(job) or (unknown if job.styles is None else None)


def measure(job: "Job") -> dict[str, Metric]:
    names = np.unique(job.styles)
    acc.draw(job, job.styles, names, names, "Styles in each component", "styles.png")
    return acc.accuracy(job, job.styles, NAME)
