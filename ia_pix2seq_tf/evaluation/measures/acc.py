"""Acc: whether a component stands for a category."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import percent
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "acc"
HELP = "share of sketches in the component of their category, one component for a category, and many"
TITLE, PICTURE = "Categories in each component", "confusion.png"


def applies(job: "Job") -> str | None:
    return needs.components(job)


def measure(job: "Job") -> dict[str, Metric]:
    names = job.data.categories
    draw(job, job.labels, np.arange(len(names)), names, TITLE, PICTURE)
    return accuracy(job, job.labels, NAME)


def accuracy(job: "Job", labels: np.ndarray, name: str) -> dict[str, Metric]:
    """Accuracy of the components for any labels `[n]`: one-to-one and, as NAME_many, many-to-one."""
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    found, n = metrics.cluster_accuracy(labels, job.codes["component"], job.model.latent.k), len(labels)
    return {name: percent([found.one_to_one], n), f"{name}_many": percent([found.many_to_one], n)}


def draw(job: "Job", labels: np.ndarray, classes: np.ndarray, names: Sequence[str], title: str, file: str) -> None:
    """How many sketches of each class each component has, as a picture.

    Args:
        labels: class of each test sketch, `[n]`.
        classes: of the columns, sorted; `names` are theirs.
        title, file: of the picture.
    """
    from ia_pix2seq_tf import metrics  # here, as SciPy and Matplotlib take long
    from ia_pix2seq_tf.evaluation import pictures

    table = metrics.component_table(labels, job.codes["component"], job.model.latent.k, classes)
    pictures.confusion(table, job.component_names(), list(names), job.picture(title, file), title)
