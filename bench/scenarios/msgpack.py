"""CPU per delivery of an event in msgpack and in JSON (64 bytes of text), on fresh connections of
each to one server; which of them goes first alternates."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure

ROWS = {'msgpack-json': False, 'msgpack-msgpack': True}


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, **dict.fromkeys(ROWS, 'µs'))
    for turn, target in settings.turns(settings.named('gateway')):
        with figures.rig(target, turn) as it:
            for row, packed in ROWS.items() if turn % 2 == 0 else reversed(ROWS.items()):
                it.load.connect(1000, msgpack=packed)
                it.load.broadcast(settings.ms // 3)
                sample = it.measure(partial(it.load.broadcast, settings.ms))
                figures.cost(row, target, turn, sample, sample.run.received)
                it.load.close()
    return figures.list()
