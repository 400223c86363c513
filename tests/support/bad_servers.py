"""Socket.IO servers made bad on purpose, which write down what they did to each message.

Rules of this file:
- A server is a thread with a loop of its own; it speaks WebSocket, JSON and the namespace `/`.
- `pub` of any client goes to all as `msg`, in the order in which they joined.
- A delivery is in the ledger with the moment before it was written: nobody can have it earlier.
- Moments are CLOCK_MONOTONIC nanoseconds, as in the stamps of the messages.
"""

import asyncio
import base64
import hashlib
import math
import re
import threading
import time
from collections import defaultdict
from typing import NamedTuple, Self

from bench.histogram import Histogram, highest

STAMP = re.compile(rb'fan:([a-p]{8})([a-p]{16})')
OPEN = b'0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
HEX = bytes.maketrans(b'abcdefghijklmnop', b'0123456789abcdef')
MILLISECOND = 1_000_000


class Delivery(NamedTuple):
    """`due`: when the broadcast should have left. `at`: when this recipient's copy did."""

    sequence: int
    recipient: int
    due: int
    at: int


class Ledger:
    """What a server did: every delivery, and its misdeeds."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.delayed = self.dropped = self.swapped = 0
        self.stalls: list[tuple[int, int]] = []  # from, to

    def latencies(self) -> list[int]:
        """Of every delivery, sorted."""
        return sorted(delivery.at - delivery.due for delivery in self.deliveries)

    def of_each_broadcast(self, which: str) -> list[int]:
        """Latency of its 'first', 'median' or 'last' recipient, sorted."""
        by_sequence: dict[int, list[int]] = defaultdict(list)
        for delivery in self.deliveries:
            by_sequence[delivery.sequence].append(delivery.at - delivery.due)
        place = {'first': 0.0, 'median': 0.5, 'last': 1.0}[which]
        return sorted(
            sorted(latencies)[max(0, math.ceil(len(latencies) * place) - 1)]
            for latencies in by_sequence.values()
        )

    def began(self) -> int:
        """When the first broadcast was due."""
        return min(delivery.due for delivery in self.deliveries)


def percentile(latencies: list[int], percent: float) -> float:
    """Milliseconds; the nearest rank of a sorted list."""
    rank = -(-len(latencies) * percent // 100)
    return latencies[int(max(rank, 1)) - 1] / MILLISECOND


def excess(said: Histogram, did: list[int], percents: tuple[float, ...]) -> float:
    """By how many milliseconds the harness says more than the ledger; it never says less."""
    more = 0.0
    for percent in percents:
        known = highest(round(percentile(did, percent) * MILLISECOND)) / MILLISECOND
        assert said.percentile(percent) >= known, f'p{percent}: less than the server took'
        more = max(more, said.percentile(percent) - known)
    return more


def frame(data: bytes) -> bytes:
    size = len(data)
    head = bytes((size,)) if size < 126 else b'\x7e' + size.to_bytes(2, 'big')
    return b'\x81' + head + data


class Message(NamedTuple):
    sequence: int
    due: int
    data: bytes  # the frame


class Member:
    """A client that has joined."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number, self.writer = number, writer
        self.held: list[Message] = []  # waits, and whatever comes meanwhile waits behind it


class BadServer:
    """Good; the ones below are not. A context manager; `port` and `ledger` are for the test."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.members: list[Member] = []
        self.joined = self.broadcasts = self.messages = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._main()))

    def broadcast(self, message: Message) -> None:
        for member in self.members:
            self.messages += 1
            self.send(member, message)

    def send(self, member: Member, message: Message) -> None:
        if member.writer.is_closing():
            return
        at = time.monotonic_ns()
        member.writer.write(message.data)
        entry = Delivery(message.sequence, member.number, message.due, at)
        self.ledger.deliveries.append(entry)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            await self._handshake(reader, writer)
            while True:
                self._received(await read_frame(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        finally:
            self.members = [member for member in self.members if member.writer is not writer]

    async def _handshake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b'\r\n\r\n')
        key = re.search(rb'(?i)sec-websocket-key: *(\S+)', head)
        if not key:  # polling: says what it is, and no more
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n')
            writer.write(b'Content-Length: %d\r\n\r\n%s' % (len(OPEN), OPEN))
            raise ConnectionError
        accept = hashlib.sha1(key[1] + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest()
        writer.write(
            b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
            b'Sec-WebSocket-Accept: %s\r\n\r\n%s' % (base64.b64encode(accept), frame(OPEN))
        )

    def _received(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if data.startswith(b'40'):
            writer.write(frame(b'40{"sid":"s"}'))
            self.joined += 1
            self.members.append(Member(self.joined, writer))
        elif stamp := STAMP.search(data):
            sequence, due = (int(letters.translate(HEX), 16) for letters in stamp.groups())
            self.broadcasts += 1
            self.broadcast(Message(sequence, due, frame(data.replace(b'"pub"', b'"msg"', 1))))

    async def _main(self) -> None:
        server = await asyncio.start_server(self._serve, '127.0.0.1', 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*serving)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        self._loop.close()


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The payload of one masked frame; ConnectionError for a close."""
    first, second = await reader.readexactly(2)
    if first & 15 == 8:
        raise ConnectionError
    size = second & 127
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), 'big')
    mask = await reader.readexactly(4)
    return bytes(byte ^ mask[at & 3] for at, byte in enumerate(await reader.readexactly(size)))


class Delaying(BadServer):
    """Every 100th message leaves 50 ms late, and what follows it on its connection waits too."""

    def send(self, member: Member, message: Message) -> None:
        if member.held:
            member.held.append(message)
        elif self.messages % 100 == 0:
            self.ledger.delayed += 1
            member.held.append(message)
            self._loop.call_later(0.05, self._release, member)
        else:
            super().send(member, message)

    def _release(self, member: Member) -> None:
        held, member.held = member.held, []
        for message in held:
            super().send(member, message)


class Dropping(BadServer):
    """One message in a thousand is never sent."""

    def send(self, member: Member, message: Message) -> None:
        if self.messages % 1000 == 0:
            self.ledger.dropped += 1
        else:
            super().send(member, message)


class Swapping(BadServer):
    """Once, one recipient has a message after the one that follows it."""

    def send(self, member: Member, message: Message) -> None:
        if self.broadcasts == 10 and member is self.members[3]:
            member.held.append(message)
            return
        super().send(member, message)
        if member.held:
            self.ledger.swapped += 1
            super().send(member, member.held.pop())


class Stalling(BadServer):
    """Before its 25th broadcast it does nothing at all for a second."""

    def broadcast(self, message: Message) -> None:
        if self.broadcasts == 25:
            start = time.monotonic_ns()
            time.sleep(1)
            self.ledger.stalls.append((start, time.monotonic_ns()))
        super().broadcast(message)


class Slow(BadServer):
    """30 ms for every broadcast: three pauses of 10, each before a third of the recipients."""

    def broadcast(self, message: Message) -> None:
        third = -(-len(self.members) // 3)
        for place, member in enumerate(self.members):
            if place % third == 0:
                time.sleep(0.01)
            self.messages += 1
            self.send(member, message)
