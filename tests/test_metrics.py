"""The measures against hand-computed cases, naive twins and the test vectors of the overlap rate."""

import itertools

import numpy as np
import pytest

from ia_pix2seq_tf import metrics

SKEWED = np.array([[2.17, 1.82], [1.82, 2.17]])


def naive_ranks(gallery, queries):
    """Rank of gallery code i for query i, by sorting all distances; equal ones by index."""
    ranks = []
    for i, query in enumerate(queries):
        distances = [float(((code - query) ** 2).sum()) for code in gallery]
        ranks.append(sorted(range(len(gallery)), key=lambda j: (distances[j], j)).index(i))
    return np.array(ranks)


class TestRetrieval:
    @pytest.mark.parametrize("block_bytes", [1, 8 * 57 * 10, 1 << 27])
    def test_equals_sorting_whatever_the_block(self, monkeypatch, block_bytes):
        monkeypatch.setattr(metrics, "BLOCK_BYTES", block_bytes)
        rng = np.random.default_rng(0)
        gallery = rng.normal(size=(57, 5))
        queries = gallery + rng.normal(size=gallery.shape)
        np.testing.assert_array_equal(metrics.retrieval_ranks(gallery, queries), naive_ranks(gallery, queries))

    def test_ties_go_to_the_smaller_index(self):
        rng = np.random.default_rng(1)
        gallery = rng.integers(0, 3, size=(60, 2)).astype(float)  # many equal codes and equal distances
        queries = rng.integers(0, 3, size=(60, 2)).astype(float)
        np.testing.assert_array_equal(metrics.retrieval_ranks(gallery, queries), naive_ranks(gallery, queries))

    def test_equal_codes_tie_at_any_offset(self):
        gallery = np.repeat(np.random.default_rng(2).normal(size=(1, 128)) * 1e3, 300, axis=0)
        np.testing.assert_array_equal(metrics.retrieval_ranks(gallery, gallery + 0.1), np.arange(300))

    def test_codes_far_from_the_origin_keep_their_order(self):
        rng = np.random.default_rng(3)
        gallery = rng.normal(size=(40, 8))
        queries = gallery + 0.5 * rng.normal(size=gallery.shape)
        expected = naive_ranks(gallery, queries)
        np.testing.assert_array_equal(metrics.retrieval_ranks(gallery + 1e6, queries + 1e6), expected)

    def test_shares_are_counts_of_ranks(self):
        gallery = np.array([[0.0], [1.0], [2.0], [3.0]])
        queries = np.array([[0.1], [1.9], [0.0], [3.2]])  # ranks 0, 1, 2, 0
        assert metrics.retrieval(gallery, queries, ks=(1, 2, 3)) == {1: 0.5, 2: 0.75, 3: 1.0}

    def test_k_beyond_the_gallery_retrieves_all(self):
        codes = np.random.default_rng(4).normal(size=(7, 3))
        assert metrics.retrieval(codes, codes[::-1], ks=(50,)) == {50: 1.0}

    def test_a_single_code_is_found(self):
        assert metrics.retrieval(np.zeros((1, 2)), np.ones((1, 2))) == {1: 1.0, 10: 1.0, 50: 1.0}

    @pytest.mark.parametrize(
        ("gallery", "queries", "ks", "message"),
        [
            (np.zeros((3, 2)), np.zeros((2, 2)), (1,), "as many queries"),
            (np.zeros((0, 2)), np.zeros((0, 2)), (1,), "finite gallery"),
            (np.zeros((3, 2)), np.full((3, 2), np.nan), (1,), "finite queries"),
            (np.zeros(3), np.zeros(3), (1,), r"gallery \[n, d\]"),
            (np.zeros((3, 2)), np.zeros((3, 2)), (0,), "at least 1"),
        ],
    )
    def test_refuses_what_has_no_answer(self, gallery, queries, ks, message):
        with pytest.raises(ValueError, match=message):
            metrics.retrieval(gallery, queries, ks)


def naive_one_to_one(labels, assignment, k):
    """Best share over all maps from components to different classes, or to none."""
    classes = [*np.unique(labels), *[None] * k]
    maps = itertools.permutations(classes, k)
    return max(np.mean([chosen[c] == label for c, label in zip(assignment, labels, strict=True)]) for chosen in maps)


class TestClusterAccuracy:
    @pytest.mark.parametrize("seed", range(6))
    def test_equals_trying_every_map(self, seed):
        rng = np.random.default_rng(seed)
        labels, assignment = rng.integers(0, 3, 30), rng.integers(0, 4, 30)
        found = metrics.cluster_accuracy(labels, assignment, 4)
        assert found.one_to_one == pytest.approx(naive_one_to_one(labels, assignment, 4))
        votes = sum(np.bincount(labels[assignment == c]).max() for c in np.unique(assignment))
        assert found.many_to_one == pytest.approx(votes / 30)

    def test_a_class_of_two_components_counts_once_one_to_one(self):
        found = metrics.cluster_accuracy([0, 0, 0, 0, 1, 1], np.array([0, 0, 1, 1, 2, 2]), 5)
        assert found == (pytest.approx(4 / 6), 1.0)

    def test_components_without_sketches_do_not_matter(self):
        labels, assignment = np.array([0, 0, 1]), np.array([7, 7, 2])
        assert metrics.cluster_accuracy(labels, assignment, 40) == (1.0, 1.0)

    def test_one_component_for_all_is_right_for_the_largest_class(self):
        assert metrics.cluster_accuracy([0, 1, 1, 2], np.zeros(4, int), 3) == (0.5, 0.5)

    def test_one_class_in_two_components(self):
        assert metrics.cluster_accuracy([3, 3, 3, 3], np.array([0, 0, 0, 1]), 2) == (0.75, 1.0)

    def test_labels_may_be_names(self):
        assert metrics.cluster_accuracy(["pig left", "pig right"], np.array([1, 0]), 2) == (1.0, 1.0)

    @pytest.mark.parametrize(
        ("labels", "assignment", "message"),
        [([], np.zeros(0, int), "one component for each"), ([0], np.array([2]), "from 0 to 1"), ([0], [0.5], "from 0")],
    )
    def test_refuses_what_has_no_answer(self, labels, assignment, message):
        with pytest.raises(ValueError, match=message):
            metrics.cluster_accuracy(labels, assignment, 2)


def naive_overlap(mu1, var1, a1, mu2, var2, a2):
    """Peaks and saddle of the density of two components on a fine grid of the line, in one dimension."""
    x = np.linspace(min(mu1, mu2) - 1, max(mu1, mu2) + 1, 400_001)
    p = sum(a * np.exp(-0.5 * (x - m) ** 2 / v) / np.sqrt(v) for m, v, a in ((mu1, var1, a1), (mu2, var2, a2)))
    rising = np.diff(p) > 0
    peaks = 1 + np.flatnonzero(rising[:-1] & ~rising[1:])
    if len(peaks) < 2:
        return 1.0
    return p[peaks[0] : peaks[1]].min() / min(p[peaks])


class TestOverlapRate:
    @pytest.mark.parametrize(("a1", "expected"), [(0.46, 0.6595), (0.5, 0.7252), (0.3, 0.7989)])
    def test_vectors_of_the_definition(self, a1, expected):
        found = metrics.overlap_rate((0, 0), np.eye(2), a1, (3, 0), SKEWED, 1 - a1)
        assert found == pytest.approx(expected, abs=5e-5)
        mirrored = metrics.overlap_rate((3, 0), SKEWED, 1 - a1, (0, 0), np.ones(2), a1)
        assert mirrored == pytest.approx(found, rel=1e-9)

    @pytest.mark.parametrize("seed", range(12))
    def test_equals_a_search_along_the_line(self, seed):
        rng = np.random.default_rng(seed)
        mu2, (var1, var2), (a1, a2) = rng.uniform(1, 8), rng.uniform(0.3, 3, 2), rng.uniform(0.05, 1, 2)
        found = metrics.overlap_rate([0.0], [var1], a1, [mu2], [var2], a2)
        assert found == pytest.approx(naive_overlap(0.0, var1, a1, mu2, var2, a2), rel=1e-5)

    def test_peaks_of_equal_components_part_beyond_two_deviations(self):
        assert metrics.overlap_rate([0], [1], 0.5, [1.99], [1], 0.5) == 1.0
        assert 0.999 < metrics.overlap_rate([0], [1], 0.5, [2.02], [1], 0.5) < 1.0

    def test_only_the_ratio_of_the_weights_matters(self):
        one, ten = (metrics.overlap_rate([0], [1], 0.3 * f, [3], [2], 0.7 * f) for f in (1, 10))
        assert one == pytest.approx(ten, rel=1e-9)

    def test_the_same_component_twice_is_one_peak(self):
        assert metrics.overlap_rate(np.zeros(128), np.ones(128), 0.5, np.zeros(128), np.ones(128), 0.5) == 1.0

    def test_components_far_apart_do_not_overlap(self):
        origin, far, ones = np.zeros(128), np.full(128, 9.0), np.ones(128)
        rates = [metrics.overlap_rate(origin, v * ones, 0.9, far, ones, 0.1) for v in (1e-4, 1.0, 4.0)]
        assert max(rates) < 1e-6 and np.isfinite(rates).all()

    def test_a_full_covariance_that_is_diagonal_gives_the_same(self):
        rng = np.random.default_rng(5)
        mu2, var1, var2 = rng.normal(size=4) * 2, rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 4)
        diagonal = metrics.overlap_rate(np.zeros(4), var1, 0.4, mu2, var2, 0.6)
        full = metrics.overlap_rate(np.zeros(4), np.diag(var1), 0.4, mu2, np.diag(var2), 0.6)
        assert full == pytest.approx(diagonal, rel=1e-9)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"a1": 0.0}, "weights above 0"),
            ({"var1": [0.0, 1.0]}, "variances above 0"),
            ({"mu2": [1.0]}, r"means \[d\]"),
            ({"mu2": [np.nan, 0.0]}, "finite"),
        ],
    )
    def test_refuses_what_has_no_answer(self, change, message):
        arguments = {"mu1": [0.0, 0.0], "var1": [1.0, 1.0], "a1": 0.5, "mu2": [1.0, 0.0], "var2": [1.0, 1.0], "a2": 0.5}
        with pytest.raises(ValueError, match=message):
            metrics.overlap_rate(**(arguments | change))

    def test_matrix_is_symmetric_without_diagonal(self):
        matrix = metrics.overlap_matrix(np.array([[0.0], [3.0], [9.0]]), np.ones((3, 1)), np.array([0.2, 0.3, 0.5]))
        assert np.isnan(np.diag(matrix)).all() and np.array_equal(matrix, matrix.T, equal_nan=True)
        assert matrix[0, 1] == metrics.overlap_rate([0], [1], 0.2, [3], [1], 0.3)


class TestLdaSeparation:
    def test_by_hand(self):
        codes = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [10.0, 4.0]])
        # means (1, 0) and (10, 2), deviations (1, 0) and (0, 2): (81 + 4) / (1 + 4)
        assert metrics.lda_separation(codes, np.array([0, 0, 5, 5])) == (17.0, 0.0, 1)

    def test_equals_the_formula_for_every_pair(self):
        rng = np.random.default_rng(6)
        codes, assignment = rng.normal(size=(50, 4)), np.repeat([0, 1, 3], [20, 20, 10])
        values = []
        for i, j in itertools.combinations((0, 1, 3), 2):
            a, b = codes[assignment == i], codes[assignment == j]
            within = np.linalg.norm(a.std(axis=0)) ** 2 + np.linalg.norm(b.std(axis=0)) ** 2
            values.append(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)) ** 2 / within)
        found = metrics.lda_separation(codes, assignment)
        assert found == (pytest.approx(np.mean(values)), pytest.approx(np.std(values)), 3)

    def test_a_component_without_codes_makes_no_pair(self):
        codes = np.array([[0.0], [1.0], [5.0], [6.0]])
        matrix = metrics.lda_matrix(codes, np.array([0, 0, 2, 2]), [0, 1, 2])
        assert np.isnan(matrix[1]).all() and metrics.spread(matrix).pairs == 1

    def test_one_component_has_no_separation(self):
        mean, std, pairs = metrics.lda_separation(np.random.default_rng(7).normal(size=(5, 2)), np.zeros(5, int))
        assert np.isnan([mean, std]).all() and pairs == 0

    def test_two_single_codes_have_no_spread_to_compare_with(self):
        assert metrics.lda_separation(np.array([[0.0], [1.0]]), np.array([0, 1])).pairs == 0


def test_share_error_is_that_of_a_binomial():
    draws = np.random.default_rng(8).binomial(400, 0.2, size=20_000) / 400
    assert metrics.share_error(0.2, 400) == pytest.approx(draws.std(), rel=0.02)
