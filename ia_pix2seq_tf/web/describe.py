"""What the page must know of a model: sizes, what it can do, its mixture, and the names of its components."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ia_pix2seq_tf.constants import DEFAULT_TEMPERATURE, LIVING_ALPHA
from ia_pix2seq_tf.export.functions import Function
from ia_pix2seq_tf.inference import Scale
from ia_pix2seq_tf.latent import Normal
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.sampling.modes.components import traits
from ia_pix2seq_tf.sampling.result import Trait
from ia_pix2seq_tf.stroke_mixture import COMPONENTS
from ia_pix2seq_tf.web.marks import Encoded

FORMAT = 1
FOLDER = "model"
NAMES = {"encoder": "encoder", "cutter": "graph_cutter", "start": "initial_state", "step": "decoder_step"}
"""What the page calls the functions of `export.functions.parts`."""


def describe(
    model: IAPix2Seq, functions: Mapping[str, Function], scale: Scale, encoded: Encoded | None
) -> dict[str, Any]:
    """The content of `model.json`.

    Args:
        model: that the page draws with.
        functions: of `export.functions.parts`, each of which has a file.
        scale: units of the data per model unit, and who says so.
        encoded: test sketches, after which components are named; None where there are none.
    """
    reads = page_reads(model, functions)
    return {
        "format": FORMAT,
        "title": model.title,
        "system": model.hps.system,
        "can": abilities(model, encoded is not None),
        "png_width": model.hps.png_width,
        "z_size": model.z_size,
        "state_size": model.decoder.cell.state_size,
        "max_len": model.generator.max_len,
        "scale_factor": scale.factor,
        "scale_factor_from": scale.source,
        "num_mixture": COMPONENTS,
        "temperature": DEFAULT_TEMPERATURE,
        "start": list(model.decoder.start),
        "reads": reads,
        "encoder_reads": reads[0] if reads else None,
        "files": {name: f"{FOLDER}/{part}.onnx" if part in functions else None for name, part in NAMES.items()},
        "inputs": {name: _inputs(functions[part]) for name, part in NAMES.items() if part in functions},
        "mixture": mixture(model),
        "components": components(model, encoded),
        "categories": list(model.hps.categories),
    }


def page_reads(model: IAPix2Seq, functions: Mapping[str, Function]) -> list[str]:
    """What the page makes of a drawing for the encoder, or for what cuts graphs before it."""
    cutter = functions.get(NAMES["cutter"])
    return list(model.reads) if cutter is None else [spec.name for spec in cutter.input_signature]


def abilities(model: IAPix2Seq, has_map: bool) -> dict[str, bool]:
    """What can be done with a model, by what it is made of."""
    return {
        "encode": bool(model.reads),
        "redraw": bool(model.reads),
        "continue": True,  # every decoder goes on from given strokes
        "complete": "images" in model.reads,
        "components": model.latent.k > 0,
        "map": has_map,
        "interpolate": model.z_size > 0,
        "dream": True,
    }


def mixture(model: IAPix2Seq) -> dict[str, Any] | None:
    """The latent mixture, as mixture.js takes it; None where there is none."""
    if isinstance(model.latent, Normal):
        return None
    mu, sigma2, alpha = (_shortest(value.numpy()) for value in model.latent.params)
    rest = {"floor": model.latent.floor, "harmony": model.latent.harmony}
    return {"weights": [weight for (weight,) in alpha], "means": mu, "variances": sigma2, **rest}


def components(model: IAPix2Seq, encoded: Encoded | None) -> list[dict[str, Any]]:
    """Each component with its weight, and with what most of its test sketches are, by number."""
    if not model.latent.k:
        return []
    shown: Sequence[int] = range(model.latent.k)
    if encoded is None:
        weights = model.latent_alpha.numpy()[:, 0]
        return [_component(Trait(k, float(weights[k]), [], {})) for k in shown]
    return [_component(trait) for trait in traits(model, shown, *encoded)]


def _component(trait: Trait) -> dict[str, Any]:
    name, share = next(iter(trait.shares.items()), ("", 0.0))
    return {
        "number": trait.component,
        "name": name,
        "share": share,
        "shares": trait.shares,
        "weight": round(trait.weight, 6),
        "living": trait.weight > LIVING_ALPHA,
    }


def _inputs(function: Function) -> dict[str, list[int | None]]:
    """The shapes of a function's inputs by name; None is free."""
    return {spec.name: spec.shape.as_list() for spec in function.input_signature}


def _shortest(values: np.ndarray) -> Any:
    """Numbers of float32 as nested lists of those with the fewest digits that are rounded to them."""
    return np.vectorize(lambda value: float(str(np.float32(value))), otypes=[float])(values).tolist()
