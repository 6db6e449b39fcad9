"""Endings of sketches whose first strokes are given."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.flags import Flag
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.originals import Original, scales
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings
from ia_pix2seq_tf.sheet import GIVEN_COLOR, Cell, Row

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "continue", "finishes sketches whose first strokes are given"
PER_CATEGORY = flags.NUM_PER_CATEGORY.by_default(2)
SHARE = Flag[float](
    "given_share", "float", "Share of its points that a continuation is given, of --input all", 0.4, (0, 1)
)
INPUT_SHARE = 1.0  # what is given of a drawing of the user: all that there is
ENDINGS = Flag[int]("endings", "integer", "Continuations of each sketch", 5, flags.COUNT)
FLAGS = (PER_CATEGORY, flags.INPUT, flags.PHOTOGRAPHS, SHARE, ENDINGS, flags.COMPONENT)

colors = layout.own_colors


def continuation(
    model: "IAPix2Seq",
    originals: Sequence[Original],
    scale_factor: float | None = None,
    share: float = SHARE.default,
    endings: int = ENDINGS.default,
    component: int | None = None,
    settings: Settings = DEFAULT,
) -> Result:
    """Draws several endings of sketches of which the first strokes are given (sketch-rnn §4.4).

    The given strokes go through the decoder as if it had drawn them. The code is what the encoder makes of them, or of
    their image; without an encoder, one of the prior; or the centre of a component. A model without codes needs none.

    Args:
        model: that draws.
        originals: with strokes.
        scale_factor: units of the data per model unit; by default what the model says.
        share: of each original's points, how many are given, at least one; in (0, 1].
        endings: sketches from each original.
        component: take its centre as the code.
        settings: how to draw.

    Raises:
        ValueError: for an original without strokes, or with so many that nothing is left to draw; or a component that
            the model does not have.
    """
    limit = settings.max_len or model.generator.max_len
    given = [_first_strokes(original, share, limit) for original in originals]
    factors = scales(model, originals, scale_factor)
    codes, assigned = _codes(model, given, factors, [o.place for o in originals], component, settings.seed)
    origins = [{**o.facts, "given_points": len(g)} for o, g in zip(originals, given, strict=True)]
    prefixes = [_in_model_units(strokes, factor) for strokes, factor in zip(given, factors, strict=True)]
    codes, assigned = np.repeat(codes, endings, axis=0), np.repeat(assigned, endings)
    origins, originals, prefixes = (_repeated(each, endings) for each in (origins, originals, prefixes))
    return Result(NAME, model, settings, codes, assigned, origins, originals, endings, prefixes)


def draw(job: "Job") -> Result:
    component = job.given(flags.COMPONENT)
    if component is not None:
        needs.component(job.model, component)
    share = job.given(SHARE)
    if share is None:
        share = INPUT_SHARE if job.inputs else job.value(SHARE)
    originals = job.originals(job.value(PER_CATEGORY))
    return continuation(job.model, originals, job.scale.factor, share, job.value(ENDINGS), component, job.settings)


def sheet(result: Result, drawn: Drawn) -> Sheet:
    inks = colors(result)
    rows = []
    for indices in layout.rows_of(result, drawn).values():
        first = indices[0]
        original, prefix = result.originals[first], result.prefixes[first]
        given, points = len(prefix), 0 if original.strokes is None else len(original.strokes)
        whole = layout.picture(original, inks[first], f"original, {points} points")
        part = Cell(prefix, f"given, {given} points", GIVEN_COLOR)
        endings = [Cell(drawn[i], "", inks[i], given=given) for i in indices]
        rows.append(Row([whole, part, *endings], layout.title(result, first)))
    return Sheet("Endings of sketches whose first strokes were given", rows)


def _codes(
    model: "IAPix2Seq",
    given: Sequence[np.ndarray],
    factors: np.ndarray,
    places: Sequence[str],
    component: int | None,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The codes `[n, z_size]` with which given strokes go on, and their components `[n]`."""
    if component is not None:
        assigned = np.full(len(given), needs.component(model, component))
        return model.latent_mu.numpy()[assigned], assigned
    if not model.reads:
        codes, assigned = model.latent.sample(len(given), seed)
        return np.asarray(codes), np.asarray(assigned)
    codes, sigma2 = encode_all(model, strokes=given, scale_factor=factors, names=places)
    return codes, assign_all(model, codes, sigma2)


def _first_strokes(original: Original, share: float, limit: int) -> np.ndarray:
    """The first strokes `[n, 3]` of an original, in its units."""
    if not 0 < share <= 1:
        raise ValueError(f"{NAME}: expected a share of given points in (0, 1], found {share}")
    if original.strokes is None:
        raise ValueError(f"{original.place}: only an image; to continue it, its strokes are needed")
    n = max(1, round(share * len(original.strokes)))
    if n >= limit:
        raise ValueError(
            f"{original.place}: {n} given points leave nothing to draw of {limit}; give a smaller --{SHARE.name} or a "
            "larger --max_len"
        )
    return original.strokes[:n]


def _in_model_units(strokes: np.ndarray, scale_factor: float) -> np.ndarray:
    return np.asarray(strokes, np.float32) / np.array([scale_factor, scale_factor, 1], np.float32)


def _repeated(items: Sequence, times: int) -> list:
    """Each item several times: a, a, b, b."""
    return [item for item in items for _ in range(times)]
