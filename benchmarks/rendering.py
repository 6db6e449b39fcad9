"""Sketches per second that `render_many` draws at 48 × 48 pixels, by number of threads.

    python benchmarks/rendering.py                                 # doodles of the demo; after pip install -e .
    python benchmarks/rendering.py --data_dir=quickdraw --categories=pig,face

The plain baseline draws with cairo too, a call for each line and a canvas for each sketch; it must give the same
pixels. "reference" is what the TensorFlow 1 program did, in the same run: an SVG of each sketch, drawn by CairoSVG as a
PNG and read again, on one core.
"""

import io
import os
from collections.abc import Callable

import command
import drawings
import machine
import numpy as np
from absl import flags
from report import PEAK, SECONDS, Column, Report, ratio

SIZE, MARGIN = 48, 1.5
BASELINE_SHARE = 10
"""The others draw one in so many sketches: their time per sketch is what counts."""

FLAGS = flags.FLAGS
command.define_flags(runs=5)
drawings.define_flags()
flags.DEFINE_integer("sketches", 5000, "Sketches to draw, those of the data over and over.", lower_bound=1)
flags.DEFINE_list("threads", ["1", str(len(os.sched_getaffinity(0)))], "Numbers of threads; 1 and all cores.")

COLUMNS = (
    Column("threads", "threads"),
    Column("sketches", "sketches"),
    Column("points", "mean points", ".1f"),
    *SECONDS,
    Column("sketches_per_second", "sketches/s", ".0f"),
    Column("over_baseline", "× plain", ".1f"),
    Column("over_reference", "× reference", ".1f"),
    PEAK,
)


def plain_render(strokes: np.ndarray) -> np.ndarray:
    """One sketch `[n, 3]` as one writes it down: uint8 `[48, 48]`."""
    import cairocffi

    from ia_pix2seq_tf.render import FIXED_POINT, MITER_LIMIT, checked_strokes, fit

    strokes = checked_strokes(strokes)
    surface = cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, SIZE, SIZE)
    context = cairocffi.Context(surface)
    context.set_miter_limit(MITER_LIMIT)
    context.set_line_width(1)
    context.set_source_rgb(1, 1, 1)
    context.paint()
    context.set_source_rgb(0, 0, 0)
    start, scale = fit(strokes, SIZE, MARGIN)
    x, y = np.rint(start * FIXED_POINT) / FIXED_POINT
    lifted = True
    for dx, dy, pen in strokes:
        x += np.rint(dx * scale * FIXED_POINT) / FIXED_POINT
        y += np.rint(dy * scale * FIXED_POINT) / FIXED_POINT
        context.move_to(x, y) if lifted else context.line_to(x, y)
        lifted = pen > 0
    context.stroke()
    surface.flush()
    return np.frombuffer(surface.get_data(), np.uint8).reshape(SIZE, SIZE, 4)[:, :, 0].copy()


def reference_render(strokes: np.ndarray) -> np.ndarray:
    """One sketch `[n, 3]` by way of SVG and PNG: uint8 `[48, 48]`."""
    import cairosvg
    from PIL import Image

    from ia_pix2seq_tf.render import strokes_to_svg

    png = cairosvg.svg2png(bytestring=strokes_to_svg(strokes, SIZE, MARGIN).encode())
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def measure(sketches: list[np.ndarray], threads: int, runs: int) -> dict[str, object]:
    """Drawing all sketches with so many threads."""
    from ia_pix2seq_tf.render import render_many

    times = machine.time_calls(lambda: render_many(sketches, SIZE, MARGIN, workers=threads), runs)
    return {
        "threads": threads,
        "sketches": len(sketches),
        "points": float(np.mean([len(strokes) for strokes in sketches])),
        **times.row(),
        "sketches_per_second": len(sketches) / times.median,
        "peak_bytes": machine.peak_memory(),
    }


def measure_other(render: Callable[[np.ndarray], np.ndarray], sketches: list[np.ndarray], runs: int) -> command.Row:
    """Drawing some of the sketches one by one, another way."""
    from ia_pix2seq_tf.render import render_many

    some = sketches[::BASELINE_SHARE]
    if not np.array_equal([render(strokes) for strokes in some], render_many(some, SIZE, MARGIN)):
        raise ValueError(f"{render.__name__} draws other pixels than render_many")
    times = machine.time_calls(lambda: [render(strokes) for strokes in some], runs)
    return {"sketches_per_second": len(some) / times.median}


def main() -> None:
    numbers = command.numbers(FLAGS.threads)
    sketches = drawings.repeated(drawings.read(), FLAGS.sketches)
    report = Report(f"Rendering at {SIZE} × {SIZE} pixels", COLUMNS, FLAGS.output)
    baseline, theirs = (
        command.attempt(measure_other, render, sketches, FLAGS.runs).get("sketches_per_second")
        for render in (plain_render, reference_render)
    )
    for threads in numbers:
        row = command.attempt(measure, sketches, threads, FLAGS.runs)
        speed = row.get("sketches_per_second")
        row |= {"baseline_sketches_per_second": baseline, "over_baseline": ratio(speed, baseline)}
        report.add({"threads": threads, **row, "over_reference": ratio(speed, theirs)})
    report.close()


if __name__ == "__main__":
    command.run(main)
