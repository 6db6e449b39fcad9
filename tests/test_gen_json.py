"""The JSON files of sketch-rnn's browser demo: read as the published program does, written as it reads them."""

import json
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
from gen_files import SIZES, content_of, head, lstm_step, published_order, put, random_file
from reference import SHARED, assert_close

from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE, GenFile, Sizes, read, write

PUBLISHED = SHARED / "checkpoints" / "sketchrnn_js"
real = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="needs the published files of ../shared")


@real
@pytest.mark.parametrize("name", ["bird", "bear"])
def test_a_published_file_computes_what_the_published_program_does(name):
    file = read(PUBLISHED / f"{name}.gen.json")
    with np.load(SHARED / "golden" / "systems" / "sketchrnn_js.npz") as recording:
        inputs, pdf, last_h, last_c = (recording[f"{name}/{key}"] for key in ("inputs", "pdf", "h", "c"))
    c = h = np.zeros(file.sizes.units)
    for x, expected in zip(inputs, pdf, strict=True):
        c, h = lstm_step(file.weights, x, c, h)
        assert_close(published_order(head(file.weights, h)), expected)
    assert_close(h, last_h)
    assert_close(c, last_c)


@real
def test_what_published_files_say_of_themselves():
    bird, bear = (read(PUBLISHED / f"{name}.gen.json") for name in ("bird", "bear"))
    assert bird.info == ("bird", GEN, 129, 71.3754, 6)
    assert bear.info == ("bear", GEN, 175, 62.4323, 2)
    assert bird.sizes == bear.sizes == Sizes(512)
    assert all(weight.dtype == np.float32 for weight in bird.weights.values())


@real
def test_a_published_file_is_written_back_weight_by_weight(tmp_path):
    source = PUBLISHED / "bear.gen.json"
    write(tmp_path / "bear.gen.json", read(source))
    assert json.loads((tmp_path / "bear.gen.json").read_text())[1:] == json.loads(source.read_text())[1:]


@pytest.mark.parametrize("mode", [GEN, VAE])
def test_what_is_written_is_read_back_within_half_a_step(mode, tmp_path):
    file = random_file(mode, name="alarm clock", scale_factor=61.5, max_seq_len=40)
    write(tmp_path / "x.json", file)
    found = read(tmp_path / "x.json")
    assert found.info == file.info and found.sizes == file.sizes == SIZES[mode]
    assert list(found.weights) == list(file.weights) == list(gen_json.NAMES[mode])
    for name, weight in file.weights.items():
        assert found.weights[name].dtype == np.float32
        np.testing.assert_allclose(found.weights[name], weight, rtol=1e-6, atol=10 / 32767 / 2, err_msg=name)


@pytest.mark.parametrize("mode", [GEN, VAE])
def test_what_is_written_is_what_the_format_says(mode, tmp_path):
    file = random_file(mode)
    write(tmp_path / "x.json", file)
    write(tmp_path / "y.json", file)
    text = (tmp_path / "x.json").read_bytes()
    assert json.loads(text) == content_of(file) and text.isascii()
    assert (tmp_path / "y.json").read_bytes() == text
    assert sorted(os.listdir(tmp_path)) == ["x.json", "y.json"]


def test_what_was_read_is_written_without_a_change(tmp_path):
    rng = np.random.default_rng(0)
    file = random_file(GEN)
    steps = rng.integers(-(2**15), 2**15, file.weights["kernel"].shape)
    file.weights["kernel"][:] = steps * (10 / 32767)
    write(tmp_path / "x.json", file)
    write(tmp_path / "y.json", read(tmp_path / "x.json"))
    assert (tmp_path / "x.json").read_bytes() == (tmp_path / "y.json").read_bytes()
    np.testing.assert_array_equal(np.rint(read(tmp_path / "y.json").weights["kernel"] * 3276.7), steps)


@pytest.mark.parametrize(
    ("found", "mode", "count"),
    [(0, VAE, 17), (1, VAE, 17), ("vae", VAE, 17), (2, GEN, 5), ("gen", GEN, 5)],
)
def test_modes_have_two_spellings(found, mode, count, tmp_path):
    info, shapes, weights = content_of(random_file(mode))
    file = read(put(tmp_path / "x.json", [info | {"mode": found}, shapes, weights]))
    assert file.info.mode == mode and len(file.weights) == count


def test_further_fields_of_info_are_passed_over(tmp_path):
    info, *rest = content_of(random_file(GEN))
    notes = {"kl_loss": 0.2, "r_loss": -0.5, "training_size": 40300, "more": {"a": [1, None]}}
    assert read(put(tmp_path / "x.json", [info | notes, *rest])).info == random_file(GEN).info


def test_weights_beyond_ten_become_ten_with_a_warning(tmp_path, caplog):
    file = random_file(GEN)
    file.weights["kernel"][2, 3:5] = 12.5, -11
    with caplog.at_level(logging.WARNING):
        write(tmp_path / "x.json", file)
    np.testing.assert_allclose(read(tmp_path / "x.json").weights["kernel"][2, 3:5], (10, -10), atol=4e-4)
    assert caplog.messages == [
        "2 of the 120 numbers of kernel were beyond 10, which is all that the format holds, the furthest 12.5"
    ]


def with_weight(name: str, value: np.ndarray | None) -> GenFile:
    file = random_file(GEN)
    return file._replace(weights={k: v for k, v in (file.weights | {name: value}).items() if v is not None})


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (with_weight("bias", np.full(24, np.nan)), r"weight bias\[0\]: expected a finite number, found nan"),
        (with_weight("bias", np.full(24, np.inf)), r"weight bias\[0\]: expected a finite number, found inf"),
        (with_weight("bias", None), "weights: expected head_kernel, .*, bias in mode 'gen', found"),
        (with_weight("other", np.zeros(3)), "weights: expected .*, found head_kernel, .*, other"),
        (with_weight("bias", np.zeros(23)), r"shape of bias: expected \[24\] beside 6 units.*, found \[23\]"),
        (with_weight("bias", np.zeros((1, 24))), r"shape of bias: expected a list of 1 integers from 1"),
        (random_file(GEN, name="a/b"), "info, name: expected a printable name"),
        (random_file(GEN, scale_factor=0.0), "info, scale_factor: expected a number from 1e-06 to 1e\\+06, found 0.0"),
        (random_file(GEN, max_seq_len=0), "info, max_seq_len: expected an integer from 1 to 30000, found 0"),
    ],
)
def test_what_cannot_be_read_back_is_not_written(file, message, tmp_path):
    with pytest.raises(CheckpointError, match=rf"x\.json: {message}"):
        write(tmp_path / "x.json", file)
    assert not list(tmp_path.iterdir())


def test_the_old_file_stays_where_the_new_one_cannot_be_written(tmp_path):
    write(tmp_path / "x.json", random_file(GEN))
    before = (tmp_path / "x.json").read_bytes()
    with pytest.raises(CheckpointError):
        write(tmp_path / "x.json", with_weight("bias", np.full(24, np.nan)))
    assert (tmp_path / "x.json").read_bytes() == before and len(os.listdir(tmp_path)) == 1


def test_reading_needs_no_tensorflow():
    code = "import sys, ia_pix2seq_tf.checkpoints.gen_json; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=SHARED.parent, env=os.environ).returncode == 0
