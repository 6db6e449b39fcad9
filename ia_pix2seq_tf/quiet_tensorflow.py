"""TensorFlow without the lines that it writes about itself.

`TF_CPP_MIN_LOG_LEVEL` does not reach all of them: absl's log knows no such variable before it is initialized, which is
late in TensorFlow 2.21 and never in 2.18. So what C++ writes to standard error goes through a process of its own, which
is this file as a program: it passes on what is none of these lines, and those too where the import fails. What Python
writes goes to standard error as ever.
"""

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import IO, cast

STDERR = 2
LEVEL, SILENT, EVERYTHING = "TF_CPP_MIN_LOG_LEVEL", "3", "0"
LOADED, END = b"\0loaded\n", b"\0end\n"
"""Lines to the process that filters: the import has succeeded; there is nothing more to filter."""

_STARTUP = re.compile(
    rb"""WARNING:\ All\ log\ messages\ before\ absl::InitializeLog
    | [IWE]\d{4}\ \d\d:\d\d:\d+\.\d+\ .*\]                 # I0000 00:00:1795656849.891110 12829 port.cc:153]
    | \d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IWE]\ .*\]   # 2025-09-17 14:44:05.157831: I external/cudart_stub.cc:32]
    | To\ enable\ the\ following\ instructions:            # the second line of a message""",
    re.VERBOSE,
)
_LATER = re.compile(rb"[IW]\d{4} \d\d:\d\d:\d+\.\d+ .*\]|WARNING: All log messages before absl::InitializeLog")
"""Once TensorFlow is loaded, errors are no longer about itself."""


@contextlib.contextmanager
def loaded(module: str = "tensorflow") -> Iterator[None]:
    """Imports TensorFlow; up to the end of the block, what it writes about itself does not reach standard error.

    It does if the environment asks for it, TF_CPP_MIN_LOG_LEVEL=0, or if there is no standard error.
    """
    everything = os.environ.setdefault(LEVEL, SILENT) == EVERYTHING
    kept = None if everything else _another_stderr()
    if kept is None:
        importlib.import_module(module)
        yield
        return
    with _filtering(kept):
        importlib.import_module(module)
        _tell(LOADED)
        yield


@contextlib.contextmanager
def _filtering(kept: int) -> Iterator[None]:
    """Within the block descriptor 2 leads to the filter, and `sys.stderr` to `kept`."""
    python = sys.stderr
    python.flush()
    process = subprocess.Popen([sys.executable, "-I", "-S", __file__], stdin=subprocess.PIPE)
    pipe = cast(IO[bytes], process.stdin)  # there, as it is asked for
    os.dup2(pipe.fileno(), STDERR)
    with open(kept, "w", encoding=python.encoding, errors=python.errors, buffering=1) as sys.stderr:
        try:
            yield
        finally:
            python.flush()
            _tell(END)
            os.dup2(kept, STDERR)
            pipe.close()
            process.wait()
            sys.stderr = python


def _another_stderr() -> int | None:
    """A second descriptor of standard error; None where that is closed."""
    try:
        return None if sys.stderr is None else os.dup(STDERR)
    except OSError:
        return None


def _tell(line: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever killed the filter sees nothing more of C++
        os.write(STDERR, line)


def passed_on(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Of the lines of a program, those that people should see, as soon as that is known."""
    held: list[bytes] = []
    own = _STARTUP
    for line in lines:
        if line == END:
            break
        if line == LOADED:
            held, own = [], _LATER
        elif not own.match(line):
            yield line
        elif own is _STARTUP:
            held.append(line)
    yield from held


def main(source: IO[bytes], target: IO[bytes]) -> None:
    """Filters until the program tells it to end, or ends itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # sent to all processes of a program
        signal.signal(number, signal.SIG_IGN)
    for line in passed_on(source):
        target.write(line)
        target.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stderr.buffer)
