"""What an exported model computes: functions of tensors to named tensors, with their input signatures."""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

from ia_pix2seq_tf.export.graph_cutter import cut_graphs
from ia_pix2seq_tf.generation import draw_sequences, uniform_noise
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.networks.initializers import filled_later
from ia_pix2seq_tf.networks.stroke_decoder import STROKE_SIZE
from ia_pix2seq_tf.systems.parts import field_spec

Function: TypeAlias = tf.types.experimental.PolymorphicFunction
Tensors = dict[str, tf.Tensor]


def in_float32(model: IAPix2Seq) -> IAPix2Seq:
    """The model itself; or its twin in float32 where it multiplies in bfloat16, which few runtimes can."""
    if model.hps.precision != "bfloat16":
        return model
    with filled_later():
        twin = IAPix2Seq(dataclasses.replace(model.hps, precision="float32"))
    twin.set_weights(model.get_weights())
    return twin


def signatures(model: IAPix2Seq, max_len: int) -> dict[str, Function]:
    """The signatures of the SavedModel, for batches of any size.

    Args:
        model: the model.
        max_len: most points of a generated sketch.

    Returns:
        encode: what the model reads, images `[batch, width, width]`, sequences `[batch, time + 1, 5]` or the graph,
            to mu, sigma2 `[batch, z_size]`. Absent where there is no encoder.
        decode_pixels: z `[batch, z_size]` to pixels `[batch, width, width, 1]`. Absent where no pixels are drawn.
        generate: z, temperature, seed to strokes (stroke-5) `[batch, max_len, 5]` and lengths `[batch]`. Where there is
            no code, the first input is count, the number of sketches.
        generate_greedy: z, or count, to the same, without chance.
        reconstruct: what the model reads, temperature, seed to the same; the code is the encoder's mean. Absent where
            there is no encoder.
        assign: z, sigma2 to gamma `[batch, k]` and label `[batch]`. Absent where there are no components.
        cut_graphs: sequences to the graph that the others take. Absent where none is read.
    """
    made = _drawing(model, max_len)
    z, sigma2 = (_vector_spec(name, model.z_size, None) for name in ("z", "sigma2"))
    if model.reads:
        made["encode"] = _encoder(model, None)
    if model.pixel_decoder is not None:
        made["decode_pixels"] = _function(lambda z: {"pixels": model.decode_pixels(z)}, z)
    if model.latent.k:
        made["assign"] = _function(lambda z, sigma2: model.assign_components(z, sigma2), z, sigma2)
    if "patches" in model.reads:
        made["cut_graphs"] = _graph_cutter(model, None)
    return made


def _drawing(model: IAPix2Seq, max_len: int) -> dict[str, Function]:
    """Those of `signatures` that draw strokes."""
    chance = tf.TensorSpec((), tf.float32, "temperature"), tf.TensorSpec((), tf.int32, "seed")
    source, codes = _source(model)

    def draw(z: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor) -> Tensors:
        with tf.control_dependencies([_assert_positive("a temperature", temperature)]):
            noise = uniform_noise(seed, tf.range(tf.shape(z)[0]), max_len)
        return _sketches(draw_sequences(model.decoder, z, noise, temperature, greedy=False))

    def generate(source: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor) -> Tensors:
        return draw(codes(source), temperature, seed)

    def generate_greedy(source: tf.Tensor) -> Tensors:
        z = codes(source)
        noise = tf.zeros((tf.shape(z)[0], max_len, 0))  # only its first two dimensions are used
        return _sketches(draw_sequences(model.decoder, z, noise, temperature=1.0, greedy=True))

    def reconstruct(*inputs: tf.Tensor) -> Tensors:
        *read, temperature, seed = inputs
        return draw(model.encode(*read)[0], temperature, seed)

    made = {"generate": _function(generate, source, *chance), "generate_greedy": _function(generate_greedy, source)}
    return made | ({"reconstruct": _function(reconstruct, *_read_specs(model, None), *chance)} if model.reads else {})


def parts(model: IAPix2Seq, batch: int | None) -> dict[str, Function]:
    """The networks without loops over drawn strokes and without chance, for runtimes that have neither.

    Args:
        model: the model.
        batch: size of the batch; None for any.

    Returns:
        encoder: what the model reads, as of `signatures`, to mu, sigma2 `[batch, z_size]`. Absent where there is no
            encoder.
        initial_state: z `[batch, z_size]` to state `[batch, s]`. Absent where there is no code: the state is zeros.
        decoder_step: stroke `[batch, 5]`, z where there is a code, state to raw `[batch, 123]` and next_state.
        graph_cutter: sequences to the graph that the encoder reads. Absent where it reads none.
    """
    code = (_vector_spec("z", model.z_size, batch),) if model.z_size else ()
    stroke = _vector_spec("stroke", STROKE_SIZE, batch)
    state = _vector_spec("state", model.decoder.cell.state_size, batch)

    def decoder_step(stroke: tf.Tensor, *inputs: tf.Tensor) -> Tensors:
        *code, state = inputs
        z = code[0] if code else tf.zeros((batch or tf.shape(stroke)[0], 0))
        raw, next_state = model.decoder.step(stroke, z, state)
        return {"raw": raw, "next_state": next_state}

    made = {"encoder": _encoder(model, batch)} if model.reads else {}
    if code:
        made["initial_state"] = _function(lambda z: {"state": model.decoder.initial_state(z)}, *code)
    if "patches" in model.reads:
        made["graph_cutter"] = _graph_cutter(model, batch)
    return made | {"decoder_step": _function(decoder_step, stroke, *code, state)}


def _function(function: Callable[..., Tensors], *specs: tf.TensorSpec) -> Function:
    return tf.function(function, input_signature=specs, autograph=False)


def _vector_spec(name: str, size: int, batch: int | None) -> tf.TensorSpec:
    return tf.TensorSpec((batch, size), tf.float32, name)


def _read_specs(model: IAPix2Seq, batch: int | None) -> list[tf.TensorSpec]:
    """What the encoder is called with."""
    return [field_spec(name, model.hps, batch) for name in model.reads]


def _encoder(model: IAPix2Seq, batch: int | None) -> Function:
    def encode(*inputs: tf.Tensor) -> Tensors:
        mu, sigma2 = model.encode(*inputs)
        return {"mu": mu, "sigma2": sigma2}

    return _function(encode, *_read_specs(model, batch))


def _graph_cutter(model: IAPix2Seq, batch: int | None) -> Function:
    return _function(cut_graphs, field_spec("sequences", model.hps, batch))


def _source(model: IAPix2Seq) -> tuple[tf.TensorSpec, Callable[[tf.Tensor], tf.Tensor]]:
    """What sketches are drawn from, and how it becomes codes: codes; where there are none, the number of sketches."""

    def empty_codes(count: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([_assert_positive("a count", count)]):
            return tf.zeros((count, 0))

    if model.z_size:
        return _vector_spec("z", model.z_size, None), tf.identity
    return tf.TensorSpec((), tf.int32, "count"), empty_codes


def _sketches(sequences: tf.Tensor) -> Tensors:
    """Sequences `[batch, time, 5]` with nothing but end tokens after each sketch, and the points before those."""
    ended = sequences[..., -1] > 0
    end_token = tf.one_hot(STROKE_SIZE - 1, STROKE_SIZE)
    return {
        "strokes": tf.where(ended[..., tf.newaxis], end_token, sequences),
        "lengths": tf.reduce_sum(tf.cast(~ended, tf.int32), axis=1),
    }


def _assert_positive(what: str, number: tf.Tensor) -> tf.Operation:
    valid = tf.math.is_finite(tf.cast(number, tf.float32)) & (number > 0)
    return tf.debugging.Assert(valid, [f"expected {what} above 0, found", number])
