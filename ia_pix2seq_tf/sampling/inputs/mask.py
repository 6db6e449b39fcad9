"""A mask that a user gives: an image of what is to be erased."""

import cv2
import numpy as np

from ia_pix2seq_tf.sampling.inputs.images import read_pixels

LIGHT = 127  # above which grey a pixel erases, as in the paper's Fig. 7


def read_mask(path: str, size: int) -> np.ndarray:
    """The mask bool `[size, size]` of an image of any size, which erases where the image is light.

    Raises:
        InputError: naming the file, if it is no image that can be read; see `inputs.read_image`.
    """
    pixels = read_pixels(path)
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2).astype(np.uint8)
    return cv2.resize(grey, (size, size), interpolation=cv2.INTER_AREA) > LIGHT
