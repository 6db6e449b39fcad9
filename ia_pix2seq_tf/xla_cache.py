"""What XLA has compiled, kept from one run of a program to the next.

TensorFlow writes each compilation to a file, and reads it where the same computation is asked for again. It trusts
these files: a damaged one would end the program. So their checksums are kept beside them, and what does not agree is
deleted before TensorFlow starts. `IA_PIX2SEQ_XLA_CACHE=0` switches all of it off.
"""

import atexit
import hashlib
import json
import logging
import os
import platform
import re
from importlib import metadata
from pathlib import Path

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.cache_directory import user_cache

logger = logging.getLogger(__name__)

SWITCH, OFF = "IA_PIX2SEQ_XLA_CACHE", "0"
FLAGS, FLAG = "TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory"
CHECKSUMS = "checksums.json"
MOST_BYTES = 256 * 2**20
CPU_INFO, GPU = Path("/proc/cpuinfo"), Path("/dev/nvidia0")


def turn_on() -> None:
    """Lets TensorFlow, which must not be loaded yet, keep compilations; not where the environment says otherwise, or a
    GPU would compile, or nothing can be written.
    """
    flags = os.environ.get(FLAGS, "")
    if os.environ.get(SWITCH) == OFF or FLAG in flags or GPU.exists():
        return
    try:
        folder = user_cache() / "xla" / _machine()
        if re.search(r"\s", str(folder)):  # which the flags cannot quote
            return
        folder.mkdir(parents=True, exist_ok=True)
        _drop_unknown(folder)
    except OSError as error:
        logger.debug("What XLA compiles is not kept: %s", error)
        return
    os.environ[FLAGS] = f"{flags} {FLAG}={folder}".strip()
    atexit.register(_remember, folder)


def _machine() -> str:
    """A name for all that a compilation depends on but for the computation."""
    info = CPU_INFO.read_text(errors="replace") if CPU_INFO.exists() else platform.processor()
    features = sorted(set(re.findall(r"^(?:model name|flags|Features)\s*:.*$", info, re.MULTILINE))) or [info]
    known = [metadata.version("tensorflow"), platform.machine(), os.environ.get("XLA_FLAGS", ""), *features]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]


def _drop_unknown(folder: Path) -> None:
    """Deletes files whose checksum is not known or another, and the oldest of too many."""
    try:
        checksums = json.loads((folder / CHECKSUMS).read_text())
        known = set(checksums.items())
    except (OSError, ValueError, AttributeError, TypeError):
        known = set()
    size = 0
    for path in sorted(_files(folder), key=lambda path: path.stat().st_mtime, reverse=True):
        size += path.stat().st_size
        if (path.name, _checksum(path)) not in known or size > MOST_BYTES:
            path.unlink(missing_ok=True)


def _remember(folder: Path) -> None:
    """Notes the checksums of all files."""
    try:
        checksums = {path.name: _checksum(path) for path in _files(folder)}
        with replacing(folder / CHECKSUMS) as partial:
            partial.write_text(json.dumps(checksums))
    except OSError as error:
        logger.debug("Compilations are not remembered: %s", error)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix == ".pb"]


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
