"""Categories are names of files: on every system, and one file each where case does not matter."""

import json

import numpy as np
import pytest

from ia_pix2seq_tf.data.convert import Options, Parts, convert
from ia_pix2seq_tf.data.files import DataError, load_npz
from ia_pix2seq_tf.data.inspect import inspect_file, report_text
from ia_pix2seq_tf.data.names import checked_category
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.untrusted import InputError

ALL = Parts((1, 0, 0))


def drawings(path, words):
    """Writes a drawing, unlike all others, of each word."""
    lines = [{"word": word, "drawing": [[[0, 255, i], [0, 90, 255]]]} for i, word in enumerate(words)]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


BAD = ["con", "AUX", "nul", "Prn", "com1", "LPT9", "COM²", "nul.full", "cat.", "cat ", " cat", ".cat", ""]
BAD += [f"a{char}b" for char in '<>:"/\\|?*']


@pytest.mark.parametrize("name", [*BAD, "a\x07b", "cat_png", "cat_PNG", "c" * 101])
def test_names_that_cannot_be_files_everywhere_are_refused(name):
    with pytest.raises(InputError, match="expected a category that can name a file, found .*; give a --category"):
        checked_category(name)


@pytest.mark.parametrize("name", ["cat", "The Eiffel Tower", "t-shirt", "console", "com", "com10", "猫", "a.b", "con2"])
def test_other_names_are_taken(name):
    assert checked_category(name) == name


def test_a_device_is_named_as_the_reason(tmp_path):
    with pytest.raises(DataError, match="line 2: .*found 'aux': a device of Windows; give a --category"):
        convert([drawings(tmp_path / "a.ndjson", ["cat", "aux"])], tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["Kite"] * 10 + ["kite"] * 10, "kite"),
        (["kite"] * 10 + ["Kite"] * 10, "kite"),
        (["KITE"] + ["Kite"] * 9 + ["kite"] * 5, "Kite"),
        (["kite\u0301"] * 3 + ["kit\u00e9"] * 4, "kit\u00e9"),
        (["Stra\u00dfe"] * 5 + ["STRASSE"], "Stra\u00dfe"),
    ],
)
def test_categories_that_would_be_one_file_elsewhere_are_one_and_this_is_said(words, name, tmp_path):
    summary = convert([drawings(tmp_path / "a.ndjson", words)], tmp_path / "out", Options(parts=ALL))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{name}.npz"]
    assert len(load_npz(tmp_path / "out" / f"{name}.npz")["train"]) == len(words)
    assert summary.outcomes == {name: {"kept": len(words)}}
    spellings = ", ".join(map(repr, sorted(set(words))))
    assert f"one category {name!r}: {spellings}" in summary.text()


@pytest.mark.parametrize("overwrite", [False, True])
def test_no_file_is_written_beside_one_that_differs_only_by_case(overwrite, tmp_path):
    convert([drawings(tmp_path / "a.ndjson", ["Kite"] * 3)], tmp_path / "out")
    again = drawings(tmp_path / "b.ndjson", ["kite"] * 4)
    with pytest.raises(DataError, match=r"Kite\.npz is there already") as caught:
        convert([again], tmp_path / "out", Options(overwrite=overwrite))
    assert "kite.npz" in str(caught.value) and [path.name for path in (tmp_path / "out").iterdir()] == ["Kite.npz"]


def test_inspect_says_what_becomes_of_a_name_elsewhere(tmp_path):
    sketches = [np.array([[9, -9, 1]], np.int16)]
    for name in ("Kite", "kite", "aux", "cat"):
        save_npz(tmp_path / f"{name}.npz", dict.fromkeys(("train", "valid", "test"), sketches))

    def lines(name):
        path = tmp_path / f"{name}.npz"
        return report_text(path, inspect_file(path)).splitlines()[1:-1]

    assert "  its name differs only by case from Kite.npz: elsewhere one file" in lines("kite")
    assert "  its name cannot be that of a file on other systems: a device of Windows" in lines("aux")
    assert not any("its name" in line for line in lines("cat"))
