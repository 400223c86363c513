"""CPU per acknowledged event: 100 clients, each with 16 events under way."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, echo='µs')
    for turn, target in settings.turns(settings.without('c-loop-coalescing')):
        with figures.rig(target, turn) as it:
            it.load.connect(100)
            it.load.echo(settings.ms // 2)
            sample = it.measure(partial(it.load.echo, settings.ms))
            figures.cost('echo', target, turn, sample, sample.run.acks)
    return figures.list()
