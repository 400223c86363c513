"""The circuit breaker, with a clock of the test's own."""

import pytest

from gateway.backends.breaker import FAILURES, MAX_PAUSE, PAUSE, Breaker


def failed(breaker, at):
    """A call that fails at once."""
    number = breaker.passes(at)
    assert number
    return breaker.failed(number, at)


def opened(at=0.0):
    breaker = Breaker(chance=lambda: 0.5)  # no jitter
    assert [failed(breaker, at) for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    return breaker


def test_failures_in_a_row_open_it():
    breaker = opened()
    assert breaker.is_open
    assert not breaker.passes(PAUSE - 0.01)
    assert breaker.wait(0.25) == PAUSE - 0.25


def test_failures_that_are_not_in_a_row_leave_it_closed():
    breaker = Breaker()
    for _ in range(10):
        for _ in range(FAILURES - 1):
            assert not failed(breaker, 0.0)
        assert not breaker.succeeded()
    assert breaker.passes(0.0)


def test_one_probe_passes_after_the_pause_and_closes_it_if_it_is_good():
    breaker = opened()
    assert [bool(breaker.passes(PAUSE)) for _ in range(3)] == [True, False, False]
    assert breaker.succeeded()
    assert not breaker.succeeded()
    assert breaker.passes(PAUSE)


def test_a_bad_probe_doubles_the_pause_up_to_a_bound():
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        pauses.append(breaker.wait(now))
        now += pauses[-1]
        assert not failed(breaker, now)
    assert pauses == [1, 2, 4, 8, 16, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]


def test_calls_that_were_under_way_when_it_opened_do_not_lengthen_the_pause():
    breaker = Breaker(chance=lambda: 0.5)
    early = [breaker.passes(0.0) for _ in range(FAILURES + 2)]
    assert sum(breaker.failed(number, 0.0) for number in early[:FAILURES]) == 1
    assert not breaker.failed(early[-2], 0.5)
    assert breaker.wait(0.5) == PAUSE - 0.5
    probe = breaker.passes(PAUSE)
    assert not breaker.failed(early[-1], PAUSE)
    breaker.abandoned(early[0])
    assert not breaker.passes(PAUSE), 'the probe is still out'
    assert not breaker.failed(probe, PAUSE)
    assert breaker.wait(PAUSE) == 2 * PAUSE


def test_an_abandoned_probe_makes_room_for_another():
    breaker = opened()
    probe = breaker.passes(PAUSE)
    assert probe
    breaker.abandoned(probe)
    assert breaker.passes(PAUSE)


@pytest.mark.parametrize(('chance', 'pause'), [(0.0, 0.75), (1.0, 1.25)])
def test_the_pause_has_jitter(chance, pause):
    breaker = Breaker(chance=lambda: chance)
    for _ in range(FAILURES):
        failed(breaker, 0.0)
    assert breaker.wait(0.0) == pause * PAUSE
