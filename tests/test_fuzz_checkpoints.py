"""Fuzzing what is loaded with TensorFlow: checkpoints of both programs, the classifier's cache, codes."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from archives import ATTACKS, DTYPES, PICKLES, SHAPES, archive, bomb, npy, picture
from fuzzing import BYTES, TRAP, changed, damaged, fewer, read_or_refused
from hypothesis import example, given
from hypothesis import strategies as st
from tf1_directories import hparams, write_directory, written_variables

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data import npz
from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.evaluation import classifier
from ia_pix2seq_tf.sampling.inputs.codes import read_codes
from ia_pix2seq_tf.sampling.inputs.mask import read_mask

CLASSES = 2


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


@pytest.fixture(scope="module")
def reference_run(tmp_path_factory):
    """A directory as the reference's training leaves it."""
    return write_directory(tmp_path_factory.mktemp("tf1"), "rpcl", written_variables("rpcl"))


@pytest.fixture(scope="module")
def own_run(tmp_path_factory):
    """A directory as `train.py` leaves it."""
    directory = tmp_path_factory.mktemp("native")
    hps = hparams("rpcl")
    hps.write(directory / "model_config.json")
    checkpoint = tf.train.Checkpoint(weights=native.weights(ia.IAPix2Seq(hps)))
    native.save(native.manager(checkpoint, directory, native.BEST))
    return directory


def _load(directory):
    model = ia.load_model(directory)
    assert model.latent_mu.shape == (model.hps.k, model.hps.z_size)


def damage_one_file(data, source: Path, target: Path) -> Path:
    """Copies a run and damages one of its files."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target)
    files = sorted(path for path in target.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files), label="file")
    content = path.read_bytes()
    if path.name == "model_config.json" and data.draw(st.booleans()):
        content = json.dumps(data.draw(changed(json.loads(content)))).encode()
    else:
        content = data.draw(damaged(content, (b"\0", b"/", b"..", b'"', b"model_checkpoint_path: ", b"\xff")))
    path.write_bytes(content)
    return target


@fewer(2)
@given(st.data())
def test_damaged_checkpoints_of_the_reference(reference_run, tmp_path, data):
    read_or_refused(damage_one_file(data, reference_run, tmp_path / "run"), _load, (ValueError, OSError))


@fewer(2)
@given(st.data())
def test_damaged_checkpoints_of_this_program(own_run, tmp_path, data):
    read_or_refused(damage_one_file(data, own_run, tmp_path / "run"), _load, (ValueError, OSError))


@pytest.mark.parametrize(
    "sizes", [{"dec_rnn_size": 2**30}, {"z_size": 2**30}, {"num_mixture": 2**30}, {"png_width": 2**20}]
)
@pytest.mark.parametrize("run", ["own_run", "reference_run"])
def test_a_configuration_of_huge_sizes_is_refused_before_memory_is_taken(sizes, run, tmp_path, request):
    target = tmp_path / "run"
    shutil.copytree(request.getfixturevalue(run), target)
    config = json.loads((target / "model_config.json").read_text())
    (target / "model_config.json").write_text(json.dumps(config | sizes))
    assert read_or_refused(target, _load, (ValueError,)) is None


@pytest.mark.parametrize("text", [b"\xff\xfe", b'model_checkpoint_path: "/"', b'model_checkpoint_path: ".."', b"\0"])
def test_a_list_of_checkpoints_that_is_none_is_refused(text, reference_run, tmp_path):
    shutil.copytree(reference_run, tmp_path / "run")
    (tmp_path / "run" / "checkpoint").write_bytes(text)
    with pytest.raises(ValueError, match=str(tmp_path / "run")):
        ia.load_model(tmp_path / "run")


# The classifier's cache.


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """The members of a sound cache file."""
    path = tmp_path_factory.mktemp("saved") / "classifier.npz"
    classifier.save(path, classifier.sketch_a_net(CLASSES), {"accuracy": 1.0})
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def _classifier(path):
    assert isinstance(classifier.load(path, CLASSES)[1], dict)


@fewer(5)
@given(st.data())
def test_damaged_caches_of_the_classifier(members, tmp_path, data):
    name = data.draw(st.sampled_from(sorted(members)))
    bad = data.draw(damaged(members[name], (b"{}", b"[", b"\xff")) | st.sampled_from(ATTACKS).map(npy))
    path = tmp_path / "classifier.npz"
    path.write_bytes(archive(members | {name: bad}, zipfile.ZIP_STORED))
    read_or_refused(path, _classifier, (DataError,))
    assert not Path(TRAP).exists()


@pytest.mark.parametrize("report", [b"[1]", b"null", b"[" * 100_000, b"\xff"])
def test_a_report_of_the_classifier_that_is_no_object_is_refused(report, members, tmp_path):
    path = tmp_path / "classifier.npz"
    bad = npy(report, "|u1", (len(report),))
    path.write_bytes(archive(members | {f"{classifier.REPORT_KEY}.npy": bad}, zipfile.ZIP_STORED))
    assert read_or_refused(path, _classifier, (DataError,)) is None


# Codes and masks.


def _codes(path):
    codes = read_codes(path)
    assert codes.dtype == np.float32 and codes.ndim == 2 and np.isfinite(codes).all()


SOUND_CODES = npy(np.zeros((2, 4), np.float32).tobytes(), "<f4", (2, 4))


@given(damaged(SOUND_CODES) | st.builds(npy, BYTES | st.sampled_from(PICKLES), st.sampled_from(DTYPES), SHAPES))
@example(npy(b"", "<f4", (2**40, 0)))
@example(npy(np.float64([[1e300, np.nan]]).tobytes(), "<f8", (1, 2)))
def test_codes(tmp_path, content):
    for name, whole in (("codes.npy", content), ("codes.npz", archive({"z.npy": content}))):
        (tmp_path / name).write_bytes(whole)
        read_or_refused(tmp_path / name, _codes, (ValueError,))
    assert not Path(TRAP).exists()


@given(damaged(archive({"z.npy": SOUND_CODES}), (b"PK\x05\x06", b"PK\x01\x02")))
def test_archives_of_codes(tmp_path, content):
    (tmp_path / "codes.npz").write_bytes(content)
    read_or_refused(tmp_path / "codes.npz", _codes, (ValueError,))


def test_codes_that_unpack_to_a_thousand_times_their_size_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "SMALL", 2**20)
    (tmp_path / "codes.npz").write_bytes(bomb("z", "<f4", (64,)))
    with pytest.raises(ValueError, match=r"codes.npz: array 'z' claims 671\d{5} bytes"):
        read_codes(tmp_path / "codes.npz")


@given(damaged(picture("PNG", "L")))
def test_masks(tmp_path, content):
    path = tmp_path / "mask.png"
    path.write_bytes(content)
    read_or_refused(path, lambda path: read_mask(path, 48), (ValueError,))
