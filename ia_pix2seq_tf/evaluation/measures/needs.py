"""What a measure needs of a model: each function says why a job's model lacks it, or None where it has it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job


def encoder(job: "Job") -> str | None:
    """Whether test sketches have codes."""
    return None if job.model.reads else f"this {job.model.title} has no encoder, so that test sketches have no codes"


def validation(job: "Job") -> str | None:
    """Whether there are validation sketches, by which a classifier's training is stopped."""
    return None if len(job.data.valid) else "there are no validation sketches ('valid'), which the classifier needs"


def images(job: "Job") -> str | None:
    """Whether the encoder reads images, of which parts can be erased."""
    if reason := encoder(job):
        return reason
    return None if "images" in job.model.reads else f"{job.model.title} reads strokes, of which no mask can erase parts"


def convolutions(job: "Job") -> str | None:
    """Whether the encoder has layers whose outputs are features of places in the image."""
    if reason := encoder(job):
        return reason
    return None if "images" in job.model.reads else f"the encoder of {job.model.title} has no convolutions of the image"


def components(job: "Job") -> str | None:
    """Whether test sketches have codes, and codes have components."""
    return encoder(job) or (None if job.model.latent.k else f"the codes of {job.model.title} have no components")
