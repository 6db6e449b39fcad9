"""The record of an evaluation, metrics.json."""

import json
import re

import numpy as np
import pytest
from reports import CONTENT, content

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import report
from ia_pix2seq_tf.evaluation.report import Data, Metric, Model, Report


def test_written_report_is_read_as_it_was(tmp_path):
    original = Report.from_dict(CONTENT)
    original.write(tmp_path / "new" / "metrics.json")
    assert Report.read(tmp_path / "new" / "metrics.json") == original
    assert json.loads((tmp_path / "new" / "metrics.json").read_text()) == CONTENT


def test_numbers_of_numpy_are_written_as_plain_ones():
    metric = Metric(
        value=np.float32(0.5), error=np.float64(0.25), error_kind="std", unit="%", n=np.int64(3), per_seed=np.ones(2)
    )
    made = Report(
        model=Model(**CONTENT["model"]),
        data=Data(**CONTENT["data"]),
        settings={"seeds": (np.int32(1), 2), "temperature": np.float64(0.5)},
        metrics={"rec": metric},
    )
    written = json.loads(made.to_json())
    assert written["settings"] == {"seeds": [1, 2], "temperature": 0.5}
    assert written["metrics"]["rec"]["value"] == 0.5 and written["metrics"]["rec"]["per_seed"] == [1, 1]
    assert type(metric.n) is int and type(metric.value) is float


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), np.float32("nan"), -np.inf])
def test_what_is_no_number_is_written_as_null(nothing):
    metric = Metric(value=nothing, error=nothing, unit="", n=0, per_seed=[nothing, 1.0])
    assert (metric.value, metric.error, metric.per_seed) == (None, None, [None, 1.0])
    made = Report.from_dict(content(settings={"x": {"y": [nothing]}}))
    assert json.loads(made.to_json())["settings"] == {"x": {"y": [None]}}


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_file_with_a_number_that_is_not_finite_is_refused(tmp_path, number):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(CONTENT).replace('"temperature": 0.24', f'"temperature": {number}'))
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}: .*{number}"):
        Report.read(path)


WRONG_FIELDS = [
    ({"model__system": "vae"}, f"model.system: expected one of {', '.join(SYSTEMS)}, found 'vae'"),
    ({"model__top_learning": None}, "model.top_learning: expected one of hl, ml, found None"),
    ({"model__step": -1}, "model.step: expected an integer from 0, or null, found -1"),
    ({"model__step": True}, "model.step: expected an integer from 0, or null, found True"),
    ({"model__hparams": []}, "model.hparams: expected an object of at most 20 levels, found []"),
    ({"model": "runs/x"}, "model: expected an object of at most 20 levels, found 'runs/x'"),
    ({"model__extra": 1}, "model.'extra': unknown"),
    ({"data__categories": []}, "data.categories: expected one or more different names, found []"),
    ({"data__categories": ["cat", "cat"]}, "data.categories: expected one or more different names"),
    ({"data__test_sketches": 2.5}, "data.test_sketches: expected an integer from 0, found 2.5"),
    ({"settings": None}, "settings: expected an object"),
    ({"program": 3}, "program: expected a string, found 3"),
    ({"metrics": [1]}, "metrics: expected an object"),
    ({"metrics__fid": {}}, "metrics.'fid': unknown, expected some of rec, ret_1"),
    ({"metrics__rec__value": "93"}, "metrics.rec.value: expected a finite number or null, found '93'"),
    ({"metrics__rec__value": 10**400}, "metrics.rec.value: expected a finite number or null, found 1000"),
    ({"metrics__rec__error": -0.1}, "metrics.rec.error: expected a number from 0, or null, found -0.1"),
    ({"metrics__rec__error_kind": ""}, "metrics.rec.error_kind: expected what the error is, found ''"),
    ({"metrics__rec__unit": ""}, "metrics.rec.unit: expected '%', found ''"),
    ({"metrics__rec__per_seed": [1, "2"]}, "metrics.rec.per_seed: expected a list of finite numbers and nulls"),
    ({"extra": 1}, "'extra': unknown, expected some of program, model"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG_FIELDS)
def test_wrong_field_is_named_with_its_file(tmp_path, changes, message):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(content(**changes)))
    with pytest.raises(ValueError, match=re.escape(f"{path}: {message}")):
        Report.read(path)


REQUIRED = [(name,) for name in CONTENT] + [
    (section, name) for section in ("model", "data") for name in CONTENT[section]
]


@pytest.mark.parametrize("names", [*REQUIRED, ("metrics", "rec", "value"), ("metrics", "rec", "n")])
def test_missing_field_is_named_with_its_file(tmp_path, names):
    changed = content()
    inner = changed
    for name in names[:-1]:
        inner = inner[name]
    del inner[names[-1]]
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match=re.escape(f"{path}: {'.'.join(names)}: missing")):
        Report.read(path)


def nested(depth):
    return '{"a":' * depth + "1" + "}" * depth


OTHER_FILES = {
    "empty": (b"", "expected the metrics.json of an evaluation, found"),
    "text": (b"rec 93.1", "expected the metrics.json of an evaluation, found"),
    "binary": (b"\x89PNG\r\n\x1a\n", "expected the metrics.json of an evaluation, found"),
    "list": (b"[1, 2]", "expected the metrics.json of an evaluation, found [1, 2]"),
    "twice": (b'{"model": 1, "model": 2}', "expected the metrics.json of an evaluation, found 'model' twice"),
    "cut": (json.dumps(CONTENT).encode()[:-9], "expected the metrics.json of an evaluation, found"),
    "other": (b'{"mode": "conditional"}', "program: missing"),
    "huge": (b" " * (report.MAX_FILE_BYTES + 1), "of at most 4194304 bytes, found more"),
    "endless": (nested(100_000).encode(), "expected the metrics.json of an evaluation, found"),
    "deep": (json.dumps(content(settings="X")).replace('"X"', nested(200)).encode(), "settings: expected an object"),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_file_is_refused_by_name(tmp_path, name):
    text, message = OTHER_FILES[name]
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        Report.read(path)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


def test_what_cannot_be_read_is_not_written(tmp_path):
    path = tmp_path / "metrics.json"
    Report.from_dict(CONTENT).write(path)
    before = path.read_bytes()
    good = Report.from_dict(CONTENT)
    wrong = Report(
        model=good.model,
        data=good.data,
        settings={},
        metrics={"rec": Metric(value=1, error=2, unit="%", n=1)},
    )
    with pytest.raises(ValueError, match=r"metrics\.rec\.error_kind"):
        wrong.write(path)
    unwritable = Report(model=good.model, data=good.data, settings={"x": object()}, metrics={})
    with pytest.raises(TypeError):
        unwritable.write(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_system_without_learning_rules_has_none_whatever_its_file_says(tmp_path):
    for system, row in SYSTEMS.items():
        Report.from_dict(content(model__system=system)).write(tmp_path / "metrics.json")
        model = Report.read(tmp_path / "metrics.json").model
        assert (model.name, model.rules) == (row.title, ("hl", "hl") if row.learning else (None, None))
