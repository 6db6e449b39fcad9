"""What a model makes of many sketches or codes, a batch at a time."""

from collections.abc import Sequence

import numpy as np

from ia_pix2seq_tf.data.images import to_unit

BATCH = 256
"""Images that the encoder sees at a time."""


def encode_all(model, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Code means and variances, float32 `[n, z_size]` each, of images uint8 `[size, size]`."""
    parts = [np.zeros((2, 0, model.hps.z_size), np.float32)]
    for first in range(0, len(images), BATCH):
        parts.append(np.stack(model.encode(to_unit(np.stack(images[first : first + BATCH])))))
    mu, sigma2 = np.concatenate(parts, axis=1)
    return mu, sigma2


def assign_all(model, codes: np.ndarray, sigma2: np.ndarray | float = 0.0) -> np.ndarray:
    """The latent component of each code `[n, z_size]`, int64 `[n]`.

    Args:
        model: with latent components.
        codes: means of the encoder, or codes of any origin.
        sigma2: the encoder's variances `[n, z_size]`; 0 for codes that were not encoded.
    """
    variances = np.broadcast_to(np.asarray(sigma2, np.float32), codes.shape)
    return model.assign_components(codes, variances)["label"].numpy()
