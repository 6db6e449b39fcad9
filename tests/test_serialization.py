"""Configuration and serialization of cells, layers, the latent mixture and whole models."""

import keras
import numpy as np
import pytest
from cell_runs import float32, randomised
from systems_table import SYSTEMS, tiny_model

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.latent import LatentGMM, Posterior, TrainedGMM
from ia_pix2seq_tf.latent.byy import HarmonyLearning
from ia_pix2seq_tf.networks import CELLS, CNNDecoder, CNNEncoder, HighPassEncoder, SequenceEncoder, StrokeDecoder
from ia_pix2seq_tf.networks.sequence import KeepProbs

BATCH, STEPS, INPUTS, UNITS, KEEP = 3, 5, 9, 7, 0.9
WITH_ALL_CELLS = pytest.mark.parametrize("name", CELLS)

# Each case: the layer, the shape to build it with, and a call.


def hparams(**changes) -> HParams:
    values = {"categories": ["cat", "pig"], "dec_rnn_size": 6, "z_size": 4, "num_mixture": 2, "num_sub": 2}
    return HParams.from_dict({**values, "seed": 5, **changes})


def cell_case(name):
    def make(seed):
        return CELLS[name](UNITS, keep_prob=KEEP, seed=seed)

    return make, (None, INPUTS), lambda cell: cell(np.ones((2, INPUTS), "f"), cell.get_initial_state(2))[0]


CASES = {
    **{name: cell_case(name) for name in CELLS},
    "encoder": (
        lambda seed: CNNEncoder(4, variance_range=(0.1, 1e5), seed=seed),
        (None, 48, 48),
        lambda layer: layer(np.linspace(-1, 1, 48 * 48, dtype="f").reshape(1, 48, 48))[1],
    ),
    "encoder, layers without norm": (
        lambda seed: CNNEncoder(4, seed=seed, layers_without_norm=3),
        (None, 48, 48),
        lambda layer: layer(np.linspace(-1, 1, 48 * 48, dtype="f").reshape(1, 48, 48))[1],
    ),
    "highpass_encoder": (
        lambda seed: HighPassEncoder(4, seed=seed),
        (None, 48, 48),
        lambda layer: layer(np.linspace(-1, 1, 48 * 48, dtype="f").reshape(1, 48, 48))[1],
    ),
    "sequence_encoder": (
        lambda seed: SequenceEncoder("hyper", 6, 4, 0.9, plain=True, seed=seed),
        (None, None, 5),
        lambda layer: layer(np.eye(5, dtype="f")[[[2, 0, 1, 4], [2, 1, 4, 4]]])[1],
    ),
    "pixel_decoder": (
        lambda seed: CNNDecoder(32, seed=seed),
        (None, 4),
        lambda layer: layer(np.ones((2, 4), "f")),
    ),
    "stroke_decoder": (
        lambda seed: StrokeDecoder("layer_norm", 6, KeepProbs(0.9, 0.8, 0.7), plain=True, seed=seed),
        (None, 4),
        lambda layer: layer(np.ones((2, 4), "f"), np.ones((2, 3, 5), "f")),
    ),
    "latent": (
        lambda seed: LatentGMM(3, 4, HarmonyLearning(harmony=False, repeat=2), seed=seed),
        None,
        lambda layer: layer.propose(np.ones((2, 4), "f"), Posterior(*np.ones((2, 2, 4), "f"))).params.mu,
    ),
    "latent, trained by gradient": (
        lambda seed: TrainedGMM(3, 4, seed=seed, starts_late=True),
        None,
        lambda layer: layer.propose(np.ones((2, 4), "f"), Posterior(*np.ones((2, 2, 4), "f"))).gamma,
    ),
    "model": (
        lambda seed: IAPix2Seq(hparams(seed=seed)),
        None,
        lambda model: model(np.linspace(-1, 1, 48 * 48, dtype="f").reshape(1, 48, 48)),
    ),
}
SETTINGS = {
    **dict.fromkeys(CELLS, ("units", "keep_prob", "seed")),
    "encoder": ("z_size", "variance_range", "seed", "layers_without_norm"),
    "encoder, layers without norm": ("z_size", "variance_range", "seed", "layers_without_norm"),
    "highpass_encoder": ("z_size", "seed"),
    "sequence_encoder": ("cell_name", "units", "z_size", "keep_prob", "plain", "seed"),
    "pixel_decoder": ("width", "seed"),
    "stroke_decoder": ("cell_name", "units", "keep_probs", "plain", "seed"),
    "latent": ("k", "z_size", "rule", "seed"),
    "latent, trained by gradient": ("k", "z_size", "seed", "starts_late"),
    "model": ("hps",),
}
WITH_ALL_CASES = pytest.mark.parametrize("case", CASES)


def built_case(case: str, layer):
    shape = CASES[case][1]
    if shape is not None and not layer.built:
        layer.build(shape)
    return layer


def by_config(layer):
    return type(layer).from_config(layer.get_config())


def by_keras_saving(layer):
    return keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))


@WITH_ALL_CASES
@pytest.mark.parametrize("round_trip", (by_config, by_keras_saving))
def test_round_trips_keep_class_settings_initial_weights_and_results(case, round_trip):
    make, _, call = CASES[case]
    layer = built_case(case, make(seed=3))
    copy = built_case(case, round_trip(layer))
    assert type(copy) is type(layer)
    for setting in SETTINGS[case]:
        assert getattr(copy, setting) == getattr(layer, setting), setting
    assert [w.path for w in copy.weights] == [w.path for w in layer.weights]
    for weight, expected in zip(copy.weights, layer.weights, strict=True):
        np.testing.assert_array_equal(weight, expected, err_msg=weight.path)
    np.testing.assert_array_equal(call(copy), call(layer))


@WITH_ALL_CASES
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(case):
    make, *_ = CASES[case]
    one, same, other = (built_case(case, make(seed)) for seed in (3, 3, 4))
    spread = [np.ptp(np.asarray(w)) > 0 for w in one.weights]
    assert any(spread)
    for random, a, b, c in zip(spread, one.weights, same.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)
        assert np.array_equal(a, c) != random, a.path


@WITH_ALL_CELLS
def test_cells_come_back_inside_a_saved_keras_model(name, tmp_path):
    rng = np.random.default_rng(6)
    cell = CELLS[name](UNITS, keep_prob=KEEP)
    cell.build((None, INPUTS))
    randomised(cell)
    model = keras.Sequential([keras.Input((STEPS, INPUTS)), keras.layers.RNN(cell, return_sequences=True)])
    model.save(tmp_path / "rnn.keras")
    inputs = float32(rng, BATCH, STEPS, INPUTS)
    copy = keras.saving.load_model(tmp_path / "rnn.keras")
    np.testing.assert_array_equal(copy(inputs, training=False), model(inputs, training=False))


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_model_comes_back_from_a_keras_file_with_hparams_and_all_variables(name, tmp_path):
    model = tiny_model(name)
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    assert copy.hps == model.hps
    assert len(copy.weights) == len(model.weights) > 0
    for found, expected in zip(copy.weights, model.weights, strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=expected.path)
