"""Handshakes: a storm of new clients, or all that were cut off at once and come back.

Rules of this file:
- A connection is made when CONNECT is answered.
- Coming back begins with the cut, so that what the server does about those who are gone counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

from bench.load.fleet import Measured
from bench.result import Run
from bench.rig import Rig, Site
from bench.scenario import Connect


def runs(scenario: Connect, site: Site) -> Iterator[Run]:
    returning = scenario.storm == 'reconnect'
    first = scenario.clients if returning else min(scenario.counted_from, scenario.clients - 1)
    with site.rig() as rig:
        if first:
            rig.connect(first, window=scenario.window, headers=scenario.headers)

        def storm() -> Measured:
            if returning:
                begun = monotonic()
                rig.fleet.cut()
                cut = monotonic() - begun
                found = connect(scenario, rig, scenario.clients)
                return replace(found, seconds=found.seconds + cut)
            return connect(scenario, rig, scenario.clients - first)

        values = {'added': scenario.clients - (0 if returning else first)}
        yield rig.measure('', storm, values=values)


def connect(scenario: Connect, rig: Rig, count: int) -> Measured:
    window, headers = scenario.window, scenario.headers
    return rig.fleet.connect(count, window=window, headers=headers, rate=scenario.rate)
