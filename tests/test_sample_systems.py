"""sample.py with models of other kinds: that read strokes or nothing, without latent components, without codes."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from sketches import objects
from stand_ins import StandIn
from systems_table import SCALE, SYSTEMS, tiny_model, works

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import sampling
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.loading import Loaded
from ia_pix2seq_tf.sampling.modes import MODES, interpolate
from ia_pix2seq_tf.sampling.options import Options
from ia_pix2seq_tf.sampling.output import shown_indices
from ia_pix2seq_tf.sampling.run import sample

STROKES, IMAGES, NOTHING = ("sequences",), ("images",), ()


def model_of(kind):
    """A stand-in for a model that reads this; without codes where it reads nothing."""
    return StandIn(kind, z_size=4 if kind else 0, scale_factor=SCALE)


@pytest.fixture
def draw(monkeypatch, tmp_path):
    """Runs a mode with a model; returns its manifest and its directory."""

    def run(model, mode, name="out", **flags):
        monkeypatch.setattr("ia_pix2seq_tf.sampling.job.load_checkpoint", lambda _: Loaded(model, Path("x"), None))
        flags = {"model_dir": "x", "mode": mode, "output_dir": str(tmp_path / name), **flags}
        directory = sample(Options.of(flags))
        return json.loads((directory / "samples.json").read_text()), directory

    return run


@pytest.fixture(scope="module")
def data():
    return load_data("demo", model_of(STROKES).hps)


@pytest.fixture
def svg(tmp_path):
    path = tmp_path / "begun.svg"
    path.write_text(ia.strokes_to_svg(np.array([[0, 0, 0], [100, 0, 0], [0, 50, 1]]), 200, 20))
    return str(path)


def codes(manifest, directory):
    return np.concatenate([np.load(directory / f"code_{entry['name']}.npy") for entry in manifest["sketches"]])


def origins(manifest):
    return [entry["from"] for entry in manifest["sketches"]]


WORKS = works("mode")
MODE_FLAGS = {
    "conditional": {"num_per_category": 2},
    "unconditional": {"num_samples": 3},
    "components": {"num_samples": 1},
    "interpolate": {"steps": 2},
    "analogy": {"terms": ["test:pig:0", "test:bus:0", "normal:1"]},
    "complete": {"num_per_category": 2},
    "continue": {"num_per_category": 1, "endings": 2, "given_share": 0.1},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_mode_draws_with_every_system_or_says_in_a_sentence_why_not(draw, name, mode):
    flags = {"data_dir": "demo", "max_len": 12, **MODE_FLAGS[mode]}
    if name not in WORKS[mode]:
        with pytest.raises(ValueError, match=r"^[^.]*; (use )?--mode=[^.]*$"):
            draw(tiny_model(name), mode, **flags)
        return
    manifest, directory = draw(tiny_model(name), mode, **flags)
    count = len(manifest["sketches"])
    has_components, has_codes = name in WORKS["components"], name in WORKS["conditional"]
    assert (manifest["scale_factor"], manifest["scale_factor_from"]) == (SCALE, "model")
    assert len(list(directory.glob("*_*.svg"))) == count > 0 and (directory / "sheet.png").exists()
    assert len(list(directory.glob("gau_idx_*"))) == count * has_components
    assert len(list(directory.glob("code_*"))) == count * has_codes
    assert all((entry["component"] is not None) == has_components for entry in manifest["sketches"])


CODELESS = "this model has no latent codes; --mode=unconditional"


@pytest.mark.parametrize(
    ("kind", "mode", "flags", "message"),
    (
        (
            STROKES,
            "components",
            {},
            r"^--mode=components: this model's codes have no components.*use --mode=unconditional",
        ),
        (STROKES, "unconditional", {"component": 1}, "^component 1: this model's codes have no components"),
        (
            STROKES,
            "unconditional",
            {"z_source": "component"},
            "^--z_source=component: this model's codes have no components",
        ),
        (STROKES, "continue", {"component": 1}, "^component 1: this model's codes have no components"),
        (STROKES, "interpolate", {"from": ["component:1"], "to": ["normal:1"]}, "^component 1: this model's codes"),
        (STROKES, "complete", {"data_dir": "demo"}, "reads strokes, which no mask can erase; --mode=continue"),
        (NOTHING, "conditional", {"data_dir": "demo"}, "no encoder.*--mode=unconditional.*--mode=continue"),
        (NOTHING, "complete", {"data_dir": "demo"}, "no encoder"),
        (NOTHING, "components", {}, CODELESS),
        (NOTHING, "interpolate", {}, CODELESS),
        (NOTHING, "analogy", {"terms": ["normal:0"] * 3}, CODELESS),
        (NOTHING, "unconditional", {"z_source": "normal"}, CODELESS),
        (NOTHING, "unconditional", {"z_source": "file", "z_file": "codes.npy"}, CODELESS),
    ),
)
def test_what_cannot_work_is_refused_in_a_sentence_that_says_what_to_do(draw, kind, mode, flags, message):
    with pytest.raises(ValueError, match=message):
        draw(model_of(kind), mode, **flags)


def test_a_picture_is_refused_by_a_model_that_reads_strokes(draw, tmp_path, svg):
    cv2.imwrite(str(tmp_path / "cat.png"), np.full((48, 48), 255, np.uint8) - 255 * np.eye(48, dtype=np.uint8))
    with pytest.raises(ValueError, match=r"cat\.png: only an image, while this model reads strokes"):
        draw(model_of(STROKES), "conditional", input=[svg, str(tmp_path / "cat.png")])


def test_test_sketches_are_read_in_the_units_of_the_model(draw, data):
    manifest, directory = draw(model_of(STROKES), "conditional", data_dir="demo", num_per_category=1)
    sums = [data.test.strokes[i][:, :2].sum(axis=0) for i in (0, 12)]
    np.testing.assert_allclose(codes(manifest, directory)[:, :2], np.array(sums) / SCALE, atol=1e-4)


def test_an_svg_is_read_at_the_size_of_quickdraws_drawings(draw, svg):
    manifest, directory = draw(model_of(STROKES), "conditional", input=[svg])
    np.testing.assert_allclose(codes(manifest, directory)[0, :2] * SCALE, [255, 255 / 2], rtol=0.02)


def test_sketches_that_a_model_has_drawn_are_in_its_units_and_others_in_those_of_the_data(draw, tmp_path):
    drawn = np.float32([[0.5, 1.25, 0], [3, -2, 1]])
    path = tmp_path / "sketches.npz"
    for name, strokes, unit in (("drawn", drawn, 1), ("whole", drawn * 40, SCALE), ("large", drawn * 30.01, SCALE)):
        np.savez(path, test=objects([strokes]))
        manifest, directory = draw(model_of(STROKES), "conditional", name, input=[str(path)])
        np.testing.assert_allclose(codes(manifest, directory)[0, :2], strokes[:, :2].sum(axis=0) / unit, rtol=1e-5)


def test_the_scale_of_the_model_needs_no_data(draw, monkeypatch):
    monkeypatch.setattr("ia_pix2seq_tf.sampling.job.load_data", lambda *_: 1 / 0)
    manifest, _ = draw(model_of(STROKES), "unconditional", data_dir="demo", num_samples=1)
    assert manifest["scale_factor"] == SCALE


def test_a_run_that_has_kept_no_scale_has_that_of_the_data(draw, data):
    manifest, _ = draw(StandIn(STROKES), "unconditional", data_dir="demo", num_samples=1)
    assert manifest["scale_factor_from"] == "data"
    assert manifest["scale_factor"] == pytest.approx(float(data.scale_factor))


def test_given_strokes_are_what_the_code_of_a_continuation_is_made_of(data):
    originals = sampling.data_originals(data, 1)
    result = sampling.continuation(model_of(STROKES), originals, share=0.5, endings=2)
    for code, prefix, strokes in zip(result.codes, result.prefixes, result.strokes, strict=True):
        np.testing.assert_allclose(code[:2], prefix[:, :2].sum(axis=0), atol=1e-4)
        np.testing.assert_array_equal(strokes[: len(prefix)], prefix)
    whole = originals[0].strokes[: len(result.prefixes[0])]
    np.testing.assert_allclose(result.prefixes[0][:, :2] * SCALE, whole[:, :2], atol=1e-4)


def test_without_components_interpolation_is_spherical_and_between_what_there_is(draw, svg):
    model = model_of(STROKES)
    chance, _ = draw(model, "interpolate", steps=2, seed=3)
    assert chance["sketches"][0]["interpolation"] == "spherical"
    assert origins(chance)[0] == ["normal:3", "normal:4", "normal:5", "normal:6"]
    tests, _ = draw(model, "interpolate", steps=2, data_dir="demo")
    assert origins(tests)[0] == ["test:bus:0", "test:pig:0", "test:bus:1", "test:pig:1"]
    inputs, _ = draw(model, "interpolate", steps=2, data_dir="demo", input=[svg, svg, svg])
    assert origins(inputs)[0] == ["input:0", "input:1"]


def test_a_code_of_chance_is_the_first_that_its_seed_draws(draw):
    model = model_of(STROKES)
    ends = sampling.endpoint(model, "normal:7"), sampling.endpoint(model, "normal:8")
    np.testing.assert_array_equal(ends[0].code, sampling.unconditional(model, 2, sampling.Settings(seed=7)).codes[0])
    line = sampling.interpolate(model, ends, steps=3)
    lengths = np.linalg.norm(line.codes, axis=1)
    assert lengths[1] > 0.9 * min(lengths[[0, 2]]), "the way keeps its distance from the origin"
    assert interpolate.colors(line)[0] != interpolate.colors(line)[2]


@pytest.mark.parametrize("mode", ("conditional", "unconditional"))
def test_captions_name_no_component_where_there_is_none(mode, data):
    model = model_of(STROKES)
    original = sampling.data_originals(data, 1)
    result = sampling.conditional(model, original) if mode == "conditional" else sampling.unconditional(model, 3)
    drawn = {i: result.strokes[i] for i in shown_indices(result, 10)}
    captions = [cell.caption for row in MODES[mode].sheet(result, drawn).rows for cell in row.cells]
    assert captions and not any("component" in caption for caption in captions)


def test_sketches_without_category_and_component_have_the_colour_of_the_only_category():
    model = model_of(NOTHING)
    result = sampling.unconditional(model, 1)
    several = MODES["unconditional"].colors(result)
    model.hps.categories = ["bus"]
    assert MODES["unconditional"].colors(result) == ["#d62728"] != several


def test_every_mode_is_in_the_table_with_its_flags_and_a_line_of_help():
    for name, mode in MODES.items():
        assert name == mode.NAME and "\n" not in mode.HELP and mode.FLAGS
    assert [flag.name for flag in MODES["continue"].FLAGS] == [
        "num_per_category",
        "input",
        "photographs",
        "given_share",
        "endings",
        "component",
    ]


def test_flags_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="unknown flag --colour"):
        Options.of({"model_dir": "x", "colour": "red"})
