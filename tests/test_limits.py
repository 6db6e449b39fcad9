"""What others reach on the same codes."""

import numpy as np

from ia_pix2seq_tf.evaluation.measures.limits import logistic_labels, nearest_cluster


def classes(seed: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Codes `[90, 2]` of three classes around the corners of a triangle, and their labels."""
    labels = np.repeat([0, 1, 2], 30)
    corners = np.float32([[0, 0], [9, 0], [0, 9]])
    return corners[labels] + spread * np.random.default_rng(seed).standard_normal((90, 2)), labels


def test_kmeans_is_fitted_to_training_codes_and_asked_for_those_of_the_test():
    train, _ = classes(0, 0.5)
    found = nearest_cluster(train, np.float64([[1, 1], [8, -1], [0, 7], [-3, 0]]), 3)
    assert found[0] == found[3] and len(set(found)) == 3


def test_fewer_codes_than_components_have_a_cluster_each():
    codes = np.float64([[0, 0], [5, 5]])
    assert len(set(nearest_cluster(codes, codes, 7))) == 2


def test_a_logistic_regression_parts_what_a_line_can_part_and_no_more():
    (train, labels), (test, expected) = classes(1, 1.0), classes(2, 1.0)
    assert np.mean(logistic_labels(train, labels, test) == expected) > 0.98
    shuffled = np.random.default_rng(3).permutation(labels)
    assert np.mean(logistic_labels(train, shuffled, test) == expected) < 0.6
    scaled = [1e4, 1e-4]  # codes of very different spread are brought to one
    assert np.mean(logistic_labels(train * scaled, labels, test * scaled) == expected) > 0.98
