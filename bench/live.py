"""What a run tells while it lasts, on standard error: a panel, plain lines, or nothing.

Rules of this file:
- A run is told of as it happens; nothing here measures, and nothing here can fail a run.
- Telling costs next to nothing: a second's figures are noted, and shown at most four times a
  second by a thread of the lowest priority. The load comes first.
- Where it is not a terminal there are plain lines, one for each turn and each measurement.
"""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from bench.figures import Quantity
    from bench.histogram import Histogram
    from bench.result import Result, Run
    from bench.scenario import Scenario

MOST_FIGURES = 4  # of each measurement, in a line


class Seconds(Protocol):
    """One second of the load (load/measured.py: Tick)."""

    @property
    def second(self) -> int: ...
    @property
    def received(self) -> int: ...
    @property
    def connected(self) -> int: ...
    @property
    def latency(self) -> Histogram: ...


class ServerSeconds(Protocol):
    """One second of the server process (sampler.py: ServerSecond)."""

    @property
    def user(self) -> float: ...
    @property
    def system(self) -> float: ...
    @property
    def rss(self) -> int: ...


class Live:
    """Says nothing; what the others fill in. A context manager."""

    def begin(self, scenario: Scenario, targets: Sequence[str], rounds: int) -> None:
        """A scenario begins."""

    def turn(self, target: str, number: int) -> None:
        """A fresh target is started; rounds count from 0."""

    def phase(self, text: str, seconds: float | None = None) -> None:
        """What is being done now, and how long that takes where it is known."""

    def tick(self, tick: Seconds, server: ServerSeconds | None = None) -> None:
        """A second has passed."""

    def run(self, run: Run) -> None:
        """A measurement is done."""

    def end(self, result: Result) -> None:
        """The scenario is done, or was interrupted."""

    def close(self) -> None:
        """Nothing more will be told."""

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Lines(Live):
    """Plain lines."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.rounds = stream, 0

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads it any more
            print(text, file=self.stream, flush=True)

    def begin(self, scenario: Scenario, targets: Sequence[str], rounds: int) -> None:
        self.rounds = rounds
        self.say(f'{title(scenario)}: {", ".join(targets)}; {counted(rounds, "round")}')

    def turn(self, target: str, number: int) -> None:
        self.say(f'round {number + 1} of {self.rounds}: {target}')

    def run(self, run: Run) -> None:
        if run.void:
            self.say(f'  {labelled(run)}void: {", ".join(run.void)}')
        else:
            shown = [f'{quantity.title} {text}' for quantity, text in figures(run)]
            self.say(f'  {labelled(run)}{"; ".join(shown[:MOST_FIGURES]) or "done"}')

    def end(self, result: Result) -> None:
        if result.interrupted:
            self.say('interrupted')


@dataclass
class State:
    """What a panel shows: the latest of everything."""

    title: str = ''
    targets: tuple[str, ...] = ()
    rounds: int = 0
    target: str = ''
    round: int = 0
    phase: str = ''
    seconds: float | None = None  # that the phase takes
    since: float = 0.0  # when it began
    tick: Seconds | None = None
    server: ServerSeconds | None = None
    turns: int = 0  # begun so far
    voids: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # row, target: values
    quantities: dict[str, Quantity] = field(default_factory=dict)  # of each row

    def add(self, run: Run) -> None:
        if run.void:
            self.voids[run.target] += 1
            return
        for quantity, value in valued(run):
            row = f'{run.label}: {quantity.title}' if run.label else quantity.title
            self.quantities[row] = quantity
            self.found.setdefault(row, {}).setdefault(run.target, []).append(value)

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """What each row's median is so far, by target."""
        for row, values in list(self.found.items()):
            unit = self.quantities[row].unit
            yield (
                row,
                [
                    measure(median(values[target]), unit) if target in values else ''
                    for target in self.targets
                ],
            )


class Noted(Live):
    """Keeps the state that a panel shows; `changed` is told of each change."""

    def __init__(self) -> None:
        self.state = State()

    def changed(self) -> None:
        """There is something new to show."""

    def begin(self, scenario: Scenario, targets: Sequence[str], rounds: int) -> None:
        self.state = State(title(scenario), tuple(targets), rounds)
        self.changed()

    def turn(self, target: str, number: int) -> None:
        state = self.state
        state.target, state.round, state.turns = target, number, state.turns + 1
        self.phase('starting')

    def phase(self, text: str, seconds: float | None = None) -> None:
        state = self.state
        state.phase, state.seconds, state.since = text, seconds, monotonic()
        state.tick = state.server = None
        self.changed()

    def tick(self, tick: Seconds, server: ServerSeconds | None = None) -> None:
        self.state.tick, self.state.server = tick, server
        self.changed()

    def run(self, run: Run) -> None:
        self.state.add(run)
        self.changed()


def live(*, quiet: bool = False, plain: bool = False, stream: TextIO | None = None) -> Live:
    """The one that fits the stream (standard error) and what was asked for."""
    stream = stream or sys.stderr
    if quiet:
        return Live()
    if plain or not stream.isatty():
        return Lines(stream)
    try:
        from bench.panel import Panel  # noqa: PLC0415
    except ModuleNotFoundError:
        return Lines(stream)
    return Panel(stream)


def title(scenario: Scenario) -> str:
    return scenario.name or str(getattr(scenario, 'kind', ''))


def labelled(run: Run) -> str:
    return f'{run.label}: ' if run.label else ''


def counted(number: int, noun: str) -> str:
    return f'{number:,} {noun}{"" if number == 1 else "s"}'


def valued(run: Run) -> Iterable[tuple[Quantity, float]]:
    from bench.figures import QUANTITIES, value  # noqa: PLC0415

    for quantity in QUANTITIES:
        found = value(run, quantity)
        if found is not None:
            yield quantity, found


def figures(run: Run) -> Iterator[tuple[Quantity, str]]:
    """What a measurement found, as it is written."""
    for quantity, value in valued(run):
        yield quantity, measure(value, quantity.unit)


def measure(value: float, unit: str) -> str:
    """Three digits that count, and the unit."""
    text = f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'
    return f'{text} {unit}'.strip()
