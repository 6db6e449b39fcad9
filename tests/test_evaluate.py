"""evaluate.py: its numbers against their definitions, its files, going on after a stop, and its errors."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from saved_models import save_model
from sketches import objects
from systems_table import tiny_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.checkpoints import native, packed
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.evaluation import classifier, job, latent_map, stages
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.evaluation.options import METRICS, Options
from ia_pix2seq_tf.evaluation.report import Report
from ia_pix2seq_tf.evaluation.run import evaluate
from ia_pix2seq_tf.masks import irregular_mask
from ia_pix2seq_tf.model import IAPix2Seq

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CATEGORIES = ["bus", "pig"]
K, SKETCHES, SEEDS = 3, 11, (3, 4)


def make_model(directory, **changes):
    """Writes an untrained model of two demo categories; its last component is dead."""
    hps = ia.HParams(categories=CATEGORIES, dec_model="lstm", dec_rnn_size=8, z_size=4, num_mixture=K, num_sub=1)
    hps.update({"num_per_category": SKETCHES, "batch_size": 4, "max_seq_len": 64, "jit_compile": False, **changes})
    model = ia.IAPix2Seq(hps)
    model.latent_alpha.assign([[0.3], [0.7], [0.0]])
    return save_model(directory, model)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def evaluated(model_dir, tmp_path_factory):
    """A whole evaluation with two seeds, and a classifier of two steps: report and directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(job, "ClassifierSettings", lambda seed: Settings(seed=seed, max_steps=2, validate_every=2))
        directory = tmp_path_factory.mktemp("out")
        yield evaluate(Options(model_dir, "demo", str(directory), seeds=SEEDS)), directory


@pytest.fixture(scope="module")
def model(model_dir):
    return ia.load_model(model_dir)


@pytest.fixture(scope="module")
def data(model):
    return load_data("demo", model.hps)


@pytest.fixture(scope="module")
def codes(model, data):
    """Codes and variances of the test images."""
    return [part.numpy() for part in model.encode(data.test.images / 127.5 - 1)]


class TestNumbers:
    def test_accuracy_is_that_of_the_test_codes(self, evaluated, model, data, codes):
        component = model.assign_components(*codes)["label"].numpy()
        expected = metrics.cluster_accuracy(data.test.labels, component, K)
        found = evaluated[0].metrics
        assert found["acc"].value == pytest.approx(100 * expected.one_to_one)
        assert found["acc_many"].value == pytest.approx(100 * expected.many_to_one)
        assert found["acc"].error == pytest.approx(100 * metrics.share_error(expected.one_to_one, 2 * SKETCHES))

    def test_style_is_accuracy_for_category_and_style(self, evaluated, model, data, codes):
        component = model.assign_components(*codes)["label"].numpy()
        styles = [f"{label} {style}" for label, style in zip(data.test.labels, data.test.styles, strict=True)]
        expected = metrics.cluster_accuracy(np.array(styles), component, K)
        assert evaluated[0].metrics["style"].value == pytest.approx(100 * expected.one_to_one)
        assert len(set(styles)) > len(CATEGORIES)

    def test_retrieval_is_that_of_rendered_drawings_from_the_encoders_means(self, evaluated, model, codes):
        shares = []
        for seed in SEEDS:
            drawings = model.generate(codes[0], temperature=0.24, seed=seed)
            images = np.stack([ia.render(strokes) for strokes in drawings]) / 127.5 - 1
            shares.append(100 * metrics.retrieval(codes[0], model.encode(images)[0].numpy(), ks=(10,))[10])
        found = evaluated[0].metrics["ret_10"]
        assert found.per_seed == pytest.approx(shares)
        assert found.value == pytest.approx(np.mean(shares))
        assert found.error == pytest.approx(np.std(shares, ddof=1))
        assert evaluated[0].metrics["ret_50"].value == 100  # there are only 22

    def test_rec_is_the_classifiers_accuracy_on_drawings_beside_its_own(self, evaluated, model, data, codes):
        network, _ = classifier.load_or_train(data, "demo", Settings(max_steps=2, validate_every=2))
        shares = [
            100 * np.mean(classifier.classify(network, model.generate(codes[0], seed=seed)) == data.test.labels)
            for seed in SEEDS
        ]
        assert evaluated[0].metrics["rec"].per_seed == pytest.approx(shares)
        assert evaluated[0].metrics["classifier"].value == pytest.approx(
            100 * classifier.test(network, data)["accuracy"]
        )

    def test_completion_is_rec_and_ret_of_drawings_from_what_masks_have_left(self, evaluated, model, data, codes):
        network, _ = classifier.load_or_train(data, "demo", Settings(max_steps=2, validate_every=2))
        masks = [irregular_mask(48, 0.3, np.random.default_rng([0, i])) for i in range(len(data.test))]
        torn = np.stack([np.where(mask, 255, image) for mask, image in zip(masks, data.test.images, strict=True)])
        z, right, found = model.encode(torn / 127.5 - 1)[0], [], []
        for seed in SEEDS:
            drawings = model.generate(z, temperature=0.24, seed=seed)
            right.append(100 * np.mean(classifier.classify(network, drawings) == data.test.labels))
            images = np.stack([ia.render(strokes) for strokes in drawings]) / 127.5 - 1
            found.append(100 * metrics.retrieval(codes[0], model.encode(images)[0].numpy(), ks=(10,))[10])
        assert evaluated[0].metrics["completion_rec"].per_seed == pytest.approx(right)
        assert evaluated[0].metrics["completion_ret_10"].per_seed == pytest.approx(found)
        assert np.ptp(z - codes[0]) > 1e-4, "the masks change what is encoded"

    def test_pairs_are_those_of_living_components(self, evaluated, model, codes):
        mu, sigma2 = model.latent_mu.numpy(), model.latent_sigma2.numpy()
        overlap = metrics.overlap_rate(mu[0], sigma2[0], 0.3, mu[1], sigma2[1], 0.7)
        found = evaluated[0].metrics
        assert found["olr"].value == pytest.approx(overlap, rel=1e-4) and found["olr"].n == 1
        assert found["living"].value == 2

    def test_losses_are_means_over_all_sketches_whatever_the_batch(self, tmp_path):
        means = []
        for batch_size in (4, 5, 22):
            (tmp_path / str(batch_size)).mkdir()
            model = ia.load_model(make_model(tmp_path / str(batch_size), batch_size=batch_size, system="rpcl"))
            means.append(stages.mean_losses(model, load_data("demo", model.hps)))
        for name in ("lil", "de"):  # the latent terms are of the mixture that a batch proposes
            assert [mean[name] for mean in means] == pytest.approx([means[0][name]] * 3, rel=1e-5)

    def test_one_seed_gives_the_standard_error_over_sketches(self, model_dir, tmp_path):
        report = evaluate(Options(model_dir, "demo", str(tmp_path), metrics=["ret"], pictures=False))
        found = report.metrics["ret_10"]
        assert found.error_kind == "standard error over sketches" and found.per_seed is None
        assert found.error == pytest.approx(100 * metrics.share_error(found.value / 100, 2 * SKETCHES))


class TestFiles:
    def test_all_are_written(self, evaluated):
        _, directory = evaluated
        pictures = {"confusion.png", "styles.png", "olr.png", "rlda.png", "tsne.png", "pca.png", "locality.png"}
        assert pictures | {"metrics.json", "metrics.md", "stages", "projector"} == {p.name for p in directory.iterdir()}
        page = (directory / "metrics.md").read_text()
        assert all(name in page for name in pictures)

    def test_json_reads_back_with_every_choice(self, evaluated, model_dir):
        report, directory = evaluated
        read = Report.read(directory / "metrics.json")
        assert read == report
        assert read.settings["seeds"] == list(SEEDS) and read.settings["temperature"] == 0.24
        assert read.settings["classifier"]["max_steps"] == 2
        assert read.model.model_dir == model_dir and read.model.step is None
        assert read.model.alpha == pytest.approx([0.3, 0.7, 0.0])

    def test_the_projector_has_category_component_and_style(self, evaluated):
        lines = (evaluated[1] / "projector" / "codes-metadata.tsv").read_text().splitlines()
        assert lines[0].split("\t")[:3] == ["category", "component", "style"]
        assert len(lines) == 1 + 2 * SKETCHES

    def test_the_step_of_a_training_run_is_told(self, model, tmp_path):
        checkpoint = tf.train.Checkpoint(weights=native.weights(model), step=tf.Variable(17, dtype=tf.int64))
        native.save(native.manager(checkpoint, tmp_path, native.BEST))
        assert native.saved_step(native.newest(tmp_path, native.BEST)) == 17


def refuse(*args, **kwargs):
    raise AssertionError("a finished stage was computed again")


class TestGoingOn:
    options = {"metrics": ["ret", "acc"], "pictures": False}

    def test_finished_stages_are_reused(self, model_dir, tmp_path, monkeypatch):
        options = Options(model_dir, "demo", str(tmp_path), **self.options)
        first = evaluate(options)
        monkeypatch.setattr(IAPix2Seq, "generate_each", refuse)
        monkeypatch.setattr(stages, "encode_all", refuse)
        assert evaluate(options) == first

    def test_after_a_stop_between_stages_the_rest_is_computed(self, model_dir, tmp_path, monkeypatch):
        options = Options(model_dir, "demo", str(tmp_path), **self.options)
        with monkeypatch.context() as patch:
            patch.setattr(stages, "encode_drawings", interrupted)
            with pytest.raises(KeyboardInterrupt):
                evaluate(options)
        assert not (tmp_path / "metrics.json").exists()
        monkeypatch.setattr(IAPix2Seq, "generate_each", refuse)
        assert evaluate(options).metrics["ret_1"].value is not None

    @pytest.mark.parametrize("change", [{"temperature": 0.5}, {"seeds": (1,)}])
    def test_other_settings_are_drawn_anew(self, model_dir, tmp_path, monkeypatch, change):
        evaluate(Options(model_dir, "demo", str(tmp_path), **self.options))
        monkeypatch.setattr(IAPix2Seq, "generate_each", refuse)
        with pytest.raises(AssertionError, match="computed again"):
            evaluate(Options(model_dir, "demo", str(tmp_path), **self.options, **change))

    def test_another_checkpoint_in_the_same_place_is_measured_anew(self, model_dir, tmp_path):
        mine = tmp_path / "model"
        shutil.copytree(model_dir, mine)
        options = Options(str(mine), "demo", str(tmp_path / "out"), metrics=["losses"], pictures=False)
        first = evaluate(options)
        make_model(mine, seed=7)
        second = evaluate(options)
        assert second.model.checkpoint_sha256 != first.model.checkpoint_sha256
        assert second.metrics["lil"].value != first.metrics["lil"].value

    def test_a_damaged_stage_is_computed_anew_with_a_warning(self, model_dir, tmp_path, caplog):
        options = Options(model_dir, "demo", str(tmp_path), **self.options)
        first = evaluate(options)
        (path,) = (tmp_path / "stages").glob("codes-*.npz")
        path.write_bytes(path.read_bytes()[:100])
        with caplog.at_level(logging.WARNING, logger="ia_pix2seq_tf"):
            assert evaluate(options) == first
        assert str(path) in caplog.text and "anew" in caplog.text


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt


def test_the_sketches_of_validation_are_measured_where_they_are_asked_for(model_dir, model, data, tmp_path):
    options = Options(model_dir, "demo", str(tmp_path), metrics=["acc"], split="valid", pictures=False)
    found = evaluate(options)
    with np.load(next((tmp_path / "stages").glob("codes-*.npz"))) as codes:
        expected = model.encode(data.valid.images / 127.5 - 1)[0]
        np.testing.assert_allclose(codes["mu"], expected, atol=1e-4)
    assert found.settings["split"] == "valid" and found.data.test_sketches == len(data.valid)
    assert f"data: {len(data.valid)} validation sketches of" in (tmp_path / "metrics.md").read_text()


def test_pictures_say_of_which_sketches_they_are(model_dir, tmp_path, monkeypatch):
    subtitles = []
    monkeypatch.setattr(latent_map, "draw", lambda *arguments: subtitles.append(arguments[-1]))
    evaluate(Options(model_dir, "demo", str(tmp_path), metrics=["acc"], split="valid"))
    assert len(subtitles) == 2 and all(f"{2 * SKETCHES} validation sketches" in text for text in subtitles)


def test_names_of_places_that_are_no_text_are_written_as_far_as_they_are(data, tmp_path):
    try:
        odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
        odd.mkdir()
    except OSError:
        pytest.skip("names of files are always text here")
    model = tiny_model("ia")
    model.hps.write(odd / "model_config.json")
    packed.write(model, odd)
    options = Options(str(odd), "demo", str(odd / "out"), metrics=["acc"])
    assert evaluate(options).model.model_dir == f"{tmp_path}/caf\N{REPLACEMENT CHARACTER}"


class TestErrors:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"metrics": ["rec", "fid"]}, "--metrics: expected some of losses, rec.*found fid"),
            ({"metrics": []}, "found none"),
            ({"seeds": ()}, "--seeds"),
            ({"seeds": (1, 1)}, "different numbers"),
            ({"seeds": (-1,)}, "--seeds: expected 0"),
            ({"temperature": 0.0}, "--temperature"),
            ({"living_alpha": 1.0}, "--living_alpha"),
            ({"split": "train"}, "--split: expected one of test, valid, found 'train'"),
        ],
    )
    def test_options_that_cannot_work_are_refused_by_name(self, model_dir, change, message):
        with pytest.raises(ValueError, match=message):
            evaluate(Options(model_dir, **change))

    def test_training_sketches_of_one_category_are_not_parted_by_a_line(self, model_dir, tmp_path):
        short, long = ([np.tile(np.int16([5, 3, 1]), (points, 1))] * 4 for points in (9, 99))
        for name, training in zip(CATEGORIES, (short, long), strict=True):
            np.savez(tmp_path / f"{name}.npz", train=objects(training), valid=objects(short), test=objects(short))
        options = {"data_dir": str(tmp_path), "output_dir": str(tmp_path / "out"), "metrics": ["limits"]}
        report = evaluate(Options(model_dir, **options, pictures=False))
        assert set(report.metrics) == {"kmeans", "kmeans_many", "living"}
        other = save_model(tmp_path / "other", tiny_model("sketch_pix2seq"))
        with pytest.raises(ValueError, match="no components, and the training sketches are of one category; take"):
            evaluate(Options(str(other), **options))

    def test_style_needs_known_styles(self, model_dir, tmp_path, data):
        drawings = np.empty(4, object)
        drawings[:] = [np.array([[5, 0, 0], [0, 5, 1]], np.int16)] * 4
        for name in CATEGORIES:
            np.savez(tmp_path / f"{name}.npz", train=drawings, valid=drawings, test=drawings)
        options = {"model_dir": model_dir, "data_dir": str(tmp_path), "output_dir": str(tmp_path / "out")}
        with pytest.raises(ValueError, match="styles of the sketches in .* are not known"):
            evaluate(Options(**options, metrics=["style"]))
        report = evaluate(Options(**options, metrics=[m for m in METRICS if m not in ("rec", "style")]))
        assert report.metrics["acc"].n == 8 and "style" not in report.metrics

    def test_the_script_names_what_is_wrong(self, tmp_path):
        command = [sys.executable, "evaluate.py", f"--model_dir={tmp_path}", "--seeds=0,x"]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 1 and "--seeds: expected whole numbers, found 0,x" in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data and checkpoints are not here")
def test_the_released_checkpoint_measures_as_the_reference_measured_it(tmp_path):
    """Acc has no chance in it. Ret, of three drawings here and of one there, is within three deviations."""
    data_dir = tmp_path / "data"
    shutil.copytree(SHARED / "data" / "parity", data_dir)
    model_dir = str(SHARED / "checkpoints" / "ia")
    options = Options(model_dir, str(data_dir), str(tmp_path), ["ret", "acc"], seeds=(0, 1, 2), pictures=False)
    found = evaluate(options).metrics
    assert found["acc"].value == pytest.approx(63.7, abs=0.05)
    assert found["acc_many"].value == pytest.approx(76.7, abs=0.05)
    for name, expected in {"ret_1": 0.0, "ret_10": 5.7, "ret_50": 30.3}.items():
        deviation = 100 * metrics.share_error(max(expected, 1.0) / 100, 300)
        assert found[name].value == pytest.approx(expected, abs=3 * deviation)


def test_metrics_json_is_plain_json(evaluated):
    content = json.loads((evaluated[1] / "metrics.json").read_text(), parse_constant=refuse)
    assert set(content) == {"program", "model", "data", "settings", "metrics"}
