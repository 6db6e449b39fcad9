"""A training run from its options to its end: `train.py` calls `train`."""

import dataclasses
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from ia_pix2seq_tf import precision, presets
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.data.pipeline import SketchData, load_data
from ia_pix2seq_tf.data.quickdraw import provide
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.loading import CONFIG_NAME, load_tf1_model, read_config
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.training.checks import check_log_root, check_trainable
from ia_pix2seq_tf.training.data_record import (
    RECORD_NAME,
    Record,
    check_same_as_chief,
    chosen_otherwise,
    record_of,
    same_data,
    write_record,
)
from ia_pix2seq_tf.training.loop import Loop
from ia_pix2seq_tf.training.options import SHEET_NAME, Options
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


def train(options: Options) -> bool:
    """Trains a model.

    Returns:
        whether training has come to its end; False if it was asked to stop before.

    Raises:
        OSError: a directory that cannot be written or is in use, a full disk, data that is not there.
        ValueError: hyperparameters, data or checkpoints that cannot be used.
        NonFiniteError: a loss or gradient that is not finite.
    """
    root, workers = Path(options.log_root), Workers(make_strategy(options.strategy))
    with workers.together():
        workers.on_chief(check_log_root, root)
        source = workers.on_chief(resumable, root) if options.resume_training else None
        stored = read_config(root) if source else None
        hps = resolve(workers, stored, options)
        if str(options.data_dir) != DEMO:
            provide(options.data_dir, hps.categories, options.download)
        with workers.chief_only(sole_trainer(root)):
            return Run(options, workers, source, stored, hps).go()


class Run:
    """One training in a log root that no other process trains in.

    Args:
        options: what was asked for.
        workers: who train; the chief alone reads and writes the log root.
        source: whose checkpoint it goes on from, as `resumable` says; None where it starts afresh.
        stored: the hyperparameters of that checkpoint.
        hps: the hyperparameters, but for those that the data decide.
    """

    def __init__(self, options: Options, workers: Workers, source: str | None, stored: HParams | None, hps: HParams):
        self.options, self.workers, self.source, self.stored, self.hps = options, workers, source, stored, hps
        self.root = Path(options.log_root)

    def go(self) -> bool:
        """Trains; whether training has come to its end."""
        self.workers.on_chief(self._announce)
        data, record, is_other = self.load()
        with explained(self.root), stop_on_signals() as stop:
            trainer, state = self.prepare(record, is_other)
            ended = Loop(trainer, state, data, self.root, stop).run()
        if not ended:
            cause = stop.signal.name if stop.signal else "Another worker was stopped"
            logger.info("%s: saved at step %d. The same command resumes.", cause, trainer.step)
        return ended

    def load(self) -> tuple[SketchData, Record, bool]:
        """The data, its record, and whether the training before was on other data; completes the hyperparameters."""
        data_dir, accept = self.options.data_dir, self.options.accept_changed_data
        chosen = chosen_otherwise(self.stored, self.hps) if self.stored and self.source == native.LATEST else []
        data = load_data(data_dir, self.hps)
        check_trainable(data, self.hps, self.options.allow_empty_splits)
        scale = float(data.scale_factor)
        self.hps = dataclasses.replace(self.hps, max_seq_len=data.max_seq_len, scale_factor=scale)
        record = record_of(data_dir, self.hps.categories)
        check_same_as_chief(self.workers, record, data_dir)
        is_other = bool(self.source) and not same_data(self.root, record, data_dir, accept, chosen)
        return data, record, is_other

    def prepare(self, record: Record, is_other: bool) -> tuple[Trainer, RunState]:
        """Model, optimizer and state, the chief's on every worker; from here on the log root is that of this run."""
        if not self.options.resume_training:
            self.workers.on_chief(archive, self.root)
        trainer, state = prepare(self.root, self.hps, self.source, self.workers.strategy)
        if is_other:
            state.start_on_other_data()
        state.from_chief()
        self.workers.on_chief(self.hps.write, self.root / CONFIG_NAME)
        self.workers.on_chief(write_record, self.root, record)
        return trainer, state

    def _announce(self) -> None:
        if self.source:
            logger.info("Resuming from the %s checkpoint in %s.", self.source, self.root)
        else:
            why = ": no checkpoint" if self.options.resume_training else ""
            logger.info("Starting afresh%s in %s.", why, self.root)


def resolve(workers: Workers, stored: HParams | None, options: Options) -> HParams:
    """The hyperparameters as the chief's `HParams.resolve` has them."""

    def of_chief() -> dict[str, Any]:
        hps = HParams.resolve(stored, presets.hparams_file(options.hparams_file), options.hparams)
        if stored and stored.system != hps.system:
            raise ValueError(
                f"{options.log_root}: a checkpoint of system={stored.system}, expected one of system={hps.system}: "
                "choose another --log_root, or start afresh with --resume_training=False"
            )
        return hps.to_dict()

    return HParams.from_dict(json.loads(workers.text_from_chief(json.dumps(workers.on_chief(of_chief)))))


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
