"""The most deliveries a second to 1,000 recipients with p99 ≤ 50 ms, broadcasts on schedule.

The rate climbs until a step fails, then the gap is halved; a step counts when all messages came
in order within the bound. Where a step fails although the server had time to spare, the server was
not the limit: the figure is void, and says how far it came and what was.
"""

from __future__ import annotations

from bench.rig import Rig, Sample, Settings, rig
from bench.scenarios.figures import Figures
from bench.stats import Figure
from bench.targets import Target

RECIPIENTS = 1000
BOUND_MS = 50.0
CLIMB = 2
SERVER = 'server'
NARROW = 1.08  # the gap between the best and the failed rate at which the search ends
MOST = 20_000  # broadcasts a second


def _sustained(sample: Sample) -> bool:
    return not sample.run.faults and sample.run.each.percentile(99) <= BOUND_MS


def _step(it: Rig, rate: int, ms: int) -> Sample:
    return it.measure(lambda: it.load.broadcast(ms, rate=rate, drain=2))


def _bottleneck(bad: Sample) -> str:
    """Whose fault the failed step was; only the server's own makes a limit of the server."""
    if bad.busy > 0.85:
        return SERVER
    busy = 1 - bad.run.idle_seconds / bad.wall_s
    return 'load generator' if busy > 0.85 else 'neither was busy: another process, or the machine'


def climb(settings: Settings, target: Target) -> tuple[int, Sample | None, Sample | None]:
    """The best rate, its sample, and the sample of the lowest rate that failed.

    As long as steps succeed the same process climbs on; after a failure it starts anew. A rate
    has failed when it fails twice, or four times while the server was not even busy, since a
    hiccup of the machine is no limit.
    """
    ms = 1000 if settings.quick else 3000
    rate, best, failed, tries = 4 if target.slow else 40, 0, 0, 0
    good: Sample | None = None
    bad: Sample | None = None
    while not failed or (best and failed > best * NARROW):
        with rig(settings, target) as it:
            it.load.connect(RECIPIENTS)
            it.load.broadcast(300)
            while _sustained(sample := _step(it, rate, ms)):
                best, good, tries = rate, sample, 0
                rate = (best + failed) // 2 if failed else best * CLIMB
                if rate > MOST or (failed and failed <= best * NARROW):
                    return best, good, bad
        tries += 1
        if tries >= (2 if _bottleneck(sample) == SERVER else 4):
            failed, bad, tries = rate, sample, 0
            rate = (best + failed) // 2
    return best, good, bad


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, peak='deliveries/s')
    rounds = 1 if settings.quick else min(3, settings.rounds)
    for turn, target in settings.turns(settings.targets, rounds):
        try:
            best, good, bad = climb(settings, target)
        except (RuntimeError, TimeoutError) as error:
            figures.add('peak', target, turn, 0, str(error))
            continue
        if good is None:
            reason = bad.faults if bad and bad.faults else 'p99 above the bound at the first step'
            figures.add('peak', target, turn, 0, reason)
            continue
        void = ''
        if bad and _bottleneck(bad) != SERVER:
            void = f'≥ {good.run.received / good.run.seconds:,.0f}, then {_bottleneck(bad)}'
        figures.add('peak', target, turn, good.run.received / good.run.seconds, void)
        notes = {
            'broadcasts_per_s': best,
            'p99_ms': good.run.each.percentile(99),
            'server_busy': round(good.busy, 2),
            'load_busy': round(1 - good.run.idle_seconds / good.run.seconds, 2),
            'failed': bad and (bad.faults or f'p99 {bad.run.each.percentile(99):.0f} ms'),
            'bottleneck': bad and _bottleneck(bad),
            'failed_server_busy': bad and round(bad.busy, 2),
            'failed_others': bad and round(bad.others + bad.stolen, 2),
        }
        figures.of('peak', target).notes[str(turn)] = notes
        figures.note('peak', target, turn, good)
        settings.say(f'    {notes}')
    return figures.list()
