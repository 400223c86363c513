"""Heartbeats, deadlines and sizes, on both transports."""

import asyncio

import pytest

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import polling, websocket

FAST = {'ping_interval': '100ms', 'ping_timeout': '150ms'}


def test_the_handshake_says_what_is_configured():
    async def scenario():
        settings = {**FAST, 'max_payload': '64KB'}
        told = {'pingInterval': 100, 'pingTimeout': 150, 'maxPayload': 64_000}
        async with serving(namespaces='*', **settings) as hub, websocket(hub.port) as peer:
            sid = peer.open.pop('sid')
            assert (len(sid), peer.open) == (20, {'upgrades': [], **told})
            poller = await polling(hub.port)
            del poller.open['sid']
            assert poller.open == {'upgrades': ['websocket'], **told}

    run(scenario())


def test_who_answers_pings_stays_and_who_does_not_goes():
    async def scenario():
        async with serving(namespaces='*', **FAST) as hub:
            reasons = []
            hub.on('disconnect', lambda *ended: reasons.append(ended))
            async with websocket(hub.port) as alive, websocket(hub.port) as dead:
                for _ in range(4):
                    assert await alive.text() == '2'
                    alive.send('3')
                assert await dead.text() == '2'
                assert await dead.closed() == b'\x03\xe9no pong'
                assert reasons == [(dead.sid, 'ping timeout')]

    run(scenario())


def test_a_poller_is_pinged_too():
    async def scenario():
        async with serving(namespaces='*', **FAST) as hub:
            poller = await polling(hub.port)
            for _ in range(3):
                assert await poller.poll() == b'2'
                assert (await poller.post(b'3')).body == b'ok'
            assert await poller.poll() == b'2'
            assert await poller.poll() == b'6'  # the session is over, the client may come again
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_who_joins_no_namespace_goes():
    async def scenario():
        settings = {'namespaces': '*', 'connect_timeout': '100ms'}
        async with serving(**settings) as hub, websocket(hub.port) as member:
            async with websocket(hub.port, join=None) as nobody:
                assert await nobody.closed() == b'\x03\xf0no namespace was joined'
            await member.join('/second')

    run(scenario())


def test_who_is_refused_again_and_again_gains_no_time():
    async def scenario():
        settings = {'namespaces': '*', 'connect_timeout': '200ms'}
        async with serving(**settings) as hub, websocket(hub.port, join=None) as stranger:
            hub.on('connect', lambda sid, environ: False)
            stranger.send('40')
            async with asyncio.timeout(raw.PATIENCE):
                while (await stranger.receive())[0] == raw.TEXT:
                    stranger.send('40')

    run(scenario())


@pytest.mark.parametrize('size', [1_000, 1_001])
def test_a_message_is_as_big_as_max_payload_at_the_most(size):
    async def scenario():
        settings = {'namespaces': '*', 'max_payload': '1KB'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            hub.on('echo', lambda sid, *args: len(args[0]))
            packet = b'420["echo","' + b'x' * (size - 14) + b'"]'
            assert len(packet) == size
            peer.write(raw.frame(raw.TEXT, packet))
            if size == 1_000:
                assert await peer.text() == f'430[{size - 14}]'
            else:
                assert await peer.closed() == b'\x03\xf1message is too big'

    run(scenario())


def test_a_post_is_as_big_as_max_payload_at_the_most():
    async def scenario():
        async with serving(namespaces='*', max_payload='1KB') as hub:
            poller = await polling(hub.port)
            fits = b'42["' + b'x' * 994 + b'"]'
            assert (await poller.post(fits)).body == b'ok'
            async with raw.connection(hub.port) as peer:
                request = f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'
                peer.write(f'{request}Content-Length: 1001\r\n\r\n'.encode())
                answer = await peer.rest()  # before the body has been sent
                assert answer.startswith(b'HTTP/1.1 413 ')

    run(scenario())


def test_websocket_pings_are_answered_and_a_close_is_returned():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            peer.write(raw.frame(raw.PING, b'alive?'))
            assert await peer.receive() == (raw.PONG, b'alive?')
            peer.write(raw.frame(raw.CLOSE, b'\x03\xe9leaving'))
            assert await peer.receive() == (raw.CLOSE, b'\x03\xe9')
            assert await peer.rest() == b''
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_volatile_message_skips_a_client_that_is_behind(gateway):
    async def scenario():
        async with websocket(running.port) as slow, websocket(running.port) as peer:
            slow.writer.transport.pause_reading()
            for number in range(12):  # more than the kernel takes
                peer.send(f'42{number}["big","{"x" * 900_000}"]')
                assert await peer.text() == f'43{number}[]'
            peer.send('4220["small","now or never"]')
            assert await peer.text() == '42["small","now or never"]'
            assert await peer.text() == '4320[]'
            slow.writer.transport.resume_reading()
            for _ in range(12):
                assert (await slow.text()).startswith('42["big"')
            slow.send('4221["small","again"]')
            assert await slow.text() == '42["small","again"]'

    routes = {
        'big': {'emit': {'to': 'all', 'except': 'sender'}},
        'small': {'emit': {'to': 'all', 'volatile': True}},
    }
    running = gateway({'/': {'events': routes}}, socketio={'max_send_buffer': '20MB'})
    asyncio.run(scenario())
