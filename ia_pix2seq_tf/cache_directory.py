"""Where programs keep what they can make again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """The user's cache directory for this program."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ia_pix2seq_tf"
