"""Damaged and hostile files of sketch-rnn's browser demo are refused in bounded time and memory."""

import json
import os

import numpy as np
import pytest
from fuzzing import HOSTILE_NUMBERS, JSON, TEXTS, changed, damaged, fewer, read_or_refused
from gen_files import content_of, put, random_file
from hypothesis import given
from hypothesis import strategies as st

from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE, Sizes
from ia_pix2seq_tf.loading import load_model

SOUND = {mode: content_of(random_file(mode)) for mode in (GEN, VAE)}
MODES = st.sampled_from([GEN, VAE])


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def read(path):
    """What holds for every file that was read."""
    file = gen_json.read(path)
    assert file.info.mode in (GEN, VAE) and 0 < file.info.scale_factor < np.inf and file.info.max_seq_len > 0
    assert {k: v.shape for k, v in file.weights.items()} == gen_json.shapes(file.info.mode, file.sizes)
    assert all(v.dtype == np.float32 and np.abs(v).max() < 10.001 for v in file.weights.values())


@given(MODES.flatmap(lambda mode: damaged(json.dumps(SOUND[mode]).encode(), (b"[", b"{", b'"', b",", b"NaN", b"\xff"))))
def test_damaged_files(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    read_or_refused(tmp_path / "x.json", read, (CheckpointError,))


@given(MODES.flatmap(lambda mode: st.tuples(changed(SOUND[mode][0]), st.just(SOUND[mode]))))
def test_other_info(tmp_path, info_and_content):
    info, content = info_and_content
    read_or_refused(put(tmp_path / "x.json", [info, *content[1:]]), read, (CheckpointError,))


@given(MODES, st.integers(1, 2), st.integers(0, 16), JSON | st.sampled_from(TEXTS + HOSTILE_NUMBERS))
def test_other_shapes_and_weights(tmp_path, mode, part, index, value):
    content = [SOUND[mode][0], *map(list, SOUND[mode][1:])]
    content[part][index % len(content[part])] = value
    if value not in SOUND[mode][part]:
        assert read_or_refused(put(tmp_path / "x.json", content), read, (CheckpointError,)) is None


def load(path):
    """What holds for every model that was loaded, of which the hyperparameters can be saved."""
    model = load_model(path)
    assert type(model.hps).from_json(model.hps.to_json()).validate() == model.hps
    assert model.decode(np.zeros((1, model.z_size)), np.zeros((1, 1, 5))).shape == (1, 1, 123)


@given(MODES.flatmap(lambda mode: st.tuples(changed(SOUND[mode][0]), st.just(SOUND[mode]))))
@fewer(2)
def test_models_with_other_info(tmp_path, info_and_content):
    info, content = info_and_content
    read_or_refused(put(tmp_path / "x.json", [info, *content[1:]]), load, (CheckpointError,))


@given(MODES.flatmap(lambda mode: damaged(json.dumps(SOUND[mode]).encode(), (b"[", b'"', b"NaN"))))
@fewer(2)
def test_models_in_damaged_files(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    read_or_refused(tmp_path / "x.json", load, (CheckpointError,))


@given(JSON)
def test_any_json(tmp_path, content):
    path = put(tmp_path / "x.json", content)
    with pytest.raises(CheckpointError):
        gen_json.read(path)
    read_or_refused(path, read, (CheckpointError,))


def edited(part: int, index: object, value: object, mode: str = GEN) -> str:
    """A sound file's text with one value changed."""
    content = json.loads(json.dumps(SOUND[mode]))
    content[part][index] = value
    return json.dumps(content)


INFO, SHAPES, WEIGHTS = range(3)
TEXT = json.dumps(SOUND[GEN])
BIAS = SOUND[GEN][WEIGHTS][4]
REFUSED = {
    "empty": ("", "expected a file of 1 to 134,217,728 bytes, found 0"),
    "html": ("<!DOCTYPE html>", "expected JSON, found Expecting value: line 1 column 1"),
    "cut": (TEXT[:-30], "expected JSON, found Unterminated string"),
    "joined": (TEXT + TEXT, "expected JSON, found Extra data"),
    "number": ("3", r"expected \[info, shapes, weights\], an object and two lists, found 3"),
    "object": ("{}", "an object and two lists, found an object of 0"),
    "two parts": (json.dumps(SOUND[GEN][:2]), "an object and two lists, found a list of 2"),
    "four parts": (json.dumps([*SOUND[GEN], 1]), "an object and two lists, found a list of 4"),
    "other order": (json.dumps(SOUND[GEN][::-1]), "an object and two lists, found a list of 3"),
    "nested": ("[" * 900 + "]" * 900, "an object and two lists, found a list of 1"),
    "deeper": ("[" * 10**6, "found more than 1000 values"),
    "many": ("[{}, [" + "1," * 10**6 + "1], []]", "found more than 1000 values"),
    "long number": (edited(INFO, "version", 7).replace("7", "7" * 5000), "expected JSON, found Exceeds the limit"),
    "repeated key": (TEXT.replace("{", '{"name": "cat", ', 1), "expected JSON, found 'name' twice"),
    "NaN": (edited(INFO, "scale_factor", float("nan")), "found the number 'NaN', which is not finite"),
    "Infinity": (edited(INFO, "more", float("inf")), "found the number 'Infinity'"),
    "overflow": (
        edited(INFO, "scale_factor", 5).replace(": 5,", ": 1e999,"),
        "found the number '1e999', which",
    ),
    "negative scale": (edited(INFO, "scale_factor", -1), "info, scale_factor: expected a number from 1e-06 to 1e\\+06"),
    "no scale": (edited(INFO, "scale_factor", None), "info, scale_factor: .*, found None"),
    "true scale": (edited(INFO, "scale_factor", True), "info, scale_factor: .*, found True"),
    "huge length": (edited(INFO, "max_seq_len", 10**9), "info, max_seq_len: expected an integer from 1 to 30000"),
    "half a length": (edited(INFO, "max_seq_len", 1.5), "info, max_seq_len: .*, found 1.5"),
    "unknown mode": (edited(INFO, "mode", 3), "info, mode: expected one of 0, 1, 2, 'gen', 'vae', found 3"),
    "list for mode": (edited(INFO, "mode", [2]), "info, mode: .*, found a list of 1"),
    "true for mode": (edited(INFO, "mode", True), "info, mode: .*, found True"),
    "other mode": (edited(INFO, "mode", 0), r"shapes: expected 17 in mode 'vae' \(forward_kernel, .*\), found 5"),
    "a path": (edited(INFO, "name", "../../cat"), "info, name: expected a printable name .*, found '../../cat'"),
    "dots": (edited(INFO, "name", ".."), "info, name: "),
    "escapes": (edited(INFO, "name", "\x1b[2J"), "info, name: "),
    "long name": (edited(INFO, "name", "a" * 10**6), "info, name: "),
    "no name": (TEXT.replace('"name"', '"nom"'), "info: expected a field 'name', found 'nom', 'mode'"),
    "no shapes": (json.dumps([SOUND[GEN][0], [], []]), "shapes: expected 5 in mode 'gen' .*, found 0"),
    "no weights": (json.dumps([*SOUND[GEN][:2], []]), "weights: expected 5 in mode 'gen' .*, found 0"),
    "10^9 weights": (
        edited(SHAPES, 3, [10**9, 4 * 10**9]),
        "shape of recurrent_kernel: expected a list of 2 integers from 1",
    ),
    "10^9 fitting weights": (
        json.dumps([SOUND[GEN][INFO], [*gen_json.shapes(GEN, Sizes(16_000)).values()], SOUND[GEN][WEIGHTS]]),
        r"weight head_kernel \[16000, 123\]: expected 5,248,000 characters of base64, found 1,968",
    ),
    "10^7 units": (edited(SHAPES, 3, [10**7, 4 * 10**7]), "shape of head_kernel: expected .10000000, 123. beside 1000"),
    "no units": (
        edited(SHAPES, 3, [0, 0]),
        "shape of recurrent_kernel: expected a list of 2 integers",
    ),
    "negative": (edited(SHAPES, 3, [-6, -24]), "shape of recurrent_kernel: .*, found .-6, -24."),
    "other head": (edited(SHAPES, 0, [6, 122]), r"shape of head_kernel: expected \[6, 123\] .*, found \[6, 122\]"),
    "other input": (edited(SHAPES, 2, [6, 24]), r"shape of kernel: expected \[5, 24\] .*, found \[6, 24\]"),
    "other code": (
        edited(SHAPES, 14, [9, 24], VAE),
        r"shape of kernel: expected \[8, 24\] .* a code of 3",
    ),
    "flat": (
        edited(SHAPES, 2, [120]),
        r"shape of kernel: expected a list of 2 integers from 1 to 134217728, found \[120\]",
    ),
    "text for shape": (
        edited(SHAPES, 2, "5"),
        "shape of kernel: expected a list of 2 integers from 1 to 134217728, found '5'",
    ),
    "short": (edited(WEIGHTS, 4, BIAS[:-4]), "weight bias .24.: expected 64 characters of base64, found 60"),
    "long": (edited(WEIGHTS, 4, BIAS + "AAAA"), "weight bias .24.: expected 64 characters of base64, found 68"),
    "number for text": (edited(WEIGHTS, 4, 5), "weight bias .24.: expected 64 characters of base64, found 5"),
    "other letters": (edited(WEIGHTS, 4, "?" * 64), "weight bias: expected base64, found"),
    "other alphabet": (edited(WEIGHTS, 4, "-_" * 32), "weight bias: expected base64, found"),
    "no letters": (edited(WEIGHTS, 4, "é" * 64), "weight bias: expected base64, found"),
    "padded": (edited(WEIGHTS, 4, BIAS[:-2] + "=="), "weight bias .24.: expected 48 bytes in base64, found 46"),
    "padded within": (edited(WEIGHTS, 4, "AA==" * 16), "weight bias"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_file_is_refused_in_words(text, message, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match=rf"x\.json: .*{message}"):
        load_model(path)
    assert read_or_refused(path, read, (CheckpointError,)) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_are_refused(encoding, tmp_path):
    (tmp_path / "x.json").write_bytes(TEXT.encode(encoding))
    with pytest.raises(CheckpointError, match=r"x\.json: expected JSON in ASCII, found .*(0xff|0xef) in position 0"):
        gen_json.read(tmp_path / "x.json")


def test_a_file_of_two_gigabytes_is_not_read(tmp_path):
    with open(tmp_path / "x.json", "wb") as file:
        file.write(b"[{")
        file.truncate(2**31)
    assert read_or_refused(tmp_path / "x.json", read, (CheckpointError,)) is None
    with pytest.raises(CheckpointError, match="expected a file of 1 to 134,217,728 bytes, found 2,147,483,648"):
        gen_json.read(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("start", "end"), [(b'[{"name": "', b'"}, [], []]'), (b"[{}, [], [1.", b"]]"), (b"[{}, [], ", b"")]
)
def test_the_largest_file_takes_bounded_memory(start, end, tmp_path):
    filling = b"1" * (gen_json.LARGEST_FILE - len(start) - len(end))
    (tmp_path / "x.json").write_bytes(start + filling + end)
    assert read_or_refused(tmp_path / "x.json", read, (CheckpointError,)) is None


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe", "cwd"):
        with pytest.raises(CheckpointError, match=f"{name}: expected a file, found none"):
            gen_json.read(tmp_path / name)
