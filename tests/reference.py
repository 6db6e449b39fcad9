"""Recordings of the TF1 reference, and the weights that they were made with."""

import json
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"
SHARED = Path(__file__).resolve().parents[2] / "shared"
RECORDINGS = ("hyper", "layer_norm", "lstm", "rpcl_hyper")
SKETCH_RNN_RECORDINGS = ("sketchrnn_lstm", "sketchrnn_hyper", "sketchrnn_uncond", "sketchpix2seq")


def golden(name: str) -> dict[str, np.ndarray]:
    """All arrays of one recording."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def formula_weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weight that the recordings gave to a variable, a function of its name and shape."""
    h = sum((i + 1) * ord(c) for i, c in enumerate(name)) % 1000 / 1000
    i = np.arange(np.prod(shape, dtype=int), dtype=np.float64)
    v = np.sin(i * (0.37 + h) + 6.28 * h)
    if len(shape) == 2:
        v = v / np.sqrt(shape[-2])
    elif len(shape) == 4:
        v = v / np.sqrt(np.prod(shape[:-1]))
    else:
        v = 1 + 0.1 * v if "gamma" in name else 0.1 * v
    return v.reshape(shape).astype(np.float32)


def recorded_model(recording: dict[str, np.ndarray], **changes):
    """A model with the formula's weights and the recorded latent mixture."""
    from ia_pix2seq_tf import HParams, IAPix2Seq

    config = json.loads(str(recording["config"]))
    system = "rpcl" if any("RPCL-pix2seq" in key for key in recording) else "ia"
    model = IAPix2Seq(HParams.from_dict({**config, "system": system, **changes}, source="recording"))
    weights = {name: formula_weight(name, shape) for name, shape in model.tf1_shapes.items() if "latent_" not in name}
    model.set_tf1_variables(weights)
    for name in ("mu", "sigma2", "alpha"):
        getattr(model.latent, name).assign(recording[f"in/latent_{name}"])
    return model


def assert_close(actual, expected, tolerance: float = 1e-4):
    """Within the recordings' tolerance: absolute, plus relative to the largest magnitude of the array."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * (1 + np.abs(expected).max(initial=0)))


def summary(values) -> np.ndarray:
    """L2 norm, sum and the first six entries, as the recordings keep large arrays."""
    flat = np.asarray(values, np.float64).ravel()
    return np.concatenate([[np.linalg.norm(flat), flat.sum()], flat[:6]])


def assert_summary_close(values, expected, tolerance: float, name: str, floor: float = 1e-6):
    """The norm and the entries relative to the norm; the sum relative to what it can cancel from.

    Norms below `floor` count as equal.
    """
    found, scale = summary(values), max(expected[0], floor)
    count = np.size(values)
    np.testing.assert_allclose(found[0], expected[0], rtol=tolerance, atol=floor, err_msg=name)
    np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=tolerance * scale * np.sqrt(count), err_msg=name)
    entries = expected[2 : 2 + min(count, 6)]
    np.testing.assert_allclose(found[2:], entries, rtol=0, atol=tolerance * scale, err_msg=name)


# sketch-rnn and sketch-pix2seq.

ELSEWHERE = ("data_set", "num_steps", "save_every", "num_mixture", "img_H", "img_W")
"""Fields of their configurations that other fields of ours stand for, or none."""


def recorded_shapes(recording: dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    """The trained variables of a recorded graph of sketch-rnn or sketch-pix2seq by their TF1 names."""
    return {name: tuple(shape) for name, shape in json.loads(str(recording["names"])).items()}


def recorded_sketch_rnn(recording: dict[str, np.ndarray], **changes):
    """The model of a recording of sketch-rnn or sketch-pix2seq, with the formula's weights."""
    from ia_pix2seq_tf import HParams, IAPix2Seq

    config = json.loads(str(recording["config"]))
    system = "sketch_pix2seq" if "img_H" in config else "sketch_rnn"
    values = {name: value for name, value in config.items() if name not in ELSEWHERE}
    model = IAPix2Seq(HParams.from_dict({**values, "system": system, **changes}, source="recording"))
    model.set_tf1_variables({name: formula_weight(name, shape) for name, shape in recorded_shapes(recording).items()})
    return model


def recorded_batch(recording: dict[str, np.ndarray]) -> dict[str, np.ndarray | None]:
    """Images in [-1, 1] (None where there are none), sequences, and noise (`[batch, 0]` without a code)."""
    pngs, sequences = recording.get("in/pngs"), recording["in/seqs"]
    images = None if pngs is None else pngs / np.float32(127.5) - 1
    eps = recording.get("in/eps", np.zeros((len(sequences), 0), np.float32))
    return {"images": images, "sequences": sequences, "eps": eps}


def encoded(model, recording: dict[str, np.ndarray]):
    """Mean and variance of a recorded batch."""
    batch = recorded_batch(recording)
    return model.encode(*(batch[name] for name in model.reads))
