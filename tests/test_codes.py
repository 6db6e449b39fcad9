"""Ways between codes: where they begin and end, and what they keep."""

import numpy as np
import pytest

from ia_pix2seq_tf.sampling.codes import analogy, grid, line, linear, spherical

RNG = np.random.default_rng(3)
A, B, C, D = RNG.normal(size=(4, 64))


@pytest.mark.parametrize("way", ("linear", "spherical"))
def test_lines_contain_both_ends(way):
    codes = line(A, B, 5, way)
    assert codes.shape == (5, 64)
    np.testing.assert_allclose(codes[[0, -1]], [A, B], atol=1e-12)


def test_the_straight_way_has_even_steps():
    steps = np.diff(line(A, B, 6), axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to((B - A) / 5, (5, 64)))


def test_the_spherical_way_turns_at_an_even_speed_and_keeps_the_length():
    a, b = A / np.linalg.norm(A) * 8, B / np.linalg.norm(B) * 8
    codes = line(a, b, 7, "spherical")
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 8)
    angles = np.arccos(np.sum(codes[1:] * codes[:-1], axis=1) / 64)
    np.testing.assert_allclose(angles, np.arccos(a @ b / 64) / 6)
    assert np.linalg.norm(linear(a, b, 0.5)) < 7, "the straight way leaves the sphere"


def test_a_quarter_turn_is_the_textbook_one():
    np.testing.assert_allclose(spherical(np.array([1.0, 0]), np.array([0, 1.0]), 1 / 3), [np.sqrt(3) / 2, 0.5])


@pytest.mark.parametrize("b", (A, 3 * A, np.zeros(64)), ids=("same", "parallel", "zero"))
def test_without_an_angle_the_spherical_way_is_the_straight_one(b):
    np.testing.assert_allclose(spherical(A, b, 0.3), linear(A, b, 0.3))


def test_opposite_codes_have_no_spherical_way():
    with pytest.raises(ValueError, match="opposite"):
        spherical(A, -2 * A, 0.5)


@pytest.mark.parametrize("way", ("linear", "spherical"))
def test_a_grid_has_its_corners_and_lines_as_edges(way):
    codes = grid(np.array([[A, B], [C, D]]), 4, 3, way)
    assert codes.shape == (4, 3, 64)
    np.testing.assert_allclose(codes[[0, 0, -1, -1], [0, -1, 0, -1]], [A, B, C, D], atol=1e-12)
    np.testing.assert_allclose(codes[0], line(A, B, 3, way), atol=1e-12)
    np.testing.assert_allclose(codes[:, 0], line(A, C, 4, way), atol=1e-12)


def test_the_middle_of_a_straight_grid_is_the_mean_of_its_corners():
    np.testing.assert_allclose(grid(np.array([[A, B], [C, D]]), 3, 3)[1, 1], (A + B + C + D) / 4)


def test_an_analogy_of_a_pair_with_itself_changes_nothing():
    np.testing.assert_allclose(analogy(A, A, C), C)
    np.testing.assert_allclose(analogy(A, B, B), A)


def test_too_few_steps_and_unknown_ways_are_refused():
    with pytest.raises(ValueError, match="at least 2 steps, found 1"):
        line(A, B, 1)
    with pytest.raises(ValueError, match="linear, spherical, found 'cubic'"):
        line(A, B, 3, "cubic")
