"""CPU per delivery, one broadcast at a time, 64 bytes of JSON: 1,000 recipients and the crowd."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure


def run(settings: Settings) -> list[Figure]:
    return [*to(settings, 1000), *to(settings, settings.crowd)]


def to(settings: Settings, recipients: int) -> list[Figure]:
    row = f'cost-{recipients}'
    figures = Figures(settings, **{row: 'µs'})
    for turn, target in settings.turns(settings.without('c-loop-coalescing')):
        with figures.rig(target, turn) as it:
            it.load.connect(recipients)
            it.load.broadcast(settings.ms // 3, drain=20)
            sample = it.measure(partial(it.load.broadcast, settings.ms, drain=20))
            figures.cost(row, target, turn, sample, sample.run.received)
    return figures.list()
