"""One file from a server that misbehaves: resumed, checked, put in place whole or not at all."""

import fcntl
import itertools
import json
import resource
import socket
import time

import pytest
from web_server import HTML, IMPATIENT, PARTIAL, assert_refused, drawings, get, has, md5_of, sends, stalls

from ia_pix2seq_tf.data import fetch
from ia_pix2seq_tf.data.fetch import DownloadError, Settings
from ia_pix2seq_tf.data.quickdraw import download


def test_what_was_cut_off_goes_on_at_the_same_byte(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000), has(body, 500), has(body))
    assert get(server, tmp_path) == body
    asked = [(headers.get("Range"), headers.get("If-Range")) for _, headers in server.requests]
    assert asked == [(None, None), ("bytes=1000-", '"1"'), ("bytes=1500-", '"1"')]


def test_a_later_command_goes_on_where_the_first_gave_up(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000), sends(b"", 503))
    assert_refused(server, tmp_path, "gave up", "503", "1000 bytes that arrived are kept", left=PARTIAL)
    server.answers = [has(body)]
    assert get(server, tmp_path) == body
    assert server.requests[-1][1]["Range"] == "bytes=1000-"
    assert [path.name for path in tmp_path.iterdir()] == ["cat.npz"]


def test_a_file_that_changed_on_the_server_is_fetched_anew(serve, tmp_path):
    old, new = drawings(1), drawings(2)
    server = serve(has(old, 1000), has(new, etag='"2"'))
    assert get(server, tmp_path) == new


def test_a_part_of_a_changed_file_is_not_appended_though_the_server_ignores_if_range(serve, tmp_path):
    old, new = drawings(1), drawings(2)
    place = f"bytes 1000-{len(new) - 1}/{len(new)}"
    server = serve(has(old, 1000), sends(new[1000:], 206, ETag='"2"', Content_Range=place), has(new, etag='"2"'))
    assert get(server, tmp_path) == new
    assert "Range" not in server.requests[2][1]


@pytest.mark.parametrize("place", ("bytes 0-9/10", "bytes 1001-2000/2001", "", "bytes=1000-"))
def test_a_part_from_another_place_is_not_appended(place, serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000), sends(body[:10], 206, ETag='"1"', Content_Range=place), has(body))
    assert get(server, tmp_path) == body


def test_a_server_that_sends_a_shorter_part_than_asked_for_is_asked_for_the_rest(serve, tmp_path):
    body = drawings(1)
    place = f"bytes 1000-1999/{len(body)}"
    server = serve(has(body, 1000), sends(body[1000:2000], 206, ETag='"1"', Content_Range=place), has(body))
    assert get(server, tmp_path) == body
    assert server.requests[2][1]["Range"] == "bytes=2000-"


def test_a_server_without_ranges_sends_the_file_anew(serve, tmp_path):
    body = drawings(1)
    server = serve(sends(body, upto=1000, ETag='"1"'), sends(body, ETag='"1"'))
    assert get(server, tmp_path) == body
    assert server.requests[1][1]["Range"] == "bytes=1000-"


@pytest.mark.parametrize("headers", ({}, {"ETag": 'W/"1"'}))
def test_without_a_strong_validator_nothing_is_resumed(headers, serve, tmp_path):
    body = drawings(1)
    server = serve(sends(body, upto=1000, **headers), sends(body, **headers))
    assert get(server, tmp_path) == body
    assert "Range" not in server.requests[1][1]


def test_a_date_serves_as_validator(serve, tmp_path):
    body, date = drawings(1), "Tue, 15 Nov 2016 12:45:26 GMT"
    rest = sends(body[9:], 206, Last_Modified=date, Content_Range=f"bytes 9-{len(body) - 1}/{len(body)}")
    server = serve(sends(body, upto=9, Last_Modified=date), rest)
    assert get(server, tmp_path) == body
    assert server.requests[1][1]["If-Range"] == date


def test_a_part_that_is_complete_already_is_only_checked(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000), sends(b"", 503))
    assert_refused(server, tmp_path, left=PARTIAL)
    (tmp_path / PARTIAL[0]).write_bytes(body)
    server.answers = [has(body)]
    before = len(server.requests)
    assert get(server, tmp_path) == body
    assert [headers["Range"] for _, headers in server.requests[before:]] == [f"bytes={len(body)}-"]


def test_416_for_a_part_that_is_too_long_starts_again(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000), sends(b"", 503))
    assert_refused(server, tmp_path, left=PARTIAL)
    (tmp_path / PARTIAL[0]).write_bytes(body + b"more")
    server.answers = [has(body)]
    assert get(server, tmp_path) == body


@pytest.mark.parametrize("note", ("", "{", "[1]", '{"url": 3}', '{"url": "http://elsewhere/", "validator": "1"}'))
def test_a_part_of_unknown_origin_is_not_used(note, serve, tmp_path):
    body = drawings(1)
    (tmp_path / PARTIAL[0]).write_bytes(b"PK\x03\x04 of something else")
    (tmp_path / PARTIAL[1]).write_text(note)
    server = serve(has(body))
    assert get(server, tmp_path) == body
    assert "Range" not in server.requests[0][1]


def test_a_stall_ends_in_time_and_the_rest_follows(serve, tmp_path):
    body = drawings(1)
    server = serve(stalls(body, 2000), has(body))
    started = time.monotonic()
    assert get(server, tmp_path) == body
    assert 0.3 < time.monotonic() - started < 10
    assert server.requests[1][1]["Range"] == "bytes=2000-"


def test_a_server_that_never_answers_is_given_up(serve, tmp_path):
    server = serve(lambda handler: handler.stopping.wait(60))
    started = time.monotonic()
    assert_refused(server, tmp_path, "gave up after 3 attempts", "timed out")
    assert time.monotonic() - started < 10


def test_a_server_that_sends_byte_by_byte_is_given_up(serve, tmp_path):
    body = drawings(1)

    def drips(handler):
        has(body, 4)(handler)
        for byte in body[4:]:
            if handler.stopping.wait(0.02):
                return
            handler.wfile.write(bytes([byte]))

    assert_refused(serve(drips), tmp_path, "bytes in 0.3 s", left=PARTIAL)


def test_a_server_that_always_cuts_off_at_the_same_byte_is_given_up(serve, tmp_path):
    server = serve(sends(drawings(1), upto=90_000))
    assert_refused(server, tmp_path, "gave up", "90000", left=PARTIAL)
    assert len(server.requests) <= 1 + 3, "the first attempt brought much, those after it nothing new"


def test_attempts_that_bring_the_file_on_do_not_count(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "LEAST_PROGRESS", 1000)
    body = drawings(1)
    server = serve(has(body, len(body) // 20))
    assert get(server, tmp_path) == body
    assert len(server.requests) > 10


@pytest.mark.parametrize("status", (429, 500, 502, 503, 504))
def test_a_server_in_trouble_is_asked_again(status, serve, tmp_path):
    body = drawings(1)
    assert get(serve(sends(b"busy", status), has(body)), tmp_path) == body


def test_nobody_at_the_address_is_said_after_the_last_attempt(no_proxy, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(DownloadError, match=f"{url}/cat.npz: gave up after 3 attempts: .*refused"):
            download("cat", tmp_path, url, IMPATIENT)


@pytest.mark.parametrize("kind", ("text/html", "application/octet-stream", None))
def test_a_page_in_html_is_refused_at_its_first_bytes(kind, serve, tmp_path):
    server = serve(sends(HTML, Content_Type=kind))
    assert_refused(server, tmp_path, "/cat.npz", kind or "no type", "<!DOCTYPE html>")
    assert len(server.requests) == 1


def test_html_is_refused_when_its_first_bytes_come_one_by_one(serve, tmp_path):
    def answer(handler):
        sends(HTML, upto=0)(handler)
        for byte in HTML:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.001)

    assert_refused(serve(answer), tmp_path, "expected an .npz archive", "beginning b'<!DO")


def test_more_bytes_promised_than_sent_is_refused(serve, tmp_path):
    body = drawings(1)
    server = serve(sends(body, Content_Length=len(body) + 7, ETag='"1"'))
    assert_refused(server, tmp_path, "gave up", left=PARTIAL)


def test_fewer_bytes_promised_than_the_archive_has_is_refused(serve, tmp_path):
    body = drawings(1)
    assert_refused(serve(sends(body, Content_Length=len(body) - 100)), tmp_path, "cannot be used")


def test_a_file_of_unknown_length_is_judged_by_its_content(serve, tmp_path):
    body = drawings(1)
    whole, cut = sends(body, Content_Length=None), sends(body, Content_Length=None, upto=5000)
    assert_refused(serve(cut), tmp_path, "cannot be used")
    assert get(serve(whole), tmp_path) == body


def test_a_chunked_answer_is_read(serve, tmp_path):
    body = drawings(1)

    def answer(handler):
        handler.protocol_version = "HTTP/1.1"
        sends(b"", Content_Length=None, Transfer_Encoding="chunked", Connection="close")(handler)
        for i in range(0, len(body), 999):
            piece = body[i : i + 999]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    assert get(serve(answer), tmp_path) == body


def test_an_endless_body_ends_at_the_largest_size(serve, tmp_path):
    sent = []

    def endless(handler):
        sends(b"PK\x03\x04", Content_Length=None)(handler)
        for _ in itertools.count():
            try:
                handler.wfile.write(bytes(10_000))
            except OSError:
                return
            sent.append(10_000)

    server = serve(endless)
    assert_refused(server, tmp_path, "does not end within 1000000 bytes")
    assert len(server.requests) == 1 and sum(sent) < 20 * 10**6


def test_a_file_that_says_it_is_too_large_is_not_begun(serve, tmp_path):
    server = serve(sends(drawings(1), Content_Length=10**12))
    assert_refused(server, tmp_path, "1000000000000 bytes, expected at most 1000000")
    assert len(server.requests) == 1


def test_bytes_that_do_not_match_the_md5_are_fetched_again_and_then_refused(serve, tmp_path):
    body = drawings(1)
    flipped = bytearray(body)
    flipped[5000] ^= 1
    wrong, right = (has(bytes(b), x_goog_hash=md5_of(body)) for b in (flipped, body))
    assert_refused(serve(wrong), tmp_path / "a", "MD5", md5_of(body)[-24:])
    assert get(serve(wrong, right), tmp_path / "b") == body


def test_redirects_are_followed_but_not_for_ever(serve, tmp_path):
    body = drawings(1)
    end = serve(has(body, 1000), has(body))
    assert get(serve(sends(b"", 302, Location=f"{end.url}/other.npz")), tmp_path) == body
    assert end.requests[1][1]["Range"] == "bytes=1000-", "the second request is redirected with its range"
    loop = serve(sends(b"", 302, Location="/cat.npz"))
    assert_refused(loop, tmp_path / "loop", "redirects")


@pytest.mark.parametrize("location", ("file:///etc/passwd", "ftp://127.0.0.1/cat.npz"))
def test_redirects_out_of_http_are_refused(location, serve, tmp_path):
    assert_refused(serve(sends(b"", 302, Location=location)), tmp_path, "No connection adapters")


def test_a_body_in_an_encoding_that_was_not_asked_for_is_refused(serve, tmp_path):
    server = serve(sends(b"\x1f\x8b", Content_Encoding="gzip"))
    assert_refused(server, tmp_path, "encoding 'gzip'")
    assert server.requests[0][1]["Accept-Encoding"] == "identity"


def test_the_proxy_of_the_environment_and_of_the_flag_is_used(serve, tmp_path, monkeypatch):
    body = drawings(1)
    by_flag, by_environment = serve(has(body)), serve(has(body))
    url = "http://quickdraw.invalid/sketchrnn"
    download("cat", tmp_path / "a", url, Settings(proxy=by_flag.url, retries=0))
    monkeypatch.setenv("http_proxy", by_environment.url)
    download("cat", tmp_path / "b", url, Settings(retries=0))
    download("cat", tmp_path / "c", url, Settings(proxy=by_flag.url, retries=0))
    assert [len(server.requests) for server in (by_flag, by_environment)] == [2, 1]
    assert by_environment.requests[0][0] == f"{url}/cat.npz"


def test_two_downloads_of_one_file_do_not_mix(serve, tmp_path):
    server = serve(has(drawings(1)))
    with open(tmp_path / PARTIAL[0], "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="another process is downloading it"):
            get(server, tmp_path)
    assert not server.requests
    assert get(server, tmp_path) == drawings(1)


def test_a_full_disk_is_said_and_the_download_goes_on_later(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # a write beyond fails, as on a full disk
    try:
        with pytest.raises(DownloadError, match=r"cat\.npz\.part: cannot be written: File too large"):
            get(server, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "cat.npz").exists()
    assert get(server, tmp_path) == body
    assert int(server.requests[1][1]["Range"][6:-1]) >= 32_768


def test_a_note_has_the_version_of_the_file(serve, tmp_path):
    body = drawings(1)
    server = serve(has(body, 1000, x_goog_hash=md5_of(body)), sends(b"", 503))
    assert_refused(server, tmp_path, left=PARTIAL)
    note = json.loads((tmp_path / PARTIAL[1]).read_text())
    assert note == {
        "url": f"{server.url}/cat.npz",
        "validator": '"1"',
        "size": len(body),
        "md5": md5_of(body)[-24:],
    }
