"""Models whose image encoder lacks its first instance norms: variables, both kinds of checkpoints, exports."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from saved_models import save_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.export.write import export_model

SCOPES = [
    ("layer_1/dcn1", "layer_1/dcn2", "layer_1/dcn3"),
    ("layer_1/combine",),
    ("layer_2/dcn1", "layer_2/dcn2", "layer_2/dcn3"),
    ("layer_2/combine",),
    ("conv0",),
    ("conv1",),
]
"""Of the convolutions of each layer, as the original named them."""
HPS = ia.HParams(categories=["cat"], dec_model="lstm", dec_rnn_size=8, z_size=4, png_width=16, jit_compile=False)
WITH_LAYERS = pytest.mark.parametrize("layers", (1, 2, 5, 6))


def make_model(layers: int, seed: int = 1) -> ia.IAPix2Seq:
    """A tiny model with weights that matter."""
    model = ia.IAPix2Seq(dataclasses.replace(HPS, layers_without_norm=layers, seed=seed))
    random = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(weight + random.normal(0, 0.1, weight.shape))
    return model


def images() -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (3, 16, 16)).astype(np.float32)


@WITH_LAYERS
def test_variables_are_those_of_the_original_without_the_norms_of_the_first_layers(layers):
    left_out = {
        f"RPCLVQ/encoders/{scope}{'/conv0' if 'layer' in scope else ''}/InstanceNorm/{name}"
        for scopes in SCOPES[:layers]
        for scope in scopes
        for name in ("gamma", "beta")
    }
    whole, found = (set(make_model(n).tf1_shapes) for n in (0, layers))
    assert whole - found == left_out and found < whole


@WITH_LAYERS
def test_variables_by_their_original_names_make_the_same_model(layers):
    model, other = make_model(layers), make_model(layers, seed=2)
    other.set_tf1_variables(model.get_tf1_variables())
    for one, two in zip(other.encode(images()), model.encode(images()), strict=True):
        np.testing.assert_array_equal(one, two)


@WITH_LAYERS
def test_a_checkpoint_and_an_export_encode_as_the_model(layers, tmp_path):
    model = make_model(layers)
    expected = model.encode(images())
    loaded = ia.load_model(save_model(tmp_path, model))
    assert loaded.hps.layers_without_norm == layers
    for one, two in zip(loaded.encode(images()), expected, strict=True):
        np.testing.assert_array_equal(one, two)
    export_model(model, tmp_path / "export", 8, tflite=False)
    found = tf.saved_model.load(str(tmp_path / "export")).signatures["encode"](images=tf.constant(images()))
    np.testing.assert_allclose(found["mu"], expected[0], atol=1e-5)


def test_a_checkpoint_of_another_number_is_refused_by_its_variables(tmp_path):
    save_model(tmp_path, make_model(0))
    dataclasses.replace(HPS, layers_without_norm=2).write(tmp_path / "model_config.json")
    with pytest.raises(ValueError, match="the model has no variable encoder/block_32/.*/norm/beta"):
        ia.load_model(str(tmp_path))
    save_model(tmp_path, make_model(2))
    HPS.write(tmp_path / "model_config.json")
    with pytest.raises(ValueError, match="variable encoder/block_32/.*/norm/gamma .* is missing"):
        ia.load_model(str(tmp_path))


def test_filters_begin_larger_where_a_norm_follows():
    """He's for three values, as in the original, or for all that are read, without which the layers would explode."""
    values = ia.IAPix2Seq(dataclasses.replace(HPS, layers_without_norm=2)).get_tf1_variables()
    expected = {"layer_1/combine": 2 / (9 * 32), "layer_2/combine": 2 / 3}
    for scope, variance in expected.items():
        assert np.var(values[f"RPCLVQ/encoders/{scope}/conv0/filter"]) == pytest.approx(variance, rel=0.1)
