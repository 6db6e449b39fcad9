"""The sketches that one draws from: of the test data, and of files of the user."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ia_pix2seq_tf.inference import encode_all, scale_of
from ia_pix2seq_tf.sheet import MORE_COLORS, TEXT_COLOR, category_color
from ia_pix2seq_tf.untrusted import path_text

if TYPE_CHECKING:
    from ia_pix2seq_tf.data.pipeline import SketchData
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.inputs import Sketch

NO_CATEGORY = -1  # label of what belongs to no category, or to an unknown one


class Original(NamedTuple):
    """A sketch that a user or the data provide.

    Attributes:
        name: such as "test:pig:3" or "input:0".
        image: uint8 `[size, size]`, 255 is white.
        strokes: `[n, 3]`; None where only the image is known.
        label: index of its category, or `NO_CATEGORY`.
        style: of a demo doodle, else empty.
        source: the file that it is from, else empty.
        in_model_units: whether the strokes are, rather than in units of the data.
        steps: what was taken away from a photograph, see `inputs.Sketch`.
    """

    name: str
    image: np.ndarray
    strokes: np.ndarray | None = None
    label: int = NO_CATEGORY
    style: str = ""
    source: str = ""
    in_model_units: bool = False
    steps: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is from, for messages."""
        return self.source or self.name

    @property
    def number(self) -> int:
        """Its place in its category, or among the inputs."""
        return int(self.name.rpartition(":")[2])

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says about it."""
        facts = {"from": self.name, "style": self.style, "file": self.source, "steps": list(self.steps)}
        return {name: fact for name, fact in facts.items() if fact}


def data_originals(data: "SketchData", most: int | None = None) -> list[Original]:
    """The first `most` test sketches of each category, all by default; category by category."""
    return [
        data_original(data, label, index, row)
        for label in range(len(data.categories))
        for index, row in enumerate(data_rows(data, label)[:most])
    ]


def data_rows(data: "SketchData", label: int) -> np.ndarray:
    """Where in the split the test sketches of a category are."""
    return np.flatnonzero(data.test.labels == label)


def data_original(data: "SketchData", label: int, index: int, row: int) -> Original:
    """Test sketch number `index` of a category, which is number `row` of the split."""
    test = data.test
    style = "" if test.styles is None else str(test.styles[row])
    return Original(f"test:{data.categories[label]}:{index}", test.images[row], test.strokes[row], label, style)


def input_originals(sketches: "Sequence[Sketch]") -> list[Original]:
    """What `inputs.read_inputs` has read, numbered as the user gave it."""
    return [
        Original(
            f"input:{i}",
            s.image,
            s.strokes,
            source=path_text(s.source),
            in_model_units=s.in_model_units,
            steps=s.steps,
        )
        for i, s in enumerate(sketches)
    ]


def scales(model: "IAPix2Seq", originals: Sequence[Original], scale_factor: float | None = None) -> np.ndarray:
    """Units of each original's strokes per model unit, `[n]`.

    Args:
        model: that is to read or continue them.
        originals: the sketches.
        scale_factor: units of the data per model unit; by default what the model says, see `inference.scale_of`.
    """
    factor = scale_factor or scale_of(model).factor
    return np.array([1.0 if original.in_model_units else factor for original in originals])


def encode_originals(
    model: "IAPix2Seq", originals: Sequence[Original], scale_factor: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Code means and variances `[n, z_size]` of originals; see `inference.encode_all`, and `scales` for the scale."""
    return encode_all(
        model,
        [original.image for original in originals],
        [original.strokes for original in originals],
        scales(model, originals, scale_factor),
        [original.place for original in originals],
    )


def color(model: "IAPix2Seq", label: int, component: int) -> str:
    """The colour `#rrggbb` of a sketch: its category's; where it has none, its component's.

    Sketches without either have the colour of the model's only category, or that of text.
    """
    if label == NO_CATEGORY and component < 0 and len(model.hps.categories) == 1:
        label = 0
    if label != NO_CATEGORY:
        return category_color(model.hps.categories[label], label)
    return numbered_color(component) if component >= 0 else TEXT_COLOR


def numbered_color(number: int) -> str:
    """A colour for each number from 0, in turn."""
    return MORE_COLORS[number % len(MORE_COLORS)]
