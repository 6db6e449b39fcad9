"""The training loop: epochs, validation, early stop, and stopping in between without losing anything."""

import logging
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.catalogue import TERMS
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data.pipeline import SketchData, Split, eval_batches, num_train_batches, train_batches
from ia_pix2seq_tf.latent import Mixture, Normal
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.contact_sheet import write_sheet
from ia_pix2seq_tf.training.events import Reporter
from ia_pix2seq_tf.training.mixture_start import start_mixture
from ia_pix2seq_tf.training.options import SHEET_NAME
from ia_pix2seq_tf.training.signals import StopRequest
from ia_pix2seq_tf.training.state import RunState
from ia_pix2seq_tf.training.trainer import Trainer

logger = logging.getLogger(__name__)

MOST_STALLS = 5  # validations without improvement in a row that end the training
REPORT_EVERY = 10  # steps between points of TensorBoard's training curves
SAVE_MINUTES = 10  # between checkpoints while an epoch goes on
BAD_BATCH_NAME = "non_finite_batch.npz"


class NonFiniteError(ArithmeticError):
    """A loss term or the gradient is not finite."""


class Loop:
    """Trains until `num_steps`, until five validations in a row bring no improvement, or until asked to stop before.

    Args:
        trainer: model and optimizer.
        state: what is saved; restored already where the run resumes. Its workers all run the loop: what they
            compute and decide is the same, but the chief alone reports and writes.
        data: the sketches.
        log_root: for events, checkpoints and the contact sheet.
        stop: becomes true when the program is asked to stop.
    """

    def __init__(self, trainer: Trainer, state: RunState, data: SketchData, log_root: Path, stop: StopRequest):
        self.trainer, self.state, self.data, self.log_root, self.stop = trainer, state, data, log_root, stop
        self.hps, self.progress = trainer.hps, state.progress
        self.workers = state.workers
        self.reporter = Reporter(trainer, data, log_root, self.workers.chief)
        self.batches_per_epoch = num_train_batches(data, self.hps)

    def run(self) -> bool:
        """Trains; whether training has come to its end (rather than been asked to stop)."""
        self.reporter.hparams(self.hps.to_dict())
        while not self.ended():
            self.start_mixture()
            self.train_epoch()
            if not self.out_of_steps() and self.stopping():
                self.state.save()
                return False
            self.end_epoch()
            if self.validates():
                self.validate()
            self.state.save()
        self.finish()
        return True

    def ended(self) -> bool:
        """Whether there is nothing left to train; says why."""
        if int(self.progress.stalls) >= MOST_STALLS:
            logger.info("No improvement in %d validations: training ends.", MOST_STALLS)
            return True
        if self.out_of_steps():
            logger.info("num_steps=%d reached: training ends.", self.hps.num_steps)
            return True
        return False

    def stopping(self) -> bool:
        """Whether this program, or that of another worker, is asked to stop."""
        return self.workers.any(bool(self.stop))

    def out_of_steps(self) -> bool:
        return self.trainer.step >= self.hps.num_steps

    def validates(self) -> bool:
        """Whether it is time to; a pretraining is not judged."""
        due = self.out_of_steps() or int(self.progress.epoch) % self.hps.save_every == 0
        return due and not self.trainer.model.latent.pretrains

    def start_mixture(self) -> None:
        """Starts a latent mixture that waits, once its epochs have passed."""
        mixture = self.waiting_mixture()
        if mixture and int(self.progress.epoch) >= self.hps.mixture_start:
            start_mixture(mixture, self.trainer, self.state, self.data)
            self.reporter.mixture_starts()

    def waiting_mixture(self) -> Mixture | None:
        """The latent mixture, if there is one that has yet to start."""
        latent = self.trainer.model.latent
        return latent if not isinstance(latent, Normal) and latent.waits else None

    def train_epoch(self) -> None:
        """The rest of the epoch under way, or less where `num_steps` or a request to stop ends it."""
        if int(self.progress.batch) > self.batches_per_epoch:
            logger.info("An epoch has fewer batches than when this one was saved: it begins anew.")
            self.progress.batch.assign(0)
        epoch, start = int(self.progress.epoch), int(self.progress.batch)
        seed = epoch, int(self.trainer.reloads.numpy())
        batches = train_batches(self.data, self.hps, seed, start, self.trainer.model.system.fields)
        batches = batches.take(self.hps.num_steps - self.trainer.step)
        with tqdm(
            desc=f"epoch {epoch + 1}",
            total=self.batches_per_epoch,
            initial=start,
            unit="step",
            leave=False,
            disable=not self.workers.chief,
        ) as bar:
            for batch in batches:
                self.train_batch(batch, bar)
                if self.stopping():
                    break

    def end_epoch(self) -> None:
        """Begins the next epoch, if all batches of this one are done. A stop comes before, so that none loses its
        validation.
        """
        if int(self.progress.batch) == self.batches_per_epoch:
            self.progress.batch.assign(0)
            self.progress.epoch.assign_add(1)

    def train_batch(self, batch: Mapping[str, tf.Tensor], bar: tqdm) -> None:
        """One step; raises NonFiniteError before anything is saved."""
        started = time.perf_counter()
        scalars = self.trainer.train_step(**Batch.of(batch)._asdict())
        scalars = {name: float(value) for name, value in scalars.items()}
        check_finite(scalars, batch, self.trainer.step, self.log_root if self.workers.chief else None)
        self.progress.batch.assign_add(1)
        rate = self.hps.batch_size / (time.perf_counter() - started)
        shown: dict[str, Any] = {short: f"{value:.4g}" for short, value in short_names(scalars).items()}
        bar.set_postfix(**shown, lr=f"{scalars['learning_rate']:.2g}", sketches_per_s=f"{rate:.0f}", refresh=False)
        bar.update()
        if self.trainer.step % REPORT_EVERY == 0:
            self.reporter.losses("train", scalars | {"sketches_per_second": rate})
        if not self.out_of_steps() and time.monotonic() - self.state.saved_at > 60 * SAVE_MINUTES:
            self.state.save()  # but the last step, after which all is saved once it is validated

    def validate(self) -> None:
        """Keeps the best checkpoint, or returns to it while steps are left (reference `train_model`).

        Without validation sketches the present state becomes the best.
        """
        if len(self.data.valid):
            self.keep_or_return()
        else:
            self.state.save(native.BEST)
            self.test()
        self.reporter.sketches()
        self.reporter.flush()

    def keep_or_return(self) -> None:
        """Validates, and keeps the present state as the best if it is, or returns to that."""
        losses = self.evaluate("valid", self.data.valid)
        criterion = self.trainer.model.system.criterion
        loss = sum(weight * losses[name] for name, weight in criterion.items())
        if loss < float(self.progress.best_loss):
            self.progress.best_loss.assign(loss)
            self.progress.stalls.assign(0)
            self.state.save(native.BEST)
            self.test()
        elif not self.out_of_steps():
            self.state.return_to_best()
            tries = f"{int(self.progress.stalls)} of {MOST_STALLS}"
            logger.info("No improvement (%s): back to the best checkpoint, step %d.", tries, self.trainer.step)

    def test(self) -> None:
        """The losses of the test sketches, if there are any."""
        if len(self.data.test):
            self.evaluate("test", self.data.test)

    def evaluate(self, name: str, split: Split) -> dict[str, float]:
        """Losses averaged over the whole batches of a split; prints one line."""
        started = time.perf_counter()
        batches = eval_batches(split, self.data, self.hps, fields=self.trainer.model.system.fields)
        found = [
            self.trainer.eval_step(**Batch.of(batch)._asdict(), index=index) for index, batch in enumerate(batches, 1)
        ]
        means = {name: float(np.mean([terms[name] for terms in found], dtype=np.float64)) for name in found[0]}
        self.reporter.losses(name, means)
        shown = "  ".join(f"{short} {value:.4f}" for short, value in short_names(means).items())
        epoch, seconds = int(self.progress.epoch), time.perf_counter() - started
        logger.info("%-5s epoch %d step %d: %s  (%.1f s)", name, epoch, self.trainer.step, shown, seconds)
        return means

    def finish(self) -> None:
        """The contact sheet of the best model, at the end of training."""
        if not self.workers.chief:
            return
        if self.waiting_mixture():
            logger.warning(
                "Training ended at step %d, before mixture_start=%d epochs had passed: the latent components are those "
                "drawn at random.",
                self.trainer.step,
                self.hps.mixture_start,
            )
        if best := native.newest(self.log_root, native.BEST):
            native.restore_model(self.trainer.model, best)
        path = self.log_root / SHEET_NAME
        kind = write_sheet(self.trainer.model, self.data, path)
        logger.info("Wrote %s: %s sketches over their reconstructions.", path, kind)


def short_names(scalars: Mapping[str, float]) -> dict[str, float]:
    """The loss terms among scalars, by their short names."""
    return {TERMS[name].short: value for name, value in scalars.items() if name in TERMS}


def check_finite(scalars: Mapping[str, float], batch: Mapping[str, tf.Tensor], step: int, keep_in: Path | None) -> None:
    """Raises NonFiniteError naming step and terms, after writing the batch that caused it to a directory, if given."""
    broken = [name for name, value in scalars.items() if not math.isfinite(value)]
    if not broken:
        return
    terms = ", ".join(f"{name} = {scalars[name]}" for name in broken)
    kept = f", and the batch {_keep_batch(batch, keep_in / BAD_BATCH_NAME)}" if keep_in else ""
    raise NonFiniteError(f"step {step}: {terms}. Training has stopped; the last good checkpoint is kept{kept}")


def _keep_batch(batch: Mapping[str, tf.Tensor], path: Path) -> str:
    """Writes a batch; returns where it is, or why it is not there, to go on after "the batch"."""
    try:
        with replacing(path) as partial:
            arrays: dict[str, Any] = {name: np.asarray(value) for name, value in batch.items()}
            np.savez(partial, **arrays)
    except OSError as error:
        return f"could not be written to {path}: {error}"
    return f"is in {path}"
