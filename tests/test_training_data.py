"""Data that changes between two trainings, or is not there: named, and refused unless told otherwise."""

import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest
from training_runs import GO_ON, SMALL, STEPS, content, step_of

from ia_pix2seq_tf.data.demo import load_demo
from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.training.data_record import changes, record_of, same_data
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train


def write_category(data_dir: Path, category: str, count: int = 15, **options) -> None:
    data_dir.mkdir(exist_ok=True)
    doodles = load_demo(category, count, 10, 10)
    objects = {}
    for split, (sketches, _) in doodles.items():
        objects[split] = np.empty(len(sketches), object)
        objects[split][:] = sketches
    options.get("save", np.savez)(data_dir / f"{category}.npz", **objects)


@pytest.fixture
def data_dir(tmp_path):
    for category in ("bus", "flower"):
        write_category(tmp_path / "data", category)
    return tmp_path / "data"


def test_a_file_that_changed_is_named_and_the_run_goes_on_only_if_told_to(data_dir, tmp_path):
    root = tmp_path / "run"
    assert train(Options(root, data_dir, f"{SMALL},num_steps=3"))
    write_category(data_dir, "flower", count=14)
    before = content(root)
    with pytest.raises(DataError) as error:
        train(Options(root, data_dir, "num_steps=4"))
    message = str(error.value)
    assert "flower.npz has changed" in message and "bus" not in message
    assert "--accept_changed_data" in message and "--resume_training=False" in message
    del before["train.lock"]
    assert content(root).items() >= before.items()
    assert train(Options(root, data_dir, "num_steps=4", accept_changed_data=True))
    assert step_of(root) == 4
    assert same_data(root, record_of(data_dir, ["bus", "flower"]), data_dir, accept=False), "accepted once for all"


def test_a_run_does_not_go_on_with_the_doodles_for_want_of_a_flag(finished_run, data_dir):
    with pytest.raises(DataError, match="bus.npz is new; the built-in doodles is not there"):
        train(Options(finished_run, data_dir, GO_ON))
    assert step_of(finished_run) == STEPS


def test_data_that_is_only_moved_or_packed_otherwise_is_the_same(data_dir, tmp_path):
    record = record_of(data_dir, ["bus", "flower"])
    moved = data_dir.rename(tmp_path / "moved")
    write_category(moved, "bus", save=np.savez_compressed)
    os.utime(moved / "flower.npz", (0, 0))
    assert changes(record, record_of(moved, ["bus", "flower"])) == []
    assert changes(json.loads(json.dumps(record)), record_of(moved, ["flower", "bus"])) == []


def test_every_kind_of_change_is_named(data_dir):
    record = record_of(data_dir, ["bus", "flower"])
    np.savez(data_dir / "bus_png.npz", train=np.zeros(3))
    now = record_of(data_dir, ["bus", "flower"])
    assert changes(record, now) == ["bus_png.npz is new"]
    assert changes(now, record) == ["bus_png.npz is not there"]
    np.savez(data_dir / "bus_png.npz", train=np.ones(3))
    assert changes(now, record_of(data_dir, ["bus", "flower"])) == ["bus_png.npz has changed"]
    assert changes(record_of("demo", ["bus"]), record_of("demo", ["bus", "pig"])) == []


def test_all_drawings_of_a_category_are_recorded_under_the_name_of_their_file(data_dir):
    before = record_of(data_dir, ["bus"])
    (data_dir / "bus.npz").rename(data_dir / "bus.full.npz")
    assert list(record_of(data_dir, ["bus"])["bus"]) == ["bus.full.npz"] and list(before["bus"]) == ["bus.npz"]


def test_a_run_from_before_there_were_records_resumes(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        assert same_data(tmp_path, record_of("demo", ["bus"]), "demo", accept=False)
    assert "data.json does not exist: it is not known" in caplog.text


@pytest.mark.parametrize("record", ("", "[]", '{"bus": 3}', "{"))
def test_a_damaged_record_is_refused(record, finished_run):
    (finished_run / "data.json").write_text(record)
    with pytest.raises(DataError, match=r"data\.json: expected a record of data files"):
        train(Options(finished_run, "demo", GO_ON))


def test_train_names_the_download_of_missing_categories_and_makes_no_log_root(tmp_path):
    with pytest.raises(FileNotFoundError, match="data.download cat 'alarm clock' --output_dir="):
        train(Options(tmp_path / "run", str(tmp_path / "data"), "categories=[cat,'alarm clock']", download="no"))
    assert not (tmp_path / "run").exists()
