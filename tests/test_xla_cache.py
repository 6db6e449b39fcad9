"""What XLA compiles is kept between runs, and nothing damaged is read."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from ia_pix2seq_tf import xla_cache
from ia_pix2seq_tf.xla_cache import CHECKSUMS, FLAG, FLAGS, MOST_BYTES, SWITCH, turn_on

STEP = """
import sys
from ia_pix2seq_tf import console, quiet_tensorflow

def work(_):
    import tensorflow as tf
    print(float(tf.function(lambda x: tf.sin(x) + 1, jit_compile=True)(tf.constant(0.5))))
    print(*(name for name in quiet_tensorflow.UNUSED if name in sys.modules))

console.Program("step", "doc", tensorflow=True)(work)()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where compilations are kept by a program of this environment; nothing is there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(xla_cache, "GPU", tmp_path / "no GPU")
    monkeypatch.setattr(xla_cache.atexit, "register", lambda *_: None)
    monkeypatch.delenv(FLAGS, raising=False)
    monkeypatch.delenv(SWITCH, raising=False)
    return tmp_path / "ia_pix2seq_tf" / "xla" / xla_cache._machine()


def run_step() -> list[str]:
    """What the program prints, in lines, and in whose standard error there is nothing."""
    command = [sys.executable, "-c", STEP]
    finished = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout.splitlines()


@pytest.mark.skipif(xla_cache.GPU.exists(), reason="compilations for a GPU are not kept")
def test_a_program_keeps_what_it_compiles_and_survives_its_damage(folder):
    first = run_step()
    assert first[1] == "", "nothing that no program needs is imported"
    (compiled,) = folder.glob("*.pb")
    written, size = compiled.stat().st_mtime_ns, compiled.stat().st_size
    assert run_step() == first
    assert compiled.stat().st_mtime_ns == written, "it is read, not made again"
    compiled.write_bytes(compiled.read_bytes()[: size // 2])
    assert run_step() == first
    assert compiled.stat().st_size > size // 2, "it is made again"


def keep(folder, **contents: bytes) -> None:
    """Compilations that a program has left, the oldest first."""
    folder.mkdir(parents=True)
    for age, (name, content) in enumerate(contents.items()):
        (folder / f"{name}.pb").write_bytes(content)
        os.utime(folder / f"{name}.pb", (age, age))
    checksums = {f"{name}.pb": hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (folder / CHECKSUMS).write_text(json.dumps(checksums))


def test_only_what_is_as_it_was_left_is_kept(folder):
    keep(folder, good=b"1", damaged=b"2")
    (folder / "damaged.pb").write_bytes(b"3")
    (folder / "unknown.pb").write_bytes(b"4")
    turn_on()
    assert os.environ[FLAGS] == f"{FLAG}={folder}"
    assert {path.name for path in folder.iterdir()} == {"good.pb", CHECKSUMS}


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"a.pb": [1]}', b"\xff"])
def test_damaged_checksums_know_nothing(folder, content):
    keep(folder, a=b"1")
    (folder / CHECKSUMS).write_bytes(content)
    turn_on()
    assert not (folder / "a.pb").exists()


def test_the_oldest_of_too_many_are_dropped(folder, monkeypatch):
    assert MOST_BYTES > 10**8
    monkeypatch.setattr(xla_cache, "MOST_BYTES", 8)
    keep(folder, old=b"1234", middle=b"2345", new=b"3456")
    turn_on()
    assert {path.stem for path in folder.glob("*.pb")} == {"middle", "new"}


def test_flags_of_the_user_stay_and_win(folder, monkeypatch):
    monkeypatch.setenv(FLAGS, "--tf_xla_auto_jit=0")
    turn_on()
    assert os.environ[FLAGS] == f"--tf_xla_auto_jit=0 {FLAG}={folder}"
    monkeypatch.setenv(FLAGS, f"{FLAG}=/mine")
    turn_on()
    assert os.environ[FLAGS] == f"{FLAG}=/mine"


def test_it_can_be_switched_off_and_does_without_a_place(folder, monkeypatch, tmp_path):
    monkeypatch.setenv(SWITCH, "0")
    turn_on()
    monkeypatch.delenv(SWITCH)
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "a b"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(place))
        turn_on()
    assert FLAGS not in os.environ


def test_nothing_is_kept_where_the_user_has_no_place(folder, monkeypatch):
    def nowhere():
        raise PermissionError("a folder of somebody else")

    monkeypatch.setattr(xla_cache, "user_cache", nowhere)
    turn_on()
    assert FLAGS not in os.environ
