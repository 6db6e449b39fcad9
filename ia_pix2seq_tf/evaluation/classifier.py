"""The classifier that Rec asks whether a reconstruction is still of its category: a Sketch-a-Net.

Trained once for each data set, on the sketches that the models were trained on, and kept in the cache of the
data. Its accuracy on the real sketches that are measured is the ceiling of Rec. Real and generated strokes are drawn
alike, straight at 225 pixels and batch by batch, so that no more than one batch of images is ever in memory.
"""

import itertools
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from tqdm import tqdm

from ia_pix2seq_tf.data.cache import fingerprint, load_or_make
from ia_pix2seq_tf.data.files import DEMO, DataError
from ia_pix2seq_tf.data.npz import read_npz
from ia_pix2seq_tf.data.pipeline import SketchData, Split, in_turn
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.metrics import share_error
from ia_pix2seq_tf.render import RENDERER_VERSION, render_many
from ia_pix2seq_tf.strokes import Sketches

CLASSIFIER_VERSION = 1
"""Part of the name of every cached classifier: to be raised when its layers, inputs or training change."""

SIZE = 225
"""Side of the images in pixels: that of the network's paper, and the smallest that its layers leave anything of."""
MARGIN_SHARE = 1.5 / 48  # free border as a share of the side: that of the 48-pixel images, here 7 pixels
LINE_WIDTH = 3.0  # in pixels; thinner than the 4.7 of a 48-pixel image enlarged, so that narrow gaps stay open
BATCH_SIZE = 64  # sketches that are drawn and classified at a time
REPORT_KEY = "report"


def sketch_a_net(classes: int, size: int = SIZE, seed: int = 0) -> keras.Model:
    """The network, untrained: images `[batch, size, size, 1]`, ink 1 on 0, to logits `[batch, classes]`.

    Args:
        classes: number of categories.
        size: side of the images in pixels, at least 225.
        seed: of the initial weights and of dropout.

    Raises:
        ValueError: if `size` is too small.

    Source: Yu et al., "Sketch-a-Net that Beats Humans" (BMVC 2015), as the paper's Rec uses it.
    """
    if size < SIZE:
        raise ValueError(f"expected images of at least {SIZE} pixels a side, found {size}")
    model = keras.Sequential([keras.Input((size, size, 1)), *_layers(classes, seed)], name="sketch_a_net")
    model.jit_compile = False  # on CPU, oneDNN's convolutions are half as fast again as XLA's
    return model


def _layers(classes: int, seed: int) -> list[layers.Layer]:
    """The layers of the network, from the first convolution to the logits."""
    seeds = iter((np.random.SeedSequence(seed).generate_state(10) >> 1).tolist())

    def conv(number: int, filters: int, kernel: int, **kwargs) -> layers.Conv2D:
        initializer = keras.initializers.HeNormal(next(seeds))
        return layers.Conv2D(
            filters, kernel, activation="relu", kernel_initializer=initializer, name=f"conv_{number}", **kwargs
        )

    def pool(number: int) -> layers.MaxPooling2D:
        return layers.MaxPooling2D(3, strides=2, name=f"pool_{number}")

    return [
        conv(1, 64, 15, strides=3),
        pool(1),
        conv(2, 128, 5),
        pool(2),
        conv(3, 256, 3, padding="same"),
        conv(4, 256, 3, padding="same"),
        conv(5, 256, 3, padding="same"),
        pool(3),
        conv(6, 512, 7),
        layers.Dropout(0.5, seed=next(seeds), name="dropout_1"),
        conv(7, 512, 1),
        layers.Dropout(0.5, seed=next(seeds), name="dropout_2"),
        layers.Flatten(name="features"),
        layers.Dense(classes, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name="logits"),
    ]


def load_or_train(
    data: SketchData, data_dir: str | os.PathLike, settings: Settings | None = None
) -> tuple[keras.Model, dict]:
    """The classifier of a data set and its report, from the cache or trained now.

    Args:
        data: of `load_data`. The splits that it is trained by are part of the cached file's name: other sketches,
            another training.
        data_dir: whence they come: a directory, or "demo".
        settings: of the training, also part of the name.

    Returns:
        The model and the report of `train`. Nothing in a cached file is executed.

    Raises:
        ValueError: if there are no validation sketches.
    """
    settings = settings or Settings()
    name = f"classifier-{_fingerprint(data, settings)}.npz"
    return load_or_make(
        None if str(data_dir) == DEMO else data_dir,
        name,
        read=lambda path: load(path, len(data.categories)),
        make=lambda: train(data, settings),
        write=lambda path, trained: save(path, *trained),
    )


def train(data: SketchData, settings: Settings | None = None) -> tuple[keras.Model, dict]:
    """Trains a classifier on the training sketches; keeps the weights that are best on the validation sketches.

    Args:
        data: the sketches, labels and names of the categories.
        settings: of the training.

    Returns:
        The model with its best weights, and a report for JSON: "valid_accuracy"; "steps" and "epochs" trained,
        "best_step"; "train_n", "valid_n"; "seconds"; "settings".

    Raises:
        ValueError: if there are no validation sketches.
    """
    settings, started = settings or Settings(), time.perf_counter()
    if not len(data.valid):
        raise ValueError(f"the classifier needs valid sketches of {', '.join(data.categories)}, found none")
    model = sketch_a_net(len(data.categories), seed=settings.seed)
    progress = _fit(model, data, settings)
    report = {
        **progress,
        "train_n": len(data.train),
        "seconds": round(time.perf_counter() - started, 1),
        "settings": asdict(settings),
    }
    return model, report


def test(model: keras.Model, data: SketchData) -> dict:
    """The `accuracy_report` of a classifier on the test sketches; empty where there are none."""
    if not len(data.test):
        return {}
    predicted = classify(model, data.test.strokes, "testing the classifier")
    return accuracy_report(predicted, data.test.labels, data.categories)


def classify(model: keras.Model, sketches: Sketches, description: str = "classifying") -> np.ndarray:
    """The likeliest category of each sketch: int `[n]`.

    Args:
        model: of `load_or_train`.
        sketches: strokes `[points, 3]` each, in any unit; one without points is a white image.
        description: of the progress bar.

    Raises:
        ValueError: for strokes that cannot be drawn.
    """
    predicted = np.empty(len(sketches), int)
    with tqdm(total=len(sketches), desc=description, unit=" sketches", leave=False) as bar:
        for first in range(0, len(sketches), BATCH_SIZE):
            batch = [sketches[i] for i in range(first, min(first + BATCH_SIZE, len(sketches)))]
            logits = model.predict_on_batch(ink(batch, model.input_shape[1]))
            predicted[first : first + len(batch)] = logits.argmax(axis=1)
            bar.update(len(batch))
    return predicted


def ink(sketches: Sketches, size: int = SIZE) -> np.ndarray:
    """Sketches drawn for the network: float32 `[n, size, size, 1]`, ink 1 on 0."""
    images = render_many(sketches, size=size, margin=MARGIN_SHARE * size, line_width=LINE_WIDTH)
    return (255 - images[..., np.newaxis]) / np.float32(255)


def accuracy_report(predicted: np.ndarray, labels: np.ndarray, categories: Sequence[str]) -> dict:
    """Share of predictions that are right: "accuracy", "standard_error" (binomial), "n", and "per_category".

    Args:
        predicted, labels: integers `[n]`, n at least 1.
        categories: their names. One without sketches has the accuracy None.
    """
    right = predicted == labels
    accuracy, n = float(right.mean()), len(labels)
    groups = {name: right[labels == label] for label, name in enumerate(categories)}
    return {
        "accuracy": accuracy,
        "standard_error": share_error(accuracy, n),
        "n": n,
        "per_category": {
            name: {"accuracy": float(group.mean()) if len(group) else None, "n": len(group)}
            for name, group in groups.items()
        },
    }


def save(path: str | os.PathLike, model: keras.Model, report: Mapping) -> None:
    """Writes the weights by name and the report, as JSON, to one `.npz` file."""
    text = np.frombuffer(json.dumps(report).encode(), np.uint8)
    weights = {name: np.asarray(variable) for name, variable in _weights(model).items()}
    arrays: dict[str, Any] = {REPORT_KEY: text, **weights}
    np.savez(path, **arrays)


def load(path: Path, classes: int) -> tuple[keras.Model, dict]:
    """Reads what `save` wrote: builds the network and sets its weights; raises DataError if they do not fit."""
    model = sketch_a_net(classes)
    weights = _weights(model)
    arrays = read_npz(path, [REPORT_KEY, *weights])
    for name, variable in weights.items():
        array, shape = arrays[name], tuple(variable.shape)
        if array.dtype != np.float32 or array.shape != shape:
            found = f"{array.dtype} {list(array.shape)}"
            raise DataError(f"{path}: {name!r}: expected float32 {list(shape)}, found {found}")
        variable.assign(array)
    try:
        report = json.loads(arrays[REPORT_KEY].tobytes())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: {REPORT_KEY!r}: expected JSON, found {error}") from error
    if not isinstance(report, dict):
        raise DataError(f"{path}: {REPORT_KEY!r}: expected a JSON object, found a {type(report).__name__}")
    return model, report


def _fit(model: keras.Model, data: SketchData, settings: Settings) -> dict:
    """Trains until the last step or until patience is lost; leaves the best weights in the model."""
    total = settings.steps_for(len(data.train))
    valid = data.valid.select(in_turn(data.valid.labels, settings.max_valid))
    rate = keras.optimizers.schedules.PolynomialDecay(settings.learning_rate, total, end_learning_rate=0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=model.jit_compile)
    best = _Best()
    with tqdm(total=total, desc="training the classifier", unit="step", leave=False) as bar:
        for step, indices in enumerate(itertools.islice(_batches(len(data.train), settings), total), 1):
            images = ink(list(data.train.strokes.select(indices)))
            scalars = model.train_on_batch(images, data.train.labels[indices], return_dict=True)
            bar.set_postfix({**scalars, "valid": best.accuracy}, refresh=False)
            bar.update()
            if step % settings.validate_every == 0 or step == total:
                best.offer(_accuracy(model, valid), step, model)
                if best.is_final(settings.patience):
                    break
    model.set_weights(best.weights)
    return {
        "valid_accuracy": best.accuracy,
        "valid_n": len(valid),
        "best_step": best.step,
        "steps": step,
        "epochs": step * settings.batch_for(len(data.train)) / len(data.train),
    }


class _Best:
    """The best weights so far, and how many validations since have not been better."""

    def __init__(self) -> None:
        self.accuracy, self.step, self.stalls = 0.0, 0, 0
        self.weights: list[np.ndarray] | None = None

    def offer(self, accuracy: float, step: int, model: keras.Model) -> None:
        """Keeps the model's weights if they are better, or the first."""
        if self.weights is None or accuracy > self.accuracy:
            self.accuracy, self.step, self.stalls, self.weights = accuracy, step, 0, model.get_weights()
        else:
            self.stalls += 1

    def is_final(self, patience: int) -> bool:
        """Whether nothing better can come, or has come for too long."""
        return self.accuracy == 1 or self.stalls >= patience


def _batches(n: int, settings: Settings) -> Iterator[np.ndarray]:
    """Indices of whole batches, epoch after epoch, each in an order of its own."""
    size = settings.batch_for(n)
    for epoch in itertools.count():
        order = np.random.default_rng([settings.seed, epoch]).permutation(n)
        yield from order[: n - n % size].reshape(-1, size)


def _accuracy(model: keras.Model, split: Split) -> float:
    """Share of a split's sketches that are classified rightly."""
    return float((classify(model, split.strokes, "validating") == split.labels).mean())


def _weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Every weight by name, such as `conv_1.kernel`."""
    return {f"{layer.name}.{weight.name}": weight for layer in model.layers for weight in layer.weights}


def _fingerprint(data: SketchData, settings: Settings) -> str:
    """A name for all that a trained classifier and its report depend on."""
    splits = {"train": data.train, "valid": data.valid}
    heading = {
        "versions": [CLASSIFIER_VERSION, RENDERER_VERSION],
        "categories": data.categories,
        "labels": [zlib.crc32(split.labels.astype("<i4").tobytes()) for split in splits.values()],
        "settings": asdict(settings),
    }
    return fingerprint(json.dumps(heading), {name: split.strokes for name, split in splits.items()})
