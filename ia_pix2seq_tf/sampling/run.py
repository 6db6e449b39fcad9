"""From options to files: `sample.py` calls `sample`."""

import functools
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import ia_pix2seq_tf
from ia_pix2seq_tf.data.npz import array_sizes, read_npz
from ia_pix2seq_tf.data.pipeline import SketchData, load_data
from ia_pix2seq_tf.loading import load_checkpoint
from ia_pix2seq_tf.sampling import modes, originals, output
from ia_pix2seq_tf.sampling.inputs import read_inputs
from ia_pix2seq_tf.sampling.masks import read_mask
from ia_pix2seq_tf.sampling.options import Options
from ia_pix2seq_tf.sampling.originals import Endpoint, Original
from ia_pix2seq_tf.sampling.result import Result, Settings
from ia_pix2seq_tf.untrusted import check_file, naming

logger = logging.getLogger(__name__)

DEFAULT_SCALE = 35.0
"""Units of the data per model unit where no data is given: QuickDraw's categories have 28 to 42."""

MOST_PER_CATEGORY = {"conditional": 2500, "complete": 10, "continue": 2}
UNCONDITIONAL_SAMPLES, COMPONENT_SAMPLES = 100, 8
STEPS, MASK_SHARE, ENDINGS = 8, 0.3, 5
TEST_SHARE, INPUT_SHARE = 0.4, 1.0
"""What a continuation is given: the beginning of a test sketch, or all that the user has drawn."""


def sample(options: Options) -> Path:
    """Draws what the options ask for and writes it into `options.output_dir`, which is returned.

    Raises:
        ValueError: options that contradict each other, or a checkpoint, data or inputs that cannot be used.
        OSError: files that cannot be read or written.
    """
    options.check()
    job = Job(options)
    result = _MODES[options.chosen_mode](job)
    if options.component is not None and options.component not in modes.living_components(job.model):
        logger.warning("Component %d is dead: hardly any sketch has belonged to it.", options.component)
    directory = Path(options.output_dir)
    output.write(result, directory, job.scale_factor, job.facts(), options.sheet_sketches)
    logger.info("Wrote %d sketches, their contact sheet and %s to %s.", len(result), output.MANIFEST, directory)
    return directory


class Job:
    """Options with all that they name: the model, and the data and inputs, which are loaded when asked for."""

    def __init__(self, options: Options):
        self.options = options
        self.model, self.checkpoint, _ = load_checkpoint(options.model_dir)
        self.settings = Settings(options.temperature, options.greedy, options.max_len, options.seed)

    @functools.cached_property
    def data(self) -> SketchData | None:
        """The sketches of `--data_dir`, of the model's categories; None where it is not given."""
        return load_data(self.options.data_dir, self.model.hps) if self.options.data_dir else None

    @functools.cached_property
    def inputs(self) -> list[Original]:
        """What `--input` names."""
        if not self.options.input:
            return []
        found = read_inputs(self.options.input, self.model.hps.png_width, self.options.num_per_category)
        return originals.input_originals(list(found))

    @property
    def scale_factor(self) -> float:
        """Units of the data per model unit."""
        return DEFAULT_SCALE if self.data is None else float(self.data.scale_factor)

    def originals(self) -> list[Original]:
        """The inputs; where there are none, test sketches."""
        mode = self.options.chosen_mode
        if self.inputs:
            return self.inputs
        if self.data is None:
            raise ValueError(
                f"--mode={mode} draws from sketches: give --data_dir (a directory of .npz files, or 'demo') or --input"
            )
        found = originals.data_originals(self.data, self.options.num_per_category or MOST_PER_CATEGORY[mode])
        if not found:
            raise ValueError(f"{self.options.data_dir}: no test sketches of {', '.join(self.data.categories)}")
        return found

    def endpoint(self, name: str) -> Endpoint:
        """The code of that name."""
        return originals.endpoint(self.model, name, self.data, self.inputs)

    def facts(self) -> dict[str, Any]:
        """What the manifest says about where things are from."""
        return {
            "scale_factor_from": "default" if self.data is None else "data",
            "checkpoint": str(self.checkpoint),
            "data_dir": self.options.data_dir,
            "program": f"ia_pix2seq_tf {ia_pix2seq_tf.__version__}",
        }


def _conditional(job: Job) -> Result:
    return modes.conditional(job.model, job.originals(), job.settings)


def _unconditional(job: Job) -> Result:
    options, model = job.options, job.model
    if options.z_source == "file":
        codes = read_codes(Path(options.z_file))[: options.num_samples]
        return modes.from_codes(model, codes, job.settings, options.z_file)
    per_category = (options.num_per_category or 0) * len(model.hps.categories)
    n = options.num_samples or per_category or UNCONDITIONAL_SAMPLES
    if options.z_source == "normal":
        return modes.from_normal(model, n, job.settings)
    return modes.unconditional(model, n, job.settings, options.component)


def _components(job: Job) -> Result:
    options = job.options
    sketches = originals.data_originals(job.data, options.num_per_category) if job.data else []
    samples = options.num_samples or COMPONENT_SAMPLES
    return modes.components(job.model, samples, job.settings, sketches, options.component)


def _interpolate(job: Job) -> Result:
    options = job.options
    ends = [job.endpoint(name) for name in endpoint_names(options, modes.living_components(job.model))]
    way = options.interpolation or "linear"
    return modes.interpolate(job.model, ends, options.steps or STEPS, way, job.settings)


def _analogy(job: Job) -> Result:
    names = job.options.terms or []
    if len(names) != 3:
        raise ValueError(f"--mode=analogy: expected --terms=a,b,c for a - b + c, found {len(names)} names")
    return modes.analogy(job.model, *map(job.endpoint, names), job.settings)


def _complete(job: Job) -> Result:
    options = job.options
    mask = read_mask(options.mask, job.model.hps.png_width) if options.mask else None
    share = MASK_SHARE if options.mask_share is None else options.mask_share
    return modes.complete(job.model, job.originals(), share, mask, job.settings)


def _continue(job: Job) -> Result:
    options = job.options
    share = options.given_share
    if share is None:
        share = INPUT_SHARE if job.inputs else TEST_SHARE
    endings = options.endings or ENDINGS
    return modes.continuation(
        job.model, job.originals(), job.scale_factor, share, endings, options.component, job.settings
    )


_MODES: dict[str, Callable[[Job], Result]] = {
    "conditional": _conditional,
    "unconditional": _unconditional,
    "components": _components,
    "interpolate": _interpolate,
    "analogy": _analogy,
    "complete": _complete,
    "continue": _continue,
}


def endpoint_names(options: Options, living: list[int]) -> list[str]:
    """The endpoints of an interpolation: from, to; or the corners from, to, from, to of a grid.

    By default they are the centres of the four heaviest components, or of two where fewer than four live.
    """
    starts, ends = options.start or [], options.end or []
    if len(starts) != len(ends) or len(starts) > 2:
        raise ValueError(
            "--mode=interpolate: expected one name each for --from and --to, or two each for the corners of a grid; "
            f"found {len(starts)} and {len(ends)}"
        )
    if starts:
        return [name for pair in zip(starts, ends, strict=True) for name in pair]
    if len(living) < 2:
        raise ValueError("--mode=interpolate: the model has one living component only; name --from and --to")
    return [f"component:{k}" for k in (living[:4] if len(living) >= 4 else living[:2])]


def read_codes(path: Path) -> np.ndarray:
    """Codes `[n, z_size]` from an `.npy` file, or from an `.npz` file that holds a single array.

    Raises:
        ValueError: naming the file, if it does not hold numbers `[n, z_size]`.
    """
    with naming(path):
        check_file(path)
    codes = _single_array(path) if zipfile.is_zipfile(path) else _mapped_array(path)
    if codes.ndim != 2 or codes.dtype.kind not in "fiu" or not codes.size:
        raise ValueError(f"{path}: expected codes [n, z_size], found {codes.dtype} {list(codes.shape)}")
    with np.errstate(over="ignore"):
        codes = np.asarray(codes, np.float32)
    if not np.isfinite(codes).all():
        raise ValueError(f"{path}: expected finite codes, found {codes[~np.isfinite(codes)][0]}")
    return codes


def _single_array(path: Path) -> np.ndarray:
    """The array of an archive that holds no other."""
    names = list(array_sizes(path))
    if len(names) != 1:
        raise ValueError(f"{path}: expected a single array of codes, found {', '.join(names)[:100] or 'none'}")
    return read_npz(path, names)[names[0]]


def _mapped_array(path: Path) -> np.ndarray:
    """The array of an `.npy` file, of which memory holds what is used."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # a damaged file can fail in any way
        raise ValueError(f"{path}: expected an .npy or .npz file of codes: {error}") from error
