"""Hooks of one backend, with a client that does as it is told."""

import asyncio

import pytest

from gateway.backends import hooks as module
from gateway.backends.backend import Backend
from gateway.backends.breaker import FAILURES
from gateway.backends.call import Answer, Broken, Call, TooBig
from gateway.backends.hooks import IN_FLIGHT, Hooks
from gateway.engine.drain import Drain
from tests.support.backends import Scripted
from tests.support.hub import until


class World:
    def __init__(self, *script, most=100, give_up=60.0):
        self.client = Scripted(*script)
        self.backend = Backend('http://h:80', self.client, 1, 1)
        self.hooks = Hooks(self.backend, most, give_up)
        self.counters = self.backend.counters
        self.replies = []

    def tell(self, id='0', body=b'', timeout=5.0):
        return self.hooks.tell(Call(id, 'http://h/', body, timeout=timeout), self.replies.append)

    async def empty(self):
        await until(lambda: not len(self.hooks))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, 'BACKOFF', 0.001)
    monkeypatch.setattr('gateway.backends.breaker.PAUSE', 0.01)


@pytest.mark.parametrize(
    'failures',
    [[Broken('x')] * 3, [Answer(500, b''), Answer(503, b'')], [Broken('x')] * (FAILURES + 3)],
)
def test_a_hook_is_sent_until_it_is_taken(failures):
    async def main():
        world = World(*failures)
        assert world.tell()
        await world.empty()
        assert world.replies == [b'yes']
        assert world.client.sent == ['0'] * (len(failures) + 1)
        assert world.counters.hooks_retried == len(failures)
        assert world.counters.hooks_sent == 1
        assert not world.counters.hooks_given_up

    asyncio.run(main())


def test_a_hook_that_hangs_is_sent_again():
    async def main():
        world = World()
        world.client.gate.clear()
        world.tell(timeout=0.02)
        await until(lambda: world.counters.hooks_retried)
        world.client.gate.set()
        await world.empty()
        assert world.replies == [b'yes']

    asyncio.run(main())


def test_a_reply_that_is_too_big_has_taken_the_hook():
    async def main():
        world = World(TooBig())
        world.tell()
        await world.empty()
        assert (world.replies, world.counters.hooks_sent) == ([b''], 1)

    asyncio.run(main())


def test_a_hook_that_is_refused_is_given_up_and_counted():
    async def main():
        world = World(Answer(410, b''))
        world.tell()
        await world.empty()
        assert world.replies == []
        assert world.counters.hooks_given_up == {'refused': 1}

    asyncio.run(main())


def test_a_hook_that_is_too_old_is_given_up_and_counted():
    async def main():
        world = World(*[Broken('x')] * 1000, give_up=0.05)
        world.tell()
        await world.empty()
        assert world.counters.hooks_given_up == {'too_old': 1}

    asyncio.run(main())


def test_the_oldest_go_first_and_few_at_a_time():
    async def main():
        world = World()
        world.client.gate.clear()
        names = [str(number) for number in range(30)]
        assert all(map(world.tell, names))
        await asyncio.sleep(0.01)
        assert world.client.sent == names[:IN_FLIGHT]
        world.client.gate.set()
        await world.empty()
        assert world.client.sent == names

    asyncio.run(main())


@pytest.mark.parametrize(('most', 'size'), [(3, 0), (100, 10_000_000)])
def test_one_too_many_is_not_taken_and_there_is_room_again_later(most, size):
    async def main():
        world = World(most=most)
        world.client.gate.clear()
        taken = [world.tell(body=bytes(size)) for _ in range(4)]
        assert taken == [True, True, True, False]
        assert world.counters.hooks_given_up == {'full': 1}
        world.client.gate.set()
        await world.empty()
        assert world.tell(body=bytes(size))
        await world.empty()
        assert len(world.replies) == 4

    asyncio.run(main())


def test_a_stop_sends_what_it_can_and_counts_the_rest(caplog):
    async def main():
        world = World(*[Answer(200, b'')] * IN_FLIGHT)
        hanging = asyncio.Event()
        send = world.client.send

        async def some(call):
            if not world.client.script:
                await hanging.wait()
            return await send(call)

        world.client.send = some
        for number in range(20):
            world.tell(str(number))
        await world.hooks.stop(Drain(0.1))
        given_up = world.counters.hooks_given_up['stopped']
        assert world.counters.hooks_sent + given_up == 20
        assert 0 < given_up < 20
        assert not world.tell()
        assert len(asyncio.all_tasks()) == 1
        given_up = f'{given_up} disconnect events are given up, since the gateway stops'
        assert f'backend http://h:80: {given_up}' in caplog.messages

    asyncio.run(main())


def test_a_stop_does_not_wait_for_a_long_pause(monkeypatch):
    async def main():
        world = World(Broken('x'))
        monkeypatch.setattr(module, 'BACKOFF', 30.0)
        world.tell()
        await until(lambda: world.counters.hooks_retried)
        monkeypatch.setattr(module, 'BACKOFF', 0.001)
        await world.hooks.stop(Drain(20))
        assert world.replies == [b'yes']

    asyncio.run(main())


def test_a_callback_that_fails_is_logged_and_stops_nothing(caplog):
    async def main():
        world = World()

        def fails(_):
            raise ZeroDivisionError

        world.hooks.tell(Call('0', 'http://h/', b''), fails)
        world.tell()
        await world.empty()
        await asyncio.sleep(0)
        assert world.replies == [b'yes']

    asyncio.run(main())
    assert 'backend http://h:80: a disconnect event has failed' in caplog.messages
