"""The networks of sketch-rnn and sketch-pix2seq equal the recordings of their TF1 programs."""

import numpy as np
import pytest
import tensorflow as tf
from reference import (
    SKETCH_RNN_RECORDINGS,
    assert_close,
    encoded,
    golden,
    recorded_batch,
    recorded_shapes,
    recorded_sketch_rnn,
)

from ia_pix2seq_tf.losses import normal_kl
from ia_pix2seq_tf.networks.highpass_encoder import high_pass
from ia_pix2seq_tf.networks.sequence_encoder import sketch_lengths
from ia_pix2seq_tf.stroke_mixture import stroke_mixture

OF_STROKES, OF_IMAGES = ("sketchrnn_lstm", "sketchrnn_hyper"), ("sketchpix2seq",)
CODED = (*OF_STROKES, *OF_IMAGES)


class Recorded:
    """A recording with its model, in both forms of the loop over time."""

    def __init__(self, name: str):
        self.recording = golden(f"systems/{name}")
        self.models = [recorded_sketch_rnn(self.recording, plain_rnn=plain) for plain in (False, True)]


@pytest.fixture(scope="module")
def recorded():
    return {name: Recorded(name) for name in SKETCH_RNN_RECORDINGS}


def cases(names):
    return pytest.mark.parametrize(
        ("name", "plain"), [(name, plain) for name in names for plain in (False, True)], ids=str
    )


@cases(SKETCH_RNN_RECORDINGS)
def test_variables_have_the_names_and_shapes_of_the_recording(recorded, name, plain):
    assert recorded[name].models[plain].tf1_shapes == recorded_shapes(recorded[name].recording)


@cases(OF_STROKES)
def test_lengths_and_hidden_states_equal_the_recording(recorded, name, plain):
    recording, encoder = recorded[name].recording, recorded[name].models[plain].encoder
    lengths = sketch_lengths(tf.constant(recording["in/seqs"][:, 1:]))
    np.testing.assert_array_equal(lengths, recording["in/seq_len"])
    assert_close(encoder.last_hidden(recording["in/seqs"]), recording["out/last_h"])


@cases(CODED)
def test_codes_equal_the_recording(recorded, name, plain):
    recording, model = recorded[name].recording, recorded[name].models[plain]
    mean, variance = encoded(model, recording)
    assert_close(mean, recording["out/mean"])
    assert_close(tf.math.log(variance), recording["out/presig"])
    assert_close(tf.sqrt(variance), recording["out/sigma"])
    z = model.reparameterize(mean, variance, recording["in/eps"])
    assert_close(z, recording["out/batch_z"])
    assert_close(model.decoder.initial_state(z), recording["out/initial_state"])


@cases(OF_STROKES)
def test_the_kl_divergence_of_the_codes_equals_the_recording(recorded, name, plain):
    recording = recorded[name].recording
    found = normal_kl(*encoded(recorded[name].models[plain], recording))
    np.testing.assert_allclose(found, recording["out/kl_raw"], rtol=1e-4)


@pytest.mark.parametrize("name", OF_IMAGES)
def test_every_convolution_equals_the_recording(recorded, name):
    recording, encoder = recorded[name].recording, recorded[name].models[0].encoder
    x = high_pass(tf.constant(recording["in/pngs"], tf.float32))
    assert_close(x, recording["out/highpass"])
    x = x[..., tf.newaxis]
    for number, conv in enumerate(encoder.convs[:-1], 1):
        x = tf.nn.relu(conv(x))
        assert_close(x, recording[f"out/conv{number}"])
    assert_close(encoder.convs[-1](x), recording["out/conv6_raw"])
    assert_close(encoder.features(tf.constant(recorded_batch(recording)["images"])), recording["out/conv6"])


@cases(SKETCH_RNN_RECORDINGS)
def test_the_decoder_equals_the_recording(recorded, name, plain):
    recording, decoder = recorded[name].recording, recorded[name].models[plain].decoder
    inputs = recording["in/seqs"][:, :-1]
    z = recording.get("out/batch_z", np.zeros((len(inputs), 0), np.float32))
    raw, state = decoder.run(z, inputs)
    raw = tf.reshape(raw, (-1, raw.shape[-1]))  # the recording's rows are sketch by sketch
    assert_close(decoder.initial_state(z), recording["out/initial_state"])
    assert_close(raw, recording["out/output"])
    assert_close(state, recording["out/final_state"])
    params = stroke_mixture(raw)
    names = {"pi": params.pi, "mu1": params.mu_x, "mu2": params.mu_y, "corr": params.rho, "pen": params.pen}
    names |= {"sigma1": params.sigma_x, "sigma2": params.sigma_y, "pen_logits": params.pen_logits}
    for key, values in names.items():
        assert_close(values, recording[f"out/{key}"])


@cases(SKETCH_RNN_RECORDINGS)
def test_public_decode_gives_the_recorded_output(recorded, name, plain):
    recording, model = recorded[name].recording, recorded[name].models[plain]
    inputs = recording["in/seqs"][:, :-1]
    raw = model.decode(recording.get("out/batch_z", np.zeros((len(inputs), 0), np.float32)), inputs)
    assert_close(tf.reshape(raw, (-1, raw.shape[-1])), recording["out/output"])
