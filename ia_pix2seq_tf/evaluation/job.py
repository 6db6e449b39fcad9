"""An evaluation's options with all that they name, and what comes of them on the way."""

import functools
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ia_pix2seq_tf.constants import LIVING_ALPHA
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.evaluation import classifier
from ia_pix2seq_tf.evaluation.classifier_settings import Settings as ClassifierSettings
from ia_pix2seq_tf.evaluation.measures import MEASURES, completion, rec
from ia_pix2seq_tf.evaluation.options import SPLITS, Options
from ia_pix2seq_tf.evaluation.report import SPLIT_NAMES, Data, Metric, Model, Report, measured
from ia_pix2seq_tf.evaluation.stages import Stages, data_digest, file_digest
from ia_pix2seq_tf.latent import living_components
from ia_pix2seq_tf.loading import checkpoint_files, load_checkpoint
from ia_pix2seq_tf.untrusted import path_text

logger = logging.getLogger(__name__)

STAGES = "stages"


class Job:
    """What one evaluation works on.

    Attributes:
        data: whose test split is what is measured, whatever split that was.
        directory: where to write.
        pictures: (title, file name) of each picture that is written.
        measures: the names of those to take, in the order of `MEASURES`.

    Raises:
        ValueError: a checkpoint or data that cannot be used, or options that have no meaning for them.
    """

    def __init__(self, options: Options):
        self.options, self.directory = options, Path(options.output_dir)
        self.model, self.prefix, self.step = load_checkpoint(options.model_dir)
        self.checkpoint_digest = file_digest(checkpoint_files(options.model_dir, self.prefix))
        data = load_data(options.data_dir, self.model.hps)
        self.data = replace(data, test=getattr(data, options.split))
        if not len(self.data.test):
            others = [f"; --split={name} has some" for name in SPLITS if len(getattr(data, name))]
            names = ", ".join(data.categories)
            what_next = "".join(others) or "; --split of ia_pix2seq_tf.data.convert divides drawings anew"
            raise ValueError(f"{options.data_dir}: no {options.split} sketches of {names}{what_next}")
        self.data_digest = data_digest(self.data)
        key = f"{self.checkpoint_digest} {self.data_digest} {self.data.scale_factor}"
        self.stages = Stages(self.model, self.data, self.directory / STAGES, key, options.temperature)
        self.living_alpha = LIVING_ALPHA if options.living_alpha is None else options.living_alpha
        self.pictures: list[tuple[str, str]] = []
        self.measures = self._choose()

    def _choose(self) -> list[str]:
        """The measures that were asked for, which must have a meaning here; by default all that have."""
        reasons = {name: measure.applies(self) for name, measure in MEASURES.items()}
        possible = [name for name, reason in reasons.items() if reason is None]
        for name in self.options.metrics or ():
            if reasons[name] is not None:
                raise ValueError(f"--metrics={name}: {reasons[name]}; take --metrics={','.join(possible)}")
        if self.options.living_alpha is not None and not self.model.latent.k:
            raise ValueError(f"--living_alpha: the codes of {self.model.title} have no components; leave it out")
        if not self.options.metrics:
            _tell_left_out({name: reason for name, reason in reasons.items() if reason is not None})
        return [name for name in possible if name in (self.options.metrics or possible)]

    @property
    def labels(self) -> np.ndarray:
        """Category of each test sketch, `[n]`."""
        return self.data.test.labels

    @property
    def measured(self) -> str:
        """Which sketches are measured, for people."""
        return measured(len(self.labels), SPLIT_NAMES[self.options.split])

    @functools.cached_property
    def styles(self) -> np.ndarray | None:
        """Category and style of each test sketch, `[n]` names; None where styles are not known."""
        test = self.data.test
        if test.styles is None:
            return None
        return np.array([f"{self.data.categories[c]} {s}" for c, s in zip(test.labels, test.styles, strict=True)])

    @functools.cached_property
    def codes(self) -> dict[str, np.ndarray]:
        """See `Stages.codes`."""
        return self.stages.codes()

    @functools.cached_property
    def alpha(self) -> np.ndarray:
        """Weights of the components, `[k]`."""
        return self.model.latent_alpha.numpy()[:, 0] if self.model.latent.k else np.zeros(0, np.float32)

    @functools.cached_property
    def living(self) -> np.ndarray:
        """Indices of the living components, in order."""
        return np.sort(living_components(self.alpha, self.living_alpha))

    def component_names(self) -> list[str]:
        """What each component is called in pictures."""
        return [f"{k} (alpha {weight:.2f})" for k, weight in enumerate(self.alpha)]

    def picture(self, title: str, name: str) -> Path:
        """Where to write a picture, which the page will show."""
        self.pictures.append((title, name))
        return self.directory / name

    @functools.cached_property
    def model_facts(self) -> Model:
        """Which model is measured."""
        hps = self.model.hps
        return Model(
            model_dir=path_text(self.options.model_dir),
            checkpoint=path_text(self.prefix),
            checkpoint_sha256=self.checkpoint_digest,
            system=hps.system,
            top_learning=hps.top_learning,
            bottom_learning=hps.bottom_learning,
            step=self.step,
            hparams=hps.to_dict(),
            alpha=[float(weight) for weight in self.alpha],
        )

    def report(self, measured: Mapping[str, Metric]) -> Report:
        """All that is written down."""
        data = Data(
            data_dir=path_text(self.options.data_dir),
            categories=list(self.data.categories),
            test_sketches=len(self.labels),
            fingerprint=self.data_digest,
        )
        k = self.model.latent.k
        living = {"living": Metric(value=len(self.living), unit="", n=k)} if k else {}
        return Report(model=self.model_facts, data=data, settings=self.settings(), metrics={**measured, **living})

    def settings(self) -> dict[str, Any]:
        """Every choice that the numbers depend on."""
        return {
            "metrics": self.measures,
            "seeds": list(self.options.seeds),
            "split": self.options.split,
            "temperature": self.options.temperature,
            "codes": "means of the encoder",
            "living_alpha": self.living_alpha,
            "classifier": asdict(self.classifier_settings) if {rec.NAME, completion.NAME} & {*self.measures} else None,
        }

    @property
    def classifier_settings(self) -> ClassifierSettings:
        """How the classifier is trained."""
        return ClassifierSettings(seed=self.options.classifier_seed)

    @functools.cached_property
    def classifier(self) -> tuple[keras.Model, dict[str, Any]]:
        """The Sketch-a-Net of this data set, and the report of its training."""
        return classifier.load_or_train(self.data, self.options.data_dir, self.classifier_settings)


def _tell_left_out(reasons: Mapping[str, str]) -> None:
    """Says which measures are left out, a line for each reason."""
    for reason in dict.fromkeys(reasons.values()):
        names = [name for name in reasons if reasons[name] == reason]
        logger.info("Left out %s: %s", ", ".join(names), reason)
