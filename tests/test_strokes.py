"""Pure stroke functions."""

import time

import numpy as np
import pytest

from ia_pix2seq_tf.strokes import (
    LIMIT,
    START_TOKEN,
    bounds,
    clamp_offsets,
    scale_factor,
    simplify,
    to_sequence,
    to_sequences,
    to_strokes,
)

TWO_RUNS = np.array([[1, 2, 0], [3, -4, 1], [-5, 6, 0], [0, 0, 1]], np.int16)


def test_sequence_is_start_token_then_points_then_end_tokens():
    expected = [
        START_TOKEN,
        (1, 2, 1, 0, 0),
        (3, -4, 0, 1, 0),
        (-5, 6, 1, 0, 0),
        (0, 0, 0, 1, 0),
        (0, 0, 0, 0, 1),
        (0, 0, 0, 0, 1),
    ]
    sequence = to_sequence(TWO_RUNS, 6)
    assert sequence.dtype == np.float32
    np.testing.assert_array_equal(sequence, expected)


def test_longest_sequence_has_no_end_token():
    sequence = to_sequence(TWO_RUNS, 4)
    assert sequence.shape == (5, 5)
    assert not sequence[:, 4].any()


def test_longer_strokes_than_the_sequence_are_refused():
    with pytest.raises(ValueError, match="4 points does not fit into max_len=3"):
        to_sequence(TWO_RUNS, 3)


def test_many_sequences_equal_single_ones():
    sketches = [TWO_RUNS, TWO_RUNS[:1], TWO_RUNS[1:4]]
    lengths = np.array([len(strokes) for strokes in sketches])
    together = to_sequences(np.concatenate(sketches), lengths, 7)
    np.testing.assert_array_equal(together, [to_sequence(strokes, 7) for strokes in sketches])


@pytest.mark.parametrize("max_len", [4, 9])
def test_strokes_survive_the_way_there_and_back(max_len):
    np.testing.assert_array_equal(to_strokes(to_sequence(TWO_RUNS, max_len)[1:]), TWO_RUNS)


def test_strokes_stop_at_the_first_end_token():
    sequence = to_sequence(TWO_RUNS, 9)[1:]
    sequence[7] = (9, 9, 1, 0, 0)
    assert len(to_strokes(sequence)) == 4
    assert to_strokes(sequence[4:]).shape == (0, 3)


def test_bounds_include_the_origin_and_every_point():
    assert bounds(TWO_RUNS) == (-1, 4, -2, 4)
    assert bounds(np.array([[5, 7, 1]])) == (0, 5, 0, 7)
    assert bounds(np.zeros((0, 3))) == (0, 0, 0, 0)


def test_bounds_do_not_overflow_int16():
    assert bounds(np.full((100, 3), 30000, np.int16))[1] == 3_000_000


def test_clamping_limits_offsets_and_keeps_the_dtype():
    clamped = clamp_offsets(np.array([[-4000, 1001, 1]], np.int16))
    np.testing.assert_array_equal(clamped, [[-LIMIT, LIMIT, 1]])
    assert clamped.dtype == np.int16


def test_scale_factor_is_the_deviation_of_all_clamped_offsets():
    sketches = [TWO_RUNS, np.array([[5000, 0, 1]], np.int16)]
    offsets = [1, 2, 3, -4, -5, 6, 0, 0, 1000, 0]
    assert scale_factor(sketches) == pytest.approx(np.std(offsets))


@pytest.mark.parametrize("sketches", [[], [np.zeros((3, 3))]])
def test_offsets_without_spread_have_no_scale_factor(sketches):
    with pytest.raises(ValueError, match="no spread"):
        scale_factor(sketches)


def _simplified_run(points, epsilon):
    """The textbook's recursion over the points of one run, loops apart."""
    start, end = points[0], points[-1]
    direction = (end - start) / np.linalg.norm(end - start)
    away = points - start
    distances = np.abs(away[:, 0] * direction[1] - away[:, 1] * direction[0])
    farthest = int(distances.argmax())
    if distances[farthest] <= epsilon:
        return [start, end]
    return _simplified_run(points[: farthest + 1], epsilon)[:-1] + _simplified_run(points[farthest:], epsilon)


@pytest.mark.parametrize("epsilon", [0.3, 1, 4])
def test_simplifying_equals_the_recursion_run_by_run(epsilon):
    rng = np.random.default_rng(0)
    strokes = np.column_stack([rng.normal(size=(500, 2)), rng.random(500) < 0.02])
    runs = np.split(np.cumsum(strokes[:, :2], axis=0), np.flatnonzero(strokes[:, 2]) + 1)
    expected = [_simplified_run(run, epsilon) for run in runs if len(run) > 1]
    simple = simplify(strokes, epsilon)
    np.testing.assert_allclose(np.cumsum(simple[:, :2], axis=0), np.concatenate(expected), atol=1e-9)
    assert np.flatnonzero(simple[:, 2]).tolist() == (np.cumsum([len(run) for run in expected]) - 1)[:-1].tolist()
    assert len(simple) < len(strokes)


def test_simplifying_again_changes_nothing():
    strokes = np.column_stack([np.random.default_rng(1).normal(size=(300, 2)), np.arange(300) % 50 == 49])
    once = simplify(strokes, 0.8)
    np.testing.assert_allclose(simplify(once, 0.8), once, atol=1e-9)


def test_simplifying_keeps_corners_and_drops_what_lies_between():
    square = np.array([[0, 0, 0], [5, 0, 0], [5, 0, 0], [0, 10, 0], [-5, 0.5, 0], [-5, -0.5, 1]])
    np.testing.assert_allclose(simplify(square, 1), [[0, 0, 0], [10, 0, 0], [0, 10, 0], [-10, 0, 1]])


def test_simplifying_keeps_the_pen_and_short_runs():
    np.testing.assert_array_equal(simplify(TWO_RUNS, 100), TWO_RUNS)
    assert simplify(np.zeros((0, 3)), 1).shape == (0, 3)
    np.testing.assert_array_equal(simplify(np.array([[3, 4, 1]]), 1), [[3, 4, 1]])


def test_a_small_loop_keeps_its_farthest_point():
    angles = np.linspace(0, 2 * np.pi, 21)
    points = np.column_stack([np.cos(angles), np.sin(angles)])
    points[-1] = points[0]
    loop = np.column_stack([np.diff(points, axis=0, prepend=0), angles == angles[-1]])
    np.testing.assert_allclose(simplify(loop, 2), [[1, 0, 0], [-2, 0, 0], [2, 0, 1]], atol=1e-9)


def test_thirty_thousand_points_that_split_one_by_one_take_seconds():
    height = np.linspace(255, 2.1, 30_000) * np.where(np.arange(30_000) % 2, 1, -1)
    points = np.column_stack([np.linspace(0, 255, 30_000), height])
    strokes = np.column_stack([np.diff(points, axis=0, prepend=0), np.zeros(30_000)])
    started = time.process_time()
    assert len(simplify(strokes, 2.0)) > 29_000
    assert time.process_time() - started < 30
