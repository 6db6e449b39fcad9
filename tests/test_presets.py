"""The shipped configurations: what they hold, and that each builds a model."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from graph_inputs import random_graphs
from reference import SHARED

from ia_pix2seq_tf import HParams, IAPix2Seq, presets
from ia_pix2seq_tf.catalogue import DEFAULT, SYSTEMS
from ia_pix2seq_tf.hparams import read_description

PRESETS = sorted((Path(__file__).resolve().parents[1] / "hparams").glob("*.json"))
SMALL_RNN = 16  # the paper's 2048 units are built once, in test_the_default_model_has_the_published_size


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_shipped_file_is_valid_and_describes_itself(path):
    hps = HParams.resolve(file=path)
    assert hps != HParams() and HParams.read(path) == hps
    assert read_description(path)


def test_shipped_files_cover_the_experiments_of_the_paper():
    systems = [f"_{system}" for system in SYSTEMS if system != DEFAULT]
    variants = ["", "_ml_ml", "_ml_hl", "_hl_ml", "_paper", *systems]
    data_sets = {f"dataset{i}{variant}" for i in (1, 2, 3) for variant in variants}
    assert {path.stem for path in PRESETS} == data_sets | {
        "demo",
        "small",
        "readme_example",
        "sketch_rnn",
        "sketch_pix2seq",
    }


@pytest.mark.parametrize("data_set", [1, 2, 3])
def test_data_set_and_its_variants_differ_only_in_their_learning(data_set):
    folder = PRESETS[0].parent
    base = HParams.read(folder / f"dataset{data_set}.json")
    k, n_categories = {1: (10, 5), 2: (8, 2), 3: (16, 8)}[data_set]
    assert (base.k, len(base.categories), base.batch_size, base.z_size) == (k, n_categories, 400, 128)
    for top, bottom in (("ml", "ml"), ("ml", "hl"), ("hl", "ml")):
        variant = HParams.read(folder / f"dataset{data_set}_{top}_{bottom}.json")
        assert variant == dataclasses.replace(base, top_learning=top, bottom_learning=bottom)
    paper = HParams.read(folder / f"dataset{data_set}_paper.json")
    assert paper == dataclasses.replace(base, objective="paper")
    rpcl = HParams.read(folder / f"dataset{data_set}_rpcl.json")
    assert rpcl == dataclasses.replace(base, system="rpcl")
    vade = HParams.read(folder / f"dataset{data_set}_vade.json")
    assert vade == dataclasses.replace(base, system="vade", mixture_start=1, mixture_init="em")


@pytest.mark.parametrize("data_set", [1, 2, 3])
@pytest.mark.parametrize("system", ["sketch_rnn", "sketch_pix2seq"])
def test_data_set_of_another_system_has_the_paper_s_training_and_that_system_s_networks(system, data_set):
    folder = PRESETS[0].parent
    preset = HParams.read(folder / f"dataset{data_set}_{system}.json")
    base, own = HParams.read(folder / f"dataset{data_set}.json"), HParams.read(folder / f"{system}.json")
    for name in ("categories", "batch_size", "z_size", "num_per_category", "learning_rate", "decay_rate"):
        assert getattr(preset, name) == getattr(base, name)
    networks = [name for name in own.to_dict() if name.startswith(("dec_", "enc_", "kl_", "png_", "random_"))]
    assert {name: getattr(preset, name) for name in networks} == {name: getattr(own, name) for name in networks}


@pytest.mark.parametrize("system", ["sketch_rnn", "sketch_pix2seq"])
def test_preset_of_a_system_has_the_defaults_of_its_original_program(system):
    path = SHARED / "golden" / "systems" / f"{system.replace('_', '')}_defaults.json"
    if not path.exists():
        pytest.skip(f"needs {path}")
    recorded = json.loads(path.read_text())["defaults"]
    for name in ("data_set", "num_mixture", "save_every", "max_seq_len", "img_H", "img_W"):  # mean other things here
        recorded.pop(name, None)
    preset = HParams.read(PRESETS[0].parent / f"{system}.json").to_dict()
    assert {name: preset[name] for name in recorded} == recorded


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_builds_a_model_with_its_components(path):
    hps = HParams.read(path)
    hps.dec_rnn_size = SMALL_RNN
    model = IAPix2Seq(hps)
    if model.latent.k:
        assert model.latent_mu.shape == (hps.k, hps.z_size)
    inputs = {"images": np.ones((1, hps.png_width, hps.png_width)), "sequences": np.eye(5)[None, [2, 0, 4]]}
    inputs |= random_graphs(1, np.random.default_rng(0))
    assert model.encode(*(inputs[name] for name in model.reads))[0].shape == (1, hps.z_size)


def test_the_default_model_has_the_published_size():
    model = IAPix2Seq(HParams())
    cell = sum(weight.shape.num_elements() for weight in model.decoder.cell.trainable_weights)
    assert cell == 21_278_464
    assert model.latent_mu.shape == (10, 128)


def test_a_preset_is_found_by_its_name():
    assert HParams.read(presets.hparams_file("demo")) == HParams.read(PRESETS[0].parent / "demo.json")
    assert presets.names() == [path.stem for path in PRESETS]


@pytest.mark.parametrize("value", (None, "", "demo.json", "hparams/demo.json", "./demo", "no/such"))
def test_a_path_stays_what_it_is(value):
    assert presets.hparams_file(value) == value


def test_a_file_has_precedence_over_a_preset_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    assert presets.hparams_file("demo").endswith("demo.json"), "a directory is no file"
    (tmp_path / "demo").rmdir()
    (tmp_path / "demo").write_text("{}")
    assert presets.hparams_file("demo") == "demo"


def test_an_unknown_name_lists_those_that_there_are():
    with pytest.raises(ValueError, match=r"--hparams_file: .*dataset1, .*demo, .*found 'dmeo'"):
        presets.hparams_file("dmeo")
