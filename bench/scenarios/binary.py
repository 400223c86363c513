"""CPU per delivery of a binary event (one attachment of 64 bytes) and of JSON, on the same
connections, in alternation."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure

ROWS = {'binary-json': False, 'binary-binary': True}


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, **dict.fromkeys(ROWS, 'µs'))
    for turn, target in settings.turns(settings.named('gateway', 'c-loop', 'node')):
        with figures.rig(target, turn) as it:
            it.load.connect(1000)
            for binary in ROWS.values():
                it.load.broadcast(settings.ms // 3, binary=binary)
            for row, binary in ROWS.items() if turn % 2 == 0 else reversed(ROWS.items()):
                sample = it.measure(partial(it.load.broadcast, settings.ms, binary=binary))
                figures.cost(row, target, turn, sample, sample.run.received)
    return figures.list()
