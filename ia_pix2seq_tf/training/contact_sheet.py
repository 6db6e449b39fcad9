"""What a run leaves for people: test sketches over their reconstructions."""

from pathlib import Path

from ia_pix2seq_tf.data.pipeline import SketchData, in_turn, make_batch
from ia_pix2seq_tf.latent import Posterior
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sheet import Cell, Row, category_color, contact_sheet, paired_sheet

SHEET_NAME = "sketches.png"
SHEET_SKETCHES = 40
COLUMNS = 10  # of sketches that stand for themselves
SHOWN_SEED = 0


def write_sheet(model: IAPix2Seq, data: SketchData, path: Path) -> None:
    """A contact sheet: test sketches over what the model draws from their codes; without an encoder, what it draws."""
    indices = in_turn(data.test.labels, SHEET_SKETCHES)
    batch = make_batch(data.test, indices, data)
    posterior = model.encode_batch(batch)
    drawn = model.generate(posterior.mean, seed=SHOWN_SEED)
    if model.encoder is None:
        rows = [Row([Cell(strokes) for strokes in drawn[i : i + COLUMNS]]) for i in range(0, len(drawn), COLUMNS)]
        contact_sheet(rows, path, "What the model draws on its own")
        return
    names = [data.categories[label] for label in batch["labels"]]
    styles = [""] * len(indices) if data.test.styles is None else data.test.styles[indices]
    lines = zip(names, styles, _components(model, posterior), strict=True)
    captions = ["\n".join(filter(None, of_one)) for of_one in lines]
    colors = [category_color(name, label) for name, label in zip(names, batch["labels"], strict=True)]
    originals = [data.test.strokes[i] for i in indices]
    paired_sheet(originals, drawn, captions, colors, path, title="Test sketches and their reconstructions")


def _components(model: IAPix2Seq, posterior: Posterior) -> list[str]:
    """The component of each code, in words; nothing where there are none."""
    if not model.latent.k:
        return [""] * len(posterior.mean)
    return [f"component {k}" for k in model.assign_components(*posterior)["label"].numpy()]
