"""Long work in slices: the loop goes on, and what the work says is heard."""

import asyncio
import threading
from time import monotonic, sleep

import pytest

from gateway.service import slices
from gateway.service.slices import Slices


def long(seconds):
    """Python code that has the interpreter for so long."""
    until = monotonic() + seconds
    count = 0
    while monotonic() < until:
        count = step(count)
    return count


def step(count):
    return count + 1


async def beside(work):
    """Its task, and how long the loop waited for each of its passes meanwhile."""
    gaps, last = [], monotonic()
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.sleep(0)
        now = monotonic()
        gaps.append(now - last)
        last = now
    return task, gaps


def test_the_loop_goes_on_meanwhile():
    task, gaps = asyncio.run(beside(Slices(lambda: long(0.2)).run()))
    assert task.result() > 100
    assert len(gaps) > 10
    assert sorted(gaps)[len(gaps) // 2] < 0.05  # on a machine that is busy with other tests


def test_the_loop_does_not_stand_still_for_a_call_that_hangs():
    task, gaps = asyncio.run(beside(Slices(lambda: sleep(0.5)).run()))
    assert task.result() is None
    assert sum(gap for gap in gaps if gap > 5 * slices.SLICE) < 0.2


def test_what_it_raises_is_raised():
    async def scenario():
        with pytest.raises(ZeroDivisionError):
            await Slices(lambda: 1 / 0).run()

    asyncio.run(scenario())


def test_a_lock_that_both_want_ends_nothing():
    lock = threading.Lock()

    def work():
        with lock:
            long(5 * slices.SLICE)
        return 'done'

    async def scenario():
        async def wants():
            await asyncio.sleep(0)
            with lock:  # which the work holds, and it does not run
                pass

        waiting = asyncio.create_task(wants())
        result = await Slices(work).run()
        await waiting
        return result

    begun = monotonic()
    assert asyncio.run(scenario()) == 'done'
    assert monotonic() - begun < 20 * slices.PATIENCE
