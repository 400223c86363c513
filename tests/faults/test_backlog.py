"""A client that asks faster than handlers answer is not read on, and nobody suffers from it."""

import asyncio
import os

import pytest

from gateway.engine.server import EngineServer
from gateway.engine.session import MAX_IN_FLIGHT
from gateway.hub.target import EVERYONE, Target
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import polling, websocket

MANY = 3_000
EVENT = raw.frame(raw.TEXT, b'42["slow"]')
REQUEST = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()


class Handlers:
    """`slow` waits for the gate; how many ran, and ran at once."""

    def __init__(self, hub) -> None:
        self.gate = asyncio.Event()
        self.now = self.peak = self.done = 0
        hub.on('slow', self.slow)
        hub.on('echo', lambda sid, *args: args)

    async def slow(self, sid, *args) -> None:
        self.now += 1
        self.peak = max(self.peak, self.now)
        await self.gate.wait()
        self.now -= 1
        self.done += 1


async def turns(hub, count=5):
    """Let everything happen that can: somebody else's questions are answered `count` times."""
    async with websocket(hub.port) as other:
        for _ in range(count):
            other.send('420["echo"]')
            assert await other.text() == '430[]'


async def paused(hub):
    await until(lambda: hub.eio.counters.reads_paused)
    await turns(hub)


@pytest.mark.parametrize('way', ['a burst', 'behind the handshake', 'one post'])
def test_events_in_flight_are_bounded_and_none_is_lost(way):
    async def scenario():
        async with serving(namespaces='*') as hub:
            handlers = Handlers(hub)
            posting = None
            async with raw.connection(hub.port) as peer:
                if way == 'one post':
                    poller = await polling(hub.port)
                    posting = asyncio.create_task(poller.post(b'\x1e'.join([b'42["slow"]'] * MANY)))
                else:
                    peer.write(REQUEST + raw.frame(raw.TEXT, b'40'))
                    if way == 'a burst':
                        await peer.head()
                        await until(lambda: hub.manager.spaces)
                        peer.write(EVENT * MANY)
                    else:
                        peer.write(EVENT * 110)
                        await until(lambda: hub.eio.counters.reads_paused)
                        for _ in range((MANY - 110) // 10):
                            peer.write(EVENT * 10)
                            await asyncio.sleep(0)
                await paused(hub)
                assert (handlers.now, handlers.done) == (MAX_IN_FLIGHT, 0)
                handlers.gate.set()
                await until(lambda: handlers.done == MANY)
                assert handlers.peak == MAX_IN_FLIGHT
                if posting is not None:
                    assert (await posting).status == 200

    run(scenario())


def test_connect_handlers_in_flight_are_bounded():
    async def scenario():
        async with serving() as hub:
            gate, joined = asyncio.Event(), []

            async def connect(sid, environ):
                joined.append(sid)
                await gate.wait()

            hub.on('connect', connect, namespace='/slow')
            hub.on('echo', lambda sid, *args: args)
            async with websocket(hub.port, join=None) as peer:
                pair = [raw.frame(raw.TEXT, packet) for packet in (b'40/slow,', b'41/slow,')]
                peer.write(b''.join(pair) * MANY)
                await paused(hub)
                assert len(joined) == len(hub._tasks) == MAX_IN_FLIGHT
                gate.set()
                await until(lambda: len(joined) == MANY)
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_client_that_is_not_read_is_not_missed(monkeypatch):
    beats, beat = [], EngineServer._beat

    def counting(engine, session):
        beats.append(session.paused)
        beat(engine, session)

    monkeypatch.setattr(EngineServer, '_beat', counting)

    async def scenario():
        settings = {'namespaces': '*', 'ping_interval': '100ms', 'ping_timeout': '100ms'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            handlers = Handlers(hub)
            [session] = hub.eio.sockets.values()
            peer.write(EVENT * 150)
            await until(lambda: beats.count(True) >= 5)
            assert not session.closed
            handlers.gate.set()
            await until(lambda: handlers.done == 150)
            assert not session.closed

    run(scenario())


def test_a_client_whose_handlers_hang_delays_a_shutdown_by_half_its_time_at_the_most():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            handlers = Handlers(hub)
            peer.write(EVENT * 150)
            await paused(hub)
            async with asyncio.timeout(2):
                ending = asyncio.create_task(hub.eio.shutdown(2))
                assert await peer.closed() == b'\x03\xe9server shutting down'
                await ending
            assert not hub.eio.sockets
            handlers.gate.set()

    run(scenario())


@pytest.mark.parametrize('whom', ['by sid', 'all'])
def test_writing_gives_the_loop_back(whom, monkeypatch):
    monkeypatch.setattr('gateway.engine.flusher.SLICE', 0.0)
    writes = []

    async def scenario():
        async with serving(namespaces='*') as hub:
            peers = [await _joined(hub) for _ in range(100)]
            members = hub.manager.spaces['/'].members

            def counting(fd, data):
                writes.append(hub.eio.flusher.turn)
                return os.write(fd, data)

            for module in ('flusher', 'sender'):
                monkeypatch.setattr(f'gateway.engine.{module}.write', counting)
            to = Target(sids=tuple(members)) if whom == 'by sid' else EVERYONE
            hub.publish('/', 'news', [], to)
            for peer in peers:
                assert await peer.text() == '42["news"]'
            assert [writes.count(turn) for turn in sorted(set(writes))] == [32, 32, 32, 4]
            for peer in peers:
                peer.reset()

    run(scenario())


async def _joined(hub):
    peer = raw.Connection(*await asyncio.open_connection('127.0.0.1', hub.port))
    peer.write(REQUEST)
    assert await peer.head() == raw.SWITCHED
    assert (await peer.text())[0] == '0'
    await peer.join()
    return peer


def test_a_post_that_is_held_back_over_an_upgrade_is_answered():
    """Its packets would come behind those of the new transport: a violation, not a leak."""

    async def scenario():
        async with serving(namespaces='*') as hub:
            handlers = Handlers(hub)
            poller = await polling(hub.port)
            body = b'\x1e'.join([b'42["slow"]'] * (MAX_IN_FLIGHT + 1))
            posting = asyncio.create_task(poller.post(body))
            await paused(hub)
            query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
            async with raw.connection(hub.port) as peer:
                peer.write(raw.HANDSHAKE.format(query=query, port=80, headers='').encode())
                assert await peer.head() == raw.SWITCHED
                peer.send('2probe')
                assert await peer.text() == '3probe'
                peer.send('5')
                assert (await posting).status == 400
            assert handlers.peak == MAX_IN_FLIGHT
            handlers.gate.set()
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())
