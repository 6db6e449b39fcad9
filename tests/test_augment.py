"""Augmentation against the reference's recordings, and its one-by-one form against the one for batches."""

import numpy as np
import pytest
from reference import golden

from ia_pix2seq_tf.data.augment import (
    augment_images,
    drop_points,
    drop_points_batch,
    rescale,
    rotate,
    scale_strokes,
    translate,
)

RECORDED = golden("data")
FUNCTIONS = {"rescale": rescale, "rotate": rotate, "translate": translate}
CASES = [key for key in RECORDED if key.split("/")[0] in FUNCTIONS]

ONE_RUN = np.array([[i, 10 * i, 0] for i in range(1, 8)] + [[8, 80, 1]])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_images_equal_the_reference(case, dtype):
    name, arguments = case.split("/")
    arguments = [float(argument) for argument in arguments.split(",")]
    images = [FUNCTIONS[name](image, *arguments) for image in RECORDED["img"].astype(dtype)]
    assert images[0].dtype == dtype
    np.testing.assert_allclose(images, RECORDED[case], rtol=0, atol=1e-6)


def test_default_rescaling_puts_47_pixels_into_the_top_left_corner():
    result = rescale(np.full((48, 48), -1.0), 0.99)
    np.testing.assert_allclose(result[:47, :47], -1)
    assert (result[47] == 1).all() and (result[:, 47] == 1).all()


def test_images_without_augmentation_stay_as_they_are():
    images = RECORDED["img"]
    np.testing.assert_array_equal(augment_images(images, np.random.default_rng(0)), images)


@pytest.mark.parametrize(
    "augmentation",
    [{"scale_ratio": 0.1}, {"rotate_angle": 40}, {"translate_dist": 6}],
    ids=lambda a: next(iter(a)),
)
def test_each_image_augmentation_differs_between_images_and_keeps_the_input(augmentation):
    images = np.repeat(RECORDED["img"][:1], 4, axis=0).astype(np.float32)
    before = images.copy()
    result = augment_images(images, np.random.default_rng(0), **augmentation)
    np.testing.assert_array_equal(images, before)
    assert result.shape == images.shape and result.dtype == np.float32
    assert len(np.unique(result.reshape(4, -1), axis=0)) == 4


def test_same_generator_gives_the_same_images():
    augment = {"scale_ratio": 0.8, "rotate_angle": 20, "translate_dist": 3}
    first, second = (augment_images(RECORDED["img"], np.random.default_rng(7), **augment) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_strokes_are_scaled_by_one_factor_per_sketch_and_axis():
    lengths = np.array([3, 1, 400])
    points = np.ones((404, 3), np.float32)
    scaled = scale_strokes(points, lengths, np.random.default_rng(0), 0.1)
    assert scaled.dtype == np.float32
    assert (scaled[:, 2] == 1).all() and (points == 1).all()
    factors = np.unique(scaled[:, :2], axis=0)
    assert factors.shape == (3, 2) and len(np.unique(factors)) == 6
    assert (np.abs(factors - 1) <= 0.1).all()


def test_scale_factors_fill_their_range():
    scaled = scale_strokes(np.ones((9000, 3)), np.ones(9000, int), np.random.default_rng(0), 0.1)
    for axis in (0, 1):
        assert scaled[:, axis].min() == pytest.approx(0.9, abs=1e-3)
        assert scaled[:, axis].max() == pytest.approx(1.1, abs=1e-3)


def test_dropped_offsets_go_to_the_point_kept_before():
    kept = drop_points(ONE_RUN, 1.0, np.zeros(8))
    np.testing.assert_array_equal(kept, [[1, 10, 0], [2, 20, 0], [3 + 4 + 5 + 6 + 7, 250, 0], [8, 80, 1]])


def test_single_dropped_point_merges_into_its_predecessor():
    draws = np.ones(8)
    draws[5] = 0.09
    kept = drop_points(ONE_RUN, 0.1, draws)
    np.testing.assert_array_equal(kept[:, 0], [1, 2, 3, 4, 5 + 6, 7, 8])


def test_each_run_keeps_its_first_three_points_and_its_last():
    kept = drop_points(np.concatenate([ONE_RUN, ONE_RUN]), 1.0, np.zeros(16))
    np.testing.assert_array_equal(kept[4:], kept[:4])


def test_nothing_is_dropped_with_probability_zero():
    np.testing.assert_array_equal(drop_points(ONE_RUN, 0.0, np.zeros(8)), ONE_RUN)


def test_dropping_keeps_its_input():
    before = ONE_RUN.copy()
    drop_points(ONE_RUN, 1.0, np.zeros(8))
    np.testing.assert_array_equal(ONE_RUN, before)


@pytest.mark.parametrize("prob", [0.0, 0.1, 0.6, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_dropping_in_batches_equals_one_by_one(prob, seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 60, 20)
    pens = rng.random((lengths.sum(), 1)) < rng.choice([0.02, 0.2])
    points = np.hstack([rng.integers(-50, 50, (lengths.sum(), 2)), pens]).astype(np.float32)
    draws = rng.random(len(points))

    kept, kept_lengths = drop_points_batch(points, lengths, prob, draws)

    cuts = np.cumsum(lengths)[:-1]
    sketches = zip(np.split(points, cuts), np.split(draws, cuts), strict=True)
    expected = [drop_points(strokes, prob, uniforms) for strokes, uniforms in sketches]
    np.testing.assert_array_equal(kept_lengths, [len(strokes) for strokes in expected])
    np.testing.assert_array_equal(kept, np.concatenate(expected))
    assert kept.dtype == points.dtype
    assert (len(kept) < len(points)) == (prob > 0)
