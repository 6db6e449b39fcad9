"""Fuzzing what configures a run, and what one leaves: hyperparameters, `model_config.json` and `metrics.json`."""

import json
import re

import pytest
from fuzzing import HOSTILE_NUMBERS, JSON, TEXTS, changed, damaged, read_or_refused
from hypothesis import example, given
from hypothesis import strategies as st
from reports import CONTENT

from ia_pix2seq_tf.evaluation.page import markdown
from ia_pix2seq_tf.evaluation.report import Report
from ia_pix2seq_tf.hparams import HParams

FIELDS = list(HParams().to_dict())
PIECES = (
    *("=", ",", ", ", "[", "]", "'", '"', " ", "\n", ".", "[0]", "[-1]", "=[", "]=", "True", "false", "-", "1e5"),
    *("nan", "inf"),
    *("0x10", "1_000", "２", "cat", "'alarm clock'", "9" * 5000, "1" * 400, "\0", "é", "../x", "__class__"),
)  # fmt: skip
ASSIGNMENTS = st.tuples(
    st.sampled_from([*FIELDS, "k", "other", "parse"]),
    st.sampled_from(["=", " = ", "[0]=", "==", ""]),
    st.sampled_from(PIECES) | st.lists(st.sampled_from(PIECES), max_size=4).map(lambda names: f"[{','.join(names)}]"),
).map("".join)
STRINGS = (
    st.text(max_size=30)
    | st.lists(st.sampled_from([*FIELDS, *PIECES]), max_size=12).map("".join)
    | st.lists(ASSIGNMENTS, max_size=4).map(",".join)
)
CONFIG = HParams().to_dict()
JSON_TOKENS = (b"null", b"NaN", b"1e999", b"9" * 5000, b"[" * 5000, b'"\\ud800"', b"\xef\xbb\xbf", b'"description":1,')
SOUND_CONFIG, SOUND_METRICS = HParams().to_json().encode(), json.dumps(CONTENT).encode()


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file.json"


def assert_workable(hps: HParams) -> None:
    """What was accepted is written and read as it is."""
    assert HParams.from_json(hps.to_json()) == hps
    assert all(isinstance(name, str) and "/" not in name and name for name in hps.categories)


@given(STRINGS)
@example("z_size=" + "9" * 10_000)
@example("categories=[" + "'" * 10_000)
def test_hyperparameter_strings(string):
    hps = HParams()
    before = hps.to_dict()
    try:
        hps.parse(string)
    except ValueError as error:
        assert re.match("Unknown|Multiple|Malformed|Could not parse|Must (not )?pass", str(error)), str(error)
        assert hps.to_dict() == before
        return
    try:
        hps.validate()
    except ValueError as error:
        assert str(error).startswith("hyperparameters that cannot work:\n  ") and len(str(error)) < 10_000
        return
    assert_workable(hps)


def _config(path):
    hps = HParams.read(path)
    try:
        hps.validate()
    except ValueError as error:  # speaks of fields, not of a file
        assert str(error).startswith("hyperparameters that cannot work:")
    else:
        assert_workable(hps)


def _metrics(path):
    report = Report.read(path)
    assert Report.from_dict(json.loads(report.to_json())) == report
    assert markdown(report).startswith("# ")


@given(damaged(SOUND_CONFIG, JSON_TOKENS) | changed(CONFIG).map(lambda value: json.dumps(value).encode()))
def test_configuration_files(path, content):
    path.write_bytes(content)
    read_or_refused(path, _config, (ValueError,))


@given(st.sampled_from(FIELDS), st.sampled_from([*HOSTILE_NUMBERS, *TEXTS]) | JSON)
def test_configuration_files_with_one_hostile_value(path, name, value):
    path.write_text(json.dumps({name: value}))
    read_or_refused(path, _config, (ValueError,))


@given(damaged(SOUND_METRICS, JSON_TOKENS) | changed(CONTENT).map(lambda value: json.dumps(value).encode()))
def test_metrics(path, content):
    path.write_bytes(content)
    read_or_refused(path, _metrics, (ValueError,))


@given(JSON)
def test_any_json_as_metrics_or_configuration(path, value):
    path.write_text(json.dumps(value))
    for read in (_config, _metrics):
        read_or_refused(path, read, (ValueError,))
