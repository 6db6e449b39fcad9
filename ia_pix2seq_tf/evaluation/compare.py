r"""Puts several evaluations into one table, as the paper's Tables 1 to 7; the best of each column is bold.

Every argument is a metrics.json of evaluate.py, or a directory that holds one.

  Two systems, each under its row of the paper where the categories are the paper's:
    python -m ia_pix2seq_tf.evaluation.compare runs/ia/evaluation runs/rpcl/evaluation --paper
  Table 1 of the paper, all its rows and columns, with ours beside them:
    python -m ia_pix2seq_tf.evaluation.compare runs/*/evaluation --table=1
  The ablation, a row for each combination, as LaTeX (needs \usepackage{booktabs}) with the columns of Tables 5 to 7:
    python -m ia_pix2seq_tf.evaluation.compare runs/*/evaluation --format=latex --output=ablation.tex \
        --columns=rec,ret_1,ret_10,ret_50,acc
  Some columns only; all there are:
    python -m ia_pix2seq_tf.evaluation.compare A/metrics.json B/metrics.json --columns=rec,acc,style
    python -m ia_pix2seq_tf.evaluation.compare A B --columns=all

Runs that differ in their training seed alone become one row, mean and standard deviation; --separate keeps a row
for each. Sets of categories have a table each. Notes under a table say what else its rows differ in.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.evaluation import latex, page
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.comparison import ALL_COLUMNS, DEFAULT_COLUMNS, Source, Table, compare, read_all
from ia_pix2seq_tf.evaluation.paper import TABLES

FORMATS: dict[str, Callable[[Iterable[Table]], str]] = {"markdown": page.tables, "latex": latex.tables}


def _define_flags() -> None:
    """Defines the flags: here, so that other programs can import this module beside flags of their own."""
    flags.DEFINE_enum("format", "markdown", FORMATS, "What to write.")
    flags.DEFINE_string("output", None, "File to write; standard output by default.")
    choices = f"'{ALL_COLUMNS}', or some of {', '.join(COLUMNS)}"
    flags.DEFINE_list("columns", None, f"{choices}; by default {', '.join(DEFAULT_COLUMNS)}, if measured.")
    flags.DEFINE_boolean("separate", False, "A row for each run, also of those that differ in their seed alone.")
    flags.DEFINE_boolean(
        "paper", False, "Add the paper's rows, ours under each, where the categories are those of a data set of it."
    )
    flags.DEFINE_integer(
        "table",
        None,
        "Lay out this table of the paper: its rows in its order, ours under each, and its columns unless --columns is "
        "given. Table 4 is a table for each data set.",
        lower_bound=min(TABLES),
        upper_bound=max(TABLES),
    )


def _write(text: str, output: str | None, inputs: Iterable[Source]) -> None:
    """Writes to the file `output`, whole or not at all and over none of the inputs; by default to standard output."""
    if output is None:
        sys.stdout.write(text)
        return
    if Path(output).resolve() in {source.path.resolve() for source in inputs}:
        raise ValueError(f"--output: expected another file than those to compare, found {output}")
    with replacing(output) as partial:
        partial.write_text(text, encoding="utf-8")


@console.Program(
    "compare",
    __doc__,
    takes="at least one metrics.json, or a directory that holds one",
    define=_define_flags,
)
def main(paths: list[str]) -> None:
    options = flags.FLAGS
    sources = read_all(paths)
    tables = compare(sources, options.columns, options.separate, options.paper, options.table)
    _write(FORMATS[options.format](tables), options.output, sources)


if __name__ == "__main__":
    main()
