"""Reading TensorFlow's checkpoint files wherever they lie."""

import contextlib
import glob
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.tf_errors import reason

PATTERN = re.compile(r"[\[\]*?]")


def files(prefix: str | Path) -> list[Path]:
    """The files of a checkpoint, the index first, whether or not it exists."""
    path = Path(prefix)
    return [path.with_name(f"{path.name}.index"), *path.parent.glob(f"{glob.escape(path.name)}.data-*")]


@contextlib.contextmanager
def literal(prefix: str | Path) -> Iterator[str]:
    """A prefix of the same files that TensorFlow, which reads a prefix as a pattern of names, does not mistake."""
    if not PATTERN.search(str(prefix)):
        yield str(prefix)
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in files(prefix):
            Path(folder, path.name).symlink_to(path.absolute())
        yield str(Path(folder, Path(prefix).name))


@contextlib.contextmanager
def opened(prefix: str | Path, error: type[CheckpointError] = CheckpointError) -> Iterator[Any]:
    """TensorFlow's reader of a checkpoint; what it raises within the block becomes `error`."""
    try:
        with literal(prefix) as name:
            yield tf.train.load_checkpoint(name)
    except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as cause:
        raise error(f"{prefix}: not a readable checkpoint: {reason(cause)}") from cause
