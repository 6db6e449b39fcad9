"""The table of a benchmark: Markdown rows on standard output as they are measured, and a JSON file of the same."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import machine

from ia_pix2seq_tf.atomic import replacing

NOTHING = "–"


class Column(NamedTuple):
    """A column: the key of its values in a row, its title, and their format; `scale` divides them first."""

    key: str
    title: str
    format: str = ""
    scale: float = 1

    def cell(self, row: Mapping[str, object]) -> str:
        value = row.get(self.key)
        if value is None:
            return NOTHING
        return format(value / self.scale if self.scale != 1 else value, self.format)


RATES = (
    Column("flops", "GFLOP", ".4g", 1e9),
    Column("rate", "GFLOP/s", ".1f", 1e9),
    Column("product_rate", "product's GFLOP/s", ".1f", 1e9),
    Column("share_of_rate", "share of it", ".0%"),
)
"""Of a piece of work whose operations are counted, beside the square product of the same run."""
SECONDS = (
    Column("first_seconds", "first call s", ".2f"),
    Column("seconds", "median s", ".4g"),
)
PEAK = Column("peak_bytes", "peak MiB", ".0f", machine.MIB)


class Report:
    """A table that grows row by row; its file is whole after each of them.

    Args:
        title: what is measured.
        columns: of the table; the file holds every value of a row.
        output: path of the JSON file; None for no file.
    """

    def __init__(self, title: str, columns: Sequence[Column], output: str | os.PathLike | None = None):
        self.title, self.columns, self.output = title, columns, output
        self.machine, self.rows = machine.describe(), []
        self._print(f"{title}\n\n{machine.sentence(self.machine)}\n")
        self._print(markdown([column.title for column in columns]))
        self._print("|" + "|".join("-" * (len(column.title) + 1) + ":" for column in columns) + "|")

    def add(self, row: Mapping[str, object]) -> None:
        """Prints a row and writes the file; a row may lack values, and have `error` instead."""
        self.rows.append(dict(row))
        cells = [column.cell(row).rjust(len(column.title)) for column in self.columns]
        self._print(markdown(cells))
        if self.output:
            with replacing(self.output) as partial:
                partial.write_text(json.dumps(self.content(), indent=2) + "\n", encoding="utf-8")

    def content(self) -> dict[str, object]:
        """What the file holds."""
        return {"title": self.title, "machine": self.machine, "rows": self.rows}

    def close(self) -> None:
        """Ends the program with status 1 if a row could not be measured."""
        failed = sum("error" in row for row in self.rows)
        if failed:
            sys.exit(f"{failed} of {len(self.rows)} rows could not be measured")

    @staticmethod
    def _print(line: str) -> None:
        print(line, flush=True)


def markdown(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """The quotient, or None where one of the two is missing."""
    return None if numerator is None or denominator is None else numerator / denominator


def with_baseline(row: Mapping[str, object], baseline: Mapping[str, object]) -> dict[str, object]:
    """A row with what its plain baseline took, and how many times faster it is; an error of either stays."""
    added = {f"baseline_{key}": baseline[key] for key in ("seconds", "peak_bytes", "added_bytes") if key in baseline}
    if "error" in baseline:
        added["error"] = baseline["error"]
    return {**row, **added, "over_baseline": ratio(baseline.get("seconds"), row.get("seconds"))}
