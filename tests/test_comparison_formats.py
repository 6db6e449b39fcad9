"""Tables of several evaluations as Markdown and as LaTeX."""

import re
import shutil
import subprocess

import pytest
from reports import IA, RPCL, source

from ia_pix2seq_tf.evaluation import latex, page
from ia_pix2seq_tf.evaluation.comparison import compare


def test_markdown_is_a_table_with_its_title_and_notes():
    text = page.tables(compare([source(IA), source(RPCL, system="rpcl")]))
    assert text == (
        "## face, pig\n\n"
        "| Model | Rec (%) ↑ | OLR ↓ |\n"
        "| --- | ---: | ---: |\n"
        "| IA-pix2seq | **93.10 ± 0.50** | 0.2000 ± 0.5000 |\n"
        "| RPCL-pix2seq | 90.00 ± 0.50 | **0.1000 ± 0.5000** |\n\n"
        "- Bold: the best of its column as rounded here.\n"
        "- ±: standard error over sketches (Rec); std over pairs (OLR).\n"
    )


ODD = '50% of_{a} & b\\c #1 $x ~y ^z <w> [v] "u" |t'


def test_markdown_shows_odd_names_as_they_are():
    text = page.tables(compare([source(IA, categories=["a|b\n", "*c*"])]))
    assert text.startswith("## \\*c\\*, a\\|b\n")


def test_latex_shows_odd_names_as_they_are():
    assert latex.escaped(ODD) == (
        r"50\% of\_\{a\} \& b\textbackslash{}c \#1 \$x \textasciitilde{}y \textasciicircum{}z "
        r"\textless{}w\textgreater{} {[}v{]} ''u'' \textbar{}t"
    )
    assert latex.escaped("a\n\n\\end{x}\x07") == r"a \textbackslash{}end\{x\}"


def several_tables():
    sources = [
        source(IA | {"rlda": 1}, categories=["cat", "pig"], model_dir=ODD, top="ml"),
        source(
            RPCL, categories=["cat", "pig"], model_dir="[b]", top="ml", settings={"a%b_c": {ODD: ODD}, "d": 1, "e": 2}
        ),
        source({"rec": 1}, categories=[ODD]),
    ]
    return latex.tables(compare(sources, with_paper=True))


def test_latex_is_a_tabular_with_as_many_cells_in_every_row():
    text = several_tables()
    assert r"$R_{\mathrm{LDA}}$" in text and r"\textbf{93.10 $\pm$ 0.50}" in text
    tabulars = re.findall(r"\\begin\{tabular\}\{(l+r+)\}\n(.*?)\\end\{tabular\}", text, re.DOTALL)
    assert [columns for columns, _ in tabulars] == ["lllrrr", "lr"]
    for columns, body in tabulars:
        rows = [line for line in body.splitlines() if not re.fullmatch(r"\\(top|mid|bottom)rule", line)]
        assert all(line.endswith(r" \\") for line in rows)
        assert {len(re.findall(r"(?<!\\)&", line)) + 1 for line in rows} == {len(columns)}
    assert [body.count(r"\midrule") for _, body in tabulars] == [11, 1], "a rule under each row of the paper"


def test_latex_closes_what_it_opens():
    text = several_tables()
    unescaped = re.sub(r"\\[\\%&#$_{}]", "", text)
    assert unescaped.count("{") == unescaped.count("}") > 0
    assert unescaped.count("$") % 2 == 0
    assert re.findall(r"\\begin\{(\w+)\}", text) == ["table", "tabular"] * 2
    assert re.findall(r"\\end\{(\w+)\}", text) == ["tabular", "table"] * 2
    assert text.replace("% needs", "", 1).isascii()


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(tmp_path):
    document = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n%s\\end{document}\n"
    (tmp_path / "table.tex").write_text(document % several_tables(), encoding="utf-8")
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
