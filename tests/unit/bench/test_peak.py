"""The climb, against servers that can do just so much."""

import pytest

from bench.histogram import Histogram
from bench.kinds import peak
from bench.kinds.peak import LOAD, MOST, NEITHER, SERVER, Climb
from bench.result import Run, Server


def step(rate: float, *, late: float = 1, cpu: float = 0.99, load: float = 0.2, **more) -> Run:
    """One second at that rate, 1,000 recipients."""
    return Run(
        target='node',
        round=0,
        seconds=1,
        received=int(rate * 1000),
        histograms={'delivery': Histogram.of([[int(late * 1e6), 1]])},
        server=Server(cpu=cpu, user=0, system=0, rss_before=0, rss_after=0, descriptors=0),
        load=(load,),
        **more,
    )


def climbed(limit: float, first: float = 40, **bad) -> Climb:
    """With a server that is late from `limit` on."""
    climb = Climb(bound=50, rate=first, least=1 / 3)
    while not climb.over:
        late = {'late': 200, **bad} if climb.rate > limit else {'late': 20}
        climb.add(step(climb.rate, **late))
    return climb


@pytest.mark.parametrize('limit', [3, 41, 700, 12_345])
def test_the_best_rate_is_found_within_a_twelfth(limit: float):
    climb = climbed(limit)
    assert limit / 1.09 < climb.best <= limit < climb.failed
    run = peak.concluded(climb, climb.good, 'json')
    assert run.label == 'json'
    assert run.void == ()
    assert run.values['peak'] == pytest.approx(climb.best * 1000, abs=1000)
    assert [it['failed'] for it in run.notes['ladder']].count('p99 200 ms') >= 2
    assert all(it['p99_ms'] in {20, 200} for it in run.notes['ladder'])


@pytest.mark.parametrize(
    ('load', 'who'),
    [(0.97, LOAD), (0.3, NEITHER)],
)
def test_where_the_server_was_not_the_limit_the_climb_is_void_and_says_how_far_it_came(load, who):
    climb = climbed(200, cpu=0.4, load=load)
    failures = [it for it in climb.ladder if it['rate'] == 320]
    assert len(failures) == 4
    [reason] = peak.concluded(climb, climb.good, '').void
    assert reason.startswith('at least ')
    assert reason.endswith(who)


def test_a_hiccup_is_no_limit():
    climb = Climb(bound=50, rate=40, least=1 / 3)
    assert not climb.add(step(40, late=300))
    assert climb.rate == 40
    assert climb.add(step(40))
    assert climb.rate == 80


def test_what_is_lost_fails_a_step_and_is_named():
    climb = Climb(bound=50, rate=40, least=1 / 3)
    for _ in range(2):
        climb.add(step(40, void=('3 lost',)))
    assert climb.failed == 40
    assert climb.ladder[0]['failed'] == '3 lost'
    assert climb.ladder[0]['bottleneck'] == SERVER


def test_a_server_that_is_always_late_has_no_peak():
    climb = climbed(0)
    [reason] = peak.concluded(climb, climb.bad, '').void
    assert reason == 'even at 0.33 broadcasts/s: p99 200 ms'


def test_a_server_without_limit_is_not_measured():
    climb = climbed(1e9)
    assert climb.best == MOST
    assert len(climb.ladder) == 13
    [reason] = peak.concluded(climb, climb.good, '').void
    assert reason.endswith('the climb ends at 100,000 broadcasts/s')


def test_an_interrupted_step_neither_counts_nor_fails():
    climb = Climb(bound=50, rate=40, least=1 / 3)
    climb.add(step(40))
    assert not climb.add(step(80, interrupted=True))
    assert (climb.best, climb.failed, climb.tries) == (40, 0, 0)
