"""Several evaluations side by side: which of them are one row, their means, the best, and what is not equal.

    read_all    reports from files and folders
    compare     tables of them

A `Table` is plain text, which `page.py` and `latex.py` write down.
"""

import itertools
import os
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import paper
from ia_pix2seq_tf.evaluation.columns import COLUMNS, MISSING, shown
from ia_pix2seq_tf.evaluation.report import FILE_NAME, Metric, Report, flat, is_ablation, model_name
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.untrusted import path_text

DEFAULT_COLUMNS = (*paper.CONTROL_COLUMNS, *paper.SEPARATION_COLUMNS, "style")
ALL_COLUMNS = "all"

_LEARNING = ("system", "top_learning", "bottom_learning")  # what a row is named after
_OF_DATA = "scale_factor"  # a hyperparameter that follows from the data, whose fingerprint is compared
_SEED = "hparams.seed"
_OF_RUN = (_SEED, "model.step")  # what runs of one setting may differ in
_MAX_SHOWN = 60  # characters of a value in a note
_MAX_NAMED = 3  # hyperparameters in the name of a row


class Source(NamedTuple):
    """A report and the file that it is from."""

    path: Path
    report: Report


class Average(NamedTuple):
    """A number of a row: `kind` says what the error is of, `runs` how many runs it is the mean of."""

    value: float | None = None
    error: float | None = None
    kind: str = ""
    runs: int = 1


@dataclass
class Row:
    """A row before it is formatted; `sources` is empty for a row of the paper, `paper` is the system's name there."""

    paper: str
    method: str
    top: str | None
    bottom: str | None
    values: Mapping[str, Average]
    sources: Sequence[Source] = ()
    suffix: str = ""

    @property
    def title(self) -> str:
        """The method and what learns on both levels; rows may have the same."""
        return model_name(self.method, self.top, self.bottom)

    @property
    def name(self) -> str:
        """What notes call the row: all that tells it from the others."""
        return self.title + self.suffix

    @property
    def counterpart(self) -> tuple:
        """Equal for rows of the paper and ours that stand beside each other."""
        return self.paper, (self.top, self.bottom) if is_ablation(self.top, self.bottom) else None

    def number(self, column: str) -> Average:
        """The number in a column, which may have none."""
        return self.values.get(column, Average())


class Cell(NamedTuple):
    """Plain text, and whether it is among the best of its column."""

    text: str
    bold: bool = False


@dataclass
class Table:
    """A table in plain text, to be written as Markdown or LaTeX.

    Attributes:
        title: the categories.
        header: of all columns, the first `text_columns` of which hold words; may have two lines.
        blocks: of rows, with a rule between them.
        notes: sentences.
    """

    title: str
    header: list[str]
    text_columns: int
    blocks: list[list[list[Cell]]]
    notes: list[str] = field(default_factory=list)


def read_all(paths: Iterable[str | os.PathLike]) -> list[Source]:
    """The reports in files, or in directories that hold a `metrics.json`.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is no report, naming it and the field; or is given twice.
    """
    files = [Path(path) / FILE_NAME if os.path.isdir(path) else Path(path) for path in paths]
    for path, times in Counter(path.resolve() for path in files).items():
        if times > 1:
            raise ValueError(f"{path}: expected once, found {times} times")
    return [Source(path, Report.read(path)) for path in files]


def compare(
    sources: Sequence[Source],
    columns: Sequence[str] | None = None,
    separate: bool = False,
    with_paper: bool = False,
    table: int | None = None,
) -> list[Table]:
    """Tables of reports, one for each set of categories, in the order in which they come.

    Args:
        sources: what to compare.
        columns: names of `COLUMNS`, or "all"; by default the paper's, and style, as far as they were measured.
        separate: whether runs that differ in their seed alone have a row each.
        with_paper: whether to add the paper's rows where the categories are the paper's, in its order, each with ours
            of the same system under it.
        table: number of the paper's table whose rows, and columns unless some are asked for, are laid out so.

    Raises:
        ValueError: a column is unknown, a table would hold no number, or data are not those of the paper's table.
    """
    if table is not None:
        columns = list(paper.TABLES[table].columns) if columns is None else columns
        _check_data(sources, table)
    alike = _by(sources, lambda source: source.report.data.title)
    return [_table(members, _columns(members, columns), separate, with_paper, table) for members in alike]


def _check_data(sources: Sequence[Source], table: int) -> None:
    """Raises ValueError for results on data that a table of the paper has no rows of."""
    known = paper.TABLES[table].data_sets
    for path, report in sources:
        if report.data.paper_set not in known:
            sets = " or ".join(", ".join(sorted(paper.DATA_SETS[number])) for number in known)
            raise ValueError(
                f"{path}: data.categories: expected {sets}, of which Table {table} is, found {report.data.title}"
            )


def _columns(sources: Sequence[Source], asked: Sequence[str] | None) -> list[str]:
    """The names of the columns to show in a table of these sources."""
    metrics = [item for source in sources for item in source.report.metrics.items()]
    measured = {name for name, metric in metrics if metric.value is not None}
    if not measured:
        raise ValueError(f"{', '.join(str(source.path) for source in sources)}: metrics: expected a value, found none")
    everything = [name for name in COLUMNS if name in measured]
    if asked is None:
        return [name for name in everything if name in DEFAULT_COLUMNS] or everything
    if list(asked) == [ALL_COLUMNS]:
        return everything
    unknown = [name for name in asked if name not in COLUMNS]
    if unknown or not asked:
        found = ", ".join(unknown) or "none"
        raise ValueError(f"--columns: expected {ALL_COLUMNS}, or some of {', '.join(COLUMNS)}, found {found}")
    return list(dict.fromkeys(asked))


def _by(items: Sequence, key: Callable) -> list[list]:
    """Items of equal key together, in the order of their first."""
    groups: dict = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _table(
    sources: Sequence[Source], columns: Sequence[str], separate: bool, with_paper: bool, table: int | None
) -> Table:
    own = [_row(group) for group in ([[source] for source in sources] if separate else runs(sources))]
    _name_apart(own)
    data = sources[0].report.data
    ablation = any(is_ablation(row.top, row.bottom) for row in own) or bool(table and paper.TABLES[table].ablation)
    others: list[Row] = []
    if table is not None:
        others = [_paper_row(row) for row in paper.table_rows(table, data.categories)]
    elif with_paper:
        others = [_paper_row(row) for row in data.paper_rows(ablation) if set(columns) & set(row.values)]
    header = ["Model", *(["Top level", "Bottom level"] if ablation else [])]
    header += [f"{COLUMNS[name].heading}\n{COLUMNS[name].measure}" for name in columns]
    blocks = _blocks(own, others, columns, ablation)
    cells = [cell for block in blocks for line in block for cell in line]
    notes = _notes(own, others, columns, cells)
    if with_paper and not others:
        notes.append("The paper has no numbers for these data in these columns.")
    title = data.title if table is None else f"Table {table} of the paper. {data.title}"
    return Table(title, header, 3 if ablation else 1, blocks, notes)


def runs(sources: Sequence[Source]) -> list[list[Source]]:
    """Sources of which those that differ in their training seed alone are together.

    Where a seed occurs twice, as with two checkpoints of one run, those of one step are together; where it still
    does, each is alone: no run is counted twice.
    """
    groups: list[list[Source]] = []
    for alike in _by(sources, _all_but_seed):
        parts = [alike] if _different_seeds(alike) else _by(alike, lambda source: source.report.model.step)
        for part in parts:
            groups += [part] if _different_seeds(part) else [[source] for source in part]
    return groups


def _all_but_seed(source: Source) -> tuple:
    facts = _facts(source.report)
    return tuple(sorted((name, text) for name, text in facts.items() if name not in _OF_RUN))


def _different_seeds(sources: Sequence[Source]) -> bool:
    seeds = [source.report.model.hparams.get("seed") for source in sources]
    return len(sources) == 1 or (None not in seeds and len(set(map(str, seeds))) == len(seeds))


def _facts(report: Report) -> dict[str, str]:
    """What a fair comparison holds equal, or says: by the name of the field in `metrics.json`; values as JSON."""
    model, data = report.model, report.data
    hparams = HParams().to_dict() | model.hparams  # a file from before a field was there is of its default
    nested = {
        "data": {"test_sketches": data.test_sketches, "fingerprint": data.fingerprint},
        "model": {"step": model.step, **{name: getattr(model, name) for name in _LEARNING}},
        "hparams": {name: value for name, value in hparams.items() if name not in (*_LEARNING, _OF_DATA)},
        "settings": {name: value for name, value in report.settings.items() if name != "metrics"},
    }
    return flat(nested)


def _row(sources: Sequence[Source]) -> Row:
    """One run as it is, or the mean of several."""
    model = sources[0].report.model
    values = {name: _average([source.report.metrics.get(name) for source in sources]) for name in COLUMNS}
    suffix = f", mean ± std over {len(sources)} runs" if len(sources) > 1 else ""
    return Row(SYSTEMS[model.system].paper, model.title, *model.rules, values, sources, suffix)


def _average(metrics: Sequence[Metric | None]) -> Average:
    """The value of one run with its own error; of several, their mean with the standard deviation."""
    known = [metric for metric in metrics if metric is not None]
    values = [metric.value for metric in known if metric.value is not None]
    if not values:
        return Average()
    if len(metrics) == 1:
        return Average(known[0].value, known[0].error, known[0].error_kind)
    error = statistics.stdev(values) if len(values) > 1 else None
    return Average(statistics.fmean(values), error, "std (n-1) over runs", len(values))


def _paper_row(row: paper.Row) -> Row:
    values = {name: Average(*number, "std over pairs") for name, number in row.values.items()}
    return Row(row.method, f"paper: {row.method}", row.top, row.bottom, values)


def _name_apart(rows: Sequence[Row]) -> None:
    """Adds to equal names what tells the rows apart: a few facts if these do, else directories, else files.

    Whether a row is a mean of runs, and of how many, tells nothing of what they are.
    """
    for alike in _by(rows, lambda row: row.title):
        if len(alike) == 1:
            continue
        differing = [fact for fact in _differences(alike) if len({tuple(_values(row, fact)) for row in alike}) > 1]
        settings = [fact for fact in differing if fact not in _OF_RUN]
        named = [facts for facts in (settings, differing) if len(facts) <= _MAX_NAMED]
        choices = [[_described(row, facts) for row in alike] for facts in named]
        choices.append([row.sources[0].report.model.model_dir for row in alike])
        files = [path_text(row.sources[0].path) for row in alike]
        texts = next((texts for texts in choices if len(set(texts)) == len(alike)), files)
        for row, text in zip(alike, texts, strict=True):
            row.suffix += f" ({text})"


def _described(row: Row, facts: Sequence[str]) -> str:
    """`seed 1, step 1050`."""
    return ", ".join(f"{name.partition('.')[2]} {'/'.join(_values(row, name))}" for name in facts)


def _values(row: Row, fact: str) -> list[str]:
    """The different values of a fact among the runs of a row."""
    texts = [_facts(source.report).get(fact, "not given") for source in row.sources]
    return list(dict.fromkeys(texts))


def _differences(rows: Sequence[Row]) -> list[str]:
    """The names of the facts that are not the same in all runs of all rows, save what learns."""
    facts = [_facts(source.report) for row in rows for source in row.sources]
    names = dict.fromkeys(name for each in facts for name in each)
    own = {f"model.{name}" for name in _LEARNING}
    return [name for name in names if name not in own and len({each.get(name) for each in facts}) > 1]


def _blocks(
    own: Sequence[Row], others: Sequence[Row], columns: Sequence[str], ablation: bool
) -> list[list[list[Cell]]]:
    """A block for each row of the paper, with ours of the same system under it; first, in one, ours that it has not."""
    ours = list(zip(own, _cells(own, columns, ablation), strict=True))
    known = {row.counterpart for row in others}
    blocks = [[cells for row, cells in ours if row.counterpart not in known]]
    for other, line in zip(others, _cells(others, columns, ablation), strict=True):
        blocks.append([line, *(cells for row, cells in ours if row.counterpart == other.counterpart)])
    return [block for block in blocks if block]


def _cells(rows: Sequence[Row], columns: Sequence[str], ablation: bool) -> list[list[Cell]]:
    """Rows in plain text, the best of each column among them marked."""
    best = {name: _best(name, [row.number(name).value for row in rows]) for name in columns}
    return [[*_labels(row, ablation), *(_cell(name, row.number(name), best[name]) for name in columns)] for row in rows]


def _labels(row: Row, ablation: bool) -> list[Cell]:
    """The method, and in an ablation `HL` or `ML` for both levels: a dash for a model that knows neither."""
    if not ablation:
        return [Cell(row.name)]
    rules = (row.top, row.bottom)
    return [Cell(row.method + row.suffix), *(Cell(rule.upper() if rule else MISSING) for rule in rules)]


def _cell(column: str, number: Average, best: float | None) -> Cell:
    bold = number.value is not None and _rounded(column, number.value) == best
    return Cell(shown(column, number.value, number.error), bold)


def _best(name: str, values: Iterable[float | None]) -> float | None:
    """The best of a column, rounded as it is shown; None if there are not two values, or neither way is better."""
    known = [_rounded(name, value) for value in values if value is not None]
    if len(known) < 2 or not COLUMNS[name].better:
        return None
    return max(known) if COLUMNS[name].better == "higher" else min(known)


def _rounded(name: str, value: float) -> float:
    return float(f"{value:.{COLUMNS[name].digits}f}")


def _notes(own: Sequence[Row], others: Sequence[Row], columns: Sequence[str], cells: Iterable[Cell]) -> list[str]:
    """What a reader of a table must know, in sentences."""
    notes, cells = [], list(cells)
    reports = [source.report for row in own for source in row.sources]
    if any(cell.bold for cell in cells):
        notes.append(
            "Bold: the best of its column as rounded here" + (", ours and the paper's apart." if others else ".")
        )
    if kinds := _error_kinds([*own, *others], columns):
        notes.append("±: " + "; ".join(f"{kind} ({', '.join(names)})" for kind, names in kinds.items()) + ".")
    if any(cell.text == MISSING for cell in cells):
        notes.append(f"{MISSING}: not measured, or does not exist.")
    if others:
        categories = reports[0].data.categories
        notes.append(_common(report.paper_source for report in reports) or paper.source(categories))
    elif (kind := _common(report.kind for report in reports)) not in (None, "test"):
        notes.append(f"All of {kind} sketches.")
    return notes + _partial_means(own, columns) + _difference_notes(own)


def _common(texts: Iterable[str]) -> str | None:
    """The text that all are; None where they differ."""
    different = set(texts)
    return different.pop() if len(different) == 1 else None


def _error_kinds(rows: Iterable[Row], columns: Sequence[str]) -> dict[str, list[str]]:
    """The headings of the columns that have errors of a kind, by kind."""
    kinds: dict[str, dict[str, None]] = {}
    for row, name in itertools.product(rows, columns):
        if row.number(name).error is not None:
            kinds.setdefault(row.number(name).kind, {})[COLUMNS[name].heading] = None
    return {kind: list(names) for kind, names in kinds.items()}


def _partial_means(rows: Iterable[Row], columns: Sequence[str]) -> list[str]:
    """A note for each mean that some of the runs of its row do not enter."""
    return [
        f"{COLUMNS[name].heading} of {row.name}: from {row.number(name).runs} of them, as the others have none."
        for row, name in itertools.product(rows, columns)
        if row.number(name).value is not None and row.number(name).runs < len(row.sources)
    ]


def _difference_notes(rows: Sequence[Row]) -> list[str]:
    """A note for each fact that a fair comparison would hold equal."""
    notes = []
    for fact in _differences(rows):
        if fact == _SEED:
            continue
        names: dict[str, list[str]] = {}
        for row in rows:
            names.setdefault(" and ".join(f"{text:.{_MAX_SHOWN}}" for text in _values(row, fact)), []).append(row.name)
        values = ", ".join(f"{value} ({'; '.join(those)})" for value, those in names.items())
        notes.append(f"Not the same everywhere: {fact} is {values}.")
    return notes
