"""Categories of drawings from a local server: by name, by command, and when they are missing."""

import io
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from web_server import HTML, IMPATIENT, PARTIAL, assert_refused, drawings, get, has, md5_of, sends, stalls

from ia_pix2seq_tf.data import quickdraw
from ia_pix2seq_tf.data.fetch import DownloadError
from ia_pix2seq_tf.data.files import DataError, load_category, load_npz
from ia_pix2seq_tf.data.quickdraw import download, provide

ROOT = Path(__file__).resolve().parents[1]


def test_a_category_is_downloaded_and_nothing_else_is_left(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, x_goog_hash=md5_of(body)))
    assert get(server, tmp_path / "data", "alarm clock") == body
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["alarm clock.npz"]
    assert server.requests[0][0] == "/alarm%20clock.npz"
    assert len(load_category(tmp_path / "data", "alarm clock")["train"]) == 200


def test_a_killed_download_goes_on(serve, tmp_path):
    body = drawings(1)
    server = serve(stalls(body, 90_000), has(body))
    flags = [f"--base_url={server.url}", f"--output_dir={tmp_path}"]
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.download", *flags, "cat"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (part := tmp_path / PARTIAL[0]).exists() or not part.stat().st_size:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    kept = part.stat().st_size
    assert get(server, tmp_path) == body
    assert server.requests[1][1]["Range"] == f"bytes={kept}-"


@pytest.mark.parametrize("body", (b"", b"PK", b"PK\x03\x04" + bytes(3000)))
def test_what_only_begins_like_an_archive_is_refused(body, serve, tmp_path):
    assert_refused(serve(sends(body)), tmp_path, "/cat.npz", "cannot be used", ".npz archive")


def test_an_archive_without_drawings_is_refused(serve, tmp_path):
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    body = (tmp_path / "other.npz").read_bytes()
    assert_refused(serve(has(body)), tmp_path, "expected a member train.npy", "weights.npy", left=["other.npz"])


def test_pickles_from_the_network_are_not_executed(serve, tmp_path):
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    path = tmp_path / "attack.npz"
    bad = np.array([Attack(), None], object)
    np.savez(path, train=bad, valid=bad, test=bad)
    body = path.read_bytes()
    path.unlink()
    assert_refused(serve(has(body)), tmp_path, "mkdir", "nothing was run")


def test_a_missing_category_is_named_with_the_likely_name(serve, tmp_path):
    server = serve(sends(b"<Error>NoSuchKey</Error>", 404))
    assert_refused(server, tmp_path, "404", "Perhaps 'alarm clock'", "categories.txt", category="Alarm_Clock")
    assert len(server.requests) == 1
    assert_refused(serve(sends(b"", 403)), tmp_path, "403", "no category 'cat'")


def test_a_file_that_is_there_is_kept_and_said_so(serve, tmp_path, caplog):
    server = serve(has(drawings(2)))
    (tmp_path / "cat.npz").write_bytes(drawings(1))
    with caplog.at_level(logging.INFO):
        assert get(server, tmp_path) == drawings(1)
    assert "is there already" in caplog.text and not server.requests
    assert download("cat", tmp_path, server.url, IMPATIENT, overwrite=True).read_bytes() == drawings(2)


def test_a_file_that_is_there_and_cannot_be_read_is_not_replaced_unasked(serve, tmp_path):
    (tmp_path / "cat.npz").write_text("my notes about cats")
    server = serve(has(drawings(1)))
    with pytest.raises(DataError, match=r"cat\.npz.*--overwrite"):
        get(server, tmp_path)
    assert (tmp_path / "cat.npz").read_text() == "my notes about cats" and not server.requests


def test_the_old_file_stays_until_the_new_one_is_whole(serve, tmp_path):
    (tmp_path / "cat.npz").write_bytes(drawings(1))
    with pytest.raises(DownloadError):
        download("cat", tmp_path, serve(has(drawings(2), 1000), sends(HTML)).url, IMPATIENT, overwrite=True)
    assert len(load_npz(tmp_path / "cat.npz")["train"]) == 200
    assert (tmp_path / "cat.npz").read_bytes() == drawings(1)


@pytest.mark.parametrize("category", ("", ".", "..", "../cat", "a/b", "a\\b", "/etc/passwd", "cat\n", " cat", "c\0t"))
def test_names_that_lead_elsewhere_are_refused_before_any_request(category, serve, tmp_path):
    server = serve(has(drawings(1)))
    with pytest.raises(ValueError, match="expected a printable name without path separators"):
        get(server, tmp_path, category)
    assert not server.requests


def test_the_command_downloads_what_it_can_and_names_the_rest(serve, tmp_path):
    def answer(handler):
        (sends(b"", 404) if "dog" in handler.path else has(drawings(1)))(handler)

    server = serve(answer)
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.download", "cat", "dog", "alarm clock"]
    flags = [f"--base_url={server.url}/", f"--output_dir={tmp_path}"]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"download: {server.url}/dog.npz: found 404" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alarm clock.npz", "cat.npz"]


class Terminal:
    """Standard input at which a user answers."""

    def __init__(self, answer: str):
        self.answer = answer

    def isatty(self):
        return True

    def readline(self):
        return self.answer


def test_missing_categories_are_downloaded_when_the_answer_is_yes(serve, tmp_path):
    server = serve(has(drawings(1)))
    (tmp_path / "pig.npz").write_bytes(drawings(2))
    provide(tmp_path, ["cat", "pig", "alarm clock"], "yes", server.url)
    assert [path for path, _ in server.requests] == ["/cat.npz", "/alarm%20clock.npz"]
    assert (tmp_path / "pig.npz").read_bytes() == drawings(2)


@pytest.mark.parametrize("answer", ("no", "ask"))
def test_nothing_is_downloaded_unasked_and_the_command_is_named(answer, serve, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # whoever says that is no user at a terminal
    server = serve(has(drawings(1)))
    with pytest.raises(FileNotFoundError) as error:
        provide(tmp_path, ["cat", "alarm clock"], answer, server.url)
    assert f"python -m ia_pix2seq_tf.data.download cat 'alarm clock' --output_dir={tmp_path}" in str(error.value)
    assert not server.requests


@pytest.mark.parametrize(
    ("answer", "agreed"), (("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False))
)
def test_a_terminal_is_asked_and_no_is_the_default(answer, agreed, serve, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    server = serve(has(drawings(1)))
    if agreed:
        provide(tmp_path, ["cat"], "ask", server.url)
    else:
        with pytest.raises(FileNotFoundError, match="no drawings of category 'cat'"):
            provide(tmp_path, ["cat"], "ask", server.url)
    assert (tmp_path / "cat.npz").exists() == agreed
    question = capsys.readouterr().err
    assert f"{tmp_path} has no drawings of cat. Download them from {server.url}? [y/N]" in question


def test_a_missing_file_names_the_command_that_downloads_it(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        load_category(tmp_path / "my data", "cat")
    assert f"python -m ia_pix2seq_tf.data.download cat '--output_dir={tmp_path}/my data'" in str(error.value)
    assert quickdraw.BUCKET in str(error.value)


def test_all_drawings_of_a_category_need_no_download(tmp_path):
    (tmp_path / "cat.full.npz").write_bytes(b"-")
    quickdraw.provide(tmp_path, ["cat"], quickdraw.NO)
    assert quickdraw.category_path(tmp_path, "cat").name == "cat.npz"  # where a download would go
