"""TensorFlow and Keras without the lines that they write about themselves, and without packages that no program needs.

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
from collections.abc import Iterable, Iterator, Sequence
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
UNUSED = ("IPython", "matplotlib", "sklearn")
"""What Keras imports, where it is installed, for functions that no program calls."""

_LATER = re.compile(rb"[IW]\d{4} \d\d:\d\d:\d+\.\d+ .*\]|WARNING: All log messages before absl::InitializeLog")
"""Once TensorFlow is loaded, errors are no longer about itself."""


@contextlib.contextmanager
def loaded(*modules: str) -> Iterator[None]:
    """Imports modules, TensorFlow and Keras by default; up to the end of the block, what these write about themselves
    does not reach standard error.

    It does if the environment asks for it, TF_CPP_MIN_LOG_LEVEL=0, or if there is no standard error.
    """
    everything = os.environ.setdefault(LEVEL, SILENT) == EVERYTHING
    kept = None if everything else _another_stderr()
    if kept is None:
        _import(modules)
        yield
        return
    with _filtering(kept):
        _import(modules)
        _tell(LOADED)
        yield


def _import(modules: Sequence[str]) -> None:
    """Imports modules, to which `UNUSED` seem not to be installed."""
    hidden = [name for name in UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # which makes an import fail
    try:
        for module in modules or ("tensorflow", "keras"):
            importlib.import_module(module)
    finally:
        for name in hidden:
            del sys.modules[name]


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
