"""Test sketches, or drawings of the user, drawn again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ia_pix2seq_tf.inference import assign_all, check_encoder
from ia_pix2seq_tf.sampling import flags
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.originals import Original, encode_originals
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "conditional", "draws test sketches or your own drawings again"
PER_CATEGORY = flags.NUM_PER_CATEGORY.by_default(2500)  # as the reference
FLAGS = (PER_CATEGORY, flags.INPUT, flags.PHOTOGRAPHS)

colors = layout.own_colors


def conditional(
    model: "IAPix2Seq",
    originals: Sequence[Original],
    settings: Settings = DEFAULT,
    scale_factor: float | None = None,
) -> Result:
    """Draws each original again, from the encoder's mean.

    Args:
        model: that reads and draws.
        originals: what to draw.
        settings: how to draw.
        scale_factor: units of the data per model unit; by default what the model says.

    Raises:
        ValueError: as `inference.encode_all`.
    """
    mu, sigma2 = encode_originals(model, originals, scale_factor)
    origins = [original.facts for original in originals]
    return Result(NAME, model, settings, mu, assign_all(model, mu, sigma2), origins, originals)


def draw(job: "Job") -> Result:
    check_encoder(job.model)
    return conditional(job.model, job.originals(job.value(PER_CATEGORY)), job.settings, job.scale.factor)


def sheet(result: Result, drawn: Drawn) -> Sheet:
    inks = colors(result)
    originals = [layout.picture(result.originals[i], inks[i]) for i in drawn]
    captions = {i: "\n".join([layout.title(result, i), *layout.component_caption(result, i)]) for i in drawn}
    rows = {"original": originals, "drawn": layout.cells(drawn, inks, captions)}
    return Sheet("Originals, and what the model draws of them", layout.blocks(rows, layout.by_category(result, drawn)))
