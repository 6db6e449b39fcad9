"""The page on this machine's own address."""

import errno
import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"  # not that of all interfaces, which is the default of Python's own server
BYTES = "application/octet-stream"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Types by suffix. Not those of the system, as Windows' registry can make text/plain of .js, which no browser runs."""
HEADERS = {
    "Cache-Control": "no-cache",  # the next page may be another one on the same port
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; frame-ancestors 'self'"
    ),
}


class Handler(SimpleHTTPRequestHandler):
    """Answers with the files of the page, and with nothing else."""

    protocol_version = "HTTP/1.1"

    def guess_type(self, path: Any) -> str:
        return TYPES.get(Path(path).suffix.lower(), BYTES)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Nothing: a request is no news."""


@contextmanager
def listening(port: int) -> Iterator[ThreadingHTTPServer]:
    """Holds a port, 0 for any free one, so that it is known to be free before long work.

    Raises:
        OSError: it is not.
    """
    try:
        server = ThreadingHTTPServer((ADDRESS, port), Handler)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        problem = "is in use" if error.errno == errno.EADDRINUSE else "is not open to this user"
        raise OSError(f"--port={port} {problem}; give another one, or 0 for any that is free") from error
    server.daemon_threads = True
    with server:
        yield server


def serve(server: ThreadingHTTPServer, folder: Path) -> None:
    """Serves a folder until Ctrl-C."""
    server.RequestHandlerClass = functools.partial(Handler, directory=str(folder))
    logger.info("The page is at %s; Ctrl-C ends it", address(server))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        logger.info("stopped; %s holds the page", folder)


def address(server: ThreadingHTTPServer) -> str:
    """Where a browser finds the page."""
    return f"http://{ADDRESS}:{server.server_port}/"
