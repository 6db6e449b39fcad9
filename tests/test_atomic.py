"""Files that are either whole or not there."""

import pytest

from ia_pix2seq_tf.atomic import replacing


def test_new_file_appears_whole_with_its_folder(tmp_path):
    path = tmp_path / "new folder" / "file.txt"
    with replacing(path) as partial:
        partial.write_text("whole")
        assert not path.exists() and partial.suffix == ".txt"
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_failure_keeps_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as partial:
        partial.write_text("half of")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
