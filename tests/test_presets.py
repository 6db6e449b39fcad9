"""Every shipped configuration builds a model."""

from pathlib import Path

import pytest

from ia_pix2seq_tf import HParams, IAPix2Seq

PRESETS = sorted((Path(__file__).resolve().parents[1] / "hparams").glob("*.json"))
SMALL_RNN = 16  # the paper's 2048 units are built once, in test_the_default_model_has_the_published_size


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_builds_a_model_with_its_components(path):
    hps = HParams.read(path)
    k = hps.k
    hps.dec_rnn_size = SMALL_RNN
    model = IAPix2Seq(hps)
    assert model.latent_mu.shape == (k, hps.z_size)
    assert model.encode([[[1.0] * hps.png_width] * hps.png_width])[0].shape == (1, hps.z_size)


def test_the_default_model_has_the_published_size():
    model = IAPix2Seq(HParams())
    cell = sum(weight.shape.num_elements() for weight in model.decoder.cell.trainable_weights)
    assert cell == 21_278_464
    assert model.latent_mu.shape == (10, 128)
