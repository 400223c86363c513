"""Each row of tests/support/protocol.py over WebSocket and polling, in JSON and in msgpack.

With heartbeats of 25 s each row by itself; with heartbeats of 300 ms all at once, after a ping.
"""

import asyncio
import base64
import contextlib
import re

import msgpack
import pytest
from socketio.exceptions import ConnectionRefusedError as Refused

from gateway.hub.target import Target
from gateway.wire.codec import EVENT
from tests.support import raw
from tests.support.hub import run, serving
from tests.support.protocol import ATTACHMENTS, SID, TABLE, End, Row, many, p

every_transport = pytest.mark.parametrize('transport', ['websocket', 'polling'])
every_serializer = pytest.mark.parametrize('packed', [False, True], ids=['json', 'msgpack'])


def handle(hub):
    """What the rows talk to."""

    @hub.on('connect', namespace='/refuses')
    def refuse(sid, environ, auth):
        raise Refused('no', 1) if auth else Refused('no')

    @hub.on('echo', namespace='/')
    @hub.on('echo', namespace='/chat')
    def echo(sid, *args):
        return args

    @hub.on('ask')
    def ask(sid):
        def answered(*args):
            hub.publish('/', 'answered', args, Target(sids=(sid,)))

        id = hub.manager._generate_ack_id(sid, answered)
        hub.manager.client(sid, '/').send(EVENT, ['question'], id)

    @hub.on('kick')
    def kick(sid):
        hub.kick(hub.manager.client(sid, '/'))

    def back(name):
        return lambda sid, *args: hub.publish('/', name, args, Target(sids=(sid,)))

    for name in ('back', '7'):
        hub.on(name, back(name))


class Peer:
    """Messages one way and the other; pings are answered on the way."""

    async def message(self):
        while (message := await self.next()) == '2':
            await self.say('3')
        return message

    async def ping(self):
        assert await self.next() == '2'
        await self.say('3')


class OverWebSocket(Peer):
    def __init__(self, connection):
        self.connection = connection

    async def say(self, *messages):
        for message in messages:
            self.connection.send(message)

    async def next(self):
        opcode, payload = await self.connection.receive()
        assert opcode != raw.CLOSE, payload
        return payload.decode() if opcode == raw.TEXT else payload

    async def ended(self, end):
        opcode = 0
        while opcode != raw.CLOSE:
            opcode, payload = await self.connection.receive()
        assert payload == end.code.to_bytes(2, 'big') + end.reason.encode()


class OverPolling(Peer):
    def __init__(self, poller):
        self.poller, self.arrived, self.status = poller, [], 200

    async def say(self, *messages):
        parts = [
            b'b' + base64.b64encode(message) if isinstance(message, bytes) else message.encode()
            for message in messages
        ]
        self.status = (await self.poller.post(b'\x1e'.join(parts))).status

    async def next(self):
        assert self.status == 200
        if not self.arrived:
            self.arrived = (await self.poller.poll()).split(b'\x1e')
        part = self.arrived.pop(0)
        return base64.b64decode(part[1:]) if part[:1] == b'b' else part.decode()

    async def ended(self, end):
        assert self.status == 400
        assert (await raw.ask(self.poller.port, self.poller.query)).status == 400


@contextlib.asynccontextmanager
async def opened(transport, hub):
    if transport == 'polling':
        yield OverPolling(await raw.polling(hub.port, join=False))
    else:
        async with raw.websocket(hub.port, join=None) as connection:
            yield OverWebSocket(connection)


def spelled(message):
    return msgpack.packb(message) if isinstance(message, dict) else message


def anonymous(message):
    """With SID in the place of the sid that was given."""
    if isinstance(message, bytes):
        return re.sub(rb'(?<=\xa3sid\xb4).{20}', SID.encode(), message)
    return re.sub(r'(?<="sid":")[\w-]{20}(?=")', SID, message)


async def play(hub, transport, row, packed, heartbeat=False):
    """One row. All of it is sent at once: nothing else can be what decides."""
    async with opened(transport, hub) as peer:
        if row.joined:
            await peer.say(spelled(p(0)) if packed else '40')
            await peer.message()
        if heartbeat:
            await peer.ping()
        await peer.say(*map(spelled, many(row.to[packed])))
        back = row.back[packed]
        if isinstance(back, End):
            await peer.ended(back)
        else:
            for expected in many(back):
                assert anonymous(await peer.message()) == spelled(expected)


@every_transport
@every_serializer
@pytest.mark.parametrize('name', TABLE)
def test_what_the_protocol_says(name, packed, transport):
    async def scenario():
        async with serving() as hub:
            handle(hub)
            await play(hub, transport, TABLE[name], packed)
            violations = hub.eio.counters.closed['protocol error']
            assert violations == isinstance(TABLE[name].back[packed], End)

    run(scenario())


@every_transport
@pytest.mark.parametrize('name', ATTACHMENTS)
def test_what_the_protocol_says_about_attachments(name, transport):
    async def scenario():
        async with serving() as hub:
            handle(hub)
            to, back = ATTACHMENTS[name]
            await play(hub, transport, Row(True, (to, None), (back, None)), False)

    run(scenario())


@every_transport
@every_serializer
def test_a_heartbeat_of_300_ms_changes_nothing(packed, transport):
    async def scenario():
        async with serving(ping_interval='300ms') as hub:
            handle(hub)
            rows = TABLE.values()
            plays = [play(hub, transport, row, packed, heartbeat=True) for row in rows]
            await asyncio.gather(*plays)
            closed = hub.eio.counters.closed
            assert closed['protocol error'] == sum(
                isinstance(row.back[packed], End) for row in rows
            )
            assert closed['ping timeout'] == 0

    run(scenario())


@every_transport
@pytest.mark.parametrize('ping_interval', ['300ms', '25s'])
def test_who_joins_no_namespace_in_time_is_closed(transport, ping_interval):
    """Section "Connection to a namespace"."""

    async def scenario():
        async with serving(ping_interval=ping_interval, connect_timeout='200ms') as hub:
            async with opened(transport, hub) as peer:
                if transport == 'websocket':
                    await peer.ended(End('no namespace was joined', 1008))
                else:
                    assert await peer.poller.poll() == b'1'
            closed = hub.eio.counters.closed
            assert (closed['connect timeout'], closed['ping timeout']) == (1, 0)

    run(scenario())
