"""Jobs: the first step at once, the rest as a real Task, whatever happens in between."""

import asyncio
import contextvars
import logging

import pytest

from gateway.hub import tasks
from gateway.hub.tasks import Steps, start
from tests.support.hub import run

pytestmark = pytest.mark.usefixtures('loop')

here = contextvars.ContextVar('here', default='outside')


def test_the_first_step_runs_before_start_returns():
    said = []

    async def job():
        said.append('first')
        await asyncio.sleep(0)
        said.append('second')

    async def scenario():
        task = start(job(), 'job')
        assert said == ['first']
        await task
        assert said == ['first', 'second']

    run(scenario())


def test_a_job_that_never_waits_needs_no_task():
    async def job():
        assert asyncio.current_task() is not None

    async def scenario():
        assert start(job(), 'job') is None
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run(scenario())


def test_the_first_step_is_in_its_own_task_and_the_caller_stays_in_its_own():
    seen = []

    async def job():
        async with asyncio.timeout(10):  # asks for the Task
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())

    async def scenario():
        outer = asyncio.current_task()
        task = start(job(), 'job')
        assert asyncio.current_task() is outer
        await task
        assert seen == [task, task]

    run(scenario())


def test_it_works_where_no_task_is_running():
    async def job():
        async with asyncio.timeout(10):
            await asyncio.sleep(0)

    async def scenario():
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        found = []

        def callback():
            found.append(start(job(), 'job'))
            assert asyncio.current_task() is None
            begun.set()

        loop.call_soon(callback)
        await begun.wait()
        await found[0]

    run(scenario())


def test_a_timeout_reaches_a_wait_of_the_first_step():
    async def job():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()

    async def scenario():
        await start(job(), 'job')

    run(scenario())


@pytest.mark.parametrize('passes', [0, 1, 2])
def test_cancelling_reaches_the_job_wherever_it_waits(passes):
    said = []

    async def job():
        try:
            await asyncio.Event().wait()
        finally:
            said.append('cleaned up')

    async def scenario():
        task = start(job(), 'job')
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert said == ['cleaned up']

    run(scenario())


def test_a_job_that_cancels_itself_in_its_first_step_harms_nobody():
    async def job():
        raise asyncio.CancelledError

    async def scenario():
        assert start(job(), 'job') is None
        await asyncio.sleep(0)

    run(scenario())


def test_each_job_has_a_context_of_its_own():
    seen = []

    async def job(name):
        seen.append(here.get())
        here.set(name)
        await asyncio.sleep(0)
        seen.append(here.get())

    async def scenario():
        here.set('caller')
        jobs = [start(job(name), 'job') for name in ('one', 'other')]
        assert here.get() == 'caller'
        await asyncio.gather(*jobs)
        assert seen == ['caller', 'caller', 'one', 'other']

    run(scenario())


def test_what_a_wait_gives_and_raises_goes_through():
    got = []

    async def job(good, bad):
        got.append(await good)
        try:
            await bad
        except OSError as error:
            got.append(str(error))

    async def scenario():
        good, bad = (asyncio.get_running_loop().create_future() for _ in range(2))
        task = start(job(good, bad), 'job')
        good.set_result('result')
        bad.set_exception(OSError('error'))
        await task
        assert got == ['result', 'error']

    run(scenario())


def test_who_holds_the_loop_is_named_once_a_second(caplog, monkeypatch):
    clock = iter([10.0, 10.05, 20.0, 20.5, 20.6, 20.9, 30.0, 31.5])
    monkeypatch.setattr(tasks, 'monotonic', lambda: next(clock))
    monkeypatch.setattr(Steps, 'warned', 0.0)

    async def job():
        """Does nothing; the clock does."""

    async def scenario():
        for name in ('quick', 'slow', 'slow again', 'slower'):
            start(job(), name)

    with caplog.at_level(logging.WARNING, logger='gateway.hub.tasks'):
        run(scenario())
    assert caplog.messages == [
        'slow held the event loop for 0.5 s',
        'slower held the event loop for 1.5 s',
    ]
