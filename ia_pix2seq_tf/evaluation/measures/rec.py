"""Rec: whether a classifier recognises what is drawn; beside it, how well it knows real sketches."""

from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import percent
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "rec"
HELP = (
    "share of drawings, made from the codes of test sketches, that a Sketch-a-Net takes for the sketch's category "
    "(the classifier is trained on the same training sketches, once per data set; its own accuracy stands beside)"
)


def applies(job: "Job") -> str | None:
    return needs.encoder(job) or needs.validation(job)


def measure(job: "Job") -> dict[str, Metric]:
    shares = [float(np.mean(recognised(job, seed) == job.labels)) for seed in job.options.seeds]
    ceiling = float(np.mean(classified(job, job.data.test.strokes, "real") == job.labels))
    n = len(job.labels)
    return {NAME: percent(shares, n), "classifier": percent([ceiling], n)}


def recognised(job: "Job", seed: int) -> np.ndarray:
    """The category that the classifier gives to each drawing of a seed, `[n]`."""
    return classified(job, job.stages.drawings(seed), str(seed), temperature=job.options.temperature)


def classified(job: "Job", sketches: Strokes, name: str, **settings) -> np.ndarray:
    """The category that the classifier gives to each of some sketches, `[n]`; kept under a name."""
    from ia_pix2seq_tf.evaluation.classifier import classify  # here, as TensorFlow takes long

    network, trained = job.classifier
    found = job.stages.kept(
        f"classified-{name}",
        lambda: {"category": classify(network, sketches)},
        classifier=trained,
        **settings,
    )
    return found["category"]
