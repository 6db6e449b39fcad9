"""The paper's measures of a latent space and of what is drawn from it, as pure functions over arrays.

Public as `ia_pix2seq_tf.metrics`. Shares are in [0, 1]; `share_error` gives their standard error. This module does
not import TensorFlow.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.optimize import brentq, linear_sum_assignment
from scipy.special import expit

BLOCK_BYTES = 1 << 27  # size of the largest block of distances that `retrieval` holds
RIDGE_POINTS, RIDGE_REACH = 4001, 50.0
"""Grid on the ridge line between two components, even in logit(t) from minus to plus the reach."""


class ClusterAccuracy(NamedTuple):
    """Shares of sketches whose component stands for their class.

    Attributes:
        one_to_one: under the best map in which a component stands for one class and a class has one component.
        many_to_one: where each component stands for the class that most of its sketches have.
    """

    one_to_one: float
    many_to_one: float


class Spread(NamedTuple):
    """Mean and standard deviation of a measure over pairs of components; NaN where there is no pair.

    Attributes:
        mean: over the pairs that have a value.
        std: as `numpy.std`.
        pairs: number of pairs that have a value.
    """

    mean: float
    std: float
    pairs: int


def retrieval(gallery: np.ndarray, queries: np.ndarray, ks: Sequence[int] = (1, 10, 50)) -> dict[int, float]:
    """Ret: the share of queries i that have gallery code i among their k nearest, for each k.

    Distances are Euclidean; of codes equally near, the one of the smaller index is nearer.

    Args:
        gallery: codes of the test images, `[n, d]`.
        queries: codes of what was drawn from them, `[n, d]`; query i belongs to gallery code i.
        ks: numbers of codes that are retrieved, from 1; more than n retrieve all.

    Returns:
        the share for each k.

    Raises:
        ValueError: codes that are not finite or differ in shape, none at all, or a k below 1.

    Source: paper, section 4.1. Differs from the reference: all pairs are never in memory, and distances are
    float64, so that codes near to each other keep their order.
    """
    if any(k < 1 for k in ks):
        raise ValueError(f"retrieval: expected ks of at least 1, found {list(ks)}")
    ranks = retrieval_ranks(gallery, queries)
    return {int(k): float(np.mean(ranks < k)) for k in ks}


def retrieval_ranks(gallery: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """How many gallery codes are nearer to each query i than gallery code i: int64 `[n]`. See `retrieval`."""
    gallery, queries = _checked_codes(gallery, "gallery"), _checked_codes(queries, "queries")
    if gallery.shape != queries.shape:
        raise ValueError(f"expected as many queries as gallery codes, found {queries.shape} and {gallery.shape}")
    origin = np.rint(gallery.mean(axis=0))  # whole numbers, so that subtracting it makes no ties and breaks none
    points, index = np.unique(gallery - origin, axis=0, return_inverse=True)  # equal codes get equal distances
    index, queries = index.reshape(-1), queries - origin
    n, squares = len(queries), np.einsum("nd,nd->n", points, points)
    block = max(1, BLOCK_BYTES // (8 * n))
    ranks = np.empty(n, np.int64)
    for first in range(0, n, block):
        own = np.arange(first, min(first + block, n))
        distances = (squares - 2 * queries[own] @ points.T)[:, index]  # plus |query|², which orders nothing
        to_own = distances[np.arange(len(own)), own][:, None]
        ties_before = (distances == to_own) & (np.arange(n) < own[:, None])
        ranks[own] = np.count_nonzero((distances < to_own) | ties_before, axis=1)
    return ranks


def cluster_accuracy(labels: np.ndarray, assignment: np.ndarray, n_components: int) -> ClusterAccuracy:
    """Acc: how well components stand for classes.

    Args:
        labels: class of each sketch, `[n]`.
        assignment: its component, integers from 0 below `n_components`, `[n]`.
        n_components: number of components; those without sketches stand for nothing.

    Raises:
        ValueError: no sketches, arrays of different lengths, or a component out of range.

    Source: paper, section 4.1, after VaDE: the best map is found by the Hungarian algorithm. A component or class
    that has no partner counts as wrong.
    """
    table = component_table(labels, assignment, n_components)
    matched = table[linear_sum_assignment(table, maximize=True)].sum()
    return ClusterAccuracy(float(matched / table.sum()), float(table.max(axis=1).sum() / table.sum()))


def component_table(
    labels: np.ndarray, assignment: np.ndarray, n_components: int, classes: np.ndarray | None = None
) -> np.ndarray:
    """How many sketches of each class each component has: int64 `[n_components, classes]`.

    Args:
        labels, assignment, n_components: as in `cluster_accuracy`.
        classes: of the columns, sorted; those of the labels by default.
    """
    labels, assignment = np.asarray(labels), np.asarray(assignment)
    if labels.ndim != 1 or labels.shape != assignment.shape or not len(labels):
        raise ValueError(f"expected one component for each label, found shapes {assignment.shape} and {labels.shape}")
    if assignment.dtype.kind not in "iu" or assignment.min() < 0 or assignment.max() >= n_components:
        raise ValueError(f"expected components from 0 to {n_components - 1}, found {np.unique(assignment)}")
    classes = np.unique(labels) if classes is None else np.asarray(classes)
    if not np.isin(labels, classes).all():
        raise ValueError(f"expected labels of {classes.tolist()}, found {np.setdiff1d(labels, classes).tolist()}")
    table = np.zeros((n_components, len(classes)), np.int64)
    np.add.at(table, (assignment, np.searchsorted(classes, labels)), 1)
    return table


def overlap_rate(mu1: np.ndarray, var1: np.ndarray, a1: float, mu2: np.ndarray, var2: np.ndarray, a2: float) -> float:
    """OLR of two Gaussian components, in (0, 1]: how deep the valley between their peaks is not.

    On the ridge line from mu1 to mu2 lie all peaks and saddles of the density a1·N1 + a2·N2. With one peak the rate
    is 1, else p(saddle) / p(lower peak). (Of more than two peaks, the deepest saddle counts, and the lower of the
    highest peaks at its two sides.)

    Args:
        mu1, mu2: means, `[d]`.
        var1, var2: variances `[d]`, or covariance matrices `[d, d]`.
        a1, a2: weights, above 0.

    Raises:
        ValueError: shapes that do not fit, or weights or variances that are not above 0.

    Source: paper, section 4.2 and figure 4.
    """
    ridge = _Ridge(*_diagonal(mu1, var1, a1, mu2, var2, a2))
    turns = ridge.stationary_points()
    if len(turns) < 3:
        return 1.0
    heights = ridge.log_density(turns)
    saddle = 1 + 2 * int(np.argmin(heights[1::2]))  # peaks and saddles alternate, beginning with a peak
    lower = min(heights[:saddle:2].max(), heights[saddle + 1 :: 2].max())
    return float(np.exp(heights[saddle] - lower))


def overlap_matrix(mu: np.ndarray, sigma2: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """`overlap_rate` of each pair of components: symmetric `[c, c]`, NaN on the diagonal.

    Args:
        mu, sigma2: means and variances, `[c, d]`.
        alpha: weights above 0, `[c]`.
    """
    return _pairwise(
        len(mu), lambda i, j: overlap_rate(mu[i], sigma2[i], float(alpha[i]), mu[j], sigma2[j], float(alpha[j]))
    )


def lda_separation(codes: np.ndarray, assignment: np.ndarray) -> Spread:
    """R_LDA over all pairs of components that have codes: mean and standard deviation.

    Args:
        codes: `[n, d]`.
        assignment: component of each, `[n]`.

    Source: paper, eq. 12.
    """
    return spread(lda_matrix(codes, assignment, np.unique(assignment)))


def lda_matrix(codes: np.ndarray, assignment: np.ndarray, components: Sequence[int] | np.ndarray) -> np.ndarray:
    """R_LDA of each pair of `components`: symmetric `[c, c]`.

        R = |mean Y_i - mean Y_j|² / (|std Y_i|² + |std Y_j|²)

    NaN on the diagonal, where a component has no codes, and where both have no spread.

    Source: paper, eq. 12.
    """
    codes, assignment = np.asarray(codes, np.float64), np.asarray(assignment)
    if codes.ndim != 2 or assignment.shape != codes.shape[:1]:
        raise ValueError(f"expected codes [n, d] and their components [n], found {codes.shape}, {assignment.shape}")
    groups = [codes[assignment == component] for component in components]
    means = [group.mean(axis=0) if len(group) else None for group in groups]
    variances = [group.var(axis=0).sum() if len(group) else 0.0 for group in groups]

    def separation(i: int, j: int) -> float:
        one, other, within = means[i], means[j], variances[i] + variances[j]
        if one is None or other is None or within == 0:
            return math.nan
        return float(np.square(one - other).sum() / within)

    return _pairwise(len(groups), separation)


def spread(matrix: np.ndarray) -> Spread:
    """Mean, standard deviation and number of the values over the diagonal of `[c, c]` that are not NaN."""
    values = matrix[np.triu_indices(len(matrix), k=1)]
    values = values[~np.isnan(values)]
    return (
        Spread(float(values.mean()), float(values.std()), len(values)) if len(values) else Spread(math.nan, math.nan, 0)
    )


def share_error(share: float, n: int) -> float:
    """Standard error of a share of n independent sketches."""
    return math.sqrt(share * (1 - share) / n)


class _Ridge:
    """The ridge line between two components of diagonal variance, whose weights may be scaled by a common factor.

        x(t) = ((1-t)/var1·mu1 + t/var2·mu2) / ((1-t)/var1 + t/var2),    t = expit(s)

    The density rises towards mu2 where s < h(t), h being the log ratio of the two components at x(t); its peaks and
    saddles are where s = h(t). As h grows with t, all of them lie between h(0) and h(1).
    """

    def __init__(
        self, mu1: np.ndarray, var1: np.ndarray, log_a1: float, mu2: np.ndarray, var2: np.ndarray, log_a2: float
    ):
        self.mu1, self.var1, self.log_a1 = mu1, var1, log_a1
        self.mu2, self.var2, self.log_a2 = mu2, var2, log_a2

    def log_terms(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log of each weighted component at x(expit(s)), `[n]` each, up to a common constant."""
        s = np.atleast_1d(s)[:, None]
        near, far = expit(-s) / self.var1, expit(s) / self.var2
        x = (near * self.mu1 + far * self.mu2) / (near + far)
        return (
            self.log_a1 - 0.5 * (np.square(x - self.mu1) / self.var1 + np.log(self.var1)).sum(axis=1),
            self.log_a2 - 0.5 * (np.square(x - self.mu2) / self.var2 + np.log(self.var2)).sum(axis=1),
        )

    def log_density(self, s: np.ndarray) -> np.ndarray:
        """Log density at x(expit(s)), `[n]`, up to a constant."""
        return np.logaddexp(*self.log_terms(s))

    def slope(self, s: np.ndarray) -> np.ndarray:
        """A number `[n]` with the sign of the density's slope towards mu2: h(t) - s."""
        first, second = self.log_terms(s)
        return second - first - s

    def ends(self) -> tuple[float, float]:
        """h(0) and h(1), at mu1 and at mu2."""
        squares = np.square(self.mu1 - self.mu2)
        base = self.log_a2 - self.log_a1 + 0.5 * np.log(self.var1 / self.var2).sum()
        return base - 0.5 * (squares / self.var2).sum(), base + 0.5 * (squares / self.var1).sum()

    def stationary_points(self) -> np.ndarray:
        """s of the peaks and saddles in turn, from mu1 to mu2."""
        low, high = self.ends()
        inner = np.linspace(max(low, -RIDGE_REACH), min(high, RIDGE_REACH), RIDGE_POINTS)
        grid = np.unique(np.concatenate([[low - 1], inner, [high + 1]]))
        rising = self.slope(grid) > 0
        crossings = np.flatnonzero(rising[1:] != rising[:-1])
        return np.array([brentq(lambda s: self.slope(s)[0], grid[i], grid[i + 1]) for i in crossings])


def _diagonal(
    near: ArrayLike, near_var: ArrayLike, a1: float, far: ArrayLike, far_var: ArrayLike, a2: float
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray, np.ndarray, float]:
    """Two components in coordinates in which both variances are diagonal: checked float64 `[d]`, and log weights."""
    mu1, mu2, var1, var2 = (np.asarray(x, np.float64) for x in (near, far, near_var, far_var))
    if not (a1 > 0 and a2 > 0 and np.isfinite([a1, a2]).all()):
        raise ValueError(f"overlap_rate: expected weights above 0, found {a1} and {a2}")
    d = mu1.size
    shapes = mu1.shape == mu2.shape == (d,) and {var1.shape, var2.shape} <= {(d,), (d, d)}
    if not shapes or not all(np.isfinite(x).all() for x in (mu1, mu2, var1, var2)):
        raise ValueError(
            "overlap_rate: expected finite means [d] and variances [d] or [d, d], found "
            f"{mu1.shape}, {var1.shape}, {mu2.shape}, {var2.shape}"
        )
    if var1.ndim == 2 or var2.ndim == 2:
        var1, var2 = (np.diag(var) if var.ndim == 1 else var for var in (var1, var2))
        var1, axes = eigh(var1, var2)  # axes.T @ var2 @ axes = 1; a common change of volume cancels
        mu1, mu2, var2 = axes.T @ mu1, axes.T @ mu2, np.ones(d)
    if not ((var1 > 0).all() and (var2 > 0).all()):
        raise ValueError("overlap_rate: expected variances above 0")
    return mu1, var1, math.log(a1), mu2, var2, math.log(a2)


def _pairwise(count: int, measure: Callable[[int, int], float]) -> np.ndarray:
    """`measure(i, j)` of each pair: symmetric `[count, count]`, NaN on the diagonal."""
    matrix = np.full((count, count), math.nan)
    for i in range(count):
        for j in range(i + 1, count):
            matrix[i, j] = matrix[j, i] = measure(i, j)
    return matrix


def _checked_codes(codes: np.ndarray, name: str) -> np.ndarray:
    codes = np.asarray(codes, np.float64)
    if codes.ndim != 2 or not len(codes) or not np.isfinite(codes).all():
        raise ValueError(f"retrieval: expected finite {name} [n, d], found shape {list(codes.shape)}")
    return codes
