"""HTTP long-polling: bodies of every size and form, and one request of each kind at a time."""

import asyncio

import pytest

from gateway.wire.engineio import Packet
from tests.support import raw
from tests.support.engine import echo, echoing, opened, status
from tests.support.hub import run, until
from tests.support.raw import ask

pytestmark = pytest.mark.usefixtures('loop')
BAD = (400, b'{"code":3,"message":"Bad request"}')
UNKNOWN = (400, b'{"code":1,"message":"Session ID unknown"}')
TOO_BIG = (413, b'{"code":3,"message":"Payload too large"}')
KILOBYTE = {'max_payload': '1KB'}


def get(poller, headers=''):
    return f'GET /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n{headers}\r\n'.encode()


def post(poller, body, headers=''):
    length = f'Content-Length: {len(body)}\r\n{headers}'
    return f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n{length}\r\n'.encode() + body


def chunked(poller, *chunks):
    head = f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'
    parts = [b'%x\r\n%b\r\n' % (len(chunk), chunk) for chunk in (*chunks, b'')]
    return f'{head}Transfer-Encoding: chunked\r\n\r\n'.encode() + b''.join(parts)


async def said(peer):
    answer = await peer.answer()
    return answer.status, answer.body


async def write_on(peer, data):
    while True:
        peer.write(data)
        await peer.writer.drain()
        await asyncio.sleep(0.01)


# Bodies.


def test_a_post_may_hold_any_number_of_packets():
    async def scenario():
        async with echoing(max_payload='1MB') as engine:
            poller = await opened(engine.port)
            turns = set()

            def noting(session, data, is_binary):
                turns.add(engine.flusher.turn)
                echo(session, data, is_binary)

            engine.on('message', noting)
            body = b'\x1e'.join([b'4%d' % number for number in range(10_000)])
            assert await status(poller, body) == (200, b'ok')
            assert await poller.poll() == body
            assert len(turns) >= 10, 'the loop has its turns between them'

    run(scenario())


@pytest.mark.parametrize('form', ['length', 'chunks', 'one chunk', 'many packets', 'binary'])
@pytest.mark.parametrize('size', [999, 1_000, 1_001])
def test_a_post_is_as_big_as_max_payload_at_the_most(size, form):
    async def scenario():
        async with echoing(**KILOBYTE) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            body = b'4' + b'x' * (size - 1)
            if form == 'many packets':
                body = b'4a\x1e' * 300 + b'4' + b'x' * (size - 901)
            elif form == 'binary':
                body = b'bAQID\x1e4' + b'x' * (size - 7)
            request = {'chunks': chunked(poller, *[b'%c' % byte for byte in body])}
            request['one chunk'] = chunked(poller, body)
            peer.write(request.get(form, post(poller, body)))
            assert len(body) == size
            if size > 1_000:
                assert await said(peer) == TOO_BIG
                assert engine.counters.refused['Payload too large'] == 1
                assert not engine.sockets[poller.sid].outbox, 'nothing of it was taken'
            else:
                assert await said(peer) == (200, b'ok')
                assert await poller.poll() == body

    run(scenario())


@pytest.mark.parametrize('length', ['1001', '1' + '0' * 17])
def test_a_body_that_is_too_big_is_refused_before_it_is_sent(length, monkeypatch):
    monkeypatch.setattr('gateway.engine.exchange.DRAIN', 0.1)

    async def scenario():
        async with echoing(**KILOBYTE) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            peer.write(post(poller, b'').replace(b'Length: 0', f'Length: {length}'.encode()))
            assert await said(peer) == TOO_BIG
            assert await peer.rest() == b''
            assert await status(poller, b'4still here') == (200, b'ok')

    run(scenario())


def test_a_body_without_end_is_cut_off():
    async def scenario():
        async with echoing(**KILOBYTE) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            peer.write(chunked(poller, b'4' * 500)[: -len(b'0\r\n\r\n')])
            writing = asyncio.create_task(write_on(peer, b'3e8\r\n' + b'x' * 1_000 + b'\r\n'))
            assert await said(peer) == TOO_BIG
            with pytest.raises(ConnectionError):
                await asyncio.wait_for(writing, raw.PATIENCE)
            assert engine.counters.refused == {'Payload too large': 1}

    run(scenario())


def test_the_body_of_a_refused_post_is_dropped_and_the_connection_goes_on():
    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            sid, poller.query = poller.query, poller.query.replace(poller.sid, 'unknown')
            peer.write(post(poller, b'4' * 900_000))
            assert await said(peer) == UNKNOWN
            poller.query = sid
            peer.write(post(poller, b'4hello'))
            assert await said(peer) == (200, b'ok')

    run(scenario())


@pytest.mark.parametrize('size', [500, 1_001])
def test_who_expects_100_continue_is_told(size):
    async def scenario():
        async with echoing(**KILOBYTE) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            body = b'4' * size
            head = post(poller, body, 'Expect: 100-continue\r\n')[:-size]
            peer.write(head)
            if size > 1_000:
                assert await said(peer) == TOO_BIG
                assert await peer.rest() == b''
            else:
                assert await peer.head() == b'HTTP/1.1 100 (Continue)\r\n\r\n'
                peer.write(body)
                assert await said(peer) == (200, b'ok')

    run(scenario())


@pytest.mark.parametrize('coding', ['gzip', 'gzip, deflate, br', 'identity;q=0, gzip', '*'])
def test_answers_are_never_compressed(coding):
    """Node compresses polls of more than a kilobyte; who wants small messages takes WebSocket."""

    async def scenario():
        async with echoing() as engine:
            poller = await opened(engine.port)
            await poller.post(b'4' + b'x' * 5_000)
            answer = await ask(engine.port, poller.query, headers=f'Accept-Encoding: {coding}\r\n')
            assert 'content-encoding' not in answer.headers
            assert answer.body == b'4' + b'x' * 5_000

    run(scenario())


# Connections.


def test_one_connection_serves_many_requests_and_pipelined_ones_in_order():
    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            for number in range(5):
                peer.write(post(poller, b'4%d' % number))
                assert await said(peer) == (200, b'ok')
                peer.write(get(poller))
                assert await said(peer) == (200, b'4%d' % number)
            peer.write(post(poller, b'4a') + get(poller) + post(poller, b'4b') + get(poller))
            assert [await said(peer) for _ in range(4)] == [
                (200, b'ok'),
                (200, b'4a'),
                (200, b'ok'),
                (200, b'4b'),
            ]
            peer.write(get(poller).replace(poller.sid.encode(), b'unknown') + post(poller, b'4c'))
            assert [await said(peer) for _ in range(2)] == [UNKNOWN, (200, b'ok')]

    run(scenario())


def test_two_posts_at_a_time_end_the_session():
    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            peer.write(post(poller, b'4first')[:-3])
            await until(lambda: engine.sockets[poller.sid].transport.posting)
            assert await status(poller, b'4second') == BAD
            peer.write(b'rst')
            assert await said(peer) == UNKNOWN
            assert engine.reasons == {poller.sid: 'protocol error'}

    run(scenario())


def test_posts_one_after_the_other_are_not_two_at_a_time():
    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            for number in range(50):
                peer.write(post(poller, b'4%d' % number))
                assert await said(peer) == (200, b'ok')
                assert await status(poller, b'4and') == (200, b'ok')

    run(scenario())


def test_a_poll_while_the_answer_of_another_is_read_ends_the_session():
    """Else each of them would hold a whole outbox that nobody reads."""

    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as slow:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            session.send(Packet(b'4', [bytes(3_900_000)]))
            slow.writer.transport.pause_reading()
            slow.write(get(poller))
            await until(lambda: not session.outbox)
            assert not session.transport.sent.done(), 'more than the kernel takes'
            assert await status(poller) == BAD
            assert engine.reasons == {poller.sid: 'protocol error'}

    run(scenario())
