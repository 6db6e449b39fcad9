"""Graphs of drawings: what any strokes give, within bounds, whatever their unit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ia_pix2seq_tf import graphs
from ia_pix2seq_tf.data.demo import STYLES, draw
from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.graphs import NODES, PATCH, PATCHES, cut_graph, cut_graphs, drawn_lines, place, window_centres

OFFSETS = st.integers(-255, 255) | st.floats(-1e9, 1e9) | st.sampled_from([0.0, 5e-324, 1e-9, 1e9, -1e9, 1e300])
STROKES = st.lists(st.tuples(OFFSETS, OFFSETS, st.integers(0, 1)), max_size=60).map(
    lambda rows: np.array(rows, float).reshape(-1, 3)
)
SQUARE = np.array([[10, 0, 0], [0, 10, 0], [-10, 0, 0], [0, -10, 1]])


@pytest.fixture(scope="module")
def doodles():
    rng = np.random.default_rng(3)
    return [draw("pig", STYLES["pig"][0], rng) for _ in range(8)]


def assert_graph(patches: np.ndarray, weights: np.ndarray) -> None:
    """Asserts what holds for every graph."""
    assert patches.shape == (NODES, PATCH, PATCH) and patches.dtype == np.uint8
    assert weights.shape == (NODES,) and weights.dtype == np.float32 and np.isfinite(weights).all()
    shown = weights[1:] > 0
    assert weights[0] == pytest.approx(0.5 * (1 + shown.sum()))
    assert np.all(weights[1:][shown] >= 0.5) and np.all(weights[1:] < 0.5 + 0.3 * PATCHES)
    assert not patches[1:][~shown].any()
    assert patches[1:][shown].reshape(-1, PATCH, PATCH)[:, PATCH // 2, PATCH // 2].all(), "the centre lies on a line"


@given(STROKES)
@example(np.zeros((0, 3)))
@example(np.array([[0, 0, 1]]))
@example(np.array([[3, 4, 0]]))
@example(np.zeros((50, 3)))
@example(np.ones((50, 3)))
@example(np.array([[5e-324, 0, 0]]))
@example(np.array([[1e307, 0, 0], [-1e307, 1, 1]]))
def test_any_finite_strokes_have_a_graph(strokes):
    graph = cut_graph(strokes)
    assert_graph(*graph)
    assert bool(graph[0].any()) == bool(len(strokes))


@given(STROKES.filter(len), st.sampled_from([np.nan, np.inf, -np.inf]), st.integers(0, 2), st.data())
def test_what_is_not_finite_is_refused(strokes, value, column, data):
    strokes[data.draw(st.integers(0, len(strokes) - 1)), column] = value
    with pytest.raises(ValueError, match="expected finite strokes"):
        cut_graph(strokes)


@pytest.mark.parametrize(
    "strokes", [np.zeros(3), np.zeros((2, 2)), np.array([["1", "2", "0"]]), np.array([[None] * 3])]
)
def test_what_are_no_strokes_is_refused(strokes):
    with pytest.raises(ValueError, match=r"expected strokes \[n, 3\] of numbers, found"):
        cut_graph(strokes)


def test_the_sketch_that_is_refused_is_named():
    overflowing = np.array([[1e308, 0, 0], [1e308, 0, 1]])
    with pytest.raises(ValueError, match="sketch 1: expected finite"):
        cut_graphs([SQUARE, overflowing])


@given(STROKES, st.integers(-60, 60))
def test_a_power_of_two_changes_no_bit(strokes, power):
    strokes = np.clip(strokes, -1e9, 1e9) * (np.abs(strokes) > 1e-200)
    assert_same(cut_graph(strokes), cut_graph(scaled(strokes, 2.0**power)))


@given(st.lists(st.tuples(*[st.integers(-255, 255)] * 2), min_size=1, max_size=40), st.floats(1e-6, 1e6))
def test_whole_numbers_have_one_graph_in_any_unit(offsets, factor):
    """As drawings of data are: below an extent of 1,024 no place lies half-way between two pixels."""
    strokes = np.array([(dx, dy, i % 7 == 6) for i, (dx, dy) in enumerate(offsets)])
    if np.ptp(np.cumsum(np.vstack([np.zeros(2), strokes[:, :2]]), axis=0), axis=0).max() < 1024:
        assert_same(cut_graph(strokes), cut_graph(scaled(strokes, factor)))


@given(STROKES, st.floats(1e-6, 1e6))
def test_any_unit_moves_a_point_by_one_pixel_at_most(strokes, factor):
    strokes = np.clip(strokes, -1e9, 1e9)
    strokes[np.abs(strokes) < 1e-9] = 0
    places = [place(scaled(strokes, f))[0] for f in (1, factor)]
    assert np.abs(places[0] - places[1]).max() <= 1


def test_units_of_data_and_of_a_model_give_one_graph(doodles):
    in_model_units = [scaled(strokes, 1 / np.float32(34.56)).astype(np.float32) for strokes in doodles]
    assert_same(cut_graphs(doodles), cut_graphs(in_model_units))


def test_a_drawing_reaches_from_corner_to_corner_of_its_margin(doodles):
    for strokes in (*doodles, SQUARE):
        points, _ = place(strokes)
        low, high = graphs.MARGIN + graphs.BORDER, graphs.MARGIN + graphs.BORDER + graphs.EXTENT
        assert (points.min(axis=0) == low).all() and points.max() == high


def test_every_fourth_vertex_of_each_line_has_a_window_but_its_last():
    strokes = np.array([(3, 0, i in (7, 9, 10, 15)) for i in range(20)])
    points, lifted = place(strokes)
    lines = drawn_lines(points, lifted)
    assert [len(line) for line in lines] == [9, 2, 5, 4]  # the point between two lifts is none
    centres = window_centres(lines)
    expected = [0, 4, 9, 12, 17]
    np.testing.assert_array_equal(centres, points[expected])


def test_a_long_drawing_has_the_patches_of_its_beginning_and_a_whole_of_all():
    strokes = np.column_stack([np.full(1000, 2), np.tile([5, -5], 500), np.arange(1000) % 5 == 4])
    patches, weights = cut_graph(strokes)
    assert_graph(patches, weights)
    assert np.all(weights > 0)
    points, lifted = place(strokes)
    np.testing.assert_array_equal(window_centres(drawn_lines(points, lifted))[1], points[4])
    assert patches[0][:, 100:].any()


def test_neighbours_lie_within_a_fifth_of_the_largest_distance_and_at_it():
    centres = np.zeros((PATCHES, 2), int)
    centres[:4, 0] = [0, 100, 20, 41]
    shown = np.arange(PATCHES) < 4
    expected = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]], bool)
    near = graphs.neighbours(centres, shown)
    np.testing.assert_array_equal(near[:4, :4], expected)
    assert near.sum() == expected.sum()
    np.testing.assert_allclose(graphs.node_weights(centres, shown)[:6], [2.5, 0.8, 0.5, 0.8, 0.5, 0])


def test_patches_that_are_not_shown_make_no_distance():
    centres = np.zeros((PATCHES, 2), int)
    centres[:3, 0] = [0, 10, 1000]
    shown = np.isin(np.arange(PATCHES), [0, 1])
    assert not graphs.neighbours(centres, shown)[0, 1]
    assert graphs.neighbours(centres, np.arange(PATCHES) < 3)[0, 1]


def test_a_masked_window_is_black_in_every_image(doodles):
    plain, _ = cut_graphs(doodles)
    patches, weights = cut_graphs(doodles, 0.4, np.random.default_rng(0))
    draws = np.random.default_rng(0).random((len(doodles), PATCHES))
    for i, strokes in enumerate(doodles):
        assert np.all(patches[i] <= plain[i])
        centres = window_centres(drawn_lines(*place(strokes)))
        shown = draws[i, : len(centres)] >= 0.4
        np.testing.assert_array_equal(weights[i, 1 : len(centres) + 1] > 0, shown)
        for node in np.flatnonzero(shown):
            for hidden in centres[~shown] - centres[node]:
                if np.abs(hidden).max() < PATCH:
                    x, y = hidden
                    assert not patches[i, node + 1][max(y, 0) : PATCH + y, max(x, 0) : PATCH + x].any()
    assert (weights[:, 1:] == 0).sum() > 20


def test_everything_may_be_masked(doodles):
    patches, weights = cut_graphs(doodles, 1.0, np.random.default_rng(0))
    assert not patches[:, 1:].any() and np.all(weights == np.eye(NODES)[0] * 0.5)
    assert patches.mean() < 0.1 * cut_graphs(doodles)[0].mean()


def test_masks_need_chance_and_nothing_else_takes_any():
    with pytest.raises(ValueError, match="mask_prob needs an rng"):
        cut_graph(SQUARE, 0.1)
    rng = np.random.default_rng(0)
    cut_graph(SQUARE, 0.0, rng)
    assert rng.random() == np.random.default_rng(0).random()


def test_a_sketch_has_the_same_graph_in_any_company_container_and_thread(doodles):
    expected = cut_graphs(doodles)
    assert_same(expected, cut_graphs(Strokes.from_list(doodles)))
    single = [cut_graph(strokes) for strokes in doodles]
    assert_same(expected, [np.stack(part) for part in zip(*single, strict=True)])
    with ThreadPoolExecutor(4) as pool:
        for graph in pool.map(cut_graphs, [doodles] * 8):
            assert_same(expected, graph)
    assert [part.shape for part in cut_graphs([])] == [(0, NODES, PATCH, PATCH), (0, NODES)]


def scaled(strokes: np.ndarray, factor: float) -> np.ndarray:
    """Strokes in another unit."""
    return strokes * np.array([factor, factor, 1])


def assert_same(graph, other) -> None:
    for part, same in zip(graph, other, strict=True):
        np.testing.assert_array_equal(part, same)
