"""Models in the JSON files of sketch-rnn's browser demo, and what they compute, in NumPy."""

import base64
import json
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE, GenFile, Info, Sizes, shapes

SIZES = {GEN: Sizes(6), VAE: Sizes(6, 4, 3)}


def random_file(mode: str, seed: int = 0, **info) -> GenFile:
    """A small model of chance, with weights of about a unit."""
    rng = np.random.default_rng(seed)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes(mode, SIZES[mode]).items()}
    return GenFile(Info(**{"name": "bird", "mode": mode, "max_seq_len": 20, "scale_factor": 50.0, **info}), weights)


def content_of(file: GenFile) -> list:
    """What the JSON of a model holds, by the format and without `write`."""
    steps = {name: np.rint(weight.astype(float) * 32767 / 10).astype("<i2") for name, weight in file.weights.items()}
    texts = [base64.b64encode(value.tobytes()).decode() for value in steps.values()]
    return [file.info._asdict(), [list(value.shape) for value in steps.values()], texts]


def put(path: Path, content: object) -> Path:
    """Writes JSON to a file."""
    path.write_text(json.dumps(content))
    return path


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_step(weights: dict[str, np.ndarray], x: np.ndarray, c: np.ndarray, h: np.ndarray, prefix: str = ""):
    """The next memory and output of the published LSTM."""
    products = x @ weights[f"{prefix}kernel"] + h @ weights[f"{prefix}recurrent_kernel"] + weights[f"{prefix}bias"]
    i, j, f, o = np.split(products, 4)
    c = c * sigmoid(f + 1) + sigmoid(i) * np.tanh(j)
    return c, np.tanh(c) * sigmoid(o)


def run(weights: dict[str, np.ndarray], inputs: np.ndarray, c: np.ndarray, h: np.ndarray):
    """The raw parameters `[n, 123]` after each input `[n, x]` of the decoder, and the last memory and output."""
    raw = []
    for x in inputs:
        c, h = lstm_step(weights, x, c, h)
        raw.append(head(weights, h))
    return np.array(raw), c, h


def encode(weights: dict[str, np.ndarray], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and log variance `[z]` of the code of points `[n, 5]` in model units."""
    last = []
    for prefix, ordered in (("forward_", points), ("backward_", points[::-1])):
        c = h = np.zeros(len(weights[f"{prefix}recurrent_kernel"]))
        for x in ordered:
            c, h = lstm_step(weights, x, c, h, prefix)
        last.append(h)
    hidden = np.concatenate(last)
    return tuple(hidden @ weights[f"{name}_kernel"] + weights[f"{name}_bias"] for name in ("mean", "presig"))


def start_state(weights: dict[str, np.ndarray], z: np.ndarray, version: int) -> tuple[np.ndarray, np.ndarray]:
    """Memory and output before the first stroke."""
    z = np.tanh(z) if version < 6 else z
    c, h = np.split(np.tanh(z @ weights["initial_kernel"] + weights["initial_bias"]), 2)
    return c, h


def head(weights: dict[str, np.ndarray], h: np.ndarray) -> np.ndarray:
    """The raw parameters of the next stroke, [123]: pen first."""
    return h @ weights["head_kernel"] + weights["head_bias"]


def published_order(raw: np.ndarray) -> np.ndarray:
    """Parameters [123] as the published program names them: pi, mu_x, mu_y, sigma_x, sigma_y, rho, pen."""
    pen, pi, mu_x, mu_y, sigma_x, sigma_y, rho = np.split(raw, [3 + 20 * i for i in range(6)])
    return np.concatenate([softmax(pi), mu_x, mu_y, np.exp(sigma_x), np.exp(sigma_y), np.tanh(rho), softmax(pen)])


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()
