"""The pool of handlers' threads, on both loops."""

import asyncio
import subprocess
import sys
import threading
import weakref
from functools import partial

import pytest

from gateway.errors import ActionError
from tests.support.threads import LONG, STOPPED, in_world, variable

pytestmark = pytest.mark.usefixtures('loop')

TAKEN = 'all {} threads are taken: handlers wait (server.threads)'


def test_the_outcome_of_a_function_comes_behind_what_it_has_put():
    async def scenario(world):
        channel, seen = world.channel(), []

        def handler():
            for number in range(100):
                channel.put(partial(seen.append, number))
            return 'result'

        future = world.pool.run(handler)
        future.add_done_callback(lambda future: seen.append(future.result()))
        await future
        await asyncio.sleep(0)
        assert seen == [*range(100), 'result']

    in_world(scenario)


def test_what_a_function_raises_comes_with_its_own_frames_only():
    def handler():
        raise LookupError('why')

    async def scenario(world):
        future = world.pool.run(handler)
        await asyncio.wait([future])
        error = future.exception()
        assert repr(error) == "LookupError('why')"
        frame = error.__traceback__
        assert (frame.tb_frame.f_code, frame.tb_next) == (handler.__code__, None)

    in_world(scenario)


@pytest.mark.parametrize('kind', [SystemExit, KeyboardInterrupt, StopIteration, GeneratorExit])
def test_what_would_end_more_than_the_handler_becomes_a_plain_error(kind):
    def handler():
        raise kind

    async def scenario(world):
        with pytest.raises(RuntimeError, match=f'^{kind.__name__} in a handler$') as caught:
            await world.pool.run(handler)
        assert isinstance(caught.value.__cause__, kind)

    in_world(scenario)


def test_one_thread_runs_functions_in_the_order_in_which_they_came():
    async def scenario(world):
        order = []
        await asyncio.gather(*[world.pool.run(partial(order.append, n)) for n in range(8)])
        assert order == list(range(8))

    in_world(scenario, threads=1)


def test_more_functions_than_may_run_and_wait_are_refused_counted_and_told(caplog):
    async def scenario(world):
        pool, go = world.pool, threading.Event()
        futures = [pool.run(partial(go.wait, LONG)) for _ in range(5)]
        assert (pool.running, pool.waiting) == (2, 3)
        for _ in range(2):
            with pytest.raises(ActionError, match='too many handlers are running') as caught:
                pool.run(print)
            assert caught.value.code == 'busy'
        assert world.counters.handlers_busy == 2
        assert caplog.messages == [
            'all 2 threads are taken: handlers wait (server.threads)',
            (
                'all 2 threads are taken: handlers are refused as busy (server.threads, '
                'server.thread_queue)'
            ),
        ]
        go.set()
        assert await asyncio.gather(*futures) == [True] * 5
        assert (pool.running, pool.waiting) == (0, 0)
        assert await pool.run(lambda: 'again') == 'again'

    in_world(scenario, threads=2, waiting=3)


def test_that_all_threads_are_taken_is_told_once_a_minute(caplog):
    async def scenario(world):
        go = threading.Event()
        futures = [world.pool.run(partial(go.wait, LONG)) for _ in range(2)]
        assert caplog.messages == []
        futures += [world.pool.run(partial(go.wait, LONG)) for _ in range(2)]
        go.set()
        await asyncio.gather(*futures)

    in_world(scenario, threads=2)
    assert caplog.messages == [TAKEN.format(2)]


def test_one_owner_has_a_fourth_of_the_threads_and_its_order():
    async def scenario(world):
        pool, go, order = world.pool, threading.Event(), []
        greedy = [pool.run(partial(go.wait, LONG), 'greedy') for _ in range(2)]
        greedy += [pool.run(partial(order.append, n), 'greedy') for n in range(4)]
        assert (pool.running, pool.waiting) == (2, 4)
        assert await pool.run(lambda: 'served', 'other') == 'served'
        assert order == [], 'they wait though threads are free'
        go.set()
        await asyncio.gather(*greedy)
        assert order == [0, 1, 2, 3]
        assert (pool.running, pool.waiting) == (0, 0)

    in_world(scenario, threads=8)


def test_what_waits_behind_its_owner_may_be_given_up():
    async def scenario(world):
        pool, go, begun = world.pool, threading.Event(), []
        first = pool.run(partial(go.wait, LONG), 'greedy')
        second, third = (pool.run(partial(begun.append, n), 'greedy') for n in (2, 3))
        second.cancel()
        go.set()
        await asyncio.gather(first, third)
        assert begun == [3]
        assert (pool.running, pool.waiting) == (0, 0)

    in_world(scenario, threads=4)


def test_a_function_that_is_given_up_before_it_begins_never_does(caplog):
    async def scenario(world):
        pool, go, begun = world.pool, threading.Event(), []
        first = pool.run(partial(go.wait, LONG))
        second, third = (pool.run(partial(begun.append, n)) for n in (2, 3))
        second.cancel()
        go.set()
        await asyncio.gather(first, third)
        assert begun == [3]
        assert (pool.running, pool.waiting) == (0, 0)

    in_world(scenario, threads=1)
    assert caplog.messages == [TAKEN.format(1)]


def test_a_function_that_is_given_up_later_keeps_its_thread_until_it_ends(caplog):
    async def scenario(world):
        pool, begun, go = world.pool, threading.Event(), threading.Event()
        future = pool.run(lambda: begun.set() or go.wait(LONG))
        await asyncio.to_thread(begun.wait, LONG)
        future.cancel()
        assert (pool.running, pool.waiting) == (1, 0)
        last = pool.run(lambda: 'last')
        go.set()
        assert await last == 'last'
        assert (pool.running, pool.waiting) == (0, 0)

    in_world(scenario, threads=1)
    assert caplog.messages == [TAKEN.format(1)]


def test_a_function_runs_in_a_copy_of_the_context():
    async def scenario(world):
        variable.set('a client')

        def handler():
            found = variable.get()
            variable.set('changed')
            return found

        assert await world.pool.run(handler) == 'a client'
        assert variable.get() == 'a client'

    in_world(scenario)


def test_threads_are_made_when_they_are_needed():
    async def scenario(world):
        names = {await world.pool.run(lambda: threading.current_thread().name) for _ in range(20)}
        assert names == {'handler-1'}
        meet = threading.Barrier(3)
        together = [world.pool.run(partial(meet.wait, LONG)) for _ in range(3)]
        assert sorted(await asyncio.gather(*together)) == [0, 1, 2]

    in_world(scenario)


def test_where_the_system_gives_no_thread_handlers_wait_for_others_or_are_refused(monkeypatch):
    def no_thread(self):
        raise RuntimeError("can't start new thread")

    async def scenario(world):
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, 'start', no_thread)
            with pytest.raises(ActionError) as caught:
                world.pool.run(print)
            assert caught.value.code == 'busy'
        await world.pool.run(lambda: None)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, 'start', no_thread)
            both = [world.pool.run(lambda: 'served') for _ in range(2)]
        assert await asyncio.gather(*both) == ['served'] * 2

    in_world(scenario)


def test_an_idle_thread_holds_nothing_of_what_it_ran():
    class Argument:
        pass

    async def scenario(world):
        argument, freed = Argument(), threading.Event()
        weakref.finalize(argument, freed.set)
        await world.pool.run(partial(lambda given: given, argument))
        del argument
        assert await asyncio.to_thread(freed.wait, LONG / 2)

    in_world(scenario, threads=1)


def test_a_closed_pool_begins_nothing_and_nobody_waits_for_it():
    async def scenario(world):
        pool, go, begun = world.pool, threading.Event(), []
        futures = [pool.run(partial(go.wait, LONG)), pool.run(partial(begun.append, 1))]
        pool.close()
        go.set()
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
        assert begun == []
        with pytest.raises(RuntimeError, match=STOPPED):
            pool.run(print)

    in_world(scenario, threads=1)


PROGRAM = """
import asyncio, threading, time
from gateway.routing.counters import Counters
from gateway.routing.pool import Pool
from gateway.routing.threads import Channel, Inbox

async def main():
    inbox, counters, begun = Inbox(), Counters(), threading.Event()
    inbox.bind(asyncio.get_running_loop())
    pool, channel = Pool(inbox, 8, 0, counters), Channel(inbox, counters)
    def emits():
        while True:
            channel.put(time.monotonic)
    await pool.run(int)
    pool.run(emits)
    pool.run(lambda: begun.set() or time.sleep(3600))
    begun.wait()
    {end}

asyncio.run(main())
print('ended')
"""


@pytest.mark.parametrize('end', ['pool.close(); inbox.close()', 'pass'])
def test_the_interpreter_ends_while_handlers_sleep_and_emit(end):
    program = [sys.executable, '-c', PROGRAM.replace('{end}', end)]
    ended = subprocess.run(program, check=False, capture_output=True, text=True, timeout=LONG)
    assert (ended.returncode, ended.stdout) == (0, 'ended\n')
    assert ended.stderr == ''
