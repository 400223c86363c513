"""Operations from threads: the inbox, and a handler's channel; on both loops."""

import asyncio
import threading
import time
from functools import partial
from unittest.mock import Mock

import pytest

from gateway.routing.counters import Counters
from gateway.routing.threads import Channel, Inbox
from tests.support.hub import run
from tests.support.threads import LONG, STOPPED, CountingLoop, Watched, in_world, started, variable

pytestmark = pytest.mark.usefixtures('loop')


def test_many_operations_of_a_thread_cost_few_wakeups_and_keep_their_order():
    done = []

    async def scenario(world):
        loop = CountingLoop()
        world.inbox.bind(loop)
        channel = world.channel()
        puts = [partial(done.append, number) for number in range(10_000)]
        await world.pool.run(lambda: [channel.put(put) for put in puts] and None)
        assert done == list(range(10_000))
        assert loop.wakes < 500

    in_world(scenario)


def test_the_loop_gets_its_turn_while_operations_are_done():
    async def scenario(world):
        done, ticks = [], []
        loop = asyncio.get_running_loop()

        def busy():
            end = time.monotonic() + 0.001
            while time.monotonic() < end:
                pass
            done.append(len(done))

        def tick():
            ticks.append(len(done))
            if len(done) < 50:
                loop.call_soon(tick)

        for _ in range(50):
            world.inbox.put(busy)
        tick()
        await world.pool.run(partial(world.channel().ask, int))
        assert len(done) == 50
        assert len(set(ticks)) > 10

    in_world(scenario)


def test_an_operation_that_raises_is_logged_and_the_next_one_done(caplog):
    async def scenario(world):
        channel = world.channel(1)
        await world.pool.run(lambda: [channel.put(lambda: 1 / 0), channel.ask(lambda: 'alive')][1])

    in_world(scenario)
    assert [record.getMessage() for record in caplog.records] == [
        'an operation of a handler failed'
    ]


def test_operations_do_not_run_in_the_context_of_the_thread_that_woke_the_loop():
    async def scenario(world):
        variable.set('a client')
        assert await world.pool.run(lambda: world.channel().ask(variable.get)) == 'none'

    in_world(scenario)


def test_what_was_put_before_there_was_a_loop_is_done_when_there_is_one():
    async def scenario():
        inbox, done = Inbox(), asyncio.get_running_loop().create_future()
        inbox.put(lambda: done.set_result('done'))
        inbox.bind(asyncio.get_running_loop())
        assert await asyncio.wait_for(done, LONG) == 'done'

    run(scenario())


def test_a_thread_waits_where_the_loop_is_too_far_behind():
    async def scenario(world):
        channel, done, end = world.channel(2), [], asyncio.Event()
        thread = started(lambda: [channel.put(partial(done.append, n)) for n in range(3)])
        assert world.inbox.waits.wait(LONG)  # this is the loop, and it does nothing else
        assert world.counters.emits_blocked == 1
        assert thread.is_alive()
        assert done == []
        await world.pool.run(thread.join)
        world.inbox.put(end.set)
        await end.wait()
        assert done == [0, 1, 2]

    in_world(scenario)


def test_a_thread_does_not_wait_for_room_that_was_made_just_before():
    class Slow:
        """Counters that let the loop go on between the look at the channel and the wait."""

        reached, drained = threading.Event(), threading.Event()
        emits_blocked = property(lambda self: 0, lambda self, count: self.between())

        def between(self):
            self.reached.set()
            self.drained.wait(LONG)

    async def scenario(world):
        slow = Slow()
        channel = Channel(world.inbox, slow, 1)
        thread = started(lambda: [channel.put(int) for _ in range(2)])
        assert slow.reached.wait(LONG)  # this is the loop, and it does nothing else
        world.inbox.put(slow.drained.set)
        await world.pool.run(partial(thread.join, LONG / 2))
        assert not thread.is_alive()

    in_world(scenario)


def test_several_threads_of_one_handler_that_wait_all_go_on():
    async def scenario(world):
        channel, done = world.channel(1), []

        def emits():
            for _ in range(500):
                channel.put(partial(done.append, None))

        threads = [started(emits) for _ in range(4)]
        await world.pool.run(lambda: [thread.join(LONG) for thread in threads])
        await world.pool.run(lambda: channel.ask(int))
        assert len(done) == 2000

    in_world(scenario)


def test_an_answer_comes_behind_everything_that_was_put_before():
    async def scenario(world):
        channel, done = world.channel(), []

        def handler():
            channel.put(partial(done.append, 1))
            channel.put(partial(done.append, 2))
            return channel.ask(lambda: list(done))

        assert await world.pool.run(handler) == [1, 2]

    in_world(scenario)


def test_what_a_question_raises_is_raised_where_it_was_asked():
    async def scenario(world):
        with pytest.raises(ZeroDivisionError):
            await world.pool.run(lambda: world.channel().ask(lambda: 1 / 0))

    in_world(scenario)


def test_the_loop_does_not_wait_for_itself():
    async def scenario(world):
        message = '^the event loop cannot wait for itself: call this from a thread$'
        with pytest.raises(RuntimeError, match=message):
            world.channel().ask(lambda: 1)

    in_world(scenario)


def test_a_closed_inbox_has_done_what_was_put_and_takes_nothing_more():
    async def scenario(world):
        done = []
        world.inbox.put(partial(done.append, 1))
        world.inbox.close()
        assert done == [1]
        with pytest.raises(RuntimeError, match=STOPPED):
            world.inbox.put(partial(done.append, 2))
        with pytest.raises(RuntimeError, match=STOPPED):
            world.channel().ask(lambda: 2)

    in_world(scenario)


def test_a_thread_that_waits_for_room_is_told_when_the_gateway_stops():
    raised = []

    def handler(channel):
        try:
            for _ in range(3):
                channel.put(int)
        except RuntimeError as error:
            raised.append(str(error))

    async def scenario(world):
        thread = started(partial(handler, world.channel(2)))
        assert world.inbox.waits.wait(LONG)
        world.inbox.close()
        thread.join(LONG)
        assert raised == ['the gateway has stopped']

    in_world(scenario)


def test_threads_are_told_when_the_loop_is_gone_and_nobody_closed_the_inbox():
    inbox, raised = Watched(), []

    class Loop:
        """Never does what it is given; when it is closed, it takes nothing."""

        call_soon_threadsafe = Mock()

    def handler():
        try:
            Channel(inbox, Counters()).ask(int)
        except RuntimeError as error:
            raised.append(str(error))

    inbox.bind(Loop)
    thread = started(handler)
    assert inbox.waits.wait(LONG)
    Loop.call_soon_threadsafe.side_effect = RuntimeError('Event loop is closed')
    with pytest.raises(RuntimeError, match=STOPPED):
        inbox.bind(Loop)
    thread.join(LONG)
    assert raised == ['the gateway has stopped']


def test_a_closed_loop_takes_nothing():
    inbox = Inbox()

    async def scenario():
        inbox.bind(asyncio.get_running_loop())

    run(scenario())
    for _ in range(2):
        with pytest.raises(RuntimeError, match=STOPPED):
            inbox.put(print)
