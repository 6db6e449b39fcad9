"""Analogies: what one sketch has and another lacks, added to a third."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling import codes as arithmetic
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.endpoints import Endpoint
from ia_pix2seq_tf.sampling.flags import ENDPOINTS, Flag
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import EMPTY, Drawn, Sheet
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "analogy", "draws a, b, c and a - b + c"
TERMS = Flag[Sequence[str]]("terms", "list", f"a,b,c of the analogy a - b + c, each {ENDPOINTS}")
FLAGS = (flags.INPUT, flags.PHOTOGRAPHS, TERMS)


def analogy(model: "IAPix2Seq", a: Endpoint, b: Endpoint, c: Endpoint, settings: Settings = DEFAULT) -> Result:
    """Draws a, b and c, and then a - b + c (sketch-rnn §4.3).

    Raises:
        ValueError: a model without codes.
    """
    needs.codes(model)
    terms = (a, b, c)
    codes = np.stack([*(term.code for term in terms), arithmetic.analogy(a.code, b.code, c.code)])
    names = [term.name for term in terms]
    origins: list[dict[str, Any]] = [*({"from": name} for name in names), {"from": names, "formula": "a - b + c"}]
    return Result(NAME, model, settings, codes, assign_all(model, codes), origins, columns=4, endpoints=terms)


def draw(job: "Job") -> Result:
    names = job.given(TERMS) or []
    if len(names) != 3:
        raise ValueError(f"--mode={NAME}: expected --{TERMS.name}=a,b,c for a - b + c, found {len(names)} names")
    needs.codes(job.model)
    a, b, c = job.ends(names)
    return analogy(job.model, a, b, c, job.settings)


def colors(result: Result) -> list[str]:
    """Those of the terms; the result has that of c."""
    return [*(end.color for end in result.endpoints), result.endpoints[-1].color]


def sheet(result: Result, drawn: Drawn) -> Sheet:
    a, b, c = (end.name for end in result.endpoints)
    captions = {0: a, 1: f"\N{MINUS SIGN} {b}", 2: f"+ {c}", 3: "= analogy"}
    originals = [*(layout.end_picture(end) for end in result.endpoints), EMPTY]
    rows = {"original": originals, "drawn": layout.cells(drawn, colors(result), captions)}
    return Sheet("Analogy of codes", layout.blocks(rows, layout.by_columns(result, drawn)))
