"""Images of drawings: provided, or rendered once and cached."""

import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from absl import logging
from sketches import SKETCHES, objects

from ia_pix2seq_tf.cache_directory import user_cache
from ia_pix2seq_tf.data import cache
from ia_pix2seq_tf.data import images as images_module
from ia_pix2seq_tf.data.cache import CACHE_FOLDER, load_or_make
from ia_pix2seq_tf.data.files import DataError, load_category
from ia_pix2seq_tf.data.images import category_images
from ia_pix2seq_tf.render import render_many


def save(path, train=SKETCHES):
    np.savez(path, train=objects(train), valid=objects(SKETCHES[:1]), test=objects(SKETCHES[1:]))


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """A directory of one category, and a cache directory of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    folder = tmp_path / "data"
    folder.mkdir()
    save(folder / "cat.npz")
    return folder


def load_images(data_dir, size=48, limit=None):
    return category_images(data_dir, "cat", load_category(data_dir, "cat"), size, limit)


@pytest.fixture
def no_rendering(monkeypatch):
    """Makes rendering an error."""

    def fail(*args, **kwargs):
        raise AssertionError("rendered, although images were at hand")

    return lambda: monkeypatch.setattr(images_module, "render_many", fail)


def test_images_are_rendered_once_and_cached_beside_the_data(data_dir, no_rendering):
    images = load_images(data_dir)
    np.testing.assert_array_equal(images["train"], render_many(SKETCHES))
    assert images["train"].dtype == np.uint8
    (cached,) = (data_dir / CACHE_FOLDER).iterdir()
    assert cached.name.startswith("cat-48-")
    no_rendering()
    for split, array in load_images(data_dir).items():
        np.testing.assert_array_equal(array, images[split])


def test_cache_goes_to_the_user_where_the_data_cannot_be_written(data_dir, tmp_path, no_rendering):
    (data_dir / CACHE_FOLDER).write_text("no folder can be made here")
    load_images(data_dir)
    assert len(list((tmp_path / "xdg" / "ia_pix2seq_tf").iterdir())) == 1
    no_rendering()
    load_images(data_dir)


def test_cache_goes_to_the_user_where_nobody_may_look_beside_the_data(data_dir, tmp_path):
    """As in a folder that a colleague made for himself; for one who may look anywhere, a name is too long."""
    made = load_or_make(
        tmp_path / (300 * "x"), "a", Path.read_text, lambda: "made", lambda path, text: path.write_text(text)
    )
    assert made == "made" == (tmp_path / "xdg" / "ia_pix2seq_tf" / "a").read_text()


@pytest.fixture
def homeless(data_dir, tmp_path, monkeypatch):
    """The place for temporary files of a user who has no home."""

    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", home)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_cache_of_a_user_without_a_home_is_a_temporary_folder_of_his_own(homeless):
    assert user_cache() == user_cache() == homeless / f"ia_pix2seq_tf-{os.getuid()}"
    assert user_cache().stat().st_mode & 0o777 == 0o700


def test_a_temporary_folder_of_others_is_no_cache(homeless, data_dir, monkeypatch, caplog):
    user_cache().chmod(0o755)
    with pytest.raises(PermissionError, match="expected a folder of the user .* alone"):
        user_cache()
    assert len(load_images(data_dir)["train"]) == 2
    assert "expected a folder of the user" in caplog.text and (data_dir / CACHE_FOLDER).is_dir()


def test_images_are_rendered_where_nothing_can_be_cached(data_dir, tmp_path):
    (data_dir / CACHE_FOLDER).write_text("")
    (tmp_path / "xdg").write_text("")
    assert len(load_images(data_dir)["train"]) == 2


@pytest.mark.parametrize("damage", [b"", b"PK damaged"])
def test_damaged_cache_is_rendered_anew_with_a_warning(damage, data_dir, no_rendering, caplog):
    logging.get_absl_logger().propagate = True
    images = load_images(data_dir)
    (cached,) = (data_dir / CACHE_FOLDER).iterdir()
    cached.write_bytes(damage)
    np.testing.assert_array_equal(load_images(data_dir)["train"], images["train"])
    assert str(cached) in caplog.text
    no_rendering()
    load_images(data_dir)


def test_changed_drawings_are_not_served_from_the_cache(data_dir):
    load_images(data_dir)
    save(data_dir / "cat.npz", train=SKETCHES[::-1])
    np.testing.assert_array_equal(load_images(data_dir)["train"], render_many(SKETCHES[::-1]))


def test_only_the_wanted_number_is_rendered(data_dir):
    assert [len(array) for array in load_images(data_dir, limit=1).values()] == [1, 1, 1]


def test_provided_images_are_used_as_they_are(data_dir, no_rendering):
    rng = np.random.default_rng(0)
    counts = {"train": 2, "valid": 1, "test": 1}
    provided = {split: rng.integers(0, 256, (n, 48, 48), np.uint8) for split, n in counts.items()}
    np.savez_compressed(data_dir / "cat_png.npz", **provided)
    no_rendering()
    for split, array in load_images(data_dir).items():
        np.testing.assert_array_equal(array, provided[split])
    np.testing.assert_array_equal(load_images(data_dir, limit=1)["train"], provided["train"][:1])
    assert sorted(path.name for path in data_dir.iterdir()) == ["cat.npz", "cat_png.npz"]


@pytest.mark.parametrize(
    ("train", "found"),
    [
        (np.zeros((2, 64, 64), np.uint8), r"uint8 \[2, 64, 64\]"),
        (np.zeros((3, 48, 48), np.uint8), r"uint8 \[3, 48, 48\]"),
        (np.zeros((2, 48, 48), np.float32), r"float32 \[2, 48, 48\]"),
        (objects([np.zeros((48, 48), np.uint8)] * 2), r"object \[2\]"),
    ],
)
def test_provided_images_that_do_not_fit_are_refused(train, found, data_dir):
    one = np.zeros((1, 48, 48), np.uint8)
    np.savez(data_dir / "cat_png.npz", train=train, valid=one, test=one)
    with pytest.raises(DataError, match=rf"cat_png.npz: 'train': expected uint8 \[2, 48, 48\].*found {found}"):
        load_images(data_dir)


def test_of_two_that_ask_at_once_one_makes_and_the_other_waits(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(cache, "POLL_SECONDS", 0.01)
    caplog.set_level("INFO")
    made, first_makes, may_end = [], threading.Event(), threading.Event()

    def make() -> str:
        made.append(len(made))
        first_makes.set()
        assert may_end.wait(30)
        return "content"

    def ask() -> str:
        return load_or_make(tmp_path, "name.txt", Path.read_text, make, lambda path, content: path.write_text(content))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask)
        assert first_makes.wait(30)
        second = pool.submit(ask)
        while "Waiting for the process that makes name.txt" not in caplog.text and not second.done():
            time.sleep(0.01)
        may_end.set()
        assert (first.result(30), second.result(30), made) == ("content", "content", [0])
    assert [path.name for path in (tmp_path / CACHE_FOLDER).iterdir()] == ["name.txt"]
