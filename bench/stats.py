"""Histograms of nanoseconds and figures over rounds.

Histograms are added up, percentiles never averaged. A percentile is the highest value of the step
that holds it (the load generator's steps are 0.8 % wide), so it is never too good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median


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

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram.of((*self.steps, *other.steps))

    @property
    def count(self) -> int:
        return sum(count for _, count in self.steps)

    def percentile(self, percent: float) -> float:
        """Milliseconds below which `percent` of the samples lie; NaN where there is none."""
        if not 0 < percent <= 100:
            raise ValueError(f'not a percentage: {percent}')
        rank, seen = self.count * percent / 100, 0
        for value, count in self.steps:
            seen += count
            if seen >= rank:
                return value / 1e6
        return float('nan')


@dataclass
class Figure:
    """One quantity of one target, a value for each round; rounds that failed have a reason."""

    row: str
    target: str
    unit: str
    values: dict[int, float] = field(default_factory=dict)
    voids: dict[int, str] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)
    noise: dict[int, dict[str, float]] = field(default_factory=dict)  # cores' worth of work

    @property
    def median(self) -> float | None:
        return median(self.values.values()) if self.values else None

    @property
    def spread(self) -> tuple[float, float] | None:
        return (min(self.values.values()), max(self.values.values())) if self.values else None

    def ratio(self, other: Figure) -> float | None:
        """The median of each common round's ratio; of the medians where no round is common."""
        common = [v / other.values[i] for i, v in self.values.items() if other.values.get(i)]
        if common:
            return median(common)
        mine, theirs = self.median, other.median
        return mine / theirs if mine is not None and theirs else None

    def as_json(self) -> Mapping[str, object]:
        return {
            'row': self.row,
            'target': self.target,
            'unit': self.unit,
            'median': self.median,
            'spread': self.spread,
            'rounds': self.values,
            'void': self.voids,
            'notes': self.notes,
            'noise': self.noise,
        }
