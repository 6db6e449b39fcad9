"""The Rec classifier: its layers, that it learns, and its cache."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from ia_pix2seq_tf.data import DataError, SketchData, Split, Strokes
from ia_pix2seq_tf.data.cache import CACHE_FOLDER
from ia_pix2seq_tf.evaluation import classifier
from ia_pix2seq_tf.evaluation.classifier import classify, ink, load_or_train, sketch_a_net
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.evaluation.train_classifier import described

LEARN = Settings(batch_size=8, max_steps=12, validate_every=6, learning_rate=1e-3)
TOUCH = Settings(batch_size=2, max_steps=1)

OUTPUT_SHAPES = {
    "conv_1": (71, 71, 64),
    "pool_1": (35, 35, 64),
    "conv_2": (31, 31, 128),
    "pool_2": (15, 15, 128),
    "conv_3": (15, 15, 256),
    "conv_4": (15, 15, 256),
    "conv_5": (15, 15, 256),
    "pool_3": (7, 7, 256),
    "conv_6": (1, 1, 512),
    "dropout_1": (1, 1, 512),
    "conv_7": (1, 1, 512),
    "dropout_2": (1, 1, 512),
    "features": (512,),
    "logits": (3,),
}


def circle(rng):
    """A wobbly circle of 20 points."""
    angles = np.linspace(0, 2 * np.pi, 20)
    corners = 100 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + rng.normal(0, 3, (20, 2))
    return closed(np.diff(corners, axis=0, prepend=0))


def line(rng):
    """A wobbly line of 5 points, in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return closed(40 * np.array([np.cos(angle), np.sin(angle)]) + rng.normal(0, 2, (5, 2)))


def closed(offsets):
    """Strokes of one pen line: int16 `[n, 3]`."""
    strokes = np.zeros((len(offsets), 3), np.int16)
    strokes[:, :2], strokes[-1, 2] = np.rint(offsets), 1
    return strokes


def split(rng, count):
    """`count` circles, then `count` lines."""
    sketches = [draw(rng) for draw in (circle, line) for _ in range(count)]
    labels = np.repeat(np.array([0, 1], np.int32), count)
    return Split(Strokes.from_list(sketches), np.zeros((2 * count, 48, 48), np.uint8), labels)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return SketchData(split(rng, 20), split(rng, 4), split(rng, 6), ("circle", "line"), np.float32(1), 20)


@pytest.fixture(scope="module")
def learned(data):
    return classifier.train(data, LEARN)


@pytest.fixture(scope="module")
def touched(data):
    """A classifier after one step."""
    return classifier.train(data, TOUCH)


@pytest.fixture
def no_training(monkeypatch):
    """Makes training an error."""

    def fail(*args, **kwargs):
        raise AssertionError("trained, although a classifier was at hand")

    return lambda: monkeypatch.setattr(classifier, "train", fail)


@pytest.fixture
def instant_training(monkeypatch, touched):
    """Training that takes no time; lists the settings it was called with."""
    calls = []
    monkeypatch.setattr(classifier, "train", lambda data, settings: calls.append(settings) or touched)
    return calls


def same_weights(first, second):
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


# The network


def test_layers_have_the_shapes_of_sketch_a_net():
    model = sketch_a_net(3)
    assert {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers} == OUTPUT_SHAPES
    assert [layer.activation.__name__ for layer in model.layers if "conv" in layer.name] == ["relu"] * 7
    assert model.get_layer("logits").activation.__name__ == "linear"
    assert [layer.rate for layer in model.layers if "dropout" in layer.name] == [0.5, 0.5]
    assert [model.get_layer(f"conv_{i}").kernel.shape[:2] for i in range(1, 8)] == [
        (size, size) for size in (15, 5, 3, 3, 3, 7, 1)
    ]


def test_larger_images_fit_and_smaller_ones_are_refused():
    assert sketch_a_net(3, size=300).output_shape == (None, 3)
    with pytest.raises(ValueError, match="at least 225 pixels a side, found 224"):
        sketch_a_net(3, size=224)


def test_initial_weights_are_a_function_of_the_seed():
    assert same_weights(sketch_a_net(2, seed=1), sketch_a_net(2, seed=1))
    kernels = [model.get_layer("conv_4").kernel.numpy() for model in (sketch_a_net(2, seed=1), sketch_a_net(2, seed=2))]
    assert np.abs(kernels[0] - kernels[1]).max() > 0.01
    model = sketch_a_net(2)
    assert np.abs(model.get_layer("conv_4").kernel.numpy() - model.get_layer("conv_5").kernel.numpy()).max() > 0.01


# Drawing


def test_ink_is_one_on_zero_inside_the_scaled_margin():
    image = ink([np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [-10, 0, 0], [0, -10, 1]])])[0]
    assert image.shape == (225, 225, 1) and image.dtype == np.float32
    assert (image.min(), image.max()) == (0, 1)
    columns = np.flatnonzero(image.any(axis=(0, 2)))
    assert (columns[0], columns[-1]) == (5, 219)  # 7.03 pixels of margin, less half a line
    assert image[112, :20, 0].sum() == pytest.approx(classifier.LINE_WIDTH, abs=0.01)


def test_empty_sketch_is_white():
    assert not ink([np.zeros((0, 3))]).any()


def test_real_and_generated_strokes_are_drawn_alike():
    strokes = circle(np.random.default_rng(1))
    generated = strokes.astype(np.float32) / [37.0, 37.0, 1.0]
    np.testing.assert_allclose(ink([generated]), ink([strokes]), atol=0.1)


# Learning


def test_circles_and_lines_are_told_apart(learned, data):
    model = learned[0]
    report = classifier.test(model, data)
    assert report["accuracy"] == 1 and report["n"] == 12 and report["standard_error"] == 0
    assert report["per_category"] == {name: {"accuracy": 1.0, "n": 6} for name in data.categories}
    rng = np.random.default_rng(99)
    generated = [draw(rng) / 7.5 for draw in (line, circle, circle, line)]
    np.testing.assert_array_equal(classify(model, generated), [1, 0, 0, 1])


def test_training_ends_when_validation_cannot_be_better(learned):
    report = learned[1]
    assert report["valid_accuracy"] == 1 and report["valid_n"] == 8
    assert report["steps"] == report["best_step"] <= LEARN.max_steps
    assert report["epochs"] == report["steps"] * 8 / 40


def test_report_is_json_and_reads_well(learned, data):
    model, report = learned
    assert json.loads(json.dumps(report)) == report
    assert report["settings"] == dataclasses.asdict(LEARN)
    text = described(report, classifier.test(model, data))
    assert "accuracy on 12 test sketches: 100.00% ± 0.00%" in text and "circle: 100.00% of 6" in text


def test_training_is_a_function_of_the_seed(touched, data):
    again, other = classifier.train(data, TOUCH)[0], classifier.train(data, dataclasses.replace(TOUCH, seed=5))[0]
    for one, same in zip(touched[0].get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(same, one, atol=1e-5)
    assert not same_weights(touched[0], other)


def test_best_weights_are_kept_and_patience_ends_the_training(data, monkeypatch):
    accuracies, weights = iter([0.5, 0.7, 0.7, 0.6, 0.9]), []

    def accuracy(model, split):
        weights.append(model.get_weights())
        return next(accuracies)

    monkeypatch.setattr(classifier, "_accuracy", accuracy)
    settings = Settings(batch_size=1, validate_every=1, patience=2, max_steps=5)
    model, report = classifier.train(data, settings)
    assert (report["valid_accuracy"], report["best_step"], report["steps"]) == (0.7, 2, 4)
    for kept, best, last in zip(model.get_weights(), weights[1], weights[-1], strict=True):
        np.testing.assert_array_equal(kept, best)
        assert not np.array_equal(kept, last)


def test_last_step_is_validated_and_epochs_bound_the_steps(data):
    settings = Settings(batch_size=16, max_epochs=2)
    assert settings.steps_for(len(data.train)) == 4  # two whole batches of 40 sketches in an epoch
    assert settings.steps_for(5) == 2  # a data set smaller than a batch is one batch


def test_batches_pass_through_all_sketches_in_another_order_each_epoch():
    batches = classifier._batches(10, Settings(batch_size=5, seed=3))
    epochs = [np.concatenate([next(batches), next(batches)]) for _ in range(2)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert not np.array_equal(*epochs)


# Classifying


def test_every_sketch_gets_a_class_whatever_the_batches(learned, data):
    model, sketches = learned[0], list(data.train.strokes) + [np.zeros((0, 3))] + list(data.valid.strokes)
    sketches = sketches[:66]
    predicted = classify(model, sketches * 2)
    assert predicted.shape == (2 * len(sketches),) and predicted.dtype.kind == "i"
    np.testing.assert_array_equal(predicted[: len(sketches)], predicted[len(sketches) :])
    assert 0 <= predicted[len(data.train)] <= 1


def test_no_sketches_give_no_classes(touched):
    assert classify(touched[0], []).shape == (0,)


def test_accuracy_report_counts_each_category_and_admits_an_empty_one():
    predicted, labels = np.array([0, 0, 2, 1]), np.array([0, 2, 2, 0])
    report = classifier.accuracy_report(predicted, labels, ("a", "b", "c"))
    assert report["accuracy"] == 0.5 and report["n"] == 4 and report["standard_error"] == 0.25
    assert report["per_category"] == {
        "a": {"accuracy": 0.5, "n": 2},
        "b": {"accuracy": None, "n": 0},
        "c": {"accuracy": 0.5, "n": 2},
    }


def test_missing_splits_are_named(data, touched):
    none = data.test.select(np.arange(0))
    with pytest.raises(ValueError, match="needs valid sketches of circle, line, found none"):
        classifier.train(dataclasses.replace(data, valid=none), TOUCH)
    model, report = touched
    assert described(report, classifier.test(model, dataclasses.replace(data, test=none))).startswith(
        "no test sketches\n"
    )


@pytest.mark.parametrize("changes", [{"max_steps": 0}, {"learning_rate": 0.0}, {"seed": -1}])
def test_impossible_settings_are_refused(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f"{name}: expected"):
        Settings(**changes)


# The cache


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """An empty directory for data, and a cache directory of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "data"


def cached_file(data_dir):
    (path,) = (data_dir / CACHE_FOLDER).iterdir()
    return path


def test_second_call_takes_weights_and_report_from_the_cache(data, data_dir, instant_training, no_training):
    model, report = load_or_train(data, data_dir, TOUCH)
    assert cached_file(data_dir).name.startswith("classifier-")
    no_training()
    loaded, loaded_report = load_or_train(data, data_dir, TOUCH)
    assert loaded is not model and loaded_report == report
    np.testing.assert_array_equal(
        loaded.predict_on_batch(ink(data.test.strokes)).argmax(1), classify(model, data.test.strokes)
    )
    assert same_weights(loaded, model)


def test_demo_is_cached_for_the_user(data, data_dir, tmp_path, monkeypatch, instant_training, no_training):
    monkeypatch.chdir(tmp_path)
    load_or_train(data, "demo", TOUCH)
    assert [path.suffix for path in (tmp_path / "xdg" / "ia_pix2seq_tf").iterdir()] == [".npz"]
    assert not (tmp_path / "demo").exists()
    no_training()
    load_or_train(data, "demo", TOUCH)


def test_other_sketches_labels_categories_or_settings_are_another_classifier(data, data_dir, instant_training):
    flipped = dataclasses.replace(data.train, labels=1 - data.train.labels)
    variants = [
        (data, TOUCH),
        (data, dataclasses.replace(TOUCH, seed=1)),
        (dataclasses.replace(data, categories=("ring", "line")), TOUCH),
        (dataclasses.replace(data, train=data.train.select(np.arange(1, 40))), TOUCH),
        (dataclasses.replace(data, train=flipped), TOUCH),
        (dataclasses.replace(data, valid=data.valid.select(np.arange(1, 8))), TOUCH),
    ]
    for variant, settings in variants:
        load_or_train(variant, data_dir, settings)
    load_or_train(
        dataclasses.replace(data, test=data.valid), data_dir, TOUCH
    )  # which sketches are measured is no matter
    assert len(instant_training) == len(variants) == len(list((data_dir / CACHE_FOLDER).iterdir()))


def members(path):
    with np.load(path) as file:
        return dict(file)


def rewrite(path, **changes):
    np.savez(path, **{**members(path), **changes})


DAMAGES = {
    "empty": (lambda path: path.write_bytes(b""), "empty file"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:100_000]), "damaged"),
    "no archive": (lambda path: path.write_bytes(b"no archive"), "damaged"),
    "another shape": (
        lambda path: rewrite(path, **{"logits.kernel": np.zeros((512, 3), np.float32)}),
        r"'logits.kernel': expected float32 \[512, 2\], found float32 \[512, 3\]",
    ),
    "another type": (lambda path: rewrite(path, **{"logits.bias": np.zeros(2)}), "found float64"),
    "no JSON": (lambda path: rewrite(path, report=np.frombuffer(b"{", np.uint8)), "'report': expected JSON"),
}


@pytest.fixture(scope="module")
def saved(touched, tmp_path_factory):
    """The content of a good file."""
    path = tmp_path_factory.mktemp("saved") / "classifier.npz"
    classifier.save(path, *touched)
    return path.read_bytes()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_refused_by_name(damage, saved, tmp_path):
    path = tmp_path / "classifier.npz"
    path.write_bytes(saved)
    break_it, message = DAMAGES[damage]
    break_it(path)
    with pytest.raises(DataError, match=rf"classifier.npz.*{message}"):
        classifier.load(path, 2)


class Trap:
    """An object whose pickle creates a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickle_in_the_cache_is_not_executed(saved, tmp_path):
    path, sprung = tmp_path / "classifier.npz", tmp_path / "sprung"
    path.write_bytes(saved)
    trap = np.empty(1, object)
    trap[0] = Trap(sprung)
    rewrite(path, **{"conv_1.kernel": trap})
    with pytest.raises(DataError, match="refused"):
        classifier.load(path, 2)
    assert not sprung.exists()


def test_damaged_cache_is_trained_anew_with_a_warning(data, data_dir, instant_training, no_training, caplog):
    load_or_train(data, data_dir, TOUCH)
    cached_file(data_dir).write_bytes(b"damaged")
    _, report = load_or_train(data, data_dir, TOUCH)
    assert len(instant_training) == 2 and str(cached_file(data_dir)) in caplog.text
    no_training()
    assert load_or_train(data, data_dir, TOUCH)[1] == report


# The command line


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "ia_pix2seq_tf.evaluation.train_classifier", *arguments], capture_output=True, text=True
    )


def test_help_teaches():
    text = command("--help").stdout
    assert "--data_dir=demo --hparams_file=hparams/demo.json" in text and "ceiling" in text and "--max_epochs" in text


def test_missing_data_is_an_error_without_a_traceback(tmp_path):
    finished = command(f"--data_dir={tmp_path}", "--hparams=categories=[cat],batch_size=1")
    assert finished.returncode == 1
    assert "\ntrain_classifier: no drawings of category 'cat'" in "\n" + finished.stderr
    assert "Traceback" not in finished.stderr
