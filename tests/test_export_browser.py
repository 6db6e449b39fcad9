"""Models written as files of sketch-rnn's browser demo."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gen_files import head, lstm_step
from reference import SHARED, assert_close

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.export import browser, write

SMALL = {"dec_rnn_size": 12, "enc_rnn_size": 6, "z_size": 4, "max_seq_len": 20, "scale_factor": 40.0}
LSTM = {"system": "sketch_rnn", "dec_model": "lstm", "categories": ["cat"], **SMALL}
START = np.eye(5, dtype=np.float32)[[2]]
ROUNDING = 2e-3
"""By how much rounding the weights may move the raw parameters of the tests' models in 12 steps; measured: 1.1e-3."""
TRAINED_ROUNDING = 5e-3
"""The same of a trained model of 64 units in 48 steps, whose raw parameters are up to 6; measured: 3.3e-3."""
ROOT = Path(__file__).resolve().parents[1]


def small_model(**changes) -> ia.IAPix2Seq:
    """A small model with weights of the size of trained ones."""
    model = ia.IAPix2Seq(ia.HParams.from_dict(LSTM | changes))
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 0.5, weight.shape) for weight in model.weights])
    return model


def strokes(n: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.concatenate([rng.normal(size=(n, 2)), np.eye(3)[rng.integers(0, 2, n)]], axis=1).astype(np.float32)


def moved_by(model: ia.IAPix2Seq, path, sketches: np.ndarray, z: np.ndarray) -> float:
    """How far the raw parameters of the model in a file are from the model's own along sketches `[n, time, 5]`."""
    twin = ia.load_model(path)
    assert twin.hps.first_input == "zeros"
    own, others = (m.decode(z, with_first(m, sketches)) for m in (model, twin))
    return float(np.abs(own - others).max())


def with_first(model: ia.IAPix2Seq, sketches: np.ndarray) -> np.ndarray:
    """Sketches behind what the model reads before the first stroke."""
    first = START if model.hps.first_input == "start" else np.zeros((1, 5))
    return np.concatenate([np.tile(first, (len(sketches), 1, 1)), sketches], axis=1)


@pytest.mark.parametrize("conditional", [True, False])
@pytest.mark.parametrize("first_input", ["start", "zeros"])
def test_a_written_model_says_what_the_model_says_of_each_next_stroke(conditional, first_input, tmp_path):
    model = small_model(conditional=conditional, first_input=first_input)
    path = browser.write(model, tmp_path)
    assert path.name == ("cat.vae.json" if conditional else "cat.gen.json")
    z = np.random.default_rng(0).normal(size=(1, model.z_size))
    assert moved_by(model, path, strokes(11)[np.newaxis], z) < ROUNDING


def test_a_written_encoder_reads_as_the_model(tmp_path):
    model = small_model()
    sequences = np.concatenate([START, strokes(9), np.eye(5)[[4]]])[np.newaxis]
    for found, expected in zip(
        ia.load_model(browser.write(model, tmp_path)).encode(sequences), model.encode(sequences), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=ROUNDING)


def test_zeros_do_in_the_file_what_the_start_token_does_in_the_model():
    model = small_model(conditional=False)
    weights, state = browser.gen_file(model).weights, np.zeros(12)
    raw = model.decode(np.zeros((1, 0)), START[np.newaxis])[0, 0]
    assert_close(head(weights, lstm_step(weights, np.zeros(5), state, state)[1]), raw, 1e-6)


@pytest.mark.skipif(not (SHARED / "checkpoints").is_dir(), reason="needs the checkpoints of ../shared")
def test_a_trained_model_loses_little_by_rounding(tmp_path, caplog):
    model = ia.load_model(SHARED / "checkpoints" / "sketchrnn")
    model.hps.scale_factor = 30.0
    with np.load(SHARED / "golden" / "systems" / "checkpoint_sketchrnn.npz") as recording:
        sequences = recording["in/seqs"][:, :48].astype(np.float32)
    with caplog.at_level(logging.WARNING):
        path = browser.write(model, tmp_path)
    z = model.encode(sequences)[0]
    assert moved_by(model, path, sequences[:, 1:], z) < TRAINED_ROUNDING and not caplog.messages


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "ia", "num_mixture": 2}, "not IA-pix2seq with its encoder of images; export it without --gen_json"),
        ({"system": "sketch_pix2seq"}, "not sketch-pix2seq with its encoder of images"),
        ({"dec_model": "hyper"}, "expected dec_model=lstm, found a HyperLSTMCell.*, or train it with that"),
        ({"dec_model": "layer_norm", "conditional": False}, "expected dec_model=lstm, found a LayerNormLSTMCell"),
        ({"enc_model": "hyper"}, "expected enc_model=lstm, found a HyperLSTMCell"),
        ({"scale_factor": 0.0}, 'which this model does not know: .* "scale_factor" into its model_config.json'),
    ],
)
def test_what_a_file_cannot_hold_is_refused_before_any_work(changes, message, tmp_path):
    fields = LSTM | changes
    if fields["system"] in ("ia", "sketch_pix2seq"):
        del fields["enc_rnn_size"]
    with pytest.raises(ValueError, match=message):
        write.export_model(ia.IAPix2Seq(ia.HParams.from_dict(fields)), tmp_path / "out", gen_json=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("categories", "name"),
    [
        (["alarm clock"], "alarm_clock"),
        (["cat", "alarm clock"], "cat_alarm_clock"),
        ([f"category {n}" for n in range(20)], "category_0_and_19_more"),
    ],
)
def test_the_file_is_named_after_the_categories(categories, name, tmp_path):
    path = browser.write(small_model(categories=categories, conditional=False), tmp_path)
    assert path.name == f"{name}.gen.json"
    assert gen_json.read(path).info.name.replace(" ", "_") == name


def test_the_file_tells_scale_and_length(tmp_path):
    info = gen_json.read(browser.write(small_model(), tmp_path)).info
    assert info == ("cat", "vae", 20, 40.0, 6)
    assert gen_json.read(browser.write(small_model(), tmp_path, max_len=7)).info.max_seq_len == 7
    assert gen_json.read(browser.write(small_model(max_seq_len=-1), tmp_path)).info.max_seq_len == 250


def test_weights_that_are_cut_off_are_warned_of(tmp_path, caplog):
    model = small_model(conditional=False)
    model.decoder.head.bias.assign(np.full(123, 11.0))
    with caplog.at_level(logging.WARNING):
        browser.write(model, tmp_path)
    assert caplog.messages == [
        "123 of the 123 numbers of head_bias were beyond 10, which is all that the format holds, the furthest 11"
    ]


def test_sketch_pix2seq_s_decoder_alone_is_such_a_model(tmp_path):
    fields = LSTM | {"system": "sketch_pix2seq", "conditional": False, "enc_rnn_size": 256}
    assert browser.write(ia.IAPix2Seq(ia.HParams.from_dict(fields)), tmp_path).name == "cat.gen.json"


def test_the_file_lies_in_the_export_which_may_be_replaced(tmp_path, monkeypatch):
    model, output = small_model(), tmp_path / "out"
    for _ in range(2):
        write.export_model(model, output, tflite=False, overwrite=True, gen_json=True)
    assert (output / "cat.vae.json").is_file() and (output / "saved_model.pb").is_file()
    (output / "cat.json").touch()
    with pytest.raises(FileExistsError, match=r"'cat\.json', which no export writes"):
        write.export_model(model, output, tflite=False, overwrite=True, gen_json=True)


def test_the_command_writes_a_file_again(tmp_path):
    path = browser.write(small_model(conditional=False), tmp_path)
    arguments = [f"--model_dir={path}", f"--output={tmp_path / 'out'}", "--notflite", "--gen_json"]
    subprocess.run([sys.executable, "-m", "ia_pix2seq_tf.export", *arguments], cwd=ROOT, check=True)
    assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
