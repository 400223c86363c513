"""What python-socketio's handlers decide, and what reaches whom when they are slow."""

import asyncio
import json

import pytest
import socketio
from socketio.exceptions import ConnectionRefusedError as HandlerRefused

from tests.support import raw
from tests.support.hub import run, serving, until
from tests.support.raw import ask, polling, websocket

pytestmark = pytest.mark.usefixtures('loop')
NO = '44/secret,{"message":"Connection rejected by server"}'
MINE = '44/secret,{"message":"mine"}'
BUILT_IN = '44/secret,{"message":"Connection refused by server"}'


def decide(verdict):
    if isinstance(verdict, Exception):
        raise verdict
    return verdict


@pytest.mark.parametrize('kind', ['function', 'coroutine', 'class', 'class with coroutines'])
@pytest.mark.parametrize(
    ('verdict', 'reply'),
    [
        (None, '40/secret,{"sid":"'),
        (True, '40/secret,{"sid":"'),
        (False, NO),
        (HandlerRefused('mine'), MINE),
        (ConnectionRefusedError('internals'), BUILT_IN),
    ],
)
@pytest.mark.parametrize('namespace', ['*', '/secret'])
def test_a_connect_handler_decides(namespace, verdict, reply, kind):
    asked = []

    def connect(*args):
        asked.append(args)
        return decide(verdict)

    async def connect_later(*args):
        asked.append(args)
        await asyncio.sleep(0)
        return decide(verdict)

    class Plain(socketio.AsyncNamespace):
        def on_connect(self, *args):
            return connect(*args)

    class Later(socketio.AsyncNamespace):
        async def on_connect(self, *args):
            return await connect_later(*args)

    async def scenario():
        async with serving() as hub, websocket(hub.port, join=None) as peer:
            if kind.startswith('class'):
                hub.register_namespace((Plain if kind == 'class' else Later)(namespace))
            else:
                handler = connect if kind == 'function' else connect_later
                hub.on('connect', handler, namespace=namespace)
            peer.send('40/secret,{"key":1}')
            assert (await peer.text()).startswith(reply)
            [args] = asked
            extra = ('/secret',) if namespace == '*' else ()
            assert args[: len(extra)] == extra
            sid, environ, auth = args[len(extra) :]
            assert (len(sid), environ['PATH_INFO'], auth) == (20, '/socket.io/', {'key': 1})
            members = (
                hub.manager.spaces['/secret'].members if '/secret' in hub.manager.spaces else {}
            )
            assert list(members) == [sid] * reply.startswith('40')
            peer.write(raw.frame(raw.PING, b'still here'))
            assert await peer.receive() == (raw.PONG, b'still here')

    run(scenario())


def test_an_acknowledgement_of_an_earlier_life_is_not_sent():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            gates = {'old': asyncio.Event(), 'new': asyncio.Event()}

            @hub.event
            async def wait(sid, life):
                await gates[life].wait()
                return life

            peer.send('420["wait","old"]')
            peer.send('41')
            await peer.join()
            peer.send('420["wait","new"]')
            await until(lambda: len(hub._tasks) == 2)
            gates['old'].set()
            await until(lambda: len(hub._tasks) == 1)
            gates['new'].set()
            assert await peer.text() == '430["new"]'

    run(scenario())


@pytest.mark.parametrize('serializer', ['auto', 'json'])
@pytest.mark.parametrize(
    'packet',
    [
        b'420["echo","\xed\xa0\x80"]',
        b'420["echo","\xff"]',
        b'420["\xc0\xaf"]',
        b'40/\xff,',
        b'420' + '["echo",1]'.encode('utf-16'),
        b'451-["echo","\xff",{"_placeholder":true,"num":0}]',
    ],
)
def test_text_that_is_not_utf8_closes_with_1007(packet, serializer):
    async def scenario():
        async with serving(namespaces='*', serializer=serializer) as hub:
            async with websocket(hub.port) as peer:
                peer.write(raw.frame(raw.TEXT, packet))
                assert (await peer.closed())[:2] == b'\x03\xef'
            poller = await polling(hub.port)
            assert (await poller.post(packet)).status == 400
            assert (await ask(hub.port, poller.query)).status == 400

    run(scenario())


@pytest.mark.parametrize('serializer', ['auto', 'json'])
@pytest.mark.parametrize('encoding', ['utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be'])
def test_json_in_another_encoding_is_no_json(encoding, serializer):
    async def scenario():
        async with serving(namespaces='*', serializer=serializer) as hub:
            hub.on('echo', lambda sid, *args: args)
            async with websocket(hub.port) as peer:
                peer.write(raw.frame(raw.TEXT, b'420' + '["echo",1]'.encode(encoding)))
                assert (await peer.closed())[:2] in {b'\x03\xea', b'\x03\xef'}

    run(scenario())


def test_a_second_probe_breaks_the_protocol():
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
            async with raw.connection(hub.port) as peer:
                peer.write(raw.HANDSHAKE.format(query=query, port=80, headers='').encode())
                await peer.head()
                peer.send('2probe')
                assert await peer.text() == '3probe'
                peer.send('2probe')
                assert await peer.closed() == b'\x03\xeaunexpected packet before the upgrade'
            assert hub.eio.counters.upgrades_abandoned == 1
            await hub.emit('news', to=poller.sid)
            assert await poller.poll() == b'42["news"]'

    run(scenario())


def test_rooms_of_one_client_are_bounded(monkeypatch):
    monkeypatch.setattr('gateway.hub.membership.MAX_ROOMS', 3)

    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            for room in ('a', 'b', 'c', 'a'):
                await hub.enter_room(peer.sid, room)
            with pytest.raises(ValueError, match='a client is in 3 rooms at the most'):
                await hub.enter_room(peer.sid, 'd')
            assert sorted(hub.manager.spaces['/'].rooms) == ['a', 'b', 'c']
            await hub.leave_room(peer.sid, 'b')
            await hub.enter_room(peer.sid, 'd')
            assert set(hub.rooms(peer.sid)) == {peer.sid, 'a', 'c', 'd'}

    run(scenario())


@pytest.mark.parametrize(
    ('agent', 'sizes'),
    [
        ('python-requests/2.32', [16, 16, 8]),
        ('Python/3.11 aiohttp/3.9', [16, 16, 8]),
        ('Mozilla/5.0', [40]),
        ('', [40]),
    ],
)
@pytest.mark.parametrize('attachments', [0, 1, 20])
def test_a_poll_has_no_more_packets_than_its_client_decodes(attachments, agent, sizes):
    async def scenario():
        async with serving(namespaces='*') as hub:
            headers = f'User-Agent: {agent}\r\n' if agent else ''
            opened = await ask(hub.port, raw.POLLING, headers=headers)
            poller = raw.Poller(hub.port, json.loads(opened.body[1:]))
            sid = await poller.join()
            count = 40 // (attachments + 1) or 1
            for number in range(count):
                await hub.emit('news', (number, *[b'\x00'] * attachments), to=sid)
            bodies, packets = [], []
            while len(packets) < count * (attachments + 1):
                bodies.append((await poller.poll()).split(b'\x1e'))
                packets += bodies[-1]
            heads = [packet for packet in packets if packet != b'bAA==']
            assert [int(head.partition(b'["news",')[2][:2].rstrip(b',]')) for head in heads] == [
                *range(count)
            ]
            if attachments < 20:
                assert [len(body) for body in bodies] == sizes
            else:
                assert [len(body) for body in bodies] == [21], 'one event cannot be cut'

    run(scenario())
