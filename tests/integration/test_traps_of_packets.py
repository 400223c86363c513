"""Packets that the shipped drivers take, or choke on, and the gateway refuses: on the wire."""

import json
import logging

import pytest

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import ask, polling, websocket

pytestmark = pytest.mark.usefixtures('loop')
BAD_REQUEST = {'code': 3, 'message': 'Bad request'}


def echoing(hub):
    hub.on('echo', lambda sid, *args: args)


def test_an_undecodable_packet_closes_the_socket_and_logs_one_line(caplog):
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            caplog.clear()
            peer.send('42["secret text')
            assert await peer.closed() == b'\x03\xeapayload is not JSON'
            await until(lambda: left_behind(hub) == NOTHING)
            [line] = [record for record in caplog.records if record.name.startswith('gateway')]
            assert 'protocol error: payload is not JSON' in line.getMessage()
            assert 'secret' not in caplog.text

    caplog.set_level(logging.DEBUG, 'gateway')
    run(scenario())


@pytest.mark.parametrize(
    'packet',
    [
        b'',
        b'x',
        b'2',
        b'42',
        b'42{}',
        b'42[]',
        b'42[1.5]',
        b'43["no id"]',
        b'4/chat,["a"]',
        b'45["no count"]',
        b'452-["a",{"_placeholder":true,"num":0}]',
        b'47["no type"]',
        b'40{"again":1}',
        b'42/other,["not joined"]',
        b'42["a"]]',
        b'42' + b'[' * 100_000,
    ],
)
def test_what_breaks_the_protocol_closes_the_connection(packet):
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            echoing(hub)
            peer.write(raw.frame(raw.TEXT, packet))
            if packet.startswith(b'452-'):  # right so far; text cannot be an attachment
                peer.send('42["echo"]')
            assert (await peer.closed())[:2] == b'\x03\xea'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize(
    'name', 'connect connect_error disconnect disconnecting newListener removeListener'.split()
)
def test_reserved_names_are_no_events(name):
    async def scenario():
        async with serving() as hub:
            connects = []
            hub.on('connect', lambda sid, environ: connects.append(sid))
            async with websocket(hub.port) as peer:
                peer.send(f'42["{name}"]')
                assert await peer.closed() == b'\x03\xeaevent name is reserved or not text'
                assert connects == [peer.sid]

    run(scenario())


def test_acknowledgement_ids_begin_at_0_and_unknown_ones_change_nothing():
    async def scenario():
        async with serving(namespaces='*') as hub:
            echoing(hub)
            async with websocket(hub.port) as peer:
                peer.send('430["nobody asked"]')
                peer.send('43999999["nobody asked"]')
                peer.send('420["echo","first"]')
                assert await peer.text() == '430["first"]'
                assert hub.manager.unknown_acks == 2

    run(scenario())


def test_declared_attachments_are_bounded():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            peer.send('451001-["file"]')
            assert await peer.closed() == b'\x03\xeatoo many attachments'

    run(scenario())


def test_attachments_are_bounded_in_bytes():
    async def scenario():
        settings = {'namespaces': '*', 'max_payload': '1KB'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            peer.send('45999-["file"]')
            for _ in range(5):
                peer.send(bytes(1000))
            assert await peer.closed() == b'\x03\xf1attachments are too big'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_an_unfinished_binary_event_expires():
    async def scenario():
        settings = {'namespaces': '*', 'ping_timeout': '300ms'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            peer.send('452-["file",{"_placeholder":true,"num":0}]')
            peer.send(b'one of two')
            assert await peer.closed() == b'\x03\xf0unfinished binary event'

    run(scenario())


@pytest.mark.parametrize(
    'body', [b'', b'hello', b'4', b'42["a"', b'42["a"]\x1e', b'b!!!!', b'\xff\xfe', b'0{}', b'2']
)
def test_an_invalid_post_is_refused_and_ends_the_session(body):
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            answer = await poller.post(body)
            assert (answer.status, json.loads(answer.body)) == (400, BAD_REQUEST)
            assert (await ask(hub.port, poller.query)).status == 400
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())
