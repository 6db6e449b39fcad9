"""An export as a whole: a directory that is either complete or not there."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from ia_pix2seq_tf.atomic import replacing_directory
from ia_pix2seq_tf.checkpoints import packed
from ia_pix2seq_tf.constants import FLOAT32, WEIGHT_TYPES
from ia_pix2seq_tf.export import browser, formats
from ia_pix2seq_tf.export.functions import in_float32, parts, signatures
from ia_pix2seq_tf.loading import CONFIG_NAME, load_checkpoint
from ia_pix2seq_tf.model import IAPix2Seq

logger = logging.getLogger(__name__)

TFLITE, ONNX, PACKED = "tflite", "onnx", "packed"
SAVED_MODEL = ("saved_model.pb", "fingerprint.pb", "variables", "assets")
ENTRIES = {
    *SAVED_MODEL,
    CONFIG_NAME,
    TFLITE,
    ONNX,
    PACKED,
}  # all that an export may hold, and a file of `browser.SUFFIXES`


@dataclass(frozen=True)
class Options:
    """What an export holds.

    Attributes:
        max_len: most points of a generated sketch; by default the longest that the model was trained on.
        tflite: write `tflite/encoder.tflite` and so on, a file for each of `functions.parts`, for one sketch.
        onnx: write `onnx/encoder.onnx` and so on likewise, for any batch.
        overwrite: replace an earlier export.
        gen_json: write the file of sketch-rnn's browser demo, see `browser.write`.
        pack: write `packed/`, the model in half precision as `load_model` takes it.
        weights: in which type the weights of all other files are stored, of `WEIGHT_TYPES`.
    """

    max_len: int | None = None
    tflite: bool = True
    onnx: bool = False
    overwrite: bool = False
    gen_json: bool = False
    pack: bool = False
    weights: str = FLOAT32

    def check(self, output: Path) -> None:
        """Refuses what cannot work, before any work."""
        if self.max_len is not None and self.max_len < 1:
            raise ValueError(f"max_len: expected at least 1, found {self.max_len}")
        if self.weights not in WEIGHT_TYPES:
            raise ValueError(f"weights: expected one of {', '.join(WEIGHT_TYPES)}, found {self.weights!r}")
        if self.onnx:
            formats.onnx_converter()
        if not output.exists():
            return
        if not self.overwrite:
            raise FileExistsError(f"{output} exists; --overwrite replaces an earlier export")
        if not (output / SAVED_MODEL[0]).is_file():
            raise FileExistsError(f"{output} holds no {SAVED_MODEL[0]}: it is no export, and is not overwritten")
        names = {path.name for path in output.iterdir()} - ENTRIES
        foreign = sorted(name for name in names if not name.endswith(browser.SUFFIXES))
        if foreign:
            raise FileExistsError(f"{output} holds {foreign[0]!r}, which no export writes, and is not overwritten")


def export_directory(
    model_dir: str | os.PathLike,
    output: str | os.PathLike,
    max_len: int | None = None,
    tflite: bool = True,
    onnx: bool = False,
    overwrite: bool = False,
    gen_json: bool = False,
    pack: bool = False,
    weights: str = FLOAT32,
) -> None:
    """Exports the model that `load_model` finds at `model_dir`, a directory or a file; see `export_model`.

    Raises:
        CheckpointError: no checkpoint in `model_dir`, or a damaged one.
    """
    options = Options(max_len, tflite, onnx, overwrite, gen_json, pack, weights)
    options.check(Path(output))
    loaded = load_checkpoint(model_dir)
    _export(loaded.model, Path(output).resolve(), options, loaded.step)


def export_model(
    model: IAPix2Seq,
    output: str | os.PathLike,
    max_len: int | None = None,
    tflite: bool = True,
    onnx: bool = False,
    overwrite: bool = False,
    gen_json: bool = False,
    pack: bool = False,
    weights: str = FLOAT32,
) -> None:
    """Writes `output`: a SavedModel, in it the model's `model_config.json` and folders of TFLite and ONNX files.

    Args:
        model: the model.
        output: directory to write; its parents are made. It is whole or, after any error, as it was before.
        max_len, tflite, onnx, overwrite, gen_json, pack, weights: see `Options`.

    Raises:
        OSError: `output` exists, or cannot be written.
        ValueError: `max_len` below 1, `onnx` without the packages that it needs, or `gen_json` for a model that such a
            file cannot hold.
    """
    options = Options(max_len, tflite, onnx, overwrite, gen_json, pack, weights)
    options.check(Path(output))
    _export(model, Path(output).resolve(), options)


def _export(model: IAPix2Seq, output: Path, how: Options, step: int | None = None) -> None:
    model = in_float32(model)
    if how.gen_json:
        browser.gen_file(model, how.max_len)  # refused before any work
    with replacing_directory(output, how.overwrite) as partial:
        _write(model, partial, how)
        if how.gen_json:
            logger.info("writing %s", browser.write(model, partial, how.max_len).name)
        if how.pack:
            _write_packed(model, partial / PACKED, step)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    logger.info("%s holds the export, %.1f MB", output, size / 1e6)


def _write(model: IAPix2Seq, directory: Path, how: Options) -> None:
    max_len = how.max_len or model.generator.max_len
    try:
        logger.info("writing the SavedModel; its sketches have at most %d points", max_len)
        formats.write_saved_model(model, signatures(model, max_len), directory, how.weights)
        model.hps.write(directory / CONFIG_NAME)
        if how.tflite:
            logger.info("writing TFLite files")
            formats.write_tflite(model, parts(model, batch=1), directory / TFLITE, how.weights)
        if how.onnx:
            logger.info("writing ONNX files")
            formats.write_onnx(parts(model, batch=None), directory / ONNX, how.weights)
    except tf.errors.OpError as error:  # how TensorFlow reports a full disk
        raise OSError(f"{directory}: {error.message}") from error


def _write_packed(model: IAPix2Seq, directory: Path, step: int | None) -> None:
    logger.info("writing the weights in half precision")
    directory.mkdir()
    model.hps.write(directory / CONFIG_NAME)
    packed.write(model, directory, step)
