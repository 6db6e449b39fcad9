"""The numbers of the paper's Tables 1 to 7, to stand beside one's own.

Source: S. Zang, S. Tu, L. Xu, Chinese Journal of Computers 46(3), 2023: what each model got on three sets of
QuickDraw categories, with 70,000 training and 2,500 test sketches of each category.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

CITATION = "Zang, Tu, Xu, Chinese Journal of Computers 46(3), 2023"
TEST_SKETCHES = 2500  # of each category: the gallery of a retrieval holds this times the categories

_CATEGORIES_1 = frozenset({"bee", "bus", "flower", "giraffe", "pig"})
DATA_SETS = {1: _CATEGORIES_1, 2: frozenset({"cat", "pig"}), 3: _CATEGORIES_1 | {"car", "cat", "horse"}}

CONTROL_COLUMNS = ("rec", "ret_1", "ret_10", "ret_50", "acc")  # columns of Tables 1 to 3 and 5 to 7, in percent
SEPARATION_COLUMNS = ("olr", "rlda")
"""Columns of Table 4, each a mean and a standard deviation over pairs of components."""


class TableInfo(NamedTuple):
    """One of the paper's tables.

    Attributes:
        data_sets: those that it has rows of.
        columns: names of `columns.COLUMNS`.
        ablation: whether its rows are IA-pix2seq under each pair of learning rules.
    """

    data_sets: tuple[int, ...]
    columns: tuple[str, ...]
    ablation: bool = False


TABLES = {
    **{number: TableInfo((number,), CONTROL_COLUMNS) for number in DATA_SETS},
    4: TableInfo(tuple(DATA_SETS), SEPARATION_COLUMNS),
    **{number + 4: TableInfo((number,), CONTROL_COLUMNS, ablation=True) for number in DATA_SETS},
}


class Number(NamedTuple):
    """A value, and what stands behind its ± where something does."""

    value: float
    error: float | None = None


class Row(NamedTuple):
    """A model of the paper: its name there, its learning rules ("hl", "ml") if it has any, its numbers by column."""

    method: str
    top: str | None
    bottom: str | None
    values: dict[str, Number]


_CONTROL = {  # Tables 1, 2 and 3; None: the model has no Gaussian components
    1: {
        "sketch-rnn": (50.33, 0.38, 2.84, 9.33, None),
        "sketch-pix2seq": (83.99, 13.45, 30.12, 49.99, None),
        "Song et al.": (91.77, 16.41, 36.43, 52.22, None),
        "VaDE": (87.83, 3.30, 12.59, 26.34, 57.87),
        "RPCL-pix2seq": (93.18, 17.86, 38.87, 55.30, 73.60),
        "IA-pix2seq": (94.75, 24.34, 48.08, 67.36, 93.31),
        "SketchHealer": (91.04, 58.80, 82.15, 91.33, None),
        "IA-pix2seq+": (93.02, 64.09, 86.59, 94.25, 96.41),
    },
    2: {
        "sketch-rnn": (80.66, 17.40, 42.60, 54.52, None),
        "sketch-pix2seq": (79.74, 16.64, 39.50, 57.20, None),
        "Song et al.": (81.54, 20.56, 42.08, 58.26, None),
        "VaDE": (74.68, 6.14, 22.92, 41.72, 59.00),
        "RPCL-pix2seq": (82.08, 18.56, 42.98, 58.02, 66.40),
        "IA-pix2seq": (82.74, 24.38, 50.18, 68.54, 81.12),
        "SketchHealer": (85.84, 49.36, 74.26, 87.36, None),
        "IA-pix2seq+": (87.00, 59.04, 80.56, 91.10, 83.03),
    },
    3: {
        "sketch-rnn": (57.64, 3.72, 13.42, 26.14, None),
        "sketch-pix2seq": (79.13, 22.92, 47.55, 58.19, None),
        "Song et al.": (83.28, 25.47, 43.39, 56.16, None),
        "VaDE": (74.68, 4.78, 19.22, 39.51, 43.68),
        "RPCL-pix2seq": (81.80, 28.80, 59.05, 77.52, 50.62),
        "IA-pix2seq": (83.99, 37.28, 58.09, 83.53, 76.50),
        "SketchHealer": (87.03, 68.52, 82.37, 86.57, None),
        "IA-pix2seq+": (88.09, 80.01, 93.69, 97.51, 85.42),
    },
}
_SEPARATION = {  # Table 4
    1: {
        "RPCL-pix2seq": (Number(0.3213, 0.3250), Number(0.1826, 0.0700)),
        "IA-pix2seq": (Number(0.0891, 0.1045), Number(1.6712, 0.5356)),
        "IA-pix2seq+": (Number(0.0405, 0.1739), Number(0.5920, 0.1778)),
    },
    2: {
        "RPCL-pix2seq": (Number(0.4382, 0.3059), Number(0.3730, 0.1389)),
        "IA-pix2seq": (Number(0.3785, 0.2137), Number(0.7330, 0.1247)),
        "IA-pix2seq+": (Number(0.0804, 0.1056), Number(0.6034, 0.0956)),
    },
    3: {
        "RPCL-pix2seq": (Number(0.2993, 0.3195), Number(0.5491, 0.6709)),
        "IA-pix2seq": (Number(0.1284, 0.1533), Number(1.3916, 0.9351)),
        "IA-pix2seq+": (Number(0.0485, 0.1770), Number(1.4791, 0.1961)),
    },
}
_ABLATED = "IA-pix2seq"
_ABLATIONS = {  # Tables 5, 6 and 7: (top, bottom); their fourth row, HL and HL, is IA-pix2seq in Tables 1 to 3
    1: {
        ("ml", "ml"): (83.45, 3.66, 13.61, 27.22, 76.00),
        ("ml", "hl"): (89.86, 8.10, 29.51, 54.55, 74.83),
        ("hl", "ml"): (92.02, 0.90, 6.17, 20.08, 92.94),
    },
    2: {
        ("ml", "ml"): (71.00, 1.52, 7.90, 19.06, 62.16),
        ("ml", "hl"): (73.50, 6.00, 19.00, 36.42, 61.96),
        ("hl", "ml"): (79.68, 4.70, 20.06, 41.64, 69.78),
    },
    3: {
        ("ml", "ml"): (60.37, 0.26, 1.92, 7.09, 61.80),
        ("ml", "hl"): (74.99, 6.24, 24.02, 46.19, 55.75),
        ("hl", "ml"): (57.70, 0.31, 22.54, 49.09, 53.83),
    },
}


def data_set(categories: Iterable[str]) -> int | None:
    """The number of the paper's data set with exactly these categories, in any order; None if there is none."""
    names = frozenset(categories)
    return next((number for number, members in DATA_SETS.items() if members == names), None)


def rows(categories: Iterable[str], ablations: bool = False) -> list[Row]:
    """The paper's models on the data set with these categories, in the paper's order; none if it has no such set.

    Args:
        categories: names, in any order.
        ablations: whether to add the three models of Tables 5 to 7 that learn by maximum likelihood somewhere.
    """
    number = data_set(categories)
    if number is None:
        return []
    whole = [
        Row(method, *_learning(method), _control(numbers) | _separation(number, method))
        for method, numbers in _CONTROL[number].items()
    ]
    partial = [Row(_ABLATED, *rules, _control(numbers)) for rules, numbers in _ABLATIONS[number].items()]
    return whole + partial if ablations else whole


def table_rows(number: int, categories: Iterable[str]) -> list[Row]:
    """The rows of one table on the data set with these categories, in the paper's order; none if it has no such set."""
    table = TABLES[number]
    if data_set(categories := list(categories)) not in table.data_sets:
        return []
    if table.ablation:
        whole, *partial = [row for row in rows(categories, ablations=True) if row.method == _ABLATED]
        return [*partial, whole]
    return [row for row in rows(categories) if set(table.columns) & set(row.values)]


def source(categories: Collection[str], measured: str | None = None) -> str:
    """Where the rows of a data set are from, and whether they are of the same sketches.

    Args:
        categories: those of one of the paper's data sets.
        measured: what the results are of that stand beside the paper's, such as "300 test sketches"; None where they
            are of different ones.

    Raises:
        ValueError: the paper has no such data set.
    """
    number, theirs = data_set(categories), f"{TEST_SKETCHES * len(set(categories))} test sketches"
    if number is None:
        raise ValueError(f"expected the categories of a data set of the paper, found {sorted(set(categories))}")
    text = f"Paper: {CITATION}, Tables {number}, 4 and {number + 4}, on {theirs}."
    if measured in (None, theirs):
        return text
    return f"{text} Here they are {measured}: the more there are, the harder is Ret."


def _learning(method: str) -> tuple[str | None, str | None]:
    return ("hl", "hl") if method.startswith("IA-") else (None, None)


def _control(numbers: tuple[float | None, ...]) -> dict[str, Number]:
    return {name: Number(value) for name, value in zip(CONTROL_COLUMNS, numbers, strict=True) if value is not None}


def _separation(number: int, method: str) -> dict[str, Number]:
    numbers = _SEPARATION[number].get(method)
    return dict(zip(SEPARATION_COLUMNS, numbers, strict=True)) if numbers else {}
