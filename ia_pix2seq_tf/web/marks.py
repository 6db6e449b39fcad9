"""The map: test sketches with their codes, and the places of these in the plane."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ia_pix2seq_tf.evaluation.latent_map import tsne
from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sampling.originals import Original, encode_originals

logger = logging.getLogger(__name__)

FORMAT = 1
SEED = 0  # of the places
DIGITS = 4  # after the point, of the places: a tenth of a pixel


class Encoded(NamedTuple):
    """Sketches with what an encoder says of them.

    Attributes:
        originals: n test sketches.
        codes, sigma2: means and variances, float32 `[n, z_size]`.
    """

    originals: Sequence[Original]
    codes: np.ndarray
    sigma2: np.ndarray

    def select(self, indices: np.ndarray) -> "Encoded":
        """Those at `indices`."""
        return Encoded([self.originals[i] for i in indices], self.codes[indices], self.sigma2[indices])


def encode(model: IAPix2Seq, originals: Sequence[Original], scale_factor: float) -> Encoded:
    """Sketches with their codes; those that are no finite numbers, of a training gone wrong, are refused.

    Raises:
        ValueError: such codes.
    """
    logger.info("Encoding %d test sketches", len(originals))
    codes, sigma2 = encode_originals(model, originals, scale_factor)
    if not np.isfinite(codes).all():
        raise ValueError("the model's codes of test sketches are no finite numbers: its training has failed")
    return Encoded(originals, codes, sigma2)


def chosen(originals: Sequence[Original], most: int) -> np.ndarray:
    """Indices of at most so many sketches, from each category as many, the first of each: int `[n]`."""
    numbers = np.array([original.number for original in originals])
    return np.sort(np.argsort(numbers, kind="stable")[:most])


def places(codes: np.ndarray) -> np.ndarray:
    """Places of codes `[n, z_size]` in the unit square, `[n, 2]`, by t-SNE; equal codes lie in its middle."""
    with threadpool_limits(1):  # where others compute too, its threads wait for each other
        found = tsne(codes, SEED).astype(np.float64)
    low, high = found.min(axis=0), found.max(axis=0)
    extent = max(high - low)
    return 0.5 + (found - (low + high) / 2) / extent if extent > 0 else np.full(found.shape, 0.5)


def write(model: IAPix2Seq, encoded: Encoded, directory: Path) -> None:
    """Writes `map.json` and `codes.f32`, the codes as little-endian float32 `[n, z_size]`."""
    components = assign_all(model, encoded.codes, encoded.sigma2)
    rows = zip(encoded.originals, components, places(encoded.codes), strict=True)
    content = {
        "format": FORMAT,
        "count": len(encoded.originals),
        "z_size": model.z_size,
        "sketches": [_mark(original, int(component), place) for original, component, place in rows],
    }
    (directory / "map.json").write_text(json.dumps(content, separators=(",", ":")))
    (directory / "codes.f32").write_bytes(encoded.codes.astype("<f4").tobytes())


def _mark(original: Original, component: int, place: np.ndarray) -> dict:
    """A sketch on the map."""
    x, y = (round(float(value), DIGITS) for value in place)
    mark = {"category": original.label, "number": original.number, "component": component, "x": x, "y": y}
    return {**mark, "strokes": np.rint(np.asarray(original.strokes, np.float64)).astype(int).ravel().tolist()}
