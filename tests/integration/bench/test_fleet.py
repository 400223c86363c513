"""A fleet, native and in Python, against the C loop and the gateway."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from bench.load.fleet import Fleet, Tick
from bench.targets import Served, target

CORES = sorted(os.sched_getaffinity(0))
TWO = (CORES[0], CORES[-1])
CLIENTS = 41
SERVERS: dict[str, Served] = {}


@pytest.fixture(params=['native', 'python'])
def native(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == 'native')


@pytest.fixture(autouse=True, scope='module')
def servers() -> Iterator[None]:
    """One of each for all tests: who was connected before is gone."""
    with ExitStack() as stack:
        for name in ('send-loop', 'gateway'):
            SERVERS[name] = stack.enter_context(target(name, sys.executable).serving(CORES[0]))
        yield


def fleet(native: bool = True, name: str = 'send-loop', **options: Any) -> Fleet:
    served = SERVERS[name]
    return Fleet(served.address, TWO, served.dialect, native=native, spin=False, **options)


def test_broadcasts_reach_the_connections_of_all_processes(native: bool):
    with fleet(native) as it:
        joined = it.connect(CLIENTS)
        assert joined.histograms['connect'].count == CLIENTS
        run = it.broadcast(0.2, rate=100, probe=50)
    assert run.faults == ()
    assert (run.sent, run.recipients, run.received) == (20, CLIENTS, 20 * CLIENTS)
    assert (run.events, run.acknowledged) == (10, 10)
    counts = {name: histogram.count for name, histogram in run.histograms.items()}
    assert counts == {
        'delivery': 20 * CLIENTS,
        **dict.fromkeys(('first', 'median', 'last'), 20),
        'echo': 10,
    }
    assert len(run.busy) == (2 if native else 1)
    first, median, last = (
        run.histograms[name].percentile(50) for name in ('first', 'median', 'last')
    )
    assert 0 < first <= median <= last


def test_the_next_leaves_when_all_have_the_last(native: bool):
    with fleet(native) as it:
        it.connect(CLIENTS)
        runs = [it.broadcast(20, count=5, payload=size) for size in (32, 64, 200, 60_000)]
    assert [(run.sent, run.received, run.faults) for run in runs] == [(5, 5 * CLIENTS, ())] * 4


@pytest.mark.parametrize('form', ['json', 'msgpack', 'binary'])
def test_every_form_of_message(native: bool, form: Any):
    with fleet(native, 'gateway') as it:
        it.connect(CLIENTS, form=form)
        run = it.broadcast(0.1, rate=100, form=form, payload=300)
    assert (run.received, run.faults) == (10 * CLIENTS, ())


def test_rooms_get_broadcasts_in_turn(native: bool):
    with fleet(native, 'gateway') as it:
        it.connect(20, rooms=5)
        it.connect(20, rooms=5)
        run = it.broadcast(0.2, rate=100)
    assert (run.sent, run.recipients, run.received) == (20, 8, 160)
    assert run.faults == ()


def test_groups_on_one_server_have_rooms_of_their_own(native: bool):
    with fleet(native, 'gateway') as one, Fleet(one.address, TWO, spin=False) as other:
        one.connect(10, enter=True)
        other.connect(10, enter=True)
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(other.broadcast, 0.5, rate=50)
            run = one.broadcast(0.5, rate=50)
            runs = [run, beside.result()]
    assert [(run.received, run.faults) for run in runs] == [(250, ())] * 2


def test_echoes_closed_and_on_a_schedule(native: bool):
    with fleet(native) as it:
        it.connect(CLIENTS)
        closed = it.echo(0.1, clients=7, pipeline=4)
        scheduled = it.echo(0.2, clients=7, rate=200)
    assert closed.faults == scheduled.faults == ()
    assert closed.events == closed.acknowledged == closed.histograms['echo'].count >= 28
    assert scheduled.acknowledged == 40


def test_connections_may_come_on_a_schedule(native: bool):
    with fleet(native) as it:
        joined = it.connect(20, rate=100)
        assert 0.15 < joined.seconds < 10
        assert it.connected == 20


def test_all_are_cut_and_come_back(native: bool):
    with fleet(native) as it:
        for leave in (it.cut, it.close):
            it.connect(CLIENTS)
            leave()
            assert it.connected == 0
        it.connect(CLIENTS)
        waited = it.wait(0.05)
        assert it.broadcast(20, count=2).received == 2 * CLIENTS
    assert (waited.faults, waited.received) == ((), 0)


def test_ticks_add_up_to_the_whole(native: bool):
    told: list[Tick] = []
    with fleet(native, on_tick=told.append) as it:
        it.connect(CLIENTS)
        told.clear()
        run = it.broadcast(1.3, rate=50)
        assert run.ticks == tuple(told)
    assert [tick.second for tick in told] == [0, 1]
    assert sum(tick.sent for tick in told) == run.sent == 65
    assert sum(tick.received for tick in told) == run.received == 65 * CLIENTS
    assert told[0].latency + told[1].latency == run.histograms['delivery']
    assert {tick.connected for tick in told} == {CLIENTS}


def test_each_process_has_an_even_share():
    with fleet() as it:
        for count in (5, 1, 4):
            it.connect(count)
        assert [each.connected for each in it.crew.members] == [5, 5]
        assert sum(it.cpu_ns().values()) > 0
        assert it.generator == 'native'


def test_where_no_compiler_is_python_takes_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
):
    monkeypatch.setenv('CC', '/nowhere/cc')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
    with fleet() as it:
        it.connect(3)
        assert it.broadcast(20, count=1).received == 3
        what, _, limit = it.generator.partition(' (up to ')
    assert what == 'python'
    number, _, unit = limit.partition(' ')
    assert int(number.replace(',', '')) >= 10_000
    assert unit == 'messages a second; CC names /nowhere/cc, which is not there)'
