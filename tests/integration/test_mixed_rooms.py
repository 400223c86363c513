"""JSON and msgpack in one namespace: what is encoded how often, and what arrives."""

import json

import msgpack
import pytest

from gateway.hub import serializer
from gateway.hub.target import EVERYONE, Target
from tests.support import raw
from tests.support.hub import run, serving, until
from tests.support.packed import event, join, poll_join, polled, received


@pytest.fixture
def encodings(monkeypatch):
    """The name of each serializer that encodes an event, every time it does."""
    names = []

    def watched(codec):
        def encode(kind, *args):
            if kind == 2:
                names.append(codec.name)
            return codec.encode(kind, *args)

        return codec._replace(encode=encode)

    json_codec, msgpack_codec = map(watched, serializer.CODECS['auto'])
    monkeypatch.setattr(serializer, 'JSON', json_codec)
    monkeypatch.setitem(serializer.CODECS, 'auto', (json_codec, msgpack_codec))
    return names


def test_a_broadcast_is_encoded_once_for_each_kind_over_both_transports(encodings):
    async def scenario():
        async with (
            serving('*') as hub,
            raw.websocket(hub.port) as text,
            raw.websocket(hub.port) as more_text,
            raw.websocket(hub.port, join=None) as packed,
            raw.websocket(hub.port, join=None) as more_packed,
        ):
            polling = await raw.polling(hub.port)
            packed_polling = [await poll_join(hub.port), await poll_join(hub.port)]
            for peer in (packed, more_packed):
                await join(peer)
            await hub.emit('news', (b'\x00\x01', 7))
            assert encodings == ['json', 'msgpack']
            outboxes = [session.outbox for session in hub.eio.sockets.values()]
            assert len({id(packet) for [packet] in outboxes}) == 2, 'one frame for each kind'
            for peer in (text, more_text):
                head = '451-["news",{"_placeholder":true,"num":0},7]'
                assert await peer.text() == head
                assert await peer.receive() == (raw.BINARY, b'\x00\x01')
            expected = event('news', b'\x00\x01', 7)
            for peer in (packed, more_packed):
                assert await peer.receive() == (raw.BINARY, expected)
            assert await polling.poll() == head.encode() + b'\x1ebAAE='
            for poller in packed_polling:
                [packet] = await polled(poller)
                assert packet == msgpack.unpackb(expected)

    run(scenario())


@pytest.mark.parametrize(
    ('to', 'names'),
    [
        (lambda text, packed: Target(sids=(text.sid,)), ['json']),
        (lambda text, packed: Target(sids=(packed.sid,)), ['msgpack']),
        (lambda text, packed: Target(rooms=('empty',)), ['json']),
        (lambda text, packed: EVERYONE, ['json', 'msgpack']),
    ],
)
def test_only_what_a_recipient_speaks_is_encoded(encodings, to, names):
    async def scenario():
        async with (
            serving('*') as hub,
            raw.websocket(hub.port) as text,
            raw.websocket(hub.port, join=None) as packed,
        ):
            await join(packed)
            hub.publish('/', 'news', [], to(text, packed))
            assert encodings == names

    run(scenario())


def test_a_namespace_of_one_serializer_encodes_in_no_other(encodings):
    async def scenario():
        async with serving('*') as hub:
            async with raw.websocket(hub.port, join=None) as packed:
                async with raw.websocket(hub.port):
                    await join(packed)
                await until(lambda: len(hub.eio.sockets) == 1)
                await hub.emit('news')
                assert encodings == ['msgpack']
            await until(lambda: not hub.eio.sockets)
            await hub.emit('news')
            with pytest.raises(ValueError, match='not encodable'):
                await hub.emit('news', object())
            assert encodings == ['msgpack', 'json', 'json']

    run(scenario())


@pytest.mark.parametrize('packed', [False, True])
def test_what_a_connect_handler_sends_is_what_the_value_was_then(packed):
    async def scenario():
        async with serving() as hub:

            @hub.on('connect')
            async def connect(sid, environ):
                value = {'n': 1}
                await hub.emit('early', value, to=sid)
                await hub.emit('asked', value, to=sid, callback=lambda: None)
                value['n'] = 2

            async with raw.websocket(hub.port, join=None) as peer:
                if packed:
                    await join(peer)
                    assert (await received(peer))['data'] == ['early', {'n': 1}]
                    asked = await received(peer)
                    assert (asked['data'], asked['id']) == (['asked', {'n': 1}], 1)
                else:
                    await peer.join()
                    assert await peer.text() == '42["early",{"n":1}]'
                    assert await peer.text() == '421["asked",{"n":1}]'

    run(scenario())


def test_what_a_connect_route_publishes_is_what_the_value_was_then(encodings):
    async def scenario():
        async with (
            serving('*') as hub,
            raw.websocket(hub.port) as text,
            raw.websocket(hub.port, join=None) as packed,
        ):
            await join(packed)
            value = {'n': 1}

            @hub.on('connect')
            def connect(sid, environ):
                origin = hub.manager.client(sid, '/')
                hub.publish('/', 'early', [value], EVERYONE, origin=origin)
                value['n'] = 2

            async with raw.websocket(hub.port) as newcomer:
                for peer in (text, newcomer):
                    assert await peer.text() == '42["early",{"n":1}]'
            assert (await received(packed))['data'] == ['early', {'n': 1}]
            assert encodings == ['json', 'msgpack']

    run(scenario())


def test_what_is_queued_before_an_upgrade_needs_no_other_form():
    async def scenario():
        async with serving('*') as hub:
            poller = await poll_join(hub.port)
            for number in range(3):
                await hub.emit('news', (number, b'\x00'))
            query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
            async with raw.connection(hub.port) as peer:
                peer.write(raw.HANDSHAKE.format(query=query, port=hub.port, headers='').encode())
                assert await peer.head() == raw.SWITCHED
                peer.send('2probe')
                assert await peer.text() == '3probe'
                peer.send('5')
                for number in range(3):
                    assert (await received(peer))['data'] == ['news', number, b'\x00']

    run(scenario())


def test_values_that_only_msgpack_has_reach_clients_that_speak_json():
    async def scenario():
        async with serving('*') as hub:

            @hub.on('tell')
            async def tell(sid, *args):
                await hub.emit('told', args)

            async with (
                raw.websocket(hub.port) as text,
                raw.websocket(hub.port, join=None) as packed,
            ):
                await join(packed)
                args = (
                    b'\xd4\x00\x00',
                    b'\xd7\x00' + (1_000).to_bytes(8, 'big'),
                    b'\xc7\x01\x00\x07',
                )
                args += b'\xcb\x7f\xf8' + bytes(6), b'\xa3\xed\xa0\x80'  # NaN, a lone surrogate
                head = b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x96'
                packed.send(head + b'\xa4tell' + b''.join(args))
                told = await packed.receive()
                args = *args[:-1], b'\xa3' + '\ufffd'.encode()
                assert told == (raw.BINARY, head + b'\xa4told' + b''.join(args))
                assert json.loads((await text.text())[len('451-') :]) == [
                    'told',
                    None,
                    '1970-01-01T00:00:01.000Z',
                    {'_placeholder': True, 'num': 0},
                    None,
                    '\ud800',
                ]
                assert await text.receive() == (raw.BINARY, b'\x07')

    run(scenario())
