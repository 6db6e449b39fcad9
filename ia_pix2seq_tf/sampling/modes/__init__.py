"""What can be drawn: a file for each mode, and the one table of them.

A mode's public function chooses codes; the `Result` that it returns draws them. None imports TensorFlow before it is
called, so that `sample.py --help` answers at once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ia_pix2seq_tf.sampling.flags import Flag
from ia_pix2seq_tf.sampling.modes import (
    analogy,
    complete,
    components,
    conditional,
    continuation,
    interpolate,
    unconditional,
)
from ia_pix2seq_tf.sampling.modes.layout import Drawn, Sheet
from ia_pix2seq_tf.sampling.result import Result

if TYPE_CHECKING:
    from ia_pix2seq_tf.sampling.job import Job


class Mode(Protocol):
    """What a module of this package holds.

    Attributes:
        NAME: of `--mode`.
        HELP: what it draws, in a line that follows the name.
        FLAGS: those that mean something in this mode, besides the flags of every mode.
    """

    @property
    def NAME(self) -> str: ...
    @property
    def HELP(self) -> str: ...
    @property
    def FLAGS(self) -> Sequence[Flag]: ...

    def draw(self, job: "Job") -> Result:
        """What the flags ask for; ValueError in one sentence where the model cannot serve."""
        ...

    def colors(self, result: Result) -> list[str]:
        """The colour `#rrggbb` of each sketch."""
        ...

    def sheet(self, result: Result, drawn: Drawn) -> Sheet:
        """The contact sheet; `drawn` holds the sketches of `output.shown_indices`."""
        ...


_MODULES: tuple[Mode, ...] = (conditional, unconditional, components, interpolate, analogy, complete, continuation)
MODES: dict[str, Mode] = {mode.NAME: mode for mode in _MODULES}
"""Every mode, by its name. To add one: its file, and its place in the row above."""
