"""What handlers and routes cost, and whom handlers keep waiting.

- calm, asleep: round trips of acknowledged events, one of each client under way; and the same while
  16 plain handlers of another client sleep between two emits. One process, in turns, twice in each
  round.
- route, actions, async, def: CPU per acknowledged event, four of each client under way, answered by
  a bare route, a route of two actions, a coroutine, a handler in a thread.
- actions 64, guard 1mb, …: what two actions and a CEL guard add to a bare route, by bytes.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

from bench.histogram import Histogram
from bench.load.fleet import Measured
from bench.own.visitor import Visitor
from bench.process import inherited
from bench.result import Run
from bench.rig import Rig, Site
from bench.scenario import Handlers
from bench.targets import GATEWAY, ROOT, Local, TargetError

SLEEPERS: Final = 16  # as many as the gateway has threads for one client
MARGIN: Final = 1.5  # seconds that a handler sleeps beyond the run
CALM: Final = 'calm'
ASLEEP: Final = 'asleep'
BARE: Final = 'echo: {ack: "${args}"}'
KINDS: Final[Mapping[str, str]] = {
    'route': GATEWAY,
    'actions': GATEWAY.replace(BARE, 'echo: [{set: {text: "${data}"}}, {ack: "${args}"}]'),
    'async': GATEWAY.replace(BARE, '') + 'handlers: [bench.own.served.looping]\n',
    'def': GATEWAY.replace(BARE, '') + 'handlers: [bench.own.served.threaded]\n',
}


def runs(scenario: Handlers, site: Site) -> Iterator[Run]:
    target = site.target
    if not isinstance(target, Local) or target.name != 'gateway':
        raise TargetError(f"{target.name}: these are the gateway's own rows")
    yield from asleep(scenario, site, target)
    yield from events(scenario, site, target)
    yield from routes(site, target)


def asleep(scenario: Handlers, site: Site, target: Local) -> Iterator[Run]:
    config = f'{GATEWAY}handlers: [bench.own.served.working]\n'
    order = (CALM, ASLEEP) if site.round % 2 == 0 else (ASLEEP, CALM)
    with site.rig(replace(target, config=config)) as rig:
        rig.connect(scenario.clients)
        rig.warm(scenario.warmup, partial(echo, scenario, rig, 1))
        found: dict[str, Run] = {}
        for label in (*order, *order[::-1]):
            measure = calm if label == CALM else beside_sleepers
            run = measure(scenario, rig)
            found[label] = merged(found[label], run) if label in found else run
            if run.interrupted:
                break
        yield from found.values()


def echo(scenario: Handlers, rig: Rig, pipeline: int, seconds: float) -> Measured:
    return rig.fleet.echo(seconds, clients=scenario.clients, pipeline=pipeline)


def calm(scenario: Handlers, rig: Rig, label: str = CALM) -> Run:
    call = partial(echo, scenario, rig, 1, scenario.duration)
    return rig.measure(label, call, seconds=scenario.duration, judged=False)


def beside_sleepers(scenario: Handlers, rig: Rig) -> Run:
    """The same while handlers sleep; void should one have woken meanwhile."""
    seconds = scenario.duration + MARGIN
    with Visitor(rig.server.address.port, seconds + 20) as visitor:
        begun = monotonic()
        visitor.emit(['work', seconds], SLEEPERS)
        visitor.hear(SLEEPERS)
        run = calm(scenario, rig, ASLEEP)
        late = () if monotonic() - begun < seconds else ('a handler woke',)
        if not run.interrupted:
            visitor.hear(SLEEPERS)
    return run.model_copy(update={'void': (*run.void, *late)})


def merged(first: Run, second: Run) -> Run:
    """Two measurements of the same as one."""
    histograms = {
        name: histogram + second.histograms.get(name, Histogram())
        for name, histogram in first.histograms.items()
    }
    return first.model_copy(
        update={
            'void': (*first.void, *second.void),
            'interrupted': second.interrupted,
            'seconds': first.seconds + second.seconds,
            'events': first.events + second.events,
            'acknowledged': first.acknowledged + second.acknowledged,
            'histograms': histograms,
            'server': None,  # its CPU was asleep for most of one of them
        }
    )


def events(scenario: Handlers, site: Site, target: Local) -> Iterator[Run]:
    for label in KINDS if site.round % 2 == 0 else reversed([*KINDS]):
        with site.rig(replace(target, config=KINDS[label])) as rig:
            rig.connect(scenario.clients)
            rig.warm(scenario.warmup, partial(echo, scenario, rig, 4))
            call = partial(echo, scenario, rig, 4, scenario.duration)
            yield rig.measure(label, call, seconds=scenario.duration, closed=True)


def routes(site: Site, target: Local) -> Iterator[Run]:
    """In a process of their own, without any load."""
    site.settings.live.phase('routes')
    python, core = target.command()[0], str(site.settings.server_core)
    output = subprocess.run(
        ['taskset', '-c', core, python, '-m', 'bench.own.routes', '1'],
        check=True,
        cwd=ROOT,
        env=inherited(),
        stdout=subprocess.PIPE,
    ).stdout
    for name, [value] in json.loads(output).items():
        label = name.replace('-', ' ')
        values = {'added_per_event': value}
        yield Run(target=target.name, round=site.round, label=label, values=values)
