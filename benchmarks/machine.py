"""The machine that a benchmark runs on: what it is, how fast it multiplies, how much memory this process takes.

Reads /proc, so Linux only. TensorFlow is imported by `product_rate` alone.
"""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np

KIB, MIB = 2**10, 2**20
CHAIN_OPERATIONS, MOST_REPEATS = 2 * 10**9, 1000
"""Small products are repeated up to so many operations, or so many times, for one timing."""
TINY = 1e-30


class Times(NamedTuple):
    """Seconds of the first call, which traces and compiles, and of the calls after it."""

    first: float
    later: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.later)

    def row(self) -> dict[str, float]:
        """As columns of a table."""
        return {
            "first_seconds": self.first,
            "seconds": self.median,
            "fastest": min(self.later),
            "slowest": max(self.later),
        }


def time_calls(function: Callable[[], object], runs: int) -> Times:
    """Times a call and `runs` further ones; `function` must return only when its work is done."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return Times(seconds[0], seconds[1:])


def describe() -> dict[str, object]:
    """What the machine is and what else runs on it, for the head of a table."""
    return {
        "cpu": _first_match(r"model name\s*: (.+)", "/proc/cpuinfo", platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": int(_first_match(r"MemTotal:\s*(\d+) kB", "/proc/meminfo", "0")) * KIB,
        "gpus": [
            _first_match(r"Model:\s*(.+)", path, "unknown")
            for path in Path("/proc/driver/nvidia/gpus").glob("*/information")
        ],
        "busy_cores": round(busy_cores(), 2),
        "python": platform.python_version(),
        "tensorflow": _tensorflow_version(),
        "time": time.strftime("%Y-%m-%d %H:%M"),
    }


def sentence(description: dict[str, object]) -> str:
    """A description as one line."""
    gpus = "".join(f", {name}" for name in description["gpus"])
    return (
        f"{description['cores']} × {description['cpu']}{gpus}, {description['memory_bytes'] / 2**30:.0f} GiB, "
        f"Python {description['python']}, TensorFlow {description['tensorflow']}, "
        f"{description['time']}; before it began, {description['busy_cores']} cores were busy with other work"
    )


def busy_cores(seconds: float = 1.0) -> float:
    """How many cores' worth of time others take, this process waiting: 0 on a quiet machine."""

    def work() -> float:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")

    before, start = work(), time.perf_counter()
    time.sleep(seconds)
    return max(0.0, (work() - before) / (time.perf_counter() - start))


def resident_memory() -> int:
    """Bytes that this process holds in memory."""
    return _status("VmRSS")


def peak_memory() -> int:
    """The most bytes that this process has held in memory since it began."""
    return _status("VmHWM")


def product_rate(m: int, k: int, n: int, runs: int = 3, dtype: str = "float32") -> float:
    """Floating-point operations per second of TensorFlow's product `[m, k] @ [k, n]`, all threads.

    Small products are repeated in a loop, as in a loop over time, so that starting one from Python does not count.
    The product is made by TensorFlow's own kernel and by XLA's; the faster one counts, so that a step which uses
    either is not flattered.
    """
    import tensorflow as tf

    left, right = (tf.cast(tf.random.stateless_normal(shape, (0, 1)), dtype) for shape in ((m, k), (k, n)))
    operations = 2 * m * k * n
    repeats = max(1, min(MOST_REPEATS, CHAIN_OPERATIONS // operations))

    def again(i, chain):  # each product waits for the one before, and XLA can leave nothing out
        return i + 1, tf.reduce_max(tf.matmul(left + chain * TINY, right))

    def products():
        return tf.while_loop(lambda i, _: i < repeats, again, (0, tf.zeros((), dtype)))[1]

    compiled = [tf.function(products, jit_compile=jit, autograph=False) for jit in (False, True)]
    seconds = min(time_calls(lambda c=c: c().numpy(), runs).median for c in compiled)
    return operations * repeats / seconds


def numpy_product_rate(size: int, dtype: str, runs: int = 3) -> float:
    """As `product_rate`, of NumPy's square product."""
    matrix = np.random.default_rng(0).standard_normal((size, size)).astype(dtype)
    return 2 * size**3 / time_calls(lambda: matrix @ matrix, runs).median


def _status(field: str) -> int:
    return int(re.search(rf"{field}:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) * KIB


def _first_match(pattern: str, path: str | Path, otherwise: str) -> str:
    match = re.search(pattern, Path(path).read_text())
    return match[1].strip() if match else otherwise


def _tensorflow_version() -> str:
    for name in ("tensorflow", "tensorflow_cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "not installed"
