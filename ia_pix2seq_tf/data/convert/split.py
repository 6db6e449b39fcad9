"""Which drawings of a category are kept, and in which split each goes."""

import hashlib
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ia_pix2seq_tf.data.files import SPLITS, DataError

_OVERHEAD = 256  # bytes that a drawing takes besides its points
_MOST = 1e9  # drawings of a split


@dataclass(frozen=True)
class Parts:
    """Sizes of the splits `train`, `valid` and `test`: all counts, or all shares of what there is."""

    sizes: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (all(0 <= size <= _MOST for size in self.sizes) and self.sizes[0] and self._are_sound()):
            raise DataError(
                "expected the sizes of train, valid and test, train not 0, as three whole numbers of drawings or as "
                f"three shares that sum to at most 1, found {', '.join(f'{size:g}' for size in self.sizes)}"
            )

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "Parts":
        """Makes parts of three numbers as text; raises DataError for others."""
        try:
            train, valid, test = map(float, texts)
        except ValueError:
            raise DataError(f"expected sizes of train, valid and test, found {','.join(texts)!r}") from None
        return cls((train, valid, test))

    def _are_sound(self) -> bool:
        return sum(self.sizes) <= 1 + 1e-9 if self.are_shares else all(float(n).is_integer() for n in self.sizes)

    @property
    def are_shares(self) -> bool:
        """Whether the sizes are shares; 1, 0, 0 is everything, not one drawing."""
        return max(self.sizes) <= 1

    @property
    def capacity(self) -> int | None:
        """How many drawings are wanted, None for as many as there are."""
        return None if self.are_shares else int(sum(self.sizes))

    def counts(self, available: int, category: str) -> list[int]:
        """How many of the available drawings go in each split: of shares, at least one if there are enough for all.

        Raises:
            DataError: if there are fewer than wanted, or none for `train`.
        """
        if self.are_shares:
            counts = self._shares(available)
            wanted = "at least one for 'train'"
        else:
            counts = [int(size) for size in self.sizes]
            wanted = f"{sum(counts):,} drawings ({', '.join(f'{count:,}' for count in counts)})"
        if sum(counts) > available or not counts[0]:
            raise DataError(f"category {category!r}: expected {wanted}, found {available:,} to be split")
        return counts

    def _shares(self, available: int) -> list[int]:
        """The shares in whole drawings; what rounds to none takes one of what is left over, or of the largest."""
        ends = [round(end * available) for end in np.cumsum(self.sizes)]
        counts = [int(count) for count in np.diff(ends, prepend=0)]
        wanted = [i for i, size in enumerate(self.sizes) if size > 0]
        if available < len(wanted):
            return counts
        for i in wanted:
            if not counts[i]:
                counts[i] = 1
                counts[counts.index(max(counts))] -= sum(counts) > available
        return counts


class Pool:
    """The drawings of one category that may be kept.

    Each drawing gets a number from its content and the seed. The `capacity` smallest are kept, and their order
    is the order of the drawings: a random sample in random order, the same whatever the order of the input.
    Equal drawings have equal numbers, by which they are found; where they are kept, they stand side by side.
    """

    def __init__(self, capacity: int | None, seed: int, deduplicate: bool):
        self.size = 0
        """Bytes of memory that is taken by all that is kept, about."""
        self._capacity, self._deduplicate = capacity, deduplicate
        self._key = seed.to_bytes(16, "little", signed=True)
        self._kept: dict[tuple[int, int], bytes] = {}
        self._heap: list[tuple[int, int]] = []  # negative numbers of what is kept, largest number first
        self._fixed: dict[str, list[bytes]] = {split: [] for split in SPLITS}
        self._fixed_numbers: set[int] = set()
        self._count = 0

    def add(self, strokes: np.ndarray, split: str | None = None) -> str | None:
        """Takes strokes int16 `[n, 3]`; returns None, or why some drawing, this or another, is not kept.

        Args:
            strokes: of the drawing.
            split: where it has to go, None for where its number says.
        """
        data = strokes.tobytes()
        number = int.from_bytes(hashlib.blake2b(data, digest_size=16, key=self._key).digest(), "big")
        self._count += 1
        entry = number, 0 if self._deduplicate else self._count
        if entry in self._kept or (self._deduplicate and number in self._fixed_numbers):
            return "duplicate"
        self.size += len(data) + _OVERHEAD
        if split is not None:
            self._fixed[split].append(data)
            self._fixed_numbers.add(number)
            return None
        self._kept[entry] = data
        if self._capacity is None:
            return None
        heapq.heappush(self._heap, (-entry[0], -entry[1]))
        if len(self._heap) <= self._capacity:
            return None
        largest, count = heapq.heappop(self._heap)
        self.size -= len(self._kept.pop((-largest, -count))) + _OVERHEAD
        return "not sampled"

    def splits(self, parts: Parts, category: str) -> dict[str, list[np.ndarray]]:
        """The strokes int16 `[n, 3]` of each split: those that had to go there, then the others'.

        Raises:
            DataError: as `Parts.counts`.
        """
        free = [self._kept[entry] for entry in sorted(self._kept)]
        needs_free = bool(free) or not self._fixed["train"]
        ends = list(itertools.accumulate(parts.counts(len(free), category))) if needs_free else [0, 0, 0]
        starts = [0, *ends[:-1]]
        return {
            split: [_unpacked(data) for data in [*self._fixed[split], *free[start:end]]]
            for split, start, end in zip(SPLITS, starts, ends, strict=True)
        }


def _unpacked(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.int16).reshape(-1, 3)
