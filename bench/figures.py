"""From runs to figures: what a run says of each quantity, and what rounds say together.

Rules of this file:
- A quantity is worked out from one run, or was counted under its name in `values`.
- A ratio is the median of each common round's own ratio, since machines drift between rounds.
- Void runs give no figure; what an interrupted run has found counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Literal

from bench.result import Result, Run

ALONE = ' alone'  # ends the label of a group that was measured by itself


@dataclass(frozen=True)
class Quantity:
    name: str
    title: str
    unit: str
    better: Literal['lower', 'higher']
    of: Callable[[Run], float | None] = field(default=lambda run: None, repr=False, compare=False)


def value(run: Run, quantity: Quantity) -> float | None:
    """What a run says of it; None where it says nothing."""
    counted = run.values.get(quantity.name)
    return quantity.of(run) if counted is None else counted


def over(amount: float, count: float) -> float | None:
    return amount / count if count > 0 else None


def cpu(run: Run, count: float) -> float | None:
    """Microseconds of the server for each."""
    return over(run.server.cpu * 1e6, count) if run.server else None


def added(run: Run) -> float:
    """Connections that were made while it ran."""
    found = run.histograms.get('connect')
    return found.count if found else 0


def answered(run: Run) -> int:
    """Acknowledged events, where they are what the run was for."""
    return 0 if run.received else run.acknowledged


def memory(run: Run) -> float | None:
    """KB for each connection beyond the first ones, at the end."""
    first, count = run.values.get('rss_first'), run.values.get('added', 0)
    if run.server is None or first is None:
        return None
    return over((run.server.rss_after - first) / 1000, count)


def idle(run: Run) -> float | None:
    if run.server is None or not run.connections:
        return None
    if run.received or run.events or run.histograms:
        return None
    return over(run.server.cpu * 100, run.seconds)


def latency(histogram: str, percent: float, run: Run) -> float | None:
    found = run.histograms.get(histogram)
    return found.percentile(percent) if found else None


def latencies(histogram: str, title: str, prefix: str, *names: str) -> Iterator[Quantity]:
    for name in names:
        of = partial(latency, histogram, PERCENTILES[name])
        yield Quantity(f'{prefix}{name}', f'{title}, {WORDS[name]}', 'ms', 'lower', of)


PERCENTILES: Mapping[str, float] = {'p50': 50, 'p90': 90, 'p99': 99, 'p999': 99.9, 'max': 100}
WORDS = {'p50': 'median', 'p90': 'p90', 'p99': 'p99', 'p999': 'p99.9', 'max': 'longest'}

QUANTITIES: tuple[Quantity, ...] = (
    Quantity('peak', 'peak', 'deliveries/s', 'higher'),
    Quantity(
        'cpu_per_delivery', 'CPU per delivery', 'µs', 'lower', lambda run: cpu(run, run.received)
    ),
    Quantity('cpu_per_event', 'CPU per event', 'µs', 'lower', lambda run: cpu(run, answered(run))),
    Quantity(
        'cpu_per_connection', 'CPU per connection', 'µs', 'lower', lambda run: cpu(run, added(run))
    ),
    Quantity('memory_per_connection', 'memory per connection', 'KB', 'lower', memory),
    Quantity('idle_cpu', 'CPU at rest', '%', 'lower', idle),
    *latencies('delivery', 'delivery', '', *PERCENTILES),
    *latencies('first', 'first recipient', 'first_', 'p50', 'p99'),
    *latencies('median', 'median recipient', 'median_', 'p50', 'p99'),
    *latencies('last', 'last recipient', 'last_', 'p50', 'p99'),
    *latencies('echo', 'round trip', 'echo_', *PERCENTILES),
    *latencies('connect', 'until connected', 'connect_', 'p50', 'p99', 'max'),
    Quantity(
        'all_connected',
        'until all are connected',
        's',
        'lower',
        lambda run: run.seconds if added(run) else None,
    ),
    Quantity(
        'deliveries_per_s',
        'deliveries',
        '/s',
        'higher',
        lambda run: over(run.received, run.seconds) if run.received else None,
    ),
    Quantity(
        'events_per_s',
        'events',
        '/s',
        'higher',
        lambda run: over(answered(run), run.seconds) if answered(run) else None,
    ),
    Quantity(
        'connections_per_s',
        'connections',
        '/s',
        'higher',
        lambda run: over(added(run), run.seconds) if added(run) else None,
    ),
    Quantity('bytes_per_delivery', 'bytes per delivery', 'bytes', 'lower'),
    Quantity('start', 'start to listening', 's', 'lower'),
    Quantity('added_per_event', 'added to an event', 'µs', 'lower'),
    Quantity(
        'memory',
        'memory of the server',
        'MB',
        'lower',
        lambda run: run.server.rss_after / 1e6 if run.server else None,
    ),
)
BY_NAME: Mapping[str, Quantity] = {quantity.name: quantity for quantity in QUANTITIES}
# Of a group in the company of others: beside itself alone, in the same round.
COMPANY = Quantity('p99_in_company', 'delivery, p99 in company', '× alone', 'lower')


@dataclass
class Row:
    """One quantity of the measurements with one label; of each target its rounds."""

    label: str
    quantity: Quantity
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    voids: dict[str, dict[int, str]] = field(default_factory=dict)

    def median(self, target: str) -> float | None:
        found = self.values.get(target)
        return median(found.values()) if found else None

    def spread(self, target: str) -> tuple[float, float] | None:
        """The lowest and the highest."""
        found = self.values.get(target)
        return (min(found.values()), max(found.values())) if found else None

    def ratio(self, target: str, other: str) -> float | None:
        """Times the other's, in the same row."""
        return ratio(self.values.get(target, {}), self.values.get(other, {}))


def ratio(mine: Mapping[int, float], theirs: Mapping[int, float]) -> float | None:
    """The median of each common round's ratio; of the medians where no round is common."""
    common = [found / theirs[round_] for round_, found in mine.items() if theirs.get(round_)]
    if common:
        return median(common)
    if not mine or not theirs:
        return None
    return over(median(mine.values()), median(theirs.values()))


def rows(result: Result) -> list[Row]:
    """All that the runs of a result say, by label, in the order of QUANTITIES."""
    found: dict[tuple[str, str], Row] = {}
    labels = dict.fromkeys(run.label for run in result.runs)
    for label in labels:
        runs = [run for run in result.runs if run.label == label and not run.void]
        for quantity in QUANTITIES:
            for run in runs:
                figure = value(run, quantity)
                if figure is not None:
                    row = found.setdefault((label, quantity.name), Row(label, quantity))
                    row.values.setdefault(run.target, {})[run.round] = figure
    for label in labels:
        add_company(found, label)
    for run in result.runs:
        if run.void:
            for row in found.values():  # a round that failed has no label
                whole = not run.label and run.round not in row.values.get(run.target, {})
                if run.label == row.label or whole:
                    row.voids.setdefault(run.target, {})[run.round] = ', '.join(run.void)
    return list(found.values())


def add_company(found: dict[tuple[str, str], Row], label: str) -> None:
    """How a group fares among others, beside itself alone."""
    alone = found.get((label, 'p99'))
    group = label.removesuffix(ALONE)
    together = found.get((group, 'p99'))
    if group == label or alone is None or together is None:
        return
    row = Row(group, COMPANY)
    for target, rounds in together.values.items():
        mates = alone.values.get(target, {})
        ratios = {at: late / mates[at] for at, late in rounds.items() if mates.get(at)}
        if ratios:
            row.values[target] = ratios
    if row.values:
        found[group, COMPANY.name] = row
