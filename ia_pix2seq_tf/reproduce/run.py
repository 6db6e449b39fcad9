"""From an experiment to its table: every training and evaluation in a process of its own, and only if it is missing."""

import dataclasses
import logging
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checked_json import show
from ia_pix2seq_tf.evaluation import page
from ia_pix2seq_tf.evaluation.comparison import compare, read_all
from ia_pix2seq_tf.evaluation.report import FILE_NAME
from ia_pix2seq_tf.file_lock import holding
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.reproduce.experiment import Experiment, Run
from ia_pix2seq_tf.training.options import SHEET_NAME
from ia_pix2seq_tf.training.signals import STOP_SIGNALS

logger = logging.getLogger(__name__)

TABLE_NAME = "table.md"
EVALUATION = "evaluation"
HANG_UP = getattr(signal, "SIGHUP", None)  # of a terminal, where there are such
ASKING = STOP_SIGNALS if HANG_UP is None else (*STOP_SIGNALS, HANG_UP)  # to stop


class StepFailed(ValueError):
    """A training or an evaluation ended with an error, or was stopped."""


@dataclass(frozen=True)
class Work:
    """An experiment in a directory.

    Attributes:
        root: of the results: a log root for each training, and the table.
        changes: to the hyperparameters of all runs.
        download: as that of train.py.
    """

    experiment: Experiment
    root: Path
    changes: str = ""
    download: str = "ask"

    def go(self) -> None:
        """Makes what is missing, and the table after every evaluation, of all that are there.

        What another process is making in the same root is left to it.

        Raises:
            OSError, ValueError: hyperparameters that cannot be used, or a training in the root that was made with
                others, before anything is trained.
            StepFailed: a training or an evaluation that failed; what was made before stays.
        """
        trainings = self.experiment.trainings()
        for name, run, seed in trainings:
            self._check(name, self._hparams(run, seed))
        missing = [training for training in trainings if not self._metrics(training[0]).is_file()]
        logger.info("%d of %d trainings finished.", len(trainings) - len(missing), len(trainings))
        self.root.mkdir(parents=True, exist_ok=True)
        left = []
        for place, (name, run, seed) in enumerate(missing, 1):
            with holding(self.root / f"{name}.lock") as ours:
                if not ours:
                    left.append(name)
                elif not self._metrics(name).is_file():  # nobody has made it meanwhile
                    logger.info("%d of %d: %s", place, len(missing), name)
                    self._train(name, run, seed)
                    _call("evaluation", *self.evaluate_flags(name))
                    self.write_table()
        self.write_table()
        logger.info("Wrote %s.", self.root / TABLE_NAME)
        if left:
            logger.info("Other processes are at work on %d more: %s.", len(left), ", ".join(left))

    def train_flags(self, name: str, run: Run, seed: int) -> list[str]:
        """The flags of train.py for a training, whose hyperparameters are written down."""
        path = self._written(name)
        self._hparams(run, seed).write(path)
        return [
            f"--data_dir={self.experiment.data_dir}",
            f"--log_root={self.root / name}",
            f"--hparams_file={path}",
            f"--download={self.download}",
        ]

    def evaluate_flags(self, name: str) -> list[str]:
        """The flags of evaluate.py for a training."""
        experiment = self.experiment
        metrics = [f"--metrics={','.join(experiment.metrics)}"] if experiment.metrics else []
        return [
            f"--data_dir={experiment.data_dir}",
            f"--model_dir={self.root / name}",
            f"--output_dir={self._metrics(name).parent}",
            f"--split={experiment.split}",
            f"--seeds={','.join(map(str, experiment.drawings))}",
            *metrics,
        ]

    def write_table(self) -> None:
        """The table of all evaluations that are there, in the order of the experiment."""
        runs = sorted(self.experiment.trainings(), key=lambda training: self.experiment.runs.index(training[1]))
        files = [path for name, _, _ in runs if (path := self._metrics(name)).is_file()]
        tables = compare(read_all(files), self.experiment.columns, with_paper=self.experiment.paper)
        with replacing(self.root / TABLE_NAME) as partial:
            partial.write_text(f"{self.experiment.description}\n\n{page.tables(tables)}".lstrip(), encoding="utf-8")

    def _train(self, name: str, run: Run, seed: int) -> None:
        """Trains to the end, at which there is a contact sheet; one that was stopped ends without an error too."""
        _call("training", *self.train_flags(name, run, seed))
        if not (self.root / name / SHEET_NAME).is_file():
            raise StepFailed(f"the training in {self.root / name} was stopped; the same command goes on from here")

    def _hparams(self, run: Run, seed: int) -> HParams:
        """All hyperparameters of a training."""
        return dataclasses.replace(run.resolve(self.changes), seed=seed)

    def _check(self, name: str, asked: HParams) -> None:
        """Raises ValueError if a training that is there was made with other hyperparameters than are asked for."""
        path = self._written(name)
        if not path.is_file() or not (self.root / name).is_dir():
            return
        written, wanted = HParams.read(path).to_dict(), asked.to_dict()
        if other := [field for field in wanted if written[field] != wanted[field]]:
            field = other[0]
            raise ValueError(
                f"{path}: {field}: expected {show(wanted[field])}, as is asked for now, found {show(written[field])}: "
                f"the training in {self.root / name} was made with other hyperparameters; choose another --root"
            )

    def _written(self, name: str) -> Path:
        """The file of a training's hyperparameters."""
        return self.root / f"{name}.json"

    def _metrics(self, name: str) -> Path:
        return self.root / name / EVALUATION / FILE_NAME


def _call(program: str, *arguments: str) -> None:
    """Runs one of the package's programs, with its messages and progress bars on this terminal."""
    command = [sys.executable, "-m", f"ia_pix2seq_tf.{program}", *arguments]
    if status := _status(command):
        raise StepFailed(f"{' '.join(command[1:])} ended with status {status}; the same command goes on from here")


def _status(command: Sequence[str]) -> int:
    """The exit status of a command, to which every signal that asks this program to stop is passed on.

    The first lets it save. It has a session of its own, where Ctrl-C does not reach it a second time.

    Raises:
        KeyboardInterrupt: after it has ended, where there was such a signal.
    """
    received: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        received.append(number)
        process.send_signal(signal.SIGTERM)

    with subprocess.Popen(command, start_new_session=True) as process:
        heard = [each for each in ASKING if signal.getsignal(each) != signal.SIG_IGN]
        before = {each: signal.signal(each, pass_on) for each in heard}
        try:
            status = process.wait()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
    if received:
        raise KeyboardInterrupt
    return status
