"""Pages of Markdown: a report, beside the paper's numbers where the data set matches; tables of several.

    markdown    a report as the page `metrics.md`
    tables      the tables of `comparison.py`

What pages are made of (`table`, `code`, `escaped`, `one_line`) keeps text of strangers from meaning anything.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from urllib.parse import quote

from ia_pix2seq_tf.evaluation import paper
from ia_pix2seq_tf.evaluation.columns import COLUMNS, shown
from ia_pix2seq_tf.evaluation.comparison import Table
from ia_pix2seq_tf.evaluation.report import Model, Report, flat, is_ablation, model_name
from ia_pix2seq_tf.hparams import HParams


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
        f"system: {model.title}{_levels(model)}",
        f"data: {escaped(report.measured)} of {code(data.data_dir)}{known}, fingerprint {code(data.fingerprint)}",
        "hyperparameters other than the defaults: "
        + (", ".join(f"{code(name)} = {code(value)}" for name, value in flat(changed).items()) or "none"),
        f"program: {escaped(report.program)}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _levels(model: Model) -> str:
    """The learning rules of a model, where its system knows any."""
    top, bottom = model.rules
    if top is None or bottom is None:
        return ""
    return f", top level {top.upper()}, bottom level {bottom.upper()} (HL: harmony, ML: maximum likelihood)"


def _paper_section(report: Report) -> list[str]:
    """The paper's two kinds of tables, as far as they were measured."""
    groups = (paper.CONTROL_COLUMNS, paper.SEPARATION_COLUMNS)
    tables = [_paper_table(report, columns) for columns in groups if set(columns) & set(report.metrics)]
    if not tables:
        return []
    if report.data.paper_set:
        return ["## Beside the paper", *tables, escaped(report.paper_source)]
    return ["## The paper's columns", *tables]


def _paper_table(report: Report, columns: Sequence[str]) -> str:
    """This model in some of the paper's columns, over the paper's models."""
    own = {name: (metric.value, metric.error) for name, metric in report.metrics.items()}
    rows = [[f"**this {escaped(report.model.name)}**", *_cells(own, columns)]]
    for row in report.data.paper_rows(is_ablation(*report.model.rules)):
        if set(columns) & set(row.values):
            name = model_name(row.method, row.top, row.bottom)
            rows.append([escaped(f"paper: {name}"), *_cells(row.values, columns)])
    return table(["", *(escaped(COLUMNS[name].title) for name in columns)], rows)


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


def tables(found: Iterable[Table]) -> str:
    """Tables of several evaluations as Markdown, each under its title, ending with a line break."""
    return "\n".join(map(_section, found))


def _section(found: Table) -> str:
    lines = [[_bold(escaped(cell.text), cell.bold) for cell in line] for block in found.blocks for line in block]
    header = [escaped(title) for title in found.header]
    parts = [f"## {escaped(found.title)}", table(header, lines, found.text_columns)]
    if found.notes:
        parts.append("\n".join(f"- {escaped(note)}" for note in found.notes))
    return "\n\n".join(parts) + "\n"


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text
