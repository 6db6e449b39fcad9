"""Batches cut to their longest sketch: equal losses in evaluation, the stated difference in training, few shapes."""

import logging

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.data.pipeline import (
    CUT_LENGTHS,
    cut,
    cut_length,
    eval_batches,
    load_data,
    make_batch,
    train_batches,
)
from ia_pix2seq_tf.strokes import to_sequences
from ia_pix2seq_tf.training.trainer import Trainer

MAX_SEQ_LEN, LENGTHS = 24, (3, 8, 5)
SMALL = "categories=[bus,flower],dec_model=layer_norm,dec_rnn_size=8,z_size=4,num_mixture=2,num_sub=1,batch_size=3"
NO_DROPOUT = "use_recurrent_dropout=False"


def small_model(changes="") -> IAPix2Seq:
    return IAPix2Seq(HParams().parse(SMALL).parse(changes))


@pytest.fixture
def batch():
    """Three sketches of up to 8 points in 24 time steps."""
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.normal(size=(sum(LENGTHS), 2)), rng.random(sum(LENGTHS)) < 0.3])
    lengths = np.array(LENGTHS, np.int32)
    images = rng.uniform(-1, 1, (len(LENGTHS), 48, 48)).astype(np.float32)
    return {"images": images, "sequences": to_sequences(points, lengths, MAX_SEQ_LEN), "lengths": lengths}


def terms(model, batch, training):
    eps = np.random.default_rng(6).normal(size=(len(LENGTHS), 4)).astype(np.float32)
    return model.compute_losses(batch["images"], batch["sequences"], eps, training=training)


@pytest.mark.parametrize("max_seq_len", (1, 7, 8, 24, 90, 250))
def test_there_are_few_lengths_with_room_for_the_sketch_and_its_end(max_seq_len):
    lengths = {longest: cut_length(longest, max_seq_len) for longest in range(1, max_seq_len + 1)}
    assert all(min(longest + 1, max_seq_len) <= time <= max_seq_len for longest, time in lengths.items())
    assert len(set(lengths.values())) <= CUT_LENGTHS
    assert max(time - longest for longest, time in lengths.items()) <= -(-max_seq_len // CUT_LENGTHS)


@pytest.mark.parametrize("system", ("ia", "rpcl"))
def test_in_evaluation_a_cut_batch_has_the_same_losses(system, batch):
    model, shorter = small_model(f"system={system}"), cut(batch, MAX_SEQ_LEN)
    assert shorter["sequences"].shape == (3, 9 + 1, 5)
    expected, found = terms(model, batch, training=False), terms(model, shorter, training=False)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, err_msg=name)


def test_in_training_exactly_the_pen_after_the_cut_is_missing(batch):
    model, shorter = small_model(NO_DROPOUT), cut(batch, MAX_SEQ_LEN)
    whole, found = terms(model, batch, training=True), terms(model, shorter, training=True)
    z = model.reparameterize(*model.encode(batch["images"]), np.random.default_rng(6).normal(size=(3, 4)))
    pen = model.decode(z, batch["sequences"][:, :-1])[..., :3]
    end = batch["sequences"][:, 1:, 2:]
    cross_entropy = tf.nn.softmax_cross_entropy_with_logits(end, pen).numpy()[:, shorter["sequences"].shape[1] - 1 :]
    assert cross_entropy.shape == (3, 24 - 9) and cross_entropy.min() > 0.1
    missing = cross_entropy.sum(axis=1).mean()
    np.testing.assert_allclose(whole["lil_loss"] - found["lil_loss"], missing, rtol=1e-5)
    for name in whole.keys() - {"lil_loss", "total_loss"}:
        np.testing.assert_array_equal(found[name], whole[name], err_msg=name)


@pytest.fixture(scope="module")
def data():
    return load_data("demo", HParams().parse(SMALL).parse("num_per_category=40"))


def test_bucket_cuts_training_batches_and_changes_nothing_else(data):
    hps = HParams().parse(SMALL)
    whole = list(train_batches(data, hps, (0,)).as_numpy_iterator())
    short = list(train_batches(data, hps.parse("bucket=True"), (0,)).as_numpy_iterator())
    assert {len(b["sequences"][0]) for b in whole} == {data.max_seq_len + 1}
    assert 2 <= len({len(b["sequences"][0]) for b in short}) <= CUT_LENGTHS
    for batch, expected in zip(short, whole, strict=True):
        time = batch["sequences"].shape[1]
        assert time == 1 + cut_length(batch["lengths"].max(), data.max_seq_len)
        np.testing.assert_array_equal(batch["sequences"], expected["sequences"][:, :time])
        assert (expected["sequences"][:, time:, 4] == 1).all()
        for name in ("images", "labels", "lengths"):
            np.testing.assert_array_equal(batch[name], expected[name])


def test_evaluation_batches_are_cut(data):
    batches = list(eval_batches(data.valid, data, HParams().parse(SMALL)).as_numpy_iterator())
    assert min(len(b["sequences"][0]) for b in batches) < data.max_seq_len + 1
    for index, batch in enumerate(batches):
        expected = make_batch(data.valid, np.arange(3 * index, 3 * index + 3), data)["sequences"]
        time = batch["sequences"].shape[1]
        np.testing.assert_array_equal(batch["sequences"], expected[:, :time])
        assert (expected[:, time:, 4] == 1).all()


def test_the_step_is_compiled_once_per_shape_and_says_how_long_it_took(batch, caplog):
    trainer, shorter = Trainer(small_model("jit_compile=False")), cut(batch, MAX_SEQ_LEN)
    with caplog.at_level(logging.INFO, logger="ia_pix2seq_tf"):
        for each in (batch, batch, shorter, batch, shorter):
            trainer.train_step(tf.constant(each["images"]), tf.constant(each["sequences"]))
    assert trainer.step == 5 and trainer.compilations == 2
    messages = [m for m in caplog.messages if "compiled in" in m]
    assert len(messages) == 2
    assert "for 3 × 24 points compiled in" in messages[0] and "for 3 × 9 points compiled in" in messages[1]
