"""A crowd that does nothing but answer heartbeats: the server's CPU over two heartbeat intervals,
and its resident memory per connection (between the first 200 and all, after that wait)."""

from __future__ import annotations

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure

WARM = 200
INTERVAL = 25.0  # seconds between two heartbeats, every target's default


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, memory='KB', idle='% of a core')
    seconds = 4.0 if settings.quick else 2 * INTERVAL
    rounds = 1 if settings.quick else min(2, settings.rounds)
    counted = settings.crowd - WARM
    targets = settings.named('gateway', 'trial', 'node', 'python-socketio')
    for turn, target in settings.turns(targets, rounds):
        with figures.rig(target, turn) as it:
            it.load.connect(WARM)
            before = it.server.rss()
            it.load.connect(counted)
            at_once = it.server.rss()
            it.load.wait(1000)
            cpu = it.server.cpu_ns()
            waited = it.load.wait(int(seconds * 1000))
            share = (it.server.cpu_ns() - cpu) / 1e9 / seconds * 100
            kilobytes = (it.server.rss() - before) / 1000 / counted
            lost = settings.crowd - waited['ready']
            void = f'{lost} connections lost' if lost else ''
            figures.add('memory', target, turn, kilobytes, void)
            notes = figures.of('memory', target).notes
            notes[f'first_200_mb_{turn}'] = round(before / 1e6, 1)
            notes[f'at_once_kb_{turn}'] = round((at_once - before) / 1000 / counted, 2)
            due = settings.crowd * seconds / INTERVAL
            if not void and not settings.quick and waited['pings'] < 0.9 * due:
                void = f'{waited["pings"]} heartbeats instead of {due:.0f}'
            figures.add('idle', target, turn, share, void)
            figures.of('idle', target).notes[f'heartbeats_{turn}'] = waited['pings']
    return figures.list()
