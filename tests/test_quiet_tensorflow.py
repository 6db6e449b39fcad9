"""TensorFlow's lines about itself are dropped; nothing else is, and they too are shown where the import fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ia_pix2seq_tf.quiet_tensorflow import END, LEVEL, LOADED, passed_on

ROOT = Path(__file__).resolve().parents[1]
NOISE = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795656849.891110   12829 port.cc:153] oneDNN custom operations are on.\n",
    b"I0000 00:00:1795656849.891702   12829 cudart_stub.cc:31] Could not find cuda drivers on your machine.\n",
    b"E0000 00:00:1795657142.374403   15298 cuda_dnn.cc:8310] Unable to register cuDNN factory: Attempting to\n",
    b"2026-11-26 01:39:02.260137: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.\n",
    b"2026-11-26 01:39:02.334104: E external/local_xla/cuda_fft.cc:477] Unable to register cuFFT factory\n",
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow\n",
]
"""What TensorFlow 2.18 to 2.21 write while they are imported."""
LATER = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795657204.446740   15761 service.cc:148] XLA service 0x7fe1fc1d9300 initialized\n",
    b"I0000 00:00:1795657205.969307   15761 device_compiler.h:188] Compiled cluster using XLA!\n",
]
"""What 2.18 writes at its first compilation."""
FATAL = b"F0000 00:00:1795657205.969307   15761 cpu_feature_guard.cc:114] needs AVX instructions\n"
ERROR = b"E0000 00:00:1795657205.969307   15761 cuda_driver.cc:50] failed to allocate\n"


def test_lines_about_tensorflow_itself_are_dropped_and_others_pass_in_order():
    lines = [b"a\n", *NOISE, FATAL, LOADED, *LATER, b"b\n", ERROR, END, b"after the end\n"]
    assert list(passed_on(lines)) == [b"a\n", FATAL, b"b\n", ERROR]


def test_other_lines_pass_at_once():
    lines = iter([b"first\n", *NOISE])
    assert next(passed_on(lines)) == b"first\n"
    assert next(lines) == NOISE[0]


@pytest.mark.parametrize("end", ([END], []), ids=("an error", "the end of the program"))
def test_where_the_import_fails_everything_is_shown(end):
    assert sorted(passed_on([b"a\n", *NOISE, FATAL, *end])) == sorted([b"a\n", *NOISE, FATAL])


def run(code: str, tmp_path: Path, module: str = "", level: str | None = None) -> tuple[int, str]:
    """Exit status and standard error of a program that loads a module `loads`, with this content, quietly."""
    (tmp_path / "loads.py").write_text(f"import os, sys\n{module}")
    code = f"import os, sys\nfrom ia_pix2seq_tf.quiet_tensorflow import loaded\nwith loaded('loads'):\n    {code}"
    environment = {name: value for name, value in os.environ.items() if name != LEVEL}
    environment |= {"PYTHONPATH": f"{ROOT}:{tmp_path}"} | ({LEVEL: level} if level else {})
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    return done.returncode, done.stderr


def written(lines: list[bytes]) -> str:
    return f"os.write(2, {b''.join(lines)!r})\n"


def test_a_program_loses_noise_alone(tmp_path):
    code = f"print('mine', file=sys.stderr); {written([*LATER, ERROR])}"
    assert run(code, tmp_path, written(NOISE)) == (0, f"mine\n{ERROR.decode()}")


def test_the_environment_can_ask_for_everything(tmp_path):
    assert run("pass", tmp_path, written(NOISE), level="0") == (0, b"".join(NOISE).decode())


def test_an_import_that_raises_an_error_shows_everything_before_it(tmp_path):
    status, text = run("pass", tmp_path, written(NOISE) + "raise ImportError('no good')")
    noise, trace = b"".join(NOISE).decode(), "Traceback (most recent call last):"
    assert status == 1 and text.startswith(f"{noise}{trace}") and text.endswith("ImportError: no good\n")


def test_an_import_that_ends_the_program_shows_everything(tmp_path):
    status, text = run("pass", tmp_path, written([*NOISE, FATAL]) + "os.abort()")
    assert status < 0 and sorted(text.splitlines()) == sorted(b"".join([*NOISE, FATAL]).decode().splitlines())


def test_a_program_that_is_killed_leaves_no_process_behind(tmp_path):
    status, text = run("os.kill(os.getpid(), 9)", tmp_path)  # whose end `run` waits for
    assert status == -9 and not text


def test_a_program_without_standard_error_runs(tmp_path):
    (tmp_path / "loads.py").touch()
    code = "from ia_pix2seq_tf.quiet_tensorflow import loaded\nwith loaded('loads'):\n    print('runs')"
    command = f'{sys.executable} -c "{code}" 2>&-'
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    assert subprocess.run(command, shell=True, env=environment, stdout=subprocess.PIPE).stdout == b"runs\n"


def test_tensorflow_itself_writes_nothing_when_it_is_loaded():
    code = "from ia_pix2seq_tf.quiet_tensorflow import loaded\nwith loaded():\n    import tensorflow as tf; tf.zeros(3)"
    environment = {name: value for name, value in os.environ.items() if name != LEVEL}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
