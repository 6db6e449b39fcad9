"""The page as a folder: whole, or not there."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ia_pix2seq_tf.atomic import replacing_directory
from ia_pix2seq_tf.constants import FLOAT32
from ia_pix2seq_tf.data.pipeline import SketchData, load_data
from ia_pix2seq_tf.export import formats
from ia_pix2seq_tf.export.functions import in_float32, parts
from ia_pix2seq_tf.inference import Scale, scale_of
from ia_pix2seq_tf.loading import load_model
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sampling.originals import data_originals
from ia_pix2seq_tf.web import describe, marks, runtime

logger = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
VENDOR = "vendor"
MODEL_JSON = "model.json"
OWN = {VENDOR, describe.FOLDER, MODEL_JSON, "map.json", "codes.f32"}  # beside what `STATIC` has


@dataclass(frozen=True)
class Options:
    """What a page is made of.

    Attributes:
        model_dir: as `load_model` takes it.
        data_dir: directory of `.npz` files, or "demo"; None for a page without map and names of components.
        output: folder to write.
        num_sketches: most test sketches on the map.
        overwrite: replace a folder of an earlier call.
        runtime: folder or archive that holds onnxruntime-web; None for that of npm, or the cache's.
        weights: in which type the model's weights are stored, of `WEIGHT_TYPES`.
    """

    model_dir: str
    data_dir: str | None = None
    output: str = "site"
    num_sketches: int = 600
    overwrite: bool = False
    runtime: str | None = None
    weights: str = FLOAT32

    def __post_init__(self) -> None:
        if self.num_sketches < 1:
            raise ValueError(f"--num_sketches: expected at least 1, found {self.num_sketches}")


def write_site(options: Options) -> Path:
    """Writes the page; returns its folder.

    Raises:
        OSError: the folder is there and may not be replaced, or cannot be written; or the runtime cannot be had.
        CheckpointError, DataError, ValueError: of the model, of the data, or of packages that are missing.
    """
    output, source = Path(options.output), None if options.runtime is None else Path(options.runtime)
    vendored = _check(output, options.overwrite, source)
    model = load_model(options.model_dir)
    data = load_data(options.data_dir, model.hps) if options.data_dir is not None else None
    return _write(model, data, output, options.num_sketches, options.overwrite, vendored, options.weights)


def write_page(
    model: IAPix2Seq,
    data: SketchData | None,
    output: Path,
    num_sketches: int = Options.num_sketches,
    overwrite: bool = False,
    source: Path | None = None,
    weights: str = FLOAT32,
) -> Path:
    """Writes the page of a model, with its data; the rest is as `Options` say. Returns its folder."""
    return _write(model, data, output, num_sketches, overwrite, _check(output, overwrite, source), weights)


def _write(
    model: IAPix2Seq,
    data: SketchData | None,
    output: Path,
    num_sketches: int,
    overwrite: bool,
    vendored: Mapping[str, bytes],
    weights: str,
) -> Path:
    output = output.resolve()
    with replacing_directory(output, overwrite) as partial:
        _copy_static(partial)
        runtime.vendor(partial / VENDOR, vendored)
        _write_model(in_float32(model), data, num_sketches, weights, partial)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    logger.info("%s holds the page, %.1f MB", output, size / 1e6)
    return output


def _check(output: Path, overwrite: bool, source: Path | None) -> dict[str, bytes]:
    """Refuses what cannot work, before any work; returns the runtime's files."""
    _check_folder(output, overwrite)
    formats.onnx_converter()
    return runtime.contents(source)


def _check_folder(output: Path, overwrite: bool) -> None:
    """Refuses a folder that may not be replaced."""
    if not output.exists():
        return
    if not overwrite:
        raise FileExistsError(f"{output} exists; --overwrite replaces an earlier page, --output names another folder")
    if not output.is_dir() or not (output / MODEL_JSON).is_file():
        raise FileExistsError(f"{output} holds no {MODEL_JSON}: it is no such page, and is not overwritten")
    known = OWN | {path.name for path in STATIC.iterdir()}
    foreign = sorted({path.name for path in output.iterdir()} - known)
    if foreign:
        raise FileExistsError(f"{output} holds {foreign[0]!r}, which no page has, and is not overwritten")


def _copy_static(directory: Path) -> None:
    for path in sorted(STATIC.iterdir()):
        if path.is_file():
            (directory / path.name).write_bytes(path.read_bytes())


def _write_model(model: IAPix2Seq, data: SketchData | None, most: int, weights: str, directory: Path) -> None:
    """Writes the model's files, what is known of it and, where there are test sketches that it reads, the map."""
    functions = parts(model, None)
    logger.info("Writing ONNX files")
    formats.write_onnx(functions, directory / describe.FOLDER, weights)
    scale = scale_of(model, None if data is None else float(data.scale_factor))
    encoded = _encoded(model, data, scale)
    _dump(describe.describe(model, functions, scale, encoded), directory / MODEL_JSON)
    if encoded is not None:
        marks.write(model, encoded.select(marks.chosen(encoded.originals, most)), directory)


def _encoded(model: IAPix2Seq, data: SketchData | None, scale: Scale) -> marks.Encoded | None:
    """The test sketches with their codes; None where there are none, or the model reads none."""
    if data is None:
        return None
    originals = data_originals(data)
    if not originals or not model.reads:
        why = "the model reads no sketches" if originals else "there are no test sketches"
        logger.warning("The page has no map: %s", why)
        return None
    return marks.encode(model, originals, scale.factor)


def _dump(content: Any, path: Path) -> None:
    path.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")
