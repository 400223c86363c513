"""Backends that misbehave: what who asks them gets, and what it costs others."""

import asyncio
import gzip
import socket
import time

import pytest

from gateway.errors import ActionError
from tests.support.backends import OK, asking, call, hang, replying, serving
from tests.support.hub import run, until

MB = 1_000_000


async def code(backends, url, **fields):
    """How a call fails."""
    with pytest.raises(ActionError) as failed:
        await backends.ask(call(url, **fields))
    assert url not in failed.value.message
    return failed.value.code


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def sized(size):
    return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % size


REPLIES = {
    'dies before': (b'', 'backend_failed'),
    'dies in the head': (b'HTTP/1.1 200 OK\r\nCont', 'backend_failed'),
    'dies in the body': (sized(100) + b'{"ack"', 'backend_failed'),
    'dies in a chunk': (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{"a',
        'backend_failed',
    ),
    'garbage': (b'\x00\xff' * 1000, 'backend_failed'),
    'two lengths': (
        b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
        'backend_failed',
    ),
    'redirects': (
        b'HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n',
        'backend_failed',
    ),
    'a header of 1 MB': (
        b'HTTP/1.1 200 OK\r\nX: ' + b'x' * MB + b'\r\n\r\n',
        'backend_failed',
    ),
    '1 MB of headers': (
        b'HTTP/1.1 200 OK\r\n' + b'X: xxxxxxxxxxxx\r\n' * (MB // 17) + b'\r\n',
        'backend_failed',
    ),
    '10 MB, told': (sized(10 * MB) + b'x' * 10 * MB, 'bad_reply'),
    '10 MB, untold': (b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * 10 * MB, 'bad_reply'),
}


@pytest.mark.parametrize('what', REPLIES)
def test_a_reply_that_is_none_is_an_error_at_once(what):
    data, expected = REPLIES[what]
    requests = []

    async def handle(request, writer):
        requests.append(request)
        writer.write(data)
        writer.close()

    async def main():
        async with serving(handle) as url, asking() as backends:
            assert await code(backends, url, timeout=20) == expected

    run(main())
    assert len(requests) == 1


@pytest.mark.parametrize('head', [sized(10 * MB), b'HTTP/1.1 200 OK\r\n\r\n'])
def test_no_more_of_a_slow_flood_is_read_than_may_be(head):
    sent = 0

    async def handle(_, writer):
        nonlocal sent
        writer.write(head)
        while sent < 10 * MB:
            writer.write(b'x' * 10_000)
            sent += 10_000
            await writer.drain()
            await asyncio.sleep(0)

    async def main():
        async with serving(handle) as url, asking(max_reply='100KB') as backends:
            assert await code(backends, url, timeout=20) == 'bad_reply'

    run(main())
    assert sent < 10 * MB


def test_a_gzip_bomb_stays_packed():
    bomb = gzip.compress(bytes(10 * MB))
    head = b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(bomb)

    async def main():
        async with serving(replying(head + bomb)) as url, asking() as backends:
            assert await backends.ask(call(url)) == bomb

    run(main())


def test_a_drip_of_bytes_ends_with_the_timeout():
    async def handle(_, writer):
        writer.write(sized(1_000))
        while True:
            writer.write(b'x')
            await writer.drain()
            await asyncio.sleep(0.02)

    async def main():
        async with serving(handle) as url, asking() as backends:
            assert await code(backends, url, timeout=0.3) == 'backend_timeout'

    run(main())


def test_a_backend_that_hangs_delays_no_other_and_is_soon_not_asked():
    async def main():
        async with (
            serving(hang) as bad,
            serving(replying(OK)) as good,
            asking(connections=2, queue=50) as backends,
        ):
            hanging = [asyncio.create_task(backends.ask(call(bad, timeout=1.0))) for _ in range(40)]
            await asyncio.sleep(0)
            longest = 0.0
            for _ in range(50):
                began = time.monotonic()
                assert await backends.ask(call(good)) == b'{}'
                longest = max(longest, time.monotonic() - began)
            assert longest < 0.8
            assert not any(task.done() for task in hanging)
            errors = await asyncio.gather(*hanging, return_exceptions=True)
            assert {error.code for error in errors} == {'backend_timeout'}
            hung, sound = backends.all()
            assert hung.counters.most_waiting == 38
            assert sound.counters.most_waiting == 0

    run(main())


def test_a_backend_that_closes_every_connection_after_its_reply_fails_no_call():
    async def handle(_, writer):
        writer.write(OK)
        writer.close()

    async def main():
        async with serving(handle) as url, asking(connections=2) as backends:
            calls = (backends.ask(call(url)) for _ in range(100))
            assert await asyncio.gather(*calls) == [b'{}'] * 100

    run(main())


def test_a_connection_that_was_closed_while_it_was_kept_costs_one_more_send():
    requests = []

    async def handle(request, writer):
        requests.append(request)
        if len(requests) == 2:  # on the kept one: no reply
            writer.close()
        else:
            writer.write(OK)

    async def main():
        async with serving(handle) as url, asking() as backends:
            await backends.ask(call(url))
            assert await backends.ask(call(url)) == b'{}'

    run(main())
    assert len(requests) == 3


def test_a_backend_that_refuses_connections_is_down_and_then_comes_back(monkeypatch):
    monkeypatch.setattr('gateway.backends.breaker.PAUSE', 0.1)
    port = free_port()
    url = f'http://127.0.0.1:{port}'

    async def main():
        async with asking() as backends:
            codes = [await code(backends, url) for _ in range(6)]
            assert codes == ['backend_failed'] * 5 + ['backend_down']
            async with serving(replying(OK), port):
                [backend] = backends.all()
                await until(lambda: not backend.breaker.wait(time.monotonic()))
                assert await backends.ask(call(url)) == b'{}'
            assert backend.counters.opened == 1
            assert not backend.breaker.is_open

    run(main())


def test_a_hanging_hook_leaves_the_places_to_events():
    async def handle(request, writer):
        if request.endswith(b'hang'):
            await hang(request, writer)
        writer.write(OK)

    async def main():
        async with serving(handle) as url, asking(connections=1) as backends:
            for _ in range(20):
                assert backends.tell(call(url, b'hang'), print)
            await asyncio.sleep(0)
            assert await backends.ask(call(url)) == b'{}'

    run(main())


def test_no_hook_is_lost_while_a_backend_dies_refuses_and_comes_back(monkeypatch):
    monkeypatch.setattr('gateway.backends.breaker.PAUSE', 0.05)
    monkeypatch.setattr('gateway.backends.hooks.BACKOFF', 0.02)
    taken, replies = [], []
    bodies = [b'%d' % number for number in range(100)]

    async def handle(request, writer):
        fault = len(taken) % 7
        body = request.split(b'\r\n\r\n', 1)[1]
        taken.append(body)
        match fault:
            case 1:
                writer.close()
            case 2:
                writer.write(b'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')
            case 3:
                writer.write(sized(10) + b'x')
                writer.close()
            case _:
                writer.write(OK)

    async def main():
        port = free_port()
        async with asking() as backends:
            for body in bodies:
                assert backends.tell(call(f'http://127.0.0.1:{port}', body), replies.append)
            [backend] = backends.all()
            await until(lambda: backend.counters.hooks_retried)
            async with serving(handle, port):
                await until(lambda: backend.counters.hooks_sent == len(bodies))
            assert not backend.counters.hooks_given_up

    run(main())
    assert set(taken) == set(bodies)
    assert len(replies) == len(bodies)
