"""Models of sketch-rnn's browser demo: loaded as others are, computing what the published program computes."""

import json

import numpy as np
import pytest
from gen_files import SIZES, encode, published_order, random_file, run, start_state
from reference import GOLDEN, SHARED, assert_close

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE
from ia_pix2seq_tf.export import browser
from ia_pix2seq_tf.loading import checkpoint_files, load_checkpoint
from ia_pix2seq_tf.networks.stroke_decoder import StrokeDecoder

PUBLISHED = SHARED / "checkpoints" / "sketchrnn_js"
STEPS = 60
KINDS = pytest.mark.parametrize(("mode", "version"), [(GEN, 6), (GEN, 2), (VAE, 6), (VAE, 5)])


def written(path, mode: str, **info):
    """A file of a small model, and what is in it once rounded."""
    gen_json.write(path, random_file(mode, **info))
    return path, gen_json.read(path)


def points(n: int, seed: int = 0) -> np.ndarray:
    """Stroke-5 points in model units, `[n, 5]`, without start and end tokens."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(size=(n, 2)), np.eye(3)[rng.integers(0, 2, n)]], axis=1)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="needs the published files of ../shared")
@pytest.mark.parametrize(("name", "length", "scale"), [("bird", 129, 71.3754), ("bear", 175, 62.4323)])
def test_a_published_model_computes_what_the_published_program_does(name, length, scale):
    model = ia.load_model(PUBLISHED / f"{name}.gen.json")
    with np.load(GOLDEN / "systems" / "sketchrnn_js.npz") as recording:
        inputs, pdf, h, c = (recording[f"{name}/{key}"] for key in ("inputs", "pdf", "h", "c"))
    z = np.zeros((1, 0), np.float32)
    raw, state = model.decoder.run(z, inputs[np.newaxis].astype(np.float32))
    assert_close(model.decode(z, inputs[np.newaxis]), raw)
    assert_close([published_order(row) for row in raw[0].numpy()], pdf)
    assert_close(state[0], np.concatenate([c, h]))
    (strokes,) = model.generate(z, greedy=True, max_len=STEPS)
    assert_close(strokes[: STEPS - 1], inputs[1:][:, [0, 1, 3]])
    assert model.hps.max_seq_len == model.generator.max_len == length
    assert (model.scale_factor, model.hps.categories) == (scale, [name])


@KINDS
def test_a_loaded_model_decodes_what_the_published_program_does(mode, version, tmp_path):
    path, file = written(tmp_path / "x.json", mode, version=version)
    model = ia.load_model(str(path))
    z = np.random.default_rng(1).normal(size=SIZES[mode].z_size)
    c, h = start_state(file.weights, z, version) if mode == VAE else (np.zeros(SIZES[GEN].units),) * 2
    inputs = np.concatenate([np.zeros((1, 5)), points(9)])
    expected, *_ = run(file.weights, np.hstack([inputs, np.tile(z, (10, 1))]), c, h)
    assert_close(model.decode(z[np.newaxis], inputs[np.newaxis])[0], expected, 1e-5)
    assert model.reads == (("sequences",) if mode == VAE else ()) and model.z_size == len(z)


def test_a_loaded_model_encodes_as_the_published_program_all_points_before_the_end(tmp_path):
    path, file = written(tmp_path / "x.json", VAE)
    sketch, start, end = points(7), np.eye(5)[[2]], np.eye(5)[[4, 4]]
    mean, variance = ia.load_model(path).encode(np.concatenate([start, sketch, end])[np.newaxis])
    expected, presig = encode(file.weights, sketch)
    assert_close(mean[0], expected, 1e-5)
    assert_close(variance[0], np.exp(presig), 1e-5)


@KINDS
def test_a_model_that_was_read_is_written_without_a_change(mode, version, tmp_path):
    path, _ = written(tmp_path / "x.json", mode, version=version, name="alarm clock")
    found = browser.write(ia.load_model(path), tmp_path)
    assert found.name == f"alarm_clock.{mode}.json"
    kept = {"version": 6} if mode == GEN else {}
    info, *rest = json.loads(path.read_text())
    assert json.loads(found.read_text()) == [info | kept, *rest]


def test_the_file_says_what_its_model_needs(tmp_path):
    path, _ = written(tmp_path / "x.json", VAE, name="alarm clock", scale_factor=61.5, max_seq_len=33, version=3)
    loaded = load_checkpoint(path)
    hps = loaded.model.hps
    assert loaded.prefix == path and loaded.step is None
    assert (hps.categories, hps.max_seq_len, hps.scale_factor) == (["alarm clock"], 33, 61.5)
    assert (hps.dec_rnn_size, hps.enc_rnn_size, hps.z_size) == SIZES[VAE]
    assert (hps.first_input, hps.conditional, hps.bounded_start) == ("zeros", True, True)
    assert ia.HParams.from_json(hps.to_json()).validate() == hps


def test_a_model_of_a_file_is_built_again_from_its_configuration(tmp_path):
    model = ia.load_model(written(tmp_path / "x.json", VAE, version=5)[0])
    twin = ia.IAPix2Seq.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    z, inputs = np.ones((1, 3), np.float32), points(4)[np.newaxis].astype(np.float32)
    np.testing.assert_array_equal(twin.decode(z, inputs), model.decode(z, inputs))
    assert StrokeDecoder.from_config(model.decoder.get_config()).bounded_start


def test_a_file_is_its_own_checkpoint(tmp_path):
    path, _ = written(tmp_path / "x.json", GEN)
    assert checkpoint_files(str(path), load_checkpoint(path).prefix) == [path]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.gen.json", None, "expected a file, found none"),
        ("model_config.json", b'{"z_size": 3}', "expected .info, shapes, weights., .* found an object of 1"),
        ("picture.png", b"\x89PNG", "expected JSON"),
        ("none", None, "no model_config.json; expected a directory"),
    ],
)
def test_a_path_without_a_model_is_refused(name, content, message, tmp_path):
    if content:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name}: {message}"):
        ia.load_model(tmp_path / name)
