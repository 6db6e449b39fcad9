"""The model of any system: it asks the system's parts, and knows none by name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import keras
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import losses, precision, systems
from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.checkpoints import tf1
from ia_pix2seq_tf.checkpoints.slots import Slot
from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE
from ia_pix2seq_tf.generation import Generator, longest_sketch
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import Mixture, Normal, Posterior, Sum, Update
from ia_pix2seq_tf.networks import SequenceEncoder, StrokeDecoder
from ia_pix2seq_tf.networks.batch_norm import Encoded
from ia_pix2seq_tf.networks.initializers import Shape
from ia_pix2seq_tf.networks.sequence import NO_DROPOUT, Dropout
from ia_pix2seq_tf.replica import ALONE, Replica
from ia_pix2seq_tf.systems.parts import Batch, System, Term, as_field, field_spec

NOISE_SEED, DROPOUT_SEED = 0, 1
ENCODER_DROPOUT = 1  # keeps its masks apart from the decoder's

TensorLike: TypeAlias = tf.types.experimental.TensorLike


class Losses(NamedTuple):
    """The loss of a batch.

    Attributes:
        terms: by name.
        update: what the batch makes of the latent mixture; None where nothing is learned.
        moved: what training on the batch makes of `System.moving`.
    """

    terms: dict[str, Term]
    update: Update | None
    moved: tuple[tf.Tensor, ...] = ()

    @property
    def total(self) -> tf.Tensor:
        """Σ weight · value."""
        return tf.add_n([term.value * term.weight for term in self.terms.values()])

    @property
    def scalars(self) -> dict[str, tf.Tensor]:
        """The terms' values, and total_loss."""
        return {**{name: term.value for name, term in self.terms.items()}, "total_loss": self.total}


class Chance(NamedTuple):
    """What of a step is drawn at random: before it, as XLA draws other numbers, and slowly.

    Attributes:
        noise: of the codes, `[batch, paths * z_size]`; zeros for the encoder's mean.
        encoder: dropout of an encoder that loops over time.
        decoder: dropout of the stroke decoder.
    """

    noise: tf.Tensor
    encoder: Dropout = NO_DROPOUT
    decoder: Dropout = NO_DROPOUT


class BoundDraw(NamedTuple):
    """What the model makes of codes for one batch; see `systems.parts.Draw`."""

    model: "IAPix2Seq"
    sequences: tf.Tensor
    dropout: Dropout
    training: bool
    compiles: bool

    def sequence_loss(self, z: tf.Tensor, padding: bool | None = None) -> tf.Tensor:
        function = self.model.compiled_sequence_loss if self.compiles else self.model.sequence_loss
        return function(z, self.sequences, self.dropout, self.training if padding is None else padding)

    def pixels(self, z: tf.Tensor) -> tf.Tensor:
        return self.model.decode_pixels(z)


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class IAPix2Seq(keras.Model):
    """The model of the system that `hps.system` names; see `catalogue.py`.

    Args:
        hps: configuration; `hps.validate()` is called. Where the process multiplies otherwise than `hps.precision`
            says (`precision.use`), there is a warning.

    >>> model = IAPix2Seq(HParams(categories=["cat"], dec_rnn_size=16, z_size=8))
    >>> mu, sigma2 = model.encode(tf.ones((2, 48, 48)))
    >>> model.decode_pixels(mu).shape
    TensorShape([2, 48, 48, 1])
    """

    def __init__(self, hps: HParams, **kwargs):
        super().__init__(**kwargs)
        hps.validate()
        precision.check(hps.precision)
        self.hps = hps
        self.system: System = systems.build(hps)
        self.encoder, self.companion, self.decoder = self.system.encoder, self.system.companion, self.system.decoder
        self.pixel_decoder, self.latent = self.system.pixel_decoder, self.system.latent
        self.generator = Generator(self.decoder, self.z_size, longest_sketch(hps.max_seq_len), hps.jit_compile)
        self.noise_seeds = keras.random.SeedGenerator(hps.seed)
        # XLA makes the loops over time several times faster, but convolutions slower than TensorFlow's own.
        self.compiled_sequence_loss = tf.function(self.sequence_loss, jit_compile=True, autograph=False)
        self._compiled_encode = tf.function(self._encode, jit_compile=True, autograph=False)
        self.encode_in_graph = tf.function(self.encode, autograph=False)  # where it loops over time, four times as fast
        self.build()

    def build(self, input_shape: Shape | None = None) -> None:
        codes = None, self.z_size
        layers: list[tuple[keras.layers.Layer | None, Sequence[Shape]]] = [
            *(
                (encoder, [tuple(field_spec(name, self.hps, None).shape) for name in encoder.reads])
                for encoder in self.system.encoders
            ),
            (self.decoder, [codes]),
            (self.pixel_decoder, [codes]),
        ]
        for layer, shapes in layers:
            if layer is not None:
                layer.build(*shapes)
                layer.built = True
        self.built = True

    @property
    def title(self) -> str:
        """The system's name for people."""
        return SYSTEMS[self.hps.system].title

    @property
    def reads(self) -> tuple[str, ...]:
        """What `encode` takes, in order, of the names in `systems.parts.FIELDS`; nothing without an encoder."""
        return self.system.reads

    @property
    def z_size(self) -> int:
        """Dimension of the codes; 0 where there are none."""
        return self.system.z_size

    @property
    def scale_factor(self) -> float | None:
        """Units of the data per model unit; None for a model that was saved without it."""
        return self.hps.scale_factor or None

    @property
    def compiles(self) -> bool:
        """Whether loops over time run under XLA: not eagerly."""
        return self.hps.jit_compile and not tf.executing_eagerly()

    @property
    def latent_mu(self) -> keras.Variable:
        """Means of the latent mixture, `[k, z_size]`; this and its like raise ValueError where there is none."""
        return self._mixture("latent_mu").mu

    @property
    def latent_sigma2(self) -> keras.Variable | tf.Tensor:
        """Variances of the latent mixture, `[k, z_size]`."""
        return self._mixture("latent_sigma2").sigma2

    @property
    def latent_alpha(self) -> keras.Variable | tf.Tensor:
        """Weights of the latent mixture, `[k, 1]`."""
        return self._mixture("latent_alpha").alpha

    def call(self, *inputs: TensorLike) -> tf.Tensor:
        """Code means `[batch, z_size]`; see `encode`."""
        return self.encode(*inputs)[0]

    def encode(self, *inputs: TensorLike) -> tuple[tf.Tensor, tf.Tensor]:
        """What the system reads to code mean and variance, `[batch, z_size]` each.

        Args:
            inputs: what `reads` names: images `[batch, width, width]` in [-1, 1], white = +1; sequences: stroke-5 with
                the start token, `[batch, time + 1, 5]`, in model units; patches uint8 `[batch, nodes, 128, 128]`, ink
                255 on 0, and node_weights `[batch, nodes]`.

        Raises:
            ValueError: where the system has no encoder, or reads something else.
        """
        if self.encoder is None:
            raise ValueError(f"encode: {self.title} without an encoder reads nothing (conditional=False)")
        if len(inputs) != len(self.reads):
            raise ValueError(f"encode: expected {', '.join(self.reads)}, found {len(inputs)} inputs")
        mean, sigma2 = self.encoder(*map(as_field, self.reads, inputs))
        return (mean, sigma2) if self.system.paths == 1 else (mean[:, : self.z_size], sigma2[:, : self.z_size])

    def encode_batch(self, batch: Mapping[str, Any]) -> Posterior:
        """As `encode`, of a batch with the fields that `reads` names; codes `[batch, 0]` where there is no encoder."""
        if self.encoder is None:
            empty = tf.zeros((tf.shape(batch["sequences"])[0], 0))
            return Posterior(empty, empty)
        return Posterior(*self.encode(*(batch[name] for name in self.reads)))

    def reparameterize(self, mu: tf.Tensor, sigma2: tf.Tensor, eps: TensorLike | None = None) -> tf.Tensor:
        """z = mu + sqrt(sigma2)·eps, `[batch, z_size]`; eps is drawn from N(0, 1) by default."""
        if eps is None:
            eps = keras.random.normal(tf.shape(mu), seed=self.noise_seeds)
        return mu + tf.sqrt(sigma2) * tf.convert_to_tensor(eps, tf.float32)

    def decode(self, z: TensorLike, inputs: TensorLike) -> tf.Tensor:
        """Codes `[batch, z_size]` and previous strokes `[batch, time, 5]` to raw parameters `[batch, time, 123]`."""
        return self.decoder(tf.convert_to_tensor(z, tf.float32), tf.convert_to_tensor(inputs, tf.float32))

    def decode_pixels(self, z: TensorLike) -> tf.Tensor:
        """Codes `[batch, z_size]` to pixels `[batch, width, width, 1]` in (-1, 1).

        Raises:
            ValueError: where the system draws no pixels.
        """
        if self.pixel_decoder is None:
            raise ValueError(f"decode_pixels: {self.title} draws strokes only, no pixels")
        return self.pixel_decoder(tf.convert_to_tensor(z, tf.float32))

    def gmm_update(self, z: tf.Tensor, sigma2: tf.Tensor, step: tf.Tensor | int, mean: tf.Tensor | None = None) -> None:
        """One update of the latent mixture on a batch of codes, assigned.

        Args:
            z, sigma2: sampled codes and encoder variances, `[batch, z_size]`.
            step: global step; decides between EM and RPCL in RPCL-pix2seq.
            mean: encoder means, from which RPCL-pix2seq learns; `z` by default.
        """
        posterior = Posterior(z if mean is None else mean, sigma2)
        mixture = self._mixture("gmm_update")
        proposal = mixture.propose(z, posterior, step).proposal
        if proposal is None:
            raise ValueError(f"gmm_update: the components of {self.title} are trained by gradient")
        mixture.assign(proposal)

    def assign_components(self, z: TensorLike, sigma2: TensorLike) -> dict[str, tf.Tensor]:
        """Which component each code belongs to.

        Differs from the reference where `repeat` is above 1: there, codes belong to the mixture that they themselves
        have moved, as if they were a batch of training.

        Returns:
            gamma: responsibilities `[batch, k]`; label: component `[batch]`.
        """
        z, sigma2 = tf.convert_to_tensor(z, tf.float32), tf.convert_to_tensor(sigma2, tf.float32)
        gamma, label = self._mixture("assign_components").belonging(z, Posterior(z, sigma2))
        return {"gamma": gamma, "label": label}

    def _mixture(self, what: str) -> Mixture:
        """The latent mixture; raises ValueError naming what asked for it where there is none."""
        if isinstance(self.latent, Normal):
            raise ValueError(f"{what}: the codes of {self.title} have no components")
        return self.latent

    def compute_losses(
        self,
        images: TensorLike | None,
        sequences: TensorLike,
        eps: TensorLike | None = None,
        step: tf.Tensor | int = 0,
        training: bool = True,
        seed: TensorLike | None = None,
        replica: Replica = ALONE,
        patches: TensorLike | None = None,
        node_weights: TensorLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """All loss terms of a batch, and the mixture that it proposes. Nothing is assigned.

        Args:
            images: `[batch, width, width]` in [-1, 1]; None for a system that has no use for them.
            sequences: stroke-5 with the start token, `[batch, time + 1, 5]`.
            eps: noise of the code, `[batch, z_size]`, of several paths side by side; by default drawn from N(0, 1), or
                zero where a system evaluates at the encoder's mean.
            step: global step, for the schedules.
            training: dropout, and the pen's cross-entropy after the end of the sketch.
            seed: int32 `[2]` of noise and dropout; drawn by default.
            replica: which of the replicas that have a part of the batch this one is; the statistics of the mixture
                are summed over all of them, the losses are those of this part.
            patches, node_weights: of a system that reads them, see `encode`.

        Returns:
            scalars under the names of the system's own program, such as alpha_loss, gaussian_loss, lil_loss, de_loss,
            kl_weight, and total_loss; where a latent mixture learns by a rule, the proposal q_mu, q_sigma2
            `[k, z_size]`, q_alpha `[k, 1]`.
        """
        fields = {"images": images, "sequences": sequences, "patches": patches, "node_weights": node_weights}
        batch = Batch.of(fields)
        chance = self.chance(batch, training, self.noise_seeds.next() if seed is None else seed, replica)
        chance = chance if eps is None else chance._replace(noise=tf.convert_to_tensor(eps, tf.float32))
        found = self.losses(batch, chance, step, training, replica.total)
        proposal = found.update and found.update.proposal
        proposed = {} if proposal is None else proposal._asdict()
        return {**found.scalars, **{f"q_{name}": value for name, value in proposed.items()}}

    def chance(self, batch: Batch, training: bool, seed: TensorLike, replica: Replica = ALONE) -> Chance:
        """What a step on a batch draws at random: a function of the seed, int32 `[2]`.

        Several replicas draw for the whole batch, of which each takes its part: together they compute what one does.
        """
        size, rows, _ = batch.sequences.shape
        whole = (size or tf.shape(batch.sequences)[0]) * replica.count
        seeds = tf.random.experimental.stateless_split(tf.cast(seed, tf.int32), 2)
        width = self.system.paths * self.z_size
        if training or self.system.samples_in_evaluation:
            noise = replica.part(tf.random.stateless_normal((whole, width), seeds[NOISE_SEED]))
        else:
            noise = tf.zeros((whole // replica.count, width))
        if not training:
            return Chance(noise)

        def dropout(layer: SequenceEncoder | StrokeDecoder, seed: tf.Tensor) -> Dropout:
            masks = layer.masks(seed, rows - 1, whole)
            return Dropout(*(None if mask is None else replica.part(mask, axis=1) for mask in masks))

        decoder = dropout(self.decoder, seeds[DROPOUT_SEED])
        if self.system.recurrent_encoder is None:
            return Chance(noise, decoder=decoder)
        seed = tf.random.experimental.stateless_fold_in(seeds[DROPOUT_SEED], ENCODER_DROPOUT)
        return Chance(noise, dropout(self.system.recurrent_encoder, seed), decoder)

    def losses(
        self,
        batch: Batch,
        chance: Chance,
        step: tf.Tensor | int,
        training: bool,
        total: Sum = tf.identity,
        compiles: bool | None = None,
    ) -> Losses:
        """The loss terms of a batch with their weights, and the update of the latent mixture that it proposes.

        The latent losses are taken against the parameters that the prior gives them, see `latent.Update`.

        Args:
            batch: the sketches.
            chance: what was drawn at random.
            step, training: see `compute_losses`.
            total: sums the statistics of the mixture and of batch norms over replicas.
            compiles: whether loops over time are compiled, each on its own; by default as the property says. Not within
                what is compiled as a whole: to a compiled function, one within it is a constant, weights and all.
        """
        compiles = self.compiles if compiles is None else compiles
        encoded = self._encoded(batch, chance.encoder, training, total, compiles)
        posterior = Posterior(encoded.mean, encoded.sigma2)
        z = self.reparameterize(*posterior, self.latent.noise(chance.noise))
        update = self.latent.propose(z, posterior, step, total)
        draw = BoundDraw(self, batch.sequences, chance.decoder, training, compiles)
        return Losses(self.system.terms(batch, posterior, z, update, draw, step), update, encoded.moved)

    def sequence_loss(self, z: tf.Tensor, sequences: tf.Tensor, dropout: Dropout, training: bool) -> tf.Tensor:
        """`losses.sequence_loss` of strokes drawn from codes `[batch, z_size]`, each after the true one before it."""
        inputs, targets = sequences[:, :-1], sequences[:, 1:]
        if self.hps.first_input != "start":
            first = tf.broadcast_to(tf.constant(self.decoder.start), tf.shape(inputs[:, 0]))
            inputs = tf.concat([first[:, None], inputs[:, 1:]], axis=1)
        raw, _ = self.decoder.run(z, inputs, dropout=dropout)
        return losses.sequence_loss(raw, targets, training)

    def _encoded(self, batch: Batch, dropout: Dropout, training: bool, total: Sum, compiles: bool) -> Encoded:
        """What the encoders say of a batch, all codes side by side; codes `[batch, 0]` where there is no encoder."""
        found = [self._read(encoder, batch, dropout, training, total, compiles) for encoder in self.system.encoders]
        if len(found) < 2:
            return found[0] if found else Encoded(*self.encode_batch(batch._asdict()))
        means, variances, moved = zip(*found, strict=True)
        return Encoded(tf.concat(means, axis=1), tf.concat(variances, axis=1), sum(moved, ()))

    def _read(
        self, encoder: keras.layers.Layer, batch: Batch, dropout: Dropout, training: bool, total: Sum, compiles: bool
    ) -> Encoded:
        """What one encoder says of a batch."""
        inputs = [getattr(batch, name) for name in encoder.reads]
        if training and hasattr(encoder, "in_training"):  # has moving statistics
            return encoder.in_training(*inputs, total=total)
        if encoder is not self.system.recurrent_encoder:
            return Encoded(*encoder(*inputs))
        encode = self._compiled_encode if compiles else self._encode
        return Encoded(*encode(inputs, dropout))

    def _encode(self, inputs: Sequence[tf.Tensor], dropout: Dropout) -> tuple[tf.Tensor, tf.Tensor]:
        encoder = cast(SequenceEncoder, self.system.recurrent_encoder)  # asked only where there is one
        return encoder(*inputs, dropout=dropout)

    def tf1_slots(self) -> dict[str, Slot]:
        """Where every variable of the system's original program lives, by its name there.

        Raises:
            ValueError: for a system of which no program was published.
        """
        if self.system.original is None:
            raise ValueError(f"{self.title} has no names of TensorFlow 1: no program of it was published")
        return dict(self.system.original.names(self.system))

    @property
    def tf1_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every variable of the model under its name in the original's checkpoints."""
        return {name: slot.shape for name, slot in self.tf1_slots().items()}

    def get_tf1_variables(self) -> dict[str, np.ndarray]:
        """Every variable of the model under its original name."""
        return {name: slot.read() for name, slot in self.tf1_slots().items()}

    def set_tf1_variables(self, values: Mapping[str, np.ndarray]) -> None:
        """Sets variables by their original names; see `checkpoints.tf1.assign`."""
        tf1.assign(self.tf1_slots(), values)

    def generate(
        self,
        z: TensorLike,
        max_len: int | None = None,
        temperature: float = DEFAULT_TEMPERATURE,
        greedy: bool = False,
        seed: int | None = None,
    ) -> list[np.ndarray]:
        """Sketches drawn from codes.

        Args:
            z: `[batch, z_size]`.
            max_len: most points of a sketch; `hps.max_seq_len` by default.
            temperature: 0 < temperature; lower is tidier.
            greedy: always the likeliest pen state, and the mean of the likeliest component.
            seed: int; a sketch depends on it and on its place in the batch, not on the other sketches.

        Returns:
            one float32 stroke-3 array `[n, 3]` per code, in model units.
        """
        return list(self.generate_each(z, max_len, temperature, greedy, seed))

    def generate_each(
        self,
        z: TensorLike,
        max_len: int | None = None,
        temperature: float = DEFAULT_TEMPERATURE,
        greedy: bool = False,
        seed: int | None = None,
        prefixes: Sequence[np.ndarray] | None = None,
        chances: Sequence[int] | np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """As `generate`, one sketch after the other; see `generation.Generator.each`."""
        return self.generator.each(z, max_len, temperature, greedy, seed, prefixes, chances)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "hps": self.hps.to_dict()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "IAPix2Seq":
        config = dict(config)
        return cls(HParams.from_dict(config.pop("hps")), **config)
