"""What became of the drawings that were read."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ia_pix2seq_tf.data.convert.drawing import Drawing
from ia_pix2seq_tf.data.doubts import Doubts
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.data.listing import percentile_text, table
from ia_pix2seq_tf.untrusted import counts_text

KEPT, NOT_SAMPLED, OVER = "kept", "not sampled", "over "
_MOST_EXAMINED = 1000  # drawings of a category
_MOST_MESSAGES = 10


@dataclass
class Summary:
    """Counts, for people to read.

    Attributes:
        outcomes: for each category, how many drawings were kept, and how many dropped for each reason.
        mended: drawings whose pen was down at the end.
        remarks: of other things that were done to drawings, how many they were done to.
        left_out: how many things of each kind were in the files of drawings but no part of them.
        joined: drawings whose pieces were joined, the lines that they had before, and those that they have.
        merged: the spellings of each category that has several.
        doubts: the signs of the drawings of each category, as they were read.
        damaged: drawings and ends of files that could not be read.
        messages: of the first of them.
        counts: for each category, how many drawings went in each split.
        lengths: for each category, the number of points of each drawing that was kept.
    """

    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    mended: int = 0
    remarks: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    joined: tuple[int, int, int] = (0, 0, 0)
    merged: dict[str, list[str]] = field(default_factory=dict)
    doubts: dict[str, Doubts] = field(default_factory=lambda: defaultdict(Doubts))
    damaged: int = 0
    messages: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    lengths: dict[str, list[int]] = field(default_factory=dict)

    def count_damage(self, message: str) -> None:
        """Counts what could not be read."""
        self.damaged += 1
        if len(self.messages) < _MOST_MESSAGES:
            self.messages.append(message)

    def examine(self, category: str, drawing: Drawing) -> None:
        """Looks for signs by which the drawings of a category are doubted; at the first `_MOST_EXAMINED` of them."""
        doubts = self.doubts[category]
        if doubts.examined < _MOST_EXAMINED:
            doubts.add(drawing.strokes())

    def count_mended(self, drawing: Drawing, joined: Drawing) -> None:
        """Counts what was done to a drawing that is kept: in reading it, and in joining its pieces."""
        self.mended += drawing.was_open
        self.remarks.update(drawing.remarks)
        self.left_out.update(drawing.left_out)
        if joined is not drawing:
            drawings, before, after = self.joined
            self.joined = drawings + 1, before + drawing.line_count, after + joined.line_count

    def rename(self, name: Callable[[str], str]) -> None:
        """Gives categories other names, a name of its own to each."""
        self.outcomes = defaultdict(Counter, {name(category): found for category, found in self.outcomes.items()})
        self.doubts = defaultdict(Doubts, {name(category): found for category, found in self.doubts.items()})

    def count_splits(self, category: str, splits: Mapping[str, Sequence[np.ndarray]]) -> None:
        """Counts what was written, of what was kept."""
        self.counts[category] = {split: len(sketches) for split, sketches in splits.items()}
        self.lengths[category] = [len(strokes) for sketches in splits.values() for strokes in sketches]
        outcomes, written = self.outcomes[category], len(self.lengths[category])
        if left := outcomes[KEPT] - written:
            outcomes[NOT_SAMPLED] += left
        outcomes[KEPT] = written

    def text(self) -> str:
        """The summary: a table by category, the lengths, what was mended, and what was damaged."""
        reasons = sorted({reason for counts in self.outcomes.values() for reason in counts} - {KEPT})
        rows: list[Sequence[object]] = [("category", "read", KEPT, *SPLITS, *reasons)]
        rows += [self._row(category, reasons) for category in sorted(self.outcomes)]
        if len(rows) > 2:
            numbers = zip(*(row[1:] for row in rows[1:]), strict=True)
            rows.append(("all", *(sum(column) for column in numbers)))
        names = sorted(self.lengths)
        lengths = [f"  {name}: {percentile_text(self.lengths[name])}" for name in names]
        notes = [*self._changes(), *self._warnings()]
        if self.damaged:
            more = [f"  and {self.damaged - len(self.messages):,} more"] if self.damaged > len(self.messages) else []
            notes += [f"{self.damaged:,} skipped as damaged:", *(f"  {message}" for message in self.messages), *more]
        return "\n".join([table(rows), "points of a drawing:", *lengths, *notes])

    def _changes(self) -> list[str]:
        """What was done to drawings unasked."""
        lines = [f"{self.mended:,} drawings that left the pen down at their end: lifted"] if self.mended else []
        lines += [f"{count:,} drawings {remark}" for remark, count in self.remarks.items()]
        lines += [f"left out: {counts_text(self.left_out)}"] if self.left_out else []
        drawings, before, after = self.joined
        lines += [f"joined: {drawings:,} drawings, {before:,} pieces to {after:,} strokes"] if drawings else []
        return lines + [f"one category {name!r}: {', '.join(map(repr, all_))}" for name, all_ in self.merged.items()]

    def _warnings(self) -> list[str]:
        """What was left as it is, though it is hardly meant so."""
        told = [
            f"  {category}: {name} ({doubts.shown[name]:,} of {doubts.able[name]:,} drawings)"
            for category, doubts in sorted(self.doubts.items())
            for name in doubts.told()
        ]
        empty = [
            f"no {split} drawings of {category}: train.py needs some, or --allow_empty_splits"
            for category, counts in self.counts.items()
            for split, count in counts.items()
            if not count
        ]
        return [*(["doubts:", *told] if told else []), *empty, *self._long()]

    def _long(self) -> list[str]:
        """What can be done where most drawings were dropped because of their points."""
        long = sum(n for counts in self.outcomes.values() for reason, n in counts.items() if reason.startswith(OVER))
        kept = sum(counts[KEPT] for counts in self.outcomes.values())
        return [f"{long:,} drawings have too many points: --simplify=always drops points"] if long > kept else []

    def _row(self, category: str, reasons: Sequence[str]) -> tuple[object, ...]:
        outcomes, counts = self.outcomes[category], self.counts.get(category, {})
        return (
            category,
            outcomes.total(),
            outcomes[KEPT],
            *(counts.get(split, 0) for split in SPLITS),
            *(outcomes[reason] for reason in reasons),
        )
