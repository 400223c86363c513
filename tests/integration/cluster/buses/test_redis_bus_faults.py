"""The bus of Redis when its server dies, freezes or is cut off: Lost within 3 s, well again."""

import asyncio
import time

import pytest
import redis

from gateway.cluster.buses import bus as buses
from tests.support import proxy_tcp, queues
from tests.support.buses import lost, open_sockets, refused, unanswered, works
from tests.support.hub import run, until


@pytest.fixture
def server(tmp_path):
    with queues.redis_server(tmp_path) as server:
        yield server


def test_a_server_that_was_killed_is_lost_at_once_and_found_again(server, loop):
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
        server.start()
        assert await works(bus)
        await bus.close()

    run(scenario())


def test_a_frozen_server_is_lost_in_time_and_found_when_it_thaws(server, loop):
    async def scenario():
        bus, fresh, large = (buses.open(server.url) for _ in range(3))
        none = open_sockets()
        await bus.publish('socketio', [b'x'])
        server.freeze()
        await asyncio.gather(
            unanswered(bus.publish('socketio', [b'x'])),
            unanswered(fresh.publish('socketio', [b'x'])),
            unanswered(large.publish('socketio', [b'x' * 20_000_000])),  # more than sockets hold
            unanswered(fresh.listen(['socketio'], print, print)),
        )
        await until(lambda: open_sockets() == none)
        server.thaw()
        assert await works(bus)
        assert await works(fresh)
        for one in bus, fresh, large:
            await one.close()

    run(scenario())


def test_a_connection_that_nothing_passes_is_lost_in_time_and_made_anew(server):
    async def scenario(proxy):
        bus = buses.open(f'redis://127.0.0.1:{proxy.port}')
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


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew_at_once(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            with redis.Redis(port=server.port) as client:
                client.client_kill_filter(_type='normal', skipme=True)
            await asyncio.sleep(0.1)  # nobody says when the end has come
            await bus.publish('socketio', [b'y'])
            assert await ear.until(2) == [b'x', b'y']  # and it listens still
        await bus.close()

    run(scenario())


def test_a_publish_that_was_cancelled_leaves_no_connection_behind(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        await bus.publish('socketio', [b'x'])
        server.freeze()
        publishing = asyncio.create_task(bus.publish('socketio', [b'y'] * 500))
        await asyncio.sleep(0.05)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        connecting = asyncio.create_task(bus.publish('socketio', [b'z'] * 500))
        await asyncio.sleep(0)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        server.thaw()
        with redis.Redis(port=server.port) as client:
            await until(lambda: len(client.client_list()) == 1)
        assert await works(bus)
        await bus.close()

    run(scenario())


def test_close_ends_at_once_whatever_the_server_does(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        await bus.publish('socketio', [b'x'])
        server.freeze()
        begun = time.monotonic()
        await bus.close()
        assert time.monotonic() - begun < 1
        server.thaw()
        assert await works(bus)
        await bus.close()
        await bus.close()

    run(scenario())
