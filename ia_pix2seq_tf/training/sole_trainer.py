"""One training per log root."""

import contextlib
import datetime
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ia_pix2seq_tf.file_lock import try_lock

LOCK_NAME = "train.lock"


class LockedError(OSError):
    """Another process trains in this log root."""


@contextlib.contextmanager
def sole_trainer(log_root: Path) -> Iterator[None]:
    """Within the block no other process enters it for the same log root, which is made if it does not exist.

    The file `train.lock` stays afterwards and says who trained last; it is the lock on it that counts, and that
    ends with its process.

    Raises:
        LockedError: naming the process that is training there, and its host.
        OSError: if the log root cannot be written.
    """
    try:
        log_root.mkdir(parents=True, exist_ok=True)
        file = open(log_root / LOCK_NAME, "a+b", buffering=0)  # noqa: SIM115  # closed by the block below
    except OSError as error:
        raise OSError(
            f"{error}\nMake {log_root} a directory that can be written, or choose another --log_root."
        ) from error
    with file:
        if not try_lock(file):
            file.seek(0)
            holder = file.read().decode(errors="replace").strip() or "another process"
            raise LockedError(
                f"{log_root}: {holder} is training there. Wait for it, stop it, or choose another --log_root."
            )
        _sign(file)
        yield


def _sign(file: IO[bytes]) -> None:
    """Writes who has the lock; a disk too full for that does not matter."""
    started = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    with contextlib.suppress(OSError):
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}, started {started},\n".encode())
