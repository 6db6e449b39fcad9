"""Sketches of no original: from the prior of the codes, from codes of a file, or without codes."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.codes import normal
from ia_pix2seq_tf.sampling.flags import Flag
from ia_pix2seq_tf.sampling.inputs.codes import read_codes
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings
from ia_pix2seq_tf.untrusted import path_text

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "unconditional", "draws from nothing"
COMPONENTS, NORMAL, FILE = "component", "normal", "file"
SAMPLES = flags.NUM_SAMPLES.by_default(100)
Z_SOURCE = Flag[str](
    "z_source",
    "string",
    "Where codes are from: the latent components, N(0, I) or --z_file; by default the model's prior",
    choices=(COMPONENTS, NORMAL, FILE),
)
Z_FILE = Flag[str]("z_file", "string", f"File of codes [n, z_size], .npy or .npz, for --z_source={FILE}")
FLAGS = (flags.NUM_PER_CATEGORY, SAMPLES, flags.COMPONENT, Z_SOURCE, Z_FILE)

colors = layout.own_colors


def unconditional(model: "IAPix2Seq", n: int, settings: Settings = DEFAULT, component: int | None = None) -> Result:
    """Draws n sketches from the prior of the codes.

    Where there are latent components, it is a component by its weight, or the given one, then a code (paper, eq. 5);
    else N(0, I). Where the model has no codes, it simply draws.

    Raises:
        ValueError: for a component that the model does not have.
    """
    if component is not None:
        needs.component(model, component)
    codes, components = (np.asarray(array) for array in model.latent.sample(n, settings.seed, component))
    if model.latent.k:
        origins = [{"from": f"component:{k}"} for k in components]
    else:
        origins = [{"from": NORMAL if model.z_size else "nothing"} for _ in range(n)]
    return Result(NAME, model, settings, codes, components, origins)


def from_normal(model: "IAPix2Seq", n: int, settings: Settings = DEFAULT) -> Result:
    """Draws n sketches from codes of N(0, I), which is what the reference does without an image.

    Raises:
        ValueError: the model has no codes.
    """
    needs.codes(model)
    codes = normal(model, n, settings.seed)
    origins = [{"from": NORMAL} for _ in range(n)]
    return Result(NAME, model, settings, codes, assign_all(model, codes), origins)


def from_codes(model: "IAPix2Seq", codes: np.ndarray, settings: Settings = DEFAULT, source: str = "codes") -> Result:
    """Draws from given codes `[n, z_size]`; `source` names them in errors and in the manifest.

    Raises:
        ValueError: the model has no codes; or for no codes, codes of another size than the model's, or not finite.
    """
    needs.codes(model)
    codes = np.asarray(codes, np.float32)
    if codes.ndim != 2 or codes.shape[1] != model.z_size or not len(codes):
        raise ValueError(f"{source}: expected codes [n, {model.z_size}] with n > 0, found {list(codes.shape)}")
    if not np.isfinite(codes).all():
        raise ValueError(f"{source}: expected finite codes, found NaN or infinite values")
    origins = [{"from": source, "index": i} for i in range(len(codes))]
    return Result(NAME, model, settings, codes, assign_all(model, codes), origins)


def draw(job: "Job") -> Result:
    _check(job)
    source, path, model = job.given(Z_SOURCE), job.given(Z_FILE), job.model
    if path is not None:
        needs.codes(model)
        return from_codes(model, read_codes(Path(path))[: job.given(SAMPLES)], job.settings, path_text(path))
    per_category = (job.given(flags.NUM_PER_CATEGORY) or 0) * len(model.hps.categories)
    n = job.given(SAMPLES) or per_category or job.value(SAMPLES)
    if source == NORMAL:
        return from_normal(model, n, job.settings)
    if source == COMPONENTS:
        needs.components(model, f"--{Z_SOURCE.name}={COMPONENTS}")
    return unconditional(model, n, job.settings, job.given(flags.COMPONENT))


def _check(job: "Job") -> None:
    """Raises ValueError for flags that contradict each other."""
    source, path = job.given(Z_SOURCE), job.given(Z_FILE)
    if (source == FILE) != (path is not None):
        raise ValueError(f"--{Z_SOURCE.name}={FILE} and --{Z_FILE.name}=PATH go together")
    if job.given(flags.COMPONENT) is not None and source not in (None, COMPONENTS):
        raise ValueError(f"--{flags.COMPONENT.name} contradicts --{Z_SOURCE.name}={source}")
    others: tuple[Flag, ...] = (SAMPLES, Z_FILE)
    for other in others:
        if job.given(flags.NUM_PER_CATEGORY) is not None and job.given(other) is not None:
            raise ValueError(f"--{flags.NUM_PER_CATEGORY.name} contradicts --{other.name}: give one of them")


def sheet(result: Result, drawn: Drawn) -> Sheet:
    captions = {i: "\n".join(layout.component_caption(result, i)) for i in drawn}
    rows = {"": layout.cells(drawn, colors(result), captions)}
    return Sheet("Sketches of no original", layout.blocks(rows, layout.by_category(result, drawn)))
