"""Several evaluations side by side: rows, means, the best, and what is not equal."""

import pytest
from reports import IA, RPCL, source, written

from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import comparison, paper
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.hparams import HParams


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


# The best


def test_highest_share_and_lowest_overlap_are_bold():
    table = only(comparison.compare([source(IA), source(RPCL, system="rpcl")]))
    assert names(table) == ["IA-pix2seq", "RPCL-pix2seq"]
    assert bold(table) == [["93.10 ± 0.50"], ["0.1000 ± 0.5000"]]


def test_all_that_are_best_as_shown_are_bold():
    values = [{"rec": 93.101, "olr": 0.20001}, {"rec": 93.099, "olr": 0.2}, {"rec": 93.09, "olr": 0.2001}]
    table = only(comparison.compare([source(v, errors=None, seed=1, units=i) for i, v in enumerate(values)]))
    assert bold(table) == [["93.10", "0.2000"], ["93.10", "0.2000"], []]


def test_what_was_not_measured_is_a_dash_and_never_best():
    table = only(
        comparison.compare([source(IA), source({"rec": 99, "olr": None}, units=1), source({"olr": 0.3}, units=2)])
    )
    assert [line[1:] for line in texts(table)] == [
        ["93.10 ± 0.50", "0.2000 ± 0.5000"],
        ["99.00 ± 0.50", "–"],
        ["–", "0.3000 ± 0.5000"],
    ]
    assert bold(table) == [["0.2000 ± 0.5000"], ["99.00 ± 0.50"], []]
    assert "–: not measured, or does not exist." in table.notes


def test_lone_value_and_value_that_is_neither_better_nor_worse_are_not_bold():
    lone = only(comparison.compare([source(IA), source({"rec": None}, units=1)]))
    assert bold(lone) == [[], []] and not notes_with(lone, "Bold")
    living = only(comparison.compare([source({"living": 3}), source({"living": 5}, units=1)], columns=["living"]))
    assert bold(living) == [[], []]


# Columns


def test_columns_are_the_paper_s_and_style_as_far_as_measured():
    table = only(comparison.compare([source({"lil": 50, "style": 60, "rlda": 1, "rec": 90, "acc": None})]))
    assert table.header == ["Model", "Rec\n(%) ↑", "R_LDA\n↑", "Style\n(%) ↑"]


def test_losses_alone_are_shown():
    assert only(comparison.compare([source({"lil": 50})])).header == ["Model", "Stroke loss\n↓"]


def test_columns_come_as_asked_for():
    sources = [source({"lil": 50, "rec": 90})]
    assert only(comparison.compare(sources, ["lil", "acc"])).header == ["Model", "Stroke loss\n↓", "Acc\n(%) ↑"]
    assert only(comparison.compare(sources, ["all"])).header == ["Model", "Rec\n(%) ↑", "Stroke loss\n↓"]


@pytest.mark.parametrize("columns", [["rec", "fid"], []])
def test_columns_that_do_not_exist_are_refused(columns):
    with pytest.raises(ValueError, match="--columns: expected all, or some of rec, ret_1"):
        comparison.compare([source(IA)], columns)


def test_table_without_a_number_is_refused_by_the_names_of_its_files():
    nothing = source({"rec": None}, categories=["cat"], path="empty")
    with pytest.raises(ValueError, match="^empty: metrics: expected a value, found none"):
        comparison.compare([source(IA), nothing])


def test_ablation_has_columns_for_both_levels():
    rules = [("ml", "ml"), ("ml", "hl"), ("hl", "ml"), ("hl", "hl")]
    sources = [source({"rec": 80 + i}, top=top, bottom=bottom) for i, (top, bottom) in enumerate(rules)]
    table = only(comparison.compare([*sources, source({"rec": 70}, system="rpcl")]))
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
    table = only(comparison.compare([source({"rec": r}, seed=i) for i, r in enumerate((90, 92, 97))]))
    assert texts(table) == [["IA-pix2seq, mean ± std over 3 runs", "93.00 ± 3.61"]]
    assert "±: std (n-1) over runs (Rec)." in table.notes


def test_other_systems_have_rows_and_no_learning_rules():
    systems = ("ia", "sketch_rnn", "sketch_pix2seq")
    table = only(comparison.compare([source({"rec": 80}, system=each, top="ml") for each in systems]))
    assert [line[:3] for line in texts(table)] == [
        ["IA-pix2seq", "ML", "HL"],
        ["sketch-rnn", "–", "–"],
        ["sketch-pix2seq", "–", "–"],
    ]
    costs = only(comparison.compare([source({"r_cost": 0.5, "kl_cost": 0.25}, system="sketch_rnn")]))
    assert costs.header == ["Model", "Stroke cost\n↓", "KL cost\n↓"]


def test_separate_runs_are_named_by_their_seeds():
    sources = [source({"rec": 90}, seed=3), source({"rec": 92}, seed=4)]
    table = only(comparison.compare(sources, separate=True))
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
    assert len(only(comparison.compare([source(IA, seed=1), source(RPCL, seed=2, **changes)])).blocks[0]) == 2


def test_metrics_asked_for_do_not_part_runs():
    sources = [source(IA, seed=i, settings={"metrics": asked}) for i, asked in enumerate((["rec"], ["rec", "olr"]))]
    assert names(only(comparison.compare(sources))) == ["IA-pix2seq, mean ± std over 2 runs"]


def test_one_run_is_never_counted_twice():
    twice = [source(IA, path="a"), source(IA, path="b")]
    assert names(only(comparison.compare(twice))) == ["IA-pix2seq (a)", "IA-pix2seq (b)"]
    steps = [source(IA, seed=seed, step=step) for step in (100, 200) for seed in (1, 2)]
    assert names(only(comparison.compare(steps))) == [
        "IA-pix2seq, mean ± std over 2 runs (step 100)",
        "IA-pix2seq, mean ± std over 2 runs (step 200)",
    ]


def test_mean_of_some_of_the_runs_says_so():
    sources = [source({"rec": 90, "olr": olr}, seed=i) for i, olr in enumerate((0.2, None, 0.4))]
    table = only(comparison.compare(sources))
    assert texts(table)[0][2] == "0.3000 ± 0.1414"
    assert "OLR of IA-pix2seq, mean ± std over 3 runs: from 2 of them, as the others have none." in table.notes


def test_single_value_of_several_runs_has_no_deviation():
    sources = [source({"rec": 90, "olr": olr}, seed=i) for i, olr in enumerate((0.2, None))]
    assert texts(only(comparison.compare(sources)))[0][2] == "0.2000"


def test_rows_of_one_model_are_told_apart_by_directory_or_file():
    many = {f"extra{i}": 1 for i in range(5)}
    sources = [source(IA, model_dir="runs/a"), source(IA, model_dir="runs/b", settings=many)]
    assert names(only(comparison.compare(sources))) == ["IA-pix2seq (runs/a)", "IA-pix2seq (runs/b)"]
    sources = [source(IA, path="p", step=None), source(IA, path="q", step=None)]
    assert names(only(comparison.compare(sources))) == ["IA-pix2seq (p)", "IA-pix2seq (q)"]


def test_settings_tell_rows_apart_also_where_one_is_of_more_runs():
    sources = [source(IA, seed=1), source(IA, seed=2), source(RPCL, seed=1, units=64, step=900)]
    assert names(only(comparison.compare(sources))) == [
        "IA-pix2seq, mean ± std over 2 runs (dec_rnn_size 128)",
        "IA-pix2seq (dec_rnn_size 64)",
    ]


# What a fair comparison holds equal


def test_equal_conditions_need_no_note():
    table = only(comparison.compare([source(IA, seed=1), source(RPCL, system="rpcl", seed=2, model_dir="runs/y")]))
    assert not notes_with(table, "Not the same")


@pytest.mark.parametrize(
    ("changes", "note"),
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
    table = only(comparison.compare([source(IA), source(RPCL, system="rpcl", **changes)]))
    assert notes_with(table, "Not the same") == [f"Not the same everywhere: {note}"]


def test_unequal_steps_within_a_mean_are_noted():
    table = only(comparison.compare([source(IA, seed=1, step=100), source(IA, seed=2, step=300)]))
    assert notes_with(table, "Not the same") == [
        "Not the same everywhere: model.step is 100 and 300 (IA-pix2seq, mean ± std over 2 runs)."
    ]


def test_a_report_of_before_a_hyperparameter_is_of_its_default():
    old, new = source(IA, seed=1), source(IA, seed=2)
    new.report.model.hparams.update(HParams(seed=2, dec_rnn_size=128).to_dict())
    assert names(only(comparison.compare([old, new]))) == ["IA-pix2seq, mean ± std over 2 runs"]
    new.report.model.hparams.update(bucket=True)
    assert len(only(comparison.compare([old, new])).blocks[0]) == 2


def test_the_scale_of_the_data_is_no_choice():
    old, new = source(IA, seed=1), source(IA, seed=2)
    new.report.model.hparams.update(scale_factor=35.0)
    assert names(only(comparison.compare([old, new]))) == ["IA-pix2seq, mean ± std over 2 runs"]


# Data sets and the paper


def test_other_categories_and_the_doodles_have_tables_of_their_own():
    sources = [
        source(IA, categories=["pig", "cat"]),
        source(IA, categories=["cat", "pig"], data_dir="demo"),
        source(IA),
        source(RPCL, system="rpcl", categories=["cat", "pig"]),
    ]
    tables = comparison.compare(sources)
    assert [table.title for table in tables] == ["Data set 2: cat, pig", "Built-in doodles: cat, pig", "face, pig"]
    assert names(tables[0]) == ["IA-pix2seq", "RPCL-pix2seq"]
    assert bold(tables[0]) == [["93.10 ± 0.50"], ["0.1000 ± 0.5000"]]


def test_each_row_of_the_paper_has_ours_under_it_and_both_have_a_best_of_their_own():
    sources = [source(IA, categories=["cat", "pig"]), source(RPCL, system="rpcl", categories=["cat", "pig"])]
    table = only(comparison.compare(sources, with_paper=True))
    blocks = {block[0][0].text.removeprefix("paper: "): block for block in table.blocks}
    assert list(blocks) == [row.method for row in paper.rows(["cat", "pig"])]
    assert [name for name, block in blocks.items() if len(block) > 1] == ["RPCL-pix2seq", "IA-pix2seq"]
    assert [[cell.text for cell in line] for line in blocks["IA-pix2seq"]] == [
        ["paper: IA-pix2seq", "82.74", "0.3785 ± 0.2137"],
        ["IA-pix2seq", "93.10 ± 0.50", "0.2000 ± 0.5000"],
    ]
    best = [cell.text for block in table.blocks for line in block for cell in line if cell.bold]
    assert best == ["0.1000 ± 0.5000", "93.10 ± 0.50", "87.00", "0.0804 ± 0.1056"]
    assert notes_with(table, "Paper: Zang")


def test_the_paper_s_sketches_are_set_beside_ours_where_all_of_ours_are_alike():
    notes = {}
    for counts in ((5000, 5000), (300, 300), (300, 5000), (5000, 300)):
        pair = (
            source(IA, system=name, categories=["cat", "pig"], test_sketches=n)
            for name, n in zip(("ia", "rpcl"), counts, strict=True)
        )
        (notes[counts],) = notes_with(only(comparison.compare(list(pair), with_paper=True)), "Paper: Zang")
    assert notes[5000, 5000].endswith("on 5000 test sketches.")
    assert notes[300, 300].endswith("Here they are 300 test sketches: the more there are, the harder is Ret.")
    assert notes[300, 5000] == notes[5000, 300] == notes[5000, 5000], "which rows are of which, another note says"


def test_sketches_of_validation_are_not_taken_for_those_of_the_test():
    valid, test = source(IA, settings={"split": "valid"}), source(RPCL, system="rpcl", settings={"split": "test"})
    assert notes_with(only(comparison.compare([valid])), "All of") == ["All of validation sketches."]
    for sources in ([test], [valid, test]):
        assert not notes_with(only(comparison.compare(sources)), "All of")
    assert notes_with(only(comparison.compare([valid, test])), "Not the same everywhere: settings.split is")


def test_ours_that_the_paper_has_not_come_first():
    sources = [source(IA, categories=["cat", "pig"], top="ml"), source(IA, categories=["cat", "pig"])]
    table = only(comparison.compare(sources, columns=["olr"], with_paper=True))
    assert texts(table) == [["IA-pix2seq", "ML", "HL", "0.2000 ± 0.5000"]]
    assert [line[:3] for line in texts(table, 2)] == [["paper: IA-pix2seq", "HL", "HL"], ["IA-pix2seq", "HL", "HL"]]


def of_every_system(categories, ablation):
    """A result of each system, and of each pair of learning rules where it knows any and they are asked for."""
    pairs = [("ml", "ml"), ("ml", "hl"), ("hl", "ml"), ("hl", "hl")] if ablation else [("hl", "hl")]
    return [
        source(
            {"rec": 1, "olr": 1},
            system=system,
            categories=categories,
            top=top,
            bottom=bottom,
            path=system + top + bottom,
        )
        for system, row in SYSTEMS.items()
        for top, bottom in (pairs if row.learning else [("hl", "hl")])
    ]


@pytest.mark.parametrize("number", paper.TABLES)
def test_a_table_of_the_paper_has_all_its_rows_and_columns_and_ours_of_the_same_systems(number):
    for data_set in paper.TABLES[number].data_sets:
        categories = sorted(paper.DATA_SETS[data_set])
        sources = of_every_system(categories, paper.TABLES[number].ablation)
        table, rows = only(comparison.compare(sources, table=number)), paper.table_rows(number, categories)
        assert table.title == f"Table {number} of the paper. Data set {data_set}: {', '.join(categories)}"
        headings = [head.partition("\n")[0] for head in table.header[table.text_columns :]]
        assert headings == [COLUMNS[name].heading for name in paper.TABLES[number].columns]
        blocks = table.blocks[-len(rows) :]
        assert [block[0][0].text for block in blocks] == [f"paper: {row.method}" for row in rows]
        for row, (theirs, *ours) in zip(rows, blocks, strict=True):
            titles = [known.title for known in SYSTEMS.values() if known.paper == row.method]
            labels = theirs[1 : table.text_columns]
            assert [line[: table.text_columns] for line in ours] == [[(title, False), *labels] for title in titles]


def test_a_table_of_the_paper_takes_other_columns_where_they_are_asked_for():
    table = only(comparison.compare([source(IA, categories=["cat", "pig"])], columns=["rec"], table=2))
    assert table.header == ["Model", "Rec\n(%) ↑"] and len(table.blocks) == 8


def test_a_table_of_the_paper_is_of_its_data_alone():
    message = "^odd: data.categories: expected cat, pig, of which Table 2 is, found face, pig$"
    with pytest.raises(ValueError, match=message):
        comparison.compare([source(IA, categories=["cat", "pig"]), source(IA, path="odd")], table=2)


def test_rows_of_the_paper_fit_the_columns_and_the_ablation():
    sources = [source({"olr": 0.1}, categories=["cat", "pig"], top="ml")]
    table = only(comparison.compare(sources, with_paper=True))
    assert [texts(table, number)[0][:3] for number in (1, 2, 3)] == [
        ["paper: RPCL-pix2seq", "–", "–"],
        ["paper: IA-pix2seq", "HL", "HL"],
        ["paper: IA-pix2seq+", "HL", "HL"],
    ]
    table = only(comparison.compare([source({"acc": 9}, categories=["cat", "pig"], top="ml")], with_paper=True))
    pairs = [[[cell.text for cell in line] for line in block] for block in table.blocks if len(block) > 1]
    assert pairs == [[["paper: IA-pix2seq", "ML", "HL", "61.96"], ["IA-pix2seq", "ML", "HL", "9.00 ± 0.50"]]]


@pytest.mark.parametrize("changes", [{}, {"categories": ["cat", "pig"], "data_dir": "demo"}])
def test_paper_without_numbers_for_the_data_is_noted(changes):
    table = only(comparison.compare([source(IA, **changes)], with_paper=True))
    assert len(table.blocks) == 1
    assert table.notes[-1] == "The paper has no numbers for these data in these columns."


# Files


def test_directories_and_files_are_read(tmp_path):
    first, second = written(tmp_path, source(IA), source(RPCL))
    read = comparison.read_all([first, f"{second}/metrics.json"])
    assert [each.report.metrics["rec"].value for each in read] == [93.1, 90.0]


def test_file_given_twice_is_refused(tmp_path):
    (folder,) = written(tmp_path, source(IA))
    with pytest.raises(ValueError, match=r"0/metrics\.json: expected once, found 2 times"):
        comparison.read_all([folder, f"{folder}/metrics.json"])
