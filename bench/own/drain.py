"""Recipients that offer permessage-deflate and count what arrives, without looking into it.

They can't tell one message from another, as the load generator in C does, so a broadcast leaves
when all have had the one before. That every message is the right one, once, is the tests' part.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from bench.process import Process

HANDSHAKE = (
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n'
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n'
)
MASK = bytes(4)
WARM = 50  # connections that are not counted
WORDS = (
    'account answer before channel client deliver event every follow gateway history in info '
    'joined known large message never online order payload question room session this user with'
).split()


def text(size: int, number: int) -> str:
    """`size` characters of words and numbers; another text for each `number`, in every run."""
    source, made = random.Random(number), ''
    while len(made) < size:
        made += f'{source.choice(WORDS)}:{source.randrange(1000)} '
    return made[:size]


def frame(payload: bytes) -> bytes:
    """One masked text frame of less than 64 KB."""
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b'\x81\xfe' + size.to_bytes(2, 'big')
    return head + MASK + payload


class Recipient(asyncio.Protocol):
    """`ready` once it has joined; then `frames` and `bytes` count up."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.buffer = b''
        self.upgraded = False
        self.frames = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(HANDSHAKE.format(port=self.crowd.port).encode())

    def data_received(self, data: bytes) -> None:
        self.crowd.bytes += len(data)
        data = self.buffer + data
        if not self.upgraded:
            head, found, data = data.partition(b'\r\n\r\n')
            if not found:
                self.buffer = head
                return
            self.upgraded = True
            self.crowd.agreed += b'permessage-deflate' in head
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], 'big'), at + 4
            if start + size > end:
                break
            at = start + size
            self._count(data[start:at])
        self.buffer = data[at:]

    def _count(self, payload: bytes) -> None:
        self.frames += 1
        if self.frames == 1:  # OPEN
            self.transport.write(frame(b'40'))
        elif payload == b'2':
            self.transport.write(frame(b'3'))
        else:
            self.crowd.arrived()


class Crowd:
    """`count` recipients of the server at `port`."""

    def __init__(self, port: int, count: int, tls: ssl.SSLContext | None = None) -> None:
        self.port, self.count, self.tls = port, count, tls
        self.agreed = 0  # to permessage-deflate
        self.bytes = 0
        self.missing = count  # of the answer to CONNECT, then of the latest broadcast
        self._all: asyncio.Event = asyncio.Event()
        self.recipients: list[Recipient] = []

    @classmethod
    def of(cls, *crowds: Crowd) -> Crowd:
        """One, of the recipients of several that have connected."""
        whole = cls(crowds[0].port, sum(crowd.count for crowd in crowds))
        for crowd in crowds:
            for recipient in crowd.recipients:
                recipient.crowd = whole
                whole.recipients.append(recipient)
        return whole

    def arrived(self) -> None:
        self.missing -= 1
        if not self.missing:
            self._all.set()

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self.count):
            _, recipient = await loop.create_connection(
                lambda: Recipient(self), '127.0.0.1', self.port, ssl=self.tls
            )
            self.recipients.append(recipient)
        await self._wait()

    async def broadcast(self, events: Sequence[bytes], seconds: float) -> tuple[int, int]:
        """One at a time, in turn: how many broadcasts, and how many bytes came in."""
        sent, self.bytes, until = 0, 0, monotonic() + seconds
        while not sent or monotonic() < until:
            self.missing = self.count
            self.recipients[0].transport.write(frame(events[sent % len(events)]))
            await self._wait()
            sent += 1
        return sent, self.bytes

    async def _wait(self) -> None:
        await asyncio.wait_for(self._all.wait(), 60)
        self._all.clear()

    def close(self) -> None:
        for recipient in self.recipients:
            recipient.transport.abort()


class Costs(NamedTuple):
    """Of the server, for each connection and each delivery."""

    connect: float  # µs of CPU
    memory: float  # resident KB
    cpu: float  # µs
    bytes: float  # on the wire, inside TLS


async def measure(
    server: Process,
    port: int,
    recipients: int,
    events: Sequence[bytes],
    seconds: float,
    tls: ssl.SSLContext | None = None,
) -> Costs:
    """Connect, and broadcast `events` in turn; TimeoutError where a message does not arrive."""
    warm = min(WARM, recipients // 2)
    first, rest = Crowd(port, warm, tls), Crowd(port, recipients - warm, tls)
    try:
        await first.connect()
        await first.broadcast(events, 0.1)
        cpu, memory = server.cpu_ns(), server.rss()
        await rest.connect()
        connect = (server.cpu_ns() - cpu) / 1e3 / rest.count
        both = Crowd.of(first, rest)
        await both.broadcast(events, seconds / 3)
        kilobytes = (server.rss() - memory) / 1e3 / rest.count
        cpu = server.cpu_ns()
        sent, size = await both.broadcast(events, seconds)
        deliveries = sent * recipients
        return Costs(
            connect, kilobytes, (server.cpu_ns() - cpu) / 1e3 / deliveries, size / deliveries
        )
    finally:
        first.close()
        rest.close()
