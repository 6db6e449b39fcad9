"""The flags of `evaluate.py` as one object. Imports no TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass

from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE, INT32_MAX, is_temperature
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.evaluation.measures import MEASURES
from ia_pix2seq_tf.evaluation.report import SPLIT_NAMES

METRICS = tuple(MEASURES)
SPLITS = tuple(SPLIT_NAMES)
SUMMARIES = "\n".join(f"{name}: {measure.HELP}" for name, measure in MEASURES.items())


@dataclass(frozen=True)
class Options:
    """What to measure; `evaluate.py --help` explains each.

    Attributes:
        metrics: of `METRICS`; by default all that model and data have, such as components and known styles.
        living_alpha: weight from which a component counts as living; by default that of training's reports.
        split: whose sketches are measured: "test", or "valid" to choose settings by, which must not see the test.
        pictures: whether to draw the latent space and write it for TensorBoard's projector.
    """

    model_dir: str
    data_dir: str = DEMO
    output_dir: str = "evaluation"
    metrics: Sequence[str] | None = None
    seeds: Sequence[int] = (0,)
    temperature: float = DEFAULT_TEMPERATURE
    living_alpha: float | None = None
    classifier_seed: int = 0
    split: str = SPLITS[0]
    pictures: bool = True

    def check(self) -> None:
        """Raises ValueError for the first field that cannot work, naming its flag."""
        unknown = sorted(set(self.metrics or ()) - set(METRICS))
        if unknown or self.metrics == []:
            raise ValueError(f"--metrics: expected some of {', '.join(METRICS)}, found {', '.join(unknown) or 'none'}")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"--seeds: expected one or more different numbers, found {list(self.seeds)}")
        if self.split not in SPLITS:
            raise ValueError(f"--split: expected one of {', '.join(SPLITS)}, found {self.split!r}")
        for flag, seeds in (("seeds", self.seeds), ("classifier_seed", (self.classifier_seed,))):
            if not all(0 <= seed <= INT32_MAX for seed in seeds):
                raise ValueError(f"--{flag}: expected 0 to {INT32_MAX}, found {list(seeds)}")
        if not is_temperature(self.temperature):
            raise ValueError(f"--temperature: expected a number above 0, found {self.temperature}")
        if self.living_alpha is not None and not 0 < self.living_alpha < 1:
            raise ValueError(f"--living_alpha: expected a number between 0 and 1, found {self.living_alpha}")
