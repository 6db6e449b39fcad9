"""The codes of all measured sketches in the plane, twice, and for TensorBoard's projector."""

from pathlib import Path

import numpy as np

from ia_pix2seq_tf.evaluation import latent_map, projector
from ia_pix2seq_tf.evaluation.job import Job
from ia_pix2seq_tf.sheet import category_color

PROJECTOR = "projector"
MAP_SEED = 0
PERPLEXITY = 30


def draw(job: Job) -> None:
    """Draws the codes as tsne.png and pca.png, and writes them for the projector."""
    perplexity = latent_map.limited_perplexity(len(job.labels), PERPLEXITY)
    subtitle = f"t-SNE of the codes of {job.measured}, perplexity {perplexity:.3g}"
    _draw(job, _tsne(job), "The latent space, by t-SNE", "tsne.png", subtitle)
    positions, shares = latent_map.pca(job.codes["mu"])
    subtitle = f"PCA of the codes of {job.measured}: {shares[0]:.0%} and {shares[1]:.0%} of the variance"
    _draw(job, positions, "The latent space, by PCA", "pca.png", subtitle)
    projector.write(job.directory / PROJECTOR, job.codes["mu"], job.data.test.images, _columns(job))


def _tsne(job: Job) -> np.ndarray:
    found = job.stages.kept(
        "tsne",
        lambda: {"positions": latent_map.tsne(job.codes["mu"], MAP_SEED, PERPLEXITY)},
        seed=MAP_SEED,
        perplexity=PERPLEXITY,
    )
    return found["positions"]


def _draw(job: Job, positions: np.ndarray, title: str, file: str, subtitle: str) -> None:
    colors = {name: category_color(name, i) for i, name in enumerate(job.data.categories)}
    heading = f"Latent space of {job.model_facts.name} ({Path(job.model_facts.model_dir).name})"
    path = job.picture(title, file)
    latent_map.draw(positions, list(job.data.test.strokes), _categories(job), colors, path, heading, subtitle)


def _columns(job: Job) -> dict[str, list[str]]:
    """What is known of each sketch; components and styles where there are any."""
    columns = {"category": _categories(job)}
    if job.model.latent.k:
        columns["component"] = [str(k) for k in job.codes["component"]]
    if job.styles is not None:
        columns["style"] = list(job.styles)
    return columns


def _categories(job: Job) -> list[str]:
    return [job.data.categories[label] for label in job.labels]
