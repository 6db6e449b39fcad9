"""The flags of `sample.py` as one object, and which of them go together. Imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from ia_pix2seq_tf.constants import INT32_MAX

MODES = ("conditional", "unconditional", "components", "interpolate", "analogy", "complete", "continue")
Z_SOURCES = ("component", "normal", "file")
INTERPOLATIONS = ("linear", "spherical")
RANGES = {
    "num_per_category": (1, INT32_MAX),
    "num_samples": (1, INT32_MAX),
    "endings": (1, INT32_MAX),
    "seed": (0, INT32_MAX),
    "max_len": (1, 10_000),
    "steps": (2, 100),  # an interpolation is shown whole, on one sheet
    "sheet_sketches": (0, 500),  # more would not fit on one sheet
    "mask_share": (0, 1),
    "given_share": (0, 1),
}
"""Least and largest value of each number."""

BELONGS_TO = {
    "num_per_category": ("conditional", "unconditional", "components", "complete", "continue"),
    "num_samples": ("unconditional", "components"),
    "input": ("conditional", "interpolate", "analogy", "complete", "continue"),
    "component": ("unconditional", "components", "continue"),
    "z_source": ("unconditional",),
    "z_file": ("unconditional",),
    "start": ("interpolate",),
    "end": ("interpolate",),
    "steps": ("interpolate",),
    "interpolation": ("interpolate",),
    "terms": ("analogy",),
    "mask_share": ("complete",),
    "mask": ("complete",),
    "given_share": ("continue",),
    "endings": ("continue",),
}
"""Modes in which a field means something; the others mean something in all."""
FLAG_NAMES = {"start": "from", "end": "to"}
"""Flags whose names differ from their fields'."""


@dataclass(frozen=True)
class Options:
    """What to draw; `sample.py --help` explains each. None stands for the default of the mode."""

    model_dir: str
    output_dir: str = "samples"
    data_dir: str | None = None
    mode: str | None = None
    conditional: bool = True
    num_per_category: int | None = None
    num_samples: int | None = None
    input: Sequence[str] | None = None
    temperature: float = 0.24
    greedy: bool = False
    max_len: int | None = None
    seed: int = 0
    sheet_sketches: int = 60
    component: int | None = None
    z_source: str | None = None
    z_file: str | None = None
    start: Sequence[str] | None = None
    end: Sequence[str] | None = None
    steps: int | None = None
    interpolation: str | None = None
    terms: Sequence[str] | None = None
    mask_share: float | None = None
    mask: str | None = None
    given_share: float | None = None
    endings: int | None = None

    @property
    def chosen_mode(self) -> str:
        """The mode; where it is not given, `conditional` decides, as in the reference."""
        return self.mode or ("conditional" if self.conditional else "unconditional")

    def check(self) -> None:
        """Raises ValueError for a flag out of range, that contradicts another, or that this mode has no use for."""
        if self.chosen_mode not in MODES:
            raise ValueError(f"--mode: expected one of {', '.join(MODES)}, found {self.mode!r}")
        for field in fields(self):
            if getattr(self, field.name) is not None:
                self._check_field(field.name)
        self._check_pairs()

    def _check_field(self, name: str) -> None:
        flag, value = f"--{FLAG_NAMES.get(name, name)}", getattr(self, name)
        modes = BELONGS_TO.get(name, MODES)
        if self.chosen_mode not in modes:
            raise ValueError(f"{flag} has no meaning in --mode={self.chosen_mode}; it belongs to {', '.join(modes)}")
        if name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
            raise ValueError(f"{flag}: expected {RANGES[name][0]} to {RANGES[name][1]}, found {value}")

    def _check_pairs(self) -> None:
        if not self.conditional and self.chosen_mode != "unconditional":
            raise ValueError(f"--conditional=False contradicts --mode={self.mode}")
        if (self.z_source == "file") != (self.z_file is not None):
            raise ValueError("--z_source=file and --z_file=PATH go together")
        if self.mask is not None and self.mask_share is not None:
            raise ValueError("--mask takes the place of random masks, which --mask_share is for: give one of them")
        if self.component is not None and self.z_source not in (None, "component"):
            raise ValueError(f"--component contradicts --z_source={self.z_source}")
