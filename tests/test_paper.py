"""The paper's numbers."""

import re

import pytest
from reference import SHARED

from ia_pix2seq_tf.evaluation import paper

PAPER_TEXTS = sorted((SHARED / "seeds").glob("000_*.txt"))
SETS = {number: sorted(names) for number, names in paper.DATA_SETS.items()}


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
