"""The climb to the most deliveries a second whose 99th percentile stays within a bound.

Rules of this file:
- The rate doubles until a step fails, then the gap is halved; a step counts when all messages came
  in order within the bound.
- As long as steps succeed the same process climbs on; after a failure it starts anew. A rate has
  failed when it fails twice, or four times while the server was not even busy, since a hiccup of
  the machine is no limit.
- Where a step fails although the server had time to spare, the server was not the limit: the run
  is void, and says how far it came and what was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.load.wire import Form
from bench.result import Run
from bench.rig import Rig, Site
from bench.runs import SPARE
from bench.scenario import Fanout

CLIMB = 2.0
NARROW = 1.08  # the gap between the best and the failed rate at which the search ends
MOST = 100_000.0  # broadcasts a second
SLOW = 10  # a slow target begins so many times lower
SERVER, LOAD, NEITHER = (
    'the server',
    'the load generator',
    'neither: another process, or the machine',
)
TRIES = {SERVER: 2, LOAD: 4, NEITHER: 4}


@dataclass
class Climb:
    """What is known so far: the best rate, the lowest that failed, and every step."""

    bound: float  # milliseconds
    rate: float  # to be tried next
    least: float  # the rate of one broadcast a step: fewer are not easier
    best: float = 0.0
    failed: float = 0.0
    tries: int = 0
    good: Run | None = None
    bad: Run | None = None
    ladder: list[dict[str, Any]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        if not self.failed:
            return self.best >= MOST
        return self.failed <= max(self.best * NARROW, self.least)

    def add(self, run: Run) -> bool:
        """One step; whether it went well."""
        failure = why(run, self.bound)
        self.ladder.append(step(self.rate, run, failure))
        if run.interrupted:
            return False
        if not failure:
            self.best, self.good, self.tries = self.rate, run, 0
        else:
            self.tries += 1
            if self.tries < TRIES[bottleneck(run)]:
                return False
            self.failed, self.bad, self.tries = self.rate, run, 0
        higher = (self.best + self.failed) / 2 if self.failed else min(MOST, self.best * CLIMB)
        self.rate = max(higher, self.least)
        return not failure


def run(scenario: Fanout, site: Site, form: Form, label: str) -> Run:
    """One climb of a target."""
    first = 50.0 if scenario.rate == 'closed' else scenario.rate
    assert scenario.find_peak
    slow = SLOW if site.target.slow else 1
    climb = Climb(scenario.find_peak * 1000, first / slow, 1 / scenario.duration)
    for found in steps(scenario, site, form, climb):
        if found.interrupted:
            run = concluded(climb, found, label)
            return run.model_copy(update={'interrupted': True})
    return concluded(climb, climb.good or climb.bad, label)


def steps(scenario: Fanout, site: Site, form: Form, climb: Climb) -> Iterator[Run]:
    while not climb.over:
        with site.rig() as rig:
            window, headers = scenario.window, scenario.headers
            rig.connect(scenario.clients, form=form, window=window, headers=headers)
            rig.warm(min(0.3, scenario.warmup), lambda s: rig.fleet.broadcast(s, form=form))
            going = True
            while going and not climb.over:
                found = attempt(scenario, rig, form, climb.rate)
                going = climb.add(found)
                yield found


def attempt(scenario: Fanout, rig: Rig, form: Form, rate: float) -> Run:
    return rig.measure(
        f'{rate:,.0f}/s',
        lambda: rig.fleet.broadcast(
            scenario.duration, rate=rate, form=form, payload=scenario.payload, drain=2.0
        ),
        seconds=scenario.duration,
        judged=False,
    )


def concluded(climb: Climb, found: Run | None, label: str) -> Run:
    """The best step as the run of the climb."""
    assert found
    notes = {'ladder': climb.ladder, 'broadcasts_per_s': climb.best}
    update: dict[str, Any] = {'label': label, 'notes': notes, 'void': ()}
    if climb.good is None:
        failure = why(found, climb.bound) or 'interrupted'
        tried = f'even at {climb.ladder[-1]["rate"]:g} broadcasts/s: {failure}'
        return found.model_copy(update=update | {'void': (tried,)})
    peak = climb.good.received / climb.good.seconds
    update['values'] = {**climb.good.values, 'peak': peak}
    limit = bottleneck(climb.bad) if climb.bad else f'the climb ends at {MOST:,.0f} broadcasts/s'
    if limit != SERVER and not found.interrupted:
        update['void'] = (f'at least {peak:,.0f} deliveries/s, then {limit}',)
    return climb.good.model_copy(update=update)


def why(run: Run, bound: float) -> str:
    """What kept a step from counting."""
    if run.void:
        return ', '.join(run.void)
    p99 = late(run)
    return '' if 0 < p99 <= bound else f'p99 {p99:.0f} ms'


def late(run: Run) -> float:
    """p99 in milliseconds; 0 where nothing came."""
    found = run.histograms.get('delivery')
    return found.percentile(99) if found else 0.0


def bottleneck(run: Run) -> str:
    """Whose fault a failed step was; only the server's own makes a limit of the server."""
    if run.server is None or run.server.cpu / run.seconds > SPARE:
        return SERVER
    return LOAD if max(run.load, default=0) > SPARE else NEITHER


def step(rate: float, run: Run, failed: str) -> dict[str, Any]:
    """For the run's notes."""
    return {
        'rate': round(rate, 2),
        'deliveries': round(run.received / run.seconds),
        'p99_ms': round(late(run), 3),
        'failed': failed,
        'bottleneck': bottleneck(run) if failed else '',
        'server': round(run.server.cpu / run.seconds, 3) if run.server else None,
        'load': round(max(run.load, default=0), 3),
        'others': round(run.others + run.stolen, 3),
    }
