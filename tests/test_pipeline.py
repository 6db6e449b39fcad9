"""From files to batches: labels, scale, augmentation, and the same batches from the same seed."""

import numpy as np
import pytest
import tensorflow as tf
from reference import SHARED, assert_close, golden

from ia_pix2seq_tf.data import DataError, Strokes, eval_batches, load_data, make_batch, train_batches
from ia_pix2seq_tf.data.demo import STYLES
from ia_pix2seq_tf.graphs import cut_graphs
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.render import render_many
from ia_pix2seq_tf.strokes import to_strokes

SPLITS = ("train", "valid", "test")
COUNTS = {"train": 21, "valid": 7, "test": 5}
PLAIN = "random_scale_factor=0,augment_stroke_prob=0,png_scale_ratio=1"


def drawing(rng):
    """Random strokes of 4 to 30 points."""
    points = rng.integers(-60, 60, (rng.integers(4, 31), 3))
    points[:, 2] = rng.random(len(points)) < 0.2
    points[-1, 2] = 1
    return points.astype(np.int16)


@pytest.fixture(scope="module")
def drawings():
    """All sketches of two categories, one of which has a space in its name."""
    rng = np.random.default_rng(0)
    return {
        category: {split: [drawing(rng) for _ in range(count)] for split, count in COUNTS.items()}
        for category in ("cat", "alarm clock")
    }


@pytest.fixture(scope="module")
def data_dir(drawings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for category, splits in drawings.items():
        arrays = {}
        for split, sketches in splits.items():
            arrays[split] = np.empty(len(sketches), object)
            arrays[split][:] = sketches
        np.savez(folder / f"{category}.npz", **arrays)
    return folder


def hparams(changes=""):
    return HParams().parse("categories=['alarm clock',cat],batch_size=8").parse(changes)


@pytest.fixture(scope="module")
def data(data_dir):
    return load_data(data_dir, hparams())


def epoch(data, hps, seed=(0,), start=0):
    """All batches of an epoch as arrays."""
    return list(train_batches(data, hps, seed, start).as_numpy_iterator())


def assert_same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


# Loading


def test_sketches_images_and_labels_belong_together_in_all_splits(data, drawings):
    assert data.categories == ("alarm clock", "cat")
    for name in SPLITS:
        split, expected = getattr(data, name), drawings["alarm clock"][name] + drawings["cat"][name]
        assert len(split) == len(split.strokes) == len(split.images) == 2 * COUNTS[name]
        np.testing.assert_array_equal(split.labels, np.repeat([0, 1], COUNTS[name]))
        np.testing.assert_array_equal(split.images, render_many(expected))
        for strokes, wanted in zip(split.strokes, expected, strict=True):
            np.testing.assert_array_equal(strokes, wanted)


def test_memory_holds_int16_strokes_and_uint8_images(data):
    assert data.train.strokes.points.dtype == np.int16
    assert data.train.images.dtype == np.uint8
    assert data.train.labels.dtype == np.int32


def test_scale_factor_is_the_deviation_of_the_training_offsets(data, drawings):
    offsets = np.concatenate([s[:, :2] for category in drawings.values() for s in category["train"]])
    assert data.scale_factor == pytest.approx(offsets.std(), rel=1e-6)


def test_a_scale_factor_of_the_model_goes_before_that_of_the_data(data_dir, data):
    scaled = load_data(data_dir, hparams("scale_factor=12.3"))
    assert scaled.scale_factor == np.float32(12.3) and type(scaled.scale_factor) is np.float32
    batches = [make_batch(of.test, np.arange(2), of)["sequences"][:, 1:, :2] for of in (data, scaled)]
    np.testing.assert_allclose(batches[0] * data.scale_factor, batches[1] * np.float32(12.3), rtol=1e-5)


def test_longest_sketch_of_all_splits_decides_the_length(data, drawings):
    lengths = [len(s) for category in drawings.values() for split in category.values() for s in split]
    assert data.max_seq_len == max(lengths)


def test_sketches_over_max_seq_len_are_left_out_of_every_split(data_dir, drawings):
    data = load_data(data_dir, hparams("max_seq_len=20"))
    assert data.max_seq_len == 20
    for name in SPLITS:
        split = getattr(data, name)
        expected = [s for category in ("alarm clock", "cat") for s in drawings[category][name] if len(s) <= 20]
        assert 0 < len(expected) < 2 * COUNTS[name]
        assert len(split) == len(split.labels) == len(expected)
        np.testing.assert_array_equal(split.images, render_many(expected))
    assert data.scale_factor == pytest.approx(data.train.strokes.points[:, :2].std(), rel=1e-6)


def test_max_seq_len_above_the_data_is_kept(data_dir):
    assert load_data(data_dir, hparams("max_seq_len=99")).max_seq_len == 99


def test_no_training_sketch_of_allowed_length_is_an_error(data_dir):
    with pytest.raises(DataError, match="no training sketch has at most max_seq_len=2 points"):
        load_data(data_dir, hparams("max_seq_len=2"))


def test_first_sketches_of_each_split_and_category_are_taken(data_dir, drawings):
    data = load_data(data_dir, hparams("num_per_category=6"))
    assert [len(getattr(data, name)) for name in SPLITS] == [12, 12, 10]
    np.testing.assert_array_equal(data.train.strokes[6], drawings["cat"]["train"][0])
    np.testing.assert_array_equal(data.train.images[6:], render_many(drawings["cat"]["train"][:6]))


def test_offsets_are_clamped_and_images_are_not(tmp_path):
    wide = np.array([[10, 10, 0], [4000, 0, 0], [0, 500, 1]], np.int16)
    array = np.stack([wide, wide])
    np.savez(tmp_path / "cat.npz", train=array, valid=array, test=array)
    data = load_data(tmp_path, HParams().parse("categories=[cat],batch_size=2"))
    np.testing.assert_array_equal(data.train.strokes[0], [[10, 10, 0], [1000, 0, 0], [0, 500, 1]])
    np.testing.assert_array_equal(data.train.images, render_many([wide, wide]))


def test_demo_needs_no_files_and_knows_its_styles():
    data = load_data("demo", HParams().parse("categories=[bus,cat],num_per_category=6,batch_size=4"))
    assert [len(getattr(data, name)) for name in SPLITS] == [12, 12, 12]
    for name in SPLITS:
        split = getattr(data, name)
        assert set(split.styles[split.labels == 0]) == set(STYLES["bus"])
        assert set(split.styles[split.labels == 1]) == set(STYLES["cat"])
        np.testing.assert_array_equal(split.images, render_many(split.strokes))


def test_unknown_demo_category_lists_those_there_are():
    with pytest.raises(ValueError, match="dragon.*bee.*giraffe"):
        load_data("demo", HParams().parse("categories=[dragon]"))


def test_styles_follow_their_sketches_when_long_ones_are_left_out():
    every = load_data("demo", HParams().parse("categories=[cat],num_per_category=30"))
    limit = int(np.median(every.train.strokes.lengths))
    short = load_data("demo", HParams().parse(f"categories=[cat],num_per_category=30,max_seq_len={limit}"))
    expected = every.train.styles[every.train.strokes.lengths <= limit]
    assert 0 < len(expected) < 30
    np.testing.assert_array_equal(short.train.styles, expected)


# Batches


def test_batch_holds_images_and_sequences_of_the_chosen_sketches(data):
    indices = np.array([30, 2, 17])
    batch = make_batch(data.train, indices, data)
    assert {name: (array.dtype.name, array.shape) for name, array in batch.items()} == {
        "images": ("float32", (3, 48, 48)),
        "sequences": ("float32", (3, data.max_seq_len + 1, 5)),
        "labels": ("int32", (3,)),
        "lengths": ("int32", (3,)),
    }
    assert (batch["images"].min(), batch["images"].max()) == (-1, 1)
    np.testing.assert_array_equal(batch["labels"], [1, 0, 0])
    for i, index in enumerate(indices):
        strokes = to_strokes(batch["sequences"][i, 1:]) * [data.scale_factor, data.scale_factor, 1]
        np.testing.assert_allclose(strokes, data.train.strokes[index], atol=1e-4)
        assert batch["lengths"][i] == len(strokes)
        np.testing.assert_allclose((batch["images"][i] + 1) * 127.5, data.train.images[index], atol=1e-4)


def test_epoch_visits_every_sketch_once_and_drops_the_partial_batch(data):
    hps = hparams(PLAIN)
    batches = epoch(data, hps)
    assert len(batches) == 42 // 8 == len(train_batches(data, hps, (0,)))
    images = np.concatenate([batch["images"] for batch in batches])
    originals = make_batch(data.train, np.arange(42), data)["images"].reshape(42, -1)
    found = [int(np.flatnonzero((originals == image.ravel()).all(axis=1))[0]) for image in images]
    assert len(set(found)) == 40
    assert found != sorted(found)


def test_same_seed_gives_the_same_batches(data):
    assert_same(epoch(data, hparams(), (3,)), epoch(data, hparams(), (3,)))


@pytest.mark.parametrize(("changes", "seed"), [("", (4,)), ("seed=77", (3,))])
def test_other_epoch_or_seed_gives_other_batches(data, changes, seed):
    first, second = epoch(data, hparams(), (3,)), epoch(data, hparams(changes), seed)
    assert not np.array_equal(first[0]["sequences"], second[0]["sequences"])


@pytest.mark.parametrize("start", [0, 2, 5])
def test_epoch_resumes_in_the_middle(data, start):
    assert_same(epoch(data, hparams(), start=start), epoch(data, hparams())[start:])


@pytest.mark.parametrize("start", [-1, 6])
def test_start_outside_the_epoch_is_refused(data, start):
    with pytest.raises(ValueError, match=f"batch of 0 to 5, found {start}"):
        train_batches(data, hparams(), (0,), start)


def test_each_batch_is_augmented_by_chance_of_its_own(data):
    batches, plain = epoch(data, hparams("augment_stroke_prob=0")), epoch(data, hparams(PLAIN))
    factors = set()
    for batch, original in zip(batches, plain, strict=True):
        np.testing.assert_array_equal(batch["labels"], original["labels"])
        widths = [np.abs(b["sequences"][0, :, 0]).sum() for b in (batch, original)]
        factors.add(round(float(widths[0] / widths[1]), 4))
    assert len(factors) == len(batches) and all(0.9 <= factor <= 1.1 for factor in factors)


def test_augmentation_rescales_images_and_shortens_sequences(data):
    augmented = epoch(data, hparams("augment_stroke_prob=0.9"))
    plain = epoch(data, hparams(PLAIN))
    for batch, original in zip(augmented, plain, strict=True):
        assert (batch["images"][:, 47] == 1).all() and (batch["images"][:, :, 47] == 1).all()
        assert batch["lengths"].sum() < original["lengths"].sum()
        ends = batch["sequences"][..., 4].argmax(axis=1)
        full = batch["lengths"] == data.max_seq_len
        np.testing.assert_array_equal(ends[~full], batch["lengths"][~full] + 1)


def test_strokes_are_augmented_without_their_images(data):
    hps = hparams("png_scale_ratio=1,augment_stroke_prob=0.5")
    batch = make_batch(data.train, np.arange(8), data, hps, np.random.default_rng(0))
    plain = make_batch(data.train, np.arange(8), data)
    np.testing.assert_array_equal(batch["images"], plain["images"])
    assert not np.array_equal(batch["sequences"], plain["sequences"])


def test_augmentation_needs_a_source_of_chance(data):
    with pytest.raises(ValueError, match="make_batch: augmentation needs an rng"):
        make_batch(data.train, np.arange(8), data, hparams())


def test_nothing_is_augmented_when_not_training(data):
    assert_same(epoch(data, hparams("is_training=False")), epoch(data, hparams(PLAIN)))


def test_too_few_sketches_for_a_batch_are_refused(data):
    with pytest.raises(ValueError, match="at least batch_size=64 training sketches, found 42 of alarm clock, cat"):
        train_batches(data, hparams("batch_size=64"), (0,))


def test_training_batches_have_static_shapes(data):
    spec = train_batches(data, hparams(), (0,)).element_spec
    assert spec["images"].shape == (8, 48, 48)
    assert spec["sequences"].shape == (8, data.max_seq_len + 1, 5)
    assert spec["labels"].shape == spec["lengths"].shape == (8,)


def test_evaluation_keeps_the_order_and_augments_nothing(data):
    batches = list(eval_batches(data.train, data, hparams()).as_numpy_iterator())
    assert len(batches) == 5
    expected = make_batch(data.train, np.arange(40), data)
    for name in ("images", "labels", "lengths"):
        np.testing.assert_array_equal(np.concatenate([batch[name] for batch in batches]), expected[name])
    for batch, whole in zip(batches, np.split(expected["sequences"], 5), strict=True):
        np.testing.assert_array_equal(batch["sequences"], whole[:, : batch["sequences"].shape[1]])


def test_evaluation_keeps_the_remainder_on_request(data):
    sizes = [len(b["labels"]) for b in eval_batches(data.train, data, hparams(), True).as_numpy_iterator()]
    assert sizes == [8] * 5 + [2]


@pytest.mark.parametrize("keep_remainder", [False, True])
def test_split_smaller_than_a_batch_is_one_batch(data, keep_remainder):
    batches = list(eval_batches(data.test, data, hparams("batch_size=16"), keep_remainder))
    assert [len(batch["labels"]) for batch in batches] == [10]


def test_empty_split_cannot_be_evaluated(data):
    empty = data.test.select(np.arange(0))
    assert isinstance(empty.strokes, Strokes)
    with pytest.raises(ValueError, match="found none"):
        eval_batches(empty, data, hparams())


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real drawings of ../shared")
def test_first_batch_equals_the_reference(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    recorded = golden("data")
    hps = HParams().parse("categories=[short_kanji],num_per_category=50,max_seq_len=90,batch_size=8")
    data = load_data(SHARED / "data" / "other", hps)
    batch = make_batch(data.train, np.arange(8), data)
    assert data.scale_factor == recorded["loader/seq_norm"]
    assert_close(batch["sequences"], recorded["loader/batch0_seqs"], 1e-6)
    assert_close(batch["images"], recorded["loader/batch0_pngs"], 1e-6)
    np.testing.assert_array_equal(batch["lengths"], recorded["loader/batch0_len"])


GRAPHS = ("sequences", "patches", "node_weights")


def strokes_of(batch: dict, i: int) -> np.ndarray:
    """The strokes of a sketch of a batch, as they are in its sequences."""
    return to_strokes(batch["sequences"][i, 1:])


def test_graphs_are_made_where_they_are_asked_for_and_nothing_else_changes(data):
    hps = hparams("graph_mask_prob=0.3")
    plain = next(train_batches(data, hps, (0,)).as_numpy_iterator())
    assert plain.keys() == {"images", "sequences", "labels", "lengths"}
    fields = ("images", *GRAPHS)
    graphs = train_batches(data, hps, (0,), fields=fields)
    batch = next(graphs.as_numpy_iterator())
    assert batch.keys() == plain.keys() | set(GRAPHS)
    for name in plain:
        np.testing.assert_array_equal(batch[name], plain[name])
    assert graphs.element_spec["patches"] == tf.TensorSpec([hps.batch_size, 21, 128, 128], tf.uint8)
    assert graphs.element_spec["node_weights"] == tf.TensorSpec([hps.batch_size, 21], tf.float32)


def test_graphs_are_of_the_strokes_as_augmented(data):
    hps = hparams("random_scale_factor=0.4,augment_stroke_prob=0.3")
    batch = next(train_batches(data, hps, (0,), fields=GRAPHS).as_numpy_iterator())
    expected = cut_graphs([strokes_of(batch, i) for i in range(hps.batch_size)])
    np.testing.assert_array_equal(batch["patches"], expected[0])
    np.testing.assert_array_equal(batch["node_weights"], expected[1])


def test_graphs_are_masked_in_training_only_and_alike_at_every_visit(data):
    hps = hparams("graph_mask_prob=0.5")
    plain, masked, again = (
        list(train_batches(data, h, (1,), start, GRAPHS).as_numpy_iterator())
        for h, start in ((hparams(), 0), (hps, 0), (hps, 1))
    )
    assert masked[1]["node_weights"][:, 0].sum() < 0.8 * plain[1]["node_weights"][:, 0].sum()
    np.testing.assert_array_equal(masked[1]["patches"], again[0]["patches"])
    np.testing.assert_array_equal(masked[1]["sequences"], plain[1]["sequences"])
    evaluated = next(eval_batches(data.test, data, hps, fields=GRAPHS).as_numpy_iterator())
    expected = cut_graphs(data.test.strokes.select(np.arange(len(evaluated["labels"]))))
    np.testing.assert_array_equal(evaluated["patches"], expected[0])
    np.testing.assert_array_equal(evaluated["node_weights"], expected[1])
