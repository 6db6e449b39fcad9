"""A local HTTP server that misbehaves in every way servers do, and downloads from it."""

import base64
import functools
import hashlib
import io
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.data.fetch import DownloadError, Settings
from ia_pix2seq_tf.data.quickdraw import download

IMPATIENT = Settings(timeout=0.3, retries=2, backoff=0.01, max_bytes=10**6)
HTML = b"<!DOCTYPE html><html><title>Please log in</title></html>"
PARTIAL = ("cat.npz.part", "cat.npz.part.json")


class Server:
    """Answers by the functions in `answers`, one for each request, the last for all that follow.

    An answer takes the handler. `requests` has the path and the headers of each request.
    """

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []
        self.stopping = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                number = len(script.requests)
                script.requests.append((self.path, dict(self.headers)))
                self.stopping = script.stopping
                script.answers[min(number, len(script.answers) - 1)](self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.stopping.set()
        self.http.shutdown()
        self.http.server_close()


def sends(body: bytes, status: int = 200, upto: int | None = None, **headers):
    """An answer of fixed content; `upto` cuts it off there. Underscores in the names of headers are dashes."""

    def answer(handler):
        handler.send_response(status)
        for name, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body[:upto])

    return answer


def stalls(body, length):
    """An answer that has `body`, but sends no more than `length` bytes of it and waits."""

    def answer(handler):
        has(body, length)(handler)
        handler.wfile.flush()
        handler.stopping.wait(60)

    return answer


def has(body: bytes, upto: int | None = None, etag: str = '"1"', **headers):
    """A server that knows Range and If-Range, and closes after `upto` bytes."""

    def answer(handler):
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(asked[1]) if asked and handler.headers.get("If-Range", etag) == etag else 0
        if start >= len(body):
            return sends(b"", 416, Content_Range=f"bytes */{len(body)}")(handler)
        place = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        return sends(body[start:], 206 if start else 200, upto, ETag=etag, **place, **headers)(handler)

    return answer


def md5_of(body: bytes) -> str:
    return "crc32c=AAAAAA==, md5=" + base64.b64encode(hashlib.md5(body).digest()).decode()


@functools.cache
def drawings(seed: int) -> bytes:
    """A file of sketch-rnn, some 100 kB of chance."""
    points = np.random.default_rng(seed).integers(-99, 99, [3, 200, 30, 3], np.int16)
    points[..., 2] = 0
    content = io.BytesIO()
    np.savez(content, train=points[0], valid=points[1], test=points[2])
    return content.getvalue()


def get(server: Server, folder: Path, category: str = "cat", **options) -> bytes:
    return download(category, folder, server.url, Settings(**{**vars(IMPATIENT), **options})).read_bytes()


def assert_refused(server: Server, folder: Path, *parts: str, category: str = "cat", left=(), **options):
    """The error names the address and what was found; nothing is put in place."""
    with pytest.raises(DownloadError) as error:
        get(server, folder, category, **options)
    for part in (server.url, *parts):
        assert part in str(error.value)
    assert sorted(path.name for path in folder.iterdir()) == sorted(left)
