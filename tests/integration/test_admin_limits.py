"""The admin listener and those who are slow, many, or do not read."""

import asyncio

import pytest

from gateway.http import connection as connections
from gateway.http import listener as listeners
from tests.support import raw
from tests.support.hub import run, until
from tests.support.listening import (
    LAST,
    LAST_OK,
    PATIENCE,
    get,
    listening,
    said,
    whole,
)

pytestmark = pytest.mark.usefixtures('loop')


def test_requests_behind_an_awaited_answer_are_not_read_without_bound():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get(b'/wait'))
            await asyncio.wait_for(listener.endpoint.waiting.wait(), PATIENCE)
            peer.write(get() * 500_000)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.writer.drain(), 0.3)
            (one,) = listener.connections
            assert len(one._parser.requests) < connections.PIECE / 26
            assert len(one._unread) < 1_000_000
            assert listener.endpoint.asked == 1
            peer.reset()

    run(main())


def test_a_client_that_does_not_read_is_answered_no_further_and_cut(monkeypatch):
    monkeypatch.setattr(connections, 'IDLE_TIMEOUT', 0.5)
    monkeypatch.setattr(listeners, 'TICK', 0.05)

    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.writer.transport.pause_reading()
            peer.write(get(b'/big') * 100)
            async with raw.connection(listener.port) as other:
                other.write(LAST)
                assert await whole(other) == LAST_OK
            await until(lambda: not listener.connections)
            assert listener.endpoint.asked < 50
            assert listener.counters.cut == 1

    run(main())


def test_many_small_requests_at_once_leave_the_loop_its_turns():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get() * 10_000 + LAST)
            answers = asyncio.ensure_future(whole(peer))
            seen = set()
            while not answers.done():
                await asyncio.sleep(0)
                seen.add(listener.endpoint.asked)
            assert (await answers).count(b'HTTP/1.1 200 ') == 10_001
            assert len(seen) > 10  # slices; in one go it would be as many as there were reads

    run(main())


def test_offers_of_another_protocol_are_declined_however_many_come_at_once():
    offer = get(b'/', b'Connection: upgrade\r\nUpgrade: h2c\r\n')

    async def main():
        assert (await said(offer * 3_000 + LAST)).count(b'HTTP/1.1 200 ') == 3_001

    run(main())


def test_who_reads_slowly_gets_everything():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get(b'/big') * 5 + LAST)
            got = await whole(peer)
            assert got.count(b'x' * 1_000_000) == 5
            assert got.endswith(LAST_OK)

    run(main())


@pytest.mark.parametrize(
    ('begun', 'expected'),
    [
        (b'', b''),
        (b'GET / HT', b'HTTP/1.1 408 Request Timeout\r\n'),
        (get(b'/', b'Content-Length: 5\r\n') + b'h', b'HTTP/1.1 408 Request Timeout\r\n'),
    ],
)
def test_who_sends_too_slowly_is_told_and_who_sends_nothing_is_closed(begun, expected, monkeypatch):
    for name in ('IDLE_TIMEOUT', 'REQUEST_TIMEOUT'):
        monkeypatch.setattr(connections, name, 0.3)
    monkeypatch.setattr(listeners, 'TICK', 0.05)

    async def main():
        got = await said(begun)
        assert got.startswith(expected)
        assert bool(got) == bool(expected)

    run(main())


@pytest.mark.parametrize('begun', [get()[:-1], get(b'/', b'Content-Length: 99999\r\n')])
def test_a_byte_now_and_then_does_not_extend_the_time_of_a_request(begun, monkeypatch):
    monkeypatch.setattr(connections, 'REQUEST_TIMEOUT', 0.3)
    monkeypatch.setattr(listeners, 'TICK', 0.05)

    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(begun)
            while not peer.reader.at_eof() and not peer.reader._buffer:
                peer.write(b'X')
                await asyncio.sleep(0.02)
            assert (await whole(peer)).startswith(b'HTTP/1.1 4')
            assert set(listener.counters.refused) <= {'too_slow', 'bad_request'}

    run(main())


def test_more_connections_than_there_may_be_are_told_so():
    async def main():
        async with listening(max_connections=1) as listener, raw.connection(listener.port) as peer:
            peer.write(get())
            await peer.answer()
            async with raw.connection(listener.port) as other:
                got = await whole(other)
                assert got.startswith(b'HTTP/1.1 503 Service Unavailable\r\n')
                assert got.endswith(b'{"error":{"code":"busy","message":"too many connections"}}')
            assert listener.counters.connections_refused == 1
            peer.write(LAST)
            assert await whole(peer) == LAST_OK

    run(main())
