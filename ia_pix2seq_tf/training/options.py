"""The flags of `train.py` as one object. Imports no TensorFlow."""

import os
from dataclasses import dataclass

from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.data.quickdraw import ASK
from ia_pix2seq_tf.training.cluster import NONE

SHEET_NAME = "sketches.png"  # of the contact sheet, which a log root has once its training has come to its end


@dataclass(frozen=True)
class Options:
    """What to train on which data; `train.py --help` explains each.

    Attributes:
        log_root: directory of checkpoints, TensorBoard events and the contact sheet.
        data_dir: directory of `<category>.npz` files, or "demo".
        hparams: string of changes to the hyperparameters.
        hparams_file: JSON file of changes to the hyperparameters, or the name of a preset.
        resume_training: go on from the checkpoint in `log_root`, of this program or of the reference, if there is one.
        download: whether to download categories without a file: "yes", "no", or "ask" on the terminal.
        accept_changed_data: resume although the data is not that of the training before.
        allow_empty_splits: train without the evaluation of a split, "valid" or "test", that has no sketches.
        strategy: how batches are shared out: "none", "mirrored" over the GPUs of this machine, or "multiworker" over
            the machines that TF_CONFIG names. The first of these is the chief, whose log root and hyperparameters
            count; the others need the data only.
    """

    log_root: str | os.PathLike = "checkpoint"
    data_dir: str | os.PathLike = DEMO
    hparams: str = ""
    hparams_file: str | None = None
    resume_training: bool = True
    download: str = ASK
    accept_changed_data: bool = False
    allow_empty_splits: bool = False
    strategy: str = NONE
