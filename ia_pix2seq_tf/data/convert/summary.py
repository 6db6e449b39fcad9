"""What became of the drawings that were read."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.data.listing import percentile_text, table

KEPT, NOT_SAMPLED = "kept", "not sampled"
_MOST_MESSAGES = 10


@dataclass
class Summary:
    """Counts, for people to read.

    Attributes:
        outcomes: for each category, how many drawings were kept, and how many dropped for each reason.
        mended: drawings whose pen was down at the end.
        of_pairs: drawings whose lines were read as lists of points.
        damaged: drawings and ends of files that could not be read.
        messages: of the first of them.
        counts: for each category, how many drawings went in each split.
        lengths: for each category, the number of points of each drawing that was kept.
    """

    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    mended: int = 0
    of_pairs: int = 0
    damaged: int = 0
    messages: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    lengths: dict[str, list[int]] = field(default_factory=dict)

    def count_damage(self, message: str) -> None:
        """Counts what could not be read."""
        self.damaged += 1
        if len(self.messages) < _MOST_MESSAGES:
            self.messages.append(message)

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
        notes = [f"{self.mended:,} drawings that left the pen down at their end: lifted"] if self.mended else []
        if self.of_pairs:
            notes += [f"{self.of_pairs:,} drawings of points [x, y], as all lines of their files are: read so"]
        if self.damaged:
            more = [f"  and {self.damaged - len(self.messages):,} more"] if self.damaged > len(self.messages) else []
            notes += [f"{self.damaged:,} skipped as damaged:", *(f"  {message}" for message in self.messages), *more]
        return "\n".join([table(rows), "points of a drawing:", *lengths, *notes])

    def _row(self, category: str, reasons: Sequence[str]) -> tuple[object, ...]:
        outcomes, counts = self.outcomes[category], self.counts.get(category, {})
        return (
            category,
            outcomes.total(),
            outcomes[KEPT],
            *(counts.get(split, 0) for split in SPLITS),
            *(outcomes[reason] for reason in reasons),
        )
