"""A small Socket.IO server for the load generator's tests, which does whatever a test asks of it.

It runs on a loop in a thread of its own; the functions that a test gives it run there.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

SWITCHING = (
    b'HTTP/1.1 101 Switching Protocols\r\n'
    b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
)
CONNECT = b'\x82\xa4type\x00\xa3nsp\xa1/'
CONNECTED = b'\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa3sid\xa1x'


def frame(data: bytes, first: int = 0x81) -> bytes:
    length = len(data)
    if length < 126:
        return bytes((first, length)) + data
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, 'big') + data
    return bytes((first, 127)) + length.to_bytes(8, 'big') + data


def wide(data: bytes, first: int = 0x81) -> bytes:
    """With a length of 64 bits, however short it is."""
    return bytes((first, 127)) + len(data).to_bytes(8, 'big') + data


def binary(data: bytes) -> bytes:
    return frame(data, 0x82)


def as_message(published: bytes) -> bytes:
    """The frame in which a good server passes on what was published."""
    if published.startswith(b'42["pub"'):
        return frame(published.replace(b'"pub"', b'"msg"', 1))
    return binary(published.replace(b'\xa3pub', b'\xa3msg', 1))


Http: TypeAlias = Callable[
    ['Server', bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]


@dataclass
class Server:
    """`received(server, client, message)` answers what clients say; `joined` are they, in the
    order of their connecting. `http(server, head, reader, writer)` has all other requests."""

    received: Callable[['Server', asyncio.StreamWriter, bytes], None]
    upgrade: bytes = SWITCHING
    greeting: bytes = frame(b'0{}')
    connected: bytes | None = None  # the frames that answer CONNECT; b'' closes instead
    http: Http | None = None
    port: int = 0
    joined: list[asyncio.StreamWriter] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b'\r\n\r\n')
            self.requests.append(head)
            if self.http and b'Upgrade: websocket' not in head:
                await self.http(self, head, reader, writer)
                return
            writer.write(self.upgrade + self.greeting)
            while data := await message(reader):
                if data in {b'40', CONNECT}:
                    good = frame(b'40{}') if data == b'40' else binary(CONNECTED)
                    self.joined.append(writer)
                    writer.write(good if self.connected is None else self.connected)
                    if self.connected == b'':
                        break
                else:
                    self.received(self, writer, data)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run(self, ready: threading.Event, done: asyncio.Event) -> None:
        server = await asyncio.start_server(self.serve, '127.0.0.1', 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await done.wait()
        server.close()
        for writer in self.joined:
            writer.close()
            await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})


async def message(reader: asyncio.StreamReader) -> bytes:
    """What a client has sent, unmasked; b'' when it says goodbye. Its pongs are passed over."""
    while True:
        head = await reader.readexactly(2)
        length = head[1] & 127
        if length > 125:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), 'big')
        key = await reader.readexactly(4)
        data = await reader.readexactly(length)
        if head[0] & 15 < 8:
            return bytes(byte ^ key[i & 3] for i, byte in enumerate(data))
        if head[0] & 15 == 8:
            return b''


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    ready, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(server.run(ready, done),))
    thread.start()
    try:
        assert ready.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()


def mistreating(treat: Callable[[list[bytes]], list[bytes]], many: int = 4) -> Server:
    """Collects so many broadcasts; the first client gets what `treat` makes of their frames."""
    pending: list[bytes] = []

    def received(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        pending.append(as_message(data))
        if len(pending) == many:
            server.joined[0].write(b''.join(treat(pending)))
            for other in server.joined[1:]:
                other.write(b''.join(pending))
            pending.clear()

    return Server(received)


def broadcasting(make: Callable[[bytes], bytes] = as_message) -> Server:
    """Passes each broadcast on to all, in the frames that `make` makes of it."""

    def received(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        for each in server.joined:
            each.write(make(data))

    return Server(received)
