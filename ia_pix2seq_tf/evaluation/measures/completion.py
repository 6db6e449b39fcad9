"""Completion: what is left of Rec and Ret where irregular masks have erased parts of the sketches (paper, §5.2).

The paper shows drawings from erased sketches (its Fig. 7) and frames those that are not recognised; this counts them.
"""

from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.evaluation.measures import needs, rec, ret
from ia_pix2seq_tf.evaluation.measures.values import percent
from ia_pix2seq_tf.evaluation.report import Metric
from ia_pix2seq_tf.masks import erase, irregular_masks

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job

NAME = "completion"
SHARE = 0.3  # of the pixels, as --mode=complete
HELP = (
    f"as rec and ret, of drawings from images of which irregular masks have erased {SHARE:.0%}; found are the codes of "
    "the whole sketches"
)
SEED = 0  # of the masks, which are the same for every model and every drawing
SETTINGS = {"share": SHARE, "masks": SEED}


def applies(job: "Job") -> str | None:
    return needs.images(job) or needs.validation(job)


def measure(job: "Job") -> dict[str, Metric]:
    from ia_pix2seq_tf import metrics  # here, as SciPy takes long

    seeds, labels, gallery = job.options.seeds, job.labels, job.codes["mu"]
    restored = {seed: drawings(job, seed) for seed in seeds}
    settings = {**SETTINGS, "temperature": job.options.temperature}
    recognised = [rec.classified(job, restored[seed], f"restored-{seed}", **settings) == labels for seed in seeds]
    found = [metrics.retrieval(gallery, redrawn_codes(job, restored[seed], seed), ret.KS) for seed in seeds]
    return {
        f"{NAME}_rec": percent([float(np.mean(right)) for right in recognised], len(labels)),
        **{f"{NAME}_ret_{k}": percent([shares[k] for shares in found], len(labels)) for k in ret.KS},
    }


def drawings(job: "Job", seed: int) -> Strokes:
    """Sketches drawn from what the masks have left of each test sketch; float32, in model units."""
    return job.stages.drawn(f"restored-{seed}", lambda: erased_codes(job), seed, **SETTINGS)


def erased_codes(job: "Job") -> np.ndarray:
    """Codes `[n, z_size]` of the test images after the masks."""
    from ia_pix2seq_tf.inference import encode_all  # here, as the data's room takes long

    images, width = job.data.test.images, job.model.hps.png_width
    masks = irregular_masks(len(images), width, SHARE, SEED)
    scale = float(job.data.scale_factor)
    return encode_all(job.model, erase(images, masks), job.data.test.strokes, scale)[0]


def redrawn_codes(job: "Job", restored: Strokes, seed: int) -> np.ndarray:
    """Codes `[n, z_size]` of the images of those drawings."""
    return job.stages.encoded(f"redrawn-restored-{seed}", lambda: restored, **SETTINGS)
