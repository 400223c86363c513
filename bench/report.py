"""The bars, and the table of figures beside them, as markdown and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.stats import Figure


@dataclass(frozen=True)
class Bar:
    """A bound on the gateway's figure: of itself, or of its ratio to another target or row."""

    row: str
    limit: float
    target: str = ''
    other_row: str = ''
    at_least: bool = False

    def __str__(self) -> str:
        sign = '≥' if self.at_least else '≤'
        of = f' × {self.target or self.other_row}' if self.target or self.other_row else ''
        return f'{sign} {self.limit:g}{of}'

    def judge(self, figures: Sequence[Figure]) -> str:
        found = {(figure.row, figure.target): figure for figure in figures}
        mine = found.get((self.row, 'gateway'))
        if not mine or mine.median is None:
            return 'not measured'
        value: float | None = mine.median
        if self.target or self.other_row:
            other = found.get((self.other_row or self.row, self.target or 'gateway'))
            value = mine.ratio(other) if other else None
        if value is None:
            return 'not measured'
        met = value >= self.limit if self.at_least else value <= self.limit
        return f'{value:.3g} {"met" if met else "MISSED"}'


TITLES = {
    'cost-1000': 'CPU per delivery, one broadcast at a time, 1,000 recipients',
    'cost-9000': 'CPU per delivery, one broadcast at a time, 9,000 recipients',
    'peak': 'peak deliveries a second, 1,000 recipients, p99 ≤ 50 ms',
    'openloop': 'open loop, 50 broadcasts/s × 1,000: p99',
    'binary-json': 'CPU per delivery, JSON (beside the next row)',
    'binary-binary': 'CPU per delivery, one binary attachment',
    'msgpack-json': 'CPU per delivery, JSON (beside the next row)',
    'msgpack-msgpack': 'CPU per delivery, msgpack',
    'echo': 'acknowledged event, 100 clients, pipelined: CPU per event',
    'connect': 'handshake + CONNECT: CPU per connection',
    'memory': 'resident memory per idle connection',
    'idle': 'idle CPU, heartbeats at 25 s',
    'starvation': 'echo p99 of one client while all receive 5 broadcasts/s',
    'handlers-calm': 'echo p99 of 100 clients',
    'handlers-asleep': 'echo p99 of 100 clients while 16 plain handlers sleep',
    'event-bare': 'acknowledged event, bare route: CPU per event',
    'event-actions': 'acknowledged event, route of two actions: CPU per event',
    'event-async': 'acknowledged event, `async def` handler: CPU per event',
    'event-def': 'acknowledged event, `def` handler in a thread: CPU per event',
    'route-actions-64': 'what two actions add to a bare route, 64 bytes',
    'route-actions-1mb': 'what two actions add to a bare route, 1 MB',
    'route-guard-64': 'what a CEL guard adds to a bare route, 64 bytes',
    'route-guard-1mb': 'what a CEL guard adds to a bare route, 1 MB',
    'start': 'start to listening',
    'tls-connect': 'CPU per connection, plain and TLS',
    'tls-memory': 'resident memory per connection, plain and TLS',
    'tls-cpu': 'CPU per delivery of 64 bytes, plain and TLS',
    'deflate-cpu-1k': 'permessage-deflate, 1 KB of text to 1,000: CPU per delivery',
    'deflate-bytes-1k': 'the same: bytes per delivery',
    'deflate-memory-1k': 'the same: resident memory per connection',
    'deflate-cpu-16k': 'permessage-deflate, 16 KB of text to 1,000: CPU per delivery',
    'deflate-bytes-16k': 'the same: bytes per delivery',
    'deflate-memory-16k': 'the same: resident memory per connection',
}

NOISY = 0.1  # of a core

BARS = (
    Bar('cost-1000', 1.5, 'c-loop'),
    Bar('cost-1000', 1.15, 'trial'),
    Bar('cost-1000', 0.5, 'node'),
    Bar('cost-9000', 1.5, 'c-loop'),
    Bar('cost-9000', 1.15, 'trial'),
    Bar('cost-9000', 0.5, 'node'),
    Bar('peak', 4, 'c-loop', at_least=True),
    Bar('peak', 10, 'node', at_least=True),
    Bar('openloop', 0.6, 'node'),
    Bar('openloop', 2, 'c-loop'),
    Bar('binary-binary', 1.1, other_row='binary-json'),
    Bar('msgpack-msgpack', 1.1, other_row='msgpack-json'),
    Bar('echo', 0.9, 'node'),
    Bar('connect', 0.6, 'node'),
    Bar('memory', 6),
    Bar('idle', 2),
    Bar('starvation', 10),
    Bar('handlers-asleep', 1.1, other_row='handlers-calm'),
    Bar('route-actions-64', 3),
    Bar('route-actions-1mb', 3),
    Bar('route-guard-64', 5),
    Bar('route-guard-1mb', 5),
    Bar('start', 0.5),
)


def number(value: float) -> str:
    return f'{value:,.0f}' if abs(value) >= 1000 else f'{value:.3g}'


def cell(figure: Figure | None) -> str:
    if figure is None:
        return '–'
    if figure.median is None or figure.spread is None:
        return f'void ({next(iter(figure.voids.values()), "no round")})'
    low, high = figure.spread
    text = f'{number(figure.median)} ({number(low)}–{number(high)})'
    return text + (f', {len(figure.voids)} void' if figure.voids else '')


def markdown(figures: Sequence[Figure], about: Mapping[str, object]) -> str:
    found = {(figure.row, figure.target): figure for figure in figures}
    targets = list(dict.fromkeys(figure.target for figure in figures))
    lines = [
        'Medians of rounds (lowest–highest).',
        '',
        f'| figure | unit | {" | ".join(targets)} | bar: result |',
        f'|---|---|{"---|" * len(targets)}---|',
    ]
    for row in dict.fromkeys(figure.row for figure in figures):
        unit = next(figure.unit for figure in figures if figure.row == row)
        cells = ' | '.join(cell(found.get((row, target))) for target in targets)
        bars = '; '.join(f'{bar}: {bar.judge(figures)}' for bar in BARS if bar.row == row)
        lines.append(f'| {TITLES.get(row, row)} | {unit} | {cells} | {bars or "–"} |')
    voids = [
        f'- {figure.row}, {figure.target}, round {turn}: {reason}'
        for figure in figures
        for turn, reason in figure.voids.items()
    ]
    if voids:
        lines += ['', 'Void rounds:', '', *voids]
    rounds = [noise for figure in figures for noise in figure.noise.values()]
    noisy = sum(noise['others'] > NOISY or noise['stolen'] > NOISY for noise in rounds)
    lines += ['', f'Rounds during which other work took more than {NOISY} of a core: ']
    lines[-1] += f'{noisy} of {len(rounds)}.'
    lines += ['', *(f'- {name}: {value}' for name, value in about.items())]
    return '\n'.join(lines) + '\n'
