"""permessage-deflate end to end: who gets it, what is shared, what it must not cost."""

import asyncio
import gc

import pytest
from websockets.asyncio.client import connect

from gateway.hub.target import EVERYONE
from gateway.wire import deflate
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, resident, run, serving, until
from tests.support.raw import connection, polling, websocket
from tests.support.routes import ROUTES

ON = {'compression': {'threshold': '1KB'}}
OFFER = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'
AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
PLAIN, COMPRESSED = 0x81, 0xC1


pytestmark = pytest.mark.usefixtures('loop')


async def upgrade(peer, port, headers=OFFER):
    """An upgraded connection that has joined `/`; the extensions that were agreed on."""
    peer.write(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers=headers).encode())
    head = (await peer.head()).decode()
    assert head.startswith('HTTP/1.1 101 ')
    lines = dict(line.split(': ', 1) for line in head.split('\r\n')[1:] if line)
    await peer.text()
    await peer.join()
    return lines.get('Sec-WebSocket-Extensions')


async def frame(peer) -> tuple[int, bytes]:
    """The next frame with its first byte as it is: final, reserved bits, opcode."""
    first, size = await peer.read(2)
    if size == 126:
        size = int.from_bytes(await peer.read(2), 'big')
    elif size == 127:
        size = int.from_bytes(await peer.read(8), 'big')
    return first, await peer.read(size)


def compressed(first, payload):
    """A masked frame with RSV1."""
    built = raw.frame(first & 0xF, deflate.deflate(payload))
    return bytes((built[0] | 0x40,)) + built[1:]


@pytest.mark.parametrize('mode', ['websocket', 'upgrade'])
def test_the_javascript_client_compresses_both_ways(gateway, node, mode):
    url = gateway(ROUTES, socketio=ON).url
    report = node('compression.js', url, mode).report()
    assert report['extensions'] == 'permessage-deflate'
    assert report['received'] < 10_000  # of 240,000


def test_it_is_off_unless_it_is_switched_on(gateway, node):
    report = node('compression.js', gateway(ROUTES).url, 'websocket').report()
    assert report['extensions'] == ''
    assert report['received'] > 200_000


def test_websockets_client_compresses_both_ways(gateway):
    async def scenario():
        async with connect(f'ws://127.0.0.1:{port}/socket.io/?{raw.WEBSOCKET}') as peer:
            [extension] = peer.protocol.extensions
            assert extension.name == 'permessage-deflate'
            await peer.recv()
            await peer.send('40')
            await peer.recv()
            text = '€' * 100_000
            for id in range(3):  # each message by itself: nothing of the one before
                await peer.send(f'42{id}["echo","{text}"]')
                assert await peer.recv() == f'43{id}["{text}"]'

    port = gateway(ROUTES, socketio=ON).port
    run(scenario())


def test_a_broadcast_is_compressed_once_for_all_who_take_it(monkeypatch):
    async def scenario():
        async with (
            serving(**ON) as hub,
            connection(hub.port) as one,
            connection(hub.port) as two,
            websocket(hub.port) as plain,
        ):
            poller = await polling(hub.port)
            assert [await upgrade(peer, hub.port) for peer in (one, two)] == [AGREED] * 2
            hub.publish('/', 'news', ['x' * 2_000], EVERYONE)
            hub.publish('/', 'news', ['short'], EVERYONE)
            text = b'42["news","' + b'x' * 2_000 + b'"]'
            for peer in (one, two):
                first, payload = await frame(peer)
                assert (first, deflate.inflate(payload, 3_000)) == (COMPRESSED, text)
                assert await frame(peer) == (PLAIN, b'42["news","short"]')
            assert [await frame(plain), await frame(plain)] == [
                (PLAIN, text),
                (PLAIN, b'42["news","short"]'),
            ]
            assert await poller.poll() == text + b'\x1e42["news","short"]'
            assert deflated == [text]

    deflated, real = [], deflate.deflate
    monkeypatch.setattr(deflate, 'deflate', lambda data: deflated.append(data) or real(data))
    run(scenario())


def test_attachments_are_compressed_each_by_itself():
    async def scenario():
        async with serving(**ON) as hub, connection(hub.port) as peer:
            await upgrade(peer, hub.port)
            hub.publish('/', 'files', [b'a' * 5_000, b'b'], EVERYONE)
            first, payload = await frame(peer)
            assert first == PLAIN
            assert payload.startswith(b'452-["files",')
            first, payload = await frame(peer)
            assert (first, deflate.inflate(payload, 5_000)) == (0xC2, b'a' * 5_000)
            assert await frame(peer) == (0x82, b'b')

    run(scenario())


@pytest.mark.parametrize(
    ('sent', 'close'),
    [
        (compressed(1, b'42["echo","' + b'x' * 10_000_000 + b'"]'), b'\x03\xf1message is too big'),
        (
            raw.frame(1, b'\xff\xff')[:1].replace(b'\x81', b'\xc1') + raw.frame(1, b'\xff\xff')[1:],
            b'\x03\xefcompressed data is invalid',
        ),
        (compressed(1, b'42["\xff"]'), b'\x03\xeftext is not UTF-8'),
    ],
)
def test_what_does_not_inflate_within_the_limit_closes(sent, close):
    async def scenario():
        async with serving(max_payload='100KB', **ON) as hub, connection(hub.port) as peer:
            await upgrade(peer, hub.port)
            peer.write(sent)
            assert await peer.closed() == close
            await until(lambda: left_behind(hub) == NOTHING)
            assert hub.eio.counters.closed == {'protocol error': 1}

    run(scenario())


def test_who_did_not_offer_it_may_not_use_it():
    async def scenario():
        async with serving(**ON) as hub, connection(hub.port) as peer:
            assert await upgrade(peer, hub.port, headers='') is None
            peer.write(compressed(1, b'42["echo"]'))
            assert await peer.closed() == b'\x03\xeareserved bits are set'

    run(scenario())


def test_a_handshake_in_two_pieces_agrees_to_the_same():
    """It goes through Tornado's handler instead of the front door."""

    async def scenario():
        async with serving(**ON) as hub, connection(hub.port) as peer:
            asked = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=hub.port, headers=OFFER)
            peer.write(asked[:40].encode())
            await asyncio.sleep(0)
            peer.write(asked[40:].encode())
            assert f'\r\nSec-WebSocket-Extensions: {AGREED}\r\n' in (await peer.head()).decode()

    run(scenario())


def test_a_connection_keeps_nothing_between_two_messages():
    """Memory is as without it: a window each way would be 300 KB."""

    async def scenario():
        async with serving(namespaces='*', **ON) as hub:
            hub.on('echo', lambda sid, text: text)
            peers = []
            gc.collect()
            before = resident()
            for _ in range(200):
                peer = raw.Connection(*await asyncio.open_connection('127.0.0.1', hub.port))
                await upgrade(peer, hub.port)
                peer.write(compressed(1, b'420["echo","' + b'x' * 2_000 + b'"]'))
                first, payload = await frame(peer)
                assert (first, len(deflate.inflate(payload, 9_000))) == (COMPRESSED, 2_007)
                peers.append(peer)
            growth = (resident() - before) / len(peers)
            for peer in peers:
                peer.writer.close()
            await until(lambda: left_behind(hub) == NOTHING)
            assert growth < 60_000, growth  # both ends of a connection are in this process

    run(scenario())
