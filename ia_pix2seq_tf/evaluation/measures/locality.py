"""Locality: how far the encoder's features move where an edit of the sketch does not reach."""

from typing import TYPE_CHECKING, cast

import numpy as np

from ia_pix2seq_tf.evaluation.columns import LAYERS
from ia_pix2seq_tf.evaluation.measures import needs
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job
    from ia_pix2seq_tf.evaluation.locality import Encoder

NAME = "locality"
HELP = (
    "how far the features of each layer of the encoder move, in units of their spread, at places that an edit of the "
    "sketch does not reach (one stroke is left out)"
)
SEED = 0  # of the edits
MOST_SKETCHES = 2000  # that are edited, chosen at random; 400 take 15 seconds
MOST_POINTS = 150  # sketches in a plot, each of them twice
PICTURE = "locality.png"


def applies(job: "Job") -> str | None:
    return needs.convolutions(job)


def measure(job: "Job") -> dict[str, Metric]:
    found = job.stages.kept(NAME, lambda: compute(job), seed=SEED, sketches=MOST_SKETCHES, points=MOST_POINTS)
    moved = [None if np.isnan(value) else float(value) for value in found["moved"]]
    if job.options.pictures:
        draw(job, found, moved)
    return {
        name: Metric(value=value, unit="", n=int(places))
        for name, value, places in zip(LAYERS, moved, found["places"], strict=True)
    }


def compute(job: "Job") -> dict[str, np.ndarray]:
    """What every layer's features do: `moved`, NaN where that does not exist, and `places`, `[layers]` each; of the
    features to plot of layer i `before-i`, `after-i` and `sketch-i`, their index among the test sketches.
    """
    from ia_pix2seq_tf.evaluation import locality  # here, as TensorFlow takes long

    chosen, encoder = chosen_sketches(job), encoder_of(job)
    edited = locality.edit([job.data.test.strokes[i] for i in chosen], job.model.hps.png_width, SEED)
    found = locality.movements(encoder, edited)
    arrays = {
        "moved": np.array([np.nan if one.moved is None else one.moved for one in found]),
        "places": np.array([one.places for one in found]),
    }
    for layer, sample in enumerate(locality.samples(encoder, edited, found, MOST_POINTS), 1):
        arrays |= {f"before-{layer}": sample.before, f"after-{layer}": sample.after}
        arrays[f"sketch-{layer}"] = chosen[sample.sketch]
    return arrays


def encoder_of(job: "Job") -> "Encoder":
    """The encoder of a model that has one of convolutions, which `applies` knows."""
    return cast("Encoder", job.model.encoder)


def chosen_sketches(job: "Job") -> np.ndarray:
    """Indices of the test sketches that are edited, in random order."""
    return np.random.default_rng(SEED).permutation(len(job.labels))[:MOST_SKETCHES]


def draw(job: "Job", found: dict[str, np.ndarray], moved: list[float | None]) -> None:
    """Draws the features of each layer before and after, by PCA and t-SNE."""
    from ia_pix2seq_tf.evaluation import locality_picture  # here, as Matplotlib and scikit-learn take long
    from ia_pix2seq_tf.networks import receptive

    panels = [
        locality_picture.Panel(
            before=found[f"before-{layer}"],
            after=found[f"after-{layer}"],
            classes=job.labels[found[f"sketch-{layer}"]],
            side=side,
            moved=value,
        )
        for layer, (side, value) in enumerate(zip(receptive.sides(encoder_of(job).windows), moved, strict=True), 1)
    ]
    title = "Features where the edit does not reach"
    locality_picture.draw(panels, job.data.categories, job.picture(title, PICTURE), f"{title}: {job.model_facts.name}")
