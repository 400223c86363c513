"""What several processes have counted becomes one measurement."""

from typing import Any

import pytest

from bench.histogram import Histogram
from bench.load.measured import Measured, Tick, Ticks, busy, merged


def answer(**counts: Any) -> dict[str, Any]:
    return {'seconds': 2.0, 'idle_seconds': 0.5, 'sent': 0, 'received': 0, **counts}


def test_counts_and_histograms_are_added():
    publisher = answer(sent=10, received=15, pings=1, delivery=[[7, 15]], last=[[9, 4]])
    listener = answer(received=5, pings=2, delivery=[[7, 4], [9, 1]], last=[[9, 6]], seconds=2.5)
    found = merged([publisher, listener], 2)
    assert (found.sent, found.recipients, found.received) == (10, 2, 20)
    assert found.heartbeats == 3
    assert found.seconds == 2.5
    assert found.histograms == {
        'delivery': Histogram(((7, 19), (9, 1))),
        'last': Histogram(((9, 10),)),
    }
    assert found.faults == ()
    assert found.busy == (0.75, 0.8)


def test_lost_is_what_no_process_received():
    found = merged([answer(sent=10, received=12), answer(received=15, reordered=2)], 3)
    assert found.faults == ('3 lost', '2 reordered')


def test_too_many_are_a_fault_too():
    assert merged([answer(sent=1, received=5)], 3).faults == ('2 more than were to be received',)


def test_every_fault_has_its_words():
    counts = dict.fromkeys(
        'reordered duplicated negative stale garbled closed refused unmatched'.split(), 1
    )
    found = merged([answer(**counts, events=5, acks=3, overrun=True)])
    assert found.faults == (
        *(f'1 {name}' for name in counts),
        '2 unacknowledged',
        'too many broadcasts under way',
    )


@pytest.mark.parametrize('fault', ['closed', 'refused'])
def test_who_was_sent_away_is_told_with_the_first_reason(fault: str):
    found = merged([answer(**{fault: 2}), answer(reason='HTTP 403'), answer(reason='HTTP 500')])
    assert found.faults == (f'2 {fault} (HTTP 403)',)


def test_what_a_foreign_server_sends_besides_is_none():
    assert merged([answer(foreign=5)]).faults == ()


def test_of_a_stopped_run_nothing_is_lost():
    found = merged([answer(sent=10, received=12, stopped=True, events=3, acks=1, garbled=1)], 3)
    assert found.stopped
    assert found.faults == ('1 garbled',)


def test_waiting_is_no_work():
    assert busy({'seconds': 4, 'idle_seconds': 1}) == 0.75
    assert busy({'seconds': 1, 'idle_seconds': 3}) == 0.0
    assert busy({'seconds': 0}) == 0.0


def part(second: int, sent: int = 0, received: int = 1) -> dict[str, Any]:
    counts = {'sent': sent, 'received': received, 'connected': 2}
    return {'second': second, **counts, 'latency': [[7, received]]}


def test_a_second_is_told_once_all_processes_are_past_it():
    told: list[Tick] = []
    ticks = Ticks(2, told.append)
    ticks.add('a', part(0, sent=5))
    assert told == []
    ticks.add('b', part(0, received=3))
    assert told == [Tick(0, 5, 4, 4, Histogram(((7, 4),)))]
    ticks.add('a', part(1))
    ticks.add('a', part(2))
    ticks.add('b', part(2))  # it had nothing to say of second 1
    assert [(tick.second, tick.received) for tick in told] == [(0, 4), (1, 1), (2, 2)]
    ticks.add('b', part(3))
    assert ticks.end() == tuple(told)
    assert told[-1].second == 3


def test_no_ticks_are_none():
    assert Ticks(1, None).end() == ()
    assert Measured(1.0).ticks == ()
