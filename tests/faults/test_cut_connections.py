"""Connections that end at the worst moment: no session, no traceback, nobody else notices."""

import asyncio
import logging
import socket
import struct

import pytest

from gateway.engine import sender
from gateway.engine.adoption import carry
from gateway.engine.handshake import BAD_REQUEST, Switching
from gateway.engine.websocket import WebSocket
from gateway.hub.target import EVERYONE
from tests.faults.inside import admitted
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

STORM = 120
REQUEST = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()
POLL = f'GET /socket.io/?{raw.POLLING} HTTP/1.1\r\nHost: x\r\n\r\n'.encode()
JOIN = raw.frame(raw.TEXT, b'40')
FIN, RST = struct.pack('ii', 0, 0), struct.pack('ii', 1, 0)


@pytest.fixture(autouse=True)
def no_complaints(caplog):
    caplog.set_level(logging.WARNING)
    yield
    assert [record.getMessage() for record in caplog.get_records('call')] == []


def cut(port, data, linger):
    """Connect, say something, and go without waiting for an answer."""
    with socket.create_connection(('127.0.0.1', port)) as client:
        client.sendall(data)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize('linger', [FIN, RST], ids=['FIN', 'RST'])
@pytest.mark.parametrize(
    'data',
    [b'', REQUEST[:40], REQUEST, REQUEST + JOIN, REQUEST + JOIN[:3], REQUEST + JOIN * 50],
    ids=['nothing', 'half a request', 'a request', 'a join', 'half a frame', 'too much'],
)
def test_a_websocket_that_is_cut_while_it_opens(data, linger):
    async def scenario():
        async with serving(namespaces='*') as hub:
            for _ in range(10):
                for _ in range(STORM // 10):
                    cut(hub.port, data, linger)
                await asyncio.sleep(0)
            async with raw.websocket(hub.port):
                await until(lambda: len(hub.eio.sockets) == 1)
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('linger', [FIN, RST], ids=['FIN', 'RST'])
def test_what_is_no_http_is_refused_once_though_nobody_waits_for_the_answer(linger):
    async def scenario():
        async with serving() as hub:
            for _ in range(STORM):
                cut(hub.port, b'\x16\x03\x01', linger)
            async with raw.connection(hub.port) as peer:  # the last in the queue
                peer.write(b'\x16')
                assert (await peer.answer()).status == 400
            assert hub.eio.counters.refused == {BAD_REQUEST.message: STORM + 1}

    run(scenario())


@pytest.mark.parametrize('size', [1, 100_000], ids=['one write', 'many writes'])
def test_all_that_a_broken_pipe_did_not_take_is_counted(size, monkeypatch):
    def broken(fd, data):
        raise BrokenPipeError

    async def scenario():
        async with serving('*') as hub, raw.websocket(hub.port):
            await until(lambda: not any(one.outbox for one in hub.eio.sockets.values()))
            monkeypatch.setattr(sender, 'write', broken)
            for _ in range(10):
                hub.publish('/', 'news', ['x' * size], EVERYONE)
            await until(lambda: left_behind(hub) == NOTHING)
            assert hub.eio.counters.packets_undelivered == 10

    run(scenario())


def test_what_its_own_disconnect_handler_has_sent_a_session_is_counted():
    async def scenario():
        async with serving(namespaces='*') as hub:

            @hub.on('disconnect')
            async def disconnect(sid, reason):
                await hub.emit('gone', namespace='/other')  # where the session still is

            async with raw.websocket(hub.port) as peer:
                await peer.join('/other')
                queued = hub.eio.counters.packets_queued
                peer.reset()
                await until(lambda: left_behind(hub) == NOTHING and not hub.eio.flusher.busy)
                assert hub.eio.counters.packets_queued == queued + 1
                assert hub.eio.counters.packets_undelivered == 1

    run(scenario())


@pytest.mark.parametrize('linger', [FIN, RST], ids=['FIN', 'RST'])
def test_a_poll_that_is_cut_while_it_opens_is_missed_at_its_deadline(linger, monkeypatch):
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.1)

    async def scenario():
        async with serving(namespaces='*', connect_timeout='200ms') as hub:
            for _ in range(STORM):
                cut(hub.port, POLL, linger)
                await asyncio.sleep(0)
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_handshake_that_is_split_anywhere():
    async def scenario():
        async with serving(namespaces='*') as hub:
            hub.on('echo', lambda sid, *args: args)
            data = REQUEST + JOIN + raw.frame(raw.TEXT, b'420["echo","early"]')
            for at in [*range(1, len(data), 7), len(data)]:
                async with raw.connection(hub.port) as peer:
                    peer.write(data[:at])
                    await asyncio.sleep(0.001)
                    peer.write(data[at:])
                    assert await peer.head() == raw.SWITCHED
                    assert (await peer.text()).startswith('0{"sid":"')
                    assert (await peer.text()).startswith('40{"sid":"')
                    assert await peer.text() == '430["early"]'

    run(scenario())


@pytest.mark.parametrize('method', ['close', 'abort'])
def test_a_session_may_end_before_its_socket_is_adopted(method):
    """A shutdown comes between the 101 and `connection_made`."""

    async def scenario():
        async with serving(namespaces='*') as hub:
            carrier = hub.eio.open_websocket(b'- http GET /socket.io/\n', Switching(b'', False))
            assert isinstance(carrier, WebSocket)
            if method == 'close':
                await hub.eio.disconnect()
            else:
                carrier.abort()
            ours, theirs = socket.socketpair()
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: carrier, ours)
            theirs.settimeout(5)
            said = await asyncio.to_thread(theirs.recv, 1_000)
            assert said == b''
            theirs.close()
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('linger', [FIN, RST], ids=['FIN', 'RST'])
@pytest.mark.parametrize('kind', ['a new session', 'an upgrade'])
def test_a_handshake_in_two_pieces_that_is_cut(kind, linger, monkeypatch):
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.1)
    connections = admitted(monkeypatch)

    async def scenario():
        async with serving(namespaces='*') as hub, raw.websocket(hub.port) as other:
            hub.on('echo', lambda sid, *args: args)
            for _ in range(20):
                query = raw.WEBSOCKET
                if kind == 'an upgrade':
                    query += f'&sid={(await raw.polling(hub.port)).open["sid"]}'
                request = raw.HANDSHAKE.format(query=query, port=80, headers='').encode()
                connections.clear()
                with socket.create_connection(('127.0.0.1', hub.port)) as client:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    client.sendall(request[:20])
                    await until(lambda: connections)
                    client.sendall(request[20:])
                other.send('420["echo"]')
                assert await other.text() == '430[]'
            await hub.emit('news')
            assert await other.text() == '42["news"]'
            if kind == 'an upgrade':
                await until(lambda: not any(s.probe for s in hub.eio.sockets.values()))
                assert len(hub.eio.sockets) == 21, 'polling goes on'
                await hub.eio.disconnect()
                await other.closed()
            else:
                await until(lambda: len(hub.eio.sockets) == 1)
        await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_session_that_ends_beside_its_upgrade_leaves_no_ghost(monkeypatch):
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.1)

    async def scenario():
        async with serving(namespaces='*') as hub:
            hub.on('connect', lambda sid, environ: hub.manager.basic_enter_room(sid, '/', 'room'))
            for _ in range(30):
                poller = await raw.polling(hub.port)
                query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
                upgrade = raw.HANDSHAKE.format(query=query, port=80, headers='').encode()
                post = f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'.encode()
                async with raw.connection(hub.port) as first, raw.connection(hub.port) as second:
                    for peer in (first, second):  # known to the server: no accept between the two
                        peer.write(b'OPTIONS /socket.io/ HTTP/1.1\r\nHost: x\r\n\r\n')
                        await peer.head()
                    first.write(upgrade)
                    second.write(post + b'Content-Length: 1\r\n\r\n1')
                    assert (await second.answer()).body == b'ok'
                    await first.rest()
            await hub.emit('news')
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('pieces', [1, 2])
def test_a_shutdown_while_handshakes_are_in_flight(pieces, monkeypatch):
    connections = admitted(monkeypatch)

    async def scenario():
        async with serving(namespaces='*') as hub:
            clients = [socket.create_connection(('127.0.0.1', hub.port)) for _ in range(5)]
            if pieces == 2:
                for client in clients:
                    client.sendall(REQUEST[:20])
                await until(lambda: len(connections) == 5)
            for client in clients:
                client.sendall(REQUEST[20 * (pieces - 1) :])
            while not hub.eio.sockets:  # noqa: ASYNC110  # not one pass later than that
                await asyncio.sleep(0)
            for client in clients:
                client.shutdown(socket.SHUT_WR)
            await hub.eio.shutdown(1)
            assert not hub.eio.sockets
            for client in clients:
                client.close()
        await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_socket_that_cannot_be_adopted_is_a_connection_lost():
    async def scenario():
        async with serving(namespaces='*') as hub:
            carrier = hub.eio.open_websocket(b'- http GET /socket.io/\n', Switching(b'', False))
            await carry(socket.socket(type=socket.SOCK_DGRAM), carrier)
            assert left_behind(hub) == NOTHING
            assert hub.eio.counters.closed == {'transport error': 1}

    run(scenario())
