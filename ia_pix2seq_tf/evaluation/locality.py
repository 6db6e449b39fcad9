"""Whether a change of a sketch stays local: what an encoder's features do where an edit does not reach.

    without_part    a sketch with one part left out, in the frame of the whole
    Movement        how far features of one layer move, over any number of sketches
    movements       the same of every layer of an encoder
    samples         features of one place of every layer, before and after

A feature at a place is unaffected where its receptive field holds no pixel that the edit changed.

Source: Cheng Zhihua, bachelor's thesis, USTC 2020, chapter 3, where sketches of a face that differ elsewhere were
compared at the corner of an eye. Differs from it: edits are made, and all places are looked at that no edit reaches.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from ia_pix2seq_tf.data.images import to_unit
from ia_pix2seq_tf.networks.receptive import Layer, reached_layers
from ia_pix2seq_tf.render import render_many
from ia_pix2seq_tf.strokes import Sketches, runs

BATCH = 64  # sketches: the features of one layer of as many take 19 MB
KEPT = 2 / 3  # of a sketch of one stroke


class Encoder(Protocol):
    """An encoder of convolutions; see `networks.CNNEncoder`."""

    windows: Sequence[Layer]

    def layer_outputs(self, images: tf.Tensor) -> Sequence[tf.Tensor]:
        """What each layer makes of images `[batch, width, width]` in [-1, 1]."""


def without_part(strokes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy of strokes `[n, 3]` that lacks one stroke, chosen at random; one of a single stroke, its last third.

    The pen still goes where it went, but lifted, so that the drawing keeps place and size when it is rendered.
    """
    edited = np.array(strokes)
    drawn = [(first, last) for first, last in runs(edited[:, 2]) if last > first]
    if not drawn:
        return edited
    first, last = drawn[rng.integers(len(drawn))]
    if len(drawn) == 1:
        first += int(KEPT * (last - first))
    edited[first : last + 1, 2] = 1
    return edited


class Edited(NamedTuple):
    """Sketches before and after an edit that changes a pixel of each.

    Attributes:
        sketch: index of each among those that were edited, integers `[n]`.
        before, after: images, uint8 `[n, width, width]`.
    """

    sketch: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def batches(self, title: str) -> Iterator["Edited"]:
        """The sketches, `BATCH` at a time, with a progress bar."""
        for first in tqdm(range(0, len(self.sketch), BATCH), desc=title, unit="batch", leave=False):
            yield Edited(*(array[first : first + BATCH] for array in self))


def edit(sketches: Sketches, width: int, seed: int) -> Edited:
    """Leaves a part out of every sketch and draws both; sketches in which no pixel changes are left out.

    Args:
        sketches: strokes `[n, 3]` each, in any unit.
        width: of the images, in pixels.
        seed: of the choice of the parts.
    """
    rng = np.random.default_rng(seed)
    before = render_many(sketches, width)
    after = render_many([without_part(strokes, rng) for strokes in sketches], width)
    changed = np.flatnonzero((before != after).any(axis=(1, 2)))
    return Edited(changed, before[changed], after[changed])


class Movement:
    """How far features of a layer move at unaffected places, in units of their own spread.

        moved = sqrt( Σ (after - before)² / Σ (before - mean)² )

    Both sums are over sketches, the unaffected places of each, and channels; `mean`, `[h, w, channels]`, is that of the
    features of all sketches before their edit.

    Attributes:
        places: how many unaffected places of sketches there are.
    """

    def __init__(self) -> None:
        self.places, self._moved, self._sketches = 0, 0.0, 0
        self._all = self._unaffected = self._sum = self._squares = np.zeros((1, 1, 1))

    def add(self, before: np.ndarray, after: np.ndarray, unaffected: np.ndarray) -> None:
        """Takes in a batch: features `[batch, h, w, channels]` twice, and bool `[batch, h, w]`."""
        before, after = np.asarray(before, np.float64), np.asarray(after, np.float64)
        weight = unaffected[..., np.newaxis]
        self.places += int(unaffected.sum())
        self._moved += float((np.square(after - before) * weight).sum())
        self._sketches += len(before)
        self._all = self._all + before.sum(axis=0)
        self._unaffected = self._unaffected + weight.sum(axis=0)
        self._sum = self._sum + (before * weight).sum(axis=0)
        self._squares = self._squares + (np.square(before) * weight).sum(axis=0)

    @property
    def spread(self) -> np.ndarray:
        """Squared deviations from the mean at each place, over sketches and channels: `[h, w]`."""
        mean = self._all / max(self._sketches, 1)
        return (self._squares - 2 * mean * self._sum + self._unaffected * mean**2).sum(axis=-1)

    @property
    def moved(self) -> float | None:
        """The ratio; None where every place is affected, or the features do not differ between sketches."""
        spread = float(self.spread.sum()) if self.places else 0.0
        return float(np.sqrt(self._moved / spread)) if spread > 0 else None


def movements(encoder: Encoder, edited: Edited) -> list[Movement]:
    """The movement of every layer of an encoder, over all edited sketches."""
    found = [Movement() for _ in encoder.windows]
    for batch in edited.batches("locality"):
        for movement, features in zip(found, _layers(encoder, batch), strict=True):
            movement.add(*features)
    return found


class Sample(NamedTuple):
    """Features at one place of a layer, of the sketches in which it is unaffected.

    Attributes:
        before, after: float32 `[n, channels]`.
        sketch: index of each, as in `Edited`.
    """

    before: np.ndarray
    after: np.ndarray
    sketch: np.ndarray


def samples(encoder: Encoder, edited: Edited, found: Sequence[Movement], most: int) -> list[Sample]:
    """Of every layer, the first `most` features at the place where unaffected ones vary most.

    Args:
        encoder, edited: as of `movements`.
        found: what that found.
        most: sketches, for each layer.
    """
    if not len(edited.sketch):
        return [Sample(np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32), edited.sketch) for _ in found]
    places = [np.unravel_index(movement.spread.argmax(), movement.spread.shape) for movement in found]
    parts: list[list[Sample]] = [[] for _ in found]
    for batch in edited.batches("places"):
        for part, (row, column), (before, after, unaffected) in zip(
            parts, places, _layers(encoder, batch), strict=True
        ):
            chosen = np.flatnonzero(unaffected[:, row, column])
            part.append(Sample(before[chosen, row, column], after[chosen, row, column], batch.sketch[chosen]))
    return [Sample(*(np.concatenate(arrays)[:most] for arrays in zip(*part, strict=True))) for part in parts]


def _layers(encoder: Encoder, batch: Edited) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Features of each layer before and after, and which places are unaffected; both in one batch size.

    TensorFlow rounds alike what it computes in batches of one size, so that equal pixels give equal features.
    """
    before, after = (encoder.layer_outputs(tf.constant(to_unit(images))) for images in (batch.before, batch.after))
    affected = reached_layers(batch.before != batch.after, encoder.windows)
    for one, other, mask in zip(before, after, affected, strict=True):
        yield one.numpy(), other.numpy(), ~mask
