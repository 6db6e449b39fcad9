"""Reading hostile files in a process of its own, with little memory: `python hostile.py READER PATH...`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

MEMORY = 3 * 2**30
"""Bytes of address space; the libraries alone take up to one third."""
SECONDS = 20
"""Of the processor, for any one file."""


def outcomes(reader: str, paths: list[Path]) -> list[tuple[str, float]]:
    """What a reader of `sampling.inputs` makes of files: "read" or its error; and its processor seconds."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, __file__, reader, *map(str, paths)]
    environment = {**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def _outcome(read, path: str) -> str:
    try:
        read(path)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "read"


def _main():
    import resource

    from ia_pix2seq_tf.sampling import inputs

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for path in sys.argv[2:]:
        started = time.process_time()
        print(json.dumps([_outcome(getattr(inputs, sys.argv[1]), path), time.process_time() - started]))


if __name__ == "__main__":
    _main()
