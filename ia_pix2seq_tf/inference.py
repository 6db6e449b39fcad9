"""What a model makes of many sketches or codes, a batch at a time, and the one place that asks what it reads.

`model.reads` names what its encoder takes: "images", "sequences" (strokes), "patches" and "node_weights" (graphs of
strokes), or nothing where there is no encoder.
Callers hand over all that they know of a sketch; what the model reads is made of it here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ia_pix2seq_tf.constants import NO_COMPONENT
from ia_pix2seq_tf.data.files import Strokes
from ia_pix2seq_tf.data.images import to_unit
from ia_pix2seq_tf.graphs import cut_graphs
from ia_pix2seq_tf.render import render_many
from ia_pix2seq_tf.strokes import checked_strokes, to_sequences

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq

BATCH = 256  # sketches that the encoder sees at a time, at most
GRAPH_BATCH = 64  # of those whose graphs it sees: 22 MB as they are cut, ten times that in the first convolutions
MOST_ROWS = 2**15
"""Time steps of all sequences in a batch, at most: two recurrent encoders of 256 units hold some 400 MB for as many."""
TIME_UNIT, LONG_TIME_UNIT = 32, 256
"""Sequences are padded to a multiple of the first, longer ones than the second to a multiple of that: each length is
traced once."""
MOST_POINTS = 4096  # longer sketches are refused: training has seen some 250 points at most
DEFAULT_SCALE = 35.0
"""Units of the data per model unit where neither model nor data tell: QuickDraw's categories have 28 to 42."""
NO_ENCODER = (
    "this model has no encoder, so that it reads no sketches; --mode=unconditional draws from nothing and "
    "--mode=continue goes on from given strokes"
)
ONLY_IMAGE = "only an image, while this model reads strokes: give an .svg or .npz file, or a model that reads images"
NOTHING = "neither an image nor strokes"


class Scale(NamedTuple):
    """Units of the data per model unit, and who says so: "model", "data" or "default"."""

    factor: float
    source: str


def scale_of(model: "IAPix2Seq", data: float | None = None) -> Scale:
    """The scale of a model: its own; else that of the data at hand; else `DEFAULT_SCALE`.

    Args:
        model: its `scale_factor` is that of its training data, None where the run did not keep it.
        data: the scale factor of other data, where there are any.
    """
    if model.scale_factor:
        return Scale(float(model.scale_factor), "model")
    return Scale(DEFAULT_SCALE, "default") if data is None else Scale(float(data), "data")


def check_encoder(model: "IAPix2Seq") -> None:
    """Raises ValueError if the model reads nothing."""
    if not model.reads:
        raise ValueError(NO_ENCODER)


def encode_all(
    model: "IAPix2Seq",
    images: Sequence[np.ndarray | None] | np.ndarray | None = None,
    strokes: Sequence[np.ndarray | None] | Strokes | None = None,
    scale_factor: float | np.ndarray = 1.0,
    names: Sequence[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Code means and variances, float32 `[n, z_size]` each, of sketches.

    Args:
        model: that reads them.
        images: uint8 `[size, size]` each, 255 is white. Where there is none, a model that reads images gets the strokes
            drawn as the training images were.
        strokes: `[n, 3]` each, n from 0. Where there are none, a model that reads strokes cannot encode the sketch.
        scale_factor: units of the strokes per model unit, one for all or `[n]`; 1 for strokes in model units.
        names: of the sketches, for errors.

    Raises:
        ValueError: a model without an encoder; or one that reads strokes and a sketch that is only an image or has more
            than `MOST_POINTS` points.
    """
    check_encoder(model)
    known = images if images is not None else strokes
    n = 0 if known is None else len(known)
    sketches = _Sketches(images, strokes, np.broadcast_to(scale_factor, n), names, model.hps.png_width)
    lengths = np.array([len(_points(sketches, i)) for i in range(n)] if reads_strokes(model) else [0] * n, int)
    encode = model.encode_in_graph if "sequences" in model.reads else model.encode
    codes = np.zeros((2, n, model.z_size), np.float32)
    for indices in _batches(lengths, GRAPH_BATCH if "patches" in model.reads else BATCH):
        inputs: dict[str, np.ndarray] = {}
        for read in dict.fromkeys(_READERS[name] for name in model.reads):
            inputs |= read(sketches, indices)
        codes[:, indices] = np.stack(encode(*(inputs[name] for name in model.reads)))
    return codes[0], codes[1]


def reads_strokes(model: "IAPix2Seq") -> bool:
    """Whether a model reads strokes, or what is made of them, so that an image alone does not do."""
    return any(name != "images" for name in model.reads)


def encode_drawings(model: "IAPix2Seq", drawings: Sequence[np.ndarray] | Strokes) -> tuple[np.ndarray, np.ndarray]:
    """Code means and variances, float32 `[n, z_size]` each, of what a model has drawn: strokes `[n, 3]` in model units.

    A model that reads images sees them drawn as the training images were.
    """
    return encode_all(model, strokes=drawings)


def assign_all(model: "IAPix2Seq", codes: np.ndarray, sigma2: np.ndarray | float = 0.0) -> np.ndarray:
    """The latent component of each code `[n, z_size]`, int64 `[n]`; `NO_COMPONENT` where the model has none.

    Args:
        model: that the codes are of.
        codes: means of the encoder, or codes of any origin.
        sigma2: the encoder's variances `[n, z_size]`; 0 for codes that were not encoded.
    """
    if not model.latent.k:
        return np.full(len(codes), NO_COMPONENT, np.int64)
    variances = np.broadcast_to(np.asarray(sigma2, np.float32), codes.shape)
    return model.assign_components(codes, variances)["label"].numpy()


class _Sketches(NamedTuple):
    """What is known of the sketches to encode; see `encode_all`. `size` is that of the images, in pixels."""

    images: Sequence[np.ndarray | None] | np.ndarray | None
    strokes: Sequence[np.ndarray | None] | Strokes | None
    scales: np.ndarray
    names: Sequence[str] | None
    size: int


def _images(sketches: _Sketches, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Images float32 `[batch, size, size]` in [-1, 1]; those that are missing are drawn."""
    known = [None if sketches.images is None else sketches.images[i] for i in indices]
    missing = [_strokes(sketches, i, NOTHING) for i, image in zip(indices, known, strict=True) if image is None]
    drawn = iter(render_many(missing, sketches.size))
    return {"images": to_unit(np.stack([next(drawn) if image is None else image for image in known]))}


def _sequences(sketches: _Sketches, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Sequences float32 `[batch, time + 1, 5]` in model units, start token first, padded to one length."""
    scales = np.column_stack([sketches.scales[indices]] * 2 + [np.ones(len(indices))]).astype(np.float32)
    parts = [np.float32(_points(sketches, i)) / scale for i, scale in zip(indices, scales, strict=True)]
    lengths = np.array([len(part) for part in parts])
    return {"sequences": to_sequences(np.concatenate(parts), lengths, padded_length(int(lengths.max())))}


def _graphs(sketches: _Sketches, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Patches uint8 `[batch, 21, 128, 128]` and node weights float32 `[batch, 21]`, of strokes in any unit."""
    patches, weights = cut_graphs([_finite(sketches, i) for i in indices])
    return {"patches": patches, "node_weights": weights}


_READERS: dict[str, Callable[[_Sketches, np.ndarray], dict[str, np.ndarray]]] = {
    "images": _images,
    "sequences": _sequences,
    "patches": _graphs,
    "node_weights": _graphs,
}
"""What makes an input of a model, by its name in `model.reads`, with all that comes of the same work."""


def _points(sketches: _Sketches, index: int) -> np.ndarray:
    """The strokes `[n, 3]` of one sketch, for a model that reads them."""
    strokes = _strokes(sketches, index, ONLY_IMAGE)
    if len(strokes) > MOST_POINTS:
        name = _name(sketches, index)
        raise ValueError(f"{name}: expected at most {MOST_POINTS:,} points, found {len(strokes):,}; simplify it")
    return strokes


def _finite(sketches: _Sketches, index: int) -> np.ndarray:
    """The strokes `[n, 3]` of one sketch, for a model that reads what is drawn of them."""
    strokes = _points(sketches, index)
    try:
        return checked_strokes(strokes)
    except ValueError as error:
        raise ValueError(f"{_name(sketches, index)}: {error}") from None


def _strokes(sketches: _Sketches, index: int, problem: str) -> np.ndarray:
    """The strokes of one sketch; raises ValueError with this problem where there are none."""
    strokes = None if sketches.strokes is None else sketches.strokes[index]
    if strokes is None:
        raise ValueError(f"{_name(sketches, index)}: {problem}")
    return strokes


def _name(sketches: _Sketches, index: int) -> str:
    return f"sketch {index}" if sketches.names is None else sketches.names[index]


def padded_length(points: int) -> int:
    """Time steps for a sketch of so many points and an end token, one of few multiples.

    >>> [padded_length(points) for points in (1, 31, 32, 255, 256, 4096)]
    [32, 32, 64, 256, 512, 4352]
    """
    unit = TIME_UNIT if points < LONG_TIME_UNIT else LONG_TIME_UNIT
    return (points // unit + 1) * unit


def _batches(lengths: np.ndarray, most: int) -> Iterator[np.ndarray]:
    """Indices of at most so many sketches of about the same number of points `lengths`, the longest first."""
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        size = max(1, min(most, MOST_ROWS // padded_length(int(lengths[order[0]]))))
        yield order[:size]
        order = order[size:]
