"""Climbs to the peak: their steps, from a run's notes, and which of several stands for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.result import Run


@dataclass(frozen=True)
class Step:
    """One rate of a climb."""

    deliveries: float  # a second
    p99: float  # milliseconds
    failed: str = ''  # why

    @classmethod
    def of(cls, note: Mapping[str, Any]) -> Step:
        """As a run's notes have it."""
        return cls(note['deliveries'], note['p99_ms'], note.get('failed') or '')


def steps_of(run: Run) -> list[Step]:
    """The climb of a run, from the lowest rate to the highest."""
    steps = (Step.of(note) for note in run.notes.get('ladder', ()))
    return sorted(steps, key=lambda step: step.deliveries)


def end(steps: Sequence[Step]) -> float:
    """The highest rate that was carried, deliveries a second; 0 where none was."""
    return max((step.deliveries for step in steps if not step.failed), default=0)


def typical(climbs: Sequence[Sequence[Step]]) -> Sequence[Step]:
    """The climb with the median end; of two in the middle the lower one."""
    return sorted(climbs, key=end)[(len(climbs) - 1) // 2]
