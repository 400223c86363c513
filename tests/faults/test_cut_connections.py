"""Connections that end at the worst moment: no session, no traceback, nobody else notices."""

import asyncio
import logging
import socket
import struct

import pytest

from gateway.engine.websocket import WebSocket
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

STORM = 300
REQUEST = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()
POLL = f'GET /socket.io/?{raw.POLLING} HTTP/1.1\r\nHost: x\r\n\r\n'.encode()
JOIN = raw.frame(raw.TEXT, b'40')
FIN, RST = struct.pack('ii', 0, 0), struct.pack('ii', 1, 0)


@pytest.fixture(autouse=True)
def no_complaints(caplog):
    caplog.set_level(logging.WARNING)
    yield
    assert [record.getMessage() for record in caplog.records] == []


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
            carrier = hub.eio.open_websocket(b'- http GET /socket.io/\n', b'')
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
