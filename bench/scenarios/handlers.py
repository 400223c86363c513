"""What handlers cost, and whom they keep waiting.

- handlers-calm, handlers-asleep: the 99th percentile of 100 clients' acknowledged events, one
  under way each; and the same while 16 plain handlers of another client sleep between two emits.
  One process, in turns, twice in each round.
- event-…: CPU per acknowledged event of 100 clients, four under way each, answered by a bare route,
  a route of two actions, a coroutine, a handler in a thread.
- route-…: what two actions and a CEL guard add to a bare route, with 64 bytes and with 1 MB.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

from bench.process import inherited
from bench.rig import Rig, Sample, Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure, Histogram
from bench.targets import GATEWAY, ROOT, Target
from bench.visitor import Visitor

CLIENTS: Final = 100
SLEEPERS: Final = 16  # as many as the gateway has threads for one client
MARGIN: Final = 1.5  # seconds that a handler sleeps beyond the run

BARE: Final = 'echo: {ack: "${args}"}'
KINDS: Final[Mapping[str, str]] = {
    'event-bare': GATEWAY,
    'event-actions': GATEWAY.replace(BARE, 'echo: [{set: {text: "${data}"}}, {ack: "${args}"}]'),
    'event-async': GATEWAY.replace(BARE, '') + 'handlers: [bench.served.looping]\n',
    'event-def': GATEWAY.replace(BARE, '') + 'handlers: [bench.served.threaded]\n',
}
ASLEEP: Final = ('handlers-calm', 'handlers-asleep')
ROUTES: Final = ('actions-64', 'actions-1mb', 'guard-64', 'guard-1mb')


def run(settings: Settings) -> list[Figure]:
    targets = settings.named('gateway')
    return [*asleep(settings, targets), *events(settings, targets), *routes(settings, targets)]


def asleep(settings: Settings, targets: list[Target]) -> list[Figure]:
    figures = Figures(settings, **dict.fromkeys(ASLEEP, 'ms'))
    config = GATEWAY + 'handlers: [bench.served.working]\n'
    for turn, target in settings.turns(targets):
        with figures.rig(replace(target, config=config), turn) as it:
            it.load.connect(CLIENTS)
            it.load.echo(settings.ms // 2, clients=CLIENTS, window=1)
            trips = dict.fromkeys(ASLEEP, Histogram())
            faults = dict.fromkeys(ASLEEP, '')
            order = ASLEEP if turn % 2 == 0 else ASLEEP[::-1]
            for row in (*order, *order[::-1]):
                late = ''
                if row == 'handlers-calm':
                    sample = echo(it, settings.ms)
                else:
                    sample, late = beside_sleepers(it, settings.ms)
                trips[row] += sample.run.echo
                faults[row] += sample.faults + late
                figures.note(row, target, turn, sample)
            for row in ASLEEP:
                figures.add(row, target, turn, trips[row].percentile(99), faults[row])
    return figures.list()


def echo(it: Rig, ms: int) -> Sample:
    return it.measure(partial(it.load.echo, ms, clients=CLIENTS, window=1))


def beside_sleepers(it: Rig, ms: int) -> tuple[Sample, str]:
    """The same while handlers sleep; and a complaint should one have woken meanwhile."""
    seconds = ms / 1e3 + MARGIN
    with Visitor(it.load.port) as visitor:
        begun = monotonic()
        visitor.emit(['work', seconds], SLEEPERS)
        visitor.hear(SLEEPERS)
        sample = echo(it, ms)
        late = 'a handler woke' if monotonic() - begun > seconds else ''
        visitor.hear(SLEEPERS)
    return sample, late


def events(settings: Settings, targets: list[Target]) -> list[Figure]:
    figures = Figures(settings, **dict.fromkeys(KINDS, 'µs'))
    for turn, target in settings.turns(targets):
        for row in KINDS if turn % 2 == 0 else reversed(KINDS):
            with figures.rig(replace(target, config=KINDS[row]), turn) as it:
                it.load.connect(CLIENTS)
                it.load.echo(settings.ms // 2, clients=CLIENTS, window=4)
                sample = it.measure(partial(it.load.echo, settings.ms, clients=CLIENTS, window=4))
                figures.cost(row, target, turn, sample, sample.run.acks)
    return figures.list()


def routes(settings: Settings, targets: list[Target]) -> list[Figure]:
    figures = Figures(settings, **{f'route-{name}': 'µs' for name in ROUTES})
    for target in targets:
        command = ['taskset', '-c', str(settings.server_core), target.argv[0]]
        output = subprocess.run(
            [*command, '-m', 'bench.routes', str(settings.rounds)],
            check=True,
            cwd=ROOT,
            env=inherited(),
            stdout=subprocess.PIPE,
        ).stdout
        for name, values in json.loads(output).items():
            for turn, value in enumerate(values):
                figures.add(f'route-{name}', target, turn, value)
    return figures.list()
