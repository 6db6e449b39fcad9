"""What a run shows in TensorBoard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams_plugin

from ia_pix2seq_tf.data.images import to_uint8
from ia_pix2seq_tf.data.pipeline import SketchData, in_turn, make_batch
from ia_pix2seq_tf.latent import living_components
from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.tf_errors import reason
from ia_pix2seq_tf.training.trainer import Trainer

SHOWN_SKETCHES = 8  # in TensorBoard
COLUMNS = 4  # of them: a sheet about as high as wide fills a card
PANEL_SIZE = 192  # pixels of a sketch in TensorBoard
GAP, BLOCK_GAP = 4, 16
SHOWN_SEED = 0


def latent_scalars(alpha: np.ndarray) -> dict[str, float]:
    """Living components, and the entropy in nats, of a latent mixture's weights `[k, 1]`, by tag."""
    weights = np.asarray(alpha, np.float64).ravel()
    entropy = -np.sum(weights * np.log(np.maximum(weights, np.finfo(np.float64).tiny)))
    return {
        "latent/living_components": len(living_components(weights)),
        "latent/alpha_entropy": entropy,
    }


class Reporter:
    """TensorBoard events under a log root; of several workers, written by the chief.

    The splits are runs: `train`, `valid` and `test`. So are the components of a latent mixture, `train/component_00`
    and so on: TensorBoard draws what has one tag in several runs, here `latent/alpha`, in one chart.
    """

    def __init__(self, trainer: Trainer, data: SketchData, log_root: Path, chief: bool):
        self.trainer, self.data, self.log_root = trainer, data, log_root
        self.components = [f"train/component_{k:02d}" for k in range(trainer.model.latent.k)]
        self.writers = {
            name: tf.summary.create_file_writer(str(log_root / name)) if chief else tf.summary.create_noop_writer()
            for name in ("train", "valid", "test", *self.components)
        }
        split = data.valid if len(data.valid) else data.train
        shown = in_turn(split.labels, SHOWN_SKETCHES)
        self.shown = make_batch(split, shown, data, fields=trainer.model.reads)
        self.originals = [split.strokes[i] for i in shown]

    def hparams(self, values: dict) -> None:
        """The hyperparameters: as a table for the HParams tab, and as text."""
        plain = {name: str(value) if isinstance(value, list) else value for name, value in values.items()}
        rows = ["| field | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in plain.items())]
        with self.writing("train"):
            hparams_plugin.hparams(plain)
            tf.summary.text("hparams", "\n".join(rows), step=0)

    def losses(self, split: str, scalars: dict[str, float]) -> None:
        """Scalars of a step or a validation; for training also those of a latent mixture."""
        if split == "train" and self.components:
            scalars = scalars | latent_scalars(self.trainer.model.latent_alpha)
            self._weights()
        with self.writing(split):
            for name, value in scalars.items():
                tf.summary.scalar(name if "/" in name else f"loss/{name}", value, step=self.trainer.step)

    def _weights(self) -> None:
        """The weight of each component."""
        for component, weight in zip(self.components, np.ravel(self.trainer.model.latent_alpha), strict=True):
            with self.writing(component):
                tf.summary.scalar("latent/alpha", weight, step=self.trainer.step)

    def mixture_starts(self) -> None:
        """A mark where the latent mixture starts, and the weights that it starts with."""
        self._weights()
        with self.writing("train"):
            text = f"The latent mixture starts from {self.trainer.hps.mixture_init} of the codes."
            tf.summary.text("latent/start", text, step=self.trainer.step)

    def sketches(self) -> None:
        """Originals, pixel reconstructions and generated sketches of the validation set, one above the other.

        Of the training set, if that is empty.

        There are originals where the model has an encoder, and pixels where it draws them and they count in the loss.
        """
        model = self.trainer.model
        codes = model.encode_batch(self.shown).mean
        rows = {}
        if model.encoder is not None:
            rows["original"] = [render(strokes, PANEL_SIZE) for strokes in self.originals]
        if model.pixel_decoder is not None and self.trainer.step < model.system.pixel_steps:
            pixels = tf.image.resize(model.decode_pixels(codes), (PANEL_SIZE, PANEL_SIZE), "nearest")[..., 0]
            rows["pixels"] = list(to_uint8(pixels.numpy()))
        rows["generated"] = [render(strokes, PANEL_SIZE) for strokes in model.generate(codes, seed=SHOWN_SEED)]
        with self.writing("valid"):
            tf.summary.image("_".join(rows), panel(list(rows.values()))[None, ..., None], step=self.trainer.step)

    def flush(self) -> None:
        for split, writer in self.writers.items():
            with self.writing(split):
                writer.flush()

    @contextmanager
    def writing(self, split: str) -> Iterator[None]:
        """Within the block summaries go to the events of a split; raises OSError if they cannot be written."""
        try:
            with self.writers[split].as_default():
                yield
        except tf.errors.OpError as error:
            raise OSError(f"{self.log_root / split}: cannot write events: {reason(error)}") from error


def panel(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Grey images of one size, `[PANEL_SIZE, PANEL_SIZE]` each, with gaps between them: uint8 `[height, width]`.

    The rows stand one above the other, `COLUMNS` wide; what is left of them follows below, in the same order.
    """
    size, count = PANEL_SIZE + GAP, len(rows[0])
    height = len(rows) * size + BLOCK_GAP
    sheet = np.full((-(-count // COLUMNS) * height - BLOCK_GAP, min(count, COLUMNS) * size), 200, np.uint8)
    for y, row in enumerate(rows):
        for i, image in enumerate(row):
            top, left = i // COLUMNS * height + y * size, i % COLUMNS * size
            sheet[top : top + PANEL_SIZE, left : left + PANEL_SIZE] = image
    return sheet
