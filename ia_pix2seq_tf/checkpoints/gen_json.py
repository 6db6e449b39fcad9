"""The JSON files of sketch-rnn's browser demo: `CATEGORY.gen.json` holds a decoder, `CATEGORY.vae.json` an encoder too.

A file is `[info, shapes, weights]`: `info` has the fields of `Info` and notes on the training; `shapes` is a list of
lists; a weight is base64 of little-endian int16, of which 32767 stands for 10.

Nothing is reordered; the layouts are those of `networks/` here:
    kernel, recurrent_kernel, bias   of an LSTM with gates i, j, f, o; the forget bias of 1 is added when it runs. The
        decoder's input is [stroke, z] in model units: offsets in pixels over `scale_factor`. The first stroke is zeros.
    head_kernel, head_bias           3 pen logits, then 20 each of: logits of pi, mu_x, mu_y, log sigma_x, log sigma_y,
        and rho before tanh
    mean_*, presig_*                 of the last outputs [forward, backward]; presig is the log variance
    initial_*                        tanh(dense(z)) is the state [c, h] before the first stroke

Source: `load_model` and `get_pdf` of the published sketch_rnn.js.
"""

import base64
import json
import logging
import math
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checked_json import Rule, finite_number, is_integer, is_number, without_repeats
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.hparams.rules import is_file_stem
from ia_pix2seq_tf.untrusted import MOST_POINTS, InputError, read_bytes

logger = logging.getLogger(__name__)

GEN, VAE = "gen", "vae"
MODES = {0: VAE, 1: VAE, 2: GEN, GEN: GEN, VAE: VAE}
NEWEST_VERSION = 6  # of the published files; in older ones the start state is made of tanh(z)
STROKE_SIZE = 5
HEAD_SIZE = 123  # 3 pen logits and 6 numbers for each of 20 components
LARGEST_WEIGHT = 10.0
STEP = LARGEST_WEIGHT / 32767  # distance of neighbouring weights: `write` rounds by half of it, 1.53e-4, at most
INT16 = np.iinfo(np.int16)

LARGEST_FILE = 2**27  # bytes: a published file has 3 MB, one of 2048 units in the decoder and 1024 in the encoder 72 MB
MOST_VALUES = 1000
"""Values in the JSON, of which a file needs about fifty: so many that are no weights take no memory to speak of."""
LONGEST_NAME = 100
SCALES = (1e-6, 1e6)
"""Published ones lie from 20 to 200; drawings in units of a metre or a micrometre would still lie between these."""

DECODER = ("head_kernel", "head_bias", "kernel", "recurrent_kernel", "bias")
ENCODER = tuple(f"{way}_{name}" for way in ("forward", "backward") for name in ("kernel", "recurrent_kernel", "bias"))
CODE = tuple(f"{layer}_{name}" for layer in ("mean", "presig", "initial") for name in ("kernel", "bias"))
NAMES = {GEN: DECODER, VAE: (*ENCODER, *CODE, *DECODER)}  # the weights of each mode in the order of the file


class Info(NamedTuple):
    """What a file says of its model.

    Attributes:
        name: the category, or several run together, such as "catpig".
        mode: "gen" for a decoder alone, "vae" for an encoder and a decoder.
        max_seq_len: the longest drawing of the training, in points.
        scale_factor: pixels in one unit of the model.
        version: of the training program.
    """

    name: str
    mode: str
    max_seq_len: int
    scale_factor: float
    version: int = NEWEST_VERSION


class Sizes(NamedTuple):
    """Units of the decoder and of each direction of the encoder, and dimensions of the code; 0 where there is none."""

    units: int
    encoder_units: int = 0
    z_size: int = 0


class GenFile(NamedTuple):
    """A file's content: `weights` are float32 arrays by the names in `NAMES[info.mode]`."""

    info: Info
    weights: dict[str, np.ndarray]

    @property
    def sizes(self) -> Sizes:
        return _sizes(self.info.mode, {name: value.shape for name, value in self.weights.items()})


def shapes(mode: str, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of each weight, in the order of the file."""
    units, encoder_units, z_size = sizes
    decoder = {
        "head_kernel": (units, HEAD_SIZE),
        "head_bias": (HEAD_SIZE,),
        **_lstm("", STROKE_SIZE + z_size, units),
    }
    if mode == GEN:
        return decoder
    return {
        **_lstm("forward_", STROKE_SIZE, encoder_units),
        **_lstm("backward_", STROKE_SIZE, encoder_units),
        **_dense("mean", 2 * encoder_units, z_size),
        **_dense("presig", 2 * encoder_units, z_size),
        **_dense("initial", z_size, 2 * units),
        **decoder,
    }


def _lstm(prefix: str, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    gates = 4 * units
    return {
        f"{prefix}kernel": (inputs, gates),
        f"{prefix}recurrent_kernel": (units, gates),
        f"{prefix}bias": (gates,),
    }


def _dense(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}_kernel": (inputs, outputs), f"{name}_bias": (outputs,)}


def _sizes(mode: str, found: Mapping[str, tuple[int, ...]]) -> Sizes:
    """The sizes by the shapes of three weights, which have two dimensions."""
    units = found["recurrent_kernel"][0]
    if mode == GEN:
        return Sizes(units)
    return Sizes(units, found["forward_recurrent_kernel"][0], found["mean_kernel"][1])


def read(path: str | os.PathLike) -> GenFile:
    """The model in a file.

    Raises:
        CheckpointError: a file that is missing, damaged, of something else, or of more than `LARGEST_FILE` bytes;
            names the file, the field, what was expected and what was found.
    """
    try:
        fields, found, texts = _parsed(_text(path))
        info = _checked_info(fields)
        expected = _checked_shapes(info.mode, _named(found, "shapes", info.mode))
        weights = _named(texts, "weights", info.mode)
        return GenFile(info, {name: _decoded(name, text, expected[name]) for name, text in weights.items()})
    except InputError as error:
        raise CheckpointError(f"{path}: {error}") from error.__cause__


def write(path: str | os.PathLike, file: GenFile) -> None:
    """Writes a model as the published JavaScript reads it; the same model gives the same bytes.

    A weight becomes the nearest multiple of `STEP` that the format holds. So it changes by `STEP` / 2 at most, unless
    it lies beyond `LARGEST_WEIGHT`: such ones become that, as in Google's files, and a warning counts them. The file
    is whole or not there.

    Args:
        path: where to; pages expect it to be named `CATEGORY.gen.json` or `CATEGORY.vae.json`, after its mode.
        file: what to write.

    Raises:
        CheckpointError: a weight that is missing, of another shape or not finite, or a value of `info` that `read`
            would refuse; names the file and the field.
    """
    try:
        info = _checked_info(file.info._asdict())
        expected = _checked_shapes(info.mode, {name: list(value.shape) for name, value in file.weights.items()})
        texts = [_encoded(name, file.weights[name]) for name in expected]
    except InputError as error:
        raise CheckpointError(f"{path}: {error}") from error.__cause__
    text = json.dumps([info._asdict(), list(expected.values()), texts], separators=(",", ":"))
    with replacing(path) as partial:
        partial.write_text(text, encoding="ascii")


def _text(path: str | os.PathLike) -> str:
    """The text of a file, which holds few enough values to be parsed."""
    content = read_bytes(path, LARGEST_FILE)
    if sum(map(content.count, (b"[", b"{", b","))) > MOST_VALUES:  # each value follows one; base64 has none of them
        raise InputError(f"expected [info, shapes, weights], found more than {MOST_VALUES} values")
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        raise InputError(f"expected JSON in ASCII, found {error}") from None


def _parsed(text: str) -> tuple[dict, list, list]:
    """Info, shapes and weights as the JSON has them."""
    try:
        number = finite_number
        content = json.loads(text, object_pairs_hook=without_repeats, parse_float=number, parse_constant=number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected JSON, found {error}") from None
    kinds = tuple(map(type, content)) if isinstance(content, list) else ()
    if kinds != (dict, list, list):
        raise InputError(f"expected [info, shapes, weights], an object and two lists, found {_show(content)}")
    return tuple(content)


def _show(value: Any) -> str:
    """`value` in words of a length that a person reads."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = repr(value[:LONGEST_NAME] if isinstance(value, str) else value)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"


def _is_name(value: Any) -> bool:
    """Whether a value can stand in the names of files."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME and is_file_stem(value) and value.strip(".") != ""


RULES = {
    "name": Rule(f"a printable name of at most {LONGEST_NAME} characters without path separators", _is_name),
    "mode": Rule(f"one of {', '.join(map(repr, MODES))}", lambda v: type(v) in (int, str) and v in MODES),
    "max_seq_len": Rule(f"an integer from 1 to {MOST_POINTS}", lambda v: is_integer(v) and 1 <= v <= MOST_POINTS),
    "scale_factor": Rule(
        "a number from {:g} to {:g}".format(*SCALES), lambda v: is_number(v) and SCALES[0] <= v <= SCALES[1]
    ),
    "version": Rule("an integer from 0 to 1000", lambda v: is_integer(v) and 0 <= v <= 1000),
}


def _checked_info(info: Mapping[str, Any]) -> Info:
    """The fields that a model needs, with the mode as "gen" or "vae"; further ones are passed over."""
    for name, rule in RULES.items():
        if name not in info:
            raise InputError(f"info: expected a field {name!r}, found {', '.join(map(_show, [*info][:10])) or 'none'}")
        if not rule.holds(info[name]):
            raise InputError(f"info, {name}: expected {rule.expected}, found {_show(info[name])}")
    values = {name: info[name] for name in RULES}
    return Info(**values | {"mode": MODES[info["mode"]], "scale_factor": float(info["scale_factor"])})


def _named(values: list, what: str, mode: str) -> dict[str, Any]:
    """The entries of a list by the names of the weights, of which there must be as many."""
    names = NAMES[mode]
    if len(values) != len(names):
        raise InputError(f"{what}: expected {len(names)} in mode {mode!r} ({', '.join(names)}), found {len(values)}")
    return dict(zip(names, values, strict=True))


def _checked_shapes(mode: str, found: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes by name, in the order of the file, if they fit one another."""
    if found.keys() != set(NAMES[mode]):
        raise InputError(f"weights: expected {', '.join(NAMES[mode])} in mode {mode!r}, found {', '.join(found)}")
    for name, shape in shapes(mode, Sizes(1, 1, 1)).items():
        _check_dimensions(name, found[name], len(shape))
    sizes = _sizes(mode, found)
    expected = shapes(mode, sizes)
    for name, shape in expected.items():
        if tuple(found[name]) != shape:
            known = f"beside {sizes.units} units, {sizes.encoder_units} of the encoder and a code of {sizes.z_size}"
            raise InputError(f"shape of {name}: expected {list(shape)} {known}, found {list(found[name])}")
    return expected


def _check_dimensions(name: str, shape: Any, dimensions: int) -> None:
    is_list = isinstance(shape, list) and len(shape) == dimensions
    if not is_list or not all(is_integer(size) and 1 <= size <= LARGEST_FILE for size in shape):
        found = f"[{', '.join(map(_show, shape[:3]))}]" if isinstance(shape, list) else _show(shape)
        most = f"integers from 1 to {LARGEST_FILE}"
        raise InputError(f"shape of {name}: expected a list of {dimensions} {most}, found {found}")


def _decoded(name: str, text: Any, shape: tuple[int, ...]) -> np.ndarray:
    """One weight, float32. Its text must have the length that the shape asks for, before memory is taken."""
    size = 2 * math.prod(shape)
    length = 4 * -(-size // 3)
    if not isinstance(text, str) or len(text) != length:
        found = f"{len(text):,}" if isinstance(text, str) else _show(text)
        raise InputError(f"weight {name} {list(shape)}: expected {length:,} characters of base64, found {found}")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InputError(f"weight {name}: expected base64, found: {error}") from None
    if len(content) != size:
        raise InputError(f"weight {name} {list(shape)}: expected {size:,} bytes in base64, found {len(content):,}")
    return np.multiply(np.frombuffer(content, "<i2"), STEP, dtype=np.float32).reshape(shape)


def _encoded(name: str, weight: np.ndarray) -> str:
    """One weight as base64."""
    finite = np.isfinite(weight)
    if not finite.all():
        place = tuple(map(int, np.unravel_index(np.argmin(finite), finite.shape)))
        raise InputError(f"weight {name}{list(place)}: expected a finite number, found {weight[place]}")
    steps = np.rint(np.asarray(weight, np.float64) / STEP)
    held = np.clip(steps, INT16.min, INT16.max)
    if beyond := np.count_nonzero(held != steps):
        message = "%d of the %d numbers of %s were beyond %g, which is all that the format holds, the furthest %.4g"
        logger.warning(message, beyond, weight.size, name, LARGEST_WEIGHT, np.abs(weight).max())
    return base64.b64encode(held.astype("<i2").tobytes()).decode()
