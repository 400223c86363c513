"""CPU per connection: TCP accept, upgrade with a browser's headers, CONNECT and its answer.
The first 200 warm the server up and are not counted."""

from __future__ import annotations

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure

WARM = 200


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, connect='µs')
    counted = settings.crowd - WARM
    for turn, target in settings.turns(settings.without('c-loop-coalescing')):
        with figures.rig(target, turn) as it:
            it.load.connect(WARM)
            before = it.server.cpu_ns()
            it.load.connect(counted)
            figures.add('connect', target, turn, (it.server.cpu_ns() - before) / 1e3 / counted)
    return figures.list()
