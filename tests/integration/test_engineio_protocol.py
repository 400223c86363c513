"""Engine.IO protocol 4, section by section: what it demands, and what each violation gets.

Each test runs with a short heartbeat and with a long one, so that no heartbeat does the closing;
it asserts who ended the session and why. What the section "Handshake" refuses is in
test_http_answers.py, the section "Upgrade" in test_upgrades.py.
"""

import asyncio

import pytest

from tests.support import raw
from tests.support.engine import HASTY, PATIENT, echoing, fetched, heard, opened, status
from tests.support.hub import run, until
from tests.support.raw import websocket

pytestmark = pytest.mark.usefixtures('loop')
BAD = (400, b'{"code":3,"message":"Bad request"}')
UNKNOWN = (400, b'{"code":1,"message":"Session ID unknown"}')
INVALID = [b'', b'abc', b'0', b'0{}', b'2', b'2probe', b'3x', b'5', b'6', b'7', b'\xff']


@pytest.fixture(params=[HASTY, PATIENT], ids=['300 ms', '25 s'])
def beat(request):
    return request.param


# Section "Handshake".


@pytest.mark.parametrize('transport', ['polling', 'websocket'])
def test_handshake_an_open_packet_with_the_five_keys(transport, beat):
    async def scenario():
        async with echoing(**beat) as engine:
            if transport == 'polling':
                told = (await opened(engine.port)).open
            else:
                async with websocket(engine.port, join=None) as peer:
                    told = peer.open
            keys = ['sid', 'upgrades', 'pingInterval', 'pingTimeout', 'maxPayload']
            assert list(told) == keys
            assert (type(told['sid']), len(told['sid'])) == (str, 20)
            times = [300, 200] if beat is HASTY else [25_000, 20_000]
            assert [told['pingInterval'], told['pingTimeout']] == times
            assert told['maxPayload'] == 1_000_000
            assert told['upgrades'] == (['websocket'] if transport == 'polling' else [])

    run(scenario())


def test_handshake_every_session_has_a_sid_of_its_own():
    async def scenario():
        async with echoing() as engine:
            sids = {(await opened(engine.port)).sid for _ in range(20)}
            assert len(sids) == len(engine.sockets) == 20

    run(scenario())


# Section "Heartbeat".


def test_heartbeat_pings_over_polling():
    async def scenario():
        async with echoing(**HASTY) as engine:
            poller = await opened(engine.port)
            for _ in range(3):
                assert await poller.poll() == b'2'
                assert (await poller.post(b'3')).body == b'ok'
            assert poller.sid in engine.sockets

    run(scenario())


def test_heartbeat_pings_over_websocket():
    async def scenario():
        async with echoing(**HASTY) as engine, websocket(engine.port, join=None) as peer:
            for _ in range(3):
                assert await peer.text() == '2'
                peer.send('3')
            assert peer.open['sid'] in engine.sockets

    run(scenario())


def test_heartbeat_no_ping_comes_before_its_interval():
    async def scenario():
        async with echoing(**PATIENT) as engine, websocket(engine.port, join=None) as peer:
            poller = await opened(engine.port)
            waiting = [asyncio.create_task(poller.poll()), asyncio.create_task(peer.receive())]
            done, _ = await asyncio.wait(waiting, timeout=0.5)
            assert not done
            for task in waiting:
                task.cancel()

    run(scenario())


@pytest.mark.parametrize('is_polling', [False, True], ids=['between polls', 'while polling'])
def test_heartbeat_a_poller_that_answers_no_ping_is_closed(is_polling):
    async def scenario():
        async with echoing(**HASTY) as engine:
            poller = await opened(engine.port)
            if is_polling:
                assert [await poller.poll(), await poller.poll()] == [b'2', b'6']
            await until(lambda: engine.reasons)
            assert engine.reasons == {poller.sid: 'ping timeout'}
            assert await status(poller) == UNKNOWN
            assert engine.counters.packets_undelivered == (not is_polling)

    run(scenario())


def test_heartbeat_a_websocket_that_answers_no_ping_is_closed():
    async def scenario():
        async with echoing(**HASTY) as engine, websocket(engine.port, join=None) as peer:
            assert await peer.text() == '2'
            assert await peer.closed() == b'\x03\xe9no pong'
            assert engine.reasons == {peer.open['sid']: 'ping timeout'}

    run(scenario())


@pytest.mark.parametrize('transport', ['polling', 'websocket'])
def test_heartbeat_a_pong_that_nobody_asked_for_changes_nothing(transport, beat):
    async def scenario():
        async with echoing(**beat) as engine, websocket(engine.port, join=None) as peer:
            poller = await opened(engine.port)
            if transport == 'polling':
                assert (await poller.post(b'3\x1e3\x1e4still here')).body == b'ok'
                assert await fetched(poller) == b'4still here'
            else:
                for packet in ('3', '3', '4still here'):
                    peer.send(packet)
                assert await heard(peer) == (raw.TEXT, b'4still here')

    run(scenario())


# Sections "Message" and "Packet encoding".


@pytest.mark.parametrize(
    'body',
    [
        b'4hello',
        b'4',
        b'4test1\x1e4test2\x1e4test3',
        b'4hello\x1ebAQIDBA==',
        b'b\x1e4\x1ebAA==',
        '4€\x1e4\N{PILE OF POO}\x1e4\x00\x1f'.encode(),
        b'\x1e'.join([b'4' + b'x' * 999] * 900),
    ],
    ids=['text', 'empty', 'several', 'with binary', 'empty binary', 'UTF-8', 'many'],
)
def test_packet_encoding_over_polling(body, beat):
    async def scenario():
        async with echoing(**beat) as engine:
            poller = await opened(engine.port)
            assert await status(poller, body) == (200, b'ok')
            assert await fetched(poller) == body

    run(scenario())


@pytest.mark.parametrize('message', ['4hello', '4', '4€\N{PILE OF POO}\x1e', b'\1\2\3\4', b''])
def test_packet_encoding_over_websocket(message, beat):
    async def scenario():
        async with echoing(**beat) as engine, websocket(engine.port, join=None) as peer:
            peer.send(message)
            if isinstance(message, str):
                assert await heard(peer) == (raw.TEXT, message.encode())
            else:
                assert await heard(peer) == (raw.BINARY, message)

    run(scenario())


@pytest.mark.parametrize('packet', INVALID)
def test_packet_types_an_invalid_packet_over_polling_ends_the_session(packet, beat):
    async def scenario():
        async with echoing(**beat) as engine:
            poller = await opened(engine.port)
            assert await status(poller, packet) == BAD
            assert engine.reasons == {poller.sid: 'protocol error'}
            assert await status(poller) == UNKNOWN

    run(scenario())


@pytest.mark.parametrize('packet', INVALID[:-1])
def test_packet_types_an_invalid_packet_over_websocket_ends_the_session(packet, beat):
    async def scenario():
        async with echoing(**beat) as engine, websocket(engine.port, join=None) as peer:
            peer.write(raw.frame(raw.TEXT, packet))
            assert await heard(peer) == (raw.CLOSE, b'\x03\xeaunexpected packet type')
            assert engine.reasons == {peer.open['sid']: 'protocol error'}

    run(scenario())


@pytest.mark.parametrize('body', [b'b!', b'bAQI', b'bAQI=\n', b'bA-_=', b'4a\x1ebAQI=A'])
def test_packet_encoding_what_is_no_base64_ends_the_session(body, beat):
    """Node takes what it can of it; a message that has been changed on the way is none."""

    async def scenario():
        async with echoing(**beat) as engine:
            poller = await opened(engine.port)
            assert await status(poller, body) == BAD
            assert engine.reasons == {poller.sid: 'protocol error'}

    run(scenario())


def test_polling_a_second_poll_ends_the_session(beat):
    async def scenario():
        async with echoing(**beat) as engine:
            poller = await opened(engine.port)
            polling = engine.sockets[poller.sid].transport
            first = asyncio.create_task(poller.poll())
            await until(lambda: polling._waiting is not None)
            assert await status(poller) == BAD
            assert await first == b'1'
            assert engine.reasons == {poller.sid: 'protocol error'}
            assert await status(poller) == UNKNOWN

    run(scenario())


# Packet type "close".


@pytest.mark.parametrize('is_polling', [False, True], ids=['between polls', 'while polling'])
def test_close_of_the_client_over_polling(is_polling, beat):
    async def scenario():
        async with echoing(**beat) as engine:
            poller = await opened(engine.port)
            polling = engine.sockets[poller.sid].transport
            if is_polling:
                waiting = asyncio.create_task(poller.poll())
                await until(lambda: polling._waiting is not None)
            assert await status(poller, b'1') == (200, b'ok')
            if is_polling:
                assert await waiting == b'6'
            assert engine.reasons == {poller.sid: 'transport close'}
            assert await status(poller) == UNKNOWN

    run(scenario())


def test_close_of_the_client_over_websocket(beat):
    async def scenario():
        async with echoing(**beat) as engine, websocket(engine.port, join=None) as peer:
            peer.send('1')
            assert await heard(peer) == (raw.CLOSE, b'\x03\xe8')
            assert engine.reasons == {peer.open['sid']: 'transport close'}

    run(scenario())


@pytest.mark.parametrize('is_polling', [False, True], ids=['between polls', 'while polling'])
def test_close_of_the_server(is_polling, beat):
    async def scenario():
        async with echoing(**beat) as engine, websocket(engine.port, join=None) as peer:
            poller = await opened(engine.port)
            polling = engine.sockets[poller.sid].transport
            if is_polling:
                waiting = asyncio.create_task(poller.poll())
                await until(lambda: polling._waiting is not None)
                await engine.disconnect()
                assert await waiting == b'1'
            else:
                await engine.send(poller.sid, 'last words')
                await engine.disconnect()
                assert await poller.poll() == b'4last words\x1e1'
            assert await heard(peer) == (raw.CLOSE, b'\x03\xe8')
            assert engine.reasons == dict.fromkeys(
                [poller.sid, peer.open['sid']], 'server disconnect'
            )
            assert await status(poller) == UNKNOWN

    run(scenario())
