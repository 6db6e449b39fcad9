"""A training run from its flags to its end: `train.py` calls `train`."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import tensorflow as tf

from ia_pix2seq_tf import precision
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data.pipeline import DEMO, load_data
from ia_pix2seq_tf.data.quickdraw import NO, provide
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.loading import CONFIG_NAME, load_tf1_model, read_config
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.training.cluster import NONE
from ia_pix2seq_tf.training.contact_sheet import SHEET_NAME
from ia_pix2seq_tf.training.data_record import RECORD_NAME, check_same_as_chief, record_of, same_data, write_record
from ia_pix2seq_tf.training.loop import Loop
from ia_pix2seq_tf.training.signals import stop_on_signals
from ia_pix2seq_tf.training.sole_trainer import sole_trainer
from ia_pix2seq_tf.training.state import RunState
from ia_pix2seq_tf.training.strategy import Workers, make_strategy
from ia_pix2seq_tf.training.trainer import Trainer

logger = logging.getLogger(__name__)

TF1 = "TF1"
TF1_STATE = "checkpoint"  # name of the file that lists the checkpoints of a directory
PREVIOUS = "previous-"
RUN_FILES = (CONFIG_NAME, RECORD_NAME, native.LATEST, native.BEST, "train", "valid", "test", SHEET_NAME)


def train(
    log_root: str,
    data_dir: str,
    hparams: str = "",
    hparams_file: str | None = None,
    resume: bool = True,
    download: str = NO,
    accept_changed_data: bool = False,
    strategy: str = NONE,
) -> bool:
    """Trains IA-pix2seq or RPCL-pix2seq.

    Args:
        log_root: directory of checkpoints, TensorBoard events and the contact sheet.
        data_dir: directory of `<category>.npz` files, or "demo".
        hparams: string of changes to the hyperparameters.
        hparams_file: JSON file of changes to the hyperparameters.
        resume: go on from the checkpoint in `log_root`, of this program or of the reference, if there is one.
        download: whether to download categories without a file: "yes", "no", or "ask" on the terminal.
        accept_changed_data: resume although the data is not that of the training before.
        strategy: how batches are shared out: "none", "mirrored" over the GPUs of this machine, or "multiworker" over
            the machines that TF_CONFIG names. The first of these is the chief, whose log root and hyperparameters
            count; the others need the data only.

    Returns:
        whether training has come to its end; False if it was asked to stop before.

    Raises:
        OSError: a directory that cannot be written or is in use, a full disk, data that is not there.
        ValueError: hyperparameters, data or checkpoints that cannot be used.
        NonFiniteError: a loss or gradient that is not finite.
    """
    root, workers = Path(log_root), Workers(make_strategy(strategy))
    with workers.together():
        source = resumable(root) if resume and workers.chief else None
        hps = resolve(workers, read_config(root) if source else None, hparams_file, hparams)
        if str(data_dir) != DEMO:
            provide(data_dir, hps.categories, download)
        with sole_trainer(root) if workers.chief else nullcontext():
            if workers.chief:
                logger.info(
                    "Resuming from the %s checkpoint in %s." if source else "Starting afresh%s in %s.",
                    source or (": no checkpoint" if resume else ""),
                    root,
                )
            data = load_data(data_dir, hps)
            hps.max_seq_len = data.max_seq_len
            record = record_of(data_dir, hps.categories)
            check_same_as_chief(workers, record, data_dir)
            other_data = bool(source) and not same_data(root, record, data_dir, accept_changed_data)
            with explained(root), stop_on_signals() as stop:
                if workers.chief and not resume:
                    archive(root)
                trainer, state = prepare(root, hps, source, workers.strategy)
                if other_data:
                    state.start_on_other_data()
                state.from_chief()
                if workers.chief:
                    hps.write(root / CONFIG_NAME)
                    write_record(root, record)
                ended = Loop(trainer, state, data, root, stop).run()
    if not ended:
        cause = stop.signal.name if stop else "Another worker was stopped"
        logger.info("%s: saved at step %d. The same command resumes.", cause, trainer.step)
    return ended


def resolve(workers: Workers, stored: HParams | None, hparams_file: str | None, hparams: str) -> HParams:
    """The hyperparameters as the chief's `HParams.resolve` has them."""
    own = HParams.resolve(stored, hparams_file, hparams).to_dict() if workers.chief else {}
    return HParams.from_dict(json.loads(workers.text_from_chief(json.dumps(own))))


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Adds to an error in writing to a log root what is saved there, and what one can do."""
    try:
        yield
    except OSError as error:
        kept = native.newest(root, native.LATEST)
        saved = f"{kept} is whole, step {native.saved_step(kept)}" if kept else "nothing was saved before"
        raise OSError(
            f"{error}\nTraining has stopped; {saved}. See that there is room in {root} and that it can be written; "
            "then the same command resumes."
        ) from error


def resumable(root: Path) -> str | None:
    """Whose checkpoint a log root holds: "latest" (of this program), "TF1" (of the reference) or None."""
    if native.best_or_latest(root):
        return native.LATEST
    return TF1 if (root / TF1_STATE).is_file() and (root / CONFIG_NAME).is_file() else None


def prepare(root: Path, hps: HParams, source: str | None, strategy: tf.distribute.Strategy) -> tuple[Trainer, RunState]:
    """Model, optimizer and state: fresh, or as the checkpoint has them."""
    precision.use(hps.precision)
    with strategy.scope():
        model, values = load_tf1_model(root, hps) if source == TF1 else (IAPix2Seq(hps), {})
        trainer = Trainer(model)
    state = RunState(trainer, root)
    if source == TF1:
        state.restore_tf1(values)
        state.save(native.BEST)
        state.save()
    elif source:
        state.restore_latest()
    return trainer, state


def archive(root: Path) -> None:
    """Moves what an earlier run left in a log root to `previous-N` within it, so that nothing is lost."""
    if not (root / native.LATEST).exists() and not (root / native.BEST).exists():
        return
    numbers = (path.name.removeprefix(PREVIOUS) for path in root.glob(f"{PREVIOUS}*"))
    target = root / f"{PREVIOUS}{1 + max((int(number) for number in numbers if number.isdecimal()), default=0)}"
    target.mkdir()
    for path in (root / name for name in RUN_FILES):
        if path.exists():
            path.rename(target / path.name)
    logger.info("Moved the earlier run in %s to %s.", root, target)
