"""Recordings of the TF1 reference, and the weights that they were made with."""

import json
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"
SHARED = Path(__file__).resolve().parents[2] / "shared"


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
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * (1 + np.abs(expected).max()))


# sketch-rnn and sketch-pix2seq.


def recorded_shapes(recording: dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    """The trained variables of a recorded graph of sketch-rnn or sketch-pix2seq by their TF1 names."""
    return {name: tuple(shape) for name, shape in json.loads(str(recording["names"])).items()}


def recorded_networks(recording: dict[str, np.ndarray], plain: bool = False):
    """Encoder (None where there is none) and stroke decoder of a recording, with the formula's weights."""
    from ia_pix2seq_tf.networks import HighPassEncoder, SequenceEncoder, StrokeDecoder

    config = json.loads(str(recording["config"]))
    z_size = config["z_size"] if config["conditional"] else 0
    encoder = None
    if z_size and "enc_model" in config:
        encoder = SequenceEncoder(config["enc_model"], config["enc_rnn_size"], z_size, plain=plain)
        encoder.build()
    elif z_size:
        encoder = HighPassEncoder(z_size)
        encoder.build((None, config["img_H"], config["img_W"]))
    decoder = StrokeDecoder(config["dec_model"], config["dec_rnn_size"], plain=plain, initialization="glorot")
    decoder.build((None, z_size))
    named = network_slots(encoder, decoder)
    assert {name: slot.shape for name, slot in named.items()} == recorded_shapes(recording)
    for name, slot in named.items():
        slot.write(formula_weight(name, slot.shape))
    return encoder, decoder


def network_slots(encoder, decoder):
    from ia_pix2seq_tf.checkpoints import tf1

    def dense(scope, layer):
        yield f"vector_rnn/{scope}/super_linear_w", tf1.Slot(layer.kernel)
        yield f"vector_rnn/{scope}/super_linear_b", tf1.Slot(layer.bias)

    named = dict(tf1._cell("vector_rnn/RNN", decoder.cell))
    named["vector_rnn/RNN/output_w"] = tf1.Slot(decoder.head.kernel)
    named["vector_rnn/RNN/output_b"] = tf1.Slot(decoder.head.bias)
    if encoder is None:
        return named
    named.update(dense("linear", decoder.initial))
    if hasattr(encoder, "convs"):
        named.update({f"vector_rnn/ENC_CNN/conv{n}/DW": tf1.Slot(c.kernel) for n, c in enumerate(encoder.convs, 1)})
        scope = "ENC_CNN/ENC_CNN"
    else:
        named.update(tf1._cell("vector_rnn/ENC_RNN/fw", encoder.forward))
        named.update(tf1._cell("vector_rnn/ENC_RNN/bw", encoder.backward))
        scope = "ENC_RNN"
    named.update(dense(f"{scope}_mu", encoder.mean))
    named.update(dense(f"{scope}_sigma", encoder.log_variance))
    return named
