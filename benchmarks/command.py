"""What the command lines of the benchmarks share: flags, sizes, and a fresh process for each measurement."""

import multiprocessing
import reprlib
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from absl import flags
from report import Column, Report, with_baseline

from ia_pix2seq_tf import console
from ia_pix2seq_tf.hparams import CELLS

Row = dict[str, object]
NAMES = ("units", "batch", "time")
"""The numbers of a size."""


def define_flags(runs: int | None = None) -> None:
    """Flags of every benchmark; `runs` is the default of --runs, None for a benchmark that repeats nothing."""
    flags.DEFINE_string("output", None, "JSON file of the table, with every value measured.")
    if runs is not None:
        flags.DEFINE_integer("runs", runs, "Timed calls after the first one; the median counts.", lower_bound=1)


def define_model_flags() -> None:
    """Flags of the benchmarks that build a model."""
    flags.DEFINE_enum("cell", "hyper", CELLS, "Cell of the decoder.")
    flags.DEFINE_string("hparams", "", "Further hyperparameters, name=value,name=value: of precision, for example.")


def define_product_flag() -> None:
    """The flag of the benchmarks that measure the rate of matrix products beside their own."""
    flags.DEFINE_integer("product_size", 2048, "Rows and columns of the product whose rate is the limit.", 1)


def run(main: Callable[[], None]) -> None:
    """Runs a benchmark as a command line without arguments but flags."""
    console.Program(sys.argv[0], sys.modules["__main__"].__doc__)(lambda _: main())()


def table_of_sizes(title: str, columns: Sequence[Column], measure: Callable[[dict[str, int]], Row]) -> None:
    """Measures each of --sizes, and tells it as a table."""
    sizes = [parse_size(text) for text in flags.FLAGS.sizes]
    report = Report(title, columns, flags.FLAGS.output)
    for size in sizes:
        report.add(measure(size))
    report.close()


def parse_size(text: str, names: Sequence[str] = NAMES) -> dict[str, int]:
    """A size such as "512x64x100" under the names of its numbers.

    Raises:
        ValueError: naming the text, if it has another number of numbers or one below 1.
    """
    parts = text.split("x")
    if len(parts) != len(names) or not all(part.isdecimal() and int(part) for part in parts):
        raise ValueError(f"expected a size {'x'.join(names)} of numbers from 1, found {text!r}")
    return dict(zip(names, map(int, parts), strict=True))


def numbers(texts: Sequence[str]) -> list[int]:
    """The numbers of a list flag; errors as `parse_size`."""
    return [parse_size(text, ["number"])["number"] for text in texts]


def in_process(function: Callable[..., Row], *args, **kwargs) -> Row:
    """What a function of this package returns in a process of its own, whose memory and threads are its alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def attempt(function: Callable[..., Row], *args, **kwargs) -> Row:
    """As `in_process`; where that fails, an `error` to put into the table's file, and a message."""
    try:
        return in_process(function, *args, **kwargs)
    except BrokenProcessPool:
        error = "the process was killed, as it is where memory runs out"
    except Exception as failure:  # whatever it is, the other rows are still to be measured
        error = f"{type(failure).__name__}: {failure}"
    print(f"{function.__name__} {reprlib.repr(args)} {reprlib.repr(kwargs)}: {error}", file=sys.stderr, flush=True)
    return {"error": error}


def beside_baseline(function: Callable[..., Row], size: dict[str, int]) -> Row:
    """What `function` measures at a size, as the flags ask, beside its plain baseline unless that is left out."""
    chosen = flags.FLAGS
    arguments = {"cell": chosen.cell, **size, "extra": chosen.hparams}
    row = attempt(function, **arguments, runs=chosen.runs, product_size=chosen.product_size)
    if not chosen.baseline_runs:
        return row
    return with_baseline(row, attempt(function, **arguments, runs=chosen.baseline_runs, plain=True))
