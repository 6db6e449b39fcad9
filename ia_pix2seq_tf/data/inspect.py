"""A look at files of drawings before a model is trained on them.

    python -m ia_pix2seq_tf.data.inspect data/cat.npz data/pig.npz --output=sheet.png

Prints of each `.npz` how many sketches it has and how long and large they are, what is wrong with them, and which
are equal; `docs/data.md` explains the lines. Ends with 0 unless a file could not be read.
"""

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.data import names
from ia_pix2seq_tf.data.doubts import PADDING, Doubts, padding
from ia_pix2seq_tf.data.files import INT16, SPLITS
from ia_pix2seq_tf.data.listing import example_sheet, percentile_text, table
from ia_pix2seq_tf.data.npz import DataError, array_sizes, read_npz
from ia_pix2seq_tf.strokes import LIMIT, bounds

FLAGS = flags.FLAGS
flags.DEFINE_string("output", None, "Where to draw examples of each split, .png or .svg; default: nowhere.")

_INDICES = 5  # how many of the sketches with a problem are named
_LARGEST_DRAWN = 1e9  # offsets of sketches on the sheet


@dataclass
class SplitReport:
    """What one split holds.

    Attributes:
        images: side of its images, if it holds those instead of sketches.
        sketches: numbers `[n, 3]` of each sketch, None for what is none.
        problems: the indices of the sketches that have each.
        digests: of the content of each sketch that is one.
    """

    images: int | None = None
    sketches: list[np.ndarray | None] = field(default_factory=list)
    problems: dict[str, list[int]] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    @property
    def sound(self) -> list[np.ndarray]:
        """The sketches with points, all of them finite."""
        return [strokes for _, strokes in self.numbered]

    @property
    def numbered(self) -> list[tuple[int, np.ndarray]]:
        """The sound sketches, each with its index."""
        return [(i, s) for i, s in enumerate(self.sketches) if s is not None and len(s) and np.isfinite(s).all()]


def inspect_file(path: str | os.PathLike) -> dict[str, SplitReport]:
    """Examines the splits that a file has.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if it is no archive of arrays, or has no split.
    """
    try:
        names = [split for split in SPLITS if split in array_sizes(path)]
        arrays = read_npz(path, names)
    except (DataError, FileNotFoundError):
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected an .npz archive, found: {error}") from error
    if not names:
        raise DataError(f"{path}: expected one of the arrays {', '.join(SPLITS)}, found none of them")
    reports = {name: inspect_split(array) for name, array in arrays.items()}
    _doubt(reports.values())
    return reports


def _doubt(reports: Iterable[SplitReport]) -> None:
    """Adds to the problems those that only all sketches of a file together show."""
    doubts, signs = Doubts(), []
    for report in reports:
        signs += [(report, i, name) for i, s in report.numbered for name in doubts.add(s)]
    told = doubts.told()
    for report, i, name in signs:
        if name in told:
            report.problems.setdefault(name, []).append(i)


def inspect_split(array: np.ndarray) -> SplitReport:
    """Examines an array of sketches `[n, 3]`."""
    if array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] != 3:
        return SplitReport(images=array.shape[2], sketches=[None] * len(array))
    report = SplitReport()
    for i, cell in enumerate(np.atleast_1d(array)):
        strokes = _numbers(cell)
        report.sketches.append(strokes)
        if strokes is not None:
            report.digests.append(hashlib.blake2b(strokes.tobytes(), digest_size=16).digest())
        for problem in _problems(strokes):
            report.problems.setdefault(problem, []).append(i)
    return report


def report_text(path: str | os.PathLike, splits: Mapping[str, SplitReport]) -> str:
    """What was found in a file, for people to read."""
    lines = [str(path), *(f"  its name {doubt}" for doubt in names.doubts_of_file(path))]
    if any(report.images for report in splits.values()):
        return "\n".join([*lines, *(f"  {s}: {len(r.sketches):,} images, {r.images} wide" for s, r in splits.items())])
    missing = [split for split in SPLITS if split not in splits]
    lines += [f"  no array {', '.join(map(repr, missing))}: training needs it"] if missing else []
    lines += [_indented(table([_HEAD, *(_row(split, report) for split, report in splits.items())]))]
    for name, measure in _MEASURES.items():
        lines += [f"  {name}"]
        lines += [f"    {s}: {percentile_text([measure(x) for x in report.sound])}" for s, report in splits.items()]
    problems = [_problem_line(s, name, found) for s, r in splits.items() for name, found in r.problems.items()]
    lines += ["  problems", *(problems or ["    none"])]
    lines += ["  equal sketches", *(_duplicates(splits) or ["    none"])]
    return "\n".join(lines)


_HEAD = ("split", "sketches", "points", "scale factor", "first row (0, 0)", "longest")
_MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "points of a sketch": len,
    "longest side of a sketch, in units of the file": lambda strokes: _side(strokes),
}


def _row(split: str, report: SplitReport) -> tuple[object, ...]:
    """A row of the table: counts, and the scale by which training would divide offsets."""
    sound = report.sound
    points = np.concatenate(sound) if sound else np.zeros((0, 3))
    deviation = np.std(np.clip(points[:, :2], -LIMIT, LIMIT)) if len(points) else 0.0
    starts = sum(1 for strokes in sound if not strokes[0, :2].any())
    return split, len(report.sketches), len(points), f"{deviation:.4g}", starts, max(map(len, sound), default=0)


def _side(strokes: np.ndarray) -> float:
    min_x, max_x, min_y, max_y = bounds(strokes)
    return max(max_x - min_x, max_y - min_y)


def _numbers(cell: object) -> np.ndarray | None:
    """A sketch as float64 `[n, 3]`, or None if it is none."""
    try:
        strokes = np.asarray(cell).astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return strokes if strokes.ndim == 2 and strokes.shape[1] == 3 else None


def _problems(strokes: np.ndarray | None) -> list[str]:
    """What is wrong with a sketch."""
    if strokes is None:
        return ["not numbers [n, 3]"]
    if not len(strokes):
        return ["no points"]
    if not np.isfinite(strokes).all():
        return ["NaN or infinite"]
    offsets, pen = np.abs(strokes[:, :2]), strokes[:, 2]
    faults = {
        "a pen that is not 0 or 1": not np.isin(pen, (0, 1)).all(),
        "pen not lifted at the end": pen[-1] != 1,
        "only a dot": not offsets.any(),
        "offsets that are not whole": not (offsets == np.rint(offsets)).all(),
        f"offsets beyond +-{LIMIT}, clamped in training": offsets.max() > LIMIT,
        f"offsets beyond int16 (+-{INT16.max})": offsets.max() > INT16.max,
        PADDING: any(padding(strokes)),
    }
    return [name for name, is_there in faults.items() if is_there]


def _problem_line(split: str, name: str, found: Sequence[int]) -> str:
    more = ", ..." if len(found) > _INDICES else ""
    link = "in which" if name.endswith("?") else "with"
    return f"    {split}: {len(found):,} {link} {name} (sketch {', '.join(map(str, found[:_INDICES]))}{more})"


def _duplicates(splits: Mapping[str, SplitReport]) -> list[str]:
    """Lines on sketches that are equal to others of their split, or to one of another split."""
    counts = {split: Counter(report.digests) for split, report in splits.items()}
    lines = []
    for split, found in counts.items():
        if extra := found.total() - len(found):
            lines.append(f"    {split}: {extra:,} equal to an earlier one of {split}")
    names = list(counts)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if shared := sum(n for digest, n in counts[second].items() if digest in counts[first]):
                lines.append(f"    {second}: {shared:,} equal to one of {first}")
    return lines


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _write_sheet(reports: Mapping[str, Mapping[str, SplitReport]], path: str) -> None:
    """Draws examples of what can be drawn."""
    examples = {
        f"{os.path.basename(file)} {split}": [s for s in report.sound if np.abs(s).max() < _LARGEST_DRAWN]
        for file, splits in reports.items()
        for split, report in splits.items()
    }
    example_sheet(examples, path, captions=True)


@console.Program("inspect", __doc__, takes=".npz files")
def main(paths: list[str]) -> None:
    reports = {}

    def look(path: str) -> None:
        reports[path] = inspect_file(path)
        print(report_text(path, reports[path]))

    def draw() -> None:
        if FLAGS.output and reports:
            _write_sheet(reports, FLAGS.output)

    looks = (functools.partial(look, path) for path in paths)
    console.attempt_all([*looks, draw], errors=(*console.ERRORS, ImportError))


if __name__ == "__main__":
    main()
