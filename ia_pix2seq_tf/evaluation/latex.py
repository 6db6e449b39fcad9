r"""Tables of several evaluations as LaTeX."""

from collections.abc import Iterable

from ia_pix2seq_tf.evaluation.columns import MISSING
from ia_pix2seq_tf.evaluation.comparison import Cell, Table
from ia_pix2seq_tf.evaluation.page import one_line

_SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after a line of a table, it would begin an option
    "]": "{]}",
    '"': "''",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    MISSING: "--",
}


def tables(found: Iterable[Table]) -> str:
    r"""Tables, each a `table` around a `tabular`, for a document with `\usepackage{booktabs}`."""
    return "\n".join(["% needs \\usepackage{booktabs}", *map(_table, found)])


def _table(table: Table) -> str:
    numbers = len(table.header) - table.text_columns
    titles = [title.partition("\n") for title in table.header]
    heads = [_row(map(escaped, line)) for line in ((t[0] for t in titles), (t[2] for t in titles))]
    blocks = ["\n".join(_row(map(_cell, line)) for line in block) for block in table.blocks]
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escaped(table.title)}}}",
        r"\footnotesize\setlength{\tabcolsep}{3pt}",
        rf"\begin{{tabular}}{{{'l' * table.text_columns}{'r' * numbers}}}",
        r"\toprule",
        *(head.replace(r"R\_LDA", r"$R_{\mathrm{LDA}}$") for head in heads),
        r"\midrule",
        "\n\\midrule\n".join(blocks),
        r"\bottomrule",
        r"\end{tabular}",
        *([r"\par\medskip\raggedright"] if table.notes else []),
        *(rf"{escaped(note)}\par" for note in table.notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    text = escaped(cell.text)
    return rf"\textbf{{{text}}}" if cell.bold else text


def escaped(text: str) -> str:
    """`text` in one line of LaTeX, meaning itself."""
    return "".join(_SPECIAL.get(character, character) for character in one_line(text))
