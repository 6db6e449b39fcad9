"""Graphs that TensorFlow cuts, beside those of OpenCV: the same but for single pixels."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st
from reference import assert_close

from ia_pix2seq_tf import graphs
from ia_pix2seq_tf.data.demo import STYLES, draw
from ia_pix2seq_tf.export.graph_cutter import cut_graphs
from ia_pix2seq_tf.strokes import to_sequence

LONGEST = 40
PIXELS = 40  # of the 327,680 of a sketch's patches, of which many show the same place
STROKES = st.lists(
    st.tuples(st.integers(-255, 255), st.integers(-255, 255), st.integers(0, 1)), max_size=LONGEST, min_size=1
).map(lambda rows: np.array(rows, np.float32))
compiled = tf.function(cut_graphs, input_signature=[tf.TensorSpec((None, None, 5), name="sequences")], autograph=False)


def cut(sketches, length=None):
    """Patches as int32, and weights, of sketches."""
    length = length or max(map(len, sketches))
    found = compiled(np.stack([to_sequence(strokes, length) for strokes in sketches]))
    return found["patches"].numpy().astype(int), found["node_weights"].numpy()


def assert_same_graphs(found, expected, pixels):
    """Asserts that patches differ in so many pixels of a sketch at most, and the whole by what these show in it."""
    (patches, weights), (expected_patches, expected_weights) = found, expected
    differ = np.abs(patches - expected_patches)
    assert (differ[:, 1:] > 0).sum(axis=(1, 2, 3)).max() <= pixels
    assert (differ[:, 0] > 1).sum(axis=(1, 2)).max() <= pixels  # OpenCV's fixed point rounds to the next grey
    assert_close(weights, expected_weights, 1e-6)


@pytest.fixture(scope="module")
def doodles():
    rng = np.random.default_rng(3)
    return [draw(category, style, rng) for category, styles in STYLES.items() for style in styles for _ in range(4)]


def test_doodles_have_the_graphs_that_opencv_cuts(doodles):
    found, expected = cut(doodles), graphs.cut_graphs(doodles)
    assert_same_graphs(found, expected, pixels=PIXELS)
    assert (found[0][:, 1:] != expected[0][:, 1:]).sum() <= 4 * len(doodles)


@given(STROKES)
@example(np.float32([[0, 0, 1]]))
@example(np.float32([[3, 4, 0]]))
@example(np.zeros((LONGEST, 3), np.float32))
@example(np.float32([[0, 0, 1]] * LONGEST))
@example(np.float32([[255, 0, 0], [-255, 0, 0], [0, 255, 0], [255, 0, 1]]))
def test_any_strokes_have_the_graph_that_opencv_cuts(strokes):
    assert_same_graphs(cut([strokes], LONGEST), graphs.cut_graphs([strokes]), pixels=PIXELS)


def test_a_sketch_has_one_graph_in_any_unit_and_company(doodles):
    patches, weights = cut(doodles)
    alone, alone_weights = cut([doodles[3] * [0.125, 0.125, 1]])
    assert np.array_equal(alone[0], patches[3]) and np.array_equal(alone_weights[0], weights[3])


def test_a_sketch_without_points_has_an_empty_graph():
    patches, weights = cut([np.zeros((0, 3), np.float32)], LONGEST)
    expected, expected_weights = graphs.cut_graphs([np.zeros((0, 3))])
    assert np.array_equal(patches, expected) and np.array_equal(weights, expected_weights)
    assert not patches.any()


@pytest.mark.parametrize("rows", [[[np.nan, 0, 0]], [[0, np.inf, 1]], [[3e38, 0, 0], [3e38, 0, 1]]])
def test_what_is_not_finite_is_refused(rows):
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected finite strokes"):
        cut([np.float32(rows)])
