"""Checkpoints in the form of those of TF 1.12 load to the same model; damaged ones are refused."""

import json
import shutil

import numpy as np
import pytest
from reference import SHARED, assert_close, golden
from tf1_directories import FOREIGN_PATH, SCOPES, SYSTEMS, hparams, save, write_directory, written_variables

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import loading
from ia_pix2seq_tf.checkpoints import tf1
from ia_pix2seq_tf.checkpoints.errors import CheckpointError

SHARED_CHECKPOINTS = SHARED / "checkpoints"


@pytest.fixture(scope="module", params=SYSTEMS)
def pristine(request, tmp_path_factory):
    """System, variables and directory of a good checkpoint."""
    values = written_variables(request.param)
    directory = tmp_path_factory.mktemp(request.param)
    return request.param, values, write_directory(directory, request.param, values)


@pytest.fixture(scope="module")
def rpcl_variables():
    return written_variables("rpcl")


@pytest.fixture
def damaged(rpcl_variables, tmp_path):
    """A good checkpoint of RPCL-pix2seq that the test may damage."""
    return write_directory(tmp_path, "rpcl", rpcl_variables)


# Good ones.


def test_loading_sets_every_variable_and_recognises_the_system(pristine):
    system, values, directory = pristine
    model = ia.load_model(directory)
    assert model.hps == hparams(system)
    found = model.get_tf1_variables()
    assert len(found) == {"ia": 100, "rpcl": 58}[system]
    for name, value in found.items():
        np.testing.assert_array_equal(value, values[name], err_msg=name)


def test_a_loaded_model_computes_what_the_original_does(pristine):
    system, values, directory = pristine
    original = ia.IAPix2Seq(hparams(system))
    original.set_tf1_variables({name: values[name] for name in original.tf1_shapes})
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (2, 48, 48)).astype("f")
    pens = np.eye(3)[[[0] * 5] * 2]
    sequences = np.concatenate([rng.standard_normal((2, 5, 2)), pens], axis=-1).astype("f")
    eps = rng.standard_normal((2, 4)).astype("f")
    models = original, ia.load_model(str(directory))
    expected, found = (model.compute_losses(images, sequences, eps, training=False) for model in models)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_load_variables_gives_all_that_is_there_under_its_name(pristine):
    _, values, directory = pristine
    found = ia.load_tf1_variables(directory / "vector-3")
    assert found.keys() == values.keys()
    for name, value in found.items():
        np.testing.assert_array_equal(value, values[name], err_msg=name)


def test_moments_are_found_for_every_trained_variable(pristine):
    system, values, directory = pristine
    model, found = loading.load_tf1_model(directory, loading.read_config(directory))
    scope = SCOPES[system]
    for slot in ("Adam", "Adam_1"):
        moments = tf1.moments(model.tf1_slots(), found, slot)
        assert moments.keys() == {name for name in model.tf1_shapes if "latent_" not in name}
        for name, value in moments.items():
            np.testing.assert_array_equal(value, values[f"{scope}/{name}/{slot}"])


def test_variables_survive_a_round_trip_through_another_model(pristine):
    system, values, directory = pristine
    model, other = ia.load_model(directory), ia.IAPix2Seq(hparams(system))
    assert any(np.any(value != values[name]) for name, value in other.get_tf1_variables().items())
    other.set_tf1_variables(model.get_tf1_variables())
    for name, value in other.get_tf1_variables().items():
        assert value.shape == other.tf1_shapes[name]
        np.testing.assert_array_equal(value, values[name], err_msg=name)


def test_bookkeeping_among_the_variables_is_passed_over(pristine):
    system, values, _ = pristine
    model = ia.IAPix2Seq(hparams(system))
    model.set_tf1_variables(values)
    np.testing.assert_array_equal(model.latent_alpha, values[f"{SCOPES[system]}/latent_alpha"])


def test_the_named_checkpoint_is_taken_where_its_path_exists(damaged, rpcl_variables, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    changed = dict(rpcl_variables)
    changed["RPCL-pix2seq/latent_mu"] = rpcl_variables["RPCL-pix2seq/latent_mu"] + 1
    save(elsewhere / "vector-3", changed)
    text = (damaged / "checkpoint").read_text().replace(FOREIGN_PATH, str(elsewhere / "vector-3"))
    (damaged / "checkpoint").write_text(text)
    np.testing.assert_array_equal(ia.load_model(damaged).latent_mu, changed["RPCL-pix2seq/latent_mu"])


def test_some_variables_alone_can_be_set():
    """Gates come in the order i, j, f, o, those of x before those of h."""
    model = ia.IAPix2Seq(hparams("ia"))
    before = model.get_tf1_variables()
    part = "RPCLVQ/decoder/decoder/rnn/HyperLSTMCell/hyper_jh/zw/super_linear_w"
    model.set_tf1_variables({part: np.full((256, 32), 0.5, "f")})
    np.testing.assert_array_equal(model.decoder.cell.zw_kernel[5], np.full((256, 32), 0.5))
    for name, value in model.get_tf1_variables().items():
        np.testing.assert_array_equal(value, 0.5 if name == part else before[name], err_msg=name)


# Bad ones.


def refusal(directory) -> str:
    with pytest.raises(CheckpointError) as error:
        ia.load_model(directory)
    return str(error.value)


VARIABLE = "RPCL-pix2seq/decoder/fc/linear/fc_w"


def test_a_truncated_data_file_is_refused_with_its_name(damaged):
    data = damaged / "vector-3.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1000])
    assert str(damaged / "vector-3") in refusal(damaged)


def test_an_altered_data_file_is_refused(damaged):
    data = damaged / "vector-3.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 0xFF
    data.write_bytes(content)
    assert str(damaged / "vector-3") in refusal(damaged)


def test_a_missing_data_file_is_refused_with_its_name(damaged):
    (damaged / "vector-3.data-00000-of-00001").unlink()
    assert "vector-3" in refusal(damaged)


@pytest.mark.parametrize("content", (b"", b"no index", None), ids=("empty", "other", "truncated"))
def test_a_damaged_index_is_refused_with_its_name(damaged, content):
    index = damaged / "vector-3.index"
    index.write_bytes(index.read_bytes()[:-100] if content is None else content)
    assert str(damaged / "vector-3") in refusal(damaged)


def test_a_missing_variable_is_named_with_its_shape(damaged, rpcl_variables):
    save(damaged / "vector-3", {name: value for name, value in rpcl_variables.items() if name != VARIABLE})
    message = refusal(damaged)
    assert VARIABLE in message
    assert "[6, 123]" in message
    assert str(damaged / "vector-3") in message


def test_another_shape_is_refused_with_variable_found_and_expected(damaged, rpcl_variables):
    save(damaged / "vector-3", {**rpcl_variables, VARIABLE: np.zeros((8, 123), "f")})
    message = refusal(damaged)
    assert VARIABLE in message
    assert message.index("[8, 123]") < message.index("expected [6, 123]")


def test_a_configuration_of_another_size_is_refused_with_both_shapes(damaged):
    config = json.loads((damaged / "model_config.json").read_text())
    (damaged / "model_config.json").write_text(json.dumps({**config, "z_size": 5}))
    message = refusal(damaged)
    assert "RPCL-pix2seq/latent_mu has shape [4, 4], expected [4, 5]" in message


def test_a_configuration_with_another_cell_is_refused_with_the_missing_variable(damaged):
    config = json.loads((damaged / "model_config.json").read_text())
    (damaged / "model_config.json").write_text(json.dumps({**config, "dec_model": "layer_norm"}))
    assert "RPCL-pix2seq/decoder/rnn/LayerNormLSTMCell/W_xh of shape [9, 24] is missing" in refusal(damaged)


def test_a_checkpoint_of_another_program_is_refused_with_what_was_found(damaged):
    save(damaged / "vector-3", {"other/kernel": np.zeros((2, 3), "f")})
    message = refusal(damaged)
    assert "IA-pix2seq, RPCL-pix2seq" in message
    assert "other/kernel" in message


def test_a_directory_without_checkpoint_is_refused(damaged):
    (damaged / "checkpoint").unlink()
    message = refusal(damaged)
    assert str(damaged) in message
    assert "no checkpoint" in message


def test_an_unreadable_checkpoint_file_is_refused(damaged):
    (damaged / "checkpoint").write_text("what is this?")
    assert str(damaged) in refusal(damaged)


def test_a_checkpoint_whose_files_are_nowhere_is_refused_with_both_paths(damaged):
    (damaged / "vector-3.index").unlink()
    message = refusal(damaged)
    assert FOREIGN_PATH in message
    assert str(damaged / "vector-3.index") in message


def test_a_directory_without_configuration_is_refused(damaged):
    (damaged / "model_config.json").unlink()
    message = refusal(damaged)
    assert str(damaged) in message
    assert "model_config.json" in message


@pytest.mark.parametrize("make", (False, True), ids=("absent", "empty"))
def test_a_directory_with_nothing_is_refused(tmp_path, make):
    directory = tmp_path / "nothing"
    if make:
        directory.mkdir()
    assert str(directory) in refusal(directory)


@pytest.mark.parametrize("text", ("{", '{"z_size": "many"}', '{"unheard_of": 1}'))
def test_a_bad_configuration_is_refused_with_its_path(damaged, text):
    (damaged / "model_config.json").write_text(text)
    with pytest.raises(ValueError, match="model_config.json"):
        ia.load_model(damaged)


def test_setting_refuses_unknown_names_and_wrong_shapes_and_then_sets_nothing():
    model = ia.IAPix2Seq(hparams("rpcl"))
    before = model.get_tf1_variables()
    good, bad = "RPCL-pix2seq/latent_mu", "RPCL-pix2seq/deconv/fc1/linear/fc_b"
    with pytest.raises(CheckpointError, match=r"fc1/linear/fc_b has shape \[3\], expected \[2304\]"):
        model.set_tf1_variables({good: before[good] + 1, bad: np.zeros(3)})
    with pytest.raises(CheckpointError, match="no variable 'RPCLVQ/latent_mu'"):
        model.set_tf1_variables({good: before[good] + 1, "RPCLVQ/latent_mu": before[good]})
    for name, value in model.get_tf1_variables().items():
        np.testing.assert_array_equal(value, before[name])


def test_load_variables_refuses_what_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        tf1.load_variables(tmp_path / "nowhere")


# Real ones, and what the reference computes from them: in evaluation, at step 0, with the recorded noise.


@pytest.fixture(scope="module", params=SYSTEMS)
def real(request):
    directory = SHARED_CHECKPOINTS / request.param
    if not directory.is_dir():
        pytest.skip(f"no {directory}")
    return request.param, ia.load_model(directory), golden(f"checkpoint_{request.param}")


def test_real_checkpoints_load_with_their_configuration(real):
    system, model, _ = real
    sizes = {"ia": (128, 64, 6, 80), "rpcl": (32, 16, 4, 81)}[system]
    hps = model.hps
    assert hps.system == system
    assert (hps.dec_rnn_size, hps.z_size, hps.k, hps.max_seq_len) == sizes


def test_real_checkpoints_hold_the_recorded_mixture(real):
    _, model, recording = real
    for name in ("latent_mu", "latent_sigma2", "latent_alpha"):
        np.testing.assert_array_equal(getattr(model, name), recording[f"out/{name}"])


def test_real_models_encode_and_decode_as_recorded(real):
    _, model, recording = real
    mu, sigma2 = model.encode(recording["in/pngs"])
    assert_close(mu, recording["out/p_mu"])
    assert_close(sigma2, recording["out/p_sigma2"])
    z = model.reparameterize(mu, sigma2, recording["in/eps"])
    assert_close(z, recording["out/batch_z"])
    assert_close(model.decode_pixels(z), recording["out/gen_img"])
    assert_close(model.decode(z, recording["in/seqs"][:, :20]), recording["out/output"])


def test_real_models_assign_components_as_recorded(real):
    _, model, recording = real
    posterior = model.assign_components(recording["out/batch_z"], recording["out/p_sigma2"])
    assert_close(posterior["gamma"], recording["out/p_alpha"])
    np.testing.assert_array_equal(posterior["label"], recording["out/label"])


def test_real_models_have_the_recorded_evaluation_losses(real):
    _, model, recording = real
    inputs = recording["in/pngs"], recording["in/seqs"], recording["in/eps"]
    terms = model.compute_losses(*inputs, step=0, training=False)
    for name in ("alpha_loss", "gaussian_loss", "lil_loss", "de_loss"):
        np.testing.assert_allclose(terms[name], recording[f"out/{name}"], rtol=1e-4, err_msg=name)


def test_real_models_draw_the_recorded_greedy_sketches(real):
    """Rounding drives sequences apart after some tens of steps: the first fifteen are compared."""
    system, model, recording = real
    expected = golden(f"checkpoint_{system}_greedy")
    sketches = model.generate(recording["out/p_mu"][:6], greedy=True)
    for index, sketch in enumerate(sketches):
        assert_close(sketch[:15], expected[f"greedy/{index}"][:15], 1e-3)


def test_real_checkpoints_have_moments_of_every_trained_variable(real):
    system, model, _ = real
    prefix = loading.load_checkpoint(SHARED_CHECKPOINTS / system).prefix
    values = ia.load_tf1_variables(prefix)
    for slot in ("Adam", "Adam_1"):
        moments = tf1.moments(model.tf1_slots(), values, slot)
        assert len(moments) == len(model.tf1_shapes) - 3
        assert {name: value.shape for name, value in moments.items()}.items() <= model.tf1_shapes.items()
        assert any(np.any(value != 0) for value in moments.values())


def test_a_truncated_copy_of_a_real_checkpoint_is_refused(real, tmp_path):
    system, *_ = real
    for path in (SHARED_CHECKPOINTS / system).iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    (data,) = tmp_path.glob("*.data-*")
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    assert str(tmp_path) in refusal(tmp_path)
