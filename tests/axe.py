"""axe-core, which finds what keeps people with screen readers and keyboards out of a page; fetched by npm, checked."""

import hashlib
import tarfile
import tempfile
from pathlib import Path

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.cache_directory import user_cache
from ia_pix2seq_tf.web.runtime import npm_pack

VERSION = "4.14.1"
SHA512 = (
    "e63e659f9806d7ae5bd40899043b0871a5062c5442b01b3f1a3edf5eaf50bf5c3a7104a72463293b4ad1b77c661a0d4e"
    "40e850dec89de9d6ece70a8c13a9af17"
)
SERIOUS = ("serious", "critical")


def source() -> str:
    """The script; raises OSError where it cannot be had."""
    cached = user_cache() / f"axe-core-{VERSION}/axe.min.js"
    if not (cached.is_file() and _sum(cached.read_bytes()) == SHA512):
        content = _fetched()
        if _sum(content) != SHA512:
            raise OSError(f"axe-core {VERSION}: expected the SHA-512 {SHA512}, found {_sum(content)}")
        with replacing(cached) as partial:
            partial.write_bytes(content)
    return cached.read_text(encoding="utf-8")


def _sum(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()


def _fetched() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive = npm_pack("axe-core", VERSION, Path(folder))
        except ImportError as error:
            raise OSError(f"npm, of the extra 'web', is not installed: {error}") from error
        with tarfile.open(archive) as content:
            return content.extractfile("package/axe.min.js").read()
