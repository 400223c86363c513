"""TLS: strangers who never finish a handshake, and every way for a connection to end."""

import asyncio
import contextlib
import logging
import socket
import ssl
import warnings

import pytest

from tests.support import certificates, raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

HELLO = b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'  # how a handshake begins


pytestmark = pytest.mark.usefixtures('loop')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('tls'))


STRANGERS = {
    'says nothing': (b'', False),
    'stops inside the handshake': (HELLO, False),
    'goes inside the handshake': (HELLO, True),
    'speaks HTTP': (b'GET / HTTP/1.1\r\nHost: secret-bytes\r\n\r\n', False),
    'speaks garbage': (b'secret-bytes' * 100, False),
    'is no TLS': (b'\x16\x03\x01\x00\x05hello', False),
}


@pytest.mark.parametrize('stranger', STRANGERS)
def test_a_stranger_is_gone_soon_counted_and_costs_nobody_else(
    folder, stranger, monkeypatch, caplog
):
    said, goes = STRANGERS[stranger]
    monkeypatch.setattr('gateway.engine.front.DEFER', 0)
    monkeypatch.setattr('gateway.engine.front.TLS_TIMEOUT', 1.0)
    caplog.set_level(logging.DEBUG)

    async def scenario():
        async with serving(tls=folder, namespaces='*') as hub, raw.connection(hub.port) as peer:
            hub.on('echo', lambda sid, *args: args)
            peer.write(said)
            async with raw.websocket(hub.port, tls=certificates.trusting(folder)) as other:
                other.send('420["echo"]')
                assert await other.text() == '430[]'
                if goes:
                    peer.reset()
                else:
                    await peer.rest()
                await until(lambda: hub.eio.counters.tls_failed == 1)
                other.send('421["echo"]')
                assert await other.text() == '431[]'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())
    lines = [record.getMessage() for record in caplog.records if record.name != 'asyncio']
    assert not [line for line in lines if 'secret' in line or 'hello' in line]
    assert [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and not record.name.startswith('tornado')
    ] == []


def test_a_hundred_silent_strangers_delay_neither_others_nor_the_end(folder, monkeypatch):
    monkeypatch.setattr('gateway.engine.front.DEFER', 0)

    async def scenario():
        loop = asyncio.get_running_loop()
        async with serving(tls=folder, namespaces='*') as hub:
            crowd = [socket.create_connection(('127.0.0.1', hub.port)) for _ in range(100)]
            async with raw.websocket(hub.port, tls=certificates.trusting(folder)):
                assert hub.eio.counters.tls_failed == 0
            begin = loop.time()
        await until(lambda: hub.eio.counters.tls_failed == 100)
        assert loop.time() - begin < 3  # a handshake may take 10 s
        for stranger in crowd:
            stranger.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(1) == b''
            stranger.close()

    run(scenario())


def test_old_versions_are_refused_and_counted(folder):
    async def scenario():
        async with serving(tls=folder) as hub:
            context = certificates.trusting(folder)
            context.set_ciphers('ALL:@SECLEVEL=0')
            with warnings.catch_warnings(action='ignore', category=DeprecationWarning):
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises(ssl.SSLError):
                async with raw.connection(hub.port, context):
                    pass
            await until(lambda: hub.eio.counters.tls_failed == 1)

    run(scenario())


async def ended(hub, reasons, reason):
    """One disconnect with a reason, and nothing of the client is left."""
    await until(lambda: reasons)
    await until(lambda: left_behind(hub) == NOTHING)
    assert reasons == [reason]


@contextlib.asynccontextmanager
async def client(folder, **settings):
    """A hub, its list of reasons, and a client that has joined."""
    reasons = []
    async with serving(tls=folder, namespaces='*', **settings) as hub:
        hub.on('disconnect', lambda sid, reason: reasons.append(reason))
        hub.on('echo', lambda sid, *args: args)
        async with raw.websocket(hub.port, tls=certificates.trusting(folder)) as peer:
            yield hub, reasons, peer


def test_the_clients_closing_handshake(folder):
    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            peer.write(raw.frame(raw.CLOSE, b'\x03\xe8'))
            assert await peer.receive() == (raw.CLOSE, b'\x03\xe8')
            assert await peer.rest() == b''
            await ended(hub, reasons, 'transport close')

    run(scenario())


def test_the_servers_closing_handshake(folder):
    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            await hub.disconnect(peer.sid)
            assert await peer.text() == '41'
            await hub.eio.disconnect()
            assert await peer.closed() == b'\x03\xe8'
            await ended(hub, reasons, 'server disconnect')

    run(scenario())


def test_a_close_frame_that_is_not_answered(folder, monkeypatch):
    monkeypatch.setattr('gateway.engine.websocket.CLOSE_TIMEOUT', 0.2)

    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            await hub.eio.disconnect()
            assert await peer.receive() == (raw.CLOSE, b'\x03\xe8')
            assert await peer.rest() == b''
            await ended(hub, reasons, 'server disconnect')

    run(scenario())


def test_a_shutdown_tells_every_client(folder):
    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            closing = asyncio.create_task(hub.shutdown(5))
            assert await peer.closed() == b'\x03\xe9server shutting down'
            await closing
            await ended(hub, reasons, 'server shutting down')

    run(scenario())


@pytest.mark.parametrize('way', ['reset', 'close'])
def test_a_client_that_goes_without_a_word(folder, way):
    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            peer.send('420["echo"]')
            await peer.text()
            if way == 'reset':
                peer.writer.get_extra_info('socket').setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0'
                )
                peer.reset()
            else:
                peer.writer.close()
            await ended(hub, reasons, f'transport {"error" if way == "reset" else "close"}')

    run(scenario())


def test_a_protocol_error_has_its_close_code(folder, monkeypatch):
    monkeypatch.setattr('gateway.engine.websocket.CLOSE_TIMEOUT', 0.2)

    async def scenario():
        async with client(folder) as (hub, reasons, peer):
            peer.write(b'\x81\x00')  # not masked
            assert (await peer.closed())[:2] == b'\x03\xea'
            await ended(hub, reasons, 'protocol error')

    run(scenario())


def test_a_message_beyond_max_payload_is_1009(folder, monkeypatch):
    monkeypatch.setattr('gateway.engine.websocket.CLOSE_TIMEOUT', 0.2)

    async def scenario():
        async with client(folder, max_payload='100KB') as (hub, reasons, peer):
            peer.send('42' + 'x' * 100_000)
            assert (await peer.closed())[:2] == b'\x03\xf1'
            await ended(hub, reasons, 'protocol error')

    run(scenario())


def test_a_silent_client_is_noticed_by_its_heartbeat(folder):
    heartbeat = {'ping_interval': '2s', 'ping_timeout': '500ms'}

    async def scenario():
        async with client(folder, **heartbeat) as (hub, reasons, peer):
            assert await peer.text() == '2'
            assert await peer.closed() == b'\x03\xe9no pong'
            await ended(hub, reasons, 'ping timeout')

    run(scenario())
