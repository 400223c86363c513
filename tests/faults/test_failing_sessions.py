"""What fails in one session is the end of that session, in time, and of nothing else."""

import asyncio
import logging
import os
import socket

import pytest

from gateway.engine import flusher
from gateway.engine.websocket import WebSocket
from gateway.hub.target import EVERYONE
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import websocket

PLACE = '{"_placeholder":true,"num":0}'


@pytest.mark.parametrize('times', [1, 1_000], ids=['once', 'for good'])
@pytest.mark.parametrize('pending', ['42["news"]', '430[]'])
def test_a_failing_write_ends_its_session_only(pending, times, monkeypatch, caplog):
    async def scenario():
        async with serving(namespaces='*') as hub:
            hub.on('echo', lambda sid, *args: args)
            async with websocket(hub.port) as peer, websocket(hub.port) as other:
                victim = hub.eio.sockets[peer.open['sid']]
                flush, failures = WebSocket.flush, []

                def failing(transport, session):
                    if session is victim and len(failures) < times:
                        failures.append(session)
                        raise MemoryError
                    flush(transport, session)

                def not_past(fd, data):  # nor past the outbox
                    if fd == victim.transport.fd:
                        raise MemoryError
                    return os.write(fd, data)

                monkeypatch.setattr(WebSocket, 'flush', failing)
                monkeypatch.setattr(flusher, 'write', not_past)
                if pending == '430[]':
                    peer.send('420["echo"]')
                    await until(lambda: victim.closed)
                else:
                    await hub.emit('news')
                    assert await other.text() == '42["news"]'
                other.send('421["echo"]')
                assert await other.text() == '431[]'
                if times == 1:  # the second try, on the way out, was a success
                    assert await peer.text() == pending
                    assert (await peer.closed())[:2] == b'\x03\xf3'
                else:
                    assert await peer.rest() == b''
                assert list(hub.eio.sockets) == [other.open['sid']]
                assert hub.eio.counters.closed == {'server error': 1}
            await until(lambda: left_behind(hub) == NOTHING)
        assert f'session {victim.sid}: writing failed' in caplog.text

    run(scenario())


def test_where_half_a_frame_cannot_be_followed_nothing_follows(monkeypatch, caplog):
    async def scenario():
        async with serving(namespaces='*') as hub:
            hub.on('echo', lambda sid, *args: args)
            async with websocket(hub.port) as peer, websocket(hub.port) as other:
                victim = hub.eio.sockets[peer.open['sid']]

                def half(fd, data):
                    return os.write(fd, data[:5] if fd == victim.transport.fd else data)

                def failing(transport, session, data, sent):
                    assert (session, sent) == (victim, 5)
                    raise MemoryError

                monkeypatch.setattr(flusher, 'write', half)
                monkeypatch.setattr(WebSocket, 'leave', failing)
                await hub.emit('news')
                assert await other.text() == '42["news"]'
                assert await peer.rest() == b'\x81\x0a42["news"]'[:5]
                other.send('421["echo"]')
                assert await other.text() == '431[]'
                assert hub.eio.counters.closed == {'server error': 1}
            await until(lambda: left_behind(hub) == NOTHING)
        assert f'session {victim.sid}: writing failed' in caplog.text

    run(scenario())


async def kicked(hub, peer):
    await peer.join()
    [client] = hub.manager.spaces['/'].clients
    await hub.disconnect(client)
    assert await peer.text() == '41'


async def gone_by_itself(hub, peer):
    await peer.join()
    peer.send('41')


async def refused_late(hub, peer):
    async def connect(sid, environ):
        await until(lambda: not len(hub.eio.deadlines))
        return False

    hub.on('connect', connect)
    peer.send('40')
    assert await peer.text() == '44{"message":"Connection rejected by server"}'


async def refused_twice(hub, peer):
    hub.on('connect', lambda sid, environ: False)
    for _ in range(2):
        peer.send('40')
        assert await peer.text() == '44{"message":"Connection rejected by server"}'


@pytest.mark.parametrize('idle', [kicked, gone_by_itself, refused_late, refused_twice])
def test_a_session_that_is_in_no_namespace_ends_in_time(idle):
    async def scenario():
        settings = {'namespaces': '*', 'connect_timeout': '200ms'}
        async with serving(**settings) as hub, websocket(hub.port, join=None) as peer:
            await idle(hub, peer)
            assert await peer.closed() == b'\x03\xf0no namespace was joined'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('meanwhile', ['accepted', 'refused', 'left', 'kicked'])
def test_an_unfinished_binary_event_expires_whatever_happens_elsewhere(meanwhile):
    async def scenario():
        settings = {'namespaces': '*', 'ping_timeout': '200ms'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            gate = asyncio.Event()

            async def connect(sid, environ):
                await gate.wait()
                return meanwhile != 'refused'

            hub.on('connect', connect, namespace='/other')
            if meanwhile in ('left', 'kicked'):
                gate.set()
                other = await peer.join('/other')
            else:
                peer.send('40/other,')
            if meanwhile == 'left':
                peer.send('41/other,')
            peer.send(f'451-["file",{PLACE}]')
            [session] = hub.eio.sockets.values()
            await until(lambda: session.assembly)
            if meanwhile == 'kicked':
                await hub.disconnect(other, namespace='/other')
            gate.set()
            if meanwhile != 'left':
                said = {'accepted': '40/other,', 'refused': '44/other,', 'kicked': '41/other,'}
                assert (await peer.text()).startswith(said[meanwhile])
            assert await peer.closed() == b'\x03\xf0unfinished binary event'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('ending', ['close frame', 'kick', 'violation'])
def test_a_client_that_does_not_read_is_gone_in_time(ending, monkeypatch):
    monkeypatch.setattr('gateway.engine.websocket.CLOSE_TIMEOUT', 0.2)

    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            peer.writer.transport.pause_reading()
            theirs = peer.writer.get_extra_info('socket')
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            [session] = hub.eio.sockets.values()
            wire = session.transport._transport
            ours = wire.get_extra_info('socket')
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            for _ in range(30):  # more than both kernels' buffers hold
                hub.publish('/', 'flood', ['x' * 100_000], EVERYONE)
                await asyncio.sleep(0)
            match ending:
                case 'close frame':
                    peer.write(raw.frame(raw.CLOSE, b'\x03\xe8'))
                case 'kick':
                    await hub.eio.disconnect()
                case 'violation':
                    peer.send('nonsense')
            await until(lambda: session.closed)
            await until(lambda: session.transport._state == 'lost')
            assert left_behind(hub) == NOTHING
            peer.reset()

    run(scenario())


def test_a_shutdown_waits_for_disconnect_handlers():
    async def scenario():
        async with serving() as hub:
            ended = []

            @hub.event
            async def disconnect(sid, reason):
                await asyncio.sleep(0.1)
                ended.append((sid, reason))

            async with websocket(hub.port) as peer:
                ending = asyncio.create_task(hub.shutdown(5))
                assert await peer.closed() == b'\x03\xe9server shutting down'
                await ending
                assert ended == [(peer.sid, 'server shutting down')]
            assert left_behind(hub) == NOTHING

    run(scenario())


@pytest.fixture(autouse=True)
def warnings(caplog):
    caplog.set_level(logging.WARNING)
