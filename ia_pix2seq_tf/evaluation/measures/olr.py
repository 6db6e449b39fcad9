"""OLR: how much the densities of the living components overlap."""

from typing import TYPE_CHECKING

from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import pairs
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "olr"
HELP = "overlap of the densities of two living components, over all pairs"


def applies(job: "Job") -> str | None:
    return needs.components(job)


def measure(job: "Job") -> dict[str, Metric]:
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    mu, sigma2 = job.model.latent_mu.numpy()[job.living], job.model.latent_sigma2.numpy()[job.living]
    matrix = metrics.overlap_matrix(mu, sigma2, job.alpha[job.living])
    return pairs(job, NAME, matrix, "Overlap of the living components (OLR)", darkest=1.0)
