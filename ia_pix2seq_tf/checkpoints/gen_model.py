"""Models as sketch-rnn's browser demo has them: hyperparameters of a file, and where its weights live here.

What a file is says `gen_json.py`. Its first input is zeros, and the decoder is an LSTM; in a file of mode "vae" so are
the two cells of the encoder.

Differs from the reference: the published JavaScript encodes a drawing with its end token, as a last point; here, as in
the program that trained the models, the encoder stops before it. So codes of the same drawing differ somewhat.
"""

from typing import Any

from keras import layers

from ia_pix2seq_tf.checkpoints.gen_json import NEWEST_VERSION, VAE, GenFile
from ia_pix2seq_tf.checkpoints.slots import Named, Parts, Slot
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.networks.cells import LSTMCell, RecurrentCell

CELL = "lstm"


def names(system: Parts) -> Named:
    """Every weight of a file by its name in `gen_json.NAMES`, in the order of the file but for the head, which is last.

    Raises:
        ValueError: for a cell other than the LSTM.
    """
    encoder, decoder = system.encoder, system.decoder
    if encoder is not None:
        yield from _lstm("forward_", encoder.forward)
        yield from _lstm("backward_", encoder.backward)
        for name, layer in (("mean", encoder.mean), ("presig", encoder.log_variance), ("initial", decoder.initial)):
            yield from _dense(name, layer)
    yield from _lstm("", decoder.cell)
    yield from _dense("head", decoder.head)


def _lstm(prefix: str, cell: RecurrentCell) -> Named:
    if not isinstance(cell, LSTMCell):
        kind = "enc_model" if prefix else "dec_model"
        raise ValueError(f"expected {kind}={CELL}, found a {type(cell).__name__}")
    for name in ("kernel", "recurrent_kernel", "bias"):
        yield f"{prefix}{name}", Slot(getattr(cell, name))


def _dense(name: str, layer: layers.Dense) -> Named:
    yield f"{name}_kernel", Slot(layer.kernel)
    yield f"{name}_bias", Slot(layer.bias)


def config(file: GenFile) -> HParams:
    """The hyperparameters of the model in a file; what it does not say is at its default."""
    info, sizes = file.info, file.sizes
    values: dict[str, Any] = {
        "categories": [info.name],
        "dec_model": CELL,
        "dec_rnn_size": sizes.units,
        "max_seq_len": info.max_seq_len,
        "scale_factor": info.scale_factor,
        "first_input": "zeros",
        "conditional": info.mode == VAE,
    }
    if info.mode == VAE:
        values |= {"enc_model": CELL, "enc_rnn_size": sizes.encoder_units, "z_size": sizes.z_size}
        values["bounded_start"] = info.version < NEWEST_VERSION
    return HParams.from_dict(values)
