"""What was measured, for programs (`metrics.json`) and for people (`metrics.md`).

    Report      one evaluation: model, data, settings, metrics; `read`, `to_json`, `write`
    COLUMNS     the metrics there are: heading, unit, which way is better, meaning
    markdown    a report as a page, beside the paper's numbers where the data set matches

A number that does not exist, such as the overlap of a single component, is None, and null in the file.
"""

import dataclasses
import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import quote

import ia_pix2seq_tf
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.checked_json import Rule, is_integer, is_number, is_shallow, one_of, read_object, show
from ia_pix2seq_tf.evaluation import paper
from ia_pix2seq_tf.hparams import LEARNING_RULES, HParams

FILE_NAME = "metrics.json"
PROGRAM = f"ia_pix2seq_tf {ia_pix2seq_tf.__version__}"
METHODS = {"ia": "IA-pix2seq", "rpcl": "RPCL-pix2seq"}
DEMO = "demo"  # the data_dir of the built-in doodles, which are no data set of the paper

MAX_FILE_BYTES = 1 << 22  # a real file has a few kB
MAX_DEPTH = 20  # levels of settings and hyperparameters
MISSING = "–"


class Column(NamedTuple):
    """A metric in a table: `better` is "higher", "lower" or "" for neither, `digits` those after the point."""

    heading: str
    unit: str
    better: str
    digits: int
    meaning: str

    @property
    def measure(self) -> str:
        """Unit and direction: `(%) ↑`."""
        parts = (f"({self.unit})" if self.unit else "", {"higher": "↑", "lower": "↓", "": ""}[self.better])
        return " ".join(filter(None, parts))

    @property
    def title(self) -> str:
        """Heading, unit and direction: `Rec (%) ↑`."""
        return f"{self.heading} {self.measure}".strip()


def _share(heading: str, meaning: str) -> Column:
    return Column(heading, "%", "higher", 2, meaning)


COLUMNS = {
    "rec": _share("Rec", "drawings that a classifier puts into the category of the sketch they were drawn from"),
    "ret_1": _share("Ret top-1", "drawings whose code has that of their own sketch as the nearest of the test set"),
    "ret_10": _share("Ret top-10", "the same, among the nearest 10"),
    "ret_50": _share("Ret top-50", "the same, among the nearest 50"),
    "acc": _share("Acc", "test sketches in the right component, by the best one-to-one map to categories"),
    "olr": Column("OLR", "", "lower", 4, "overlap rate of two living components; 1 where they share one peak"),
    "rlda": Column("R_LDA", "", "higher", 4, "distance of two components' codes over their spread (equation 12)"),
    "acc_many": _share("Acc many-to-one", "as Acc, but each component stands for its most frequent category"),
    "style": _share("Style", "as Acc, with category and style together in the place of the category"),
    "style_many": _share("Style many-to-one", "as Acc many-to-one, with category and style together"),
    "lil": Column("Stroke loss", "", "lower", 2, "negative log likelihood of the strokes (lil)"),
    "alpha": Column("Component loss", "", "lower", 3, "loss of the assignment to components (alpha)"),
    "gaussian": Column("Code loss", "", "lower", 2, "distance of the codes to their components (gaussian)"),
    "de": Column("Pixel loss", "", "lower", 2, "squared error of the decoded pixels (de)"),
    "classifier": _share("Ceiling of Rec", "real test images that the classifier puts into their own category"),
    "living": Column("Living", "", "", 0, "latent components whose weight is above the threshold living_alpha"),
}
"""Every metric by the name that it has in `metrics.json`, in the order of tables. Losses as in training."""


def _is_names(value: Any) -> bool:
    texts = isinstance(value, list) and all(isinstance(name, str) and name for name in value)
    return texts and 0 < len(value) == len(set(value))


_TEXT = Rule("a string", lambda value: isinstance(value, str))
_COUNT = Rule("an integer from 0", lambda value: is_integer(value) and value >= 0)
_STEP = Rule("an integer from 0, or null", lambda value: value is None or _COUNT.holds(value))
_NUMBER = Rule("a finite number or null", lambda value: value is None or is_number(value))
_ERROR = Rule("a number from 0, or null", lambda value: value is None or (is_number(value) and value >= 0))
_NUMBERS = Rule(
    "a list of finite numbers and nulls",
    lambda value: isinstance(value, list) and all(map(_NUMBER.holds, value)),
)
_NAMES = Rule("one or more different names", _is_names)
_OBJECT = Rule(
    f"an object of at most {MAX_DEPTH} levels", lambda value: isinstance(value, dict) and is_shallow(value, MAX_DEPTH)
)


def _field(rule: Rule, **options: Any) -> Any:
    return dataclasses.field(metadata={"rule": rule}, **options)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Model:
    """What was evaluated.

    Attributes:
        step: None where the checkpoint does not tell it.
        hparams: as `HParams.to_dict`.
        alpha: weights of the latent components.
    """

    model_dir: str = _field(_TEXT)
    checkpoint: str = _field(_TEXT)
    checkpoint_sha256: str = _field(_TEXT)
    system: str = _field(one_of(SYSTEMS))
    top_learning: str = _field(one_of(LEARNING_RULES))
    bottom_learning: str = _field(one_of(LEARNING_RULES))
    step: int | None = _field(_STEP)
    hparams: dict[str, Any] = _field(_OBJECT)
    alpha: list[float] = _field(_NUMBERS)

    @property
    def name(self) -> str:
        """`IA-pix2seq`, or `IA-pix2seq, top ML, bottom HL`."""
        return model_name(METHODS[self.system], self.top_learning, self.bottom_learning)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """What it was evaluated on; `fingerprint` tells these sketches from any others."""

    data_dir: str = _field(_TEXT)
    categories: list[str] = _field(_NAMES)
    test_sketches: int = _field(_COUNT)
    fingerprint: str = _field(_TEXT)

    @property
    def paper_set(self) -> int | None:
        """The paper's data set with the same categories, None for the built-in doodles and where there is none."""
        return None if self.data_dir == DEMO else paper.data_set(self.categories)

    @property
    def title(self) -> str:
        """What tells the categories, in any order: `Data set 2: cat, pig`."""
        kind = (
            f"Data set {self.paper_set}: " if self.paper_set else "Built-in doodles: " if self.data_dir == DEMO else ""
        )
        return kind + ", ".join(sorted(self.categories))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metric:
    """A value with what stands behind its ±. NumPy's numbers are welcome; NaN and infinities become None.

    Attributes:
        value: in `unit`: percentages from 0 to 100.
        error: half the ±, in the same unit.
        error_kind: of what, such as "standard error over sketches" or "std over pairs".
        n: how many things were measured: sketches, or pairs of components.
        per_seed: the value for each seed of the evaluation, where it depends on one.
    """

    value: float | None = _field(_NUMBER)
    error: float | None = _field(_ERROR, default=None)
    error_kind: str = _field(_TEXT, default="")
    unit: str = _field(_TEXT)
    n: int = _field(_COUNT)
    per_seed: list[float | None] | None = _field(_NUMBERS, default=None)

    def __post_init__(self):
        for name in ("value", "error", "n", "per_seed"):
            object.__setattr__(self, name, _plain(getattr(self, name)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """One evaluation; `settings` are all choices made, of whatever JSON holds; `metrics` by name of `COLUMNS`."""

    program: str = PROGRAM
    model: Model
    data: Data
    settings: dict[str, Any]
    metrics: dict[str, Metric]

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Report":
        """Reads a `metrics.json`.

        Raises:
            OSError: the file cannot be read.
            ValueError: naming the file, and the field where there is one.
        """
        content = read_object(path, MAX_FILE_BYTES, f"the {FILE_NAME} of an evaluation", finite=True)
        return cls.from_dict(content, os.fspath(path))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], source: str = "report") -> "Report":
        """The report in the content of a `metrics.json`; a `ValueError` names `source` and the field."""
        names = [field.name for field in dataclasses.fields(cls)]
        _check_names(content, names, names, f"{source}: ")
        _check("program", content["program"], _TEXT, f"{source}: ")
        _check("settings", content["settings"], _OBJECT, f"{source}: ")
        metrics = content["metrics"]
        _check("metrics", metrics, _OBJECT, f"{source}: ")
        _check_names(metrics, COLUMNS, (), f"{source}: metrics.")
        return cls(
            program=content["program"],
            model=_section(Model, content["model"], "model", source),
            data=_section(Data, content["data"], "data", source),
            settings=content["settings"],
            metrics={name: _metric(name, metrics[name], source) for name in COLUMNS if name in metrics},
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of `metrics.json`, in plain Python values."""
        content = _plain(dataclasses.asdict(self))
        for metric in content["metrics"].values():
            if metric["per_seed"] is None:
                del metric["per_seed"]
        return content

    def to_json(self) -> str:
        """The text of `metrics.json`, which `read` can read.

        Raises:
            ValueError: naming a field that `read` would refuse.
            TypeError: settings or hyperparameters hold what JSON cannot.
        """
        content = self.to_dict()
        Report.from_dict(content)
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: str | os.PathLike) -> None:
        """Writes `to_json()` to `path`: readers find the old content or the new, nothing between."""
        text = self.to_json()
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")


def model_name(method: str, top: str | None, bottom: str | None) -> str:
    """The method, and its learning rules where one is not harmony learning, as in the paper's Tables 5 to 7."""
    return f"{method}, top {top.upper()}, bottom {bottom.upper()}" if is_ablation(top, bottom) else method


def is_ablation(top: str | None, bottom: str | None) -> bool:
    """Whether a model learns by maximum likelihood on one of its levels."""
    return "ml" in (top, bottom)


def shown(name: str, value: float | None, error: float | None = None) -> str:
    """A value of the column `name` as tables show it: `93.10 ± 0.42`; a dash for None."""
    if value is None:
        return MISSING
    whole = error is None and float(value).is_integer()
    digits = COLUMNS[name].digits or (0 if whole else 1)
    return f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings by their dotted names, their values as JSON."""
    entries: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            entries |= flat(value, f"{prefix}{name}.")
        else:
            entries[f"{prefix}{name}"] = json.dumps(_plain(value), ensure_ascii=False)
    return entries


def one_line(text: str) -> str:
    """`text` without line breaks and control characters."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


def code(text: str) -> str:
    """`text` as a code span of Markdown, in one line."""
    text = one_line(text) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def escaped(text: str) -> str:
    """`text` in one line of Markdown, meaning itself."""
    return re.sub(r"([\\`*\[\]<>|#~]|\b_|_\b)", r"\\\1", one_line(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """A Markdown table of cells that are Markdown; numbers, right-aligned, follow the `text_columns`."""
    rule = ["---"] * text_columns + ["---:"] * (len(header) - text_columns)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def markdown(report: Report, pictures: Sequence[tuple[str, str]] = ()) -> str:
    """A report as a page of Markdown, ending with a line break.

    Args:
        report: what was measured.
        pictures: (title, file name) of each, relative to the page.
    """
    categories = ", ".join(report.data.categories)
    parts = [
        f"# {escaped(f'{report.model.name} on {categories}')}",
        _facts(report),
        *_paper_section(report),
        "## Everything measured",
        _measurements(report),
        "## Choices made",
        "\n".join(f"- {code(name)}: {code(value)}" for name, value in flat(report.settings).items()),
        "## Pictures" if pictures else "",
        "\n\n".join(_picture(title, file) for title, file in pictures),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _facts(report: Report) -> str:
    model, data = report.model, report.data
    defaults = HParams().to_dict()
    changed = {name: value for name, value in model.hparams.items() if defaults.get(name) != value}
    step = "" if model.step is None else f" of step {model.step}"
    known = f", the categories of the paper's data set {data.paper_set}" if data.paper_set else ""
    lines = [
        f"model: {code(model.model_dir)}, checkpoint {code(model.checkpoint)}{step}, "
        f"SHA-256 {code(model.checkpoint_sha256)}",
        f"learning: {METHODS[model.system]}, top level {model.top_learning.upper()}, "
        f"bottom level {model.bottom_learning.upper()} (HL: harmony, ML: maximum likelihood)",
        f"data: {data.test_sketches} test sketches of {code(data.data_dir)}{known}, "
        f"fingerprint {code(data.fingerprint)}",
        "hyperparameters other than the defaults: "
        + (", ".join(f"{code(name)} = {code(value)}" for name, value in flat(changed).items()) or "none"),
        f"program: {escaped(report.program)}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _paper_section(report: Report) -> list[str]:
    """The paper's two kinds of tables, as far as they were measured."""
    groups = (paper.CONTROL_COLUMNS, paper.SEPARATION_COLUMNS)
    tables = [_paper_table(report, columns) for columns in groups if set(columns) & set(report.metrics)]
    if not tables:
        return []
    if report.data.paper_set:
        return ["## Beside the paper", *tables, paper_source(report.data)]
    return ["## The paper's columns", *tables]


def _paper_table(report: Report, columns: Sequence[str]) -> str:
    """This model in some of the paper's columns, over the paper's models."""
    own = {name: (metric.value, metric.error) for name, metric in report.metrics.items()}
    rows = [[f"**this {escaped(report.model.name)}**", *_cells(own, columns)]]
    for row in paper_rows(report.data, is_ablation(report.model.top_learning, report.model.bottom_learning)):
        if set(columns) & set(row.values):
            rows.append(
                [escaped(f"paper: {model_name(row.method, row.top, row.bottom)}"), *_cells(row.values, columns)]
            )
    return table(["", *(escaped(COLUMNS[name].title) for name in columns)], rows)


def paper_rows(data: Data, ablations: bool) -> list[paper.Row]:
    """The rows of the paper that may stand beside results on `data`; see `paper.rows`."""
    return paper.rows(data.categories, ablations) if data.paper_set else []


def paper_source(data: Data) -> str:
    """Where the paper's rows beside results on `data` are from, and what keeps them from being compared."""
    number, sketches = data.paper_set, paper.TEST_SKETCHES * len(data.categories)
    source = f"Paper: {paper.CITATION}, Tables {number}, 4 and {number + 4}, on {sketches} test sketches."
    if data.test_sketches == sketches:
        return source
    return f"{source} Here they are {data.test_sketches}: the more there are, the harder is Ret."


def _cells(numbers: Mapping[str, tuple], columns: Sequence[str]) -> list[str]:
    return [shown(name, *numbers.get(name, (None,))) for name in columns]


def _measurements(report: Report) -> str:
    """Every metric in a line of its own, with its ±, its count and its meaning."""
    rows = []
    for name, metric in report.metrics.items():
        column = COLUMNS[name]
        seeds = ", ".join(shown(name, value) for value in metric.per_seed or ())
        kind = escaped(metric.error_kind) if metric.error is not None else ""
        about = "; ".join(filter(None, [kind, f"by seed: {seeds}" if seeds else ""]))
        value = shown(name, metric.value, metric.error)
        rows.append([escaped(column.title), column.meaning, about, value, str(metric.n)])
    return table(["metric", "meaning", "±", "value", "n"], rows, text_columns=3)


def _picture(title: str, file: str) -> str:
    """A picture in the page, or a link to a file of another kind."""
    embedded = "!" if PurePath(file).suffix.lower() in (".png", ".svg", ".jpg") else ""
    return f"{embedded}[{escaped(title)}]({quote(file)})"


def _plain(value: Any) -> Any:
    """`value` with NumPy's numbers and arrays as Python's, tuples as lists, and None for NaN and infinities."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _section(cls: type, content: Any, where: str, source: str) -> Any:
    """An object of the dataclass `cls` from the JSON object at the field `where`."""
    fields = dataclasses.fields(cls)
    required = [field.name for field in fields if field.default is dataclasses.MISSING]
    _check(where, content, _OBJECT, f"{source}: ")
    prefix = f"{source}: {where}."
    _check_names(content, [field.name for field in fields], required, prefix)
    for field in fields:
        if field.name in content:
            _check(field.name, content[field.name], field.metadata["rule"], prefix)
    return cls(**content)


def _metric(name: str, content: Any, source: str) -> Metric:
    metric = _section(Metric, content, f"metrics.{name}", source)
    prefix = f"{source}: metrics.{name}."
    _check("unit", metric.unit, Rule(repr(COLUMNS[name].unit), lambda unit: unit == COLUMNS[name].unit), prefix)
    if metric.error is not None:
        _check("error_kind", metric.error_kind, Rule("what the error is", bool), prefix)
    return metric


def _check_names(content: Mapping, known: Iterable[str], required: Iterable[str], prefix: str) -> None:
    for name in required:
        if name not in content:
            raise ValueError(f"{prefix}{name}: missing")
    for name in content:
        if name not in known:
            raise ValueError(f"{prefix}{name[:60]!r}: unknown, expected some of {', '.join(known)}")


def _check(name: str, value: Any, rule: Rule, prefix: str) -> None:
    if not rule.holds(value):
        raise ValueError(f"{prefix}{name}: expected {rule.expected}, found {show(value)}")
