"""50 broadcasts a second to 1,000 recipients, on schedule: the 99th percentile of all deliveries,
counted from the moment at which each broadcast was due."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure, Histogram

RATE = 50


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, openloop='ms')
    merged: dict[str, Histogram] = {}
    length = 2000 if settings.quick else 10_000
    for turn, target in settings.turns(settings.without('c-loop-coalescing')):
        with figures.rig(target, turn) as it:
            it.load.connect(1000)
            it.load.broadcast(settings.ms // 3)
            sample = it.measure(partial(it.load.broadcast, length, rate=RATE))
            run = sample.run
            figures.note('openloop', target, turn, sample)
            figures.add('openloop', target, turn, run.each.percentile(99), ', '.join(run.faults))
            if not run.faults:
                every = merged[target.name] = merged.get(target.name, Histogram()) + run.each
                notes = figures.of('openloop', target).notes
                notes['merged_ms'] = {p: every.percentile(p) for p in (50, 99, 99.9, 100)}
                notes['samples'] = every.count
                notes[f'last_p99_ms_{turn}'] = run.last.percentile(99)
    return figures.list()
