"""What the command lines print: the package's own messages, above any progress bar."""

import logging
import os
import sys

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
