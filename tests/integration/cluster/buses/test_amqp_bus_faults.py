"""The bus of RabbitMQ when its broker dies, freezes, blocks, is cut off: Lost soon, well again."""

import asyncio
import time

import pytest

from gateway.cluster.buses import amqp_link
from gateway.cluster.buses import bus as buses
from gateway.cluster.buses.bus import Lost
from tests.support import proxy_tcp, queues
from tests.support.buses import lost, open_sockets, refused, unanswered, works
from tests.support.hub import run, until

pytestmark = pytest.mark.timeout(180)  # a broker takes 10 s to start, and is started twice


@pytest.fixture
def server(rabbit):
    return rabbit


def test_a_broker_that_was_killed_is_lost_at_once_and_found_again(server):
    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            await ear.until(1)
            server.kill()
            with lost('closed the connection|reset by peer'):
                await ear.task
        for _ in range(2):
            await refused(bus)
        await asyncio.to_thread(server.start)
        assert await works(bus)
        await bus.close()

    run(scenario())


def test_a_frozen_broker_is_lost_in_time_and_found_when_it_thaws(server, loop):
    async def scenario():
        bus, fresh, large = (buses.open(server.url) for _ in range(3))
        for one in bus, large:
            await one.publish('socketio', [b'x'])
        none = open_sockets() - 2
        server.freeze()
        try:
            await asyncio.gather(
                unanswered(bus.publish('socketio', [b'x'])),
                unanswered(fresh.publish('socketio', [b'x'])),
                unanswered(large.publish('socketio', [b'x' * 20_000_000])),  # sockets hold less
                unanswered(fresh.listen(['socketio'], print, print)),
            )
            await until(lambda: open_sockets() == none)
        finally:
            server.thaw()
        assert await works(bus)
        assert await works(fresh)
        for one in bus, fresh, large:
            await one.close()

    run(scenario())


def test_a_connection_that_nothing_passes_is_lost_in_time_and_made_anew(server, loop):
    async def scenario(proxy):
        bus = buses.open(f'amqp://127.0.0.1:{proxy.port}')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            await ear.until(1)
            proxy.hold()
            await asyncio.gather(
                unanswered(bus.publish('socketio', [b'y'])),
                unanswered(bus.listen(['socketio'], print, print)),
            )
            assert not ear.task.done()  # its caller's own heartbeats would be missed
            proxy.release()
            assert await ear.until(2) == [b'x', b'y']  # late, but there
            await bus.publish('socketio', [b'z'])
            assert await ear.until(3) == [b'x', b'y', b'z']
            proxy.cut()
            with lost('closed the connection|reset by peer'):
                await ear.task
        assert await works(bus)
        await bus.close()

    with proxy_tcp.running(server.port) as proxy:
        run(scenario(proxy))


def test_a_broker_that_says_nothing_for_two_heartbeats_is_lost(server, monkeypatch):
    monkeypatch.setattr(amqp_link, 'HEARTBEAT', 1)

    async def scenario(proxy):
        bus = buses.open(f'amqp://127.0.0.1:{proxy.port}')
        async with queues.listening(bus, 'socketio') as ear:
            done, _ = await asyncio.wait([ear.task], timeout=3)
            assert not done  # both sides say that they are there
            proxy.hold()
            with pytest.raises(Lost, match='has said nothing for 2 s'):
                await asyncio.wait_for(ear.task, 4)

    with proxy_tcp.running(server.port) as proxy:
        run(scenario(proxy))


def test_a_connection_that_the_broker_closed_meanwhile_is_made_anew_at_once(server):
    async def scenario():
        bus = buses.open(server.url)
        await bus.publish('socketio', [b'x'])
        async with queues.listening(bus, 'socketio') as ear:
            await asyncio.to_thread(server.control, 'close_all_connections', 'for the test')
            with lost('answers: CONNECTION_FORCED - for the test'):
                await ear.task
        assert await works(bus)
        await bus.close()

    run(scenario())


def test_who_publishes_to_a_broker_with_an_alarm_is_told_so_until_it_ends(server, loop):
    async def scenario():
        bus, idle = buses.open(server.url), buses.open(server.url)
        async with queues.listening(buses.open(server.url), 'socketio') as ear:
            await asyncio.to_thread(server.control, 'set_vm_memory_high_watermark', '0.00001')
            try:
                with lost('the broker is blocked: low on memory'):
                    for _ in range(100):  # the first may pass
                        await bus.publish('socketio', [b'x'] * 100)
                begun = time.monotonic()
                for _ in range(10):
                    with lost('the broker is blocked: low on memory'):
                        await bus.publish('socketio', [b'never'])
                assert time.monotonic() - begun < 1
                await idle.close()
            finally:
                await asyncio.to_thread(server.control, 'set_vm_memory_high_watermark', '0.4')
            async with asyncio.timeout(queues.PATIENCE):
                while not await published(bus, b'y'):  # noqa: ASYNC110 - nobody announces it
                    await asyncio.sleep(0.05)
            await bus.publish('socketio', [b'z'])
            async with asyncio.timeout(queues.PATIENCE):
                while ear.bodies[-1] != b'z':
                    await ear.until(len(ear.bodies) + 1)
            assert set(ear.bodies) == {b'x', b'y', b'z'}
        await bus.close()

    run(scenario())


async def published(bus, body):
    try:
        await bus.publish('socketio', [body])
    except Lost:
        return False
    return True


def test_a_publish_that_was_cancelled_leaves_no_connection_behind(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        none = open_sockets()
        await bus.publish('socketio', [b'x'])
        server.freeze()
        try:
            for _ in range(2):  # once while it waits for confirmations, once while it connects
                publishing = asyncio.create_task(bus.publish('socketio', [b'y'] * 500))
                await asyncio.sleep(0.05)
                publishing.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await publishing
            await until(lambda: open_sockets() == none)
        finally:
            server.thaw()
        assert await works(bus)
        await bus.close()

    run(scenario())


def test_close_ends_at_once_whatever_the_broker_does(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        await bus.publish('socketio', [b'x'])
        server.freeze()
        try:
            begun = time.monotonic()
            await bus.close()
            assert time.monotonic() - begun < 1
        finally:
            server.thaw()
        assert await works(bus)
        await bus.close()
        await bus.close()

    run(scenario())
