"""How time and memory grow with the size of the work: a table, and a plot in double-logarithmic scale.

    python benchmarks/scaling.py                                   # after pip install -e .
    python benchmarks/scaling.py --axes=time,batch --time=25,50,100,200 --plot=scaling.png

Training steps over time, batch and units, each from a base of --size; retrieval over codes, loading over sketches
(both of their categories together). Each point is measured in a process of its own. Memory is what the work adds to
its process's imports. Cost that grows in proportion follows the dotted guide of slope 1; a step does so in time and
batch, and between that and slope 2 in units, retrieval's time has slope 2. Fixed costs make a curve begin flatter.
"""

import tempfile
from collections.abc import Iterator

import command
import drawings
import machine
import numpy as np
import work
from absl import flags
from report import PEAK, Column, Report

from ia_pix2seq_tf.atomic import replacing

CODE_SIZE, CATEGORIES, HELD_OUT = 128, 2, 1
MEASURES = {"seconds": ("seconds", 1), "added_bytes": ("added memory, MiB", machine.MIB)}
PANEL = 3.2
"""Inches of a panel's side."""

FLAGS = flags.FLAGS
command.define_flags(runs=3)
command.define_model_flags()
drawings.define_flags()
flags.DEFINE_string("size", "128x32x64", "Base, units x batch x time.")
flags.DEFINE_list("time", ["32", "64", "128", "256"], "Time steps, beside the base's batch and units.")
flags.DEFINE_list("batch", ["16", "32", "64", "128"], "Sketches of a batch.")
flags.DEFINE_list("units", ["128", "256", "512", "1024"], "Units of the decoder.")
flags.DEFINE_list("codes", ["1562", "3125", "6250", "12500"], "Codes in retrieval.")
flags.DEFINE_list("sketches", ["1000", "2000", "4000", "8000"], "Training sketches per category in loading.")
AXES = (*reversed(command.NAMES), "codes", "sketches")
flags.DEFINE_list("axes", list(AXES), "What grows.")
flags.DEFINE_string("plot", "scaling.png", "Picture to write.")

COLUMNS = (
    Column("axis", "what grows"),
    Column("value", "to"),
    Column("seconds", "seconds", ".4g"),
    Column("added_bytes", "added MiB", ".1f", machine.MIB),
    PEAK,
)


def measure_axis(axis: str, values: list[int]) -> Iterator[dict[str, object]]:
    """A row for each value of one axis."""
    if axis in command.NAMES:
        base = command.parse_size(FLAGS.size)
        for value in values:
            size = {**base, axis: value}
            yield command.attempt(work.training_step, FLAGS.cell, **size, runs=FLAGS.runs, extra=FLAGS.hparams)
    elif axis == "codes":
        for value in values:
            yield command.attempt(work.retrieve, value, CODE_SIZE, FLAGS.runs)
    else:
        yield from _measure_loading(values)


def _measure_loading(values: list[int]) -> Iterator[dict[str, object]]:
    """Loading files made for the purpose, when their images are cached."""
    sketches = drawings.read()
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        for value in values:
            names = drawings.make_files(folder, sketches, CATEGORIES, value, HELD_OUT)
            command.attempt(work.load, folder, names, value)
            yield command.attempt(work.load, folder, names, value)


def slope(values: list[float], measured: list[float]) -> float:
    """The power of `values` with which `measured` grows from the last but one to the last."""
    return float(np.diff(np.log(measured[-2:]))[0] / np.diff(np.log(values[-2:]))[0])


def plot(rows: list[dict[str, object]], path: str) -> None:
    """Draws a column of panels for each axis that has two points, time above memory."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    series = {axis: [row for row in rows if row["axis"] == axis and "error" not in row] for axis in AXES}
    series = {axis: points for axis, points in series.items() if len(points) > 1}
    if not series:
        return
    figure = Figure((PANEL * len(series), PANEL * len(MEASURES)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(MEASURES), len(series), squeeze=False)
    for column, (axis, points) in zip(panels.T, series.items(), strict=True):
        for panel, (key, (title, scale)) in zip(column, MEASURES.items(), strict=True):
            _draw(panel, [row["value"] for row in points], [row[key] / scale for row in points])
            panel.set(xlabel=axis, ylabel=title)
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=120)


def _draw(panel, values: list[float], measured: list[float]) -> None:
    """One curve, and the line of slope 1 through its last point."""
    from matplotlib.ticker import LogLocator

    panel.loglog(values, measured, "o-", label=f"slope {slope(values, measured):.2f} at the end")
    panel.loglog(values, [measured[-1] * value / values[-1] for value in values], ":", color="gray", label="slope 1")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.set_xticks(values, [str(value) for value in values])
    panel.minorticks_off()
    panel.legend(fontsize="small")


def main() -> None:
    if unknown := set(FLAGS.axes) - set(AXES):
        raise ValueError(f"--axes: expected some of {', '.join(AXES)}, found {', '.join(sorted(unknown))}")
    values = {axis: command.numbers(FLAGS[axis].value) for axis in FLAGS.axes}
    report = Report(f"Growth, {FLAGS.cell} cell, from {FLAGS.size}", COLUMNS, FLAGS.output)
    for axis in FLAGS.axes:
        for value, row in zip(values[axis], measure_axis(axis, values[axis]), strict=True):
            report.add({"axis": axis, "value": value, **row})
            plot(report.rows, FLAGS.plot)
    report.close()


if __name__ == "__main__":
    command.run(main)
