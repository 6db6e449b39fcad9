"""Pure stroke functions."""

import numpy as np
import pytest

from ia_pix2seq_tf.strokes import (
    LIMIT,
    START_TOKEN,
    bounds,
    clamp_offsets,
    scale_factor,
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
