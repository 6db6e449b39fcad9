"""A file from an HTTP server: resumed where it broke off, checked, and put in place whole or not at all.

While `NAME` is on its way, `NAME.part` holds its beginning and `NAME.part.json` which version of the file that
is. A later call goes on from there if the server still has that version, and else starts again.
"""

import base64
import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import requests
import urllib3
from tqdm import tqdm

import ia_pix2seq_tf
from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.file_lock import try_lock

logger = logging.getLogger(__name__)

CHUNK = 2**16
LEAST_PROGRESS = 2**16  # bytes that must arrive within a timeout, and that an attempt must bring to count as a success
LONGEST_WAIT = 60.0
TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)
GONE_FOR_NOW = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)
HEADERS = {"User-Agent": f"ia_pix2seq_tf/{ia_pix2seq_tf.__version__}", "Accept-Encoding": "identity"}


class DownloadError(OSError):
    """A file that cannot be had; the message names its address and what was found there."""


class MissingError(DownloadError):
    """The server has no such file, or shows it to nobody."""


class _Interrupted(Exception):
    """An attempt that may go better the next time."""


class Kind(NamedTuple):
    """What a file should be.

    Attributes:
        name: for messages, such as "an .npz archive".
        start: its first bytes, by which a login page or an error in XML is refused before the rest comes.
        check: raises ValueError for a file (given by its path) of the wrong content.
    """

    name: str
    start: bytes
    check: Callable[[Path], object]


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to download.

    Attributes:
        proxy: address of a proxy; by default that of the environment (`https_proxy`, `no_proxy`), if any.
        timeout: seconds without an answer, or with hardly a byte, that end an attempt.
        retries: attempts in a row that may fail; one that brought the file on does not count.
        backoff: seconds before the second attempt, doubled before each further one.
        max_bytes: the largest file to accept.
    """

    proxy: str | None = None
    timeout: float = 30.0
    retries: int = 5
    backoff: float = 1.0
    max_bytes: int = 2 * 2**30


@dataclasses.dataclass
class _Version:
    """Which file the server sends: what tells its versions apart, its bytes and its MD5 where known."""

    url: str
    validator: str | None = None
    size: int | None = None
    md5: str | None = None


def fetch(url: str, target: Path, kind: Kind, settings: Settings | None = None) -> None:
    """Downloads a file to `target`, or goes on with an earlier attempt.

    Args:
        url: of the file.
        target: where to put it; replaced at once when the file is there and right.
        kind: what the file should be.
        settings: of the connection.

    Raises:
        MissingError: 403, 404 or 410.
        DownloadError: naming the address and what was found there. What has arrived of the right file stays as
            `target.part` for the next call.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _opened(part) as file, _bar(target.stem) as bar:
            download = _Download(url, part, file, kind, settings or Settings(), bar)
            download.run()
            download.check_content()
            os.replace(part, target)
            download.note.unlink(missing_ok=True)
        logger.info("Downloaded %s (%.1f MB).", target, target.stat().st_size / 1e6)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"{part}: cannot be written: {error.strerror or error}. Once it can, it goes on."
        ) from error


def is_there(path: Path, kind: Kind) -> bool:
    """Whether a file of this kind is there already, and says so.

    Raises:
        ValueError: another file is there: as `kind.check`, and how to replace it.
    """
    if not path.exists():
        return False
    try:
        kind.check(path)
    except ValueError as error:
        raise type(error)(f"{error}. --overwrite replaces this file by the server's.") from error
    logger.info("%s is there already.", path)
    return True


@contextlib.contextmanager
def _opened(part: Path) -> Iterator[BinaryIO]:
    """The beginning of the file, to go on writing, for this process alone."""
    with open(part, "a+b") as file:
        if not try_lock(file) or not _is_at(file, part):
            raise DownloadError(f"{part}: another process is downloading it; try again when it has finished")
        try:
            yield file
        finally:
            file.flush()
            if _is_at(file, part) and not part.stat().st_size:
                part.unlink()


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether `path` still leads to this open file: else another process has just put it in its place."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), os.stat(path))


def _bar(name: str) -> tqdm:
    return tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, leave=False)


class _Download:
    """Attempt after attempt to complete one open file."""

    def __init__(self, url: str, part: Path, file: BinaryIO, kind: Kind, settings: Settings, bar: tqdm):
        self.url, self.part, self.file, self.kind, self.settings, self.bar = url, part, file, kind, settings, bar
        self.note = part.with_name(f"{part.name}.json")
        self.size = os.fstat(file.fileno()).st_size
        self.version = _read_note(self.note, url)
        if self.version.validator is None:
            self.start_again()

    def run(self) -> None:
        """Tries until the file is complete, or until too many attempts in a row have failed."""
        failures = 0
        furthest = self.size
        while True:
            try:
                with requests.Session() as session:
                    return self.attempt(session)
            except (_Interrupted, *GONE_FOR_NOW) as error:
                if isinstance(error, requests.exceptions.SSLError):
                    raise DownloadError(f"{self.url}: no secure connection: {error}") from error
                failures = 1 if self.size >= furthest + LEAST_PROGRESS else failures + 1
                furthest = max(furthest, self.size)
                self.wait(failures, error)
            except requests.RequestException as error:
                raise DownloadError(f"{self.url}: {error}") from error

    def wait(self, failures: int, error: Exception) -> None:
        """Sleeps before another attempt; raises DownloadError after the last."""
        tries = f"{failures} of {self.settings.retries + 1}"
        if failures > self.settings.retries:
            kept = f" The {self.size} bytes that arrived are kept: the same command goes on." if self.size else ""
            raise DownloadError(f"{self.url}: gave up after {failures} attempts: {error}.{kept}") from error
        seconds = min(self.settings.backoff * 2 ** (failures - 1), LONGEST_WAIT)
        logger.info("%s: attempt %s failed: %s; trying again in %.3g s", self.url, tries, error, seconds)
        time.sleep(seconds)

    def attempt(self, session: requests.Session) -> None:
        """One request; returns when the file is complete."""
        with self.request(session) as response:
            if response.status_code == 416:
                return self.accept_end(response)
            self.check_status(response)
            self.accept_start(response)
            self.receive(response)
        if self.version.size not in (None, self.size):
            raise _Interrupted(f"the connection ended after {self.size} of {self.version.size} bytes")
        self.check_md5()

    def request(self, session: requests.Session) -> requests.Response:
        """Asks for what is missing of this version, or for all of another."""
        validator, proxy, timeout = self.version.validator, self.settings.proxy, self.settings.timeout
        ranges = {"Range": f"bytes={self.size}-", "If-Range": validator} if self.size and validator else {}
        proxies = {"http": proxy, "https": proxy} if proxy else None
        return session.get(self.url, headers=HEADERS | ranges, stream=True, timeout=timeout, proxies=proxies)

    def check_status(self, response: requests.Response) -> None:
        """Raises unless the answer is a file or a part of one, as its own bytes."""
        status, found = response.status_code, f"{self.url}: found {response.status_code} {response.reason}"
        if status in TRY_AGAIN:
            raise _Interrupted(f"{status} {response.reason}")
        if status in (403, 404, 410):
            raise MissingError(found)
        if status not in (200, 206):
            raise DownloadError(f"{found}, expected a file")
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise DownloadError(f"{found} in encoding {encoding!r}, which was not asked for")

    def accept_start(self, response: requests.Response) -> None:
        """Prepares to write what comes: behind what is there, or instead of it."""
        version = _version_of(response, self.url)
        if response.status_code == 206:
            first, version.size = _range_of(response)
            if first != self.size or version.validator != self.version.validator:
                self.start_again()
                raise _Interrupted("the file has changed on the server")
        else:
            self.start_again()
        if version.size is not None and version.size > self.settings.max_bytes:
            raise DownloadError(f"{self.url}: {version.size} bytes, expected at most {self.settings.max_bytes}")
        self.version = version
        self.write_note()
        self.bar.total, self.bar.n = version.size, self.size
        self.bar.refresh()

    def accept_end(self, response: requests.Response) -> None:
        """The answer to a request for bytes behind the last: the file is complete, or another one."""
        total = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
        if total is None or int(total[1]) != self.size:
            self.start_again()
            raise _Interrupted("the server has no bytes where this file goes on")
        self.check_md5()

    def receive(self, response: requests.Response) -> None:
        """Writes the body as it comes, as long as it comes fast enough and begins as it should."""
        window, received = time.monotonic(), 0
        while data := response.raw.read1(CHUNK, decode_content=False):
            self.file.write(data)
            self.size += len(data)
            received += len(data)
            self.bar.update(len(data))
            if self.size > self.settings.max_bytes:
                self.start_again()
                raise DownloadError(f"{self.url}: the file does not end within {self.settings.max_bytes} bytes")
            if self.size - len(data) < len(self.kind.start) <= self.size:
                self.check_beginning(response)
            if time.monotonic() - window > self.settings.timeout:
                if received < LEAST_PROGRESS:
                    raise _Interrupted(f"{received} bytes in {self.settings.timeout:g} s")
                window, received = time.monotonic(), 0

    def check_beginning(self, response: requests.Response) -> None:
        """Refuses what begins otherwise: a login page, an error in XML."""
        self.file.seek(0)
        start = self.file.read(60)
        if not start.startswith(self.kind.start):
            self.start_again()
            found = response.headers.get("Content-Type", "no type")
            raise DownloadError(f"{self.url}: expected {self.kind.name}, found {found}, beginning {start!r}")

    def check_md5(self) -> None:
        """Starts again if the bytes are not those that the server names."""
        if self.version.md5 is None:
            return
        self.file.seek(0)
        digest = hashlib.md5(usedforsecurity=False)
        while data := self.file.read(CHUNK):
            digest.update(data)
        found = base64.b64encode(digest.digest()).decode()
        expected = self.version.md5
        if found != expected:
            self.start_again()
            raise _Interrupted(f"the bytes that arrived have MD5 {found}, expected {expected}")

    def check_content(self) -> None:
        """Raises DownloadError for a complete file of the wrong content, which is not kept."""
        self.file.flush()
        os.fsync(self.file.fileno())
        try:
            self.kind.check(self.part)
        except ValueError as error:
            self.start_again()
            raise DownloadError(f"{self.url}: the file that arrived cannot be used: {error}") from error

    def start_again(self) -> None:
        """Forgets what has arrived."""
        self.file.seek(0)
        self.file.truncate(0)
        self.size = 0
        self.version = _Version(self.url)
        self.note.unlink(missing_ok=True)

    def write_note(self) -> None:
        with replacing(self.note) as partial:
            partial.write_text(json.dumps(dataclasses.asdict(self.version)), encoding="utf-8")


def _read_note(path: Path, url: str) -> _Version:
    """The version whose beginning lies beside; one without a validator where that is not known."""
    try:
        version = _Version(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return _Version(url)
    return version if version.url == url and isinstance(version.validator, str) else _Version(url)


def _version_of(response: requests.Response, url: str) -> _Version:
    """What the answer's headers say. Only a strong validator allows to go on later (RFC 9110, section 13.1.5)."""
    headers = response.headers
    etag = headers.get("ETag", "")
    validator = etag if etag.startswith('"') else headers.get("Last-Modified")
    length = headers.get("Content-Length", "")
    md5 = re.search(r"md5=([A-Za-z0-9+/]{22}==)", headers.get("x-goog-hash", ""))
    return _Version(url, validator, int(length) if length.isdecimal() else None, md5[1] if md5 else None)


def _range_of(response: requests.Response) -> tuple[int, int | None]:
    """First byte and whole size of a partial answer; size None where the server does not know."""
    text = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", text)
    if match is None:
        raise _Interrupted(f"a part of a file without its place (Content-Range: {text!r})")
    return int(match[1]), None if match[3] == "*" else int(match[3])
