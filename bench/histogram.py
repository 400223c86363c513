"""Distributions of latencies, in nanoseconds, as HDR histograms keep them.

Rules of this file:
- Every sample is counted; a value is known to its step, 0.8 % wide (128 steps to a power of two,
  the same as native/histogram.h).
- Histograms are added up, percentiles never averaged.
- A percentile is the highest value of the step that holds it, so it is never too good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

STEP_BITS = 7
STEPS = 1 << STEP_BITS
MOST_NS = (1 << 46) - 1  # some twenty hours


def highest(nanoseconds: int) -> int:
    """The highest value of the step that holds a latency."""
    value = min(max(0, nanoseconds), MOST_NS)
    if value < STEPS * 2:
        return value
    shift = value.bit_length() - 1 - STEP_BITS
    return (((value >> shift) + 1) << shift) - 1


@dataclass(frozen=True)
class Histogram:
    """(highest nanosecond of a step, count), sorted."""

    steps: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[Iterable[int]]) -> Histogram:
        counts: Counter[int] = Counter()
        for value, count in pairs:
            if value < 0 or count < 1:
                raise ValueError(f'not a step of a histogram: {value}, {count}')
            counts[value] += count
        return cls(tuple(sorted(counts.items())))

    @classmethod
    def from_samples(cls, nanoseconds: Iterable[int]) -> Histogram:
        return cls(tuple(sorted(Counter(map(highest, nanoseconds)).items())))

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram.of((*self.steps, *other.steps))

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def count(self) -> int:
        return sum(count for _, count in self.steps)

    @property
    def mean(self) -> float:
        """Milliseconds; NaN where there is none."""
        if not self.steps:
            return float('nan')
        return sum(value * count for value, count in self.steps) / self.count / 1e6

    def percentile(self, percent: float) -> float:
        """Milliseconds below which `percent` of the samples lie; NaN where there is none."""
        if not 0 < percent <= 100:
            raise ValueError(f'not a percentage: {percent}')
        rank, seen = round(self.count * percent / 100, 6), 0  # a float may be just above it
        for value, count in self.steps:
            seen += count
            if seen >= rank:
                return value / 1e6
        return float('nan')

    def curve(self) -> Iterator[tuple[float, float]]:
        """(percentile, milliseconds) of each step, for a plot."""
        seen, whole = 0, self.count
        for value, count in self.steps:
            seen += count
            yield seen / whole * 100, value / 1e6
