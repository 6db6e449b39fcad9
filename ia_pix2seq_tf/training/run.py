"""A training run from its flags to its end: `train.py` calls `train`."""

import logging
from pathlib import Path

from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.checkpoints.load import CONFIG_NAME, load_tf1_model
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.training.loop import Loop
from ia_pix2seq_tf.training.reports import SHEET_NAME
from ia_pix2seq_tf.training.signals import stop_on_signals
from ia_pix2seq_tf.training.state import RunState
from ia_pix2seq_tf.training.trainer import Trainer

logger = logging.getLogger(__name__)

TF1_STATE = "checkpoint"  # name of the file that lists the checkpoints of a directory
RUN_FILES = (CONFIG_NAME, native.LATEST, native.BEST, "train", "valid", "test", SHEET_NAME)


def train(
    log_root: str, data_dir: str, hparams: str = "", hparams_file: str | None = None, resume: bool = True
) -> bool:
    """Trains IA-pix2seq or RPCL-pix2seq.

    Args:
        log_root: directory of checkpoints, TensorBoard events and the contact sheet.
        data_dir: directory of `<category>.npz` files, or "demo".
        hparams: string of changes to the hyperparameters.
        hparams_file: JSON file of changes to the hyperparameters.
        resume: go on from the checkpoint in `log_root`, of this program or of the reference, if there is one.

    Returns:
        whether training has come to its end; False if it was asked to stop before.
    """
    root = Path(log_root)
    source = resumable(root) if resume else None
    if not resume:
        archive(root)
    hps = HParams.resolve(root / CONFIG_NAME if source else None, hparams_file, hparams)
    logger.info(
        "Resuming from the %s checkpoint in %s." if source else "Starting afresh%s in %s.",
        source or (": no checkpoint" if resume else ""),
        root,
    )
    data = load_data(data_dir, hps)
    hps.max_seq_len = data.max_seq_len
    with stop_on_signals() as stop:
        trainer, state = prepare(root, hps, source)
        hps.write(root / CONFIG_NAME)
        ended = Loop(trainer, state, data, root, stop).run()
    if not ended:
        logger.info("%s: saved at step %d. The same command resumes.", stop.signal.name, trainer.step)
    return ended


def resumable(root: Path) -> str | None:
    """Whose checkpoint a log root holds: "latest" (of this program), "TF1" (of the reference) or None."""
    if native.newest(root, native.LATEST):
        return native.LATEST
    return "TF1" if (root / TF1_STATE).is_file() and (root / CONFIG_NAME).is_file() else None


def prepare(root: Path, hps: HParams, source: str | None) -> tuple[Trainer, RunState]:
    """Model, optimizer and state: fresh, or as the checkpoint has them."""
    if source == "TF1":
        model, values = load_tf1_model(root, hps)
        trainer = Trainer(model)
        state = RunState(trainer, root)
        state.restore_tf1(values)
        state.save(native.BEST)
        state.save()
        return trainer, state
    trainer = Trainer(IAPix2Seq(hps))
    state = RunState(trainer, root)
    if source:
        state.restore_latest()
    return trainer, state


def archive(root: Path) -> None:
    """Moves what an earlier run left in a log root to `previous-N` within it, so that nothing is lost."""
    if not (root / native.LATEST).exists():
        return
    number = 1 + sum(1 for _ in root.glob("previous-*"))
    target = root / f"previous-{number}"
    target.mkdir()
    for path in (root / name for name in RUN_FILES):
        if path.exists():
            path.rename(target / path.name)
    logger.info("Moved the earlier run in %s to %s.", root, target)
