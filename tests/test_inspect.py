"""A look at files of drawings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.files import DataError
from ia_pix2seq_tf.data.inspect import inspect_file, report_text
from ia_pix2seq_tf.data.save import save_npz

ROOT = Path(__file__).resolve().parents[1]
SQUARE = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [-10, 0, 1]], np.int16)


def square(side):
    return (SQUARE * [side / 10, side / 10, 1]).astype(np.int16)


def sketch(*rows, dtype=np.int16):
    return np.array(rows, dtype)


def lines(path):
    """The lines of a report, without spaces at their ends."""
    return [line.strip() for line in report_text(path, inspect_file(path)).splitlines()]


def test_the_report_counts_sketches_points_and_sizes(tmp_path):
    save_npz(tmp_path / "a.npz", {"train": [SQUARE, square(30)[1:]], "valid": [square(20)], "test": [square(50)]})
    found = lines(tmp_path / "a.npz")
    table = [line.split() for line in found[2:5]]
    deviation = np.std(np.concatenate([SQUARE, square(30)[1:]])[:, :2])
    assert table[0] == ["train", "2", "7", f"{deviation:.4g}", "1", "4"]
    assert [row[:3] for row in table[1:]] == [["valid", "1", "4"], ["test", "1", "4"]]
    assert "train: min 3, 5% 3, median 3, 95% 4, max 4" in found
    assert "train: min 10, 5% 10, median 10, 95% 30, max 30" in found
    assert "test: min 50, 5% 50, median 50, 95% 50, max 50" in found


FAULTY = {
    "pen not lifted at the end": sketch([1, 1, 0]),
    "a pen that is not 0 or 1": sketch([1, 1, 2], [1, 1, 1]),
    "NaN or infinite": sketch([1, np.nan, 1], dtype=np.float32),
    "no points": np.zeros((0, 3), np.int16),
    "not numbers [n, 3]": np.zeros((2, 4), np.int16),
    "only a dot": sketch([0, 0, 1]),
    "offsets that are not whole": sketch([0.5, 0, 1], dtype=np.float64),
    "offsets beyond +-1000, clamped in training": sketch([1001, 0, 1]),
    "offsets beyond int16 (+-32767)": sketch([40_000, 0, 1], dtype=np.int32),
}


@pytest.mark.parametrize("problem", FAULTY)
def test_each_fault_is_found_where_it_is(tmp_path, problem):
    save_npz(tmp_path / "a.npz", {"train": [SQUARE, FAULTY[problem]], "valid": [square(20)], "test": [square(30)]})
    report = inspect_file(tmp_path / "a.npz")
    assert report["train"].problems[problem] == [1]
    assert not report["valid"].problems and not report["test"].problems
    assert f"train: 1 with {problem} (sketch 1)" in lines(tmp_path / "a.npz")


def test_sound_files_have_no_problems(tmp_path):
    save_npz(tmp_path / "a.npz", {"train": [SQUARE], "valid": [square(20)], "test": [square(30)]})
    assert lines(tmp_path / "a.npz")[-4:] == ["problems", "none", "equal sketches", "none"]


def test_only_the_first_sketches_with_a_fault_are_named(tmp_path):
    save_npz(tmp_path / "a.npz", {"train": [square(10 * i)[:-1] for i in range(1, 9)], "valid": [], "test": []})
    assert "train: 8 with pen not lifted at the end (sketch 0, 1, 2, 3, 4, ...)" in lines(tmp_path / "a.npz")


def test_equal_sketches_are_counted_within_and_across_splits(tmp_path):
    save_npz(
        tmp_path / "a.npz",
        {"train": [SQUARE, square(20), SQUARE, SQUARE], "valid": [square(20), square(30)], "test": [square(30)] * 2},
    )
    found = lines(tmp_path / "a.npz")
    assert found[found.index("equal sketches") + 1 :] == [
        "train: 2 equal to an earlier one of train",
        "test: 1 equal to an earlier one of test",
        "valid: 1 equal to one of train",
        "test: 2 equal to one of valid",
    ]


def test_missing_splits_are_said(tmp_path):
    save_npz(tmp_path / "a.npz", {"test": [SQUARE]})
    assert "no array 'train', 'valid': training needs it" in lines(tmp_path / "a.npz")


def test_images_are_told_from_sketches(tmp_path):
    np.savez(tmp_path / "a_png.npz", **{name: np.zeros((5, 48, 48), np.uint8) for name in ("train", "valid", "test")})
    assert lines(tmp_path / "a_png.npz")[1] == "train: 5 images, 48 wide"


@pytest.mark.parametrize(("content", "message"), [(b"", "found an empty file"), (b"PK\x03\x04", "expected an .npz")])
def test_what_is_no_archive_is_refused(tmp_path, content, message):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        inspect_file(tmp_path / "a.npz")


def test_archives_without_splits_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", cats=np.zeros(3))
    with pytest.raises(DataError, match="expected one of the arrays train, valid, test"):
        inspect_file(tmp_path / "a.npz")


def run(*arguments):
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.inspect", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_reports_every_file_and_fails_only_for_unreadable_ones(tmp_path):
    save_npz(tmp_path / "a.npz", {"train": [SQUARE, *FAULTY.values()], "valid": [], "test": [SQUARE]})
    done = run(tmp_path / "a.npz", f"--output={tmp_path / 'sheet.png'}")
    assert done.returncode == 0, done.stderr
    assert "pen not lifted at the end" in done.stdout
    assert (tmp_path / "sheet.png").read_bytes()[:4] == b"\x89PNG"
    done = run(tmp_path / "none.npz", tmp_path / "a.npz")
    assert done.returncode == 1 and "none.npz" in done.stderr and "10" in done.stdout
