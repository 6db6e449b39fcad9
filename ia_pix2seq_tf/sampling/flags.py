"""The flags of `sample.py` as data: what each is called, what it may be, and what it is by default."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from absl import flags

from ia_pix2seq_tf.constants import INT32_MAX

flags.disclaim_key_flags()  # flags defined here are those of the program that asks for them

T = TypeVar("T")
Kind = Literal["string", "integer", "float", "boolean", "list", "paths"]


@dataclass(frozen=True)
class Flag(Generic[T]):
    """A flag.

    Attributes:
        name: on the command line, without the dashes.
        kind: of its values; "paths" are lists that may be given several times.
        text: what it means, in a sentence without a full stop.
        default: its value where it is not given; None where that depends.
        bounds: least and largest value of a number.
        choices: the values of a "string" that has few.
    """

    name: str
    kind: Kind
    text: str
    default: Any = None
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()

    def by_default(self, default: T) -> "Flag[T]":
        """The same flag as another mode has it, with another default."""
        return replace(self, default=default)

    def check(self, value: Any) -> None:
        """Raises ValueError, naming the flag, for no value, a number out of bounds or a word that is no choice."""
        words = value if self.kind in ("list", "paths") else [value]
        if not words or "" in words:
            raise ValueError(f"--{self.name}: expected a value, found an empty one")
        if self.bounds is not None and not self.bounds[0] <= value <= self.bounds[1]:
            raise ValueError(f"--{self.name}: expected {self.bounds[0]} to {self.bounds[1]}, found {value}")
        if self.choices and value not in self.choices:
            raise ValueError(f"--{self.name}: expected one of {', '.join(self.choices)}, found {value!r}")

    def define(self, text: str, default: Any = None) -> None:
        """Makes it a flag of the running program, with this help."""
        if self.choices:
            flags.DEFINE_enum(self.name, default, self.choices, text)
        elif self.kind == "paths":
            flags.DEFINE_multi_string(self.name, default, text)
        else:
            getattr(flags, f"DEFINE_{self.kind}")(self.name, default, text)

    def read(self) -> Any:
        """Its value on the command line; None where it is not given and has no default."""
        value = flags.FLAGS[self.name].value
        return [path for paths in value for path in paths.split(",")] if self.kind == "paths" and value else value


COUNT = (1, INT32_MAX)

INPUT = Flag[Sequence[str]](
    "input", "paths", "Drawings to draw from, instead of test sketches: a.png,b.jpg,c.svg,d.npz; may be repeated"
)
PHOTOGRAPHS = Flag[bool](
    "photographs",
    "boolean",
    "Find the sheet of paper in pictures of --input and remove the lines printed on it; False takes them as they are",
    default=True,
)
NUM_PER_CATEGORY = Flag[int](
    "num_per_category",
    "integer",
    "Most test sketches of each category, all where no number is named, or sketches of each file of --input; in "
    "unconditional mode, draw this times the categories",
    bounds=COUNT,
)
NUM_SAMPLES = Flag[int]("num_samples", "integer", "Sketches to draw, or from each component", bounds=COUNT)
COMPONENT = Flag[int]("component", "integer", "Draw from this latent component")
ENDPOINTS = "test:CATEGORY:NUMBER, component:NUMBER, input:NUMBER or normal:SEED"
"""The names that codes have on the command line."""
