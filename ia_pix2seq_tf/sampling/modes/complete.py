"""Sketches of which a mask has erased parts, restored."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.masks import erase, irregular_masks
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.flags import Flag
from ia_pix2seq_tf.sampling.inputs.mask import read_mask
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.originals import Original, encode_originals
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings
from ia_pix2seq_tf.sheet import Cell

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "complete", "restores what a mask has erased"
PER_CATEGORY = flags.NUM_PER_CATEGORY.by_default(10)
SHARE = Flag[float](
    "mask_share", "float", "Share of the pixels that random masks erase, 0 to erase nothing", 0.3, (0, 1)
)
MASK = Flag[str]("mask", "string", "Image whose light parts are erased, instead of random masks")
FLAGS = (PER_CATEGORY, flags.INPUT, flags.PHOTOGRAPHS, SHARE, MASK)

colors = layout.own_colors


def complete(
    model: "IAPix2Seq",
    originals: Sequence[Original],
    share: float = SHARE.default,
    mask: np.ndarray | None = None,
    settings: Settings = DEFAULT,
    scale_factor: float | None = None,
) -> Result:
    """Draws originals of which parts were erased (paper, §5.2 and Fig. 7).

    Args:
        model: that draws, from images.
        originals: what is erased from; with a share of 0, images that lack something already.
        share: of all pixels, how many an irregular mask erases; each original has its own, by seed and index.
        mask: bool `[size, size]`, True where it erases; takes the place of irregular ones.
        settings: how to draw.
        scale_factor: units of the data per model unit, for models that read strokes beside images.

    Raises:
        ValueError: the model reads no images.
    """
    needs.images(model)
    images = np.stack([original.image for original in originals])
    count, size, _ = images.shape
    if mask is None:
        masks = irregular_masks(count, size, share, settings.seed)
    else:
        masks = np.broadcast_to(mask, images.shape)
    erased = [o._replace(image=image) for o, image in zip(originals, erase(images, masks), strict=True)]
    mu, sigma2 = encode_originals(model, erased, scale_factor)
    origins = [
        {**original.facts, "erased_share": round(float(one.mean()), 4)}
        for original, one in zip(originals, masks, strict=True)
    ]
    return Result(NAME, model, settings, mu, assign_all(model, mu, sigma2), origins, originals, masks=masks)


def draw(job: "Job") -> Result:
    if job.given(MASK) is not None and job.given(SHARE) is not None:
        raise ValueError(
            f"--{MASK.name} takes the place of random masks, which --{SHARE.name} is for: give one of them"
        )
    needs.images(job.model)
    path = job.given(MASK)
    mask = None if path is None else read_mask(path, job.model.hps.png_width)
    originals = job.originals(job.value(PER_CATEGORY))
    return complete(job.model, originals, job.value(SHARE), mask, job.settings, job.scale.factor)


def sheet(result: Result, drawn: Drawn) -> Sheet:
    inks = colors(result)
    masks = [result.masks[i] for i in drawn]
    images = [result.originals[i].image for i in drawn]
    rows = {
        "original": [layout.picture(result.originals[i], inks[i]) for i in drawn],
        "mask": [Cell(None, image=np.uint8(255) * mask) for mask in masks],
        "masked": [Cell(None, image=erase(image, mask)) for image, mask in zip(images, masks, strict=True)],
        "restored": layout.cells(drawn, inks, {i: layout.title(result, i) for i in drawn}),
    }
    if not any(mask.any() for mask in masks):
        del rows["original"], rows["mask"]
    title = "Sketches restored from what a mask has left of them"
    return Sheet(title, layout.blocks(rows, layout.by_category(result, drawn)))
