"""What an exported model computes: functions of tensors to named tensors, with their input signatures."""

import dataclasses

import tensorflow as tf

from ia_pix2seq_tf.generation import draw_sequences, uniform_noise
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.networks.stroke_decoder import STROKE_SIZE

Function = tf.types.experimental.PolymorphicFunction
Tensors = dict[str, tf.Tensor]


def in_float32(model: IAPix2Seq) -> IAPix2Seq:
    """The model itself; or its twin in float32 where it multiplies in bfloat16, which few runtimes can."""
    if model.hps.precision != "bfloat16":
        return model
    twin = IAPix2Seq(dataclasses.replace(model.hps, precision="float32"))
    twin.set_weights(model.get_weights())
    return twin


def signatures(model: IAPix2Seq, max_len: int) -> dict[str, Function]:
    """The signatures of the SavedModel, for batches of any size.

    Args:
        model: the model.
        max_len: most points of a generated sketch.

    Returns:
        encode: images `[batch, width, width]` to mu, sigma2 `[batch, z_size]`.
        decode_pixels: z `[batch, z_size]` to pixels `[batch, width, width, 1]`.
        generate: z, temperature, seed to strokes (stroke-5) `[batch, max_len, 5]` and lengths `[batch]`.
        generate_greedy: z to the same, without chance.
        reconstruct: images, temperature, seed to the same; the code is the encoder's mean.
        assign: z, sigma2 to gamma `[batch, k]` and label `[batch]`.
    """
    images, z = _image_spec(model, None), _vector_spec("z", model.hps.z_size, None)
    sigma2 = _vector_spec("sigma2", model.hps.z_size, None)
    chance = tf.TensorSpec((), tf.float32, "temperature"), tf.TensorSpec((), tf.int32, "seed")

    def encode(images):
        return _encode(model, images)

    def decode_pixels(z):
        return {"pixels": model.decode_pixels(z)}

    def generate(z, temperature, seed):
        with tf.control_dependencies([_assert_positive(temperature)]):
            noise = uniform_noise(seed, tf.range(tf.shape(z)[0]), max_len)
        return _sketches(draw_sequences(model.decoder, z, noise, temperature, greedy=False))

    def generate_greedy(z):
        noise = tf.zeros((tf.shape(z)[0], max_len, 0))  # only its first two dimensions are used
        return _sketches(draw_sequences(model.decoder, z, noise, temperature=1.0, greedy=True))

    def reconstruct(images, temperature, seed):
        return generate(model.encode(images)[0], temperature, seed)

    def assign(z, sigma2):
        return model.assign_components(z, sigma2)

    return {
        "encode": _function(encode, images),
        "decode_pixels": _function(decode_pixels, z),
        "generate": _function(generate, z, *chance),
        "generate_greedy": _function(generate_greedy, z),
        "reconstruct": _function(reconstruct, images, *chance),
        "assign": _function(assign, z, sigma2),
    }


def parts(model: IAPix2Seq, batch: int | None) -> dict[str, Function]:
    """The networks without loops and chance, for runtimes that have neither.

    Args:
        model: the model.
        batch: size of the batch; None for any.

    Returns:
        encoder: images `[batch, width, width]` to mu, sigma2 `[batch, z_size]`.
        initial_state: z `[batch, z_size]` to state `[batch, s]`.
        decoder_step: stroke `[batch, 5]`, z, state to raw `[batch, 123]` and next_state.
    """
    z = _vector_spec("z", model.hps.z_size, batch)
    stroke = _vector_spec("stroke", STROKE_SIZE, batch)
    state = _vector_spec("state", model.decoder.cell.state_size, batch)

    def encoder(images):
        return _encode(model, images)

    def initial_state(z):
        return {"state": model.decoder.initial_state(z)}

    def decoder_step(stroke, z, state):
        raw, next_state = model.decoder.step(stroke, z, state)
        return {"raw": raw, "next_state": next_state}

    return {
        "encoder": _function(encoder, _image_spec(model, batch)),
        "initial_state": _function(initial_state, z),
        "decoder_step": _function(decoder_step, stroke, z, state),
    }


def _function(function, *specs: tf.TensorSpec) -> Function:
    return tf.function(function, input_signature=specs, autograph=False)


def _image_spec(model: IAPix2Seq, batch: int | None) -> tf.TensorSpec:
    width = model.hps.png_width
    return tf.TensorSpec((batch, width, width), tf.float32, "images")


def _vector_spec(name: str, size: int, batch: int | None) -> tf.TensorSpec:
    return tf.TensorSpec((batch, size), tf.float32, name)


def _encode(model: IAPix2Seq, images) -> Tensors:
    mu, sigma2 = model.encode(images)
    return {"mu": mu, "sigma2": sigma2}


def _sketches(sequences) -> Tensors:
    """Sequences `[batch, time, 5]` with nothing but end tokens after each sketch, and the points before those."""
    ended = sequences[..., -1] > 0
    end_token = tf.one_hot(STROKE_SIZE - 1, STROKE_SIZE)
    return {
        "strokes": tf.where(ended[..., tf.newaxis], end_token, sequences),
        "lengths": tf.reduce_sum(tf.cast(~ended, tf.int32), axis=1),
    }


def _assert_positive(temperature) -> tf.Operation:
    valid = tf.math.is_finite(temperature) & (temperature > 0)
    return tf.debugging.Assert(valid, ["expected a temperature above 0, found", temperature])
