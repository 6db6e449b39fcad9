"""Ret: whether the code of a drawing finds that of the sketch that it was drawn from."""

from typing import TYPE_CHECKING

from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import percent
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "ret"
HELP = "share of drawings whose code has that of their own test sketch among the 1, 10 and 50 nearest"
KS = (1, 10, 50)


def applies(job: "Job") -> str | None:
    return needs.encoder(job)


def measure(job: "Job") -> dict[str, Metric]:
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    gallery = job.codes["mu"]
    found = [metrics.retrieval(gallery, job.stages.redrawn_codes(seed), KS) for seed in job.options.seeds]
    return {f"{NAME}_{k}": percent([shares[k] for shares in found], len(gallery)) for k in KS}
