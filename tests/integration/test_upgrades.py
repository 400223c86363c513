"""Engine.IO's section "Upgrade": done, refused, abandoned at each step, with much on its way."""

import asyncio
import time

import pytest

from gateway.wire.engineio import Packet
from tests.support import raw
from tests.support.engine import HASTY, PATIENT, echoing, fetched, heard, opened, status, switch
from tests.support.hub import run, until

pytestmark = pytest.mark.usefixtures('loop')
BAD = (400, b'{"code":3,"message":"Bad request"}')
SLOW = {**PATIENT, 'upgrade_timeout': '10s'}
SOON = {**PATIENT, 'upgrade_timeout': '400ms'}
MEGABYTE = 1_000_000


@pytest.fixture(params=[HASTY, PATIENT], ids=['300 ms', '25 s'])
def beat(request):
    return request.param


async def poll_on(poller, bodies, enough):
    while not enough.is_set():
        bodies.append(await poller.poll())


async def waits(engine, poller):
    """A poll that the server holds."""
    polling = engine.sockets[poller.sid].transport
    poll = asyncio.create_task(poller.poll())
    await until(lambda: polling._waiting is not None or poll.done())
    return poll


@pytest.mark.parametrize('is_polling', [False, True], ids=['poll later', 'poll before'])
def test_upgrade_a_pending_poll_gets_a_noop_and_the_probe_its_pong(is_polling, beat):
    async def scenario():
        async with echoing(**beat) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            polling = engine.sockets[poller.sid].transport
            if is_polling:
                waiting = asyncio.create_task(poller.poll())
                await until(lambda: polling._waiting is not None)
            await switch(peer, poller.sid)
            peer.send('2probe')
            assert await heard(peer) == (raw.TEXT, b'3probe')
            assert (await waiting if is_polling else await fetched(poller)) == b'6'
            peer.send('5')
            peer.send('4hello')
            assert await heard(peer) == (raw.TEXT, b'4hello')
            assert engine.transport(poller.sid) == 'websocket'

    run(scenario())


@pytest.mark.parametrize('what', ['poll', 'post', 'websocket'])
def test_upgrade_requests_with_the_same_sid_are_refused_after_it(what, beat):
    async def scenario():
        async with echoing(**beat) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            await switch(peer, poller.sid)
            peer.send('2probe')
            peer.send('5')
            assert await heard(peer) == (raw.TEXT, b'3probe')
            await until(lambda: engine.counters.upgrades)
            if what == 'websocket':
                async with raw.connection(engine.port) as second:
                    query = f'{raw.WEBSOCKET}&sid={poller.sid}'
                    request = raw.HANDSHAKE.format(query=query, port=80, headers='')
                    second.write(request.encode())
                    answer = await second.answer()
                    assert (answer.status, answer.body) == BAD
            else:
                assert await status(poller, b'4lost' if what == 'post' else None) == BAD
            peer.send('4hello')
            assert await heard(peer) == (raw.TEXT, b'4hello')

    run(scenario())


@pytest.mark.parametrize(
    'messages',
    [
        ['2'],
        ['2prob'],
        ['5'],
        ['4early'],
        [b'early'],
        ['2probe', '2probe'],
        ['2probe', '4early'],
        [''],
    ],
    ids=str,
)
def test_a_wrong_probe_is_closed_and_polling_goes_on(messages, beat):
    async def scenario():
        async with echoing(**beat) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            await switch(peer, poller.sid)
            for message in messages:
                peer.send(message)
            if messages[0] == '2probe':
                assert await peer.text() == '3probe'
            assert (await peer.closed())[:2] == b'\x03\xea'
            assert engine.counters.upgrades_abandoned == 1
            assert await status(poller, b'4still here') == (200, b'ok')
            assert await fetched(poller) == b'4still here'

    run(scenario())


def test_a_second_probe_connection_is_refused_and_the_first_goes_on(beat):
    async def scenario():
        async with echoing(**beat) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            await switch(peer, poller.sid)
            async with raw.connection(engine.port) as second:
                query = f'{raw.WEBSOCKET}&sid={poller.sid}'
                second.write(raw.HANDSHAKE.format(query=query, port=80, headers='').encode())
                answer = await second.answer()
                assert (answer.status, answer.body) == BAD
            peer.send('2probe')
            assert await peer.text() == '3probe'
            peer.send('5')
            peer.send('4hello')
            assert await heard(peer) == (raw.TEXT, b'4hello')

    run(scenario())


@pytest.mark.parametrize(
    ('step', 'ending'),
    [('half a request', ending) for ending in ('silence', 'reset', 'end')]
    + [('the 101', ending) for ending in ('silence', 'reset', 'end', 'close frame')]
    + [('the probe', ending) for ending in ('silence', 'reset', 'end', 'close frame')],
)
def test_an_abandoned_upgrade_changes_nothing(step, ending):
    async def scenario():
        async with echoing(**SOON) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            idle = len(engine.deadlines)
            if step == 'half a request':
                peer.write(raw.HANDSHAKE.format(query='x', port=80, headers='')[:60].encode())
            else:
                await switch(peer, poller.sid)
                assert session.probe is not None
            if step == 'the probe':
                peer.send('2probe')
                assert await peer.text() == '3probe'
            if ending == 'reset':
                peer.reset()
            elif ending == 'end':
                peer.writer.close()
            elif ending == 'close frame':
                peer.write(raw.frame(raw.CLOSE, b''))
            bodies, enough, begin = [], asyncio.Event(), time.monotonic()
            polling = asyncio.create_task(poll_on(poller, bodies, enough))
            await until(lambda: session.probe is None)
            assert engine.counters.upgrades_abandoned == (step != 'half a request')
            assert len(bodies) <= 10 * (time.monotonic() - begin) + 1, 'at most ten a second'
            assert set(bodies) <= {b'6'}
            await until(lambda: len(engine.deadlines) <= idle)

            await asyncio.sleep(0.15)  # a poll that began before may be released yet
            answered = len(bodies)
            await asyncio.sleep(0.25)
            assert len(bodies) == answered, 'polls wait for a message again'
            await engine.send(poller.sid, 'news')
            await until(lambda: bodies[answered:] == [b'4news'])

            async with raw.connection(engine.port) as again:
                await switch(again, poller.sid)
                again.send('2probe')
                assert await again.text() == '3probe'
                enough.set()
                await polling
                again.send('5')
                again.send('4hello')
                assert await heard(again) == (raw.TEXT, b'4hello')
                assert not engine.reasons

    run(scenario())


def test_what_is_pending_goes_out_over_the_new_transport():
    """Also a megabyte, and an event with its attachments, which stay together."""

    async def scenario():
        async with echoing(**SLOW) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            poll = await waits(engine, poller)
            await switch(peer, poller.sid)
            peer.send('2probe')
            assert await peer.text() == '3probe'
            assert await poll == b'6'
            big = b'4' + b'x' * MEGABYTE
            session.send(Packet(big))
            session.send(Packet(b'452-["file"]', [b'\x01' * MEGABYTE, b'\x02']))
            session.send(Packet(b'', [b'\x93msgpack']))
            peer.send('5')
            assert await peer.receive() == (raw.TEXT, big)
            assert await peer.receive() == (raw.TEXT, b'452-["file"]')
            assert await peer.receive() == (raw.BINARY, b'\x01' * MEGABYTE)
            assert await peer.receive() == (raw.BINARY, b'\x02')
            assert await peer.receive() == (raw.BINARY, b'\x93msgpack')

    run(scenario())


def test_a_big_answer_that_is_on_its_way_arrives_beside_the_upgrade():
    async def scenario():
        async with echoing(**SLOW) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            big = Packet(b'4', [b'\x01' * 3 * MEGABYTE])
            session.send(big)
            async with raw.connection(engine.port) as slow:
                slow.writer.transport.pause_reading()
                slow.write(f'GET /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
                await until(lambda: not session.outbox)
                await switch(peer, poller.sid)
                peer.send('2probe')
                assert await peer.text() == '3probe'
                peer.send('5')
                await until(lambda: session.upgraded)
                session.send(Packet(b'4later'))
                assert await peer.text() == '4later'
                slow.writer.transport.resume_reading()
                assert (await slow.answer()).body == big.payload
            assert engine.counters.packets_undelivered == 0
            assert not engine.reasons

    run(scenario())


def test_a_post_that_comes_behind_the_upgrade_ends_the_session():
    """Its packets would be out of order; a client sends none."""

    async def scenario():
        async with echoing(**SLOW) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            async with raw.connection(engine.port) as late:
                late.write(
                    f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'
                    'Content-Length: 5\r\n\r\n4l'.encode()
                )
                polling = engine.sockets[poller.sid].transport
                await until(lambda: polling.posting)
                await switch(peer, poller.sid)
                peer.send('2probe')
                peer.send('5')
                assert await peer.text() == '3probe'
                await until(lambda: engine.counters.upgrades)
                late.write(b'ate')
                answer = await late.answer()
                assert (answer.status, answer.body) == BAD
            assert await peer.closed() == b'\x03\xeaa post goes on after the upgrade'
            assert engine.reasons == {poller.sid: 'protocol error'}

    run(scenario())
