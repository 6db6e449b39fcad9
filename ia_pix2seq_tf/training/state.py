"""All that a run must remember, and its way to disk and back."""

import logging
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.checkpoints import native, tf1
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.data.npz import read_npz
from ia_pix2seq_tf.training.optimizer import ADAM_BETA_2
from ia_pix2seq_tf.training.strategy import Workers
from ia_pix2seq_tf.training.trainer import Trainer

logger = logging.getLogger(__name__)

NO_LOSS_YET = 1e20  # the reference's start value of the best validation loss
PROGRESS_FILE = "para.npz"  # of the reference: best_valid_loss, epoch, count


class Progress(tf.Module):
    """Where a run stands, beside the trainer's own step and count of reloads.

    Attributes:
        epoch: finished epochs on the way to the current weights.
        batch: finished batches of the epoch under way.
        stalls: validations in a row without improvement.
        best_loss: lowest sequence loss of a validation.
    """

    def __init__(self) -> None:
        super().__init__(name="progress")
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.batch = tf.Variable(0, dtype=tf.int64)
        self.stalls = tf.Variable(0, dtype=tf.int64)
        self.best_loss = tf.Variable(NO_LOSS_YET, dtype=tf.float64)


class RunState:
    """Weights, latent mixture, optimizer, step, epoch and random state of a run, saved under its log root.

    Random state is the seed, the step, the epoch and the count of reloads: all else is a function of them. Of several
    workers the chief alone writes and reads; `from_chief` gives its state to the others.
    """

    def __init__(self, trainer: Trainer, log_root: Path):
        self.trainer, self.log_root, self.progress = trainer, log_root, Progress()
        self.workers = Workers(trainer.strategy)
        trained = [native.name_of(variable, trainer.model) for variable in trainer.model.trainable_variables]
        saved = {
            "weights": native.weights(trainer.model),
            "first_moments": dict(zip(trained, trainer.moments[0], strict=True)),
            "second_moments": dict(zip(trained, trainer.moments[1], strict=True)),
            "step": trainer.optimizer.iterations,
            "reloads": trainer.reloads,
        }
        self.variables = [*tf.nest.flatten(saved), *self.progress.variables]
        self.checkpoint = tf.train.Checkpoint(**saved, progress=self.progress)
        self.managers = {kind: native.manager(self.checkpoint, log_root, kind) for kind in (native.LATEST, native.BEST)}
        self.saved_at = time.monotonic()

    def save(self, kind: str = native.LATEST) -> None:
        """Writes a checkpoint; the one before stays until the new one is whole."""
        if self.workers.chief:
            native.save(self.managers[kind])
        self.saved_at = time.monotonic()

    def from_chief(self) -> None:
        """Makes the chief's state that of every worker; all of them must ask."""
        if self.workers.count == 1:
            return
        values = self.workers.from_chief([variable.numpy() for variable in self.variables])
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def restore_latest(self) -> None:
        """Goes on where the log root's run stopped: from the newest checkpoint that is whole.

        One that is damaged is set aside with a warning, and the one before it is taken, at last the best one.

        Raises:
            DamagedError: if none is whole; nothing is set aside then.
            CheckpointError: if it is that of another model.
        """
        damaged: list[tuple[str, native.DamagedError]] = []
        for prefix in self._candidates():
            try:
                self._restore(prefix)
                break
            except native.DamagedError as error:
                damaged.append((prefix, error))
        else:
            raise native.DamagedError(
                f"{damaged[0][1]}. No earlier checkpoint in {self.log_root} can be read either. Put back a copy of "
                "it, or start afresh with --resume_training=False, which keeps these files."
            )
        for broken, reason in damaged:
            native.set_aside(broken)
            logger.warning("%s. It is set aside; training goes on from %s, step %d.", reason, prefix, self.trainer.step)

    def _candidates(self) -> list[str]:
        return [p for kind in (native.LATEST, native.BEST) for p in native.prefixes(self.log_root / kind)]

    def _restore(self, prefix: str) -> None:
        native.check_weights(self.trainer.model, prefix)
        native.restore(self.checkpoint, prefix)

    def return_to_best(self) -> None:
        """Back to the best checkpoint: weights, mixture, optimizer, step and epoch; the counts of tries go on.

        The count of reloads gives the tries that follow other batches and other noise. Where the best checkpoint
        cannot be read, the present state takes its place, after a warning.
        """
        kept = [(v, v.numpy() + 1) for v in (self.progress.stalls, self.trainer.reloads)]
        if self.workers.chief:
            self._restore_best()
        self.from_chief()
        for variable, value in kept:
            variable.assign(value)

    def _restore_best(self) -> None:
        best = native.newest(self.log_root, native.BEST)
        if best is None:
            raise CheckpointError(f"{self.log_root / native.BEST}: expected a checkpoint to return to, found none")
        try:
            native.restore(self.checkpoint, best)
        except native.DamagedError as error:
            native.set_aside(best)
            self.save(native.BEST)
            logger.warning("%s. It is set aside; training goes on from step %d instead.", error, self.trainer.step)

    def start_on_other_data(self) -> None:
        """Forgets what belongs to the data before: the place in the epoch, and the best validation loss."""
        self.progress.batch.assign(0)
        self.forget_best()
        self.save()

    def forget_best(self) -> None:
        """Makes the next validation the best one, whatever it finds."""
        self.progress.stalls.assign(0)
        self.progress.best_loss.assign(NO_LOSS_YET)

    def restore_tf1(self, values: dict[str, np.ndarray]) -> None:
        """Goes on from a checkpoint of the reference: Adam's moments, step, epoch and best validation loss.

        The model has its weights already.

        Args:
            values: all variables of the checkpoint.
        """
        missing = self._restore_moments(values)
        if missing:
            raise CheckpointError(f"{self.log_root}: no Adam moments of {missing[0]} (and {len(missing) - 1} more)")
        path = self.log_root / PROGRESS_FILE
        step = tf1.steps_of(values, tf1.scope_of(self.trainer.model.tf1_slots()), ADAM_BETA_2)
        if path.is_file():
            best, epoch, step = _read_progress(path)
            self.progress.best_loss.assign(best)
            self.progress.epoch.assign(epoch)
        else:
            logger.info("%s does not exist; step %d is taken from the checkpoint", path, step)
        self.trainer.optimizer.iterations.assign(step)

    def _restore_moments(self, values: dict[str, np.ndarray]) -> list[str]:
        """Sets Adam's moments; returns the names of trained variables that have none."""
        trainer = self.trainer
        places = trainer.model.tf1_slots()
        index = {id(v): i for i, v in enumerate(trainer.model.trainable_variables)}
        trained = [name for name, slot in places.items() if id(slot.variable) in index]
        missing = set()
        for moment, variables in zip((tf1.FIRST_MOMENT, tf1.SECOND_MOMENT), trainer.moments, strict=True):
            found = tf1.moments(places, values, moment)
            missing.update(set(trained) - set(found))
            for name, value in found.items():
                places[name].of(variables[index[id(places[name].variable)]]).write(value)
        return sorted(missing)


def _read_progress(path: Path) -> tuple[float, int, int]:
    """Best validation loss, epoch and step of the reference's `para.npz`."""
    arrays = read_npz(path, ("best_valid_loss", "epoch", "count"))
    return float(arrays["best_valid_loss"]), int(arrays["epoch"]), int(arrays["count"])
