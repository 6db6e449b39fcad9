"""Where a mixture that starts late begins: fitted to the codes of the sketches, as pure functions.

Differs from the reference, whose mixture begins with means drawn from (-1, 1). Components have the variance of the
codes' means about theirs, and the encoder's own variance on top: what the learning rules estimate too.

Shapes: n codes, k components, d dimensions of the code.
"""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from ia_pix2seq_tf.latent.parts import Parameters

RUNS = 10  # of k-means, from different beginnings; the best counts


def kmeans(mean: np.ndarray, sigma2: np.ndarray, k: int, seed: int) -> Parameters:
    """Clusters of codes as components.

    Args:
        mean, sigma2: of the encoder, `[n, d]`.
        k: number of components, at most n.
        seed: of the beginnings.

    Returns:
        the clusters' centres, variances and shares; float32.
    """
    return _moments(mean, sigma2, np.eye(k)[clusters(mean, k, seed).labels_])


def clusters(codes: np.ndarray, k: int, seed: int) -> KMeans:
    """The best of several k-means fitted to codes `[n, d]`, n at least k; some are empty where fewer codes differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=RUNS, random_state=seed).fit(codes)


def em(mean: np.ndarray, sigma2: np.ndarray, k: int, seed: int) -> Parameters:
    """A diagonal mixture fitted by expectation maximisation, from k-means on; arguments and result as `kmeans`."""
    mixture = GaussianMixture(k, covariance_type="diag", random_state=seed)
    double = mean.astype(np.float64)  # in float32 the variance of equal codes comes out below zero
    return _moments(mean, sigma2, mixture.fit(double).predict_proba(double))


INITS: dict[str, Callable[[np.ndarray, np.ndarray, int, int], Parameters]] = {"kmeans": kmeans, "em": em}
"""By the name that `hps.mixture_init` gives them."""


def _moments(mean: np.ndarray, sigma2: np.ndarray, shares: np.ndarray) -> Parameters:
    """The mixture of which each code belongs to the components by its shares `[n, k]`.

    A component without any code gets the mean and the variance of all codes, and no weight.
    """
    mean, sigma2 = mean.astype(np.float64), sigma2.astype(np.float64)
    total = shares.sum(axis=0)[:, None]
    empty = total == 0
    weights = np.where(empty.T, 1.0, shares)
    weights = weights / weights.sum(axis=0)
    centres = weights.T @ mean
    variances = weights.T @ (mean**2 + sigma2) - centres**2
    alpha = total / len(mean)
    return Parameters(*(np.float32(values) for values in (centres, variances, alpha)))
