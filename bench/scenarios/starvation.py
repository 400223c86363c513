"""Acknowledged events of one client, 100 a second on schedule, while the crowd receives five
broadcasts a second: the 99th percentile of its round trips."""

from __future__ import annotations

from functools import partial

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, starvation='ms')
    length = 2000 if settings.quick else 10_000
    targets = settings.without('c-loop-coalescing', 'python-socketio')
    for turn, target in settings.turns(targets, 1 if settings.quick else min(4, settings.rounds)):
        with figures.rig(target, turn) as it:
            it.load.connect(settings.crowd + 1)
            it.load.broadcast(settings.ms // 3)
            calm = it.load.broadcast(1000, rate=1, count=1, probe=100)
            sample = it.measure(partial(it.load.broadcast, length, rate=5, probe=100))
            run = sample.run
            figures.note('starvation', target, turn, sample)
            void = ', '.join(run.faults)
            figures.add('starvation', target, turn, run.echo.percentile(99), void)
            notes = figures.of('starvation', target).notes
            notes[f'calm_p50_ms_{turn}'] = round(calm.echo.percentile(50), 3)
            notes[f'max_ms_{turn}'] = round(run.echo.percentile(100), 3)
            notes[f'broadcast_p99_ms_{turn}'] = round(run.last.percentile(99), 1)
    return figures.list()
