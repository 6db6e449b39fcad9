"""From shares and matrices to entries of a report, shares in percent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

OVER_SKETCHES, OVER_SEEDS, OVER_PAIRS = "standard error over sketches", "std over seeds", "std over pairs"


def percent(shares: Sequence[float], n: int) -> Metric:
    """Shares of n sketches, one for each seed, as one entry: their mean, and its error or their deviation."""
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    mean = float(np.mean(shares))
    per_seed: list[float | None] | None = None
    if len(shares) == 1:
        error, kind = metrics.share_error(mean, n), OVER_SKETCHES
    else:
        error, kind = float(np.std(shares, ddof=1)), OVER_SEEDS
        per_seed = [100 * share for share in shares]
    return Metric(value=100 * mean, error=100 * error, error_kind=kind, unit="%", n=n, per_seed=per_seed)


def pairs(job: "Job", name: str, matrix: np.ndarray, title: str, darkest: float | None = None) -> dict[str, Metric]:
    """Mean and deviation over the pairs of living components, None where there is no pair; drawn as NAME.png.

    Args:
        job: whose living components they are.
        name: of the entry.
        matrix: a value of each pair, `[c, c]`.
        title: of the picture.
        darkest: see `pictures.pair_matrix`.
    """
    from ia_pix2seq_tf import metrics  # here, as SciPy and Matplotlib take long
    from ia_pix2seq_tf.evaluation import pictures

    names = job.component_names()
    caption = f"Living: alpha above {job.living_alpha:g}."
    path = job.picture(title, f"{name}.png")
    pictures.pair_matrix(matrix, [names[k] for k in job.living], path, title, caption, darkest)
    found = metrics.spread(matrix)
    return {name: Metric(value=found.mean, error=found.std, error_kind=OVER_PAIRS, unit="", n=found.pairs)}
