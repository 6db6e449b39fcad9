"""Exports whose weights take fewer bytes: how far what they compute is from the model."""

import numpy as np
import pytest
import tensorflow as tf
from exports import decoded, has_tf2onnx, onnx_function, tflite_function
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.constants import WEIGHT_TYPES
from ia_pix2seq_tf.export import formats, weights
from ia_pix2seq_tf.export.functions import parts, signatures
from ia_pix2seq_tf.export.write import export_model
from ia_pix2seq_tf.strokes import to_sequence

NEAR = {"float16": 2e-3, "int8": 4e-2}  # of the standard deviation of what is computed
SHARE = {"float16": 0.65, "int8": 0.55}  # of the bytes at most; graphs, biases and what is small stay as they are
WITH_BOTH_KINDS = pytest.mark.parametrize("kind", NEAR)
BATCH, POINTS = 4, 6


def make_model(**hparams) -> ia.IAPix2Seq:
    sizes = {"z_size": 16, "dec_rnn_size": 48, "png_width": 16, "max_seq_len": POINTS, "jit_compile": False}
    model = ia.IAPix2Seq(ia.HParams.from_dict({"categories": ["cat"], **sizes, **hparams}))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(weight + rng.normal(0, 0.1, weight.shape))
    return model


@pytest.fixture(scope="module")
def of_images():
    return make_model(system="ia", num_mixture=3, num_sub=1)


@pytest.fixture(scope="module")
def of_strokes():
    return make_model(system="sketch_rnn", dec_model="lstm", enc_rnn_size=40)


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(1)
    return np.stack([to_sequence(np.float32(rng.normal(size=(n, 3)) * [1, 1, 0]), POINTS) for n in (6, 2, 4, 1)])


def assert_near(found, expected, kind: str):
    expected = np.asarray(expected)
    off = np.sqrt(np.square(np.asarray(found) - expected).mean()) / expected.std()
    assert off < NEAR[kind]
    assert off > 1e-6, "nothing was stored in fewer bytes"


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32)))
def test_no_weight_moves_by_more_than_half_a_level_of_its_output(values):
    levels, scale = weights.quantized(values)
    assert levels.dtype == np.int8 and scale.shape == values.shape[-1:]
    assert np.all(np.abs(levels * scale.astype(float) - values) <= 0.51 * np.abs(values).max(axis=0) / 127 + 1e-30)


@WITH_BOTH_KINDS
def test_a_saved_model_computes_nearly_the_same(of_images, kind):
    images = np.float32(np.random.default_rng(2).uniform(-1, 1, (BATCH, 16, 16)))
    functions, variables = weights.stored(of_images, signatures(of_images, POINTS), kind)
    z, sigma2 = of_images.encode(images)
    found = functions["encode"](tf.constant(images))
    assert_near(found["mu"], z, kind)
    assert_near(functions["decode_pixels"](z)["pixels"], of_images.decode_pixels(z), kind)
    assert functions["generate_greedy"](z)["strokes"].shape == (BATCH, POINTS, 5)
    expected = of_images.assign_components(z, sigma2)["gamma"]
    np.testing.assert_allclose(functions["assign"](z, sigma2)["gamma"], expected, atol=1e-6, err_msg="exact components")
    size = sum(variable.shape.num_elements() * variable.dtype.size for variable in variables)
    assert size < SHARE[kind] * sum(
        4 * weight.shape.num_elements() for weight in map(tf.convert_to_tensor, of_images.weights)
    )


@pytest.fixture(scope="module", params=["tflite", "onnx"])
def files(request, of_strokes, tmp_path_factory):
    """Functions of files, and their bytes in all, by the type of the weights; and whether they take a batch."""
    if request.param == "onnx" and not has_tf2onnx():
        pytest.skip("no tf2onnx")
    found = {}
    for kind in WEIGHT_TYPES:
        folder = tmp_path_factory.mktemp(kind) / "files"
        if request.param == "onnx":
            formats.write_onnx(parts(of_strokes, batch=None), folder, kind)
        else:
            formats.write_tflite(of_strokes, parts(of_strokes, batch=1), folder, kind)
        load = {"tflite": tflite_function, "onnx": onnx_function}[request.param]
        functions = {path.stem: load(path) for path in folder.iterdir()}
        found[kind] = functions, sum(path.stat().st_size for path in folder.iterdir())
    return found


@WITH_BOTH_KINDS
def test_files_compute_nearly_the_same(of_strokes, files, sequences, kind):
    functions, size = files[kind]
    assert size < SHARE[kind] * files["float32"][1]
    z = of_strokes.encode(sequences)[0].numpy()
    codes = np.concatenate([functions["encoder"](sequences=one[np.newaxis])["mu"] for one in sequences])
    assert_near(codes, z, kind)
    for i in range(BATCH):
        state = functions["initial_state"](z=z[i : i + 1])["state"]
        raw = decoded(functions["decoder_step"], state, sequences[i : i + 1], z=z[i : i + 1])
        assert_near(raw, of_strokes.decode(z[i : i + 1], sequences[i : i + 1]), kind)


@WITH_BOTH_KINDS
@pytest.mark.parametrize("files", ["onnx"], indirect=True)
def test_a_sketch_does_not_depend_on_its_company(files, sequences, kind):
    encode = files[kind][0]["encoder"]
    together = encode(sequences=sequences)["mu"]
    for i in range(BATCH):
        np.testing.assert_allclose(encode(sequences=sequences[i : i + 1])["mu"][0], together[i], atol=1e-5)


def test_another_type_is_refused_before_any_work(of_strokes, tmp_path):
    with pytest.raises(ValueError, match="weights: expected one of float32, float16, int8, found 'int4'"):
        export_model(of_strokes, tmp_path / "exported", weights="int4")
    assert not any(tmp_path.iterdir())
