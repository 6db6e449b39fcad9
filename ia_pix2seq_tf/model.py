"""IA-pix2seq and RPCL-pix2seq: the networks and the latent mixture put together."""

from collections.abc import Iterator, Mapping

import keras
import numpy as np
import tensorflow as tf

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.checkpoints import tf1
from ia_pix2seq_tf.generation import Generator, longest_sketch
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent import LatentGMM
from ia_pix2seq_tf.networks import CNNDecoder, CNNEncoder, StrokeDecoder
from ia_pix2seq_tf.networks.sequence import NO_DROPOUT, Dropout, KeepProbs
from ia_pix2seq_tf.replica import ALONE
from ia_pix2seq_tf.stroke_mixture import DEFAULT_TEMPERATURE

IA_VARIANCE_RANGE = (0.1, 1e5)  # IA-pix2seq's bounds on the encoder's variance
ENCODER_SEED, DECODER_SEED, PIXEL_SEED, LATENT_SEED = 100, 200, 300, 400  # offsets from hps.seed
NOISE_SEED, DROPOUT_SEED = 0, 1


def keep_probs(hps: HParams) -> KeepProbs:
    """The three dropouts as probabilities of keeping an entry."""
    switched = (
        (hps.use_recurrent_dropout, hps.recurrent_dropout_prob),
        (hps.use_input_dropout, hps.input_dropout_prob),
        (hps.use_output_dropout, hps.output_dropout_prob),
    )
    return KeepProbs(*(keep if used and hps.is_training else 1.0 for used, keep in switched))


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class IAPix2Seq(keras.Model):
    """The model of either system, `hps.system` = "ia" or "rpcl".

    Args:
        hps: configuration; `hps.validate()` is called. Its `precision` also switches TF32 on or off, for the whole
            process: the model built last decides. TensorFlow has it on where the GPU can, so that float32, which
            gives the reference's numbers, must switch it off.

    >>> model = IAPix2Seq(HParams(categories=["cat"], dec_rnn_size=16, z_size=8))
    >>> mu, sigma2 = model.encode(tf.ones((2, 48, 48)))
    >>> model.decode_pixels(mu).shape
    TensorShape([2, 48, 48, 1])
    """

    def __init__(self, hps: HParams, **kwargs):
        super().__init__(**kwargs)
        hps.validate()
        self.hps = hps
        tf.config.experimental.enable_tensor_float_32_execution(hps.precision != "float32")
        ia, seed = hps.system == "ia", hps.seed
        self.encoder = CNNEncoder(hps.z_size, IA_VARIANCE_RANGE if ia else None, seed + ENCODER_SEED, name="encoder")
        self.decoder = StrokeDecoder(
            hps.dec_model,
            hps.dec_rnn_size,
            keep_probs(hps),
            hps.plain_rnn,
            seed + DECODER_SEED,
            "bfloat16" if hps.precision == "bfloat16" else "float32",
            name="decoder",
        )
        self.pixel_decoder = CNNDecoder(hps.png_width, seed + PIXEL_SEED, name="pixel_decoder")
        harmony = hps.top_learning == "hl"
        self.latent = LatentGMM(hps.k, hps.z_size, hps.system, harmony, hps.repeat, seed + LATENT_SEED, name="latent")
        self.generator = Generator(self.decoder, hps.z_size, longest_sketch(hps.max_seq_len), hps.jit_compile)
        self.noise_seeds = keras.random.SeedGenerator(seed)
        # XLA makes the loop over time several times faster, but convolutions slower than TensorFlow's own.
        self._compiled_sequence_loss = tf.function(self._sequence_loss, jit_compile=True, autograph=False)
        self.build((None, hps.png_width, hps.png_width))

    def build(self, input_shape):
        codes = (None, self.hps.z_size)
        self.encoder.build(input_shape)
        self.decoder.build(codes)
        self.pixel_decoder.build(codes)
        for layer in (self.encoder, self.decoder, self.pixel_decoder):
            layer.built = True
        self.built = True

    @property
    def reads(self) -> tuple[str, ...]:
        """What the encoder reads, in the order of `encode`'s arguments."""
        return ("images",)

    @property
    def z_size(self) -> int:
        """Dimensions of a code."""
        return self.hps.z_size

    @property
    def scale_factor(self) -> float | None:
        """Units of the data per model unit, where the run has kept it."""
        return None

    @property
    def latent_mu(self) -> keras.Variable:
        """Means of the latent mixture, `[k, z_size]`."""
        return self.latent.mu

    @property
    def latent_sigma2(self) -> keras.Variable:
        """Variances of the latent mixture, `[k, z_size]`."""
        return self.latent.sigma2

    @property
    def latent_alpha(self) -> keras.Variable:
        """Weights of the latent mixture, `[k, 1]`."""
        return self.latent.alpha

    def call(self, images):
        """Code means `[batch, z_size]` of images `[batch, width, width]`."""
        return self.encode(images)[0]

    def encode(self, images) -> tuple[tf.Tensor, tf.Tensor]:
        """Images `[batch, width, width]` in [-1, 1], white = +1, to code mean and variance `[batch, z_size]`."""
        return self.encoder(tf.convert_to_tensor(images, tf.float32))

    def reparameterize(self, mu, sigma2, eps=None) -> tf.Tensor:
        """z = mu + sqrt(sigma2)·eps, `[batch, z_size]`; eps is drawn from N(0, 1) by default."""
        if eps is None:
            eps = keras.random.normal(tf.shape(mu), seed=self.noise_seeds)
        return mu + tf.sqrt(sigma2) * tf.convert_to_tensor(eps, tf.float32)

    def decode(self, z, inputs) -> tf.Tensor:
        """Codes `[batch, z_size]` and previous strokes `[batch, time, 5]` to raw parameters `[batch, time, 123]`."""
        return self.decoder(tf.convert_to_tensor(z, tf.float32), tf.convert_to_tensor(inputs, tf.float32))

    def decode_pixels(self, z) -> tf.Tensor:
        """Codes `[batch, z_size]` to pixels `[batch, width, width, 1]` in (-1, 1)."""
        return self.pixel_decoder(tf.convert_to_tensor(z, tf.float32))

    def gmm_update(self, z, sigma2, step, mean=None) -> None:
        """One update of the latent mixture on a batch of codes, assigned.

        Args:
            z, sigma2: sampled codes and encoder variances, `[batch, z_size]`.
            step: global step; decides between EM and RPCL in RPCL-pix2seq.
            mean: encoder means, from which RPCL-pix2seq learns; `z` by default.
        """
        self.latent.assign(self.latent.propose(z, sigma2, step, mean).params)

    def assign_components(self, z, sigma2) -> dict[str, tf.Tensor]:
        """Which component each code belongs to.

        Returns:
            gamma: responsibilities `[batch, k]`; label: component `[batch]`.
        """
        update = self.latent.propose(tf.convert_to_tensor(z), tf.convert_to_tensor(sigma2))
        return {"gamma": update.gamma, "label": update.label}

    def compute_losses(self, images, sequences, eps=None, step=0, training=True, seed=None, replica=ALONE):
        """All loss terms of a batch, and the mixture that it proposes. Nothing is assigned.

        The latent losses are taken against the proposed parameters, without gradient into them.

        Args:
            images: `[batch, width, width]` in [-1, 1].
            sequences: stroke-5 with the start token, `[batch, time + 1, 5]`.
            eps: noise of the code, `[batch, z_size]`; by default drawn from N(0, 1), or zero where RPCL-pix2seq
                evaluates (it uses the encoder's mean).
            step: global step, for the schedules.
            training: dropout, and the pen's cross-entropy after the end of the sketch.
            seed: int32 `[2]` of noise and dropout; drawn by default.
            replica: which of the replicas that have a part of the batch this one is; the statistics of the mixture
                are summed over all of them, the losses are those of this part.

        Returns:
            scalars alpha_loss, gaussian_loss, lil_loss, de_loss, kl_weight, total_loss, and the proposal
            q_mu, q_sigma2 `[k, z_size]`, q_alpha `[k, 1]`.
        """
        images, sequences = (tf.convert_to_tensor(x, tf.float32) for x in (images, sequences))
        seed = self.noise_seeds.next() if seed is None else seed
        seeds = tf.random.experimental.stateless_split(tf.cast(seed, tf.int32), 2)
        mean, sigma2 = self.encode(images)
        z = self.reparameterize(mean, sigma2, self._noise(mean, eps, training, seeds[NOISE_SEED], replica))
        update = self.latent.propose(z, sigma2, step, mean, replica.total)
        dropout = self._dropout(sequences, seeds[DROPOUT_SEED], replica) if training else NO_DROPOUT
        compiled = self.hps.jit_compile and not tf.executing_eagerly()
        sequence_loss = self._compiled_sequence_loss if compiled else self._sequence_loss
        terms = {
            **self._latent_losses(update, mean, sigma2),
            "lil_loss": sequence_loss(z, sequences, dropout, training),
            "de_loss": losses.pixel_loss(images, self.decode_pixels(z), squared=self.hps.system == "rpcl"),
            "kl_weight": losses.kl_weight(step),
        }
        terms["total_loss"] = self._total(terms, step)
        q_mu, q_sigma2, q_alpha = update.params
        return {**terms, "q_mu": q_mu, "q_sigma2": q_sigma2, "q_alpha": q_alpha}

    def _sequence_loss(self, z, sequences, dropout, training: bool):
        raw, _ = self.decoder.run(z, sequences[:, :-1], dropout=dropout)
        return losses.sequence_loss(raw, sequences[:, 1:], training)

    def _dropout(self, sequences, seed, replica) -> Dropout:
        batch, rows, _ = sequences.shape
        masks = self.decoder.masks(seed, rows - 1, batch * replica.count)
        return Dropout(*(None if mask is None else replica.part(mask, axis=1) for mask in masks))

    def _noise(self, mean, eps, training, seed, replica):
        if eps is not None:
            return eps
        if self.hps.system == "rpcl" and not training:
            return tf.zeros_like(mean)
        batch = mean.shape[0] or tf.shape(mean)[0]
        return replica.part(tf.random.stateless_normal((batch * replica.count, mean.shape[1]), seed))

    def _latent_losses(self, update, mean, sigma2):
        mu, mixture_sigma2, alpha = (tf.stop_gradient(p) for p in update.params)
        kl = self.hps.system == "rpcl" or self.hps.bottom_learning == "ml"
        return {
            "alpha_loss": losses.weight_loss(update.gamma, alpha, kl),
            "gaussian_loss": losses.gaussian_loss(update.gamma, mean, sigma2, mu, mixture_sigma2, kl),
        }

    def _total(self, terms: Mapping[str, tf.Tensor], step) -> tf.Tensor:
        hps = self.hps
        if hps.system == "ia":
            latent_weight = losses.IA_LATENT_WEIGHT
            pixel_weight = losses.ia_pixel_weight(step, hps.num_per_category * len(hps.categories), hps.batch_size)
        else:
            latent_weight, pixel_weight = 1.0, hps.de_weight
        latent = latent_weight * terms["kl_weight"] * (terms["alpha_loss"] + terms["gaussian_loss"])
        return latent + terms["lil_loss"] + pixel_weight * terms["de_loss"]

    @property
    def tf1_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every variable of the model under its name in the reference's checkpoints."""
        return {name: slot.shape for name, slot in tf1.slots(self).items()}

    def get_tf1_variables(self) -> dict[str, np.ndarray]:
        """Every variable of the model under its reference name."""
        return {name: slot.read() for name, slot in tf1.slots(self).items()}

    def set_tf1_variables(self, values: Mapping[str, np.ndarray]) -> None:
        """Sets variables by their reference names; see `checkpoints.tf1.assign`."""
        tf1.assign(self, values)

    def generate(self, z, max_len=None, temperature=DEFAULT_TEMPERATURE, greedy=False, seed=None) -> list[np.ndarray]:
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
        self, z, max_len=None, temperature=DEFAULT_TEMPERATURE, greedy=False, seed=None, prefixes=None, chances=None
    ) -> Iterator[np.ndarray]:
        """As `generate`, one sketch after the other; see `generation.Generator.each`."""
        return self.generator.each(z, max_len, temperature, greedy, seed, prefixes, chances)

    def get_config(self):
        return {**super().get_config(), "hps": self.hps.to_dict()}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        return cls(HParams.from_dict(config.pop("hps")), **config)
