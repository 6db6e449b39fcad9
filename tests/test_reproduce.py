"""Whole experiments: what their files may hold, and that each training and evaluation is made once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from systems_table import works
from training_runs import ROOT, SMALL

from ia_pix2seq_tf import presets
from ia_pix2seq_tf.catalogue import SYSTEMS
from ia_pix2seq_tf.evaluation import paper
from ia_pix2seq_tf.file_lock import holding
from ia_pix2seq_tf.reproduce import run
from ia_pix2seq_tf.reproduce.experiment import EXPERIMENTS, Experiment, Run
from ia_pix2seq_tf.training.options import SHEET_NAME

NAMES = presets.names_in(EXPERIMENTS)
TINY = {
    "description": "One small training.",
    "runs": [{"hparams": f"{SMALL},num_steps=3"}],
    "seeds": [4],
    "metrics": ["acc", "limits"],
}


def written(tmp_path: Path, **content) -> Path:
    path = tmp_path / "experiment.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_that_comes_with_the_package_can_be_made(name):
    experiment = Experiment.read(EXPERIMENTS / f"{name}.json")
    for of_one in experiment.runs:
        of_one.resolve()
    names = [training for training, _, _ in experiment.trainings()]
    assert len(set(names)) == len(names) and experiment.description


@pytest.mark.parametrize("name", NAMES)
def test_no_experiment_asks_for_a_measure_that_one_of_its_systems_has_not(name):
    experiment, measured = Experiment.read(EXPERIMENTS / f"{name}.json"), works("measure")
    for metric in experiment.metrics or ():
        assert {of_one.resolve().system for of_one in experiment.runs} <= measured[metric], metric


@pytest.mark.parametrize("number", paper.TABLES)
def test_the_experiment_of_a_table_trains_its_rows_in_their_order_and_shows_its_columns(number):
    experiment, table = Experiment.read(EXPERIMENTS / f"table{number}.json"), paper.TABLES[number]
    assert experiment.paper and set(table.columns) <= set(experiment.columns)
    trained = []
    for hps in (of_one.resolve() for of_one in experiment.runs):
        rules = (hps.top_learning, hps.bottom_learning) if SYSTEMS[hps.system].learning else None
        trained.append((paper.data_set(hps.categories), SYSTEMS[hps.system].paper, rules))
    methods = {row.paper: row.learning for row in SYSTEMS.values()}
    assert trained == [
        (data_set, row.method, (row.top, row.bottom) if methods[row.method] else None)
        for data_set in table.data_sets
        for row in paper.table_rows(number, paper.DATA_SETS[data_set])
        if row.method in methods
    ]


def test_each_table_of_the_paper_is_one():
    assert {f"table{number}" for number in range(1, 8)} <= set(NAMES)


def test_seeds_come_one_after_the_other_so_that_a_table_is_whole_early():
    experiment = Experiment(runs=(Run("demo"), Run(None, "z_size=3")), seeds=(1, 2))
    assert [name for name, _, _ in experiment.trainings()] == [
        "demo-seed1",
        "z_size_3-seed1",
        "demo-seed2",
        "z_size_3-seed2",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": []}, "runs: expected a list of objects, found []"),
        ({"runs": [{"preset": "demo"}]}, "expected objects with hparams_file and hparams, strings"),
        ({"runs": [{"hparams": 3}]}, "expected objects with hparams_file and hparams, strings"),
        ({"seeds": [1, 1]}, "seeds: expected different integers"),
        ({"seeds": [True]}, "seeds: expected different integers"),
        ({"split": "train"}, "split: expected one of test, valid, found 'train'"),
        ({"metrics": ["rce"]}, "metrics: expected null, or some of losses"),
        ({"columns": []}, "columns: expected null, or some of rec"),
        ({"paper": 1}, "paper: expected true or false, found 1"),
        ({"seed": 1}, "expected runs, description, data_dir, seeds, split, metrics, columns, drawings, paper, found"),
    ],
)
def test_what_is_no_experiment_is_refused_naming_file_and_field(tmp_path, changes, message):
    path = written(tmp_path, **(TINY | changes))
    with pytest.raises(ValueError) as error:
        Experiment.read(path)
    assert str(error.value).startswith(f"{path}: ") and message in str(error.value)


LONG = "categories=[" + ",".join(f"category{i}" for i in range(12)) + "]"  # longer than a name


def test_runs_of_one_name_are_refused_naming_both(tmp_path):
    path = written(tmp_path, runs=[{"hparams": f"{LONG},z_size=3"}, {"hparams": f"{LONG},z_size=4"}])
    with pytest.raises(ValueError) as error:
        Experiment.read(path)
    message = str(error.value)
    assert message.startswith(f"{path}: runs: expected runs of different names, found categories_category0")
    assert f"for run 1, {LONG},z_size=3, and run 2, {LONG},z_size=4; put" in message
    with pytest.raises(ValueError, match="found DEMO for run 1, demo, and run 3, DEMO; put"):
        Experiment.read(written(tmp_path, runs=[{"hparams_file": "demo"}, {}, {"hparams_file": "DEMO"}]))


def test_a_training_of_other_hyperparameters_is_not_taken_for_the_one_asked_for(tmp_path, monkeypatch):
    called = []

    def untrained(work, *training):
        work.train_flags(*training)
        called.append("training")

    monkeypatch.setattr(run.Work, "_train", untrained)
    monkeypatch.setattr(run, "_call", lambda program, *_: called.append(program))
    monkeypatch.setattr(run.Work, "write_table", lambda self: None)
    experiment = Experiment(runs=(Run(None, "z_size=3"),))
    run.Work(experiment, tmp_path, "dec_rnn_size=6").go()
    run.Work(experiment, tmp_path, "dec_rnn_size=7").go()
    assert called == ["training", "evaluation"] * 2, "nothing was trained yet"
    directory = tmp_path / "z_size_3-seed1"
    directory.mkdir()
    run.Work(experiment, tmp_path, "dec_rnn_size=7").go()
    with pytest.raises(ValueError) as error:
        run.Work(experiment, tmp_path, "dec_rnn_size=8").go()
    assert str(error.value).startswith(f"{tmp_path / 'z_size_3-seed1.json'}: dec_rnn_size: expected 8, as is asked for")
    assert f"found 7: the training in {directory} was made" in str(error.value)
    assert len(called) == 6


def test_an_experiment_without_runs_is_refused(tmp_path):
    with pytest.raises(ValueError, match="found description"):
        Experiment.read(written(tmp_path, description="nothing"))


def test_unworkable_hyperparameters_are_refused_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_call", lambda *_: pytest.fail("a training began"))
    experiment = Experiment(runs=(Run("demo"), Run("demo", "z_size=0")))
    with pytest.raises(ValueError, match="z_size"):
        run.Work(experiment, tmp_path).go()
    with pytest.raises(ValueError, match="dec_model"):
        run.Work(Experiment(runs=(Run("demo"),)), tmp_path, "dec_model=gru").go()
    assert not list(tmp_path.iterdir())


def test_an_experiment_trains_evaluates_and_writes_its_table_once(tmp_path):
    command = [sys.executable, "-m", "ia_pix2seq_tf.reproduce", str(written(tmp_path, **TINY))]
    command += [f"--root={tmp_path / 'runs'}", "--hparams=dec_rnn_size=6"]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    table = (tmp_path / "runs" / "table.md").read_text()
    assert table.startswith("One small training.\n\n## Built-in doodles: bus, flower")
    assert "0 of 1 trainings finished." in first.stderr
    (config,) = (json.loads(path.read_text()) for path in tmp_path.glob("runs/*/model_config.json"))
    assert (config["seed"], config["dec_rnn_size"]) == (4, 6)
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 of 1 trainings finished." in again.stderr and "epoch" not in again.stderr


def test_a_training_that_fails_ends_the_experiment_and_keeps_what_was_made(tmp_path):
    work = run.Work(Experiment(runs=(Run(None, SMALL),), data_dir=str(tmp_path / "none")), tmp_path, download="no")
    with pytest.raises(run.StepFailed, match="ia_pix2seq_tf.training .* ended with status 1; the same command goes on"):
        work.go()


def test_a_training_that_was_stopped_is_not_measured(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(run, "_call", lambda program, *_: called.append(program))  # a stopped training has status 0
    with pytest.raises(run.StepFailed, match="was stopped; the same command goes on"):
        run.Work(Experiment(runs=(Run(None, SMALL),)), tmp_path).go()
    assert called == ["training"]


SAVING = """
import sys, time
from ia_pix2seq_tf.training.signals import stop_on_signals
print("running", flush=True)
with stop_on_signals() as stop:
    while not stop:
        time.sleep(0.02)
    time.sleep(0.6)
print("saved", flush=True)
"""
CALLING = """
import signal, sys
from ia_pix2seq_tf.reproduce import run
for number in run.ASKING:  # which whoever runs the tests may ignore
    signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
run._status([sys.executable, "-c", sys.argv[1]])
"""


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
def test_a_signal_that_stops_an_experiment_lets_what_runs_save(number):
    command = [sys.executable, "-c", CALLING, SAVING]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True, text=True)
    assert process.stdout.readline() == "running\n"
    time.sleep(0.3)
    os.killpg(process.pid, number)  # as a terminal does
    assert process.communicate(timeout=60)[0] == "saved\n"
    assert process.returncode != 0


def test_trainings_of_another_process_in_the_same_root_are_left_to_it(tmp_path, monkeypatch, caplog):
    experiment = Experiment(runs=(Run(None, SMALL),), seeds=(1, 2, 3))
    work, names, called = run.Work(experiment, tmp_path), [name for name, _, _ in experiment.trainings()], []

    def made_by_another_while_the_first_is_trained(kind, *arguments):
        called.append((kind, arguments[1]))
        (tmp_path / names[0]).mkdir(exist_ok=True)
        (tmp_path / names[0] / SHEET_NAME).touch()
        metrics = work._metrics(names[1])
        metrics.parent.mkdir(parents=True, exist_ok=True)
        metrics.touch()

    monkeypatch.setattr(run, "_call", made_by_another_while_the_first_is_trained)
    monkeypatch.setattr(run.Work, "write_table", lambda self: None)
    with holding(tmp_path / f"{names[2]}.lock") as ours, caplog.at_level("INFO"):
        assert ours
        work.go()
    assert called == [
        ("training", f"--log_root={tmp_path / names[0]}"),
        ("evaluation", f"--model_dir={tmp_path / names[0]}"),
    ]
    assert f"Other processes are at work on 1 more: {names[2]}." in caplog.text
