"""Sketches drawn as the recordings of sketch-rnn and sketch-pix2seq were: of full length, with recorded chance."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.generation import next_stroke
from ia_pix2seq_tf.stroke_mixture import stroke_mixture


def greedy_strokes(decoder, z, steps: int) -> np.ndarray:
    """The likeliest strokes `[n, steps, 5]` from codes `[n, z]`."""
    return _strokes(decoder, z, lambda params, t: next_stroke(params, None, 1, True), steps)


def drawn_strokes(decoder, z, recording: dict[str, np.ndarray]) -> np.ndarray:
    """Strokes `[n, steps, 5]` of recorded chance: uniform numbers for the choices, normal ones for the offset."""
    temperature = recording["sample/temperature"].astype(np.float32)
    of_offset = 0.5 * tf.math.erfc(-tf.constant(recording["sample/n"]) / np.sqrt(2)).numpy()
    noise = np.concatenate([recording["sample/u"], of_offset], axis=-1).astype(np.float32)

    def choose(params, t):
        return next_stroke(params, tf.constant(noise[:, t]), temperature, False)

    return _strokes(decoder, z, choose, noise.shape[1])


def _strokes(decoder, z, choose: Callable, steps: int) -> np.ndarray:
    """Strokes that go on after an end, as those of the recordings do."""
    step, state = decoder.stepper(tf.constant(z)), decoder.initial_state(z)
    stroke, strokes = tf.tile(tf.constant([decoder.start]), (len(z), 1)), []
    for t in range(steps):
        raw, state = step(stroke, state)
        stroke = choose(stroke_mixture(raw), t)
        strokes.append(stroke)
    return np.stack(strokes, axis=1)
