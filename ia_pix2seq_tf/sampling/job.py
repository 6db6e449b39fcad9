"""Options with all that they name: the model, the data and the inputs."""

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

import ia_pix2seq_tf
from ia_pix2seq_tf.data.pipeline import SketchData, load_data
from ia_pix2seq_tf.inference import Scale, scale_of
from ia_pix2seq_tf.loading import Loaded, load_checkpoint
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sampling import endpoints, originals
from ia_pix2seq_tf.sampling.endpoints import Endpoint
from ia_pix2seq_tf.sampling.flags import INPUT, NUM_PER_CATEGORY, PHOTOGRAPHS, Flag
from ia_pix2seq_tf.sampling.inputs import read_inputs
from ia_pix2seq_tf.sampling.options import Options
from ia_pix2seq_tf.sampling.originals import Original
from ia_pix2seq_tf.sampling.result import Settings
from ia_pix2seq_tf.untrusted import path_text

T = TypeVar("T")


class Job:
    """What a mode draws with; each part is loaded when it is first asked for."""

    def __init__(self, options: Options):
        self.options = options
        self.settings = Settings(options.temperature, options.greedy, options.max_len, options.seed)

    def given(self, flag: Flag[T]) -> T | None:
        """The value of a flag, None where it was not given."""
        return self.options.given.get(flag.name)

    def value(self, flag: Flag[T]) -> T:
        """The value of a flag that has a default."""
        return self.options.given.get(flag.name, flag.default)

    @functools.cached_property
    def loaded(self) -> Loaded:
        """The model with where it is from."""
        return load_checkpoint(self.options.model_dir)

    @property
    def model(self) -> IAPix2Seq:
        """The model of `--model_dir`."""
        return self.loaded.model

    @functools.cached_property
    def data(self) -> SketchData | None:
        """The sketches of `--data_dir`, of the model's categories; None where it is not given."""
        return load_data(self.options.data_dir, self.model.hps) if self.options.data_dir else None

    @functools.cached_property
    def inputs(self) -> list[Original]:
        """What `--input` names."""
        paths = self.given(INPUT)
        if not paths:
            return []
        size, limit = self.model.hps.png_width, self.given(NUM_PER_CATEGORY)
        found = read_inputs(paths, size, limit, self.value(PHOTOGRAPHS), self.options.strict)
        return originals.input_originals(list(found))

    @functools.cached_property
    def scale(self) -> Scale:
        """Units of the data per model unit: the model's own scale; of runs that have not kept it, the data's."""
        own = scale_of(self.model)
        return (
            own if own.source == "model" or self.data is None else scale_of(self.model, float(self.data.scale_factor))
        )

    def originals(self, most: int | None) -> list[Original]:
        """The inputs; where there are none, at most so many test sketches of each category.

        Raises:
            ValueError: neither is given, or there is no test sketch.
        """
        if self.inputs:
            return self.inputs
        if self.data is None:
            raise ValueError(
                f"--mode={self.options.chosen_mode} draws from sketches: give --data_dir (a directory of .npz files, "
                "or 'demo') or --input"
            )
        found = originals.data_originals(self.data, most)
        if not found:
            names = ", ".join(self.data.categories)
            raise ValueError(f"{self.options.data_dir}: no test sketches of {names}; name files with --input")
        return found

    def ends(self, names: Sequence[str]) -> list[Endpoint]:
        """The codes of these names.

        Raises:
            ValueError: for inputs of which none is named; and as `endpoints.endpoint`.
        """
        if self.given(INPUT) and not any(name.startswith("input:") for name in names):
            raise ValueError(f"--{INPUT.name}: expected the name input:NUMBER of one, found {', '.join(names)}")
        return [self._endpoint(name) for name in names]

    def _endpoint(self, name: str) -> Endpoint:
        data = self.data if name.startswith("test:") else None
        return endpoints.endpoint(self.model, name, data, self.inputs, self.scale.factor)

    def facts(self) -> dict[str, Any]:
        """What the manifest says about where things are from."""
        return {
            "scale_factor": self.scale.factor,
            "scale_factor_from": self.scale.source,
            "checkpoint": path_text(self.loaded.prefix),
            "data_dir": None if self.options.data_dir is None else path_text(self.options.data_dir),
            "program": f"ia_pix2seq_tf {ia_pix2seq_tf.__version__}",
        }
