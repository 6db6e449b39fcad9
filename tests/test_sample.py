"""sample.py: every mode as a user starts it, its files, and its errors."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import photographs
import pytest
from own_lines import strange_lines

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE
from ia_pix2seq_tf.data.npz import read_npz
from ia_pix2seq_tf.data.pipeline import in_turn, load_data
from ia_pix2seq_tf.inference import DEFAULT_SCALE
from ia_pix2seq_tf.loading import Loaded
from ia_pix2seq_tf.sampling import Settings, conditional, continuation, data_originals
from ia_pix2seq_tf.sampling.inputs import read_image
from ia_pix2seq_tf.sampling.inputs.photograph import PAPER
from ia_pix2seq_tf.sampling.inputs.sketch import MOST_INK, ink_share
from ia_pix2seq_tf.sampling.modes import MODES
from ia_pix2seq_tf.sampling.options import Options
from ia_pix2seq_tf.sampling.output import file_names, remove_earlier, to_data_units
from ia_pix2seq_tf.sampling.run import sample
from ia_pix2seq_tf.stroke_mixture import PEN_STATES, RAW_SIZE

ROOT = Path(__file__).resolve().parents[1]
CATEGORIES = ["bus", "pig"]
Z_SIZE, K, MAX_LEN = 4, 3, 64
END = PEN_STATES - 1  # of the decoder's raw outputs
FILES = ("{}.svg", "{}.png", "code_{}.npy", "gau_idx_{}.npy")


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    """An untrained model of two demo categories that seldom ends a sketch; its last component is dead."""
    directory = tmp_path_factory.mktemp("model")
    hps = ia.HParams(categories=CATEGORIES, dec_model="lstm", dec_rnn_size=8, z_size=Z_SIZE, num_mixture=K, num_sub=1)
    hps.num_per_category, hps.batch_size, hps.max_seq_len, hps.jit_compile = 12, 4, MAX_LEN, False
    model = ia.IAPix2Seq(hps)
    model.latent_alpha.assign([[0.3], [0.7], [0.0]])
    model.decoder.head.bias.assign_add(np.eye(RAW_SIZE)[END] * -4)
    hps.write(directory / "model_config.json")
    native.save(native.manager(native.model_checkpoint(model), directory, native.BEST))
    return str(directory)


@pytest.fixture(scope="module")
def data(model_dir):
    return load_data("demo", ia.load_model(model_dir).hps)


@pytest.fixture
def draw(model_dir, tmp_path):
    """Runs a mode; returns its manifest and its directory."""

    def run(mode, name="out", **options):
        options = {"data_dir": "demo", "output_dir": str(tmp_path / name), "max_len": 20, **options}
        directory = sample(Options.of({"model_dir": model_dir, "mode": mode, **options}))
        return json.loads((directory / "samples.json").read_text()), directory

    return run


def ends(start, end):
    """The flags --from and --to, whose names are words of Python's."""
    return {"from": start, "to": end}


def names(manifest):
    return [entry["name"] for entry in manifest["sketches"]]


def origins(manifest):
    return [entry["from"] for entry in manifest["sketches"]]


def codes(manifest, directory):
    return np.concatenate([np.load(directory / f"code_{name}.npy") for name in names(manifest)])


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_conditional_mode_draws_test_sketches_of_each_category_from_their_encodings(draw, data, model_dir):
    manifest, directory = draw("conditional", num_per_category=3)
    assert names(manifest) == ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2"]
    assert origins(manifest) == [f"test:{c}:{i}" for c in CATEGORIES for i in range(3)]
    assert [entry["category"] for entry in manifest["sketches"]] == ["bus"] * 3 + ["pig"] * 3
    model = ia.load_model(model_dir)
    rows = [0, 1, 2, 12, 13, 14]
    mu, sigma2 = model.encode(data.test.images[rows] / np.float32(127.5) - 1)
    np.testing.assert_allclose(codes(manifest, directory), mu, atol=1e-5)
    components = [int(np.load(directory / f"gau_idx_{name}.npy")[0]) for name in names(manifest)]
    assert components == list(model.assign_components(mu, sigma2)["label"].numpy())
    assert components == [entry["component"] for entry in manifest["sketches"]]


def test_the_files_are_those_of_the_reference_and_nothing_else(draw):
    manifest, directory = draw("conditional", num_per_category=2)
    per_sketch = {file.format(name) for name in names(manifest) for file in FILES}
    whole = {"sheet.png", "sheet.svg", "samples.json", "samples.npz"}
    assert {path.name for path in directory.iterdir()} == per_sketch | whole
    assert is_png(directory / "sheet.png") and "<svg" in (directory / "sheet.svg").read_text()
    assert np.load(directory / "code_0_0.npy").shape == (1, Z_SIZE)


def test_images_are_black_on_white_while_vectors_have_the_category_colour(draw):
    _manifest, directory = draw("conditional", num_per_category=1)
    image = cv2.imread(str(directory / "1_0.png"), cv2.IMREAD_UNCHANGED)
    assert image.shape == (48, 48, 3) and image.min() < 100 and image.max() == 255
    assert np.all(image == image[..., :1]), "grey, so that every channel can be read"
    assert 'stroke="#b08a00"' in (directory / "1_0.svg").read_text()


def test_the_archive_holds_the_drawn_sketches_in_units_of_the_data(draw, data, model_dir):
    manifest, directory = draw("conditional", num_per_category=2, seed=5)
    arrays = read_npz(directory / "samples.npz", ("train", "valid", "test"))
    assert len(arrays["train"]) == len(arrays["valid"]) == 0 and arrays["test"][0].dtype == np.int16
    expected = conditional(ia.load_model(model_dir), data_originals(data, 2), settings_of(manifest)).strokes
    assert manifest["scale_factor"] == pytest.approx(float(data.scale_factor))
    for packed, strokes in zip(arrays["test"], expected, strict=True):
        points = np.cumsum(strokes[:, :2], axis=0) * data.scale_factor
        assert np.abs(np.cumsum(packed[:, :2], axis=0) - points).max() <= 1
        np.testing.assert_array_equal(packed[:, 2], strokes[:, 2])
    assert [len(packed) for packed in arrays["test"]] == [entry["points"] for entry in manifest["sketches"]]


def settings_of(manifest):
    return Settings(**{name: manifest[name] for name in ("temperature", "greedy", "max_len", "seed")})


def test_the_same_command_draws_the_same_and_another_seed_does_not(draw):
    pngs = [
        draw("conditional", str(i), num_per_category=1, seed=seed)[1] / "0_0.png" for i, seed in enumerate((1, 1, 2))
    ]
    first, second, other = (path.read_bytes() for path in pngs)
    assert first == second != other


def test_conditional_false_means_unconditional_as_in_the_reference(draw):
    manifest, _ = draw(None, conditional=False, num_per_category=3)
    assert manifest["mode"] == "unconditional" and len(manifest["sketches"]) == 3 * len(CATEGORIES)
    with pytest.raises(ValueError, match="--conditional=False contradicts --mode=complete"):
        draw("complete", conditional=False)


def test_unconditional_codes_are_of_the_living_components(draw):
    manifest, directory = draw("unconditional", num_samples=30, data_dir=None)
    used = {entry["component"] for entry in manifest["sketches"]}
    assert used == {0, 1} and set(origins(manifest)) == {"component:0", "component:1"}
    assert manifest["scale_factor"] == DEFAULT_SCALE and manifest["scale_factor_from"] == "default"
    assert [entry["category"] for entry in manifest["sketches"]] == [None] * 30
    fewer, other = draw("unconditional", "fewer", num_samples=10, data_dir=None)
    np.testing.assert_allclose(codes(fewer, other), codes(manifest, directory)[:10], rtol=1e-6)


def test_a_component_can_be_chosen_and_must_exist(draw, model_dir):
    manifest, directory = draw("unconditional", num_samples=200, component=2, max_len=1)
    assert set(origins(manifest)) == {"component:2"}
    model = ia.load_model(model_dir)
    mean = codes(manifest, directory).mean(axis=0)
    np.testing.assert_allclose(mean, model.latent_mu[2], atol=5 / np.sqrt(200))
    with pytest.raises(ValueError, match="component 3: this model has the components 0 to 2"):
        draw("unconditional", component=3)


def test_codes_can_be_normal_or_from_a_file(draw, tmp_path):
    manifest, directory = draw("unconditional", num_samples=5, z_source="normal")
    assert origins(manifest) == ["normal"] * 5
    path = tmp_path / "codes.npy"
    np.save(path, codes(manifest, directory))
    again, other = draw("unconditional", "again", z_source="file", z_file=str(path))
    np.testing.assert_array_equal(codes(again, other), codes(manifest, directory))
    assert (other / "0_4.svg").read_bytes() == (directory / "0_4.svg").read_bytes()


def test_unusable_files_of_codes_are_refused_by_name(draw, tmp_path):
    damaged, wide, two = (tmp_path / name for name in ("damaged.npy", "wide.npy", "two.npz"))
    damaged.write_bytes(b"nothing")
    np.save(wide, np.zeros((2, 9)))
    np.savez(two, a=np.zeros((2, 4)), b=np.zeros((2, 4)))
    for path, message in ((damaged, "expected an .npy"), (wide, r"found \[2, 9\]"), (two, "single array.*found a, b")):
        with pytest.raises(ValueError, match=f"{path.name}: .*{message}"):
            draw("unconditional", z_source="file", z_file=str(path))
    with pytest.raises(ValueError, match="missing.npy: expected a file, found none"):
        draw("unconditional", z_source="file", z_file=str(tmp_path / "missing.npy"))


def test_components_mode_shows_the_living_ones_with_their_shares(draw, model_dir):
    manifest, directory = draw("components", num_samples=2)
    assert [trait["component"] for trait in manifest["components"]] == [1, 0], "the heaviest first, the dead one not"
    assert [entry["component"] for entry in manifest["sketches"]] == [1, 1, 1, 0, 0, 0]
    centres = codes(manifest, directory)[[0, 3]]
    np.testing.assert_allclose(centres, ia.load_model(model_dir).latent_mu.numpy()[[1, 0]])
    shares = [share for trait in manifest["components"] for share in trait["shares"].values()]
    assert shares and sum(shares) == pytest.approx(sum(bool(t["shares"]) for t in manifest["components"]), abs=1e-3)
    assert all(key.split()[0] in CATEGORIES for trait in manifest["components"] for key in trait["shares"])


def test_interpolation_between_named_ends_passes_the_mean(draw, model_dir):
    manifest, directory = draw("interpolate", **ends(["test:pig:1"], ["component:2"]), steps=3)
    line = codes(manifest, directory)
    np.testing.assert_allclose(line[1], (line[0] + line[2]) / 2, atol=1e-6)
    np.testing.assert_allclose(line[2], ia.load_model(model_dir).latent_mu[2], atol=1e-6)
    assert [entry["at"] for entry in manifest["sketches"]] == [[0.0], [0.5], [1.0]]
    assert origins(manifest)[0] == ["test:pig:1", "component:2"]


def test_four_ends_make_a_grid_with_them_in_its_corners(draw, model_dir):
    manifest, directory = draw(
        "interpolate", **ends(["component:0", "test:bus:0"], ["component:1", "component:2"]), steps=3
    )
    grid = codes(manifest, directory).reshape(3, 3, Z_SIZE)
    centres = ia.load_model(model_dir).latent_mu.numpy()
    np.testing.assert_allclose([grid[0, 0], grid[0, 2], grid[2, 2]], centres, atol=1e-6)
    np.testing.assert_allclose(grid[1], (grid[0] + grid[2]) / 2, atol=1e-6)
    colors = [(directory / f"0_{i}.svg").read_text().split('stroke="')[1][:7] for i in range(9)]
    assert len(set(colors)) == 9, "the colours of the corners blend into each other"


def test_interpolation_goes_between_the_heaviest_components_by_default(draw):
    manifest, _ = draw("interpolate", steps=2, interpolation="spherical", data_dir=None)
    assert origins(manifest)[0] == ["component:1", "component:0"]


def test_interpolation_needs_two_components_that_live(draw, model_dir, monkeypatch):
    for alpha, count in (([0.0, 1.0, 0.0], 1), ([0.005] * 3, 0)):
        model = ia.load_model(model_dir)
        model.latent_alpha.assign(np.float32(alpha)[:, None])
        monkeypatch.setattr("ia_pix2seq_tf.sampling.job.load_checkpoint", lambda _, m=model: Loaded(m, Path("x"), None))
        with pytest.raises(ValueError, match=f"expected two or more living components, found {count}; name --from"):
            draw("interpolate", data_dir=None)
    with pytest.raises(ValueError, match=r"weight is above 0\.01, found none among 3; draw one .* --component"):
        draw("components", data_dir=None)
    manifest, _ = draw("components", data_dir=None, component=2, num_samples=1)
    assert origins(manifest) == ["component:2"] * 2


def test_an_analogy_is_a_minus_b_plus_c(draw):
    manifest, directory = draw("analogy", terms=["test:pig:0", "test:pig:1", "component:0"])
    a, b, c, result = codes(manifest, directory)
    np.testing.assert_allclose(result, a - b + c, atol=1e-6)
    assert manifest["sketches"][3]["formula"] == "a - b + c"


def test_completion_erases_the_share_and_draws_from_what_is_left(draw):
    whole, directory = draw("complete", "whole", num_per_category=2, mask_share=0.0)
    masked, other = draw("complete", "masked", num_per_category=2, mask_share=0.5)
    assert [entry["erased_share"] for entry in whole["sketches"]] == [0.0] * 4
    assert [entry["erased_share"] for entry in masked["sketches"]] == [0.5] * 4
    assert np.abs(codes(whole, directory) - codes(masked, other)).max(axis=1).min() > 0


def test_a_given_mask_erases_its_light_parts(draw, tmp_path, data, model_dir):
    path = tmp_path / "mask.png"
    cv2.imwrite(str(path), np.repeat([0, 255], 60).astype(np.uint8)[None].repeat(90, axis=0))
    manifest, directory = draw("complete", num_per_category=1, mask=str(path))
    image = data.test.images[:1].copy()
    image[:, :, 24:] = 255
    expected = ia.load_model(model_dir).encode(image / np.float32(127.5) - 1)[0]
    np.testing.assert_allclose(codes(manifest, directory)[:1], expected, atol=1e-5)


def test_a_mask_that_is_no_image_is_refused_by_name(draw, tmp_path):
    (tmp_path / "mask.png").write_text("no image")
    with pytest.raises(ValueError, match=r"mask\.png: expected an image"):
        draw("complete", mask=str(tmp_path / "mask.png"))


def test_continuations_begin_with_the_given_strokes_and_end_differently(draw, data):
    manifest, directory = draw("continue", num_per_category=1, given_share=0.25, endings=3, max_len=None)
    original = data.test.strokes[0]
    given = manifest["sketches"][0]["given_points"]
    assert given == round(0.25 * len(original))
    endings = read_npz(directory / "samples.npz", ("test",))["test"][:3]
    for ending in endings:
        np.testing.assert_array_equal(ending[:given], original[:given])
    assert len({ending.tobytes() for ending in endings}) == 3
    assert names(manifest) == ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2"]


def test_a_continuation_can_have_the_code_of_a_component(data, model_dir):
    model = ia.load_model(model_dir)
    result = continuation(model, data_originals(data, 1), float(data.scale_factor), component=2)
    np.testing.assert_array_equal(result.codes, np.tile(model.latent_mu[2], (10, 1)))


@pytest.fixture
def drawings(tmp_path, data):
    """Files of a user: a picture, light on dark, of a test sketch; the beginning of one as SVG; two as `.npz`."""
    sketches = [data.test.strokes[i] for i in range(2)]
    cv2.imwrite(str(tmp_path / "big.png"), 255 - ia.render(sketches[0], 300, 30, 6))
    (tmp_path / "begun.svg").write_text(ia.strokes_to_svg(sketches[0][:10], 200, 20))
    archive = {name: np.empty(2, object) for name in ("train", "valid", "test")}
    for array in archive.values():
        array[:] = sketches
    np.savez(tmp_path / "two.npz", **archive)
    return {path.name: str(path) for path in tmp_path.iterdir()}


def test_drawings_of_the_user_take_the_place_of_test_sketches(draw, drawings, data, model_dir):
    manifest, directory = draw("conditional", data_dir=None, input=[drawings["big.png"], drawings["two.npz"]])
    assert origins(manifest) == ["input:0", "input:1", "input:2"] and names(manifest) == ["0_0", "0_1", "0_2"]
    assert manifest["sketches"][0]["file"] == drawings["big.png"]
    assert [entry["category"] for entry in manifest["sketches"]] == [None] * 3
    images = np.stack([read_image(drawings["big.png"]).image, *(ia.render(data.test.strokes[i]) for i in range(2))])
    expected = ia.load_model(model_dir).encode(images / np.float32(127.5) - 1)[0]
    np.testing.assert_allclose(codes(manifest, directory), expected, atol=1e-5)


@pytest.fixture
def desk(tmp_path):
    """A photograph of a drawing on a desk."""
    strokes = photographs.RECTANGLES["television"]
    path = tmp_path / "desk.jpg"
    cv2.imwrite(str(path), photographs.SCENES["a dark desk, turned"](strokes)[..., ::-1])
    return str(path)


def test_what_the_model_sees_of_a_photograph_is_written_and_what_was_done_to_it_is_said(draw, drawings, desk, caplog):
    with caplog.at_level("INFO"):
        manifest, directory = draw("conditional", data_dir=None, input=[drawings["begun.svg"], desk])
    seen = cv2.imread(str(directory / "input_1.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(seen, read_image(desk).image)
    assert not (directory / "input_0.png").exists(), "an SVG is no picture"
    assert [entry.get("steps") for entry in manifest["sketches"]] == [None, [PAPER]]
    assert f"{desk}: {PAPER}; {directory / 'input_1.png'} is what the model sees." in caplog.text
    assert "of it is ink" not in caplog.text


def test_more_ink_than_drawings_have_is_doubted(draw, desk, caplog):
    _, directory = draw("conditional", data_dir=None, input=[desk], photographs=False)
    assert re.search(r"desk\.jpg: \d\d % of it is ink, more than drawings have; .*input_0\.png is what", caplog.text)
    assert ink_share(cv2.imread(str(directory / "input_0.png"))) > MOST_INK


def test_inputs_can_be_ends_of_an_interpolation(draw, drawings):
    paths = [drawings["big.png"], drawings["begun.svg"]]
    manifest, _ = draw("interpolate", input=paths, **ends(["input:0"], ["input:1"]), steps=2, data_dir=None)
    assert origins(manifest)[0] == ["input:0", "input:1"]


def test_inputs_are_the_ends_unless_others_are_named(draw, drawings):
    begun, two = drawings["begun.svg"], drawings["two.npz"]
    manifest, _ = draw("interpolate", input=[begun, two], steps=2)
    assert origins(manifest)[0] == ["input:0", "input:1"]
    grid, _ = draw("interpolate", input=[two, begun, two], steps=2)
    assert origins(grid)[0] == [f"input:{i}" for i in range(4)]
    with pytest.raises(ValueError, match="expected two or more drawings in --input, found 1; name --from and --to"):
        draw("interpolate", input=[begun])
    unused = {"interpolate": ends(["component:0"], ["component:1"]), "analogy": {"terms": ["component:0"] * 3}}
    for mode, flags in unused.items():
        with pytest.raises(ValueError, match="--input: expected the name input:NUMBER of one, found component:0"):
            draw(mode, input=[begun], **flags)


def test_names_of_files_that_are_no_text_are_written_as_far_as_they_are(draw, drawings, tmp_path):
    try:
        odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
        odd.mkdir()
    except OSError:
        pytest.skip("names of files are always text here")
    for name, source in {"a.svg": "begun.svg", "bus.npz": "two.npz", "pig.npz": "two.npz"}.items():
        shutil.copy(drawings[source], odd / name)
    np.save(odd / "codes.npy", np.zeros((1, Z_SIZE)))
    drawn, _ = draw("conditional", input=[str(odd)], data_dir=str(odd), output_dir=str(odd / "out"))
    assert drawn["data_dir"] == f"{tmp_path}/caf\N{REPLACEMENT CHARACTER}"
    assert drawn["sketches"][0]["file"] == f"{tmp_path}/caf\N{REPLACEMENT CHARACTER}/a.svg"
    from_codes, _ = draw("unconditional", z_source="file", z_file=str(odd / "codes.npy"), data_dir=None)
    assert origins(from_codes) == [f"{tmp_path}/caf\N{REPLACEMENT CHARACTER}/codes.npy"]


def test_an_svg_that_was_begun_is_given_whole_and_a_picture_cannot_be_continued(draw, drawings):
    manifest, directory = draw("continue", input=[drawings["begun.svg"]], endings=2, data_dir=None)
    given = [entry["given_points"] for entry in manifest["sketches"]]
    ending = read_npz(directory / "samples.npz", ("test",))["test"][0]
    assert given == [given[0]] * 2 and 8 <= given[0] < len(ending)
    points = np.cumsum(ending[: given[0], :2], axis=0)
    assert np.ptp(points, axis=0).max() == pytest.approx(255, abs=1), "an SVG has the size of QuickDraw's drawings"
    with pytest.raises(ValueError, match=r"big\.png: only an image"):
        draw("continue", input=[drawings["big.png"]], data_dir=None)
    with pytest.raises(ValueError, match=r"two\.npz: test 0: .* leave nothing to draw of 5"):
        draw("continue", input=[drawings["two.npz"]], data_dir=None, max_len=5)


def test_images_that_lack_something_are_drawn_as_they_are(draw, drawings):
    torn, directory = draw("complete", "torn", input=[drawings["big.png"]], mask_share=0.0, data_dir=None)
    whole, other = draw("conditional", "whole", input=[drawings["big.png"]], data_dir=None)
    np.testing.assert_array_equal(codes(torn, directory), codes(whole, other))


def test_modes_need_what_they_draw_from(draw):
    for mode in ("conditional", "complete", "continue"):
        with pytest.raises(ValueError, match=f"--mode={mode} draws from sketches: give --data_dir .* or --input"):
            draw(mode, data_dir=None)
    with pytest.raises(ValueError, match="expected --terms=a,b,c"):
        draw("analogy", terms=["component:0"])
    with pytest.raises(ValueError, match="one name each for --from and --to"):
        draw("interpolate", **ends(["component:0"], None))
    with pytest.raises(FileNotFoundError, match="no drawings of category 'bus'"):
        draw("conditional", data_dir="/nowhere")


@pytest.mark.parametrize(
    ("name", "message"),
    (
        ("style:cat", "unknown endpoint 'style:cat': expected test:CATEGORY:NUMBER"),
        ("test:pig:x", "unknown endpoint 'test:pig:x'"),
        ("test:dog:0", "unknown category 'dog', expected one of bus, pig"),
        ("test:pig:12", "found the number 12, but there are only 12"),
        ("component:3", "this model has the components 0 to 2"),
        ("input:0", "no inputs are given"),
    ),
)
def test_endpoints_that_do_not_exist_are_refused_by_name(draw, name, message):
    with pytest.raises(ValueError, match=message):
        draw("interpolate", **ends(["component:0"], [name]))


def test_flags_that_mean_nothing_in_a_mode_are_refused(draw):
    with pytest.raises(ValueError, match="--from has no meaning in --mode=complete; it belongs to interpolate"):
        draw("complete", **ends(["component:0"], None))
    with pytest.raises(ValueError, match="--z_source=file and --z_file=PATH go together"):
        draw("unconditional", z_source="file")
    with pytest.raises(ValueError, match="--component contradicts --z_source=normal"):
        draw("unconditional", z_source="normal", component=1)
    with pytest.raises(ValueError, match="--num_per_category contradicts --num_samples"):
        draw("unconditional", num_samples=2, num_per_category=3)
    with pytest.raises(ValueError, match="--num_per_category contradicts --z_file"):
        draw("unconditional", z_source="file", z_file="codes.npy", num_per_category=3)
    with pytest.raises(ValueError, match="--num_per_category: test sketches need data; give --data_dir"):
        draw("components", num_per_category=3, data_dir=None)
    for flag in ("strict", "photographs"):
        with pytest.raises(ValueError, match=f"--{flag} says how --input is read, which is not given"):
            draw("conditional", **{flag: True})


@pytest.mark.parametrize(
    ("mode", "flags"),
    (
        ("conditional", {"input": [""]}),
        ("conditional", {"input": ["a.png", ""]}),
        ("complete", {"mask": ""}),
        ("unconditional", {"z_file": "", "z_source": "file"}),
        ("unconditional", {"data_dir": ""}),
        ("unconditional", {"output_dir": ""}),
        ("interpolate", {"from": []}),
        ("analogy", {"terms": ["component:0", "", "component:1"]}),
    ),
)
def test_flags_without_a_value_are_refused_by_name(draw, mode, flags):
    with pytest.raises(ValueError, match=f"--{next(iter(flags))}: expected a value, found an empty one"):
        draw(mode, **flags)


@pytest.mark.parametrize(
    ("name", "value"),
    (
        *(("num_samples", 0), ("seed", -1), ("max_len", 0), ("sheet_sketches", 501)),
        *(("temperature", value) for value in (0.0, -1.0, float("nan"), float("inf"))),
    ),
)
def test_numbers_out_of_range_are_refused(draw, name, value):
    with pytest.raises(ValueError, match=f"--{name}: expected .* found {value}"):
        draw("unconditional", **{name: value})


def test_the_default_temperature_is_the_generators():
    assert Options(model_dir="").temperature == DEFAULT_TEMPERATURE


def test_a_run_that_fails_leaves_no_manifest_and_no_partial_file(draw, monkeypatch):
    _, directory = draw("conditional", num_per_category=1)
    before = {path.name for path in directory.iterdir()}
    monkeypatch.setattr("ia_pix2seq_tf.sampling.output.render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw("conditional", num_per_category=1)
    assert {path.name for path in directory.iterdir()} == {"0_0.svg"} < before, "the earlier run is gone, too"


def test_a_smaller_run_leaves_nothing_of_the_earlier_one(draw, drawings, caplog):
    draw("conditional", input=[drawings["two.npz"], drawings["big.png"]], data_dir=None)
    with caplog.at_level("INFO"):
        _, directory = draw("unconditional", num_samples=1, sheet_sketches=0, data_dir=None)
    expected = {file.format("0_0") for file in FILES} | {"samples.json", "samples.npz"}
    assert {path.name for path in directory.iterdir()} == expected
    assert "Wrote 1 sketches and samples.json to" in caplog.text


@pytest.mark.parametrize(
    ("sketches", "others"),
    (
        ([{"name": "../kept"}, {"name": "kept"}, {"name": None, "from": ["input:../kept", {}]}, "kept", {}], []),
        ([{"name": "0_" + 300 * "0", "from": "test:input:0"}], ["out/input_0.png"]),
        ({"name": "0_0"}, ["out/sheet.png"]),
        (None, ["out/sheet.png"]),
    ),
)
def test_a_manifest_of_a_stranger_removes_nothing_but_what_a_run_writes(tmp_path, sketches, others):
    names = [f"{place}kept{suffix}" for place in ("", "out/", "out/input_") for suffix in (".svg", ".png")] + others
    (tmp_path / "out").mkdir()
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "out" / "samples.json").write_text(json.dumps({"sketches": sketches}))
    remove_earlier(tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == sorted(names)


def test_a_damaged_manifest_is_named_and_what_it_was_of_may_stay(draw, caplog):
    _, directory = draw("unconditional", num_samples=2)
    (directory / "samples.json").write_text("{")
    manifest, _ = draw("unconditional", num_samples=1)
    assert len(manifest["sketches"]) == 1 and (directory / "0_1.svg").exists()
    assert f"{directory / 'samples.json'}: expected the manifest of an earlier run" in caplog.text


def test_sheets_show_all_categories_in_turn():
    labels = np.array([0] * 50 + [1] * 3 + [2] * 50)
    shown = in_turn(labels, 11)
    assert shown.tolist() == [0, 1, 2, 3, 50, 51, 52, 53, 54, 55, 56]


def test_files_of_no_category_are_counted_under_0():
    assert file_names(np.array([1, 0, 1, -1])) == ["1_0", "0_0", "1_1", "0_1"]


def test_rounding_errors_do_not_add_up_along_a_sketch():
    strokes = np.tile(np.float32([0.26, -0.26, 0]), (100, 1))
    packed = to_data_units(strokes, 1.9)
    points = np.cumsum(packed[:, :2], axis=0)
    assert np.abs(points - np.cumsum(strokes[:, :2], axis=0) * 1.9).max() < 0.51
    assert to_data_units(np.zeros((0, 3), np.float32), 1.0).tolist() == [[0, 0, 1]]


def run_script(*flags):
    command = [sys.executable, "sample.py", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_command_line_passes_its_flags_on(model_dir, tmp_path):
    ends = ("--from=test:pig:0,component:0", "--to=component:1,component:2", "--steps=2", "--interpolation=spherical")
    common = (f"--model_dir={model_dir}", f"--output_dir={tmp_path}", "--data_dir=demo", "--seed=3", "--greedy")
    process = run_script("--mode=interpolate", *ends, *common)
    assert process.returncode == 0, process.stderr
    manifest = json.loads((tmp_path / "samples.json").read_text())
    assert origins(manifest)[0] == ["test:pig:0", "component:1", "component:0", "component:2"]
    assert manifest["sketches"][0]["interpolation"] == "spherical" and len(manifest["sketches"]) == 4
    assert manifest["greedy"] and manifest["seed"] == 3 and manifest["checkpoint"] == f"{model_dir}/best/ckpt-1"
    assert "4/4" in process.stderr and "Wrote 4 sketches" in process.stderr
    assert strange_lines(process.stderr) == []


@pytest.mark.parametrize(
    ("flags", "message"),
    (
        (("--model_dir=/nowhere",), "sample.py: /nowhere: no model_config.json"),
        (("--model_dir=/nowhere", "--mode=paint"), "conditional|unconditional|components"),
        ((), "--model_dir"),
    ),
)
def test_errors_are_messages_and_exit_status_1(flags, message):
    process = run_script(*flags)
    assert process.returncode == 1
    assert message in process.stderr and "Traceback" not in process.stderr


def test_help_teaches_every_mode_without_loading_tensorflow():
    process = run_script("--help")
    for mode in set(MODES) - {"conditional"}:
        assert f"--mode={mode}" in process.stdout
    code = "import sys, ia_pix2seq_tf.sampling.options, ia_pix2seq_tf.sampling.codes, ia_pix2seq_tf.masks\n"
    light = subprocess.run([sys.executable, "-c", f"{code}sys.exit('tensorflow' in sys.modules)"], cwd=ROOT)
    assert light.returncode == 0
