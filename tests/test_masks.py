"""Irregular masks: their size, their chance, and what they erase."""

import cv2
import numpy as np
import pytest

from ia_pix2seq_tf.masks import erase, irregular_mask

SIZE = 48


def mask(share, seed=0, size=SIZE):
    return irregular_mask(size, share, np.random.default_rng(seed))


@pytest.mark.parametrize("share", (0, 0.003, 0.1, 0.3, 0.5, 0.9, 1))
def test_the_share_of_erased_pixels_is_met_to_the_pixel(share):
    assert mask(share).sum() == round(share * SIZE**2)


@pytest.mark.parametrize("size", (1, 2, 17, 96))
def test_images_of_any_size_have_masks(size):
    found = mask(0.5, size=size)
    assert found.shape == (size, size) and found.dtype == bool
    assert found.sum() == round(0.5 * size**2)


def test_a_seed_gives_its_mask_and_another_seed_another():
    assert np.array_equal(mask(0.3, 1), mask(0.3, 1))
    assert not np.array_equal(mask(0.3, 1), mask(0.3, 2))


def test_masks_are_a_few_connected_holes_and_not_dust():
    holes = [cv2.connectedComponents(mask(0.3, seed).astype(np.uint8))[0] - 1 for seed in range(20)]
    assert 1 < np.mean(holes) < 15


def test_masks_reach_every_part_of_the_image():
    share = np.mean([mask(0.3, seed) for seed in range(60)], axis=0)
    blocks = share.reshape(4, SIZE // 4, 4, SIZE // 4).mean(axis=(1, 3))
    assert blocks.min() > 0.1 and blocks.max() < 0.5


def test_erased_pixels_become_paper_and_others_stay():
    image = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE), np.uint8)
    hole = mask(0.4)
    erased = erase(image, hole)
    assert erased.dtype == np.uint8
    assert np.all(erased[hole] == 255) and np.array_equal(erased[~hole], image[~hole])


@pytest.mark.parametrize("share", (-0.1, 1.1, float("nan")))
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match=r"share of erased pixels in \[0, 1\]"):
        mask(share)
