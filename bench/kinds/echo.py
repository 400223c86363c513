"""Acknowledged events: as fast as they are answered, or on a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.load.fleet import Measured
from bench.result import Run
from bench.rig import Rig, Site
from bench.scenario import Echo


def runs(scenario: Echo, site: Site) -> Iterator[Run]:
    with site.rig() as rig:
        rig.connect(scenario.clients, window=scenario.window, headers=scenario.headers)
        rig.warm(scenario.warmup, partial(echo, scenario, rig))
        call = partial(echo, scenario, rig, scenario.duration)
        closed = scenario.rate == 'closed'
        yield rig.measure('', call, seconds=scenario.duration, closed=closed)


def echo(scenario: Echo, rig: Rig, seconds: float) -> Measured:
    return rig.fleet.echo(
        seconds,
        clients=scenario.clients,
        rate=None if scenario.rate == 'closed' else scenario.rate,
        pipeline=scenario.pipeline,
        payload=scenario.payload,
        drain=scenario.drain,
    )
