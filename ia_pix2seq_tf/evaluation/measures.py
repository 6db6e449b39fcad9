"""From codes and drawings to the entries of a report: each function measures one of the paper's columns.

Values and errors are as `ia_pix2seq_tf.metrics` defines them, shares in percent.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.report import Metric

OVER_SKETCHES, OVER_SEEDS, OVER_PAIRS = "standard error over sketches", "std over seeds", "std over pairs"
KS = (1, 10, 50)


def losses(means: Mapping[str, float], n: int) -> dict[str, Metric]:
    """Loss terms, means over n sketches."""
    return {name: Metric(value=value, unit=COLUMNS[name].unit, n=n) for name, value in means.items()}


def rec(predictions: Sequence[np.ndarray], labels: np.ndarray, ceiling: float, ceiling_n: int) -> dict[str, Metric]:
    """Rec, and beside it the classifier's accuracy on real sketches.

    Args:
        predictions: for each seed, the category that the classifier gives to each drawing, `[n]`.
        labels: category of the sketch that each was drawn from, `[n]`.
        ceiling: accuracy on `ceiling_n` real test sketches, in [0, 1].
    """
    shares = [float(np.mean(predicted == labels)) for predicted in predictions]
    return {"rec": percent(shares, len(labels)), "classifier": percent([ceiling], ceiling_n)}


def ret(gallery: np.ndarray, queries: Sequence[np.ndarray]) -> dict[str, Metric]:
    """Ret top-1, 10 and 50 of the codes `[n, d]` of test images, and of those of the drawings for each seed."""
    found = [metrics.retrieval(gallery, codes, KS) for codes in queries]
    return {f"ret_{k}": percent([shares[k] for shares in found], len(gallery)) for k in KS}


def acc(labels: np.ndarray, components: np.ndarray, k: int, name: str = "acc") -> dict[str, Metric]:
    """Acc one-to-one and, as `NAME_many`, many-to-one."""
    found = metrics.cluster_accuracy(labels, components, k)
    n = len(labels)
    return {name: percent([found.one_to_one], n), f"{name}_many": percent([found.many_to_one], n)}


def pairs(name: str, matrix: np.ndarray) -> dict[str, Metric]:
    """Mean and deviation over the pairs of a matrix `[c, c]`; None where there is no pair."""
    found = metrics.spread(matrix)
    return {name: Metric(value=found.mean, error=found.std, error_kind=OVER_PAIRS, unit="", n=found.pairs)}


def percent(shares: Sequence[float], n: int) -> Metric:
    """Shares of n sketches, one for each seed, as one entry: their mean, and its error or their deviation."""
    mean = float(np.mean(shares))
    if len(shares) == 1:
        error, kind, per_seed = metrics.share_error(mean, n), OVER_SKETCHES, None
    else:
        error, kind, per_seed = float(np.std(shares, ddof=1)), OVER_SEEDS, [100 * share for share in shares]
    return Metric(value=100 * mean, error=100 * error, error_kind=kind, unit="%", n=n, per_seed=per_seed)
