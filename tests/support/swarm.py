"""Thousands of raw WebSocket clients in a process of their own; see tests/support/program.py.

Each checks what it receives: `["broadcast", n]`, `["direct", n]` and the acknowledgements of its
echoes must count 0, 1, 2, ... A gap, a repetition or a swap is a violation.
"""

import asyncio
import json
import socket
import ssl
import struct
import time
from itertools import chain
from typing import Any

import uvloop

from tests.support import commands, raw

AT_ONCE = 256  # connections that are being opened
HANDSHAKE = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()
RESET_ON_CLOSE = struct.pack('ii', 1, 0)


class Client(asyncio.Protocol):
    __slots__ = (
        'acked',
        'buffer',
        'close',
        'gone',
        'joined',
        'next',
        'sent',
        'sid',
        'swarm',
        'turn',
        'wire',
    )

    def __init__(self, swarm: 'Swarm') -> None:
        self.swarm = swarm
        self.joined = asyncio.get_running_loop().create_future()
        self.buffer = b''
        self.next = {'broadcast': 0, 'direct': 0, 'echo': 0}
        self.sent = 0.0
        self.turn: asyncio.Future[None] | None = None
        self.close = b''
        self.gone = False
        self.sid = ''

    def connection_made(self, wire: Any) -> None:
        self.wire = wire
        wire.write(HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        if not self.joined.done():
            self.joined.set_exception(ConnectionError('lost before it had joined'))

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        at = 0
        if not self.sid and data.startswith(b'HTTP'):
            at = data.index(b'\r\n\r\n') + 4
            self.wire.write(raw.frame(raw.TEXT, b'40'))
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], 'big'), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10], 'big'), at + 10
            if len(data) < start + size:
                break
            self.message(data[at] & 0xF, data[start : start + size])
            at = start + size
        self.buffer = data[at:]

    def message(self, opcode: int, data: bytes) -> None:
        if opcode == raw.CLOSE:
            self.close = data
        elif data.startswith((b'42["broadcast"', b'42["direct"')):
            source, number = json.loads(data[2:])
            self.count(source, number)
        elif data.startswith(b'43'):
            [number] = json.loads(data[data.index(b'[') :])
            self.count('echo', number)
            self.turn.set_result(None)
        elif data == b'2':
            self.wire.write(raw.frame(raw.TEXT, b'3'))
        elif data.startswith(b'40'):
            self.sid = json.loads(data[2:])['sid']
            self.joined.set_result(None)

    def count(self, source: str, number: int) -> None:
        if number != self.next[source]:
            self.swarm.violations.append([self.sid, source, self.next[source], number])
        self.next[source] = number + 1

    async def echo(self) -> float:
        """One acknowledged event, in seconds."""
        number = self.next['echo']
        self.turn = asyncio.get_running_loop().create_future()
        begin = time.perf_counter()
        self.wire.write(raw.frame(raw.TEXT, b'42%d["echo",%d]' % (number, number)))
        await self.turn
        return time.perf_counter() - begin


class Swarm:
    """The commands."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.violations: list[list[Any]] = []

    async def open(self, port: int, count: int, ca: str = '') -> list[str]:
        """Open and join, over TLS with a file of authorities; the sids of the first 100."""
        tls = ssl.create_default_context(cafile=ca) if ca else None
        loop = asyncio.get_running_loop()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> Client:
            async with gate:
                _, client = await loop.create_connection(
                    lambda: Client(self), '127.0.0.1', port, ssl=tls
                )
                await client.joined
                return client

        self.clients += await asyncio.gather(*[one() for _ in range(count)])
        return [client.sid for client in self.clients[:100]]

    async def emit(self, event: list[Any], first: int = 0, last: int | None = None) -> int:
        """Send an event from some; how many."""
        packet = raw.frame(raw.TEXT, b'42' + json.dumps(event).encode())
        for client in self.clients[first:last]:
            client.wire.write(packet)
        return len(self.clients[first:last])

    async def echo(self, first: int, last: int, count: int, pause: float = 0.0) -> list[float]:
        """Each of some makes so many echoes, one after the other; the times, sorted."""

        async def one(client: Client) -> list[float]:
            times = []
            for _ in range(count):
                times.append(await client.echo())
                if pause:
                    await asyncio.sleep(pause)
            return times

        times = await asyncio.gather(*[one(client) for client in self.clients[first:last]])
        return sorted(chain.from_iterable(times))

    async def received(self, source: str, count: int, last: int | None = None) -> int:
        """Wait until each has so many of a source; the violations seen so far are an error."""
        async with asyncio.timeout(30):
            while any(  # noqa: ASYNC110  # 9,000 events would cost more than a look
                client.next[source] < count for client in self.clients[:last]
            ):
                await asyncio.sleep(0.01)
        assert not self.violations, self.violations[:10]
        return count

    async def stall(self, first: int, last: int) -> int:
        """Some read nothing any more."""
        for client in self.clients[first:last]:
            client.wire.pause_reading()
        return last - first

    async def cut(self, count: int) -> int:
        """Cut the last so many at once: half of them by RST, half by FIN."""
        cut, self.clients = self.clients[-count:], self.clients[:-count]
        for number, client in enumerate(cut):
            if number % 2:
                sock = client.wire.get_extra_info('socket')
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.wire.abort()
        return count

    async def gone(self) -> int:
        """How many have been closed by the server."""
        return sum(client.gone for client in self.clients)


if __name__ == '__main__':
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(commands.serve(Swarm(), 'ready'))
