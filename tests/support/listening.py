"""An HTTP listener in the test's own loop, an endpoint, and what both say in bytes."""

import asyncio
import contextlib
import re
import socket

from gateway.http.counters import Counters
from gateway.http.listener import Listener
from gateway.http.message import Response
from tests.support import raw

DATE = re.compile(rb'Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n')
HOST = b'Host: a\r\n'
MAX_BODY = 300_000
PATIENCE = 10


class Endpoint:
    """Answers by path; `/wait` when it is told to, and says when it was cancelled."""

    def __init__(self):
        self.asked = 0
        self.waiting = asyncio.Event()
        self.go = asyncio.Event()
        self.cancelled = asyncio.Event()

    def __call__(self, request):
        self.asked += 1
        match request.path:
            case '/wait':
                return self.wait()
            case '/raise':
                raise RuntimeError('secret')
            case '/raise-later':
                return self.fail()
            case '/big':
                return Response(200, b'x' * 1_000_000)
            case '/none':
                return Response(204)
            case '/split':
                return Response(200, headers=(('X', 'a\r\nY: b'),))
        return Response(200, request.body or request.path.encode(), 'text/plain')

    async def wait(self):
        self.waiting.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return Response(200, b'waited', 'text/plain')

    async def fail(self):
        raise RuntimeError('secret')


@contextlib.asynccontextmanager
async def listening(tls=None, **options):
    """A Listener with `port`, `endpoint`."""
    endpoint = Endpoint()
    listener = Listener(endpoint, MAX_BODY, Counters(), **options)
    sock = socket.create_server(('127.0.0.1', 0))
    listener.port, listener.endpoint = sock.getsockname()[1], endpoint
    listener.start([sock], tls)
    try:
        yield listener
    finally:
        await asyncio.wait_for(listener.stop(0.2), PATIENCE)
        assert not listener.connections


def get(path=b'/', more=b'', version=b'1.1'):
    return b'GET ' + path + b' HTTP/' + version + b'\r\n' + HOST + more + b'\r\n'


def ok(body, connection=b''):
    """A whole answer, without its date."""
    return (
        b'HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: text/plain\r\n'
        + connection
        + b'Content-Length: %d\r\n\r\n' % len(body)
        + body
    )


async def whole(peer):
    """Everything until the end, each date checked and removed."""
    data = await peer.rest()
    assert len(DATE.findall(data)) == data.count(b'HTTP/1.1 ') - data.count(b' 100 Continue')
    return DATE.sub(b'', data)


async def said(data, eof=False, **options):
    """What a listener says to a client that says `data`."""
    async with listening(**options) as listener, raw.connection(listener.port) as peer:
        peer.write(data)
        if eof:
            peer.writer.write_eof()
        return await whole(peer)


CLOSE = b'Connection: close\r\n'
LAST = get(b'/last', CLOSE)
LAST_OK = ok(b'/last', CLOSE)
