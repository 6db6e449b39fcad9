"""Sketches from codes, a batch at a time, in one compiled loop."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE, is_temperature
from ia_pix2seq_tf.stroke_mixture import (
    PEN_STATES,
    StrokeMixture,
    offset_distribution,
    pen_distribution,
    stroke_mixture,
)
from ia_pix2seq_tf.strokes import to_sequences, to_strokes

DEFAULT_MAX_LEN = 250  # where the model was not trained on a data set that says otherwise
LARGEST_BATCH = 256
SMALLEST_UNIFORM = 1e-7  # keeps quantiles of the normal distribution finite
NOISE_SIZE = 4  # uniform numbers per step: for the component, for the pen, and two for the offset


class Decoder(Protocol):
    """What sketches are drawn with: a `StrokeDecoder`, or anything that starts and steps as it does."""

    start: Sequence[float]

    def initial_state(self, z: tf.Tensor) -> tf.Tensor:
        """The state `[batch, s]` before the first stroke."""

    def stepper(self, z: tf.Tensor) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
        """A function of stroke `[batch, 5]` and state to raw parameters `[batch, 123]` and the next state."""


class Generator:
    """Draws sketches with a decoder; the loop is compiled once for each length, mode and size of batch.

    Differs from the reference: batched, seeded, and done when every sketch has ended.

    Args:
        decoder: of strokes.
        z_size: of the codes; 0 for a decoder without.
        max_len: most points of a sketch, unless told otherwise.
        jit_compile: compile the loop with XLA.
    """

    def __init__(self, decoder: Decoder, z_size: int, max_len: int, jit_compile: bool = True):
        self.decoder, self.z_size, self.max_len, self.jit_compile = decoder, z_size, max_len, jit_compile
        self._compiled: dict[tuple[int, bool], Callable] = {}

    def each(
        self,
        z: tf.types.experimental.TensorLike,
        max_len: int | None = None,
        temperature: float = DEFAULT_TEMPERATURE,
        greedy: bool = False,
        seed: int | None = None,
        prefixes: Sequence[np.ndarray] | None = None,
        chances: Sequence[int] | np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """One sketch per code, float32 stroke-3 `[n, 3]` in model units (times the scale factor: in units of the data).

        One batch of them is in memory at a time.

        Args:
            z: codes `[batch, z_size]`.
            max_len: most points of a sketch; the generator's by default.
            temperature: logits are divided by it and sigma is multiplied by it; above 0.
            greedy: always the likeliest pen state and the mean of the likeliest component, without chance.
            seed: int; a fresh one by default. A sketch depends on the seed and on its index, not on its neighbours.
            prefixes: the first strokes of each sketch, `[n, 3]` in model units, which it goes on from and begins
                with; shorter than `max_len`. None for sketches that begin on empty paper.
            chances: numbers from 0, one for each sketch, that take the place of its index in the draw of chance: where
                they are equal, only the codes make a difference.

        Raises:
            ValueError: z of another size than the decoder's, or a temperature that is not above 0.
        """
        z, max_len = np.asarray(z, np.float32), max_len or self.max_len
        self._check(z, temperature)
        _check_prefixes(prefixes, len(z), max_len)
        chances = np.arange(len(z)) if chances is None else np.asarray(chances)
        seed = int(np.random.SeedSequence().generate_state(1)[0] // 2) if seed is None else seed
        draw = self._loop(max_len, bool(greedy))
        for indices in _batches(len(z)):
            existing = np.minimum(indices, len(z) - 1)
            given = None if prefixes is None else given_rows([prefixes[i] for i in existing], max_len)
            chance = tf.constant(seed), tf.constant(chances[existing], tf.int32)
            sequences = draw(z[existing], tf.constant(temperature, tf.float32), *chance, given)
            yield from map(to_strokes, sequences[: len(z) - indices[0]].numpy())

    def _check(self, z: np.ndarray, temperature: float) -> None:
        if z.ndim != 2 or z.shape[1] != self.z_size:
            raise ValueError(f"generate: expected codes [batch, {self.z_size}], found {list(z.shape)}")
        if not is_temperature(temperature):
            raise ValueError(f"generate: expected a temperature above 0, found {temperature}")

    def _loop(self, max_len: int, greedy: bool) -> Callable:
        """The loop for this length and mode."""
        if (max_len, greedy) not in self._compiled:

            @tf.function(jit_compile=self.jit_compile, autograph=False)
            def loop(z: Any, noise: tf.Tensor, temperature: tf.Tensor, given: Any) -> tf.Tensor:
                return draw_sequences(self.decoder, z, noise, temperature, greedy, given)

            @tf.function(autograph=False)
            def draw(z: Any, temperature: tf.Tensor, seed: tf.Tensor, indices: tf.Tensor, given: Any) -> tf.Tensor:
                noise = uniform_noise(seed, indices, max_len)  # outside XLA, which draws other numbers from a seed
                return loop(z, noise, temperature, given)

            self._compiled[max_len, greedy] = draw
        return self._compiled[max_len, greedy]


def longest_sketch(max_seq_len: int) -> int:
    """The most points that a model draws unless told otherwise: the longest sketch that it was trained on."""
    return max_seq_len if max_seq_len > 0 else DEFAULT_MAX_LEN


def _check_prefixes(prefixes: Sequence[np.ndarray] | None, n: int, max_len: int) -> None:
    if prefixes is None:
        return
    if len(prefixes) != n:
        raise ValueError(f"generate: expected a prefix for each of {n} codes, found {len(prefixes)}")
    longest = max(map(len, prefixes), default=0)
    if longest >= max_len:
        raise ValueError(f"generate: expected prefixes of less than max_len={max_len} points, found {longest}")


def given_rows(prefixes: Sequence[np.ndarray], time: int) -> np.ndarray:
    """Strokes `[n, 3]` of each sketch as rows of a sequence, `[batch, time, 5]`; zeros where nothing is given."""
    lengths = np.array([len(strokes) for strokes in prefixes])
    sequences = to_sequences(np.concatenate(prefixes), lengths, time)[:, 1:]
    return np.where(sequences[..., 4:] > 0, np.float32(0), sequences)


def _batches(n: int) -> Iterator[np.ndarray]:
    """Indices 0 to n - 1 in batches of a few sizes (powers of two), so that few sizes are compiled.

    The last batch may go on beyond n - 1; those sketches are surplus.
    """
    size = min(LARGEST_BATCH, 2 ** math.ceil(math.log2(max(n, 1))))
    for start in range(0, n, size):
        yield np.arange(start, start + size, dtype=np.int32)


def uniform_noise(seed: tf.Tensor, indices: tf.Tensor, time: int) -> tf.Tensor:
    """Uniform numbers `[batch, time, 4]`: each sketch's own, by the seed and its index `[batch]`."""

    def of_one(index: tf.Tensor) -> tf.Tensor:
        key = tf.stack([tf.cast(seed, tf.int32), index])
        return tf.random.stateless_uniform((time, NOISE_SIZE), key, minval=SMALLEST_UNIFORM, alg="philox")

    return tf.map_fn(of_one, indices, fn_output_signature=tf.TensorSpec((time, NOISE_SIZE), tf.float32))


def draw_sequences(
    decoder: Decoder,
    z: tf.Tensor,
    noise: tf.Tensor,
    temperature: float | tf.Tensor,
    greedy: bool,
    given: tf.Tensor | None = None,
) -> tf.Tensor:
    """Stroke-5 sequences `[batch, time, 5]` that end in end tokens.

    Args:
        decoder: of strokes.
        z: `[batch, z_size]`.
        noise: `[batch, time, 4]`, see `next_stroke`; its time is the most points of a sketch.
        temperature: scalar above 0.
        greedy: without chance.
        given: first rows of the sequences, `[batch, time, 5]`, zeros from where the decoder draws by itself.
    """
    step = decoder.stepper(z)
    batch, time = tf.shape(noise)[0], noise.shape[1]
    noise = tf.transpose(noise, (1, 0, 2))
    given = None if given is None else tf.transpose(given, (1, 0, 2))
    start = tf.tile(tf.constant([decoder.start]), (batch, 1))
    end = tf.tile(tf.constant([[0.0, 0.0, 0.0, 0.0, 1.0]]), (batch, 1))

    def going_on(t: tf.Tensor, stroke: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return (t < time) & tf.reduce_any(stroke[:, 4] == 0)

    def body(t: tf.Tensor, stroke: tf.Tensor, state: tf.Tensor, strokes: tf.Tensor) -> tuple[tf.Tensor, ...]:
        raw, state = step(stroke, state)
        drawn = next_stroke(stroke_mixture(raw), noise[t], temperature, greedy)
        stroke = tf.where(stroke[:, 4:] > 0, end, drawn)
        if given is not None:
            stroke = tf.where(tf.reduce_any(given[t] != 0, axis=-1, keepdims=True), given[t], stroke)
        return t + 1, stroke, state, tf.tensor_scatter_nd_update(strokes, [[t]], stroke[None])

    strokes = tf.tile(end[None], (time, 1, 1))
    variables = tf.constant(0), start, decoder.initial_state(z), strokes
    *_, strokes = tf.while_loop(going_on, body, variables, maximum_iterations=time)
    return tf.transpose(strokes, (1, 0, 2))


def next_stroke(params: StrokeMixture, noise: tf.Tensor, temperature: float | tf.Tensor, greedy: bool) -> tf.Tensor:
    """One stroke-5 `[batch, 5]` drawn from the mixture (reference `sample`).

    Args:
        params: of the next stroke, `[batch, m]`.
        noise: uniform numbers `[batch, 4]`: for the component, for the pen state, and two for the offset.
        temperature: scalar above 0.
        greedy: the likeliest pen state, and the mean of the likeliest component.
    """
    if greedy:
        component, pen = tf.argmax(params.pi_logits, axis=-1), tf.argmax(params.pen_logits, axis=-1)
        offset = tf.gather(tf.stack([params.mu_x, params.mu_y], axis=-1), component, batch_dims=1)
    else:
        offsets = offset_distribution(params, temperature)
        component = _choose(offsets.mixture_distribution.probs_parameter(), noise[:, :1])
        pen = _choose(pen_distribution(params, temperature).probs_parameter(), noise[:, 1:2])
        normals = offsets.components_distribution
        mean = tf.gather(normals.loc, component, batch_dims=1)
        scale = tf.gather(normals.scale_tril, component, batch_dims=1)
        offset = mean + tf.linalg.matvec(scale, tf.math.ndtri(noise[:, 2:]))
    return tf.concat([offset, tf.one_hot(pen, PEN_STATES)], axis=-1)


def _choose(probs: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """The index `[batch]` at which the cumulated probabilities `[batch, n]` pass a uniform number `[batch, 1]`."""
    below = tf.cumsum(probs, axis=-1)[:, :-1] < uniform
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)
