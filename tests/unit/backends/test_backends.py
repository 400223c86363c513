"""Backends against a server: what goes over the wire, and what a stop leaves behind."""

import asyncio
import sys
from subprocess import run

import pytest

from gateway.backends.backends import origin
from gateway.engine.drain import Drain
from gateway.errors import ActionError
from tests.support.backends import OK, asking, call, hang, replying, serving

PURE = 'call counters signature breaker backend hooks'.split()


def sent(**fields):
    """The bytes of a request."""
    requests = []

    async def handle(request, writer):
        requests.append(request)
        writer.write(OK)

    async def main():
        async with serving(handle) as url, asking() as backends:
            await backends.ask(call(url + '/a%2Fb?c=%20', **fields))

    asyncio.run(main())
    head, _, body = requests[0].partition(b'\r\n\r\n')
    line, *lines = head.decode().split('\r\n')
    return line, dict(one.split(': ', 1) for one in lines), body


def test_a_request_says_no_more_than_it_must():
    line, headers, body = sent(body=b'{"a":1}', headers=[('X-Key', 'v')])
    assert line == 'POST /a%2Fb?c=%20 HTTP/1.1'
    assert body == b'{"a":1}'
    assert headers.pop('Host').startswith('127.0.0.1:')
    assert headers.pop('webhook-timestamp').isdigit()
    assert headers == {
        'X-Key': 'v',
        'User-Agent': 'socketio-gateway',
        'Accept': 'application/json',
        'Accept-Encoding': 'identity',
        'Content-Type': 'application/json',
        'Content-Length': '7',
        'webhook-id': 'id',
    }


@pytest.mark.parametrize('method', ['GET', 'DELETE'])
def test_no_body_is_none(method):
    line, headers, body = sent(method=method, body=b'')
    assert line.startswith(method)
    assert body == b''
    assert headers.get('Content-Length', '0') == '0'
    assert not {'Content-Type', 'Transfer-Encoding'} & set(headers)


def test_a_header_that_is_told_replaces_ours():
    _, headers, _ = sent(headers=[('content-type', 'text/plain'), ('user-agent', 'me')])
    assert (headers['content-type'], headers['user-agent']) == ('text/plain', 'me')
    assert not {'Content-Type', 'User-Agent'} & set(headers)


def test_a_header_that_breaks_the_request_is_not_sent():
    async def main():
        async with serving(replying(OK)) as url, asking() as backends:
            with pytest.raises(ActionError, match='the backend failed'):
                await backends.ask(call(url, headers=[('X', 'a\r\nY: b')]))
            assert await backends.ask(call(url)) == b'{}'

    asyncio.run(main())


def test_cookies_are_forgotten():
    requests = []

    async def handle(request, writer):
        requests.append(request)
        writer.write(b'HTTP/1.1 204 No\r\nSet-Cookie: a=b\r\n\r\n')

    async def main():
        async with serving(handle) as url, asking() as backends:
            assert [await backends.ask(call(url)) for _ in range(2)] == [b'', b'']

    asyncio.run(main())
    assert b'cookie' not in requests[1].lower()


def test_connections_are_kept_and_their_number_is_bounded():
    writers, most, now = set(), 0, 0

    async def handle(_, writer):
        nonlocal most, now
        writers.add(writer)
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        writer.write(OK)

    async def main():
        async with serving(handle) as url, asking(connections=3) as backends:
            await asyncio.gather(*(backends.ask(call(url)) for _ in range(60)))

    asyncio.run(main())
    assert (most, len(writers)) == (3, 3)


def test_a_stop_ends_calls_that_are_under_way_and_later_ones_fail():
    arrived = asyncio.Event()

    async def handle(request, writer):
        arrived.set()
        await hang(request, writer)

    async def main():
        async with serving(handle) as url, asking() as backends:
            asked = asyncio.create_task(backends.ask(call(url, timeout=20)))
            await arrived.wait()
            await backends.stop(Drain(0))
            for asking_ in (asked, backends.ask(call(url)), backends.ask(call('http://h'))):
                with pytest.raises(ActionError, match='the backend failed'):
                    await asking_
            assert not backends.tell(call(url), print)

    asyncio.run(main())


def test_a_cancelled_caller_closes_its_connection():
    closed = asyncio.Event()

    async def handle(_, writer):
        try:
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
            while True:
                writer.write(b' ')
                await writer.drain()
                await asyncio.sleep(0.001)
        except ConnectionError:
            closed.set()

    async def main():
        async with serving(handle) as url, asking(connections=1) as backends:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(backends.ask(call(url, timeout=20)), 0.1)
            await asyncio.wait_for(closed.wait(), 5)

    asyncio.run(main())


def test_hooks_of_a_backend_are_numbered_from_one_without_a_gap():
    async def main():
        async with asking() as backends:
            numbers = [backends.sequence(f'http://h/{path}') for path in range(3)]
            assert numbers == [1, 2, 3]
            assert backends.sequence('http://other/') == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ('url', 'name'),
    [
        ('http://H/a', 'http://h:80'),
        ('HTTPS://h:8443', 'https://h:8443'),
        ('https://h', 'https://h:443'),
        ('http://[::1]:81/x', 'http://[::1]:81'),
    ],
)
def test_an_origin_has_one_spelling(url, name):
    assert origin(url) == name


@pytest.mark.parametrize('module', PURE)
def test_the_http_client_is_imported_by_who_sends_only(module):
    code = f'import sys, gateway.backends.{module}; sys.exit("aiohttp" in sys.modules)'
    run([sys.executable, '-c', code], check=True)
