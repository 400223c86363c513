"""The bar: what the gateway is held to, judged from results.

Rules of this file:
- A bar bounds a figure of the gateway, or its ratio to another target's or to another row's.
- Each names the scenario (bench/scenarios) that measures it, and the label and quantity there.
- What was not measured is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.figures import BY_NAME, Row, ratio, rows
from bench.result import Result

GATEWAY = 'gateway'
QUICK = '-quick'  # ends the name of a smoke test


@dataclass(frozen=True)
class Bar:
    scenario: str
    quantity: str
    limit: float
    target: str = ''  # beside which; without one beside the row of `other`, or by itself
    label: str = ''
    other: str = ''
    at_least: bool = False

    def __str__(self) -> str:
        sign, beside = '≥' if self.at_least else '≤', self.target or self.other
        if beside:
            return f'{sign} {self.limit:g} × {beside}'
        return f'{sign} {self.limit:g} {BY_NAME[self.quantity].unit}'

    def value(self, found: Mapping[tuple[str, str], Row]) -> float | None:
        """The figure, or the ratio."""
        row = found.get((self.label, self.quantity))
        if row is None:
            return None
        if self.target:
            return row.ratio(GATEWAY, self.target)
        if not self.other:
            return row.median(GATEWAY)
        beside = found.get((self.other, self.quantity))
        return (
            ratio(row.values.get(GATEWAY, {}), beside.values.get(GATEWAY, {})) if beside else None
        )


@dataclass(frozen=True)
class Verdict:
    bar: Bar
    figure: float | None  # the gateway's median
    value: float | None  # what the bar bounds: the figure, or a ratio

    @property
    def met(self) -> bool | None:
        """None: it was not measured."""
        if self.value is None:
            return None
        limit = self.bar.limit
        return self.value >= limit if self.bar.at_least else self.value <= limit

    def __str__(self) -> str:
        if self.value is None:
            return 'not measured'
        return f'{self.value:.3g} {"met" if self.met else "MISSED"}'


BARS = (
    *(
        Bar(scenario, 'cpu_per_delivery', limit, target)
        for scenario in ('cost-1000', 'cost-9000')
        for limit, target in ((1.5, 'send-loop'), (1.15, 'trial'), (0.5, 'node'))
    ),
    Bar('peak', 'peak', 4, 'send-loop', at_least=True),
    Bar('peak', 'peak', 10, 'node', at_least=True),
    Bar('openloop', 'p99', 0.6, 'node'),
    Bar('openloop', 'p99', 2, 'send-loop'),
    Bar('forms', 'cpu_per_delivery', 1.1, label='msgpack', other='json'),
    Bar('forms', 'cpu_per_delivery', 1.1, label='binary', other='json'),
    Bar('echo', 'cpu_per_event', 0.9, 'node'),
    Bar('connect', 'cpu_per_connection', 0.6, 'node'),
    Bar('memory-and-idle', 'memory_per_connection', 6),
    Bar('memory-and-idle', 'idle_cpu', 2),
    Bar('starvation', 'echo_p99', 10),
    Bar('start', 'start', 0.5),
    Bar('handlers', 'echo_p99', 1.1, label='asleep', other='calm'),
    Bar('handlers', 'added_per_event', 3, label='actions 64'),
    Bar('handlers', 'added_per_event', 3, label='actions 1mb'),
    Bar('handlers', 'added_per_event', 5, label='guard 64'),
    Bar('handlers', 'added_per_event', 5, label='guard 1mb'),
)
# What is measured for the bar, and what docs/performance.md has beside it.
SCENARIOS = (*dict.fromkeys(bar.scenario for bar in BARS), 'compression', 'tls')
TITLES: Mapping[str, str] = {
    'cost-1000': 'CPU per delivery, one broadcast at a time, 1,000 recipients',
    'cost-9000': 'CPU per delivery, one broadcast at a time, 9,000 recipients',
    'peak': 'peak deliveries a second to 1,000 recipients, p99 ≤ 50 ms',
    'openloop': 'p99 of deliveries, 50 broadcasts/s to 1,000 on schedule',
    'forms': 'CPU per delivery by form, 1,000 recipients',
    'echo': 'CPU per acknowledged event, 100 clients, pipelined',
    'connect': 'CPU per connection, 9,000 clients',
    'memory-and-idle': '9,000 clients at rest',
    'starvation': "p99 of one client's round trips while 9,000 receive 5 broadcasts/s",
    'start': 'start to listening, default configuration',
    'handlers': 'handlers and routes',
}


def named(result: Result) -> str:
    return str(result.scenario.get('name', '')).removesuffix(QUICK)


def verdicts(results: Iterable[Result]) -> Iterator[Verdict]:
    """One for each bar; the last result of a scenario is the one that counts."""
    found = {
        named(result): {(row.label, row.quantity.name): row for row in rows(result)}
        for result in results
    }
    for bar in BARS:
        mine = found.get(bar.scenario, {})
        row = mine.get((bar.label, bar.quantity))
        yield Verdict(bar, row.median(GATEWAY) if row else None, bar.value(mine))


def title(bar: Bar) -> str:
    """Of its row, in words."""
    text = TITLES[bar.scenario]
    if bar.scenario in {'memory-and-idle', 'handlers'}:
        text += f': {BY_NAME[bar.quantity].title}'
    return f'{text}, {bar.label}' if bar.label else text


def text(found: Iterable[Verdict]) -> str:
    """A line for each."""
    lines = [(title(one.bar), figure(one), str(one.bar), str(one)) for one in found]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return '\n'.join(
        '  '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def figure(one: Verdict) -> str:
    if one.figure is None:
        return '–'
    size = f'{one.figure:,.0f}' if one.figure >= 1000 else f'{one.figure:.3g}'
    return f'{size} {BY_NAME[one.bar.quantity].unit}'
