"""A session speaks what its first CONNECT speaks, as far as the configuration allows."""

import base64

import pytest

from tests.support import raw
from tests.support.hub import run, serving
from tests.support.packed import CONNECT, LEAVE, event, join, poll_join, received

STRANGE = b'\x82\xa4type\x00\xa3nsp\xa8/nowhere'


@pytest.mark.parametrize(
    ('setting', 'message', 'close'),
    [
        ('json', event('a'), b'\x03\xebserializer is json: binary not accepted'),
        ('json', b'\x00', b'\x03\xebserializer is json: binary not accepted'),
        ('msgpack', '42["a"]', b'\x03\xebserializer is msgpack: text not accepted'),
        ('auto', b'\x00', b'\x03\xeapacket is not a map'),
        ('auto', event('a'), b'\x03\xeanamespace was not joined'),
        ('auto', LEAVE, b'\x03\xeanamespace was not joined'),
    ],
)
def test_a_first_message_that_is_refused(setting, message, close):
    async def scenario():
        async with serving('*', serializer=setting) as hub:
            async with raw.websocket(hub.port, join=None) as peer:
                peer.send(message)
                assert await peer.closed() == close
            poller = await raw.polling(hub.port, join=False)
            body = (
                b'b' + base64.b64encode(message) if isinstance(message, bytes) else message.encode()
            )
            assert (await poller.post(body)).status == 400
            assert (await raw.ask(hub.port, poller.query)).status == 400
            assert hub.eio.counters.closed['protocol error'] == 2

    run(scenario())


def test_a_connect_in_the_other_serializer_is_answered_in_it_and_leaves_nothing(caplog):
    async def scenario():
        listening = serving('*', serializer='json')
        async with listening as hub, raw.websocket(hub.port, join=None) as peer:
            for _ in range(2):
                peer.send(CONNECT)
                assert await received(peer) == {
                    'type': 4,
                    'nsp': '/',
                    'data': {'message': 'serializer is json: msgpack not accepted'},
                }
            assert hub.manager.spaces == {}
            await peer.join()
        async with serving('*', serializer='msgpack') as hub:
            poller = await raw.polling(hub.port, join=False)
            assert (await poller.post(b'40/chat,')).status == 200
            why = '{"message":"serializer is msgpack: json not accepted"}'
            assert await poller.poll() == f'44/chat,{why}'.encode()
            assert hub.manager.spaces == {}

    run(scenario())
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        f"a client that speaks '{spoken}' was refused: see socketio.serializer"
        for spoken in ('msgpack', 'json')
    ]


@pytest.mark.parametrize(('setting', 'kind'), [('json', str), ('msgpack', bytes)])
def test_the_serializer_that_is_set_is_spoken(setting, kind):
    async def scenario():
        listening = serving('*', serializer=setting)
        async with listening as hub, raw.websocket(hub.port, join=None) as peer:
            await (join(peer) if kind is bytes else peer.join())
            await hub.emit('news')
            expected = event('news') if kind is bytes else b'42["news"]'
            assert (await peer.receive())[1] == expected

    run(scenario())


def test_the_other_kind_closes_once_a_namespace_is_joined():
    async def scenario():
        async with serving('*') as hub:
            for message, close in [
                ('40/chat,', b'\x03\xebtext where msgpack is spoken'),
                ('42["a"]', b'\x03\xebtext where msgpack is spoken'),
            ]:
                async with raw.websocket(hub.port, join=None) as peer:
                    await join(peer)
                    peer.send(message)
                    assert await peer.closed() == close
            async with raw.websocket(hub.port) as peer:
                peer.send(event('a'))
                assert await peer.closed() == b'\x03\xeaattachment out of place'
            poller = await poll_join(hub.port)
            assert (await poller.post(b'42["a"]')).status == 400

    run(scenario())


def test_a_session_without_clients_may_choose_again():
    async def scenario():
        async with serving(['/']) as hub, raw.websocket(hub.port) as peer:
            peer.send('41')
            await join(peer)
            peer.send(LEAVE)
            peer.send('40/nowhere,')
            assert await peer.text() == '44/nowhere,{"message":"Invalid namespace"}'
            peer.send(STRANGE)
            assert await received(peer) == {
                'type': 4,
                'nsp': '/nowhere',
                'data': {'message': 'Invalid namespace'},
            }
            peer.sid = await peer.join()
            await hub.disconnect(peer.sid)
            assert await peer.text() == '41'
            await join(peer)
            await hub.disconnect(peer.sid)
            assert (await peer.receive())[1] == LEAVE, 'no data: JavaScript would choke on nil'
            assert hub.manager.spaces == {}

    run(scenario())
