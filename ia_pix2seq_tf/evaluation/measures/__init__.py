"""What can be measured: a file for each measure, and the one table of them.

A measure imports what takes long to import when it is called, so that `evaluate.py --help` answers at once.
"""

from typing import TYPE_CHECKING, Protocol

from ia_pix2seq_tf.evaluation.measures import acc, completion, limits, locality, losses, olr, rec, ret, rlda, style
from ia_pix2seq_tf.evaluation.report import Metric

if TYPE_CHECKING:
    from ia_pix2seq_tf.evaluation.job import Job


class Measure(Protocol):
    """What a module of this package holds.

    Attributes:
        NAME: of `--metrics`.
        HELP: what it measures, in a line that follows the name.
    """

    NAME: str
    HELP: str

    def applies(self, job: "Job") -> str | None:
        """Why model or data have no such measure, in words that follow a colon; None where they have."""
        ...

    def measure(self, job: "Job") -> dict[str, Metric]:
        """The entries of the report, by names of `columns.COLUMNS`; where it has a picture, that is drawn too."""
        ...


_MODULES: tuple[Measure, ...] = (losses, rec, ret, completion, acc, limits, olr, rlda, style, locality)
MEASURES: dict[str, Measure] = {measure.NAME: measure for measure in _MODULES}
"""Every measure, by its name. To add one: its file, its place in the row above, and its columns in `columns.py`."""
