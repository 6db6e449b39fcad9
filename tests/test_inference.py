"""What models read: images, strokes or nothing, each made of what is known of a sketch."""

import numpy as np
import pytest
from stand_ins import StandIn

from ia_pix2seq_tf import inference
from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.data.images import to_unit
from ia_pix2seq_tf.graphs import cut_graphs
from ia_pix2seq_tf.inference import assign_all, encode_all, encode_drawings, padded_length, scale_of
from ia_pix2seq_tf.networks.sequence_encoder import SequenceEncoder
from ia_pix2seq_tf.render import render_many

RNG = np.random.default_rng(1)
LENGTHS = [3, 70, 1, 31, 32, 40, 5, 300]
SKETCHES = [np.column_stack([RNG.integers(-30, 30, (n, 2)), np.arange(n) == n - 1]).astype(np.int16) for n in LENGTHS]
SUMS = np.array([sketch[:, :2].sum(axis=0) for sketch in SKETCHES], float)


@pytest.fixture
def stroke_reader():
    return StandIn(("sequences",))


def test_codes_come_in_the_order_of_the_sketches_whatever_their_lengths(stroke_reader, monkeypatch):
    monkeypatch.setattr(inference, "BATCH", 3)
    mu, sigma2 = encode_all(stroke_reader, strokes=SKETCHES, scale_factor=10.0)
    np.testing.assert_allclose(mu[:, :2], SUMS / 10, atol=1e-4)
    assert mu.dtype == sigma2.dtype == np.float32 and np.all(sigma2 == 1)


def test_sketches_of_one_batch_are_about_equally_long_and_of_few_lengths(stroke_reader, monkeypatch):
    monkeypatch.setattr(inference, "BATCH", 3)
    encode_all(stroke_reader, strokes=SKETCHES)
    assert stroke_reader.shapes == [(3, 513, 5), (3, 65, 5), (2, 33, 5)]
    assert {padded_length(n) for n in range(251)} == {32, 64, 96, 128, 160, 192, 224, 256}


def test_long_sketches_make_smaller_batches(stroke_reader, monkeypatch):
    monkeypatch.setattr(inference, "MOST_ROWS", 1100)
    encode_all(stroke_reader, strokes=[SKETCHES[-1]] * 3)
    assert [shape[0] for shape in stroke_reader.shapes] == [2, 1]


def test_every_sketch_can_have_its_own_scale(stroke_reader):
    scales = np.linspace(1, 5, len(SKETCHES))
    mu, _ = encode_all(stroke_reader, strokes=SKETCHES, scale_factor=scales)
    np.testing.assert_allclose(mu[:, :2], SUMS / scales[:, None], rtol=1e-5, atol=1e-4)


def test_a_sequence_begins_with_the_start_token_and_ends_in_an_end_token(stroke_reader):
    stroke_reader.encode_in_graph = lambda sequences: (sequences[:, 0, :4], sequences[:, -1, 1:])
    first, last = encode_all(stroke_reader, strokes=SKETCHES)
    assert np.all(first == (0, 0, 1, 0)) and np.all(last == (0, 0, 0, 1))


def test_a_sketch_without_a_point_has_a_code(stroke_reader):
    mu, _ = encode_all(stroke_reader, strokes=[np.zeros((0, 3)), SKETCHES[0]])
    np.testing.assert_allclose(mu[0], 0)


def test_a_sketch_without_a_point_is_read_as_such():
    """Of no rows but the start token and end tokens, as `model.encode` has it, not of a point in its stead."""
    encoder = SequenceEncoder("lstm", units=4, z_size=2)
    encoder.build()
    encoder.mean.bias.assign([3.0, -2.0])
    reader = StandIn(("sequences",), z_size=2)
    reader.encode_in_graph = encoder
    mu, sigma2 = encode_all(reader, strokes=[SKETCHES[0], np.zeros((0, 3)), np.array([[0, 0, 1]])])
    np.testing.assert_array_equal(mu[1], [3, -2])
    np.testing.assert_array_equal(sigma2[1], 1)
    assert np.abs(mu[2] - mu[1]).min() > 0


def test_drawings_are_shown_to_models_of_images_and_told_to_models_of_strokes(stroke_reader):
    drawings = Strokes.from_list([np.float32(sketch) / np.float32([30, 30, 1]) for sketch in SKETCHES])
    np.testing.assert_allclose(encode_drawings(stroke_reader, drawings)[0][:, :2], SUMS / 30, atol=1e-4)
    images = to_unit(render_many(list(drawings)))
    expected = images.mean(axis=(1, 2))
    np.testing.assert_allclose(encode_drawings(StandIn(("images",)), drawings)[0][:, 0], expected, atol=1e-6)


def test_only_missing_images_are_drawn_and_models_may_read_both():
    white = np.full((48, 48), 255, np.uint8)
    both = StandIn(("images", "sequences"))
    mu, _ = encode_all(both, [white, None], SKETCHES[:2])
    drawn = to_unit(render_many(SKETCHES[1:2])).mean()
    np.testing.assert_allclose(mu[:, 0] - SUMS[:2, 0], [1, drawn], atol=1e-4)


def test_what_a_model_cannot_read_is_refused_by_name(stroke_reader):
    image = np.zeros((48, 48), np.uint8)
    with pytest.raises(ValueError, match=r"cat\.png: only an image, while this model reads strokes: give an \.svg"):
        encode_all(stroke_reader, [image], [None], names=["cat.png"])
    with pytest.raises(ValueError, match=r"long\.svg: expected at most 4,096 points, found 4,097"):
        encode_all(stroke_reader, strokes=[np.ones((4097, 3))], names=["long.svg"])
    with pytest.raises(ValueError, match="no encoder.*--mode=unconditional.*--mode=continue"):
        encode_all(StandIn(()), [image])


def test_codes_belong_to_no_component_where_there_are_none(stroke_reader):
    assert assign_all(stroke_reader, np.zeros((2, 4))).tolist() == [-1, -1]


def test_the_scale_of_the_model_comes_before_that_of_the_data():
    assert scale_of(StandIn((), scale_factor=40.0), 30.0) == (40.0, "model")
    assert scale_of(StandIn(()), 30.0) == (30.0, "data")
    assert scale_of(StandIn(())) == (35.0, "default")


GRAPH = ("patches", "node_weights")


def graph_reader(reads: tuple[str, ...] = GRAPH) -> StandIn:
    """A model whose codes are sums of what it reads of graphs; `shapes` has those of its inputs."""
    reader = StandIn(reads)

    def encode(*inputs):
        reader.shapes += [np.shape(value) for value in inputs]
        read = dict(zip(reads, inputs, strict=True))
        ink = read["patches"].sum(axis=(2, 3), dtype=np.float32)
        return ink[:, :4] / 255, np.asarray(read["node_weights"])[:, :4]

    reader.encode = encode
    return reader


def test_graphs_are_cut_for_models_that_read_them():
    patches, weights = cut_graphs(SKETCHES)
    mu, sigma2 = encode_all(graph_reader(), strokes=SKETCHES, scale_factor=35.0)
    np.testing.assert_allclose(mu, patches.sum(axis=(2, 3), dtype=np.float32)[:, :4] / 255)
    np.testing.assert_array_equal(sigma2, weights[:, :4])


def test_drawings_in_model_units_have_the_graphs_of_the_data():
    drawings = [np.float32(sketch) / np.float32([34.5, 34.5, 1]) for sketch in SKETCHES]
    for codes, expected in zip(
        encode_drawings(graph_reader(), drawings), encode_all(graph_reader(), strokes=SKETCHES), strict=True
    ):
        np.testing.assert_array_equal(codes, expected)


def test_a_graph_is_cut_once_for_all_that_is_read_of_it_in_any_order(monkeypatch):
    calls = []
    monkeypatch.setattr(inference, "cut_graphs", lambda strokes: calls.append(len(strokes)) or cut_graphs(strokes))
    expected = encode_all(graph_reader(), strokes=SKETCHES)
    turned = encode_all(graph_reader(("node_weights", "images", "patches")), strokes=SKETCHES)
    assert calls == [len(SKETCHES)] * 2
    np.testing.assert_array_equal(turned, expected)


def test_batches_of_graphs_are_bounded(monkeypatch):
    monkeypatch.setattr(inference, "GRAPH_BATCH", 3)
    reader = graph_reader()
    encode_all(reader, strokes=SKETCHES)
    assert [shape[0] for shape in reader.shapes] == [3, 3, 3, 3, 2, 2]


def test_what_has_no_graph_is_refused_by_name():
    image = np.zeros((48, 48), np.uint8)
    with pytest.raises(ValueError, match=r"cat\.png: only an image, while this model reads strokes: give an \.svg"):
        encode_all(graph_reader(), [image], [None], names=["cat.png"])
    with pytest.raises(ValueError, match=r"long\.svg: expected at most 4,096 points, found 4,097"):
        encode_all(graph_reader(), strokes=[np.ones((4097, 3))], names=["long.svg"])
    with pytest.raises(ValueError, match=r"bad\.npz: expected finite strokes"):
        encode_all(graph_reader(), strokes=[SKETCHES[0], np.full((2, 3), np.nan)], names=["good.npz", "bad.npz"])


def test_a_sketch_without_a_point_has_a_graph():
    mu, sigma2 = encode_all(graph_reader(), strokes=[np.zeros((0, 3)), SKETCHES[0]])
    assert not mu[0].any() and sigma2[0].tolist() == [0.5, 0, 0, 0]
