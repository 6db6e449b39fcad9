"""Locks on files: they hold as long as their process lives, so that none is ever stale."""

import contextlib
import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]  # mypy knows a module's name as that only

logger = logging.getLogger(__name__)

CANNOT_LOCK = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS)
"""What file systems without locks answer, some network ones among them."""


@contextlib.contextmanager
def holding(path: Path) -> Iterator[bool]:
    """Within the block, whether this process alone has the lock on a file, which is made if it does not exist."""
    with open(path, "ab") as file:
        yield try_lock(file)


def try_lock(file: IO) -> bool:
    """Locks an open file for this process alone, until it is closed.

    The lock is advisory (`flock`): it binds those who ask for it. The system drops it when the process ends,
    however that comes about.

    Returns:
        False if another has the lock. Where files cannot be locked, True, after a warning.
    """
    try:
        _flock(file)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in CANNOT_LOCK:
            raise
        logger.warning("%s cannot be locked (%s): make sure that no other process works there", file.name, error)
    return True


def _flock(file: IO) -> None:
    if fcntl is None:
        raise OSError(errno.ENOSYS, "this system has no flock")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
