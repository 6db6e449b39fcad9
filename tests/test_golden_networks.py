"""The networks, the latent mixture, the losses and their gradients equal the recordings of the TF1 reference."""

import numpy as np
import pytest
import tensorflow as tf
from reference import RECORDINGS, assert_close, assert_summary_close, golden, recorded_model

from ia_pix2seq_tf import schedules
from ia_pix2seq_tf.latent import Posterior, rules
from ia_pix2seq_tf.stroke_mixture import stroke_mixture

GRADIENT_TOLERANCE = 2e-3
# In the recording of RPCL-pix2seq the first transposed convolution has a channel of variance 1e-5: what flows back
# through it, and near it, is mostly rounding. In float64 those gradients differ from it by 45 %.
ILL_CONDITIONED, ILL_CONDITIONED_TOLERANCE = ("/encoder/", "/deconv/"), 0.25
LOSS_TERMS = ("alpha_loss", "gaussian_loss", "lil_loss", "de_loss")


@pytest.fixture(scope="module", params=RECORDINGS)
def recording(request):
    return golden(request.param)


@pytest.fixture(scope="module", params=(False, True), ids=("fast", "plain"))
def model(request, recording):
    return recorded_model(recording, plain_rnn=request.param)


def inputs(recording):
    return recording["in/pngs"], recording["in/seqs"], recording["in/eps"]


def test_encoder_and_codes_equal_the_recording(model, recording):
    mu, sigma2 = model.encode(recording["in/pngs"])
    z = model.reparameterize(mu, sigma2, recording["in/eps"])
    assert_close(mu, recording["out/p_mu"])
    assert_close(sigma2, recording["out/p_sigma2"])
    assert_close(z, recording["out/batch_z"])


def test_stroke_decoder_equals_the_recording(model, recording):
    z, sequences = recording["out/batch_z"], recording["in/seqs"]
    raw, state = model.decoder.run(z, sequences[:, :-1])
    assert_close(model.decoder.initial_state(z), recording["out/initial_state"])
    assert_close(tf.reshape(raw, (-1, 123)), recording["out/output"])
    assert_close(state, recording["out/final_state"])
    params = stroke_mixture(tf.reshape(raw, (-1, 123)))
    names = {"pi": params.pi, "mux": params.mu_x, "muy": params.mu_y, "corr": params.rho, "pen": params.pen}
    names |= {"sigmax": params.sigma_x, "sigmay": params.sigma_y}
    for name, values in names.items():
        assert_close(values, recording[f"out/{name}"])


def test_public_decode_gives_the_recorded_output(model, recording):
    raw = model.decode(recording["out/batch_z"], recording["in/seqs"][:, :-1])
    assert_close(tf.reshape(raw, (-1, 123)), recording["out/output"])


def test_pixel_decoder_equals_the_recording(model, recording):
    assert_close(model.decode_pixels(recording["out/batch_z"]), recording["out/gen_img"])


def test_latent_update_equals_the_recording(model, recording):
    z, sigma2 = recording["out/batch_z"], recording["out/p_sigma2"]
    update = model.latent.propose(z, Posterior(recording["out/p_mu"], sigma2))
    for value, name in zip(update.params, ("mu", "sigma2", "alpha"), strict=True):
        assert_close(value, recording[f"out/q_{name}"])
    assert_close(update.gamma, recording["out/p_alpha"])
    label = "code_label" if model.hps.system == "ia" else "gau_label"
    np.testing.assert_array_equal(update.label, recording[f"out/{label}"])
    if model.hps.system == "ia":
        _, delta = rules.harmony_weights(update.gamma, sigma2, model.latent.params.sigma2)
        assert_close(delta, recording["out/delta"])


@pytest.mark.parametrize("training", (True, False))
def test_losses_equal_the_recording(model, recording, training):
    terms = model.compute_losses(*inputs(recording), step=0, training=training)
    for name in LOSS_TERMS:
        key = f"out/{name}" if training else f"out/eval_{name}"
        np.testing.assert_allclose(terms[name], recording[key], rtol=1e-4)


def test_schedules_equal_the_recording(model, recording):
    hps = model.hps
    for step in (0, 1, 100, 299, 301, 10_000, 1_000_000):
        total, rate, weight = recording[f"sched/{step}"]
        terms = model.compute_losses(*inputs(recording), step=step)
        np.testing.assert_allclose(terms["total_loss"], total, rtol=1e-4)
        np.testing.assert_allclose(terms["kl_weight"], weight, rtol=1e-4)
        found = schedules.learning_rate(step, hps.learning_rate, hps.min_learning_rate, hps.decay_rate, 3)
        np.testing.assert_allclose(found, rate, rtol=1e-4)


def test_the_recorded_update_rule_runs_at_each_step(model, recording):
    steps = sorted({int(key.split("/")[1]) for key in recording if key.startswith("gmm_at/")})
    assert bool(steps) == (model.hps.system == "rpcl")
    for step in steps:
        terms = model.compute_losses(*inputs(recording), step=step)
        for name in ("q_mu", "q_sigma2", "q_alpha"):
            assert_close(terms[name], recording[f"gmm_at/{step}/{name}"])


@pytest.mark.parametrize("step", (0, 1_000_000))
def test_gradients_equal_the_recording(model, recording, step):
    with tf.GradientTape() as tape:
        total = model.compute_losses(*inputs(recording), step=step)["total_loss"]
    gradients = tape.gradient(total, model.trainable_variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    by_variable = {id(v): g for v, g in zip(model.trainable_variables, gradients, strict=True)}
    slots = model.tf1_slots()
    names = [key.split("/", 1)[1] for key in recording if key.startswith(f"grad{step}/")]
    assert len(names) >= 50
    for name in names:
        gradient = by_variable[id(slots[name].variable)]
        index = slots[name].index
        gradient = gradient if index is None else gradient[index]
        noisy = model.hps.system == "rpcl" and any(part in name for part in ILL_CONDITIONED)
        tolerance = ILL_CONDITIONED_TOLERANCE if noisy else GRADIENT_TOLERANCE
        assert_summary_close(gradient, recording[f"grad{step}/{name}"], tolerance, name)


def test_every_trained_variable_has_a_recorded_gradient(model, recording):
    names = {key.split("/", 1)[1] for key in recording if key.startswith("grad0/")}
    assert names == {name for name in model.tf1_shapes if "latent_" not in name}
