"""The way from one code to another, or the grid between four."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling import codes as arithmetic
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.endpoints import Endpoint
from ia_pix2seq_tf.sampling.flags import ENDPOINTS, Flag
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.originals import data_originals
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "interpolate", "draws the way from one code to another, or the grid between four"
LINEAR, SPHERICAL = "linear", "spherical"
FROM = Flag[Sequence[str]](
    "from",
    "list",
    f"Where to interpolate from: {ENDPOINTS}; two for a grid. By default, inputs, else the heaviest components; where "
    "there are none, test sketches or codes of chance",
)
TO = Flag[Sequence[str]]("to", "list", f"Where to interpolate to, as --{FROM.name}")
STEPS = Flag[int](  # an interpolation is shown whole, on one sheet
    "steps", "integer", "Sketches of an interpolation, or along each side of a grid", 8, (2, 100)
)
WAY = Flag[str](
    "interpolation",
    "string",
    f"The way between codes; by default {LINEAR}, or {SPHERICAL} where they have no components",
    choices=(LINEAR, SPHERICAL),
)
FLAGS = (flags.INPUT, flags.PHOTOGRAPHS, FROM, TO, STEPS, WAY)


def interpolate(
    model: "IAPix2Seq",
    endpoints: Sequence[Endpoint],
    steps: int = STEPS.default,
    way: str | None = None,
    settings: Settings = DEFAULT,
) -> Result:
    """Draws the codes on a line between two endpoints, or on a grid between four (paper, Fig. 5 and 6).

    Args:
        model: that draws.
        endpoints: two; or four, the corners top left, top right, bottom left, bottom right.
        steps: on the line, or along each side of the grid.
        way: "linear" or "spherical"; by default linear, or spherical where the model has no latent components, since
            codes of N(0, I) lie on a shell that straight ways leave (sketch-rnn §4.2).
        settings: how to draw.

    Raises:
        ValueError: a model without codes; another number of endpoints; and as `codes.line`.
    """
    needs.codes(model)
    way = way or (LINEAR if model.latent.k else SPHERICAL)
    ends = [end.code for end in endpoints]
    across = arithmetic.positions(steps).round(4).tolist()
    if len(ends) == 2:
        codes, at = arithmetic.line(ends[0], ends[1], steps, way), [[t] for t in across]
    elif len(ends) == 4:
        codes = arithmetic.grid(np.stack(ends).reshape(2, 2, -1), steps, steps, way).reshape(steps**2, -1)
        at = [[down, t] for down in across for t in across]
    else:
        raise ValueError(f"{NAME}: expected 2 endpoints, or 4 for a grid, found {len(ends)}")
    codes = codes.astype(np.float32)
    names = [end.name for end in endpoints]
    origins = [{"from": names, "at": position, "interpolation": way} for position in at]
    return Result(NAME, model, settings, codes, assign_all(model, codes), origins, columns=steps, endpoints=endpoints)


def draw(job: "Job") -> Result:
    names = named_ends(job.given(FROM) or [], job.given(TO) or [])
    needs.codes(job.model)
    ends = job.ends(names or default_ends(job))
    return interpolate(job.model, ends, job.value(STEPS), job.given(WAY), job.settings)


def named_ends(starts: Sequence[str], ends: Sequence[str]) -> list[str]:
    """The endpoints from, to; or the corners from, to, from, to of a grid; none where none are named."""
    if len(starts) != len(ends) or len(starts) > 2:
        raise ValueError(
            f"--mode={NAME}: expected one name each for --{FROM.name} and --{TO.name}, or two each for the corners of "
            f"a grid; found {len(starts)} and {len(ends)}"
        )
    return [name for pair in zip(starts, ends, strict=True) for name in pair]


def default_ends(job: "Job") -> list[str]:
    """The names of four codes, or of two where there are fewer than four.

    They are those of inputs, else the centres of the heaviest components. Where the model has no components: test
    sketches, the categories in turn; else codes of chance, by the seed of the job and those after it.

    Raises:
        ValueError: there is a single input, or where there is none, fewer than two living components.
    """
    if job.inputs:
        names, kind = [original.name for original in job.inputs], f"drawings in --{flags.INPUT.name}"
    elif job.model.latent.k:
        names, kind = [f"component:{k}" for k in job.model.latent.living], "living components"
    else:
        names, kind = _test_names(job), "test sketches"
        if len(names) < 2:
            names = [f"normal:{job.settings.seed + i}" for i in range(4)]
    if len(names) < 2:
        raise ValueError(
            f"--mode={NAME}: expected two or more {kind}, found {len(names)}; name --{FROM.name} and --{TO.name}"
        )
    return names[:4] if len(names) >= 4 else names[:2]


def _test_names(job: "Job") -> list[str]:
    """The names of test sketches of all categories in turn."""
    found = data_originals(job.data, 4) if job.data and job.model.reads else []
    return [original.name for original in sorted(found, key=lambda original: original.number)]


def colors(result: Result) -> list[str]:
    """Blends of the colours of the endpoints."""
    tones = np.array([list(bytes.fromhex(end.color.removeprefix("#"))) for end in result.endpoints], float)
    if len(tones) == 2:
        blended = arithmetic.line(tones[0], tones[1], result.columns)
    else:
        blended = arithmetic.grid(tones.reshape(2, 2, 3), result.columns, result.columns).reshape(-1, 3)
    return ["#" + bytes(tone).hex() for tone in blended.round().astype(np.uint8)]


def sheet(result: Result, drawn: Drawn) -> Sheet:
    last = len(result) - 1
    corners = [0, last] if len(result.endpoints) == 2 else [0, result.columns - 1, last - result.columns + 1, last]
    ends = dict(zip(corners, result.endpoints, strict=True))
    captions = {i: end.name for i, end in ends.items()}
    originals = [layout.end_picture(ends.get(i)) for i in drawn]
    rows = {"original": originals, "": layout.cells(drawn, colors(result), captions)}
    return Sheet("Interpolation between codes", layout.blocks(rows, layout.by_columns(result, drawn)))
