"""Figures under construction: one for each (row, target), filled round by round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.rig import Rig, Sample, Settings, rig
from bench.stats import Figure
from bench.targets import Target


class Figures:
    def __init__(self, settings: Settings, **units: str) -> None:
        self.settings, self.units = settings, units
        self.all: dict[tuple[str, str], Figure] = {}

    def of(self, row: str, target: Target) -> Figure:
        fresh = Figure(row, target.name, self.units[row])
        return self.all.setdefault((row, target.name), fresh)

    def add(self, row: str, target: Target, turn: int, value: float, void: str = '') -> None:
        figure = self.of(row, target)
        if void:
            figure.voids[turn] = void
        else:
            figure.values[turn] = value
        result = f'void: {void}' if void else f'{value:,.3f} {figure.unit}'
        self.settings.say(f'{row:14} {target.name:18} {turn}: {result}')

    def cost(self, row: str, target: Target, turn: int, sample: Sample, count: int) -> None:
        """CPU of the sample over what it did `count` times, unless the run is void."""
        self.add(row, target, turn, sample.cpu_ns / 1e3 / max(1, count), sample.faults)
        self.note(row, target, turn, sample)

    def note(self, row: str, target: Target, turn: int, sample: Sample) -> None:
        """How busy the server was, and how quiet the machine."""
        self.of(row, target).noise[turn] = {
            'server': round(sample.busy, 3),
            'others': round(sample.others, 3),
            'stolen': round(sample.stolen, 3),
        }

    @contextmanager
    def rig(self, target: Target, turn: int) -> Iterator[Rig]:
        """A fresh server and load. Should either fail, the round is void and the others go on."""
        try:
            with rig(self.settings, target) as it:
                yield it
        except (RuntimeError, TimeoutError) as error:
            for row in self.units:
                if turn not in self.of(row, target).values:
                    self.add(row, target, turn, 0, str(error) or type(error).__name__)

    def list(self) -> list[Figure]:
        return list(self.all.values())
