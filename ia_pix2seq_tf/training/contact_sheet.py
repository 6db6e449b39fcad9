"""What a run leaves for people: test sketches over their reconstructions."""

from pathlib import Path

from ia_pix2seq_tf.data.pipeline import SketchData, in_turn, make_batch
from ia_pix2seq_tf.sheet import category_color, paired_sheet

SHEET_NAME = "sketches.png"
SHEET_SKETCHES = 40
SHOWN_SEED = 0


def write_sheet(model, data: SketchData, path: Path) -> None:
    """A contact sheet of test sketches: originals over what the model draws from their codes."""
    indices = in_turn(data.test.labels, SHEET_SKETCHES)
    batch = make_batch(data.test, indices, data)
    codes, sigma2 = model.encode(batch["images"])
    components = model.assign_components(codes, sigma2)["label"].numpy()
    names = [data.categories[label] for label in batch["labels"]]
    styles = [""] * len(indices) if data.test.styles is None else [f"{s}\n" for s in data.test.styles[indices]]
    captions = [f"{n}\n{s}component {k}" for n, s, k in zip(names, styles, components, strict=True)]
    colors = [category_color(name, label) for name, label in zip(names, batch["labels"], strict=True)]
    drawn = model.generate(codes, seed=SHOWN_SEED)
    originals = [data.test.strokes[i] for i in indices]
    paired_sheet(originals, drawn, captions, colors, path, title="Test sketches and their reconstructions")
