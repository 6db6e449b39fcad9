"""Exports of models that read strokes, or nothing, or have neither components nor pixels: what they offer, and that it
computes what the package computes.
"""

import numpy as np
import pytest
import tensorflow as tf
from exports import decoded, has_tf2onnx, onnx_function, tflite_function
from graph_inputs import random_graphs
from reference import assert_close

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.export.graph_cutter import cut_graphs
from ia_pix2seq_tf.export.write import export_model
from ia_pix2seq_tf.strokes import to_sequence

CASES = {
    "strokes": {"system": "sketch_rnn", "dec_model": "lstm", "enc_rnn_size": 6},
    "strokes, layer_norm": {
        "system": "sketch_rnn",
        "dec_model": "lstm",
        "enc_model": "layer_norm",
        "enc_rnn_size": 6,
        "first_input": "zeros",
    },
    "nothing": {"system": "sketch_rnn", "conditional": False, "dec_model": "layer_norm", "first_input": "zeros"},
    "images": {"system": "sketch_pix2seq", "dec_model": "lstm"},
    "graphs": {"system": "sketch_healer", "dec_model": "lstm"},
}
SIZES = {"z_size": 4, "dec_rnn_size": 8, "png_width": 16, "max_seq_len": 9, "jit_compile": False}
BATCH, MAX_LEN, TEMPERATURE, SEED = 3, 12, 0.5, 7
LENGTHS = (4, 9, 1)  # points of the sketches that are encoded


def make_model(case: str) -> ia.IAPix2Seq:
    """A tiny model with weights that matter, whose sketches end after a few points."""
    hps = ia.HParams.from_dict({"categories": ["cat"], "scale_factor": 35.5, **SIZES, **CASES[case]})
    model, random = ia.IAPix2Seq(hps), np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(weight + random.normal(0, 0.2, weight.shape))
    return model


class Export:
    """A model and what it was exported to."""

    def __init__(self, case: str, folder):
        self.model, self.folder, random = make_model(case), folder / "exported", np.random.default_rng(1)
        export_model(self.model, self.folder, MAX_LEN, onnx=has_tf2onnx())
        self.saved = tf.saved_model.load(str(self.folder)).signatures
        strokes = [np.float32(random.normal(size=(n, 3)) * [1, 1, 0]) for n in LENGTHS]
        sketches = {
            "images": np.float32(random.uniform(-1, 1, (BATCH, 16, 16))),
            "sequences": np.stack([to_sequence(sketch, max(LENGTHS)) for sketch in strokes]),
            **random_graphs(BATCH, random),
        }
        self.inputs = {name: sketches[name] for name in self.model.reads}
        self.sequences = sketches["sequences"]
        self.z = np.float32(random.normal(size=(BATCH, self.model.z_size)))

    @property
    def source(self) -> dict[str, np.ndarray]:
        """What a drawing of `z` is asked for with."""
        return {"z": tf.constant(self.z)} if self.model.z_size else {"count": tf.constant(BATCH)}

    def files(self, kind: str) -> dict:
        """Functions of the files of a kind, "tflite" or "onnx"."""
        load = {"tflite": tflite_function, "onnx": onnx_function}[kind]
        return {path.stem: load(path) for path in (self.folder / kind).iterdir()}


@pytest.fixture(scope="module", params=CASES)
def export(request, tmp_path_factory):
    return Export(request.param, tmp_path_factory.mktemp("export"))


@pytest.fixture(params=["tflite", "onnx"])
def kind(request, export):
    if not (export.folder / request.param).is_dir():
        pytest.skip("no tf2onnx")
    return request.param


def chance():
    return {"temperature": tf.constant(TEMPERATURE), "seed": tf.constant(SEED)}


def assert_same_sketches(found, expected):
    assert found["lengths"].numpy().tolist() == [len(strokes) for strokes in expected]
    assert_close(found["strokes"], [to_sequence(strokes, MAX_LEN)[1:] for strokes in expected])


def test_an_export_offers_what_the_system_has_and_no_more(export):
    codes = {"encode", "reconstruct"} if export.model.reads else set()
    graphs = "patches" in export.model.reads
    assert set(export.saved) == {"generate", "generate_greedy"} | codes | ({"cut_graphs"} if graphs else set())
    networks = {"decoder_step"} | ({"encoder", "initial_state"} if codes else set())
    networks |= {"graph_cutter"} if graphs else set()
    assert {path.stem for path in (export.folder / "tflite").iterdir()} == networks


def test_the_saved_model_encodes_what_the_model_reads(export):
    if export.model.reads:
        for inputs in (export.inputs, {name: value[:1] for name, value in export.inputs.items()}):
            found, (mu, sigma2) = export.saved["encode"](**inputs), export.model.encode(*inputs.values())
            assert_close(found["mu"], mu, 1e-5)
            assert_close(found["sigma2"], sigma2, 1e-5)
        assert np.ptp(export.model.encode(*export.inputs.values())[0], axis=0).max() > 1e-3


def test_the_saved_model_draws_the_sketches_of_the_package(export):
    expected = export.model.generate(export.z, MAX_LEN, TEMPERATURE, seed=SEED)
    assert_same_sketches(export.saved["generate"](**export.source, **chance()), expected)
    expected = export.model.generate(export.z, MAX_LEN, greedy=True)
    assert_same_sketches(export.saved["generate_greedy"](**export.source), expected)


def test_the_saved_model_reconstructs_from_the_mean_code(export):
    if export.model.reads:
        mean, _ = export.model.encode(*export.inputs.values())
        expected = export.model.generate(mean, MAX_LEN, TEMPERATURE, seed=SEED)
        assert_same_sketches(export.saved["reconstruct"](**export.inputs, **chance()), expected)


@pytest.mark.parametrize("export", ["graphs"], indirect=True)
def test_everything_exported_cuts_the_same_graphs(export):
    files = [export.files(path.name) for path in export.folder.iterdir() if path.name in ("tflite", "onnx")]
    cutters = [export.saved["cut_graphs"], *(functions["graph_cutter"] for functions in files)]
    for i, length in enumerate(LENGTHS):
        expected = {name: value[i : i + 1].numpy() for name, value in cut_graphs(export.sequences).items()}
        for cut in cutters:
            found = cut(sequences=export.sequences[i : i + 1, : length + 2])
            assert all(np.array_equal(found[name], value) for name, value in expected.items())
        assert_close(export.saved["encode"](**found)["mu"], export.model.encode(*expected.values())[0])


def test_files_encode_sketches_of_any_length(export, kind):
    encode = export.files(kind).get("encoder")
    for i, length in enumerate(LENGTHS) if encode else ():
        inputs = {name: value[i : i + 1] for name, value in export.inputs.items()}
        if "sequences" in inputs:
            inputs["sequences"] = inputs["sequences"][:, : length + 2]
        found, (mu, sigma2) = encode(**inputs), export.model.encode(*inputs.values())
        assert_close(found["mu"], mu)
        assert_close(found["sigma2"], sigma2)


def test_files_decode_step_by_step_as_the_package(export, kind):
    files, z = export.files(kind), export.z[:1]
    code = {"z": z} if export.model.z_size else {}
    state = files["initial_state"](z=z)["state"] if code else np.zeros((1, export.model.decoder.cell.state_size), "f")
    first = np.tile(np.float32(export.model.decoder.start), (1, 1, 1))
    sequences = np.concatenate([first, export.sequences[1:2, 1:]], axis=1)
    found = decoded(files["decoder_step"], state, sequences, **code)
    assert_close(found, export.model.decode(z, sequences))


def test_onnx_files_take_batches_of_any_size(export):
    if not has_tf2onnx():
        pytest.skip("no tf2onnx")
    files = export.files("onnx")
    if export.model.reads:
        assert_close(files["encoder"](**export.inputs)["mu"], export.model.encode(*export.inputs.values())[0])
    code = {"z": export.z} if export.model.z_size else {}
    state = export.model.decoder.initial_state(export.z).numpy()
    found = decoded(files["decoder_step"], state, export.sequences, **code)
    assert_close(found, export.model.decode(export.z, export.sequences))


def test_tflite_files_need_no_operations_of_tensorflow(export):
    for path in (export.folder / "tflite").iterdir():
        assert b"Flex" not in path.read_bytes(), path  # how the converter names TensorFlow's operations


def test_scale_and_first_stroke_are_exported(export):
    hps = ia.HParams.read(export.folder / "model_config.json")
    assert hps == export.model.hps and hps.scale_factor == 35.5


@pytest.mark.parametrize("count", [0, -1])
@pytest.mark.parametrize("export", ["nothing"], indirect=True)
def test_a_count_that_is_not_above_zero_is_an_error(export, count):
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected a count above 0"):
        export.saved["generate_greedy"](count=tf.constant(count))
