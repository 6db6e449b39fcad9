"""From options to `metrics.json`, `metrics.md` and pictures: `evaluate.py` calls `evaluate`."""

import functools
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.constants import LIVING_ALPHA
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.evaluation import classifier, latent_map, measures, pictures, projector
from ia_pix2seq_tf.evaluation.classifier_settings import Settings as ClassifierSettings
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.options import METRICS, Options
from ia_pix2seq_tf.evaluation.page import markdown
from ia_pix2seq_tf.evaluation.report import FILE_NAME, Data, Metric, Model, Report
from ia_pix2seq_tf.evaluation.stages import Stages, data_digest, file_digest
from ia_pix2seq_tf.loading import CONFIG_NAME, load_checkpoint
from ia_pix2seq_tf.sheet import category_color

logger = logging.getLogger(__name__)

PAGE_NAME = "metrics.md"
STAGES, PROJECTOR = "stages", "projector"
MAP_SEED = 0
PERPLEXITY = 30


def evaluate(options: Options) -> Report:
    """Measures what the options ask for and writes it into `options.output_dir`.

    Raises:
        ValueError: options that cannot work, or a checkpoint or data that cannot be used.
        OSError: files that cannot be read or written.
    """
    options.check()
    job = Job(options)
    measured: dict[str, Metric] = {}
    for name in job.chosen_metrics():
        found = _MEASURES[name](job)
        measured |= found
        logger.info("%s", "  ".join(f"{COLUMNS[key].heading} {shown(found[key])}" for key in found))
    if options.pictures:
        _draw_space(job)
    report = job.report(measured)
    report.write(job.directory / FILE_NAME)
    with replacing(job.directory / PAGE_NAME) as partial:
        partial.write_text(markdown(report, job.pictures), encoding="utf-8")
    logger.info("Wrote %s, %s and %d pictures to %s.", FILE_NAME, PAGE_NAME, len(job.pictures), job.directory)
    return report


def shown(metric: Metric) -> str:
    """A value with its error and unit, for the terminal."""
    if metric.value is None:
        return "none"
    return f"{metric.value:.4g}" + ("" if metric.error is None else f" ± {metric.error:.2g}") + metric.unit


class Job:
    """Options with all that they name, and what comes of them on the way.

    Attributes:
        directory: where to write.
        pictures: (title, file name) of each picture that is written.
    """

    def __init__(self, options: Options):
        self.options, self.directory = options, Path(options.output_dir)
        self.model, self.prefix, self.step = load_checkpoint(options.model_dir)
        config = Path(options.model_dir) / CONFIG_NAME
        self.checkpoint_digest = file_digest([*sorted(native.files(self.prefix)), config])
        self.hps = self.model.hps
        self.data = load_data(options.data_dir, self.hps)
        if not len(self.data.test):
            raise ValueError(f"{options.data_dir}: no test sketches of {', '.join(self.data.categories)}")
        self.data_digest = data_digest(self.data)
        key = f"{self.checkpoint_digest} {self.data_digest}"
        self.stages = Stages(self.model, self.data, self.directory / STAGES, key, options.temperature)
        self.living_alpha = LIVING_ALPHA if options.living_alpha is None else options.living_alpha
        self.pictures: list[tuple[str, str]] = []

    def chosen_metrics(self) -> list[str]:
        """The measures to take, in the order of `METRICS`."""
        chosen = list(self.options.metrics or METRICS)
        if self.styles is None and self.options.metrics and "style" in chosen:
            raise ValueError(f"--metrics=style: the styles of the sketches in {self.options.data_dir} are not known")
        return [name for name in METRICS if name in chosen and (name != "style" or self.styles is not None)]

    @property
    def labels(self) -> np.ndarray:
        return self.data.test.labels

    @functools.cached_property
    def styles(self) -> np.ndarray | None:
        """Category and style of each test sketch, `[n]` names; None where styles are not known."""
        test = self.data.test
        if test.styles is None:
            return None
        return np.array([f"{self.data.categories[c]} {s}" for c, s in zip(test.labels, test.styles, strict=True)])

    @functools.cached_property
    def codes(self) -> dict[str, np.ndarray]:
        return self.stages.codes()

    @functools.cached_property
    def alpha(self) -> np.ndarray:
        """Weights of the components, `[k]`."""
        return self.model.latent_alpha.numpy()[:, 0]

    @functools.cached_property
    def living(self) -> np.ndarray:
        """Indices of the living components."""
        return np.flatnonzero(self.alpha > self.living_alpha)

    def component_names(self) -> list[str]:
        return [f"{k} (alpha {weight:.2f})" for k, weight in enumerate(self.alpha)]

    def picture(self, title: str, name: str) -> Path:
        """Where to write a picture, which the page will show."""
        self.pictures.append((title, name))
        return self.directory / name

    @functools.cached_property
    def model_facts(self) -> Model:
        """Which model is measured."""
        hps = self.hps
        return Model(
            model_dir=str(self.options.model_dir),
            checkpoint=str(self.prefix),
            checkpoint_sha256=self.checkpoint_digest,
            system=hps.system,
            top_learning=hps.top_learning,
            bottom_learning=hps.bottom_learning,
            step=self.step,
            hparams=hps.to_dict(),
            alpha=[float(weight) for weight in self.alpha],
        )

    def report(self, measured: dict[str, Metric]) -> Report:
        """All that is written down."""
        data = Data(
            data_dir=str(self.options.data_dir),
            categories=list(self.data.categories),
            test_sketches=len(self.labels),
            fingerprint=self.data_digest,
        )
        alive = Metric(value=len(self.living), unit="", n=self.hps.k)
        return Report(
            model=self.model_facts, data=data, settings=self.settings(), metrics={**measured, "living": alive}
        )

    def settings(self) -> dict:
        """Every choice that the numbers depend on."""
        return {
            "metrics": self.chosen_metrics(),
            "seeds": list(self.options.seeds),
            "temperature": self.options.temperature,
            "codes": "means of the encoder",
            "living_alpha": self.living_alpha,
            "classifier": asdict(self.classifier_settings) if "rec" in self.chosen_metrics() else None,
        }

    @property
    def classifier_settings(self) -> ClassifierSettings:
        return ClassifierSettings(seed=self.options.classifier_seed)

    @functools.cached_property
    def classifier(self):
        """The Sketch-a-Net of this data set, and the report of its training."""
        return classifier.load_or_train(self.data, self.options.data_dir, self.classifier_settings)


def _losses(job: Job) -> dict[str, Metric]:
    return measures.losses(job.stages.losses(), len(job.labels))


def _rec(job: Job) -> dict[str, Metric]:
    network, trained = job.classifier
    predictions = [
        job.stages.kept(
            f"classified-{seed}",
            lambda seed=seed: {"category": classifier.classify(network, job.stages.drawings(seed))},
            temperature=job.options.temperature,
            classifier=trained,
        )["category"]
        for seed in job.options.seeds
    ]
    return measures.rec(predictions, job.labels, trained["accuracy"], trained["n"])


def _ret(job: Job) -> dict[str, Metric]:
    return measures.ret(job.codes["mu"], [job.stages.redrawn_codes(seed) for seed in job.options.seeds])


def _acc(job: Job) -> dict[str, Metric]:
    names = job.data.categories
    _draw_confusion(job, job.labels, np.arange(len(names)), names, "Categories in each component", "confusion.png")
    return measures.acc(job.labels, job.codes["component"], job.hps.k)


def _style(job: Job) -> dict[str, Metric]:
    names = np.unique(job.styles)
    _draw_confusion(job, job.styles, names, names, "Styles in each component", "styles.png")
    return measures.acc(job.styles, job.codes["component"], job.hps.k, "style")


def _olr(job: Job) -> dict[str, Metric]:
    mu, sigma2 = job.model.latent_mu.numpy()[job.living], job.model.latent_sigma2.numpy()[job.living]
    matrix = metrics.overlap_matrix(mu, sigma2, job.alpha[job.living])
    _draw_pairs(job, matrix, "Overlap of the living components (OLR)", "olr.png", darkest=1.0)
    return measures.pairs("olr", matrix)


def _rlda(job: Job) -> dict[str, Metric]:
    matrix = metrics.lda_matrix(job.codes["mu"], job.codes["component"], job.living)
    _draw_pairs(job, matrix, "Separation of the living components (R_LDA)", "rlda.png")
    return measures.pairs("rlda", matrix)


_MEASURES: dict[str, Callable[[Job], dict[str, Metric]]] = {
    "losses": _losses,
    "rec": _rec,
    "ret": _ret,
    "acc": _acc,
    "olr": _olr,
    "rlda": _rlda,
    "style": _style,
}


def _draw_confusion(job: Job, labels: np.ndarray, classes: np.ndarray, names, title: str, file: str) -> None:
    """How many sketches of each class each component has, as a picture."""
    table = metrics.component_table(labels, job.codes["component"], job.hps.k, classes)
    pictures.confusion(table, job.component_names(), list(names), job.picture(title, file), title)


def _draw_pairs(job: Job, matrix: np.ndarray, title: str, file: str, darkest: float | None = None) -> None:
    names = job.component_names()
    caption = f"Living: alpha above {job.living_alpha:g}."
    path = job.picture(title, file)
    pictures.pair_matrix(matrix, [names[k] for k in job.living], path, title, caption, darkest)


def _draw_space(job: Job) -> None:
    """The codes of all test sketches in the plane, twice, and in TensorBoard's projector."""
    codes, names = job.codes["mu"], [job.data.categories[label] for label in job.labels]
    colors = {name: category_color(name, i) for i, name in enumerate(job.data.categories)}
    strokes, n = list(job.data.test.strokes), len(codes)
    title = f"Latent space of {job.model_facts.name} ({Path(job.options.model_dir).name})"
    tsne = job.stages.kept(
        "tsne",
        lambda: {"positions": latent_map.tsne(codes, MAP_SEED, PERPLEXITY)},
        seed=MAP_SEED,
        perplexity=PERPLEXITY,
    )["positions"]
    perplexity = latent_map.limited_perplexity(n, PERPLEXITY)
    subtitle = f"t-SNE of the codes of {n} test sketches, perplexity {perplexity:.3g}"
    path = job.picture("The latent space, by t-SNE", "tsne.png")
    latent_map.draw(tsne, strokes, names, colors, path, title, subtitle)
    positions, shares = latent_map.pca(codes)
    subtitle = f"PCA of the codes of {n} test sketches: {shares[0]:.0%} and {shares[1]:.0%} of the variance"
    path = job.picture("The latent space, by PCA", "pca.png")
    latent_map.draw(positions, strokes, names, colors, path, title, subtitle)
    columns = {"category": names, "component": [str(k) for k in job.codes["component"]]}
    if job.styles is not None:
        columns["style"] = list(job.styles)
    projector.write(job.directory / PROJECTOR, codes, job.data.test.images, columns)
