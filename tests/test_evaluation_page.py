"""The page of an evaluation, metrics.md, and the columns of tables."""

import re
import subprocess
import sys

import pytest
from reports import CONTENT, content

from ia_pix2seq_tf.catalogue import SYSTEMS, TERMS
from ia_pix2seq_tf.evaluation import columns, paper
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.page import markdown
from ia_pix2seq_tf.evaluation.report import Report


def page(pictures=(), **changes):
    return markdown(Report.from_dict(content(**changes)), pictures)


def lines_with(text, start):
    return [line for line in text.splitlines() if line.startswith(f"| {start}")]


def test_page_puts_this_model_over_the_paper_s():
    own, *others = lines_with(page(), "**this") + lines_with(page(), "paper:")
    assert own == "| **this IA-pix2seq** | 93.10 ± 0.42 | – | – | – | – |"
    assert "| paper: IA-pix2seq | 82.74 | 24.38 | 50.18 | 68.54 | 81.12 |" in others
    assert "| paper: IA-pix2seq | 0.3785 ± 0.2137 | 0.7330 ± 0.1247 |" in others


def test_page_says_when_the_test_set_is_not_the_paper_s():
    assert "harder is Ret" not in page()
    assert "on 5000 test sketches. Here they are 300 test sketches: " in page(data__test_sketches=300)
    assert "on 5000 test sketches. Here they are 5000 validation sketches: " in page(settings={"split": "valid"})


def test_page_says_of_which_split_the_sketches_are():
    assert "- data: 5000 validation sketches of `data`" in page(settings={"split": "valid"})
    assert "test" not in page(settings={"split": "valid"}, data__data_dir="demo")
    assert "- data: 5000 \\*\\* sketches of" in page(settings={"split": "**"})


@pytest.mark.parametrize("changes", [{"data__categories": ["cat", "face"]}, {"data__data_dir": "demo"}])
def test_page_on_other_data_has_no_numbers_of_the_paper(changes):
    text = page(**changes)
    assert "| **this IA-pix2seq** | 93.10 ± 0.42 |" in text
    assert "paper: " not in text and "Zang" not in text


def test_page_of_an_ablation_has_the_paper_s_ablations():
    assert not lines_with(page(), "paper: IA-pix2seq, top")
    text = page(model__top_learning="ml")
    assert text.startswith("# IA-pix2seq, top ML, bottom HL on ")
    assert "| paper: IA-pix2seq, top ML, bottom ML | 71.00 | 1.52 | 7.90 | 19.06 | 62.16 |" in text


def test_page_without_the_paper_s_metrics_leaves_its_tables_out():
    assert "paper" not in page(metrics={"lil": CONTENT["metrics"]["lil"]}).replace("the paper's data set 2", "")


def test_page_lists_every_metric_with_its_count_and_kind_of_error():
    text = page()
    (line,) = lines_with(text, "Rec (%) ↑ | draw")
    assert line.endswith("| standard error over sketches; by seed: 93.00, 93.20 | 93.10 ± 0.42 | 5000 |")
    assert lines_with(text, "OLR ↓ | overlap")[0].endswith("|  | – | 0 |")
    assert lines_with(text, "Stroke loss")[0].endswith("| 57.12 | 5000 |")


def test_page_tells_what_was_evaluated_and_how():
    text = page()
    assert "- `temperature`: `0.24`" in text and "- `classifier.epochs`: `3`" in text
    assert '- `metrics`: `["rec"]`' in text
    assert "`seed` = `7`, `dec_rnn_size` = `128`\n" in text, "and dec_model, the default, left out"
    for fact in ("`runs/x`", "`ckpt-3` of step 1050", "`ab12`", "5000 test sketches of `data`", "`f00`"):
        assert fact in text


def test_page_shows_pictures_and_links_other_files():
    text = page(pictures=[("Codes [t-SNE]", "t-SNE map.png"), ("Projector", "projector/")])
    assert "![Codes \\[t-SNE\\]](t-SNE%20map.png)" in text
    assert "\n[Projector](projector/)" in text
    assert "## Pictures" not in page()


def test_page_shows_odd_names_as_they_are():
    text = page(data__categories=["a|b", "*c*\n# d"], model__model_dir="x`y\n\nz", settings={"a": "|<b>\n"})
    assert text.splitlines()[0] == "# IA-pix2seq on a\\|b, \\*c\\* \\# d"
    assert "model: `` x`y z ``," in text
    assert '- `a`: `"|<b>\\n"`' in text


def test_tables_have_as_many_cells_in_every_line():
    text = page(metrics__rec__error_kind="a|b")
    widths = [
        {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        for block in text.split("\n\n")
        if block.startswith("|")
    ]
    assert widths == [{7}, {4}, {6}]


@pytest.mark.parametrize(
    ("name", "value", "error", "text"),
    [
        ("rec", 93, None, "93.00"),
        ("olr", 0.5, 0.25, "0.5000 ± 0.2500"),
        ("living", 4.0, None, "4"),
        ("living", 3.5, 0.707, "3.5 ± 0.7"),
        ("rec", None, None, "–"),
    ],
)
def test_values_are_shown_with_the_digits_of_their_column(name, value, error, text):
    assert columns.shown(name, value, error) == text


def test_columns_begin_with_the_paper_s():
    assert tuple(COLUMNS)[:7] == paper.CONTROL_COLUMNS + paper.SEPARATION_COLUMNS


def test_every_loss_term_has_a_column():
    assert all(COLUMNS[term.key].heading == term.heading for term in TERMS.values())


def test_page_names_the_learning_rules_of_a_system_that_has_some():
    for system, row in SYSTEMS.items():
        (line,) = [line for line in page(model__system=system).splitlines() if line.startswith("- system: ")]
        assert line.startswith(f"- system: {row.title}") and ("top level HL" in line) == row.learning


def test_tables_need_no_tensorflow():
    program = (
        "import sys; import ia_pix2seq_tf.evaluation.compare;"
        "assert not {'tensorflow', 'keras', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
