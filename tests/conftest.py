"""Quiet TensorFlow, the tests' own helpers importable, and how much the fuzz tests try."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads and TensorFlow's fight for the cores
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

LONG_RUN = "long"


def pytest_addoption(parser):
    parser.addoption("--benchmarks", action="store_true", help="run every benchmark script once, at a tiny size")
    parser.addoption(
        "--fuzz", type=int, metavar="N", help="try N random damaged files per fuzz test, not the few of CI"
    )


def pytest_configure(config):
    """Chooses how much the fuzz tests try: the same few examples each time, or as many new ones as told."""
    count = config.getoption("--fuzz")
    common = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    settings.register_profile("ci", max_examples=25, derandomize=True, **common)
    settings.register_profile(LONG_RUN, max_examples=count or 1, **common)
    settings.load_profile(LONG_RUN if count else "ci")


LONGEST = (
    "test_strategy",
    "test_wheel",
    "test_golden_sketch_rnn",
    "test_export_systems",
    "test_systems",
    "test_export",
    "test_web_worker",
)
"""Files that take a minute or more, longest first."""


def pytest_collection_modifyitems(items):
    """Begins with the longest files, so that no core is idle while the last of them runs."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


@pytest.fixture
def no_proxy(monkeypatch):
    """Requests reach local servers, whatever the environment says."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve(no_proxy) -> Iterator[Callable]:
    """Starts servers that give the answers passed to it, and stops them after the test."""
    from web_server import Server

    servers = []

    def start(*answers) -> Server:
        servers.append(Server(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def finished_run(whole_run, tmp_path):
    """A copy of the whole run, to go on from or to damage."""
    return shutil.copytree(whole_run, tmp_path / "run")


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """A run that nobody interrupts, of `training_runs.py`."""
    from training_runs import SMALL, STEPS

    from ia_pix2seq_tf.training.options import Options
    from ia_pix2seq_tf.training.run import train

    log_root = tmp_path_factory.mktemp("whole")
    assert train(Options(log_root, "demo", f"{SMALL},num_steps={STEPS}"))
    return log_root


@pytest.fixture(scope="session")
def browser():
    """Debian's chromium; skips without it, fails where CI says so."""
    from web_pages import launched

    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def sketchpad(tmp_path_factory):
    """The folder of a page of a small model of doodles that has everything, and the model with its data."""
    import dataclasses

    from systems_table import tiny_model
    from web_pages import require_runtime, write

    from ia_pix2seq_tf.catalogue import DEFAULT
    from ia_pix2seq_tf.data import load_data

    require_runtime()
    model = tiny_model(DEFAULT)
    data = load_data("demo", dataclasses.replace(model.hps, max_seq_len=0))
    return write(model, tmp_path_factory.mktemp("pages") / "model", data, num_sketches=20), model, data
