"""How the programs of IA-pix2seq and RPCL-pix2seq named variables and hyperparameters."""

from collections.abc import Mapping
from pathlib import Path

from ia_pix2seq_tf.checkpoints.slots import Named, Parts, Slot, cell, convolution, dense
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.networks import CNNDecoder, CNNEncoder


def names(system: Parts, scope: str, encoder: str, rest: str) -> Named:
    """Every variable of a system.

    Args:
        system: its parts.
        scope: of the latent mixture.
        encoder: scope of the encoder.
        rest: scope of all else.
    """
    for name in ("mu", "sigma2", "alpha"):
        yield f"{scope}/latent_{name}", Slot(getattr(system.latent, name))
    yield from _encoder(encoder, system.encoder)
    yield from dense(f"{rest}/init_state/linear/fc", system.decoder.initial)
    yield from cell(f"{rest}/decoder/rnn", system.decoder.cell)
    yield from dense(f"{rest}/decoder/fc/linear/fc", system.decoder.head)
    yield from _pixel_decoder(f"{rest}/deconv", system.pixel_decoder)


def config(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> HParams:
    """The hyperparameters of a `model_config.json`, which has the fields of `HParams`; errors as `HParams.read`."""
    return HParams.read(path)


def _encoder(scope: str, encoder: CNNEncoder) -> Named:
    for number, block in enumerate(encoder.blocks, 1):
        for branch, layer in enumerate(block.dilated, 1):
            yield from convolution(f"{scope}/layer_{number}/dcn{branch}/conv0", layer.conv, layer.norm)
        yield from convolution(f"{scope}/layer_{number}/combine/conv0", block.combine.conv, block.combine.norm)
    for number, layer in enumerate(encoder.convs):
        yield from convolution(f"{scope}/conv{number}", layer.conv, layer.norm)
    yield from dense(f"{scope}/fc_mu/linear/fc", encoder.mean)
    yield from dense(f"{scope}/fc_sigma2/linear/fc", encoder.variance)


def _pixel_decoder(scope: str, decoder: CNNDecoder) -> Named:
    yield from dense(f"{scope}/fc1/linear/fc", decoder.dense)
    for number, (conv, norm) in enumerate(zip(decoder.deconvs, decoder.norms, strict=True)):
        yield from convolution(f"{scope}/deconv{number}", conv, norm)
