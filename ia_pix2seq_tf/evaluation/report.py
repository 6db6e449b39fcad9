"""The record of an evaluation, `metrics.json`: what was measured of which model, on which data, by which choices.

    Report      one evaluation: model, data, settings, metrics; `read`, `to_json`, `write`

Which metrics there are says `columns.py`; `page.py` shows a report to people. A number that does not exist, such as
the overlap of a single component, is None, and null in the file.
"""

import dataclasses
import json
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any

import ia_pix2seq_tf
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.checked_json import Rule, is_integer, is_number, is_shallow, one_of, read_object, show
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.evaluation import paper
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.hparams import LEARNING_RULES

FILE_NAME = "metrics.json"
PROGRAM = f"ia_pix2seq_tf {ia_pix2seq_tf.__version__}"
MAX_FILE_BYTES = 1 << 22  # a real file has a few kB
MAX_DEPTH = 20  # levels of settings and hyperparameters
SPLIT_NAMES = {"test": "test", "valid": "validation"}
"""What the sketches of a split are called."""


def measured(count: int, kind: str) -> str:
    """Which sketches were measured, for people: `300 test sketches`."""
    return f"{count} {kind} sketches"


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
        top_learning, bottom_learning: "hl" in a system that knows no learning rules.
        hparams: as `HParams.to_dict`.
        alpha: weights of the latent components, if there are any.
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
    def title(self) -> str:
        """The system's name for people: `IA-pix2seq`."""
        return SYSTEMS[self.system].title

    @property
    def rules(self) -> tuple[str | None, str | None]:
        """The learning rules of the top and the bottom level; None where the system knows none."""
        return (self.top_learning, self.bottom_learning) if SYSTEMS[self.system].learning else (None, None)

    @property
    def name(self) -> str:
        """`IA-pix2seq`, or `IA-pix2seq, top ML, bottom HL`."""
        return model_name(self.title, *self.rules)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """What it was evaluated on, `test_sketches` of any split; `fingerprint` tells these sketches from any others."""

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
        kind = f"Data set {self.paper_set}: " if self.paper_set else ""
        doodles = "Built-in doodles: " if self.data_dir == DEMO else ""
        return kind + doodles + ", ".join(sorted(self.categories))

    def paper_rows(self, ablations: bool) -> list[paper.Row]:
        """The rows of the paper that may stand beside results on these data; see `paper.rows`."""
        return paper.rows(self.categories, ablations) if self.paper_set else []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metric:
    """A value with what stands behind its ±. NumPy's numbers are welcome; NaN and infinities become None.

    Attributes:
        value: in `unit`: percentages from 0 to 100.
        error: half the ±, in the same unit.
        error_kind: of what, such as "standard error over sketches" or "std over pairs".
        n: how many things were measured: sketches, pairs of components, or places in images.
        per_seed: the value for each seed of the evaluation, where it depends on one.
    """

    value: float | None = _field(_NUMBER)
    error: float | None = _field(_ERROR, default=None)
    error_kind: str = _field(_TEXT, default="")
    unit: str = _field(_TEXT)
    n: int = _field(_COUNT)
    per_seed: list[float | None] | None = _field(_NUMBERS, default=None)

    def __post_init__(self) -> None:
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

    @property
    def kind(self) -> str:
        """Of which split the sketches are, for people: `test`, `validation`."""
        split = str(self.settings.get("split", "test"))  # a file from before there was a choice is of the test
        return SPLIT_NAMES.get(split, split)

    @property
    def measured(self) -> str:
        """Which sketches were measured, for people."""
        return measured(self.data.test_sketches, self.kind)

    @property
    def paper_source(self) -> str:
        """Where the paper's rows beside these results are from, and what keeps them from being compared."""
        return paper.source(self.data.categories, self.measured)

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
    if top is None or bottom is None or not is_ablation(top, bottom):
        return method
    return f"{method}, top {top.upper()}, bottom {bottom.upper()}"


def is_ablation(top: str | None, bottom: str | None) -> bool:
    """Whether a model learns by maximum likelihood on one of its levels."""
    return "ml" in (top, bottom)


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings by their dotted names, their values as JSON."""
    entries: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            entries |= flat(value, f"{prefix}{name}.")
        else:
            entries[f"{prefix}{name}"] = json.dumps(_plain(value), ensure_ascii=False)
    return entries


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
