"""The networks of sketch-rnn and sketch-pix2seq equal the recordings of their TF1 programs."""

import numpy as np
import pytest
import tensorflow as tf
from ia_pix2seq_tf.losses_normal import kl_to_normal
from reference import assert_close, golden, recorded_networks

from ia_pix2seq_tf.networks import HighPassEncoder, SequenceEncoder
from ia_pix2seq_tf.networks.highpass_encoder import high_pass
from ia_pix2seq_tf.networks.sequence_encoder import sketch_lengths
from ia_pix2seq_tf.stroke_mixture import stroke_mixture

RECORDINGS = ("sketchrnn_lstm", "sketchrnn_hyper", "sketchrnn_uncond", "sketchpix2seq")
STROKE_ENCODERS, CODED = RECORDINGS[:2], (*RECORDINGS[:2], RECORDINGS[3])
BATCH, TIME, WHITE = 6, 30, 255.0


@pytest.fixture(scope="module")
def recordings():
    return {name: golden(f"systems/{name}") for name in RECORDINGS}


@pytest.fixture(scope="module", params=(False, True), ids=("fast", "plain"))
def networks(request, recordings):
    return {name: recorded_networks(recording, request.param) for name, recording in recordings.items()}


def in_unit(recording) -> tf.Tensor:
    """The recorded images, 0 to 255, as the port's: -1 to 1."""
    return tf.constant(recording["in/pngs"] / np.float32(WHITE / 2) - 1)


def code(encoder, recording):
    return encoder(in_unit(recording) if isinstance(encoder, HighPassEncoder) else recording["in/seqs"])


@pytest.mark.parametrize("name", STROKE_ENCODERS)
def test_lengths_and_hidden_states_equal_the_recording(networks, recordings, name):
    (encoder, _), recording = networks[name], recordings[name]
    assert isinstance(encoder, SequenceEncoder)
    np.testing.assert_array_equal(sketch_lengths(tf.constant(recording["in/seqs"][:, 1:])), recording["in/seq_len"])
    assert_close(encoder.last_hidden(recording["in/seqs"]), recording["out/last_h"])


@pytest.mark.parametrize("name", CODED)
def test_codes_equal_the_recording(networks, recordings, name):
    (encoder, decoder), recording = networks[name], recordings[name]
    mean, variance = code(encoder, recording)
    assert_close(mean, recording["out/mean"])
    assert_close(tf.math.log(variance), recording["out/presig"])
    assert_close(tf.sqrt(variance), recording["out/sigma"])
    z = mean + tf.sqrt(variance) * recording["in/eps"]
    assert_close(z, recording["out/batch_z"])
    assert_close(decoder.initial_state(z), recording["out/initial_state"])


@pytest.mark.parametrize("name", STROKE_ENCODERS)
def test_the_kl_divergence_of_the_codes_equals_the_recording(networks, recordings, name):
    (encoder, _), recording = networks[name], recordings[name]
    np.testing.assert_allclose(kl_to_normal(*code(encoder, recording)), recording["out/kl_raw"], rtol=1e-4)


def test_every_convolution_equals_the_recording(networks, recordings):
    (encoder, _), recording = networks["sketchpix2seq"], recordings["sketchpix2seq"]
    x = high_pass(tf.constant(recording["in/pngs"], tf.float32))
    assert_close(x, recording["out/highpass"])
    x = x[..., tf.newaxis]
    for number, conv in enumerate(encoder.convs[:-1], 1):
        x = tf.nn.relu(conv(x))
        assert_close(x, recording[f"out/conv{number}"])
    assert_close(encoder.convs[-1](x), recording["out/conv6_raw"])
    assert_close(encoder.features(in_unit(recording)), recording["out/conv6"])


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_decoder_equals_the_recording(networks, recordings, name):
    (_, decoder), recording = networks[name], recordings[name]
    z = recording.get("out/batch_z", np.zeros((BATCH, 0), np.float32))
    raw, state = decoder.run(z, recording["in/seqs"][:, :-1])
    raw = tf.reshape(raw, (BATCH * TIME, -1))
    assert_close(decoder.initial_state(z), recording["out/initial_state"])
    assert_close(raw, recording["out/output"])
    assert_close(state, recording["out/final_state"])
    found, expected = stroke_mixture(raw), {key: recording[f"out/{key}"] for key in ("pi", "mu1", "mu2", "corr", "pen")}
    for values, key in zip((found.pi, found.mu_x, found.mu_y, found.rho, found.pen), expected, strict=True):
        assert_close(values, expected[key])
    assert_close(found.sigma_x, recording["out/sigma1"])
    assert_close(found.sigma_y, recording["out/sigma2"])
    assert_close(found.pen_logits, recording["out/pen_logits"])
