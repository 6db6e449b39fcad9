"""Models that are read from files are built without the initial weights that take long to draw, and lack none."""

import dataclasses

import numpy as np
import pytest
from gen_files import random_file
from reference import GOLDEN
from saved_models import save_model
from systems_table import SYSTEMS, tiny_model
from tf1_directories import write_directory, written_variables

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE
from ia_pix2seq_tf.export.functions import in_float32
from ia_pix2seq_tf.networks.initializers import GateOrthogonal, filled_later

SHAPE = (5, 20)


@pytest.fixture
def nothing_drawn(monkeypatch):
    """Whoever draws an orthogonal matrix fails."""

    def fail(*_):
        raise AssertionError("an orthogonal matrix was drawn, to be overwritten")

    monkeypatch.setattr(GateOrthogonal, "_orthogonal", fail)


def assert_recurrent_kernels_are_filled(model):
    kernels = [weight for weight in model.weights if weight.name.endswith("recurrent_kernel")]
    assert kernels
    for kernel in kernels:
        assert np.count_nonzero(kernel) > 0.5 * np.size(kernel), kernel.path


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_directory_gives_every_weight_that_was_saved(name, tmp_path, request):
    saved = tiny_model(name)
    request.getfixturevalue("nothing_drawn")  # from here on
    loaded = ia.load_model(save_model(tmp_path, saved))
    assert_recurrent_kernels_are_filled(loaded)
    for found, expected in zip(loaded.weights, saved.weights, strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=found.path)


@pytest.mark.parametrize("mode", (GEN, VAE))
def test_a_file_of_the_browser_demo_gives_every_weight(mode, tmp_path, nothing_drawn):
    gen_json.write(tmp_path / "x.json", random_file(mode))
    assert_recurrent_kernels_are_filled(ia.load_model(tmp_path / "x.json"))


@pytest.mark.parametrize("system", ("ia", "rpcl"))
def test_a_directory_of_the_reference_gives_every_weight(system, tmp_path, request):
    values = written_variables(system)
    request.getfixturevalue("nothing_drawn")  # from here on
    assert_recurrent_kernels_are_filled(ia.load_model(write_directory(tmp_path, system, values)))


@pytest.mark.parametrize("name", ("sketchrnn", "sketchrnn_uncond", "sketchpix2seq"))
def test_a_directory_of_another_original_gives_every_weight(name, nothing_drawn):
    assert_recurrent_kernels_are_filled(ia.load_model(GOLDEN / "systems" / name))


def test_the_float32_twin_of_an_export_has_every_weight(request):
    model = ia.IAPix2Seq(dataclasses.replace(tiny_model("ia").hps, precision="bfloat16"))
    request.getfixturevalue("nothing_drawn")  # from here on
    assert_recurrent_kernels_are_filled(in_float32(model))


def test_matrices_are_zeros_within_the_block_alone_even_if_that_fails():
    before = GateOrthogonal(1)(SHAPE, "float32")
    with pytest.raises(KeyError), filled_later():
        zeros = GateOrthogonal(1)(SHAPE, "float32")
        raise KeyError
    assert zeros.shape == SHAPE and zeros.dtype == "float32" and not np.any(zeros)
    np.testing.assert_array_equal(GateOrthogonal(1)(SHAPE, "float32"), before)
