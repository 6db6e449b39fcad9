"""metrics.json, metrics.md and the paper's numbers."""

import copy
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from reference import SHARED

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import paper, report
from ia_pix2seq_tf.evaluation.report import COLUMNS, Data, Metric, Model, Report

PAPER_TEXTS = sorted((SHARED / "seeds").glob("000_*.txt"))
SETS = {number: sorted(names) for number, names in paper.DATA_SETS.items()}
CONTENT = {
    "program": "ia_pix2seq_tf 0.1",
    "model": {
        "model_dir": "runs/x",
        "checkpoint": "ckpt-3",
        "checkpoint_sha256": "ab12",
        "system": "ia",
        "top_learning": "hl",
        "bottom_learning": "hl",
        "step": 1050,
        "hparams": {"seed": 7, "dec_rnn_size": 128, "dec_model": "hyper"},
        "alpha": [0.75, 0.25],
    },
    "data": {"data_dir": "data", "categories": ["pig", "cat"], "test_sketches": 5000, "fingerprint": "f00"},
    "settings": {"temperature": 0.24, "classifier": {"epochs": 3}, "metrics": ["rec"]},
    "metrics": {
        "rec": {
            "value": 93.1,
            "error": 0.42,
            "error_kind": "standard error over sketches",
            "unit": "%",
            "n": 5000,
            "per_seed": [93.0, 93.2],
        },
        "olr": {"value": None, "error": None, "error_kind": "std over pairs", "unit": "", "n": 0},
        "lil": {"value": 57.125, "error": None, "error_kind": "", "unit": "", "n": 5000},
    },
}


def content(**changes):
    """CONTENT with changes to its fields, written `model__step=3`."""
    changed = copy.deepcopy(CONTENT)
    for name, value in changes.items():
        *path, last = name.split("__")
        inner = changed
        for step in path:
            inner = inner[step]
        inner[last] = value
    return changed


def page(pictures=(), **changes):
    return report.markdown(Report.from_dict(content(**changes)), pictures)


def lines_with(text, start):
    return [line for line in text.splitlines() if line.startswith(f"| {start}")]


# The paper


def table_of_text(number):
    """The lines of the paper's text from the title of a table to the next title, without the marks of references."""
    text = re.sub(r"\n*\s*\[\d+\]\s*", " ", PAPER_TEXTS[0].read_text(encoding="utf-8"))
    _, *parts = re.split(r"^表 (\d)  ", text, flags=re.MULTILINE)
    (table,) = (part for title, part in zip(parts[::2], parts[1::2], strict=True) if title == str(number))
    return [" ".join(line.split()) for line in table.splitlines()]


needs_text = pytest.mark.skipif(not PAPER_TEXTS, reason="the paper's text is not here")


@needs_text
@pytest.mark.parametrize("number", SETS)
def test_control_numbers_are_those_of_the_text(number):
    text = table_of_text(number)
    rows = paper.rows(SETS[number])
    assert len(rows) == 8
    for row in rows:
        cells = [f"{row.values[name].value:.2f}" if name in row.values else "/" for name in paper.CONTROL_COLUMNS]
        assert " ".join([row.method, *cells]) in text
    assert sum(bool(re.search(r"( \d+\.\d\d){4}", line)) for line in text) == 8


@needs_text
@pytest.mark.parametrize("number", SETS)
def test_separation_numbers_are_those_of_the_text(number):
    text = table_of_text(4)
    start = text.index(f"数据集 {number}")
    section = [line for line in text[start + 1 : start + 8] if line][:3]
    rows = [row for row in paper.rows(SETS[number]) if "olr" in row.values]
    numbers = [[row.values[name] for name in paper.SEPARATION_COLUMNS] for row in rows]
    shown = [" ".join(f"{n.value:.4f}±{n.error:.4f}" for n in pair) for pair in numbers]
    assert [f"{row.method} {text}" for row, text in zip(rows, shown, strict=True)] == section


@needs_text
@pytest.mark.parametrize("number", SETS)
def test_ablation_numbers_are_those_of_the_text(number):
    rows = [row for row in paper.rows(SETS[number], ablations=True) if row.method == "IA-pix2seq"]
    shown = {
        " ".join([row.top.upper(), row.bottom.upper(), *(f"{row.values[c].value:.2f}" for c in paper.CONTROL_COLUMNS)])
        for row in rows
    }
    assert shown == {line for line in table_of_text(number + 4) if re.match("[HM]L [HM]L ", line)}
    assert len(shown) == 4


def test_data_set_is_found_by_its_categories_in_any_order():
    assert paper.data_set(["pig", "cat"]) == 2
    assert paper.data_set(reversed(SETS[3])) == 3
    assert paper.rows(["pig", "cat"])[5].values["ret_1"] == paper.Number(24.38)


@pytest.mark.parametrize("categories", [["cat"], ["cat", "pig", "dog"], []])
def test_other_categories_have_no_rows(categories):
    assert paper.data_set(categories) is None
    assert paper.rows(categories, ablations=True) == []


def test_ablations_are_added_only_when_asked_for():
    whole, with_ablations = paper.rows(SETS[1]), paper.rows(SETS[1], ablations=True)
    assert with_ablations[:8] == whole
    assert [(row.top, row.bottom) for row in with_ablations[8:]] == [("ml", "ml"), ("ml", "hl"), ("hl", "ml")]


# metrics.json


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


@pytest.mark.parametrize("changes, message", WRONG_FIELDS)
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


# metrics.md


def test_page_puts_this_model_over_the_paper_s():
    own, *others = lines_with(page(), "**this") + lines_with(page(), "paper:")
    assert own == "| **this IA-pix2seq** | 93.10 ± 0.42 | – | – | – | – |"
    assert "| paper: IA-pix2seq | 82.74 | 24.38 | 50.18 | 68.54 | 81.12 |" in others
    assert "| paper: IA-pix2seq | 0.3785 ± 0.2137 | 0.7330 ± 0.1247 |" in others


def test_page_says_when_the_test_set_is_not_the_paper_s():
    assert "harder is Ret" not in page()
    assert "on 5000 test sketches. Here they are 300" in page(data__test_sketches=300)


@pytest.mark.parametrize("changes", [{"data__categories": ["cat", "face"]}, {"data__data_dir": "demo"}])
def test_page_on_other_data_has_no_numbers_of_the_paper(changes):
    text = page(**changes)
    assert "| **this IA-pix2seq** | 93.10 ± 0.42 |" in text
    assert "paper: " not in text and "Zang" not in text


def test_page_of_an_ablation_has_the_paper_s_ablations():
    assert not lines_with(page(), "paper: IA-pix2seq, top")
    text = page(model__top_learning="ml")
    assert text.startswith("# IA-pix2seq, top ML, bottom HL on ")
    assert "| paper: IA-pix2seq, top ML, bottom ML | 71.00 | 1.52 | 7.90 | 19.06 | 62.16 |" in text


def test_page_without_the_paper_s_metrics_leaves_its_tables_out():
    assert "paper" not in page(metrics={"lil": CONTENT["metrics"]["lil"]}).replace("the paper's data set 2", "")


def test_page_lists_every_metric_with_its_count_and_kind_of_error():
    text = page()
    (line,) = lines_with(text, "Rec (%) ↑ | draw")
    assert line.endswith("| standard error over sketches; by seed: 93.00, 93.20 | 93.10 ± 0.42 | 5000 |")
    assert lines_with(text, "OLR ↓ | overlap")[0].endswith("|  | – | 0 |")
    assert lines_with(text, "Stroke loss")[0].endswith("| 57.12 | 5000 |")


def test_page_tells_what_was_evaluated_and_how():
    text = page()
    assert "- `temperature`: `0.24`" in text and "- `classifier.epochs`: `3`" in text
    assert '- `metrics`: `["rec"]`' in text
    assert "`seed` = `7`, `dec_rnn_size` = `128`\n" in text, "and dec_model, the default, left out"
    for fact in ("`runs/x`", "`ckpt-3` of step 1050", "`ab12`", "5000 test sketches of `data`", "`f00`"):
        assert fact in text


def test_page_shows_pictures_and_links_other_files():
    text = page(pictures=[("Codes [t-SNE]", "t-SNE map.png"), ("Projector", "projector/")])
    assert "![Codes \\[t-SNE\\]](t-SNE%20map.png)" in text
    assert "\n[Projector](projector/)" in text
    assert "## Pictures" not in page()


def test_page_shows_odd_names_as_they_are():
    text = page(data__categories=["a|b", "*c*\n# d"], model__model_dir="x`y\n\nz", settings={"a": "|<b>\n"})
    assert text.splitlines()[0] == "# IA-pix2seq on a\\|b, \\*c\\* \\# d"
    assert "model: `` x`y z ``," in text
    assert '- `a`: `"|<b>\\n"`' in text


def test_tables_have_as_many_cells_in_every_line():
    text = page(metrics__rec__error_kind="a|b")
    widths = [
        {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        for block in text.split("\n\n")
        if block.startswith("|")
    ]
    assert widths == [{7}, {4}, {6}]


@pytest.mark.parametrize(
    "name, value, error, text",
    [
        ("rec", 93, None, "93.00"),
        ("olr", 0.5, 0.25, "0.5000 ± 0.2500"),
        ("living", 4.0, None, "4"),
        ("living", 3.5, 0.707, "3.5 ± 0.7"),
        ("rec", None, None, "–"),
    ],
)
def test_values_are_shown_with_the_digits_of_their_column(name, value, error, text):
    assert report.shown(name, value, error) == text


def test_columns_begin_with_the_paper_s():
    assert tuple(COLUMNS)[:7] == paper.CONTROL_COLUMNS + paper.SEPARATION_COLUMNS


def test_tables_need_no_tensorflow():
    program = (
        "import sys; import ia_pix2seq_tf.evaluation.compare, ia_pix2seq_tf.evaluation.report;"
        "assert not {'tensorflow', 'keras', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
