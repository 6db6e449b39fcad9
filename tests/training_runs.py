"""Small training runs, as a user starts them, and what they leave behind."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parents[1]
SMALL = (
    "categories=[bus,flower],dec_model=lstm,dec_rnn_size=8,z_size=4,num_mixture=2,num_sub=1,"
    "batch_size=10,num_per_category=15,jit_compile=False"
)
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
STEPS = 12  # four epochs
GO_ON = f"num_steps={STEPS + 1}"


def run_script(log_root, hparams, *flags, **kwargs) -> subprocess.Popen:
    command = [
        sys.executable,
        "train.py",
        "--data_dir=demo",
        f"--log_root={log_root}",
        f"--hparams={hparams}",
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, *flags], cwd=ROOT, stdout=pipe, stderr=pipe, text=True, **kwargs)


def variables(log_root) -> dict[str, np.ndarray]:
    """Every variable of the latest checkpoint: weights, mixture, optimizer, progress."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(Path(log_root) / "latest")))
    names = reader.get_variable_to_shape_map()
    return {n: reader.get_tensor(n) for n in names if n != OBJECT_GRAPH and "save_counter" not in n}


def assert_same_state(log_root, other):
    found, expected = variables(log_root), variables(other)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, atol=1e-7, err_msg=name)


def step_of(log_root) -> int:
    return int(variables(log_root)["step/.ATTRIBUTES/VARIABLE_VALUE"])


def wait_for(condition, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def content(directory: Path) -> dict[str, bytes]:
    """Every file under a directory."""
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}
