"""An experiment: what is trained, on which data, and what is measured. Imports no TensorFlow.

A JSON file, such as those in `experiments/`:

    description   a sentence
    data_dir      directory of <category>.npz files, or "demo"; --data_dir overrides it
    runs          what is trained: objects with "hparams_file" (a file, or the name of a preset) and "hparams" (changes
                  as --hparams takes them), either of which may be missing
    seeds         of the trainings; each run is made once with each
    split         whose sketches are measured: "test", or "valid" to choose settings by
    metrics       of evaluate.py; by default all that model and data allow
    columns       of the table, as the program `compare` takes them
    drawings      seeds of the drawings of an evaluation
    paper         whether the paper's own rows stand beside
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from ia_pix2seq_tf import presets
from ia_pix2seq_tf.checked_json import Rule, is_integer, read_object, show
from ia_pix2seq_tf.constants import INT32_MAX
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.options import METRICS, SPLITS
from ia_pix2seq_tf.hparams import HParams

EXPERIMENTS = Path(__file__).with_name("experiments")
MAX_FILE_BYTES = 1 << 20
MAX_NAME = 80  # characters of a run's directory


def _names_of(choices: Mapping[str, Any] | tuple[str, ...]) -> Rule:
    names = tuple(choices)
    return Rule(
        f"null, or some of {', '.join(names)}",
        lambda value: value is None or (_is_list(value, str) and set(value) <= set(names)),
    )


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, kind) for item in value)


def _are_seeds(value: Any) -> bool:
    if not isinstance(value, list) or not value or len({str(seed) for seed in value}) < len(value):
        return False
    return all(is_integer(seed) and 0 <= seed <= INT32_MAX for seed in value)


_TEXT = Rule("a string", lambda value: isinstance(value, str))
_SEEDS = Rule(f"different integers of 0 to {INT32_MAX}", _are_seeds)
_RUNS = Rule("a list of objects", lambda value: _is_list(value, dict))
_SPLIT = Rule(f"one of {', '.join(SPLITS)}", lambda value: value in SPLITS)
_FLAG = Rule("true or false", lambda value: isinstance(value, bool))


@dataclass(frozen=True)
class Run:
    """What is trained, but for its seed.

    Attributes:
        hparams_file: a file or the name of a preset; None for the defaults.
        hparams: changes to it.
    """

    hparams_file: str | None = None
    hparams: str = ""

    @property
    def name(self) -> str:
        """What tells it from others, as the name of a directory; long ones are cut off."""
        text = "-".join(filter(None, (Path(self.hparams_file or "").stem, self.hparams)))
        return re.sub(r"[^\w.+-]+", "_", text).strip("_")[:MAX_NAME] or "defaults"

    def resolve(self, changes: str = "") -> HParams:
        """All hyperparameters, with changes as --hparams takes them; OSError or ValueError for what are none."""
        own = HParams.resolve(None, presets.hparams_file(self.hparams_file), self.hparams)
        return HParams.resolve(own, flags=changes)


@dataclass(frozen=True)
class Experiment:
    """See the module."""

    runs: tuple[Run, ...] = field(metadata={"rule": _RUNS})
    description: str = field(default="", metadata={"rule": _TEXT})
    data_dir: str = field(default=DEMO, metadata={"rule": _TEXT})
    seeds: tuple[int, ...] = field(default=(1,), metadata={"rule": _SEEDS})
    split: str = field(default=SPLITS[0], metadata={"rule": _SPLIT})
    metrics: tuple[str, ...] | None = field(default=None, metadata={"rule": _names_of(METRICS)})
    columns: tuple[str, ...] | None = field(default=None, metadata={"rule": _names_of(COLUMNS)})
    drawings: tuple[int, ...] = field(default=(0,), metadata={"rule": _SEEDS})
    paper: bool = field(default=False, metadata={"rule": _FLAG})

    @classmethod
    def read(cls, path: str | Path) -> "Experiment":
        """The experiment in a file.

        Raises:
            OSError: the file cannot be read.
            ValueError: naming the file, the field, what was expected and what was found.
        """
        content = read_object(path, MAX_FILE_BYTES, "an experiment")
        known = {entry.name: entry for entry in fields(cls)}
        required = [name for name, entry in known.items() if entry.default is MISSING]
        for name in [*required, *content]:
            if name not in known or name not in content:
                raise ValueError(f"{path}: expected {', '.join(known)}, found {', '.join(content) or 'nothing'}")
            rule = known[name].metadata["rule"]
            if not rule.holds(content[name]):
                raise ValueError(f"{path}: {name}: expected {rule.expected}, found {show(content[name])}")
        values: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in content.items()}
        values["runs"] = tuple(_run(entry, path) for entry in content["runs"])
        _check_names(values["runs"], path)
        return cls(**values)

    def trainings(self) -> list[tuple[str, Run, int]]:
        """Name, run and seed of each training: every run with one seed before any with the next."""
        return [(f"{run.name}-seed{seed}", run, seed) for seed in self.seeds for run in self.runs]


def _run(entry: dict[str, Any], path: str | Path) -> Run:
    known = [item.name for item in fields(Run)]
    if not set(entry) <= set(known) or not all(isinstance(value, str) for value in entry.values()):
        raise ValueError(f"{path}: runs: expected objects with {' and '.join(known)}, strings, found {show(entry)}")
    return Run(**entry)


def _check_names(runs: Sequence[Run], path: str | Path) -> None:
    """Raises ValueError if two runs have one name: one would take the other's results for its own."""
    known: dict[str, int] = {}
    for number, run in enumerate(runs, 1):
        other = known.setdefault(run.name.casefold(), number)  # names that differ by case are one on some disks
        if other != number:
            raise ValueError(
                f"{path}: runs: expected runs of different names, found {run.name} for run {other}, "
                f"{_full_text(runs[other - 1])}, and run {number}, {_full_text(run)}; put the changes of one into an "
                "hparams_file of its own"
            )


def _full_text(run: Run) -> str:
    return " with ".join(filter(None, (run.hparams_file, run.hparams))) or "the defaults"
