"""HTTP backends for tests of `gateway.backends`: raw ones, scripted ones, and who asks them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from gateway.backends.backends import Backends
from gateway.backends.call import Answer, Call
from gateway.config.model import Backends as Settings
from gateway.engine.drain import Drain

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'

Handle = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request; IncompleteReadError at the end."""
    head = await reader.readuntil(b'\r\n\r\n')
    for line in head.lower().split(b'\r\n'):
        if line.startswith(b'content-length:'):
            return head + await reader.readexactly(int(line.split(b':')[1]))
    return head


@contextlib.asynccontextmanager
async def serving(handle: Handle, port: int = 0) -> AsyncIterator[str]:
    """A server that calls `handle` with every request; its URL."""
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                await handle(await request(reader), writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, '127.0.0.1', port)
    try:
        yield f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}'
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def replying(data: bytes) -> Handle:
    """A server that answers with these bytes."""

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return handle


async def hang(_: bytes, __: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def asking(**settings: float) -> AsyncIterator[Backends]:
    """Backends that are started, and stopped at the end."""
    backends = Backends(Settings.model_validate(settings))
    backends.start()
    try:
        yield backends
    finally:
        await backends.stop(Drain(0))


def call(url: str, body: bytes = b'{}', **fields: object) -> Call:
    return Call('id', url, body, **fields)  # type: ignore[arg-type]


class Scripted:
    """Answers with what stands in `script`, one after the other, and `Answer(200)` at the end."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.sent: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, call: Call) -> Answer:
        self.sent.append(call.id)
        await self.gate.wait()
        outcome = self.script.pop(0) if self.script else Answer(200, b'yes')
        if isinstance(outcome, Answer):
            return outcome
        raise outcome
