"""Where programs keep what they can make again."""

import os
import tempfile
from pathlib import Path


def user_cache() -> Path:
    """The user's cache directory for this program; a folder for temporary files where the user has no home.

    Raises:
        PermissionError: if that folder belongs to somebody else.
    """
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "ia_pix2seq_tf"
    try:
        return Path.home() / ".cache" / "ia_pix2seq_tf"
    except RuntimeError:
        return _temporary_cache()


def _temporary_cache() -> Path:
    """A folder that only its user can read."""
    user = getattr(os, "getuid", int)()  # none on Windows, whose users have such folders of their own
    folder = Path(tempfile.gettempdir()) / f"ia_pix2seq_tf-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if os.name == "posix" and (found.st_uid != user or found.st_mode & 0o077):
        raise PermissionError(f"{folder}: expected a folder of the user {user} alone, found one that others can use")
    return folder
