"""A page whose worker is a stand-in: the doodles at made-up places, codes of two Gaussians a style, and no model."""

import json
import shutil
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.data import demo
from ia_pix2seq_tf.render import checked_strokes
from ia_pix2seq_tf.strokes import scale_factor

STATIC = Path(__file__).parent.parent / "ia_pix2seq_tf/web/static"
STUB = Path(__file__).parent / "web_stub"
CATEGORIES = ("cat", "pig", "giraffe", "flower")
Z_SIZE = 8
ALL = ("encode", "redraw", "continue", "complete", "components", "map", "interpolate", "dream")


def write_site(folder: Path, per_style: int = 6, **changes: object) -> Path:
    """Writes the page with a stand-in for its worker; `changes` are fields of model.json."""
    shutil.copytree(STATIC, folder, dirs_exist_ok=True)
    shutil.copytree(STUB, folder, dirs_exist_ok=True)
    rng = np.random.default_rng(0)
    styles = [(category, style) for category in CATEGORIES for style in demo.STYLES[category]]
    means = rng.normal(0, 3, (len(styles), Z_SIZE))
    marks, codes = _marks(styles, means, per_style, rng)
    factor = float(scale_factor([np.reshape(mark["strokes"], (-1, 3)) for mark in marks]))
    model = _model(styles, means, factor) | changes
    (folder / "model.json").write_text(json.dumps(model), encoding="utf-8")
    if model["can"]["map"]:
        found = {"format": 1, "count": len(marks), "z_size": Z_SIZE, "sketches": marks}
        (folder / "map.json").write_text(json.dumps(found), encoding="utf-8")
        (folder / "codes.f32").write_bytes(codes.astype("<f4").tobytes())
    return folder


def _marks(styles: list, means: np.ndarray, per_style: int, rng: np.random.Generator) -> tuple[list, np.ndarray]:
    """The sketches of map.json, a style at its place in a grid, and their codes `[n, z_size]`."""
    marks, codes = [], []
    for component, (category, style) in enumerate(styles):
        middle = np.array([component % 4 + 0.5, component // 4 + 0.5]) / (4, -(-len(styles) // 4))
        for _ in range(per_style):
            strokes = checked_strokes(demo.draw(category, style, rng))
            x, y = np.clip(middle + rng.normal(0, 0.055, 2), 0, 1).round(4).tolist()
            place = {
                "category": CATEGORIES.index(category),
                "number": len(marks),
                "component": component,
                "x": x,
                "y": y,
            }
            marks.append(place | {"strokes": strokes.astype(int).ravel().tolist()})
            codes.append(means[component] + rng.normal(0, 0.4, Z_SIZE))
    return marks, np.array(codes)


def _model(styles: list, means: np.ndarray, factor: float) -> dict:
    """The model.json of a model with a component for each style, and one that died."""
    k = len(styles)
    components = [
        {"number": i, "name": f"{category}, {style}", "share": 0.97, "weight": 1 / k, "living": True}
        for i, (category, style) in enumerate(styles)
    ]
    components.append({"number": k, "name": "", "share": 0, "weight": 0, "living": False})
    return {
        "format": 1,
        "title": "doodles (stand-in)",
        "system": "ia",
        "can": dict.fromkeys(ALL, True),
        "png_width": 48,
        "z_size": Z_SIZE,
        "max_len": 64,
        "scale_factor": factor,
        "num_mixture": 20,
        "temperature": 0.24,
        "encoder_reads": "images",
        "files": {"encoder": None, "start": None, "step": None},
        "mixture": {
            "weights": [*([1 / k] * k), 1e-9],
            "means": [*means.tolist(), [0.0] * Z_SIZE],
            "variances": [[0.5] * Z_SIZE] * (k + 1),
            "floor": 1e-10,
            "harmony": False,
        },
        "components": components,
        "categories": list(CATEGORIES),
    }
