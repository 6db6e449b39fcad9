"""Training on several replicas and in several processes: the same numbers, the same files, and nothing lost."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from training_runs import ROOT, SMALL, STEPS, assert_same_state, run_script, step_of, variables, wait_for

from ia_pix2seq_tf import load_model
from ia_pix2seq_tf.replica import ALONE, Replica
from ia_pix2seq_tf.training.cluster import TF_CONFIG, read_cluster
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train
from ia_pix2seq_tf.training.strategy import Workers, make_strategy

TWO_REPLICAS = Path(__file__).with_name("two_replicas.py")
WORKERS = 2
RUN = f"{SMALL},num_steps={STEPS},save_every=1"


# Replicas.


def test_the_parts_of_all_replicas_are_the_whole():
    values = tf.reshape(tf.range(24), (6, 4))
    for axis, count in ((0, 3), (1, 2)):
        parts = [Replica(tf.constant(index), count).part(values, axis) for index in range(count)]
        assert all(part.shape[axis] == values.shape[axis] // count for part in parts)
        np.testing.assert_array_equal(tf.concat(parts, axis), values)
    assert ALONE.part(values) is values


@pytest.fixture(scope="module", params=("ia", "rpcl", "vade", "song", "sketch_healer", "ia_plus"))
def runs(request, tmp_path_factory):
    """On one device, on two, and of one system on one with half of each batch: all that each found, by name."""
    path = tmp_path_factory.mktemp("replicas") / "runs.npz"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(TWO_REPLICAS), request.param, str(path)]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    found: dict[str, dict[str, np.ndarray]] = {}
    with np.load(path) as archive:
        for name, value in archive.items():
            run, _, what = name.partition("/")
            found.setdefault(run, {})[what] = value
    return found


def test_two_replicas_with_half_a_batch_each_make_the_update_of_one_with_the_whole(runs):
    one, two = runs["one"], runs["two"]
    assert one.keys() == two.keys()
    for name, expected in one.items():
        trained = name.startswith("weight: ") and not re.search("latent|moving", name)
        if trained:  # of a gradient near zero Adam keeps the sign alone, a step of 0.001
            off = np.abs(two[name] - expected)
            assert np.mean(off > 5e-4) < 1e-4 and off.mean() < 2e-5, name
        else:
            np.testing.assert_allclose(
                two[name], expected, rtol=2e-4, atol=1e-6 * (1 + np.abs(expected).max()), err_msg=name
            )


@pytest.mark.parametrize("runs", ["ia"], indirect=True)
def test_half_a_batch_alone_makes_another_update(runs):
    for name in ("step 0: total_loss", "step 0: gradient_norm", "weight: latent/mu"):
        assert np.abs(runs["one"][name] / runs["half"][name] - 1).max() > 1e-3, name


# Processes.


class Cluster:
    """Two workers of `train.py` that start together, each with a log root of its own, and end with the block."""

    def __init__(self, directory: Path, hparams: str, *flags: str):
        addresses = [f"127.0.0.1:{port}" for port in free_ports(WORKERS)]
        self.roots = [directory / f"worker{index}" for index in range(WORKERS)]
        self.processes = []
        for index, root in enumerate(self.roots):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            environment = os.environ | {TF_CONFIG: json.dumps(task)}
            flags = "--strategy=multiworker", *flags
            self.processes.append(run_script(root, hparams, *flags, env=environment))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.communicate()

    @property
    def chief(self) -> Path:
        return self.roots[0]

    def finish(self) -> list[tuple[int, str]]:
        """Exit status and messages of each worker."""
        messages = [process.communicate(timeout=180)[1] for process in self.processes]
        return [(process.returncode, text) for process, text in zip(self.processes, messages, strict=True)]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    """The log root of two workers that nobody interrupts."""
    with Cluster(tmp_path_factory.mktemp("two"), RUN) as cluster:
        for status, messages in cluster.finish():
            assert status == 0, messages
        assert not cluster.roots[1].exists(), "the chief alone writes"
    return cluster.chief


def test_two_workers_make_the_files_of_one(two_workers, whole_run):
    assert {path.name for path in two_workers.iterdir()} == {path.name for path in whole_run.iterdir()}
    one, two = variables(whole_run), variables(two_workers)
    assert {name: value.shape for name, value in one.items()} == {name: value.shape for name, value in two.items()}
    key = "progress/best_loss/.ATTRIBUTES/VARIABLE_VALUE"
    np.testing.assert_allclose(two[key], one[key], rtol=0.01)  # 12 steps of Adam magnify the last bit
    assert len(load_model(two_workers).generate(np.zeros((3, 4)), seed=1)) == 3


def test_a_run_of_two_workers_goes_on_with_one(two_workers, tmp_path):
    root = shutil.copytree(two_workers, tmp_path / "run")
    assert train(Options(root, "demo", f"num_steps={STEPS + 1}"))
    assert step_of(root) == STEPS + 1


def killed(cluster: Cluster, index: int) -> None:
    """Kills one worker after the first epoch; the other must end and say why."""
    wait_for(lambda: (cluster.chief / "latest" / "checkpoint").exists(), cluster.processes[0])
    cluster.processes[index].kill()
    status, messages = cluster.finish()[1 - index]
    assert status == 1
    assert "another worker of this training has ended" in messages and "Traceback" not in messages
    assert step_of(cluster.chief) < STEPS


def test_a_worker_that_is_killed_ends_the_chief_and_both_resume(two_workers, tmp_path):
    with Cluster(tmp_path, RUN) as cluster:
        killed(cluster, 1)
    with Cluster(tmp_path, RUN) as cluster:
        for status, messages in cluster.finish():
            assert status == 0, messages
    assert_same_state(cluster.chief, two_workers)


def test_a_chief_that_is_killed_ends_the_other_worker(tmp_path):
    with Cluster(tmp_path, RUN) as cluster:
        killed(cluster, 0)


def test_all_workers_stop_where_one_is_asked_to(tmp_path):
    with Cluster(tmp_path, f"{SMALL},save_every=1") as cluster:
        wait_for(lambda: (cluster.chief / "latest" / "checkpoint").exists(), cluster.processes[0])
        cluster.processes[1].terminate()
        (status, chief), (other_status, other) = cluster.finish()
    assert status == other_status == 0
    step = step_of(cluster.chief)
    assert f"Another worker was stopped: saved at step {step}." in chief
    assert f"SIGTERM: saved at step {step}." in other


# What cannot work.


@pytest.mark.parametrize(
    ("config", "found"),
    (
        (None, "it is not set"),
        ("{", "Expecting property name"),
        ("[]", "list indices"),
        ('{"cluster": {"worker": ["a:1"]}}', "no 'task'"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "type is 'ps'"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "list index out of range"),
    ),
)
def test_a_cluster_that_cannot_be_read_is_explained(monkeypatch, config, found):
    monkeypatch.delenv(TF_CONFIG, raising=False)
    if config is not None:
        monkeypatch.setenv(TF_CONFIG, config)
    with pytest.raises(ValueError, match="--strategy=multiworker needs the environment variable TF_CONFIG") as caught:
        read_cluster()
    assert found in str(caught.value)


def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path):
    with Cluster(tmp_path, SMALL.replace("batch_size=10", "batch_size=15")) as cluster:
        for status, messages in cluster.finish():
            assert status == 1
            assert "batch_size=15 cannot be shared out equally among 2 replicas" in messages


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="expected a strategy of none, mirrored, multiworker, found 'both'"):
        make_strategy("both")


def test_one_process_asks_nobody():
    workers = Workers(make_strategy("none"))
    started = time.monotonic()
    assert workers.chief and workers.count == 1
    assert workers.any(True) and not workers.any(False)
    assert workers.text_from_chief("äöü") == "äöü"
    assert time.monotonic() - started < 1
