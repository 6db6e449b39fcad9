"""Models in half precision, and those that come with the package."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from systems_table import SYSTEMS, tiny_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import loading
from ia_pix2seq_tf.checkpoints import native, packed
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.export.write import export_directory
from ia_pix2seq_tf.loading import load_checkpoint


@pytest.fixture
def pack(tmp_path):
    """A function that packs the tiny model of a system, and returns where."""

    def of(name: str, step: int | None = 7):
        model = tiny_model(name)
        directory = tmp_path / "packed"
        directory.mkdir()
        model.hps.write(directory / "model_config.json")
        packed.write(model, directory, step)
        return directory

    return of


def rewrite(directory, **changes):
    with np.load(directory / packed.FILE_NAME) as archive:
        arrays = dict(archive) | changes
    np.savez(directory / packed.FILE_NAME, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_weight_comes_back_to_half_precision_and_the_mixture_exactly(name, pack):
    model, loaded = tiny_model(name), load_checkpoint(pack(name))
    assert loaded.step == 7 and loaded.model.hps == model.hps
    trained = {id(weight) for weight in model.trainable_weights}
    for found, expected in zip(loaded.model.weights, model.weights, strict=True):
        tolerance = {"rtol": 2**-11, "atol": 1e-7} if id(expected) in trained else {"rtol": 0}
        np.testing.assert_allclose(found, expected, **tolerance, err_msg=found.path)


def test_an_export_may_hold_the_packed_model(tmp_path):
    run = tmp_path / "run"
    tiny_model("ia").hps.write(run / "model_config.json")
    weights, step = native.weights(tiny_model("ia")), tf.Variable(17, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(weights=weights, step=step)
    native.save(native.manager(checkpoint, run, native.BEST))
    export_directory(run, tmp_path / "export", tflite=False, pack=True)
    model, _, step = load_checkpoint(tmp_path / "export" / "packed")
    assert step == load_checkpoint(run).step == 17
    codes = np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32)
    drawn, expected = (each.generate(codes, greedy=True) for each in (model, ia.load_model(run)))
    for one, other in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(one[:5], other[:5], rtol=0.05, atol=0.05)


KERNEL = "decoder/head/kernel"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({KERNEL: None}, f"variable {KERNEL} of shape .* is missing"),
        ({KERNEL: np.zeros((3, 3), np.float16)}, rf"variable {KERNEL} has shape \[3, 3\], expected"),
        ({KERNEL: np.full((8, 123), np.nan, np.float16)}, f"{KERNEL}: expected finite numbers"),
        ({KERNEL: np.full((8, 123), "x")}, f"array '{KERNEL}'|{KERNEL}: expected finite numbers"),
    ],
)
def test_weights_that_are_not_those_of_the_model_are_refused_by_name(pack, change, message):
    directory = pack("ia")
    rewrite(directory, **change)
    with pytest.raises(CheckpointError, match=message):
        ia.load_model(directory)


@pytest.mark.parametrize("content", (b"", b"PK\3\4 and no more", b"\0" * 5000))
def test_a_damaged_archive_is_refused_naming_the_file(pack, content):
    directory = pack("ia")
    (directory / packed.FILE_NAME).write_bytes(content)
    with pytest.raises(CheckpointError, match=re.escape(str(directory / packed.FILE_NAME))):
        ia.load_model(directory)


def test_a_configuration_that_asks_for_more_than_the_archive_holds_is_refused_before_any_memory_is_taken(pack):
    directory = pack("ia")
    path = directory / "model_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"dec_rnn_size": 10**6}))
    with pytest.raises(CheckpointError, match="are no model of the sizes in model_config.json"):
        ia.load_model(directory)


def test_weights_beyond_half_precision_are_not_written(tmp_path):
    model = ia.IAPix2Seq(tiny_model("ia").hps)
    kernel = native.weights(model)[KERNEL]
    kernel.assign(np.full(kernel.shape, 1e5))
    with pytest.raises(ValueError, match=f"{KERNEL}: expected weights of at most 65504"):
        packed.write(model, tmp_path)
    assert not list(tmp_path.iterdir())


# Those that come with the package.


def test_an_unknown_name_is_refused_with_those_that_there_are(pack, tmp_path, monkeypatch):
    shutil.move(pack("ia"), tmp_path / "place" / "doodles")
    monkeypatch.setattr(loading, "PRETRAINED_PLACE", tmp_path / "place")
    assert load_checkpoint("pretrained:doodles").step == 7
    for name in ("doodle", "", "../place/doodles"):
        with pytest.raises(CheckpointError, match="expected one of doodles, found"):
            ia.load_model(f"pretrained:{name}")


@pytest.mark.parametrize("name", loading.pretrained_names())
def test_each_pretrained_model_draws_and_its_card_tells_its_checksum(name):
    model = ia.load_model(f"pretrained:{name}")
    codes, _ = model.latent.sample(3, seed=1)
    assert all(len(strokes) > 5 for strokes in model.generate(codes, seed=1))
    folder = loading.PRETRAINED_PLACE / name
    digest = hashlib.sha256((folder / packed.FILE_NAME).read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text()


def test_the_pretrained_models_are_small():
    sizes = [path.stat().st_size for path in loading.PRETRAINED_PLACE.rglob("*") if path.is_file()]
    assert sum(sizes) <= 6e6
