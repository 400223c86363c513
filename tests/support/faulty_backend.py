"""A backend that does what its path says, wrong things above all; on the running loop.

What it replies to a path of `replies` is the JSON there.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

BIG = 10_000_000  # bytes


def answer(body: bytes, status: str = '200 OK', headers: str = '') -> bytes:
    head = f'HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n'
    return head.encode() + body


REPLY = answer(b'{"ack": ["done"]}')
ANSWERS: dict[str, bytes] = {
    '/good': REPLY,
    '/nothing': answer(b'', '204 No Content'),
    '/dies': REPLY[:-5],
    '/dies-early': b'HTTP/1.1 200 OK\r\nContent-Le',
    '/says-nothing': b'',
    '/garbage': answer(b'<html>Internal error</html>'),
    '/no-http': b'\x16\x03\x01 this is no HTTP\r\n\r\n',
    '/grammar': answer(b'{"do": [{"emit": {"event": "a", "to": "everyone"}}, {"jion": "a"}]}'),
    '/deep': answer(b'{"ack": ' + b'[' * 5_000 + b']' * 5_000 + b'}'),
    '/big': b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % BIG,
    '/big-chunks': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    '/big-head': b'HTTP/1.1 200 OK\r\n' + b'A: %b\r\n' % (b'a' * BIG),
    '/redirect': answer(b'', '307 Temporary Redirect', 'Location: /good\r\n'),
    '/refuses': answer(b'{"ack": "no"}', '403 Forbidden'),
    '/broken': answer(b'{"ack": "no"}', '500 Internal Server Error'),
}


class Backend:
    """`paths` and `bodies` of what was asked, in order; `let_go` ends what hangs."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.paths: list[str] = []
        self.bodies: list[dict] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []  # first line, headers, body
        self.replies: dict[str, object] = {}
        self.sent = 0  # bytes of the latest big reply
        self.let_go = asyncio.Event()
        self.asked = asyncio.Event()
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task] = set()

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, '127.0.0.1', self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """From now on connections are refused."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for requests until it holds."""
        async with asyncio.timeout(20):
            while not holds():
                self.asked.clear()
                await self.asked.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1')
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(':') for line in head.splitlines()[1:])
        }
        body = await reader.readexactly(int(fields.get('content-length', 0)))
        path = head.split(' ', 2)[1]
        self.paths.append(path)
        self.bodies.append(json.loads(body) if body else {})
        self.requests.append((head.split('\r\n', 1)[0], fields, body))
        self.asked.set()
        if path == '/hangs':
            await self.let_go.wait()
            path = '/good'
        if path in self.replies:
            writer.write(answer(json.dumps(self.replies[path]).encode()))
            return True
        writer.write(ANSWERS[path])
        await writer.drain()
        if path in {'/big', '/big-chunks'}:
            await self._flood(writer, chunked=path == '/big-chunks')
        return path in {'/good', '/nothing', '/refuses', '/broken', '/redirect', '/garbage'}

    async def _flood(self, writer: asyncio.StreamWriter, *, chunked: bool) -> None:
        piece = b' ' * 10_000
        self.sent = 0
        while self.sent < BIG:
            writer.write(b'2710\r\n%b\r\n' % piece if chunked else piece)
            await writer.drain()
            self.sent += len(piece)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Backend]:
    backend = Backend()
    await backend.start()
    try:
        yield backend
    finally:
        backend.let_go.set()
        await backend.stop()
