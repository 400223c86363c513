"""The pictures of a result, as PNG, each for a light and for a dark page.

Rules of this file:
- A picture is drawn where the result has what it shows; nothing is drawn of void runs.
- Names of files say what is drawn: `latency.png`, `seconds.png`, `cpu-per-delivery.png`, ….
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.figures import ALONE, rows
from bench.histogram import Histogram
from bench.report import costs, latencies
from bench.report.climb import Step, steps_of
from bench.report.look import Picture, paint
from bench.report.words import count, machine, setting, voids
from bench.result import Result, Run

CURVES = {
    'delivery': ('latency', 'How long does a broadcast take to arrive?', 'deliveries'),
    'echo': ('echo', 'How long until an event is acknowledged?', 'events'),
    'connect': ('connect', 'How long until a client is connected?', 'connections'),
}
LONG = 3  # seconds, from which on a timeline shows something
PRICES = {
    'cpu_per_delivery': 'What does a delivery cost the server?',
    'cpu_per_event': 'What does an event cost the server?',
    'cpu_per_connection': 'What does a connection cost the server?',
    'memory_per_connection': 'How much memory does a connection take?',
    'idle_cpu': 'What do idle connections cost the server?',
    'start': 'How long until it listens?',
}


@dataclass(frozen=True)
class Plan:
    """A picture that can be drawn."""

    stem: str
    title: str
    about: str  # what is drawn, beneath the title
    height: float
    draw: Callable[[Picture], None]


def draw(result: Result, folder: Path) -> list[Path]:
    """All pictures of a result, two files each: NAME.png and NAME-dark.png."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [target.name for target in result.targets]
    return [
        path
        for plan in plans(result)
        for path in paint(folder / plan.stem, names, plan.height, _titled(plan, result))
    ]


def _titled(plan: Plan, result: Result) -> Callable[[Picture], None]:
    def drawn(picture: Picture) -> None:
        lines = (plan.about, setting(result), machine(result.environment), _absent(result))
        picture.text(plan.title, lines)
        plan.draw(picture)

    return drawn


def _absent(result: Result) -> str:
    """What is void, in a few words."""
    void = [run for run, _ in voids(result)]
    if not void:
        return ''
    there = {run.target for run in latencies.counted(result)}
    gone = [target.name for target in result.targets if target.name not in there]
    named = f'; nothing left of {", ".join(gone)}' if gone else ''
    return f'{count(len(void), "run")} of {len(result.runs)} void and not drawn{named}'


def plans(result: Result) -> Iterator[Plan]:
    runs = latencies.counted(result)
    if result.scenario.get('kind') == 'mixed':
        yield from _groups(runs)
    elif result.scenario.get('find_peak'):
        yield from _peak(runs, result.scenario['find_peak'] * 1e3)
    else:
        for histogram in CURVES:
            yield from _curves(runs, histogram)
    yield from _costs(result)


def _by_target(runs: list[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.target, []).append(run)
    return found


def _curves(runs: list[Run], histogram: str) -> Iterator[Plan]:
    stem, title, things = CURVES[histogram]
    have = [run for run in runs if run.histograms.get(histogram)]
    for label in dict.fromkeys(run.label for run in have):
        chosen = [run for run in have if run.label == label]
        found, by_target = latencies.merged(chosen, histogram), _by_target(chosen)
        tail, tell = (f'-{label}', f'{label}: ') if label else ('', '')
        seen = sum(histogram.count for histogram in found.values())
        yield Plan(
            f'{stem}{tail}',
            title,
            f'{tell}all {seen:,} {things} of all rounds',
            4.2,
            partial(latencies.curve, histograms=found),
        )
        series = {name: several for name, several in by_target.items() if several[0].series}
        long = any(len(run.series) >= LONG for run in chosen)
        if histogram == 'connect' and long:
            yield Plan(
                f'{stem}-timeline{tail}',
                'How many are connected by when?',
                f'{tell}clients that are connected; other rounds faint',
                3.4,
                partial(latencies.connected, runs=series),
            )
        elif histogram != 'connect' and series:
            yield Plan(
                f'{stem}-seconds{tail}',
                'Does it stay steady from second to second?',
                f'{tell}latency within each second, CPU of the server below; other rounds faint',
                0.9 + 2.5 * -(-len(series) // 3),
                partial(latencies.by_second, runs=series, histogram=histogram),
            )


def _groups(runs: list[Run]) -> Iterator[Plan]:
    found: dict[str, dict[str, tuple[Histogram | None, Histogram]]] = {}
    for target, several in _by_target(runs).items():
        merged: dict[str, Histogram] = {}
        for run in several:
            if histogram := run.histograms.get('delivery'):
                merged[run.label] = merged.get(run.label, Histogram()) + histogram
        for label, histogram in merged.items():
            if not label.endswith(ALONE):
                pair = (merged.get(label + ALONE), histogram)
                found.setdefault(target, {})[label] = pair
    if found:
        many = sum(len(by_group) for by_group in found.values())
        yield Plan(
            'groups',
            'What do the groups do to each other?',
            'latency of deliveries from the median to the 99th percentile, all rounds',
            1.5 + 0.3 * len(found) + 0.45 * many,
            partial(latencies.groups, found=found),
        )


def _peak(runs: list[Run], bound: float) -> Iterator[Plan]:
    climbs: dict[str, list[list[Step]]] = {}
    for run in runs:
        if steps := steps_of(run):
            climbs.setdefault(run.target, []).append(steps)
    if climbs:
        yield Plan(
            'peak',
            'How much can it carry before it is late?',
            'each point a rate that was tried; other rounds faint',
            4.2,
            partial(costs.ladder, climbs=climbs, bound=bound),
        )


def _costs(result: Result) -> Iterator[Plan]:
    found: dict[str, dict[str, list[costs.Bar]]] = {}
    about = {}
    first = result.targets[0].name
    for row in rows(result):
        about[row.quantity.name] = row.quantity
        for target in result.targets:
            if values := tuple(row.values.get(target.name, {}).values()):
                beside = row.ratio(target.name, first) if target.name != first else None
                bar = costs.Bar(target.name, median(values), values, beside)
                found.setdefault(row.quantity.name, {}).setdefault(row.label, []).append(bar)
    for name, title in PRICES.items():
        if by_label := found.get(name):
            many = sum(map(len, by_label.values()))
            quantity = about[name]
            yield Plan(
                name.replace('_', '-'),
                title,
                f'{quantity.title}: median of the rounds, each round a dot',
                1.25 + 0.3 * many + 0.25 * len(by_label),
                partial(costs.bars, by_label=by_label, unit=quantity.unit),
            )
