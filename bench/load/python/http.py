"""HTTP/1.1 as a client: one keep-alive connection, one request under way at a time (RFC 9112).

Rules of this file:
- An answer ends by its Content-Length, its chunks, or the end of the connection.
- A connection that the server has closed between two requests is opened afresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, cast

from bench.load.python.server import Opener

MOST = 1 << 20  # bytes of an answer


class Response(NamedTuple):
    status: int
    phrase: str
    body: bytes

    @property
    def said(self) -> str:
        return f'HTTP {self.status} {self.phrase}'.strip()


class Parser(asyncio.Protocol):
    """One connection."""

    def __init__(self, on_read: Callable[[], None]) -> None:
        self.on_read = on_read
        self.buffer = b''
        self.answer: asyncio.Future[Response] | None = None
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast('asyncio.Transport', transport)

    def data_received(self, data: bytes) -> None:
        self.on_read()
        self.buffer += data
        self._look(ended=False)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        self._look(ended=True)
        if self.answer and not self.answer.done():
            self.answer.set_exception(ConnectionError('closed without an answer'))

    def _look(self, *, ended: bool) -> None:
        try:
            if len(self.buffer) > MOST:
                raise ConnectionError(f'an answer of more than {MOST} bytes')
            found = parse(self.buffer, ended=ended)
            while found and found[0].status < 200:  # there is more to come
                self.buffer = self.buffer[found[1] :]
                found = parse(self.buffer, ended=ended)
        except ConnectionError as error:
            self.open, found = False, None
            if self.answer and not self.answer.done():
                self.answer.set_exception(error)
        if found and self.answer and not self.answer.done():
            response, taken, keep = found
            self.buffer = self.buffer[taken:]
            self.open = self.open and keep
            self.answer.set_result(response)


def parse(data: bytes, *, ended: bool) -> tuple[Response, int, bool] | None:
    """A whole answer at the beginning, its length, and whether the connection lasts."""
    head, found, rest = data.partition(b'\r\n\r\n')
    if not found:
        return None
    first, *lines = head.decode('latin-1').split('\r\n')
    version, _, status = first.partition(' ')
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(':') for x in lines)
    }
    if not version.startswith('HTTP/1.') or not status[:3].isdigit():
        raise ConnectionError('no HTTP answer')
    code, start = int(status[:3]), len(head) + 4
    keep = version == 'HTTP/1.1' and fields.get('connection', '').lower() != 'close'
    if code < 200 or code in {204, 304}:
        return Response(code, status[4:], b''), start, keep
    if fields.get('transfer-encoding', '').lower() == 'chunked':
        body, taken = chunks(rest)
        return None if body is None else (Response(code, status[4:], body), start + taken, keep)
    if 'content-length' in fields:
        size = int(fields['content-length'])
        if len(rest) < size:
            return None
        return Response(code, status[4:], rest[:size]), start + size, keep
    return (Response(code, status[4:], rest), len(data), False) if ended or code >= 300 else None


def chunks(data: bytes) -> tuple[bytes | None, int]:
    """The body and its length on the wire; None where it is not whole yet."""
    body: list[bytes] = []
    at = 0
    while (end := data.find(b'\r\n', at)) >= 0:
        size = int(data[at:end].partition(b';')[0], 16)
        start, at = end + 2, end + 2 + size + 2
        if not size:
            # Trailers end with an empty line, too.
            end = start if data.startswith(b'\r\n', start) else data.find(b'\r\n\r\n', start) + 2
            return (b''.join(body), end + 2) if len(data) >= end + 2 > start else (None, 0)
        if at > len(data):
            break
        body.append(data[start : start + size])
    return None, 0


class Http:
    """Requests to one server; `opener` makes a connection with a protocol."""

    def __init__(self, opener: Opener, on_read: Callable[[], None]) -> None:
        self._opener, self._on_read = opener, on_read
        self._parser: Parser | None = None

    async def ask(self, request: bytes) -> Response:
        """OSError where there is no answer."""
        parser = self._parser
        if not parser or not parser.open:
            if parser:
                parser.transport.close()
            parser = self._parser = Parser(self._on_read)
            await self._opener(lambda: parser)
        parser.answer = asyncio.get_running_loop().create_future()
        parser.transport.write(request)
        return await parser.answer

    def cut(self) -> None:
        if self._parser:
            self._parser.transport.abort()
