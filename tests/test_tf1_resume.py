"""Training goes on from a checkpoint of the reference, with the state of its optimizer."""

import numpy as np
import pytest
import tensorflow as tf
from tf1_directories import SCOPES, SYSTEMS, hparams, write_directory, written_variables

from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import prepare, resumable, train

DEMO = "categories=[bus,flower],batch_size=10,num_per_category=15,max_seq_len=64,jit_compile=False"

ONE = tf.distribute.get_strategy()


@pytest.mark.parametrize("system", SYSTEMS)
def test_moments_step_epoch_and_best_loss_are_taken_over(system, tmp_path):
    values = written_variables(system)
    trainer, state = prepare(write_directory(tmp_path, system, values), hparams(system), "TF1", ONE)
    assert trainer.step == 60
    assert int(state.progress.epoch) == 3 and float(state.progress.best_loss) == 12.5
    index = {id(v): i for i, v in enumerate(trainer.model.trainable_variables)}
    scope = SCOPES[system]
    compared = 0
    for name, slot in trainer.model.tf1_slots().items():
        if id(slot.variable) in index:
            place = index[id(slot.variable)]
            first, second = (slot.of(v[place]).read() for v in trainer.moments)
            np.testing.assert_array_equal(first, values[f"{scope}/{name}/Adam"], err_msg=name)
            np.testing.assert_array_equal(second, values[f"{scope}/{name}/Adam_1"], err_msg=name)
            compared += 1
    assert compared == len(trainer.model.tf1_shapes) - 3


def test_without_a_progress_file_the_step_is_read_from_adam(tmp_path):
    write_directory(tmp_path, "rpcl", written_variables("rpcl"))
    (tmp_path / "para.npz").unlink()
    trainer, _ = prepare(tmp_path, hparams("rpcl"), "TF1", ONE)
    assert trainer.step == 2, "0.999 ** 3 is 0.997"


def test_a_checkpoint_without_moments_is_refused(tmp_path):
    values = {n: v for n, v in written_variables("rpcl").items() if not n.endswith("/fc_w/Adam_1")}
    with pytest.raises(CheckpointError, match="no Adam moments of .*fc_w"):
        prepare(write_directory(tmp_path, "rpcl", values), hparams("rpcl"), "TF1", ONE)


def test_a_run_goes_on_in_the_directory_of_the_reference_and_then_in_its_own_checkpoints(tmp_path):
    write_directory(tmp_path, "rpcl", written_variables("rpcl"))
    assert resumable(tmp_path) == "TF1"
    assert train(Options(tmp_path, "demo", f"{DEMO},num_steps=62"))
    assert resumable(tmp_path) == "latest"
    assert (tmp_path / "vector-3.index").exists()
    assert train(Options(tmp_path, "demo", "num_steps=63"))
