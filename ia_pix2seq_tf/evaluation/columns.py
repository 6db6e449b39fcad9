"""What is measured: the columns of tables, and how their values are shown."""

from typing import NamedTuple

from ia_pix2seq_tf.catalogue import TERMS
from ia_pix2seq_tf.hparams.rules import IMAGE_LAYERS

MISSING = "–"  # in the place of a value that was not measured or does not exist
_ARROWS = {"higher": "↑", "lower": "↓", "": ""}


class Column(NamedTuple):
    """A metric in a table: `better` is "higher", "lower" or "" for neither, `digits` those after the point."""

    heading: str
    unit: str
    better: str
    digits: int
    meaning: str

    @property
    def measure(self) -> str:
        """Unit and direction: `(%) ↑`."""
        return " ".join(filter(None, (f"({self.unit})" if self.unit else "", _ARROWS[self.better])))

    @property
    def title(self) -> str:
        """Heading, unit and direction: `Rec (%) ↑`."""
        return f"{self.heading} {self.measure}".strip()


def _share(heading: str, meaning: str) -> Column:
    return Column(heading, "%", "higher", 2, meaning)


LOSSES = {term.key: Column(term.heading, "", "lower", term.digits, term.meaning) for term in TERMS.values()}
"""The loss terms of all systems, as in training."""

LAYERS = {
    f"moved_{layer}": Column(
        f"Moved, layer {layer}",
        "",
        "lower",
        3,
        f"how far unaffected features of the encoder's layer {layer} move when a stroke is left out, over their spread",
    )
    for layer in range(1, IMAGE_LAYERS + 1)
}
"""The layers of an image encoder."""

COLUMNS = {
    "rec": _share("Rec", "drawings that a classifier puts into the category of the sketch they were drawn from"),
    "ret_1": _share("Ret top-1", "drawings whose code has that of their own sketch as the nearest of all"),
    "ret_10": _share("Ret top-10", "the same, among the nearest 10"),
    "ret_50": _share("Ret top-50", "the same, among the nearest 50"),
    "acc": _share("Acc", "sketches in the right component, by the best one-to-one map to categories"),
    "olr": Column("OLR", "", "lower", 4, "overlap rate of two living components; 1 where they share one peak"),
    "rlda": Column("R_LDA", "", "higher", 4, "distance of two components' codes over their spread (equation 12)"),
    "acc_many": _share("Acc many-to-one", "as Acc, but each component stands for its most frequent category"),
    "kmeans": _share("Acc of k-means", "as Acc, of k-means on the same codes with as many clusters as components"),
    "kmeans_many": _share("Acc of k-means many-to-one", "as Acc many-to-one, of the same k-means"),
    "logistic": _share("Logistic regression", "sketches that one, told the categories, gets right by their codes"),
    "style": _share("Style", "as Acc, with category and style together in the place of the category"),
    "style_many": _share("Style many-to-one", "as Acc many-to-one, with category and style together"),
    "completion_rec": _share("Completion Rec", "as Rec, of drawings from sketches of which a mask has erased a part"),
    **{
        f"completion_ret_{k}": _share(f"Completion Ret top-{k}", "as Ret, of the same drawings, for the whole sketches")
        for k in (1, 10, 50)
    },
    **LOSSES,
    **LAYERS,
    "classifier": _share("Ceiling of Rec", "real sketches that the classifier puts into their own category"),
    "living": Column("Living", "", "", 0, "latent components whose weight is above the threshold living_alpha"),
}
"""Every metric by the name that it has in `metrics.json`, in the order of tables."""


def shown(name: str, value: float | None, error: float | None = None) -> str:
    """A value of the column `name` as tables show it: `93.10 ± 0.42`; a dash for None."""
    if value is None:
        return MISSING
    whole = error is None and float(value).is_integer()
    digits = COLUMNS[name].digits or (0 if whole else 1)
    return f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")
