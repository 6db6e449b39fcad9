"""The flags of `sample.py` as one object, and which of them go together. Imports no TensorFlow."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from absl import flags as absl_flags

from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE, INT32_MAX, is_temperature
from ia_pix2seq_tf.sampling.flags import INPUT, PHOTOGRAPHS, Flag, Kind
from ia_pix2seq_tf.sampling.modes import MODES

absl_flags.disclaim_key_flags()  # flags defined here are those of the program that asks for them

SUMMARIES = "; ".join(f"{name} {mode.HELP}" for name, mode in MODES.items())


def _flag(kind: Kind, default: Any, text: str, bounds: tuple[float, float] | None = None) -> Any:
    """A field that is a flag of every mode."""
    return field(default=default, metadata={"kind": kind, "text": text, "bounds": bounds})


@dataclass(frozen=True)
class Options:
    """What to draw. None stands for the default of the mode.

    Attributes:
        given: the flags of single modes that were given, by name; see `Mode.FLAGS`.
    """

    model_dir: str = field(metadata={"kind": "string", "text": "Directory or file of the trained model"})
    output_dir: str = _flag("string", "samples", "Where to write")
    data_dir: str | None = _flag(
        "string", None, "Directory of <category>.npz files, or 'demo': for test sketches, and for the scale of old runs"
    )
    mode: str | None = _flag(
        "string",
        None,
        f"What to draw; by default conditional where there are sketches, else unconditional: {SUMMARIES}",
    )
    conditional: bool = _flag("boolean", True, "False for --mode=unconditional")
    temperature: float = _flag("float", DEFAULT_TEMPERATURE, "Above 0; lower is tidier, higher is wilder")
    greedy: bool = _flag("boolean", False, "The likeliest stroke each time, without chance")
    max_len: int | None = _flag(
        "integer", None, "Most points of a sketch; by default the longest of the training", (1, 10_000)
    )
    seed: int = _flag("integer", 0, "Of all chance; a sketch depends on it and on its own number", (0, INT32_MAX))
    strict: bool = _flag(
        "boolean", False, "Refuse inputs with texts, images or others that are no lines; else left out"
    )
    sheet_sketches: int = _flag(  # more would not fit on one sheet
        "integer", 60, "Most sketches on the contact sheet; 0 for no sheet", (0, 500)
    )
    given: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Options":
        """Options of flags by name; None where one is not given.

        Raises:
            ValueError: for a name that is no flag's.
        """
        own = {flag.name for flag in common_flags()}
        if unknown := [name for name in values if name not in own and name not in mode_flags()]:
            raise ValueError(f"unknown flag --{unknown[0]}")
        given = {name: value for name, value in values.items() if name not in own and value is not None}
        return cls(**{name: value for name, value in values.items() if name in own}, given=given)

    @property
    def chosen_mode(self) -> str:
        """The mode; where it is not given, `conditional` decides, as in the reference.

        Differs from the reference: where there are no sketches to draw again, it is unconditional, too.
        """
        sketches = self.data_dir or self.given.get(INPUT.name)
        return self.mode or ("conditional" if self.conditional and sketches else "unconditional")

    def check(self) -> None:
        """Raises ValueError for a flag out of range, or that this mode has no use for."""
        mode = self.chosen_mode
        if mode not in MODES:
            raise ValueError(f"--mode: expected one of {', '.join(MODES)}, found {self.mode!r}")
        if not self.conditional and mode != "unconditional":
            raise ValueError(f"--conditional=False contradicts --mode={self.mode}")
        for flag in common_flags():
            if getattr(self, flag.name) is not None:
                flag.check(getattr(self, flag.name))
        if not is_temperature(self.temperature):
            raise ValueError(f"--temperature: expected a number above 0, found {self.temperature}")
        for name, value in self.given.items():
            modes = mode_flags()[name]
            if mode not in modes:
                raise ValueError(f"--{name} has no meaning in --mode={mode}; it belongs to {', '.join(modes)}")
            modes[mode].check(value)
        if INPUT.name not in self.given and (self.strict or PHOTOGRAPHS.name in self.given):
            name = "strict" if self.strict else PHOTOGRAPHS.name
            raise ValueError(f"--{name} says how --{INPUT.name} is read, which is not given")


def common_flags() -> list[Flag]:
    """The flags of every mode: the fields of `Options`."""
    return [_common_flag(one) for one in fields(Options) if one.metadata]


def _common_flag(one: Field) -> Flag:
    default = None if one.name == "model_dir" else one.default
    choices = tuple(MODES) if one.name == "mode" else ()
    bounds = one.metadata.get("bounds")
    return Flag(one.name, one.metadata["kind"], one.metadata["text"], default, bounds, choices)


def mode_flags() -> dict[str, dict[str, Flag]]:
    """The flags of single modes, by name, as each mode that has them knows them."""
    table: dict[str, dict[str, Flag]] = {}
    for mode in MODES.values():
        for flag in mode.FLAGS:
            table.setdefault(flag.name, {})[mode.NAME] = flag
    return table


def define_flags() -> None:
    """Makes all flags those of the running program."""
    for flag in common_flags():
        flag.define(f"{flag.text}.", flag.default)
    absl_flags.mark_flag_as_required("model_dir")
    for modes in mode_flags().values():
        next(iter(modes.values())).define(_help(modes))


def from_flags() -> Options:
    """What the command line says."""
    known = [*common_flags(), *(next(iter(modes.values())) for modes in mode_flags().values())]
    return Options.of({flag.name: flag.read() for flag in known})


def _help(modes: Mapping[str, Flag]) -> str:
    """The help of a flag: its text, its modes, and what it is in each by default."""
    text = next(iter(modes.values())).text
    defaults = [f"{flag.default} ({mode})" for mode, flag in modes.items() if flag.default is not None]
    return f"{text}; by default {', '.join(defaults)}." if defaults else f"{text} ({', '.join(modes)})."
