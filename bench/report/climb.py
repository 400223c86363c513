"""The steps of a climb to the peak, from a run's notes."""

from __future__ import annotations

from collections.abc import Mapping
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
