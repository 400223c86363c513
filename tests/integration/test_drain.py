"""A stop as those who are connected see it: told in turn, served until then, back elsewhere."""

import asyncio
import signal
import time

import pytest

from tests.support import raw
from tests.support.api import ADMIN, Api
from tests.support.gateway import running, write

GOING_AWAY = b'\x03\xe9server shutting down'
HANDLERS = """
import asyncio, threading, time
from gateway import socketio

@socketio.on('lend')
async def lend(kind):
    if kind == 'thread':
        threading.Thread(target=time.sleep, args=(60,), name='borrowed').start()
    else:
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
    return 'begun'

@socketio.on('slow')
async def slow(seconds):
    await asyncio.sleep(seconds)
    return 'done'
"""
ECHO = {'/': {'events': {'echo': {'ack': '${args}'}}}}


@pytest.fixture
def start(tmp_path):
    """A gateway with handlers; `server` is its section."""

    def begin(server, **sections):
        (tmp_path / 'slow.py').write_text(HANDLERS)
        sections = {'handlers': ['./slow.py'], **sections}
        return running(write(tmp_path / 'gateway.yaml', ECHO, server=server, **sections))

    return begin


def terminate(gateway):
    gateway.process.send_signal(signal.SIGTERM)


async def last_words(peer):
    """All that it is sent until the close frame, which is answered; and when that came."""
    texts = []
    while True:
        opcode, payload = await peer.receive()
        if opcode == raw.CLOSE:
            peer.write(raw.frame(raw.CLOSE, payload[:2]))
            assert payload == GOING_AWAY
            return texts, time.monotonic()
        texts.append(payload.decode())


def test_a_thousand_clients_are_told_over_the_spread_and_no_acknowledged_event_is_lost(start):
    clients = 1_000

    async def talking(peer):
        """Send events until it is told to go; what it was sent."""
        task = asyncio.create_task(last_words(peer))
        number = 0
        while not task.done():
            peer.send(f'42{number}["echo",{number}]')
            number += 1
            await asyncio.sleep(0.1)
        return await task

    async def scenario(gateway):
        async with asyncio.timeout(60):
            opened = [raw.websocket(gateway.port) for _ in range(clients)]
            peers = [await one.__aenter__() for one in opened]
            tasks = [asyncio.create_task(talking(peer)) for peer in peers[:100]]
            tasks += [asyncio.create_task(last_words(peer)) for peer in peers[100:]]
            begun = time.monotonic()
            terminate(gateway)
            told = [await task for task in tasks]
            for one in opened:
                await one.__aexit__(None, None, None)
        moments = sorted(at - begun for _, at in told)
        for texts, _ in told:  # what was taken was answered, in order, without a gap
            assert texts == [f'43{number}[{number}]' for number in range(len(texts))]
        assert moments[-1] > 1.5, moments[-1]
        half = [
            later - sooner for sooner, later in zip(moments, moments[clients // 2 :], strict=False)
        ]
        assert min(half) > 0.2, moments[:: clients // 10]  # 1 s when nobody is held up

    with start({'shutdown_timeout': '10s', 'drain_spread': '2s'}) as gateway:
        asyncio.run(scenario(gateway))
        gateway.ended()


def test_who_waits_for_a_handler_is_told_after_its_answer(start):
    async def scenario(gateway):
        async with raw.websocket(gateway.port) as patient, raw.websocket(gateway.port) as idle:
            patient.send('421["slow",0.5]')
            terminate(gateway)
            told = await asyncio.gather(last_words(patient), last_words(idle))
            assert [texts for texts, _ in told] == [['431["done"]'], []]
            assert told[1][1] < told[0][1]

    with start({'shutdown_timeout': '10s'}) as gateway:
        asyncio.run(scenario(gateway))
        gateway.ended()


def test_a_handler_that_takes_too_long_is_not_waited_for_by_its_client(start):
    async def scenario(gateway):
        async with raw.websocket(gateway.port) as peer:
            peer.send('421["slow",60]')
            terminate(gateway)
            assert (await last_words(peer))[0] == []

    begun = time.monotonic()
    with start({'shutdown_timeout': '1s'}) as gateway:
        asyncio.run(scenario(gateway))
        gateway.ended()
    assert time.monotonic() - begun < 8
    assert 'WARNING gateway.hub.api: cut short by the stop: slow.slow (1)' in gateway.lines


@pytest.mark.parametrize('kind', ['thread', 'executor'])
def test_a_thread_that_a_handler_has_begun_does_not_keep_the_process(start, kind):
    async def scenario(gateway):
        async with raw.websocket(gateway.port) as peer:
            peer.send(f'421["lend","{kind}"]')
            assert await peer.text() == '431["begun"]'
            terminate(gateway)
            await last_words(peer)

    with start({'shutdown_timeout': '1s'}) as gateway:
        asyncio.run(scenario(gateway))
        gateway.ended()  # within its patience, which is 20 s
    assert 'the end does not wait for what still runs in threads: ' in gateway.lines[-1]


def test_a_second_signal_hurries(start):
    async def scenario(gateway):
        async with raw.websocket(gateway.port) as peer:
            peer.send('421["slow",60]')
            peer.send('422["echo"]')
            assert await peer.text() == '432[]'
            terminate(gateway)
            await asyncio.to_thread(gateway.says, 'stopping')
            terminate(gateway)
            assert (await last_words(peer))[0] == []

    with start({'shutdown_timeout': '60s', 'drain_delay': '60s'}) as gateway:
        asyncio.run(scenario(gateway))
        gateway.ended()  # within its patience, which is 20 s


def test_until_the_delay_is_over_everybody_is_served(start):
    async def scenario(gateway):
        async with raw.websocket(gateway.port) as peer:
            terminate(gateway)
            await asyncio.to_thread(gateway.says, 'stopping')
            async with raw.websocket(gateway.port) as newcomer:
                for one in (peer, newcomer):
                    one.send('421["echo"]')
                    assert await one.text() == '431[]'
                told = await asyncio.gather(last_words(peer), last_words(newcomer))
        return min(at for _, at in told)

    with start({'shutdown_timeout': '10s', 'drain_delay': '600ms'}) as gateway:
        begun = time.monotonic()
        assert asyncio.run(scenario(gateway)) - begun > 0.6
        gateway.ended()


def test_a_gateway_that_stops_takes_no_configuration_over(start):
    server = {'shutdown_timeout': '5s', 'drain_delay': '60s'}
    with start(server, admin=ADMIN) as gateway:
        terminate(gateway)
        gateway.says('stopping')
        with Api(gateway) as api:
            status, answer = api.post('/reload', {})
            assert (status, answer['error']['code']) == (503, 'stopping')
        gateway.says('reload refused: the gateway stops')
        terminate(gateway)
        gateway.ended()
