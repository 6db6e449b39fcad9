"""Hundreds of updates of the latent mixture in a row equal the recordings of the TF1 reference."""

import numpy as np
import pytest
import tensorflow as tf
from reference import assert_close, golden

from ia_pix2seq_tf.latent import LatentGMM, Posterior
from ia_pix2seq_tf.latent.byy import HarmonyLearning
from ia_pix2seq_tf.latent.rpcl import RivalPenalisedLearning

RULES = {"ia": HarmonyLearning(), "rpcl": RivalPenalisedLearning()}


def run(recording, system):
    gmm = LatentGMM(8, 6, RULES[system])
    gmm.mu.assign(recording["latent_mu0"])
    checkpoints = sorted(int(key.split("/")[1]) for key in recording if key.startswith("mu/"))
    codes, sigma2 = (recording[key] for key in ("z", "s2"))

    @tf.function
    def update(z, s2, step):
        gmm.assign(gmm.propose(z, Posterior(z, s2), step).params)

    for step, (z, s2) in enumerate(zip(codes, sigma2, strict=True)):
        update(tf.constant(z), tf.constant(s2), tf.constant(step))
        if step + 1 in checkpoints:
            yield step + 1, gmm
    assert len(codes) == checkpoints[-1]


@pytest.mark.parametrize("system", ("ia", "rpcl"))
def test_long_runs_equal_the_recording(system):
    recording = golden(f"gmm_long_{system}")
    compared = 0
    for n, gmm in run(recording, system):
        for name in ("mu", "sigma2", "alpha"):
            assert_close(getattr(gmm, name), recording[f"{name}/{n}"], tolerance=1e-3)
        compared += 1
    assert compared >= 8


def test_harmony_learning_finds_the_four_true_clusters():
    *_, (_, gmm) = run(golden("gmm_long_ia"), "ia")
    living = np.sort(gmm.alpha.numpy()[:, 0])[::-1]
    np.testing.assert_allclose(living[:4], 0.25, atol=0.03)
    assert living[4:].max() < 1e-3
