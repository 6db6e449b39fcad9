"""Few drawings: split so that all can be done, or refused before the first step."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert import Parts, convert
from ia_pix2seq_tf.data.demo import load_demo
from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.evaluation.job import Job
from ia_pix2seq_tf.evaluation.options import Options as EvaluationOptions
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.loading import load_checkpoint
from ia_pix2seq_tf.sampling.endpoints import endpoint
from ia_pix2seq_tf.training.checks import check_trainable
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import train

SMALL = "categories=[bus,flower],dec_model=lstm,dec_rnn_size=8,z_size=4,num_mixture=2,jit_compile=False"


@pytest.mark.parametrize("sizes", [(0.8, 0.1, 0.1), (0.9, 0.05, 0.05), (0.8, 0.1, 0.05), (0.98, 0.01, 0.01)])
@pytest.mark.parametrize("count", [*range(3, 30), 1000])
def test_no_wanted_split_is_empty_where_there_are_enough(sizes, count):
    counts = Parts(sizes).counts(count, "cat")
    assert min(counts) > 0 and sum(counts) <= count and counts[0] == max(counts)
    assert abs(counts[0] - sizes[0] * count) <= 2


def test_shares_of_nothing_stay_empty_and_two_drawings_are_for_training():
    assert Parts((1, 0, 0)).counts(3, "cat") == [3, 0, 0]
    assert Parts((0.9, 0.1, 0)).counts(3, "cat") == [2, 1, 0]
    assert Parts((0.8, 0.1, 0.1)).counts(2, "cat") == [2, 0, 0]
    assert Parts((0.8, 0.1, 0.1)).counts(20, "cat") == [16, 2, 2]


def test_convert_says_which_split_has_no_drawings(tmp_path):
    rows = [{"word": word, "drawing": [[[0, 255, i], [0, 90, 255]]]} for word in ("pig", "cat") for i in range(3)]
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, rows[:5])))
    summary = convert([tmp_path / "a.ndjson"], tmp_path / "out")
    assert summary.counts == {"pig": {"train": 1, "valid": 1, "test": 1}, "cat": {"train": 2, "valid": 0, "test": 0}}
    assert "no valid drawings of cat: train.py needs some, or --allow_empty_splits" in summary.text()
    assert "drawings of pig" not in summary.text()


def data(directory: Path, **counts: int) -> Path:
    """Files of doodles of two categories, with so many in each split."""
    directory.mkdir()
    for category in ("bus", "flower"):
        doodles = load_demo(category, 12, 12, 12)
        save_npz(directory / f"{category}.npz", {split: doodles[split][0][: counts.get(split, 6)] for split in doodles})
    return directory


REFUSED = {
    "no validation": ({"valid": 0}, "batch_size=4", "validation sketches of bus, flower, found 0 in 'valid' .12 in 't"),
    "no test": ({"test": 0}, "batch_size=4", "test sketches of bus, flower, found 0 in 'test' .*--allow_empty_splits"),
    "all too long": ({}, "batch_size=2,max_seq_len=30", "found 0 in 'valid' of at most max_seq_len=30 .* larger max_"),
    "a batch": ({}, "batch_size=13", "batch_size=13 training sketches, found 12 .*in 'train': .*=batch_size=12"),
    "components": ({}, "batch_size=4,num_sub=9,mixture_start=1", "as many training .* components, 18, found 12 in 't"),
    "no training": ({"train": 0}, "batch_size=4", "bus.npz: expected sketches in 'train', found none; --split"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_train_is_refused_before_anything_is_written(name, tmp_path):
    counts, hparams, message = REFUSED[name]
    directory = data(tmp_path / "data", **counts)
    if name == "all too long":
        _lengthen(directory)
    with pytest.raises(ValueError, match=message):
        train(Options(tmp_path / "run", directory, f"{SMALL},num_steps=2,{hparams}"))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["train.lock"]


def _lengthen(directory: Path) -> None:
    """Makes all but the training sketches longer than 30 points, and those shorter."""
    for path in directory.iterdir():
        line = np.array([[5, -3, 0]] * 31 + [[0, 1, 1]], np.int16)
        short = [np.array([[5, i, 0], [-3, 4, 1]], np.int16) for i in range(6)]
        path.unlink()
        save_npz(path, {"train": short, "valid": [line], "test": [line]})


def test_an_earlier_run_is_left_as_it_is_by_a_refusal(finished_run, tmp_path):
    directory = data(tmp_path / "data", valid=0)
    before = sorted(path.name for path in finished_run.iterdir())
    with pytest.raises(DataError, match="found 0 in 'valid'"):
        train(Options(finished_run, directory, f"{SMALL},batch_size=4", resume_training=False))
    assert sorted(path.name for path in finished_run.iterdir()) == before


def test_a_model_is_trained_without_an_evaluation_if_asked(tmp_path, caplog):
    directory, root = data(tmp_path / "data", valid=0, test=0), tmp_path / "run"
    with caplog.at_level(logging.INFO):
        hparams = f"{SMALL},num_sub=1,batch_size=4,num_steps=4"
        assert train(Options(root, directory, hparams, allow_empty_splits=True))
    assert "'valid' has no sketches: nothing is validated" in caplog.text
    assert "'test' has no sketches: no test loss" in caplog.text
    assert "training sketches over their reconstructions" in caplog.text and (root / "sketches.png").is_file()
    assert load_checkpoint(root).step == 4
    with pytest.raises(DataError, match="found 0 in 'valid'"):
        train(Options(root, directory, "num_steps=5"))
    assert train(Options(root, directory, "num_steps=5", allow_empty_splits=True)), "it resumes"
    assert load_checkpoint(root).step == 5


def test_a_category_without_validation_is_named(tmp_path, caplog):
    directory = data(tmp_path / "data")
    save_npz(directory / "bus.npz", {**{s: load_demo("bus", 6, 6, 6)[s][0] for s in ("train", "test")}, "valid": []})
    hps = HParams().parse(f"{SMALL},batch_size=4")
    check_trainable(load_data(directory, hps), hps, allow_empty_splits=False)
    assert "No validation sketches of bus: the validation loss is that of the others." in caplog.text


def job(model: Path, directory: Path, split: str = "test") -> Job:
    return Job(EvaluationOptions(str(model), str(directory), str(directory / "evaluation"), split=split))


def test_evaluation_and_sampling_say_what_is_missing(whole_run, tmp_path):
    nothing, tested, validated = (data(tmp_path / name, valid=0, test=0) for name in ("none", "test", "valid"))
    for split, directory in (("test", tested), ("valid", validated)):
        for category in ("bus", "flower"):
            doodles = {name: load_demo(category, 6, 6, 6)[name][0] for name in ("train", split)}
            save_npz(directory / f"{category}.npz", {"valid": [], "test": [], **doodles})
    with pytest.raises(ValueError, match="no test sketches of bus, flower; --split of ia_pix2seq_tf.data.convert"):
        job(whole_run, nothing)
    with pytest.raises(ValueError, match="no test sketches of bus, flower; --split=valid has some"):
        job(whole_run, validated)
    assert "rec" in job(whole_run, validated, "valid").measures
    assert "rec" not in job(whole_run, tested).measures, "its classifier needs validation sketches"
    model = load_checkpoint(whole_run).model
    with pytest.raises(ValueError, match="test:bus:0: the data has no test sketches of bus; name files with --input"):
        endpoint(model, "test:bus:0", load_data(nothing, model.hps))
