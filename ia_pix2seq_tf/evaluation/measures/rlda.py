"""R_LDA: how far the codes of the living components lie apart."""

from typing import TYPE_CHECKING

from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import pairs
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "rlda"
HELP = "distance of the test codes of two living components to their spread, over all pairs"


def applies(job: "Job") -> str | None:
    return needs.components(job)


def measure(job: "Job") -> dict[str, Metric]:
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    matrix = metrics.lda_matrix(job.codes["mu"], job.codes["component"], job.living)
    return pairs(job, NAME, matrix, "Separation of the living components (R_LDA)")
