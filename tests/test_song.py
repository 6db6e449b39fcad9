"""Song et al. as a whole model: whose codes draw what, what a step depends on, what is saved."""

import numpy as np
import pytest
import tensorflow as tf
from systems_table import tiny_model

from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.losses import normal_kl
from ia_pix2seq_tf.strokes import to_sequence
from ia_pix2seq_tf.systems import song
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.trainer import Trainer

BATCH, TIME = 3, 8
SEED = (3, 5)


@pytest.fixture(scope="module")
def model():
    return tiny_model("song")


@pytest.fixture(scope="module")
def batch():
    """Random images and strokes, of other sketches each."""
    rng = np.random.default_rng(2)
    strokes = np.float32(rng.normal(size=(BATCH, TIME - 2, 3)) * [1, 1, 0])
    sequences = np.stack([to_sequence(sketch, TIME) for sketch in strokes])
    return {"images": tf.constant(rng.uniform(-1, 1, (BATCH, 48, 48)), tf.float32), "sequences": tf.constant(sequences)}


def evaluated(model, batch) -> dict[str, float]:
    losses = model.compute_losses(**batch, training=False, seed=SEED)
    return {name: float(value) for name, value in losses.items()}


def test_evaluation_takes_the_means_of_four_codes_each_drawn_by_its_decoder(model, batch):
    found, images, sequences = evaluated(model, batch), batch["images"], batch["sequences"]
    of_images, of_strokes = model.encoder(images), model.companion(sequences)
    (p2s, p2p), (s2p, s2s) = (tf.split(mean, song.CODES, axis=1) for mean, _ in (of_images, of_strokes))
    for name, z in (("p2s_cost", p2s), ("s2s_cost", s2s)):
        expected = model.sequence_loss(z, sequences, model.chance(Batch(**batch), False, SEED).decoder, training=True)
        np.testing.assert_allclose(found[name], expected / model.hps.max_seq_len, rtol=1e-5)
    for name, z in (("p2p_cost", p2p), ("s2p_cost", s2p)):
        expected = tf.reduce_mean(tf.square(model.decode_pixels(z)[..., 0] - images))
        np.testing.assert_allclose(found[name], expected, rtol=1e-5)
    codes = [tf.split(values, song.CODES, axis=1) for values in (*of_images, *of_strokes)]
    kl = [normal_kl(*pair) for pairs in (codes[:2], codes[2:]) for pair in zip(*pairs, strict=True)]
    np.testing.assert_allclose(
        found["paths_kl"], sum(max(float(each), model.hps.kl_tolerance) for each in kl), rtol=1e-5
    )


def test_the_code_of_a_sketch_is_the_mean_of_the_path_from_image_to_strokes(model, batch):
    mean, sigma2 = model.encode(batch["images"])
    every_mean, every_sigma2 = model.encoder(batch["images"])
    np.testing.assert_array_equal(mean, every_mean[:, : model.z_size])
    np.testing.assert_array_equal(sigma2, every_sigma2[:, : model.z_size])


def test_in_training_every_path_has_noise_of_its_own_that_follows_from_the_seed(model, batch):
    noise = model.chance(Batch(**batch), True, SEED).noise.numpy()
    assert noise.shape == (BATCH, song.PATHS * model.z_size)
    assert len(np.unique(noise)) == noise.size
    np.testing.assert_array_equal(noise, model.chance(Batch(**batch), True, SEED).noise)
    assert not model.chance(Batch(**batch), False, SEED).noise.numpy().any()


def test_a_gradient_reaches_every_weight(model, batch):
    with tf.GradientTape() as tape:
        total = model.compute_losses(**batch, seed=SEED)["total_loss"]
    for weight, gradient in zip(model.trainable_weights, tape.gradient(total, model.trainable_weights), strict=True):
        assert gradient is not None and np.isfinite(gradient).all(), weight.path


def test_a_checkpoint_holds_the_heads_of_both_encoders(model, tmp_path):
    names = native.weights(model)
    for head in ("encoder/mean", "encoder/variance", "companion/mean", "companion/log_variance"):
        assert names[f"{head}/kernel"].shape[-1] == song.CODES * model.z_size


def test_a_step_compiled_in_parts_is_the_eager_one(batch):
    model, scalars = tiny_model("song"), {}
    before = [weight.numpy() for weight in model.weights]
    for compiles in (False, True):
        model.hps.jit_compile = compiles
        for weight, value in zip(model.weights, before, strict=True):
            weight.assign(value)
        trainer = Trainer(model)
        for _ in range(2):
            scalars[compiles] = trainer.train_step(batch["images"], batch["sequences"])
    model.hps.jit_compile = False
    for weight, value in zip(model.weights, before, strict=True):
        weight.assign(value)
    for name, value in scalars[False].items():
        np.testing.assert_allclose(scalars[True][name], value, rtol=1e-4, err_msg=name)
