"""Several evaluations in one table."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import compare
from ia_pix2seq_tf.evaluation.compare import Source
from ia_pix2seq_tf.evaluation.report import COLUMNS, Data, Metric, Model, Report

ROOT = Path(__file__).resolve().parents[1]


def source(values, errors=0.5, path="x/metrics.json", **changes):
    """A report of IA-pix2seq on categories that the paper has not, with changes by field name."""
    fields = {
        "system": "ia",
        "top": "hl",
        "bottom": "hl",
        "seed": 1,
        "step": 1000,
        "units": 128,
        "categories": ["face", "pig"],
        "data_dir": "data",
        "fingerprint": "f00",
        "model_dir": "runs/x",
        "settings": {"temperature": 0.24, "seeds": [0]},
    } | changes
    model = Model(
        model_dir=fields["model_dir"],
        checkpoint="ckpt",
        checkpoint_sha256="00",
        system=fields["system"],
        top_learning=fields["top"],
        bottom_learning=fields["bottom"],
        step=fields["step"],
        hparams={"seed": fields["seed"], "dec_rnn_size": fields["units"], "system": fields["system"]},
        alpha=[0.5, 0.5],
    )
    data = Data(
        data_dir=fields["data_dir"],
        categories=fields["categories"],
        test_sketches=5000,
        fingerprint=fields["fingerprint"],
    )
    metrics = {
        name: Metric(
            value=value,
            error=None if value is None else errors,
            error_kind="std over pairs" if name in ("olr", "rlda") else "standard error over sketches",
            unit=COLUMNS[name].unit,
            n=9,
        )
        for name, value in values.items()
    }
    return Source(Path(path), Report(model=model, data=data, settings=fields["settings"], metrics=metrics))


def written(directory, *sources):
    """The directories into which the reports were written."""
    folders = [directory / str(number) for number in range(len(sources))]
    for folder, each in zip(folders, sources, strict=True):
        each.report.write(folder / "metrics.json")
    return [str(folder) for folder in folders]


def texts(table, block=0):
    return [[cell.text for cell in line] for line in table.blocks[block]]


def bold(table, block=0):
    """The bold cells of each row."""
    return [[cell.text for cell in line if cell.bold] for line in table.blocks[block]]


def names(table):
    return [line[0].text for line in table.blocks[0]]


def only(tables):
    (table,) = tables
    return table


def notes_with(table, start):
    return [note for note in table.notes if note.startswith(start)]


IA, RPCL = {"rec": 93.1, "olr": 0.2}, {"rec": 90.0, "olr": 0.1}


# The best


def test_highest_share_and_lowest_overlap_are_bold():
    table = only(compare.compare([source(IA), source(RPCL, system="rpcl")]))
    assert names(table) == ["IA-pix2seq", "RPCL-pix2seq"]
    assert bold(table) == [["93.10 ± 0.50"], ["0.1000 ± 0.5000"]]


def test_all_that_are_best_as_shown_are_bold():
    values = [{"rec": 93.101, "olr": 0.20001}, {"rec": 93.099, "olr": 0.2}, {"rec": 93.09, "olr": 0.2001}]
    table = only(compare.compare([source(v, errors=None, seed=1, units=i) for i, v in enumerate(values)]))
    assert bold(table) == [["93.10", "0.2000"], ["93.10", "0.2000"], []]


def test_what_was_not_measured_is_a_dash_and_never_best():
    table = only(
        compare.compare([source(IA), source({"rec": 99, "olr": None}, units=1), source({"olr": 0.3}, units=2)])
    )
    assert [line[1:] for line in texts(table)] == [
        ["93.10 ± 0.50", "0.2000 ± 0.5000"],
        ["99.00 ± 0.50", "–"],
        ["–", "0.3000 ± 0.5000"],
    ]
    assert bold(table) == [["0.2000 ± 0.5000"], ["99.00 ± 0.50"], []]
    assert "–: not measured, or does not exist." in table.notes


def test_lone_value_and_value_that_is_neither_better_nor_worse_are_not_bold():
    lone = only(compare.compare([source(IA), source({"rec": None}, units=1)]))
    assert bold(lone) == [[], []] and not notes_with(lone, "Bold")
    living = only(compare.compare([source({"living": 3}), source({"living": 5}, units=1)], columns=["living"]))
    assert bold(living) == [[], []]


# Columns


def test_columns_are_the_paper_s_and_style_as_far_as_measured():
    table = only(compare.compare([source({"lil": 50, "style": 60, "rlda": 1, "rec": 90, "acc": None})]))
    assert table.header == ["Model", "Rec\n(%) ↑", "R_LDA\n↑", "Style\n(%) ↑"]


def test_losses_alone_are_shown():
    assert only(compare.compare([source({"lil": 50})])).header == ["Model", "Stroke loss\n↓"]


def test_columns_come_as_asked_for():
    sources = [source({"lil": 50, "rec": 90})]
    assert only(compare.compare(sources, ["lil", "acc"])).header == ["Model", "Stroke loss\n↓", "Acc\n(%) ↑"]
    assert only(compare.compare(sources, ["all"])).header == ["Model", "Rec\n(%) ↑", "Stroke loss\n↓"]


@pytest.mark.parametrize("columns", [["rec", "fid"], []])
def test_columns_that_do_not_exist_are_refused(columns):
    with pytest.raises(ValueError, match="--columns: expected all, or some of rec, ret_1"):
        compare.compare([source(IA)], columns)


def test_table_without_a_number_is_refused_by_the_names_of_its_files():
    nothing = source({"rec": None}, categories=["cat"], path="empty")
    with pytest.raises(ValueError, match="^empty: metrics: expected a value, found none"):
        compare.compare([source(IA), nothing])


def test_ablation_has_columns_for_both_levels():
    rules = [("ml", "ml"), ("ml", "hl"), ("hl", "ml"), ("hl", "hl")]
    sources = [source({"rec": 80 + i}, top=top, bottom=bottom) for i, (top, bottom) in enumerate(rules)]
    table = only(compare.compare([*sources, source({"rec": 70}, system="rpcl")]))
    assert table.header[:3] == ["Model", "Top level", "Bottom level"] and table.text_columns == 3
    assert [line[:3] for line in texts(table)] == [
        ["IA-pix2seq", "ML", "ML"],
        ["IA-pix2seq", "ML", "HL"],
        ["IA-pix2seq", "HL", "ML"],
        ["IA-pix2seq", "HL", "HL"],
        ["RPCL-pix2seq", "–", "–"],
    ]
    assert bold(table)[3] == ["83.00 ± 0.50"]


# Runs


def test_runs_with_other_seeds_are_one_row_of_mean_and_deviation():
    table = only(compare.compare([source({"rec": r}, seed=i) for i, r in enumerate((90, 92, 97))]))
    assert texts(table) == [["IA-pix2seq, mean ± std over 3 runs", "93.00 ± 3.61"]]
    assert "±: std (n-1) over runs (Rec)." in table.notes


def test_separate_runs_are_named_by_their_seeds():
    sources = [source({"rec": 90}, seed=3), source({"rec": 92}, seed=4)]
    table = only(compare.compare(sources, separate=True))
    assert texts(table) == [["IA-pix2seq (seed 3)", "90.00 ± 0.50"], ["IA-pix2seq (seed 4)", "92.00 ± 0.50"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"units": 512},
        {"system": "rpcl"},
        {"top": "ml"},
        {"fingerprint": "f01"},
        {"settings": {"temperature": 0.5, "seeds": [0]}},
    ],
)
def test_runs_that_differ_in_more_than_the_seed_are_rows_of_their_own(changes):
    assert len(only(compare.compare([source(IA, seed=1), source(RPCL, seed=2, **changes)])).blocks[0]) == 2


def test_metrics_asked_for_do_not_part_runs():
    sources = [source(IA, seed=i, settings={"metrics": asked}) for i, asked in enumerate((["rec"], ["rec", "olr"]))]
    assert names(only(compare.compare(sources))) == ["IA-pix2seq, mean ± std over 2 runs"]


def test_one_run_is_never_counted_twice():
    twice = [source(IA, path="a"), source(IA, path="b")]
    assert names(only(compare.compare(twice))) == ["IA-pix2seq (a)", "IA-pix2seq (b)"]
    steps = [source(IA, seed=seed, step=step) for step in (100, 200) for seed in (1, 2)]
    assert names(only(compare.compare(steps))) == [
        "IA-pix2seq, mean ± std over 2 runs (step 100)",
        "IA-pix2seq, mean ± std over 2 runs (step 200)",
    ]


def test_mean_of_some_of_the_runs_says_so():
    sources = [source({"rec": 90, "olr": olr}, seed=i) for i, olr in enumerate((0.2, None, 0.4))]
    table = only(compare.compare(sources))
    assert texts(table)[0][2] == "0.3000 ± 0.1414"
    assert "OLR of IA-pix2seq, mean ± std over 3 runs: from 2 of them, as the others have none." in table.notes


def test_single_value_of_several_runs_has_no_deviation():
    sources = [source({"rec": 90, "olr": olr}, seed=i) for i, olr in enumerate((0.2, None))]
    assert texts(only(compare.compare(sources)))[0][2] == "0.2000"


def test_rows_of_one_model_are_told_apart_by_directory_or_file():
    many = {f"extra{i}": 1 for i in range(5)}
    sources = [source(IA, model_dir="runs/a"), source(IA, model_dir="runs/b", settings=many)]
    assert names(only(compare.compare(sources))) == ["IA-pix2seq (runs/a)", "IA-pix2seq (runs/b)"]
    sources = [source(IA, path="p", step=None), source(IA, path="q", step=None)]
    assert names(only(compare.compare(sources))) == ["IA-pix2seq (p)", "IA-pix2seq (q)"]


# What a fair comparison holds equal


def test_equal_conditions_need_no_note():
    table = only(compare.compare([source(IA, seed=1), source(RPCL, system="rpcl", seed=2, model_dir="runs/y")]))
    assert not notes_with(table, "Not the same")


@pytest.mark.parametrize(
    "changes, note",
    [
        ({"step": 2000}, "model.step is 1000 (IA-pix2seq), 2000 (RPCL-pix2seq)."),
        ({"units": 512}, "hparams.dec_rnn_size is 128 (IA-pix2seq), 512 (RPCL-pix2seq)."),
        ({"fingerprint": "f1"}, 'data.fingerprint is "f00" (IA-pix2seq), "f1" (RPCL-pix2seq).'),
        (
            {"settings": {"temperature": 0.5, "seeds": [0]}},
            "settings.temperature is 0.24 (IA-pix2seq), 0.5 (RPCL-pix2seq).",
        ),
        ({"settings": {"temperature": 0.24}}, "settings.seeds is [0] (IA-pix2seq), not given (RPCL-pix2seq)."),
    ],
)
def test_unequal_conditions_are_noted(changes, note):
    table = only(compare.compare([source(IA), source(RPCL, system="rpcl", **changes)]))
    assert notes_with(table, "Not the same") == [f"Not the same everywhere: {note}"]


def test_unequal_steps_within_a_mean_are_noted():
    table = only(compare.compare([source(IA, seed=1, step=100), source(IA, seed=2, step=300)]))
    assert notes_with(table, "Not the same") == [
        "Not the same everywhere: model.step is 100 and 300 (IA-pix2seq, mean ± std over 2 runs)."
    ]


# Data sets and the paper


def test_other_categories_and_the_doodles_have_tables_of_their_own():
    sources = [
        source(IA, categories=["pig", "cat"]),
        source(IA, categories=["cat", "pig"], data_dir="demo"),
        source(IA),
        source(RPCL, system="rpcl", categories=["cat", "pig"]),
    ]
    tables = compare.compare(sources)
    assert [table.title for table in tables] == ["Data set 2: cat, pig", "Built-in doodles: cat, pig", "face, pig"]
    assert names(tables[0]) == ["IA-pix2seq", "RPCL-pix2seq"]
    assert bold(tables[0]) == [["93.10 ± 0.50"], ["0.1000 ± 0.5000"]]


def test_rows_of_the_paper_follow_with_a_best_of_their_own():
    sources = [source(IA, categories=["cat", "pig"]), source(RPCL, system="rpcl", categories=["cat", "pig"])]
    table = only(compare.compare(sources, with_paper=True))
    assert bold(table) == [["93.10 ± 0.50"], ["0.1000 ± 0.5000"]]
    assert texts(table, 1)[5] == ["paper: IA-pix2seq", "82.74", "0.3785 ± 0.2137"]
    assert len(table.blocks[1]) == 8
    assert sum(bold(table, 1), []) == ["87.00", "0.0804 ± 0.1056"]
    assert notes_with(table, "Paper: Zang")


def test_rows_of_the_paper_fit_the_columns_and_the_ablation():
    sources = [source({"olr": 0.1}, categories=["cat", "pig"], top="ml")]
    table = only(compare.compare(sources, with_paper=True))
    assert [line[:3] for line in texts(table, 1)] == [
        ["paper: RPCL-pix2seq", "–", "–"],
        ["paper: IA-pix2seq", "HL", "HL"],
        ["paper: IA-pix2seq+", "HL", "HL"],
    ]
    table = only(compare.compare([source({"acc": 9}, categories=["cat", "pig"], top="ml")], with_paper=True))
    assert ["paper: IA-pix2seq", "ML", "HL", "61.96"] in texts(table, 1)


@pytest.mark.parametrize("changes", [{}, {"categories": ["cat", "pig"], "data_dir": "demo"}])
def test_paper_without_numbers_for_the_data_is_noted(changes):
    table = only(compare.compare([source(IA, **changes)], with_paper=True))
    assert len(table.blocks) == 1
    assert table.notes[-1] == "The paper has no numbers for these data in these columns."


# Markdown and LaTeX


def test_markdown_is_a_table_with_its_title_and_notes():
    text = compare.markdown(compare.compare([source(IA), source(RPCL, system="rpcl")]))
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
    text = compare.markdown(compare.compare([source(IA, categories=["a|b\n", "*c*"])]))
    assert text.startswith("## \\*c\\*, a\\|b\n")


def test_latex_shows_odd_names_as_they_are():
    assert compare.latex_escaped(ODD) == (
        r"50\% of\_\{a\} \& b\textbackslash{}c \#1 \$x \textasciitilde{}y \textasciicircum{}z "
        r"\textless{}w\textgreater{} {[}v{]} ''u'' \textbar{}t"
    )
    assert compare.latex_escaped("a\n\n\\end{x}\x07") == r"a \textbackslash{}end\{x\}"


def several_tables():
    sources = [
        source(IA | {"rlda": 1}, categories=["cat", "pig"], model_dir=ODD, top="ml"),
        source(
            RPCL, categories=["cat", "pig"], model_dir="[b]", top="ml", settings={"a%b_c": {ODD: ODD}, "d": 1, "e": 2}
        ),
        source({"rec": 1}, categories=[ODD]),
    ]
    return compare.latex(compare.compare(sources, with_paper=True))


def test_latex_is_a_tabular_with_as_many_cells_in_every_row():
    text = several_tables()
    assert r"$R_{\mathrm{LDA}}$" in text and r"\textbf{93.10 $\pm$ 0.50}" in text
    tabulars = re.findall(r"\\begin\{tabular\}\{(l+r+)\}\n(.*?)\\end\{tabular\}", text, re.DOTALL)
    assert [columns for columns, _ in tabulars] == ["lllrrr", "lr"]
    for columns, body in tabulars:
        rows = [line for line in body.splitlines() if not re.fullmatch(r"\\(top|mid|bottom)rule", line)]
        assert all(line.endswith(r" \\") for line in rows)
        assert {len(re.findall(r"(?<!\\)&", line)) + 1 for line in rows} == {len(columns)}
    assert [body.count(r"\midrule") for _, body in tabulars] == [2, 1]


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


# Files


def test_directories_and_files_are_read(tmp_path):
    first, second = written(tmp_path, source(IA), source(RPCL))
    read = compare.read_all([first, f"{second}/metrics.json"])
    assert [each.report.metrics["rec"].value for each in read] == [93.1, 90.0]


def test_file_given_twice_is_refused(tmp_path):
    (folder,) = written(tmp_path, source(IA))
    with pytest.raises(ValueError, match=r"0/metrics\.json: expected once, found 2 times"):
        compare.read_all([folder, f"{folder}/metrics.json"])


# The command line


def command_line(*arguments, program=("-m", "ia_pix2seq_tf.evaluation.compare"), **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, *program, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, **options)


def test_command_prints_the_table(tmp_path):
    folders = written(tmp_path, source(IA), source(RPCL, system="rpcl"))
    done = command_line(folders[0], "--columns=rec", folders[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert "| IA-pix2seq | **93.10 ± 0.50** |" in done.stdout


def test_command_writes_the_table(tmp_path):
    folders = written(tmp_path, source(IA, seed=1), source(RPCL, seed=2))
    output = tmp_path / "tables" / "table.tex"
    done = command_line(*folders, "--format=latex", f"--output={output}", "--separate")
    assert (done.returncode, done.stdout) == (0, "")
    assert "IA-pix2seq (seed 2) & " in output.read_text(encoding="utf-8")
    assert list(output.parent.iterdir()) == [output]


def test_command_refuses_wrong_files_and_writes_nothing(tmp_path):
    folders = written(tmp_path, source(IA), source(RPCL))
    path = tmp_path / "1" / "metrics.json"
    path.write_text(path.read_text().replace('"system": "ia"', '"system": "vae"', 1))
    output = tmp_path / "table.md"
    output.write_text("old")
    for arguments, message in (
        (folders, f"compare: {path}: model.system: expected one of {', '.join(SYSTEMS)}, found 'vae'\n"),
        ([folders[0], str(tmp_path)], f"compare: [Errno 2] No such file or directory: '{tmp_path}/metrics.json'\n"),
        ([folders[0], "--columns=fid"], None),
    ):
        done = command_line(*arguments, f"--output={output}")
        assert done.returncode == 1 and done.stderr.startswith("compare: ") and "Traceback" not in done.stderr
        assert message in (None, done.stderr)
        assert output.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0", "1", "table.md"]


def test_command_does_not_write_over_what_it_reads(tmp_path):
    (folder,) = written(tmp_path, source(IA))
    before = Path(folder, "metrics.json").read_bytes()
    done = command_line(folder, f"--output={folder}/metrics.json")
    assert done.returncode == 1 and "expected another file" in done.stderr
    assert Path(folder, "metrics.json").read_bytes() == before


def test_command_without_files_says_what_it_needs():
    done = command_line()
    assert done.returncode == 1 and "expected at least one metrics.json" in done.stdout + done.stderr


@pytest.mark.parametrize("installed", [False, True])
def test_help_teaches_by_examples(tmp_path, installed):
    script = tmp_path / "ia-pix2seq-compare"
    script.write_text("from ia_pix2seq_tf.evaluation.compare import main\nmain()\n")
    done = command_line("--help", **({"program": (str(script),)} if installed else {}))
    for text in ("python -m ia_pix2seq_tf.evaluation.compare A B", "--columns:", "--[no]paper", "--format: <markdown|"):
        assert text in done.stdout
