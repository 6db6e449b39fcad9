"""Writing sketches down, one at a time as they are drawn.

    {category}_{i}.svg, .png            the sketch in colour, and as evaluation reads it: black on white
    code_{category}_{i}.npy             its code, [1, z_size]; not where the model has no codes
    gau_idx_{category}_{i}.npy          its latent component, [1]; not where the model has no components
    samples.npz                         all sketches, in the format of sketch-rnn
    input_{i}.png                       what the model has seen of picture number i of the inputs
    sheet.png, sheet.svg                a contact sheet
    samples.json                        what was drawn from what; written last

`category` is the index of the sketch's category, as in the reference; 0 for sketches of no known category.
Every file is whole or not there.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checked_json import read_object
from ia_pix2seq_tf.constants import NO_COMPONENT
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.data.pipeline import in_turn
from ia_pix2seq_tf.data.save import save_npz
from ia_pix2seq_tf.render import render, strokes_to_svg
from ia_pix2seq_tf.sampling.modes import MODES
from ia_pix2seq_tf.sampling.originals import NO_CATEGORY, Original
from ia_pix2seq_tf.sampling.result import Result
from ia_pix2seq_tf.sheet import contact_sheet
from ia_pix2seq_tf.strokes import clamp_offsets

logger = logging.getLogger(__name__)

MANIFEST, ARCHIVE, SHEETS = "samples.json", "samples.npz", ("sheet.png", "sheet.svg")
OF_SKETCH = SVG, PNG, CODE, COMPONENT = "{}.svg", "{}.png", "code_{}.npy", "gau_idx_{}.npy"
SEEN = "input_{}.png"
LARGEST_MANIFEST = 64 * 2**20  # bytes of one that is read again, of some 300,000 sketches
MOST_COLUMNS, MOST_ROWS = 12, 200  # of sheets whose rows belong together


def write(result: Result, directory: Path, scale_factor: float, facts: Mapping[str, Any], sheet_size: int) -> None:
    """Draws and writes all sketches of a result, with a progress bar.

    Of the sketches that are done only those on the contact sheet stay in memory, and the rest as int16 offsets.

    Args:
        result: what to draw.
        directory: where to write; made if it is missing.
        scale_factor: units of the data per model unit, for the archive.
        facts: what the manifest says besides what the result knows, such as the checkpoint.
        sheet_size: most sketches on the contact sheet; 0 for no sheet.
    """
    shown = set(shown_indices(result, sheet_size)) if sheet_size else set()
    mode = MODES[result.mode]
    names, colors = file_names(result.labels), mode.colors(result)
    packed, drawn = [], {}
    for i, strokes in enumerate(tqdm(result, desc=result.mode, total=len(result), unit="sketch")):
        _write_sketch(result, i, strokes, directory, names[i], colors[i])
        packed.append(to_data_units(strokes, scale_factor))
        if i in shown:
            drawn[i] = strokes
    save_npz(directory / ARCHIVE, {name: packed if name == "test" else [] for name in SPLITS})
    if drawn:
        sheet = mode.sheet(result, drawn)
        for name in SHEETS:
            contact_sheet(sheet.rows, directory / name, sheet.title)
    _write_manifest(directory / MANIFEST, {**_manifest(result, names, packed), **facts})


def remove_earlier(directory: Path) -> None:
    """Removes the manifest of an earlier run, and the files of sketches and pictures that it names.

    It may be a stranger's: nothing is removed but by a name that this module gives.
    """
    manifest = directory / MANIFEST
    if not manifest.exists():
        return
    names = _earlier_files(manifest)
    manifest.unlink()
    for name in names:
        (directory / name).unlink(missing_ok=True)


def _earlier_files(manifest: Path) -> list[str]:
    try:
        entries = read_object(manifest, LARGEST_MANIFEST, "the manifest of an earlier run").get("sketches")
    except ValueError as error:
        logger.warning("%s; what that run has written may stay.", error)
        return []
    if not isinstance(entries, list):
        return []
    files = {ARCHIVE, *SHEETS}
    for entry in entries:
        name, origin = (entry.get("name"), entry.get("from")) if isinstance(entry, dict) else (None, None)
        if re.fullmatch("[0-9]{1,10}_[0-9]{1,10}", str(name)):
            files |= {kind.format(name) for kind in OF_SKETCH}
        for one in origin if isinstance(origin, list) else [origin]:
            if found := re.fullmatch("input:([0-9]{1,10})", str(one)):
                files.add(SEEN.format(found[1]))
    return sorted(files)


def write_seen(inputs: Sequence[Original], directory: Path) -> dict[str, Original]:
    """Writes the images that were made of pictures; each picture by the name of its file in `directory`."""
    pictures = {SEEN.format(original.number): original for original in inputs if original.strokes is None}
    for name, original in pictures.items():
        with replacing(directory / name) as path:
            path.write_bytes(_png(original.image))
    return pictures


def shown_indices(result: Result, most: int) -> list[int]:
    """Which sketches the sheet shows, about `most` of them.

    Where each stands for itself, all categories in turn; of endings, whole rows; of components, every row; of
    interpolations and analogies, all.
    """
    if not result.columns:
        return in_turn(result.labels, most).tolist()
    if result.endpoints:
        return list(range(len(result)))
    columns = min(result.columns, MOST_COLUMNS)
    existing = len(result) // result.columns
    rows = existing if result.traits else min(existing, max(1, most // columns))
    return [row * result.columns + column for row in range(min(rows, MOST_ROWS)) for column in range(columns)]


def file_names(labels: np.ndarray) -> list[str]:
    """`{category}_{i}` of each sketch, i counting the sketches of one category."""
    counts: dict[int, int] = {}
    names = []
    for label in labels:
        category = 0 if label == NO_CATEGORY else int(label)
        number = counts.get(category, 0)
        counts[category] = number + 1
        names.append(f"{category}_{number}")
    return names


def to_data_units(strokes: np.ndarray, scale_factor: float) -> np.ndarray:
    """Strokes `[n, 3]` in model units to int16 in units of the data.

    Points, not offsets, are rounded, so that errors do not add up along a sketch; offsets end at +-1000, as those
    of training. The format knows no empty sketch: one that has no point becomes a single lifted one.
    """
    points = np.cumsum(strokes[:, :2].astype(np.float64) * scale_factor, axis=0).round()
    offsets = clamp_offsets(np.diff(points, axis=0, prepend=np.zeros((1, 2))))
    packed = np.column_stack([offsets, strokes[:, 2]]).astype(np.int16)
    return packed if len(packed) else np.array([[0, 0, 1]], np.int16)


def _write_sketch(result: Result, index: int, strokes: np.ndarray, directory: Path, name: str, ink: str) -> None:
    size = result.model.hps.png_width
    with replacing(directory / SVG.format(name)) as path:
        path.write_text(strokes_to_svg(strokes, size, color=ink), encoding="utf-8")
    with replacing(directory / PNG.format(name)) as path:
        path.write_bytes(_png(render(strokes, size)))
    code, component = result.codes[index : index + 1], result.components[index : index + 1]
    if code.size:
        _save_array(directory / CODE.format(name), code)
    if component[0] != NO_COMPONENT:
        _save_array(directory / COMPONENT.format(name), component)


def _save_array(path: Path, array: np.ndarray) -> None:
    with replacing(path) as partial:
        np.save(partial, array)


def _png(image: np.ndarray) -> bytes:
    """A grey image `[h, w]` as PNG in RGB: the reference's evaluation reads the red channel."""
    return cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))[1].tobytes()


def _manifest(result: Result, names: Sequence[str], packed: Sequence[np.ndarray]) -> dict[str, Any]:
    hps, how = result.model.hps, result.settings
    traits = [{"component": t.component, "weight": t.weight, "shares": t.shares} for t in result.traits]
    return {
        "mode": result.mode,
        "seed": how.seed,
        "temperature": how.temperature,
        "greedy": how.greedy,
        "max_len": how.max_len,
        "system": hps.system,
        "categories": hps.categories,
        **({"components": traits} if traits else {}),
        "sketches": [_entry(result, i, names[i], len(packed[i])) for i in range(len(result))],
    }


def _entry(result: Result, index: int, name: str, points: int) -> dict[str, Any]:
    """What the manifest says about one sketch."""
    label, component = int(result.labels[index]), int(result.components[index])
    return {
        "name": name,
        "category": None if label == NO_CATEGORY else result.model.hps.categories[label],
        "component": None if component == NO_COMPONENT else component,
        "points": points,
        **result.origins[index],
    }


def _write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    with replacing(path) as partial:
        partial.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
