"""What a system is made of, and the parts that several of them share.

A system is a file beside this one, with `build(hps) -> System`; where its program was published, `ORIGINAL` says how
that program named variables and hyperparameters; `largest(hps)` says how many entries its largest weights have.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.checkpoints.gen_json import GenFile
from ia_pix2seq_tf.checkpoints.slots import Named, Parts
from ia_pix2seq_tf.graphs import NODES, PATCH
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import LatentGMM, Posterior, Prior
from ia_pix2seq_tf.latent.gmm import Rule
from ia_pix2seq_tf.networks import CNNDecoder, CNNEncoder, GraphEncoder, SequenceEncoder, StrokeDecoder
from ia_pix2seq_tf.networks.initializers import Shape
from ia_pix2seq_tf.networks.sequence import KeepProbs
from ia_pix2seq_tf.networks.stroke_decoder import STROKE_SIZE
from ia_pix2seq_tf.replica import Replica
from ia_pix2seq_tf.strokes import START_TOKEN

ENCODER_SEED, DECODER_SEED, PIXEL_SEED, LATENT_SEED, COMPANION_SEED = 100, 200, 300, 400, 500  # offsets from hps.seed
FIRST_INPUTS = {"start": START_TOKEN, "zeros": (0.0,) * STROKE_SIZE}
"""The stroke before the first, by the value of `hps.first_input`."""


class Batch(NamedTuple):
    """Sketches as training has them; all but sequences may be None where a system has no use for them.

    Attributes:
        images: `[batch, width, width]` in [-1, 1].
        sequences: stroke-5 with the start token, `[batch, time + 1, 5]`.
        patches, node_weights: the graph, as `GraphEncoder` reads it.
    """

    images: tf.Tensor | None
    sequences: tf.Tensor
    patches: tf.Tensor | None = None
    node_weights: tf.Tensor | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Batch":
        """The fields that there are, as tensors of their types; others are left alone."""
        return cls(**{name: None if fields.get(name) is None else as_field(name, fields[name]) for name in cls._fields})

    def part(self, replica: Replica) -> "Batch":
        """A replica's part of the batch."""
        return Batch(*(None if field is None else replica.part(field) for field in self))


class Field(NamedTuple):
    """What a field of `Batch` is like: the shape of one sketch, None where any number will do, and the type."""

    shape: Callable[[HParams], Shape]
    dtype: tf.DType = tf.float32


FIELDS = {
    "images": Field(lambda hps: (hps.png_width, hps.png_width)),
    "sequences": Field(lambda hps: (None, STROKE_SIZE)),
    "patches": Field(lambda hps: (NODES, PATCH, PATCH), tf.uint8),
    "node_weights": Field(lambda hps: (NODES,)),
}
"""Every field of `Batch`, and so all that an encoder may read, by name."""


def as_field(name: str, values: Any) -> tf.Tensor:
    """Values as a tensor of the type of a field."""
    return tf.convert_to_tensor(values, FIELDS[name].dtype)


def field_spec(name: str, hps: HParams, batch: int | None) -> tf.TensorSpec:
    """Shape and type of a field of a batch of that many sketches; None for any number."""
    field = FIELDS[name]
    return tf.TensorSpec((batch, *field.shape(hps)), field.dtype, name)


class Term(NamedTuple):
    """A loss term, and its weight in the total; 0 for what is only watched."""

    value: tf.Tensor
    weight: tf.Tensor | float


class Draw(Protocol):
    """What the model can make of codes `[batch, z_size]`, for the loss terms."""

    def sequence_loss(self, z: tf.Tensor, padding: bool | None = None) -> tf.Tensor:
        """`losses.sequence_loss` of the batch; `padding` is whether the pen's cross-entropy counts the steps after a
        sketch, by default while training.
        """

    def pixels(self, z: tf.Tensor) -> tf.Tensor:
        """Pixels `[batch, width, width, 1]`."""


Terms = Callable[[Batch, Posterior, tf.Tensor, Any, Draw, tf.Tensor], dict[str, Term]]
"""The loss terms by name, of batch, posterior, codes, the latent `Update` (None of a prior that learns nothing),
what can be drawn, and the global step."""


class Optimizer(NamedTuple):
    """What of Adam and its learning rate a program has fixed."""

    beta_1: float = 0.5
    decay_period: float = 3  # steps per multiplication with decay_rate
    decay_dtype: str = "float32"  # in which it held decay_rate: 1.7e-8 make 3e-4 of the learning rate in 20,000 steps
    period_factor: float | None = None  # after each whole period, in the place of decay_rate and min_learning_rate


class Original(NamedTuple):
    """A published program of TensorFlow 1.

    Attributes:
        names: the name of every variable of a system, with its place.
        config: hyperparameters from the path of a `model_config.json` and the shapes in the checkpoint.
    """

    names: Callable[["System"], Named]
    config: Callable[[Path, Mapping[str, tuple[int, ...]]], HParams]


class Browser(NamedTuple):
    """The JSON files of sketch-rnn's browser demo.

    Attributes:
        names: the name of every weight in a file, with the place of the weight in a system; raises ValueError where
            files cannot hold one.
        config: hyperparameters of the model in a file.
    """

    names: Callable[[Parts], Named]
    config: Callable[[GenFile], HParams]


@dataclass(frozen=True)
class System:
    """A composition of parts.

    Attributes:
        encoder: None where nothing is read; its `reads` names the fields of `Batch` that it is called with.
        companion: a second encoder, of training alone.
        paths: how many codes training has of a sketch, side by side: those of the encoder, then those of its companion.
            The first is the code of the sketch.
        decoder: of strokes.
        pixel_decoder: None where no pixels are drawn.
        latent: the prior of the codes.
        terms: the loss.
        criterion: weights of the terms whose sum decides which checkpoint is best.
        pixel_steps: from this global step on the pixel loss weighs nothing, and the pixel decoder learns no more.
        samples_in_evaluation: whether evaluation draws codes; else it takes the encoder's mean.
        optimizer: of its training.
        original: None where no program was published.
        browser: None where files of the browser demo hold no such models.
    """

    encoder: layers.Layer | None
    decoder: StrokeDecoder
    pixel_decoder: CNNDecoder | None
    latent: Prior
    terms: Terms
    criterion: Mapping[str, float] = field(default_factory=lambda: {"lil_loss": 1.0})
    pixel_steps: float = math.inf
    samples_in_evaluation: bool = True
    optimizer: Optimizer = Optimizer()
    original: Original | None = None
    browser: Browser | None = None
    companion: layers.Layer | None = None
    paths: int = 1

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields of `Batch` that the encoder is called with."""
        return () if self.encoder is None else self.encoder.reads

    @property
    def encoders(self) -> tuple[layers.Layer, ...]:
        """Those of training, in the order of their codes."""
        return tuple(encoder for encoder in (self.encoder, self.companion) if encoder is not None)

    @property
    def recurrent_encoder(self) -> SequenceEncoder | None:
        """The one that loops over time, if there is one."""
        return next((encoder for encoder in self.encoders if "sequences" in encoder.reads), None)

    @property
    def moving(self) -> tuple[keras.Variable, ...]:
        """The encoders' moving statistics, which no gradient changes: training assigns what a batch makes of them.

        An encoder that has some has `in_training`, see `GraphEncoder`.
        """
        return tuple(variable for encoder in self.encoders for variable in getattr(encoder, "moving", ()))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of `Batch` that training needs: what is drawn, and what is read."""
        drawn = ("images", "sequences") if self.pixel_decoder is not None else ("sequences",)
        read = [name for encoder in self.encoders for name in encoder.reads]
        return tuple(name for name in Batch._fields if name in (*drawn, *read))

    @property
    def convolves(self) -> bool:
        """Whether there are convolutions, which XLA makes slower on a CPU than TensorFlow's own."""
        return self.pixel_decoder is not None or not {"images", "patches"}.isdisjoint(self.reads)

    @property
    def z_size(self) -> int:
        """Dimension of the codes; 0 where there are none."""
        return self.latent.z_size


def keep_probs(hps: HParams) -> KeepProbs:
    """The three dropouts as probabilities of keeping an entry."""
    switched = (
        (hps.use_recurrent_dropout, hps.recurrent_dropout_prob),
        (hps.use_input_dropout, hps.input_dropout_prob),
        (hps.use_output_dropout, hps.output_dropout_prob),
    )
    return KeepProbs(*(keep if used and hps.is_training else 1.0 for used, keep in switched))


def product_dtype(hps: HParams) -> str:
    """In which type recurrent cells multiply."""
    return "bfloat16" if hps.precision == "bfloat16" else "float32"


def image_encoder(hps: HParams, variance_range: tuple[float, float] | None, codes: int = 1) -> CNNEncoder:
    """The encoder of IA-pix2seq and RPCL-pix2seq; `codes` of them side by side, of one trunk."""
    seed = hps.seed + ENCODER_SEED
    return CNNEncoder(codes * hps.z_size, variance_range, seed, hps.layers_without_norm, name="encoder")


def sequence_encoder(hps: HParams, name: str = "encoder", seed: int = ENCODER_SEED, codes: int = 1) -> SequenceEncoder:
    """The encoder of sketch-rnn; `codes` of them side by side, of the same two cells."""
    return SequenceEncoder(
        hps.enc_model,
        hps.enc_rnn_size,
        codes * hps.z_size,
        keep_probs(hps).recurrent,
        hps.plain_rnn,
        hps.seed + seed,
        product_dtype(hps),
        name=name,
    )


def graph_encoder(hps: HParams, log_variance: bool, variance_range: tuple[float, float] | None = None) -> GraphEncoder:
    """The encoder of SketchHealer, with its own variance, from a log variance, or that of IA-pix2seq."""
    return GraphEncoder(hps.z_size, log_variance, variance_range, hps.seed + ENCODER_SEED, name="encoder")


def mixture(hps: HParams, rule: Rule, warm_up_decay: float | None) -> LatentGMM:
    """The latent mixture that learns by a rule."""
    late = hps.mixture_start > 0
    return LatentGMM(hps.k, hps.z_size, rule, hps.seed + LATENT_SEED, late, warm_up_decay, name="latent")


def stroke_decoder(hps: HParams, initialization: str = "he") -> StrokeDecoder:
    """The decoder of all systems."""
    return StrokeDecoder(
        hps.dec_model,
        hps.dec_rnn_size,
        keep_probs(hps),
        hps.plain_rnn,
        hps.seed + DECODER_SEED,
        product_dtype(hps),
        initialization,
        FIRST_INPUTS[hps.first_input],
        hps.bounded_start,
        name="decoder",
    )


def pixel_decoder(hps: HParams) -> CNNDecoder:
    """The decoder of images."""
    return CNNDecoder(hps.png_width, hps.seed + PIXEL_SEED, name="pixel_decoder")


def largest_recurrent(units: int, inputs: int) -> int:
    """Entries, at least, of the largest weights of a cell."""
    return units * (units + inputs)
