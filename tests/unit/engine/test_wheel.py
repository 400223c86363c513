"""Deadlines are met in order, at most two ticks late and never early."""

import asyncio
import logging

from gateway.engine.wheel import Wheel

TICK = 0.01


def clocked(monkeypatch):
    """A clock that a test moves by itself."""
    now = [100.0]
    monkeypatch.setattr('gateway.engine.wheel.monotonic', lambda: now[0])
    return now


def turned(wheel, now, to):
    """Move the clock to a moment, tick by tick."""
    while now[0] < to:
        now[0] += TICK
        wheel._turn()


def test_a_deadline_is_met_in_time(monkeypatch):
    async def scenario():
        now, met = clocked(monkeypatch), {}
        wheel = Wheel(TICK, lambda item: met.setdefault(item, now[0]))
        delays = {str(number): number * 0.0037 for number in range(1, 60)}
        for item, delay in delays.items():
            wheel.set(item, delay)
        turned(wheel, now, 101)
        assert set(met) == set(delays)
        for item, delay in delays.items():
            assert delay - 1e-6 <= met[item] - 100 <= delay + 2 * TICK + 1e-6
        assert len(wheel) == 0
        wheel.stop()

    asyncio.run(scenario())


def test_moving_and_clearing(monkeypatch):
    async def scenario():
        now, met = clocked(monkeypatch), []
        wheel = Wheel(TICK, met.append)
        for item in ('moved', 'cleared', 'kept'):
            wheel.set(item, 0.05)
        wheel.set('moved', 0.5)
        wheel.clear('cleared')
        wheel.clear('unknown')
        assert len(wheel) == 2
        turned(wheel, now, 100.2)
        assert met == ['kept']
        turned(wheel, now, 101)
        assert met == ['kept', 'moved']
        assert not wheel._buckets
        wheel.stop()

    asyncio.run(scenario())


def test_an_item_may_set_its_next_deadline_and_clear_others(monkeypatch):
    async def scenario():
        now, met = clocked(monkeypatch), []

        def expire(item):
            met.append(item)
            if item == 'again' and met.count('again') < 3:
                wheel.set('again', 0.05)
            wheel.clear('victim')

        wheel = Wheel(TICK, expire)
        wheel.set('again', 0.05)
        wheel.set('victim', 0.1)
        turned(wheel, now, 101)
        assert met == ['again'] * 3
        wheel.stop()

    asyncio.run(scenario())


def test_a_deadline_that_fails_does_not_stop_the_others(monkeypatch, caplog):
    async def scenario():
        now, met = clocked(monkeypatch), []

        def expire(item):
            if item == 'bad':
                raise RuntimeError('ours')
            met.append(item)

        wheel = Wheel(TICK, expire)
        wheel.set('bad', 0.05)
        wheel.set('good', 0.05)
        turned(wheel, now, 101)
        assert met == ['good']
        wheel.stop()

    caplog.set_level(logging.ERROR)
    asyncio.run(scenario())
    assert 'a deadline failed' in caplog.text


def test_the_loop_turns_it_and_it_rests_when_it_is_empty():
    async def scenario():
        met = asyncio.Event()
        wheel = Wheel(TICK, lambda item: met.set())
        assert wheel._timer is None
        wheel.set('item', 0.02)
        await asyncio.wait_for(met.wait(), 5)
        assert wheel._timer is None
        wheel.set('item', 10)
        wheel.stop()
        assert (len(wheel), wheel._timer) == (0, None)

    asyncio.run(scenario())
