"""The built-in demo data: valid strokes, reproducible, and styles that pixels alone tell apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data import demo
from ia_pix2seq_tf.render import render_many
from ia_pix2seq_tf.strokes import bounds

PAPER_CATEGORIES = {"cat", "pig", "bee", "bus", "flower", "giraffe", "car", "horse"}
CASES = [(category, style) for category in demo.CATEGORIES for style in demo.STYLES[category]]
TWO_SIDED = [(category, style[:-4]) for category, style in CASES if style.endswith("left")]


def doodles(category: str, style: str, number: int = 40) -> list[np.ndarray]:
    return [demo.draw(category, style, np.random.default_rng(i)) for i in range(number)]


def left_right_asymmetry(strokes: np.ndarray) -> float:
    """How far the mean point lies to the right of the middle, in units of the drawing's width."""
    x = np.cumsum(strokes[:, 0])
    return float((x.mean() - (x.min() + x.max()) / 2) / np.ptp(x))


def test_the_categories_are_the_eight_of_the_paper():
    assert set(demo.CATEGORIES) == PAPER_CATEGORIES
    assert all(2 <= len(demo.STYLES[category]) <= 3 for category in demo.CATEGORIES)


@pytest.mark.parametrize(("category", "style"), CASES)
def test_doodles_are_short_int16_strokes_that_end_with_the_pen_lifted(category, style):
    for strokes in doodles(category, style):
        assert strokes.dtype == np.int16
        assert strokes.ndim == 2 and strokes.shape[1] == 3
        assert 20 <= len(strokes) <= demo.MAX_POINTS == 64
        assert set(np.unique(strokes[:, 2])) == {0, 1}
        assert strokes[-1, 2] == 1


@pytest.mark.parametrize(("category", "style"), CASES)
def test_the_longer_side_of_a_doodle_measures_255_units_around_the_origin(category, style):
    for strokes in doodles(category, style):
        min_x, max_x, min_y, max_y = bounds(strokes)
        assert max(max_x - min_x, max_y - min_y) == pytest.approx(demo.EXTENT, abs=1)
        assert (min_x + max_x, min_y + max_y) == pytest.approx((0, 0), abs=2)


@pytest.mark.parametrize(("category", "style"), CASES)
def test_every_line_of_a_doodle_leaves_a_visible_mark(category, style):
    for strokes in doodles(category, style):
        ends = np.flatnonzero(strokes[:, 2]) + 1
        for part in np.split(np.cumsum(strokes[:, :2], axis=0), ends[:-1]):
            assert len(part) >= 2
            assert np.ptp(part, axis=0).max() >= 3


def test_doodles_take_about_forty_points_on_average():
    lengths = [len(strokes) for case in CASES for strokes in doodles(*case, number=10)]
    assert 35 <= np.mean(lengths) <= 45


@pytest.mark.parametrize(("category", "style"), CASES)
def test_no_two_doodles_of_a_style_are_alike(category, style):
    drawn = doodles(category, style, number=30)
    assert len({strokes.tobytes() for strokes in drawn}) == len(drawn)
    paths = [np.cumsum(strokes[:20, :2], axis=0) for strokes in drawn]
    assert np.std(paths, axis=0).mean() > 3


@pytest.mark.parametrize(("category", "noun"), TWO_SIDED)
def test_left_is_the_mirror_image_of_right(category, noun):
    left = [left_right_asymmetry(strokes) for strokes in doodles(category, noun + "left")]
    right = [left_right_asymmetry(strokes) for strokes in doodles(category, noun + "right")]
    assert np.sign(np.mean(left)) == -np.sign(np.mean(right))
    assert np.mean(left) == pytest.approx(-np.mean(right), abs=0.02)
    assert min(abs(np.mean(left)), abs(np.mean(right))) > 0.02


def test_pixels_alone_tell_category_and_style():
    def images_and_labels(split: str, number: int) -> tuple[np.ndarray, list[tuple[str, str]]]:
        sketches, labels = [], []
        for category in demo.CATEGORIES:
            drawn, styles = demo.load_demo(category, number, number, 0)[split]
            sketches += drawn
            labels += [(category, style) for style in styles]
        return 255.0 - render_many(sketches, workers=1).reshape(len(sketches), -1), labels

    known, known_labels = images_and_labels("train", 45)
    asked, asked_labels = images_and_labels("valid", 12)
    nearest = ((known**2).sum(axis=1) - 2 * asked @ known.T).argmin(axis=1)
    named = [known_labels[i] for i in nearest]
    assert np.mean([name == label for name, label in zip(named, asked_labels, strict=True)]) > 0.97


@pytest.mark.parametrize("category", demo.CATEGORIES)
def test_every_split_has_the_number_asked_for_and_each_style_its_share(category):
    data = demo.load_demo(category, num_train=20, num_valid=7, num_test=5)
    assert tuple(data) == demo.SPLITS == ("train", "valid", "test")
    for (sketches, styles), number in zip(data.values(), (20, 7, 5), strict=True):
        assert len(sketches) == len(styles) == number
        shares = [styles.count(style) for style in demo.STYLES[category]]
        assert sum(shares) == number
        assert max(shares) - min(shares) <= 1


def test_the_label_of_a_sketch_is_the_style_that_was_drawn():
    sketches, styles = demo.load_demo("flower", 6, 0, 0)["train"]
    key = (0, demo.CATEGORIES.index("flower"), demo.SPLITS.index("train"))
    for i, (strokes, style) in enumerate(zip(sketches, styles, strict=True)):
        np.testing.assert_array_equal(strokes, demo.draw("flower", style, np.random.default_rng((*key, i))))


def test_a_larger_number_extends_a_smaller_one():
    small, large = demo.load_demo("pig", 4, 2, 3), demo.load_demo("pig", 9, 8, 7)
    for split, number in zip(demo.SPLITS, (4, 2, 3), strict=True):
        assert small[split][1] == large[split][1][:number]
        for ours, theirs in zip(small[split][0], large[split][0][:number], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_splits_categories_and_seeds_share_no_drawing():
    drawn = [
        strokes.tobytes()
        for category in ("car", "bus")
        for seed in (0, 1)
        for sketches, _ in demo.load_demo(category, 6, 6, 6, seed=seed).values()
        for strokes in sketches
    ]
    assert len(set(drawn)) == len(drawn) == 72


def test_defaults_are_500_for_training_and_100_each_to_validate_and_test():
    assert [len(sketches) for sketches, _ in demo.load_demo("bee").values()] == [500, 100, 100]


def test_an_unknown_category_is_refused_with_the_eight_names():
    for ask in (
        lambda: demo.load_demo("firetruck"),
        lambda: demo.draw("firetruck", "left", np.random.default_rng(0)),
    ):
        with pytest.raises(ValueError, match="firetruck") as refused:
            ask()
        assert all(category in str(refused.value) for category in PAPER_CATEGORIES)


def test_an_unknown_style_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown style 'head' of bus: expected one of left, right"):
        demo.draw("bus", "head", np.random.default_rng(0))


@pytest.mark.parametrize("name", ["num_train", "num_valid", "num_test", "seed"])
def test_a_negative_number_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name}: expected 0 or more, found -1"):
        demo.load_demo("cat", **{name: -1})


def test_the_demo_data_needs_no_tensorflow():
    code = "import sys, ia_pix2seq_tf.data.demo; sys.exit('tensorflow' in sys.modules)"
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
