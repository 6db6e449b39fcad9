"""The terms of the training loss, as means over the test sketches."""

from typing import TYPE_CHECKING

from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "losses"
HELP = "the terms of the training loss"


def applies(job: "Job") -> str | None:
    return None


def measure(job: "Job") -> dict[str, Metric]:
    n, means = len(job.labels), job.stages.losses()
    return {name: Metric(value=value, unit=COLUMNS[name].unit, n=n) for name, value in means.items()}
