"""What the measures are taken from, computed once and kept, so that an evaluation can be stopped at any time.

    STAGES/codes-KEY.npz            the encoder's view of the test sketches
    STAGES/training_codes-KEY.npz   the encoder's view of some training sketches
    STAGES/losses-KEY.npz           the loss terms on them
    STAGES/drawings-S-KEY.npz       what the decoder draws from their codes with seed S
    STAGES/redrawn-S-KEY.npz        the encoder's view of those drawings
    STAGES/restored-S-KEY.npz       what the decoder draws where parts of the sketches were erased, and so on

KEY stands for the content of checkpoint and test sketches, for the settings that matter and for this program's
version: files that do not belong are never read, and need not be deleted.
"""

import hashlib
import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

import ia_pix2seq_tf
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.catalogue import TERMS
from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.data.pipeline import SketchData, Split, eval_batches
from ia_pix2seq_tf.inference import assign_all, encode_all, encode_drawings
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.systems.parts import Batch

logger = logging.getLogger(__name__)

LOSS_SEED = TRAINING_SEED = 0
MOST_TRAINING = 10_000

Arrays = dict[str, np.ndarray]


class Stages:
    """The stages of one evaluation.

    Args:
        model: the model.
        data: the sketches; those of `data.test` are used.
        folder: where the stages are kept.
        key: whatever tells this model and these sketches from others.
        temperature: of the drawings.
    """

    def __init__(self, model: IAPix2Seq, data: SketchData, folder: Path, key: str, temperature: float):
        self.model, self.data, self.folder, self.temperature = model, data, folder, temperature
        self.key = f"{key} {ia_pix2seq_tf.__version__}"

    def codes(self) -> Arrays:
        """Codes `mu`, `sigma2` `[n, z_size]` of the test sketches, and their `component` `[n]`, -1 where k is 0."""

        def compute() -> Arrays:
            test, scale = self.data.test, float(self.data.scale_factor)
            mu, sigma2 = encode_all(self.model, test.images, test.strokes, scale)
            return {"mu": mu, "sigma2": sigma2, "component": assign_all(self.model, mu, sigma2)}

        return self.kept("codes", compute)

    def training_codes(self) -> Arrays:
        """Codes `mu` `[m, z_size]` of at most `MOST_TRAINING` training sketches, and their `label` `[m]`."""

        def compute() -> Arrays:
            part, scale = self.data.train.sample(MOST_TRAINING, TRAINING_SEED), float(self.data.scale_factor)
            return {"mu": encode_all(self.model, part.images, part.strokes, scale)[0], "label": part.labels}

        return self.kept("training_codes", compute, sketches=split_digest(self.data.train))

    def losses(self) -> dict[str, float]:
        """Loss terms over all test sketches, without dropout and augmentation."""
        arrays = self.kept("losses", lambda: {k: np.array(v) for k, v in mean_losses(self.model, self.data).items()})
        return {name: float(value) for name, value in arrays.items()}

    def drawings(self, seed: int) -> Strokes:
        """Sketches drawn from the codes, one for each test sketch; float32, in model units."""
        return self.drawn(f"drawings-{seed}", lambda: self.codes()["mu"], seed)

    def redrawn_codes(self, seed: int) -> np.ndarray:
        """Codes `[n, z_size]` of the drawings, or of their images."""
        return self.encoded(f"redrawn-{seed}", lambda: self.drawings(seed))

    def drawn(self, name: str, codes: Callable[[], np.ndarray], seed: int, **settings) -> Strokes:
        """Sketches drawn from codes `[n, z_size]`; float32, in model units. Kept under a name."""

        def compute() -> Arrays:
            z = codes()
            sketches = self.model.generate_each(z, temperature=self.temperature, seed=seed)
            bar = tqdm(sketches, desc=f"drawing, seed {seed}", total=len(z), unit="sketch", leave=False)
            strokes = Strokes.from_list(list(bar))
            return {"points": strokes.points, "offsets": strokes.offsets}

        return Strokes(**self.kept(name, compute, temperature=self.temperature, **settings))

    def encoded(self, name: str, drawings: Callable[[], Strokes], **settings) -> np.ndarray:
        """Codes `[n, z_size]` of what the model has drawn. Kept under a name."""

        def compute() -> Arrays:
            return {"mu": encode_drawings(self.model, drawings())[0]}

        return self.kept(name, compute, temperature=self.temperature, **settings)["mu"]

    def kept(self, name: str, compute: Callable[[], Arrays], **settings) -> Arrays:
        """The arrays of a finished stage, or those of `compute`, which are then kept."""
        key = hashlib.sha256(f"{name} {self.key} {json.dumps(settings, sort_keys=True)}".encode()).hexdigest()[:16]
        path = self.folder / f"{name}-{key}.npz"
        if path.is_file():
            try:
                with np.load(path, allow_pickle=False) as stored:
                    return dict(stored)
            except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
                logger.warning("%s: damaged, computed anew: %s", path, error)
        arrays: dict[str, Any] = compute()
        with replacing(path) as partial:
            np.savez(partial, **arrays)
        return arrays


def mean_losses(model: IAPix2Seq, data: SketchData) -> dict[str, float]:
    """Means of the loss terms over all test sketches, the last smaller batch included; by their names in reports."""
    terms_of = tf.function(
        lambda batch, index: model.compute_losses(**batch._asdict(), training=False, seed=tf.stack([LOSS_SEED, index])),
        autograph=False,
    )
    sums: dict[str, float] = {}
    count = 0
    batches = eval_batches(data.test, data, model.hps, keep_remainder=True, fields=model.system.fields)
    for index, batch in enumerate(tqdm(batches, desc="losses", unit="batch", leave=False)):
        terms, size = terms_of(Batch.of(batch), tf.constant(index)), len(batch["labels"])
        for term, info in TERMS.items():
            if term in terms:
                sums[info.key] = sums.get(info.key, 0.0) + size * float(terms[term])
        count += size
    return {name: total / count for name, total in sums.items()}


def file_digest(paths: list[Path]) -> str:
    """SHA-256 of the content of files, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def data_digest(data: SketchData) -> str:
    """SHA-256 of the test sketches, their labels and styles, in units of the data."""
    return split_digest(data.test, json.dumps([data.categories, data.max_seq_len]))


def split_digest(split: Split, about: str = "") -> str:
    """SHA-256 of the sketches of a split, their labels and styles, and of a text."""
    digest = hashlib.sha256(about.encode())
    for array in (split.strokes.points, split.strokes.offsets, split.images, split.labels):
        digest.update(np.ascontiguousarray(array).tobytes())
    if split.styles is not None:
        digest.update("\n".join(split.styles).encode())
    return digest.hexdigest()
