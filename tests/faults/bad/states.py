"""The states that a connection may be in when it misbehaves, reached over the wire."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from tests.faults.bad.row import (
    PROTOCOL_ERROR,
    SID,
    TRANSPORT_CLOSE,
    Row,
    frame,
    in_base64,
    packed,
    request,
)
from tests.support import raw
from tests.support.http import answer
from tests.support.raw import BINARY, CLOSE, POLLING, TEXT, WEBSOCKET, Connection

HELD = 100  # events whose handlers take HOLD seconds: the bound of what one client may have
HOLD = 0.05
PENDING = '451-["echo",{"_placeholder":true,"num":0}]'
OFFER = 'Sec-WebSocket-Extensions: permessage-deflate\r\n'

ENDED = {PROTOCOL_ERROR, TRANSPORT_CLOSE}  # what is counted of a session that is over

_GIVEN = re.compile(rb'(?<="sid":")[\w-]{20}(?=")')  # what a CONNECT is answered with

Entered = AsyncIterator[Connection]


class State(NamedTuple):
    """`enter(port)` gives a connection with `session`, the id of its polling session, or ''."""

    enter: Callable[[int], Any]
    is_websocket: bool


@contextlib.asynccontextmanager
async def connected(port: int) -> Entered:
    async with raw.connection(port) as peer:
        peer.session = ''
        yield peer


@contextlib.asynccontextmanager
async def switched(port: int, query: str = WEBSOCKET, headers: str = '') -> Entered:
    """A WebSocket; nothing has been read behind its 101."""
    async with connected(port) as peer:
        peer.write(raw.HANDSHAKE.format(query=query, port=port, headers=headers).encode())
        head = await peer.head()
        assert head.startswith(b'HTTP/1.1 101 '), head
        assert (b'permessage-deflate' in head) == bool(headers), head
        yield peer


@contextlib.asynccontextmanager
async def opened(port: int, headers: str = '') -> Entered:
    async with switched(port, headers=headers) as peer:
        assert (await peer.text()).startswith('0{"sid":"')
        yield peer


@contextlib.asynccontextmanager
async def joined(port: int, headers: str = '') -> Entered:
    async with opened(port, headers) as peer:
        await peer.join()
        yield peer


def compressed(port: int) -> Any:
    return joined(port, OFFER)


@contextlib.asynccontextmanager
async def msgpack(port: int) -> Entered:
    async with opened(port) as peer:
        peer.write(frame(BINARY, packed(type=0, nsp='/')))
        opcode, reply = await peer.receive()
        assert (opcode, reply[:6]) == (BINARY, b'\x83\xa4type'), reply
        yield peer


@contextlib.asynccontextmanager
async def assembling(port: int) -> Entered:
    async with joined(port) as peer:
        peer.send(PENDING)
        yield peer


@contextlib.asynccontextmanager
async def paused(port: int) -> Entered:
    async with joined(port) as peer:
        peer.write(frame(TEXT, b'42["hold"]') * HELD)
        yield peer


@contextlib.asynccontextmanager
async def closing(port: int) -> Entered:
    """The server has sent its close frame, and waits for ours."""
    async with joined(port) as peer:
        peer.send('4')
        assert (await peer.receive())[0] == CLOSE
        yield peer


@contextlib.asynccontextmanager
async def polling_beside(port: int) -> Entered:
    """A new connection; the session is polling on others."""
    poller = await raw.polling(port)
    async with connected(port) as peer:
        peer.session = poller.open['sid']
        yield peer


@contextlib.asynccontextmanager
async def probing(port: int) -> Entered:
    sid = (await raw.polling(port)).open['sid']
    async with switched(port, f'{WEBSOCKET}&sid={sid}') as peer:
        peer.session = sid
        yield peer


@contextlib.asynccontextmanager
async def probed(port: int) -> Entered:
    async with probing(port) as peer:
        peer.send('2probe')
        assert await peer.text() == '3probe'
        yield peer


@contextlib.asynccontextmanager
async def polling(port: int) -> Entered:
    """A session whose OPEN has been read, on a connection that is kept alive."""
    async with connected(port) as peer:
        peer.write(request('GET', POLLING))
        body = (await peer.answer()).body
        peer.session = body.partition(b'"sid":"')[2].partition(b'"')[0].decode()
        yield peer


async def _post(peer: Connection, body: bytes) -> None:
    query = f'{POLLING}&sid={peer.session}'
    peer.write(request('POST', query, body=body))
    assert (await peer.answer()).body == b'ok'


@contextlib.asynccontextmanager
async def polling_joined(port: int) -> Entered:
    async with polling(port) as peer:
        await _post(peer, b'40')
        peer.write(request('GET', f'{POLLING}&sid={peer.session}'))
        assert (await peer.answer()).body.startswith(b'40{"sid":"')
        yield peer


@contextlib.asynccontextmanager
async def polling_assembling(port: int) -> Entered:
    async with polling_joined(port) as peer:
        await _post(peer, PENDING.encode())
        yield peer


@contextlib.asynccontextmanager
async def polling_msgpack(port: int) -> Entered:
    async with polling(port) as peer:
        await _post(peer, in_base64(packed(type=0, nsp='/')))
        peer.write(request('GET', f'{POLLING}&sid={peer.session}'))
        assert (await peer.answer()).body.startswith(b'b')
        yield peer


@contextlib.asynccontextmanager
async def polled(port: int) -> Entered:
    """A poll waits on a connection of its own."""
    async with polling_joined(port) as peer, raw.connection(port) as waiting:
        for connection in (waiting, peer, peer):
            connection.write(request('OPTIONS', POLLING))
            await answer(connection)
            if connection is waiting:
                waiting.write(request('GET', f'{POLLING}&sid={peer.session}'))
        yield peer


STATES: dict[str, State] = {
    'connected': State(connected, False),
    'opened': State(opened, True),
    'joined': State(joined, True),
    'compressed': State(compressed, True),
    'msgpack': State(msgpack, True),
    'assembling': State(assembling, True),
    'paused': State(paused, True),
    'closing': State(closing, True),
    'probing': State(probing, True),
    'probed': State(probed, True),
    'polling': State(polling, False),
    'polling beside': State(polling_beside, False),
    'polling joined': State(polling_joined, False),
    'polling assembling': State(polling_assembling, False),
    'polling msgpack': State(polling_msgpack, False),
    'polled': State(polled, False),
}


async def say(peer: Connection, row: Row) -> list[tuple[int, bytes]]:
    """Send it; what comes back, as far as the row expects something."""
    state, back = STATES[row.state], []
    peer.write(row.sent.replace(SID, peer.session.encode()))
    for _ in row.back:
        if state.is_websocket:
            opcode, payload = await peer.receive()
            back.append((opcode, _GIVEN.sub(SID, payload)))
        else:
            status, _, body = await answer(peer, 'HEAD' if row.sent.startswith(b'HEAD ') else '')
            back.append((status, body))
    if state.is_websocket and (not back or back[-1][0] == CLOSE):
        peer.write(frame(CLOSE, b'\x03\xe8'))
        assert await peer.rest() == b''
    return back


async def leave(peer: Connection, row: Row, port: int) -> None:
    """End what the row has left open."""
    if peer.session and not ENDED.intersection(row.counted):
        await raw.ask(port, f'{POLLING}&sid={peer.session}', b'1')
    peer.writer.close()
