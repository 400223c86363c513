"""Clients that only answer heartbeats.

Rules of this file:
- Memory counts from the first connections on, which have made the server make what it makes once.
- A server of ours has heartbeats at 25 seconds; where they don't come, the run is void.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.result import Run
from bench.rig import Site
from bench.scenario import Idle
from bench.targets import Remote

INTERVAL = 25.0  # seconds between two heartbeats, the default of every target of ours
SETTLING = 1.0  # seconds, in which the last handshake is forgotten
ENOUGH = 0.9


def runs(scenario: Idle, site: Site) -> Iterator[Run]:
    first = min(scenario.counted_from, scenario.clients - 1)
    with site.rig() as rig:
        if first:
            rig.connect(first, window=scenario.window, headers=scenario.headers)
        rss = rig.rss()
        rig.connect(scenario.clients - first, window=scenario.window, headers=scenario.headers)
        rig.fleet.wait(SETTLING)
        values = {'added': scenario.clients - first, 'rss_first': rss}
        run = rig.measure(
            '',
            lambda: rig.fleet.wait(scenario.duration),
            seconds=scenario.duration,
            values=values,
        )
        yield run.model_copy(update={'void': (*run.void, *missing(scenario, site, run))})


def missing(scenario: Idle, site: Site, run: Run) -> Iterator[str]:
    due = scenario.clients * int(scenario.duration / INTERVAL)
    come = run.values.get('heartbeats', 0)
    if come < ENOUGH * due and not isinstance(site.target, Remote) and not run.interrupted:
        yield f'{come:.0f} heartbeats instead of {due}'
