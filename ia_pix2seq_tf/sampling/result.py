"""What a mode has decided to draw, from which codes; drawn when it is asked for."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE
from ia_pix2seq_tf.sampling.endpoints import Endpoint
from ia_pix2seq_tf.sampling.originals import NO_CATEGORY, Original

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq


@dataclass(frozen=True)
class Settings:
    """How to draw; see `generation.Generator`.

    Attributes:
        temperature: above 0; lower is tidier.
        greedy: the likeliest stroke each time, without chance.
        max_len: most points of a sketch; None for the longest that the model was trained on.
        seed: of all chance; a sketch depends on it and on its own index alone.
    """

    temperature: float = DEFAULT_TEMPERATURE
    greedy: bool = False
    max_len: int | None = None
    seed: int = 0


DEFAULT = Settings()


@dataclass(frozen=True)
class Trait:
    """What a latent component stands for.

    Attributes:
        component: its index.
        weight: alpha.
        members: the test sketches assigned to it, the nearest to its centre first; none without data.
        shares: of its members, by category and style, the largest first; such as `{"pig head": 0.8}`.
    """

    component: int
    weight: float
    members: Sequence[Original]
    shares: dict[str, float]


@dataclass(frozen=True)
class Result:
    """Sketches of one mode. Iterating draws one after the other, with one batch of them in memory.

    Attributes:
        mode: its name.
        model: that draws.
        settings: how.
        codes: float32 `[n, z_size]`; `[n, 0]` where the model draws without codes.
        components: the latent component of each code, int64 `[n]`; -1 where the model has none.
        origins: what each sketch is drawn from, such as `{"from": "test:pig:3"}`.
        originals: the sketch that each is drawn from; empty in modes without.
        columns: how many sketches belong together in a row; 0 where each stands for itself.
        prefixes: the strokes that each sketch goes on from, `[n, 3]` in model units (continue); else none.
        masks: what was erased from each original, bool `[n, size, size]` (complete); else none.
        endpoints: between which the sketches lie (interpolate), or of which they are made (analogy).
        traits: of the component of each row (components).
    """

    mode: str
    model: "IAPix2Seq"
    settings: Settings
    codes: np.ndarray
    components: np.ndarray
    origins: Sequence[dict[str, Any]]
    originals: Sequence[Original] = ()
    columns: int = 0
    prefixes: Sequence[np.ndarray] = ()
    masks: Sequence[np.ndarray] | np.ndarray = ()
    endpoints: Sequence[Endpoint] = ()
    traits: Sequence[Trait] = ()

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[np.ndarray]:
        how = self.settings
        chances = np.zeros(len(self), int) if self.endpoints else None  # so that only the codes make a difference
        return self.model.generate_each(
            self.codes, how.max_len, how.temperature, how.greedy, how.seed, self.prefixes or None, chances
        )

    @functools.cached_property
    def strokes(self) -> list[np.ndarray]:
        """All sketches, float32 `[n, 3]` each, in model units."""
        return list(self)

    @property
    def labels(self) -> np.ndarray:
        """Index of each sketch's category, int64 `[n]`; -1 where there is none."""
        if not self.originals:
            return np.full(len(self), NO_CATEGORY, np.int64)
        return np.array([original.label for original in self.originals], np.int64)
