"""From drawings on disk to batches: `load_data`, then `train_batches` and `eval_batches`.

In memory everything stays as small as it was drawn: strokes as int16, images as uint8. Conversion, scaling,
augmentation and cutting of graphs happen batch by batch, while the model works on the batch before. Every batch
is a pure function of the seed, the epoch and its index: a run that resumes at batch 17 sees what it would have
seen.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.data.augment import augment_images, drop_points_batch, scale_strokes
from ia_pix2seq_tf.data.demo import load_demo
from ia_pix2seq_tf.data.files import DEMO, SPLITS, DataError, Strokes, load_category
from ia_pix2seq_tf.data.images import category_images, render_splits, to_unit
from ia_pix2seq_tf.graphs import NODES, PATCH, cut_graphs
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.strokes import clamp_offsets, scale_factor, to_sequences

logger = logging.getLogger(__name__)

DEMO_TRAIN_LIMIT, DEMO_EVAL_LIMIT = 10_000, 100
"""Doodles drawn per category at most, for training and for each of validation and test."""

CUT_LENGTHS = 8
"""Different lengths to which batches are cut at most: each is compiled. Eight save most of what one per batch would."""

_SHUFFLE = 2**32 - 1
"""Keeps the stream that shuffles an epoch apart from those of its batches, which end in their index."""

Batch = dict[str, np.ndarray]
DRAWN = ("images", "sequences")  # what a batch holds beside its labels and lengths unless something else is asked for
GRAPH = ("patches", "node_weights")  # the graphs of its strokes, see `graphs.py`
FIELDS = (*DRAWN, *GRAPH)  # what a batch may hold beside its labels and lengths
GRAPH_BATCHES = 4
"""Batches with graphs that are made or wait at a time: one of 400 sketches has 138 MB. One more is ready."""


@dataclass(frozen=True)
class Split:
    """Sketches in memory, all categories in one, in their order.

    Attributes:
        strokes: n sketches, int16, offsets clamped to +-1000.
        images: uint8 `[n, size, size]`, 255 is white.
        labels: int32 `[n]`, the index of each sketch's category.
        styles: strings `[n]` for the demo doodles, otherwise None.
    """

    strokes: Strokes
    images: np.ndarray
    labels: np.ndarray
    styles: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: np.ndarray) -> "Split":
        """A copy of the sketches at `indices`, in that order."""
        styles = None if self.styles is None else self.styles[indices]
        return Split(self.strokes.select(indices), self.images[indices], self.labels[indices], styles)

    def sample(self, most: int, seed: int | Sequence[int]) -> "Split":
        """At most `most` of the sketches, chosen at random, in their order; a copy."""
        chosen = np.random.default_rng(seed).permutation(len(self))[:most]
        return self.select(np.sort(chosen))


@dataclass(frozen=True)
class SketchData:
    """All sketches of a run.

    Attributes:
        train, valid, test: the splits.
        categories: names; labels index them.
        scale_factor: units of the data per model unit, by which sequences are divided.
        max_seq_len: time steps of every sequence, without the start token.
    """

    train: Split
    valid: Split
    test: Split
    categories: tuple[str, ...]
    scale_factor: np.float32
    max_seq_len: int


def load_data(data_dir: str | os.PathLike, hps: HParams) -> SketchData:
    """Loads the categories of `hps`, of each split the first `hps.num_per_category` sketches.

    Where `hps.max_seq_len` is positive, it is the number of time steps, and longer sketches are left out of
    every split; else the longest sketch of all splits decides. Where `hps.scale_factor` is positive, it is the scale;
    else the standard deviation of all training offsets is.

    Args:
        data_dir: directory of `<category>.npz` files, or "demo" for the built-in doodles.
        hps: uses categories, num_per_category, max_seq_len, scale_factor and png_width.

    Raises:
        FileNotFoundError: if a category has no file.
        DataError: if a file cannot be used, or no training sketch is short enough.
        ValueError: for a category that the demo does not have.

    Source: the reference's `load_data`. Differs from the reference: labels are right in all splits (there,
    all of validation and test are of class 0), and a sketch that is left out takes its image with it.
    """
    parts = [_load_part(data_dir, label, hps) for label in range(len(hps.categories))]
    splits = {name: _join([part.pop(name) for part in parts]) for name in SPLITS}
    if hps.max_seq_len > 0:
        splits = {name: _without_long(split, name, hps.max_seq_len) for name, split in splits.items()}
    train = splits["train"]
    if not len(train):
        raise DataError(
            f"{data_dir}: no training sketch has at most max_seq_len={hps.max_seq_len} points: choose a larger one, or "
            "simplify the drawings"
        )
    longest = max(int(split.strokes.lengths.max(initial=0)) for split in splits.values())
    data = SketchData(
        **splits,
        categories=tuple(hps.categories),
        scale_factor=np.float32(hps.scale_factor) if hps.scale_factor else scale_factor([train.strokes.points]),
        max_seq_len=hps.max_seq_len if hps.max_seq_len > 0 else longest,
    )
    logger.info("Loaded %d training sketches of at most %d points", len(train), data.max_seq_len)
    return data


def train_batches(
    data: SketchData, hps: HParams, epoch_seed: Sequence[int], start: int = 0, fields: Sequence[str] = DRAWN
) -> tf.data.Dataset:
    """One epoch of training: a shuffled, augmented pass; the last partial batch is dropped.

    Args:
        data: the sketches.
        hps: uses seed, batch_size, png_width, bucket, is_training (whether to augment and to mask), the augmentations
            and graph_mask_prob.
        epoch_seed: integers from 0 that tell epochs apart, such as `(epoch,)`.
        start: index of the first batch, to resume in the middle of an epoch.
        fields: of `FIELDS`, those to make; the others are not in the batches.

    Returns:
        A dataset of dicts: "images" float32 `[batch, size, size]` in [-1, 1], "sequences" float32
        `[batch, time + 1, 5]`, "labels" int32 `[batch]` and "lengths" int32 `[batch]` (points, without the
        start token); with `fields` of `GRAPH` also "patches" uint8 `[batch, 21, 128, 128]` and "node_weights" float32
        `[batch, 21]`, cut from the strokes as augmented. It has `n // batch_size - start` elements. Time is
        `data.max_seq_len` in all of them; with `hps.bucket` it is each batch's own `cut_length`. Differs from the
        reference then: the loss of a batch lacks the pen's cross-entropy of the end tokens after the cut, the only
        terms that it has there. One end token per sketch stays in any case (but for those of `max_seq_len` points,
        which never have one).

    Raises:
        ValueError: if there are fewer training sketches than one batch, or `start` lies beyond the epoch.
    """
    count = num_train_batches(data, hps)
    if not 0 <= start <= count:
        raise ValueError(f"expected to start at a batch of 0 to {count}, found {start}")
    order = np.random.default_rng([hps.seed, *epoch_seed, _SHUFFLE]).permutation(len(data.train))

    def load(index: int) -> Batch:
        rng = np.random.default_rng([hps.seed, *epoch_seed, index])
        indices = order[index * hps.batch_size : (index + 1) * hps.batch_size]
        batch = make_batch(data.train, indices, data, hps if hps.is_training else None, rng, fields)
        return cut(batch, data.max_seq_len) if hps.bucket else batch

    time = None if hps.bucket else data.max_seq_len
    return _dataset(load, range(start, count), hps.batch_size, time, data, fields)


def num_train_batches(data: SketchData, hps: HParams) -> int:
    """The number of batches in one epoch; raises ValueError if there is not even one."""
    if len(data.train) < hps.batch_size:
        raise ValueError(
            f"expected at least batch_size={hps.batch_size} training sketches, found {len(data.train)} of "
            f"{', '.join(data.categories)} in 'train': choose a batch_size of at most {len(data.train)}, as by "
            f"--hparams=batch_size={len(data.train)}, or more sketches"
        )
    return len(data.train) // hps.batch_size


def eval_batches(
    split: Split, data: SketchData, hps: HParams, keep_remainder: bool = False, fields: Sequence[str] = DRAWN
) -> tf.data.Dataset:
    """A pass over a split in order, without augmentation.

    Args:
        split: of `data`.
        data: gives scale and length of the sequences.
        hps: uses batch_size and png_width.
        keep_remainder: end with a smaller batch rather than drop the sketches that do not fill one.
        fields: as of `train_batches`.

    Returns:
        A dataset as of `train_batches` with `hps.bucket`: nothing after the end of a sketch counts in evaluation,
        so that the cut saves time and changes no value. With `keep_remainder` its static batch dimension is None.
        Differs from the reference: a split smaller than a batch is one batch of its own size, not none at all.

    Raises:
        ValueError: if the split is empty.
    """
    if not len(split):
        raise ValueError(f"expected sketches of {', '.join(data.categories)} in this split, found none")
    size = min(hps.batch_size, len(split))
    count = -(-len(split) // size) if keep_remainder else len(split) // size

    def load(index: int) -> Batch:
        indices = np.arange(len(split))[index * size : (index + 1) * size]
        return cut(make_batch(split, indices, data, fields=fields), data.max_seq_len)

    return _dataset(load, range(count), None if keep_remainder else size, None, data, fields)


def in_turn(labels: np.ndarray, most: int) -> np.ndarray:
    """Indices of at most `most` labels, taken in turn from the different ones, in their order."""
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    depth = max(map(len, groups), default=0)
    turns = [group[i] for i in range(depth) for group in groups if i < len(group)]
    return np.sort(np.array(turns[:most], int))


def make_batch(
    split: Split,
    indices: np.ndarray,
    data: SketchData,
    augmentation: HParams | None = None,
    rng: np.random.Generator | None = None,
    fields: Sequence[str] = DRAWN,
) -> Batch:
    """Makes one batch, in NumPy: a dict of arrays as of `train_batches`.

    Args:
        split: where the sketches are.
        indices: integers `[batch]`.
        data: gives scale and length of the sequences.
        augmentation: the hparams to augment by; None for none. Images and strokes are augmented
            independently, so that an image shows the whole drawing and its sequence may not.
        rng: source of chance, where there is augmentation.
        fields: as of `train_batches`.
    """
    if augmentation is not None and rng is None:
        raise ValueError("make_batch: augmentation needs an rng")
    images = {"images": _images(split, indices, augmentation, rng)} if "images" in fields else {}
    points, lengths = _points(split, indices, data, augmentation, rng)
    return {
        **images,
        "sequences": to_sequences(points, lengths, data.max_seq_len),
        "labels": split.labels[indices],
        "lengths": lengths.astype(np.int32),
        **(_graphs(points, lengths, augmentation, rng) if set(GRAPH) & set(fields) else {}),
    }


def _images(
    split: Split, indices: np.ndarray, augmentation: HParams | None, rng: np.random.Generator | None
) -> np.ndarray:
    """Images in [-1, 1], augmented if asked for."""
    images = to_unit(split.images[indices])
    if augmentation is None or rng is None:
        return images
    hps = augmentation
    return augment_images(images, rng, hps.png_scale_ratio, hps.png_rotate_angle, hps.png_translate_dist)


def _points(
    split: Split,
    indices: np.ndarray,
    data: SketchData,
    augmentation: HParams | None,
    rng: np.random.Generator | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Strokes in model units, all points `[total, 3]`, and their lengths `[batch]`; augmented if asked for."""
    strokes = split.strokes.select(indices)
    points, lengths = strokes.points.astype(np.float32), strokes.lengths
    points[:, :2] /= data.scale_factor
    if augmentation is None or rng is None:
        return points, lengths
    points = scale_strokes(points, lengths, rng, augmentation.random_scale_factor)
    draws = rng.random(len(points))
    return drop_points_batch(points, lengths, augmentation.augment_stroke_prob, draws)


def _graphs(
    points: np.ndarray, lengths: np.ndarray, augmentation: HParams | None, rng: np.random.Generator | None
) -> dict[str, np.ndarray]:
    """The graphs of strokes, all points `[total, 3]`, masked if augmented; no field draws from `rng` after this one."""
    strokes = Strokes(points, np.concatenate([[0], np.cumsum(lengths)]))
    mask_prob = 0.0 if augmentation is None else augmentation.graph_mask_prob
    return dict(zip(GRAPH, cut_graphs(strokes, mask_prob, rng), strict=True))


def cut(batch: Batch, max_seq_len: int) -> Batch:
    """The batch with its sequences cut to `cut_length` time steps after the start token."""
    time = cut_length(int(batch["lengths"].max(initial=0)), max_seq_len)
    return {**batch, "sequences": batch["sequences"][:, : time + 1]}


def cut_length(longest: int, max_seq_len: int) -> int:
    """Time steps for sketches of at most `longest` points and an end token, one of few multiples.

    >>> [cut_length(longest, 250) for longest in (10, 31, 32, 100, 249, 250)]
    [32, 32, 64, 128, 250, 250]
    """
    unit = -(-max_seq_len // CUT_LENGTHS)
    return min(-(-(longest + 1) // unit) * unit, max_seq_len)


def _load_part(data_dir: str | os.PathLike, label: int, hps: HParams) -> dict[str, Split]:
    """Loads one category; images are made before offsets are clamped, as the reference's were."""
    category = hps.categories[label]
    styles: Mapping[str, np.ndarray | None] = dict.fromkeys(SPLITS)
    if str(data_dir) == DEMO:
        sketches, styles = _demo(category, hps.num_per_category)
        images = render_splits(category, sketches, hps.png_width)
    else:
        sketches = load_category(data_dir, category)
        images = category_images(data_dir, category, sketches, hps.png_width, hps.num_per_category)
    return {name: _split(sketches[name], images[name], label, styles[name], hps.num_per_category) for name in SPLITS}


def _demo(category: str, limit: int) -> tuple[dict[str, Strokes], dict[str, np.ndarray]]:
    """Draws doodles of one category; returns the strokes and the names of the styles of each split."""
    held_out = min(limit, DEMO_EVAL_LIMIT)
    doodles = load_demo(category, min(limit, DEMO_TRAIN_LIMIT), held_out, held_out)
    sketches = {name: Strokes.from_list(doodles[name][0]) for name in SPLITS}
    return sketches, {name: np.array(doodles[name][1]) for name in SPLITS}


def _split(strokes: Strokes, images: np.ndarray, label: int, styles: np.ndarray | None, limit: int) -> Split:
    """Puts the first `limit` sketches of one category together, with clamped offsets."""
    strokes = strokes.select(np.arange(len(strokes))[:limit])
    strokes = Strokes(clamp_offsets(strokes.points), strokes.offsets)
    return Split(strokes, images, np.full(len(strokes), label, np.int32), styles)


def _join(parts: list[Split]) -> Split:
    """Joins the categories of one split, and empties the list, so that no image is kept twice."""
    images = [part.images for part in parts]
    strokes = Strokes.concatenate([part.strokes for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    styles = None if parts[0].styles is None else np.concatenate([part.styles for part in parts])
    parts.clear()
    return Split(strokes, _moved_together(images), labels, styles)


def _moved_together(arrays: list[np.ndarray]) -> np.ndarray:
    """Concatenates arrays of one dtype; each leaves the list, and memory with it, when it is copied."""
    joined = np.empty((sum(map(len, arrays)), *arrays[0].shape[1:]), arrays[0].dtype)
    rest = joined
    while arrays:
        array = arrays.pop(0)
        rest[: len(array)] = array
        rest = rest[len(array) :]
    return joined


def _without_long(split: Split, name: str, max_seq_len: int) -> Split:
    """Leaves out the sketches of more than `max_seq_len` points."""
    short = np.flatnonzero(split.strokes.lengths <= max_seq_len)
    if len(short) == len(split):
        return split
    dropped = len(split) - len(short)
    logger.info("Left out %d of %d %s sketches: over %d points", dropped, len(split), name, max_seq_len)
    return split.select(short)


def _dataset(
    load: Callable[[int], Batch],
    indices: range,
    batch_size: int | None,
    time: int | None,
    data: SketchData,
    fields: Sequence[str],
) -> tf.data.Dataset:
    """A dataset of `load(index)`, computed ahead and in parallel, in order; None for sizes that change."""
    size, rows = data.train.images.shape[1], None if time is None else time + 1
    specs = {
        "images": tf.TensorSpec([batch_size, size, size], tf.float32),
        "sequences": tf.TensorSpec([batch_size, rows, 5], tf.float32),
        "labels": tf.TensorSpec([batch_size], tf.int32),
        "lengths": tf.TensorSpec([batch_size], tf.int32),
        "patches": tf.TensorSpec([batch_size, NODES, PATCH, PATCH], tf.uint8),
        "node_weights": tf.TensorSpec([batch_size, NODES], tf.float32),
    }
    specs = {name: spec for name, spec in specs.items() if name in fields or name not in FIELDS}

    def arrays(index: np.ndarray) -> list[np.ndarray]:
        batch = load(int(index))
        return [batch[name] for name in specs]

    def element(index: tf.Tensor) -> dict[str, tf.Tensor]:
        tensors = tf.numpy_function(arrays, [index], [spec.dtype for spec in specs.values()])
        pairs = zip(specs.items(), tensors, strict=True)
        return {name: tf.ensure_shape(tensor, spec.shape) for (name, spec), tensor in pairs}

    dataset = tf.data.Dataset.range(indices.start, indices.stop)
    calls, ready = (GRAPH_BATCHES, 1) if set(GRAPH) & set(fields) else (tf.data.AUTOTUNE, tf.data.AUTOTUNE)
    return dataset.map(element, num_parallel_calls=calls, deterministic=True).prefetch(ready)
