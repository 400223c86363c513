"""What a run is made of."""

import threading

import pytest

from bench.histogram import Histogram
from bench.load.fleet import Measured, Tick
from bench.runs import merged, series, together, verdict
from bench.sampler import ServerSecond


def tick(second: int, *latencies: int) -> Tick:
    return Tick(second, 2, len(latencies), 10, Histogram.of([[ns, 1] for ns in latencies]))


@pytest.mark.parametrize(
    ('load', 'server', 'closed', 'reason'),
    [
        ((0.5, 0.95), 0.6, False, 'the load generator was the bottleneck: it used 95% of its core'),
        ((0.95,), None, False, 'the load generator was the bottleneck: it used 95% of its core'),
        ((0.95,), 0.3, True, 'the load generator was the bottleneck: it used 95% of its core'),
        ((0.3,), 0.4, True, 'the server used only 40% of its core'),
        ((0.95,), 0.9, False, ''),
        ((0.85,), 0.6, True, ''),
        ((0.3,), 0.1, False, ''),
        ((0.3,), None, True, ''),
        ((), 0.1, False, ''),
    ],
)
def test_a_run_that_measured_something_else_than_the_server_says_so(load, server, closed, reason):
    found = ' and '.join(verdict(load, server, closed=closed))
    assert found.startswith(reason)
    assert bool(found) is bool(reason)


@pytest.mark.parametrize(('late', 'said'), [(0.009, False), (0.011, True)])
def test_what_left_late_is_not_the_servers(late: float, said: bool):
    [*found] = verdict([], None, closed=False, late=late)
    text = 'the load generator was late: 1% left more than 10 ms after their time'
    assert found == [text] * said


def test_a_second_holds_what_the_load_saw_and_what_the_server_used():
    used = [ServerSecond(1, 0.3, 0.5, 7000, 12), ServerSecond(2, 0.1, 0.2, 8000, 13)]
    first, second, third = series([tick(0, 10, 20, 30), tick(1)], used)
    assert (first.second, first.sent, first.received) == (0, 2, 3)
    assert (first.p50_ns, first.p99_ns, first.max_ns) == (20, 30, 30)
    assert first.user is None
    assert (second.p50_ns, second.user, second.system, second.rss) == (None, 0.3, 0.5, 7000)
    assert (third.second, third.sent, third.descriptors) == (2, 0, 13)


def test_seconds_of_several_fleets_are_one():
    both = merged([tick(3, 10), tick(4, 20, 30)])
    assert (both.second, both.sent, both.received, both.connected) == (4, 4, 3, 20)
    assert both.latency.count == 3


def test_measurements_run_at_the_same_time():
    meeting = threading.Barrier(2)

    def call() -> Measured:
        meeting.wait(20)
        return Measured(1.0)

    assert list(together({'a': call, 'b': call})) == ['a', 'b']


def test_a_measurement_that_fails_fails_all():
    def call() -> Measured:
        raise OSError('gone')

    with pytest.raises(OSError, match='gone'):
        together({'a': lambda: Measured(1.0), 'b': call})
