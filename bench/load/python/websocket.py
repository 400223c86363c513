"""The WebSocket transport of a client (RFC 6455): the handshake, and frames that come in."""

from __future__ import annotations

import asyncio
from typing import cast

from bench.load.python.client import GONE, Client
from bench.load.python.frames import ACCEPT, BINARY, CLOSE, PING, PONG, frame

MOST = 1 << 20  # bytes of a message
FIN = 0x80


class WebSocket(asyncio.Protocol):
    def __init__(self, client: Client, request: bytes) -> None:
        self.client, self.request = client, request
        self.transport: asyncio.Transport | None = None
        self.rest = b''
        self.upgraded = False
        self.parts: list[bytes] = []  # of a fragmented message
        self.opcode = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast('asyncio.Transport', transport)
        self.transport.write(self.request)

    def send(self, *messages: tuple[int, bytes]) -> None:
        assert self.transport
        self.transport.write(b''.join([frame(opcode, body) for opcode, body in messages]))

    def close(self) -> None:
        assert self.transport
        self.transport.write(frame(CLOSE, b'\x03\xe8'))
        self.transport.close()

    def cut(self) -> None:
        if self.transport:
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.client.closed()

    def data_received(self, data: bytes) -> None:
        client = self.client
        client.load.read()
        if self.rest:
            data = self.rest + data
        at = 0
        if not self.upgraded:
            at = self._upgrade(data)
        end = len(data)
        while end - at >= 2 and self.upgraded and client.state != GONE:
            first, size, start = data[at], data[at + 1], at + 2
            if size > 125:
                if size > 127:
                    client.gone('a masked frame from the server')
                    return
                start = at + (4 if size == 126 else 10)
                if start > end:
                    break
                size = int.from_bytes(data[at + 2 : start], 'big')
                if size > MOST:
                    client.gone(f'a message of {size} bytes')
                    return
            stop = start + size
            if stop > end:
                break
            if not self.parts and first in {0x81, 0x82}:
                client.message(first & 15, data[start:stop])
            else:
                self._other(first, data[start:stop])
            at = stop
        self.rest = data[at:]
        client.flush()

    def _upgrade(self, data: bytes) -> int:
        """How many bytes the answer to the handshake takes."""
        end = data.find(b'\r\n\r\n')
        if end < 0:
            return 0
        first = data.partition(b'\r\n')[0].decode(errors='replace')
        status = first.partition(' ')[2].strip()
        if not first.startswith('HTTP/1.'):
            self.client.gone('no HTTP answer')
        elif not status.startswith('101'):
            self.client.gone(f'HTTP {status}')
        elif ACCEPT not in data[:end]:
            self.client.gone('a wrong Sec-WebSocket-Accept')
        else:
            self.upgraded = True
        return end + 4

    def _other(self, first: int, body: bytes) -> None:
        """Control frames and fragments."""
        opcode = first & 15
        if first & 0x70:
            self.client.gone('a compressed frame, which was not agreed upon')
        elif opcode == PING:
            self.client.send(PONG, body)
        elif opcode == CLOSE:
            self.client.closed()
        elif opcode > BINARY and opcode != PONG:
            self.client.gone(f'a frame of unknown opcode {opcode}')
        elif opcode != PONG and bool(opcode) == bool(self.parts):
            self.client.gone('a fragment out of place')
        elif opcode != PONG:
            self.opcode = opcode or self.opcode
            self.parts.append(body)
            if sum(map(len, self.parts)) > MOST:
                self.client.gone(f'a message of more than {MOST} bytes')
            elif first & FIN:
                whole, self.parts = b''.join(self.parts), []
                self.client.message(self.opcode, whole)
