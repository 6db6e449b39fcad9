"""Three training updates, and greedy sketches, equal the recordings of the TF1 reference."""

import numpy as np
import pytest
import tensorflow as tf

from ia_pix2seq_tf.training.trainer import Trainer
from reference import assert_close, golden, recorded_model
from test_golden_networks import RECORDINGS, assert_summary_close

LOSS_NAMES = ("learning_rate", "alpha_loss", "gaussian_loss", "lil_loss", "de_loss")


@pytest.mark.parametrize("name", RECORDINGS)
def test_three_updates_equal_the_recording(name):
    recording = golden(name)
    model = recorded_model(recording, jit_compile=False)
    trainer = Trainer(model)
    images, sequences, eps = (tf.constant(recording[f"in/{key}"]) for key in ("pngs", "seqs", "eps"))
    for update in range(3):
        scalars = trainer.train_step(images, sequences, eps)
        found = [scalars[key] for key in LOSS_NAMES]
        np.testing.assert_allclose(found, recording[f"train/{update}/losses"], rtol=1e-3)
    assert trainer.step == 3
    for key in ("mu", "sigma2", "alpha"):
        assert_close(getattr(model.latent, key), recording[f"after_full/latent_{key}"], 1e-3)
    values = model.get_tf1_variables()
    names = [key.split("/", 1)[1] for key in recording if key.startswith("after/")]
    for key in names:
        assert_summary_close(values[key], recording[f"after/{key}"], 1e-3, key)


@pytest.mark.parametrize("cell", ("hyper", "layer_norm", "lstm"))
def test_greedy_sketches_equal_the_recording(cell):
    recording = golden("greedy_sample")
    model = recorded_model(golden(cell))
    model.decoder.head.bias.assign(recording[f"{cell}/fc_b"])
    sketches = model.generate(recording["z"], max_len=40, greedy=True)
    for index, sketch in enumerate(sketches):
        assert_close(sketch, recording[f"{cell}/greedy_stroke3/{index}"], 1e-3)
