"""Limits: what others reach on the same codes, so that one sees whether encoder or mixture is the limit."""

from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.measures.values import percent
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "limits"
HELP = (
    "what others reach on the codes of test sketches, fitted to those of training sketches: Acc of k-means with as "
    "many clusters as the model has components, and a logistic regression that is told the categories"
)
SEED = 0
MOST_ITERATIONS = 2000


def applies(job: "Job") -> str | None:
    if reason := needs.encoder(job):
        return reason
    if job.model.latent.k or parted(job.data.train.labels):
        return None
    return f"the codes of {job.model.title} have no components, and the training sketches are of one category"


def measure(job: "Job") -> dict[str, Metric]:
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    train, test, n = job.stages.training_codes(), job.codes["mu"], len(job.labels)
    found = {}
    if k := job.model.latent.k:
        share = metrics.cluster_accuracy(job.labels, nearest_cluster(train["mu"], test, k), k)
        found = {"kmeans": percent([share.one_to_one], n), "kmeans_many": percent([share.many_to_one], n)}
    if parted(train["label"]):
        predicted = logistic_labels(train["mu"], train["label"], test)
        found["logistic"] = percent([float(np.mean(predicted == job.labels))], n)
    return found


def parted(labels: np.ndarray) -> bool:
    """Whether labels are of more than one category, which a logistic regression can part."""
    return len(np.unique(labels)) > 1


def nearest_cluster(train: np.ndarray, test: np.ndarray, k: int) -> np.ndarray:
    """The cluster, of k that k-means finds in codes `[m, d]`, that each code of `test` `[n, d]` is nearest to, `[n]`.

    There are fewer clusters where there are fewer codes.
    """
    from ia_pix2seq_tf.latent.start import clusters  # here, as scikit-learn takes long

    return clusters(train, min(k, len(train)), SEED).predict(test)


def logistic_labels(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The labels that a logistic regression, fitted to codes `[m, d]` with labels `[m]`, gives to `test`, `[n]`."""
    from sklearn.linear_model import LogisticRegression  # here, as scikit-learn takes long
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MOST_ITERATIONS))
    return regression.fit(train, labels).predict(test)
