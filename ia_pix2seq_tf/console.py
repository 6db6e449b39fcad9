"""What makes a function one of the package's programs: its help, messages and errors.

A program is a module that defines its flags and decorates one function with `Program`. `python -m MODULE`, the command
`ia-pix2seq-NAME` and, of three programs, a script at the top of the repository run that function.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from absl import app, flags
from absl import logging as absl_logging
from tqdm import tqdm

from ia_pix2seq_tf import quiet_tensorflow, xla_cache

PACKAGE_LOGGER = "ia_pix2seq_tf"
ERRORS = (OSError, ValueError)
SHOWN = 60  # characters before and after one that cannot be written


class _AboveBars(logging.Handler):
    """Writes messages to standard error without tearing the progress bars there."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)


class SeveralErrors(ValueError):
    """What went wrong with some of a program's files: `errors`, each of which gets a line."""

    def __init__(self, errors: Sequence[Exception]):
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


@dataclass(frozen=True)
class Program:
    """Makes a program, a function without arguments, of one that takes what the command line has beside flags.

    Attributes:
        name: before its last message.
        doc: what --help says before the flags.
        takes: what it needs beside flags, for people; by default nothing.
        define: defines the flags, where these are not to be there whenever the module is imported.
        tensorflow: whether to load TensorFlow, once the flags are read, so that --help answers at once.
        errors: those whose message says enough to end with it; others keep their traceback.
        stopped: the last message after Ctrl-C.
    """

    name: str
    doc: str
    takes: str | None = None
    define: Callable[[], None] | None = None
    tensorflow: bool = False
    errors: tuple[type[Exception], ...] = ERRORS
    stopped: str = "stopped; nothing was written"

    def __call__(self, work: Callable[[list[str]], None]) -> Callable[[], None]:
        def main() -> None:
            if self.define:
                self.define()
            _teach(self.doc, work.__module__)
            app.run(lambda argv: self._run(work, argv[1:]))

        return main

    def _run(self, work: Callable[[list[str]], None], arguments: list[str]) -> None:
        """The work, shown messages of; ends with one where it cannot go on."""
        if arguments and self.takes is None:
            raise app.UsageError(f"unexpected argument {arguments[0]!r}")
        if self.takes and not arguments:
            raise app.UsageError(f"expected {self.takes}")
        set_up()
        if self.tensorflow and "tensorflow" not in sys.modules:
            xla_cache.turn_on()
        try:
            with quiet_tensorflow.loaded() if self.tensorflow else contextlib.nullcontext():
                work(arguments)
        except SeveralErrors as several:
            sys.exit("\n".join(f"{self.name}: {error}" for error in several.errors))
        except UnicodeEncodeError as error:
            found = error.object[max(0, error.start - SHOWN) : error.end + SHOWN]
            sys.exit(f"{self.name}: expected names in UTF-8, found {found!r}")
        except self.errors as error:
            sys.exit(f"{self.name}: {error}")
        except KeyboardInterrupt:
            sys.exit(f"{self.name}: {self.stopped}")


def set_up() -> None:
    """Shows the package's messages from INFO on, with the time; of TensorFlow's own, errors only."""
    os.environ.setdefault(quiet_tensorflow.LEVEL, quiet_tensorflow.SILENT)
    absl_logging.set_verbosity(absl_logging.ERROR)
    handler = _AboveBars()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger(PACKAGE_LOGGER)
    logger.setLevel(logging.INFO)
    logger.handlers = [handler]
    logger.propagate = False


def flag_values(options: type) -> dict[str, Any]:
    """The values of the flags that have the names of a dataclass's fields, by name."""
    return {field.name: flags.FLAGS[field.name].value for field in fields(options)}


def attempt_all(tasks: Iterable[Callable[[], None]], errors: tuple[type[Exception], ...] = ERRORS) -> None:
    """Does all tasks, also after one that fails with an error of these; raises SeveralErrors at the end."""
    failures = []
    for task in tasks:
        try:
            task()
        except errors as error:
            failures.append(error)
    if failures:
        raise SeveralErrors(failures)


class _Help(app.HelpFlag):
    """--help, which is no error: it ends with status 0."""

    def parse(self, arg: bool | str) -> None:
        try:
            super().parse(arg)
        except SystemExit:
            sys.exit(0)


def _teach(doc: str, module: str) -> None:
    """Makes --help show a text and the flags of a module, also where another program calls it."""
    sys.modules["__main__"].__doc__ = doc
    for flag in flags.FLAGS.get_key_flags_for_module(module):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)
    app.define_help_flags()
    help_flag = _Help()
    help_flag.allow_override = True
    flags.FLAGS[help_flag.name] = help_flag
