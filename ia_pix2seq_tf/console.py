"""What the command lines print: the package's own messages, above any progress bar."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from absl import app
from absl import logging as absl_logging
from tqdm import tqdm

PACKAGE_LOGGER = "ia_pix2seq_tf"


class _AboveBars(logging.Handler):
    """Writes messages to standard error without tearing the progress bars there."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)


def set_up() -> None:
    """Shows the package's messages from INFO on, with the time; of TensorFlow's own, errors only."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    absl_logging.set_verbosity(absl_logging.ERROR)
    handler = _AboveBars()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger(PACKAGE_LOGGER)
    logger.setLevel(logging.INFO)
    logger.handlers = [handler]
    logger.propagate = False


@contextmanager
def program(
    name: str,
    argv: Sequence[str],
    errors: tuple[type[Exception], ...] = (OSError, ValueError),
    stopped: str | None = None,
) -> Iterator[None]:
    """The work of a command line that takes flags only: shows messages, and ends with one where it cannot go on.

    Args:
        name: of the program, before its last message.
        argv: what `absl.app.run` passes to `main`.
        errors: those whose message says enough; others keep their traceback.
        stopped: the last message after Ctrl-C.
    """
    if len(argv) > 1:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    set_up()
    try:
        yield
    except errors as error:
        sys.exit(f"{name}: {error}")
    except KeyboardInterrupt:
        if stopped is None:
            raise
        sys.exit(f"{name}: {stopped}")
