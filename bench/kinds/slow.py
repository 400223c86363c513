"""A client that enters a room and then reads no more.

Rules of this file:
- Its receive buffer is as small as the kernel allows, so that what it leaves unread soon lies with
  the server.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress

from bench.load.address import Address
from bench.load.generator import LoadError
from bench.load.wire import NUMBER, Wire
from bench.targets import Served

PATIENCE = 20.0
QUIET = 0.3  # seconds without a byte: nothing more is on its way
SMALLEST = 2304  # bytes
PING, PONG = b'2', b'3'


class SlowReader:
    """In that room; LoadError where it can't get there."""

    def __init__(self, served: Served, address: Address, room: str) -> None:
        wire = Wire(served.dialect, address, 'json', room)
        said = wire.setup(address.host, polling=False, headers=0, enter=True)
        self._said = {name: value for name, value in said.items() if isinstance(value, bytes)}
        self._buffer = b''
        plain = socket.socket(socket.AF_INET6 if ':' in address.resolved().host else socket.AF_INET)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST)
        plain.settimeout(PATIENCE)
        self._socket = plain
        try:
            plain.connect((address.resolved().host, address.port))
            if address.tls:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(plain, server_hostname=address.host)
            self._enter()
        except OSError as error:
            self._socket.close()
            raise LoadError(f'a slow reader could not enter {room}: {error}') from None

    def _enter(self) -> None:
        said = self._said
        self._socket.sendall(said['request'].replace(NUMBER.encode(), b'0' * len(NUMBER)))
        while b'\r\n\r\n' not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b'\r\n\r\n')
        if b' 101 ' not in head.partition(b'\r\n')[0]:
            raise OSError(head.partition(b'\r\n')[0].decode(errors='replace'))
        for sent, answer in (('hello', 'welcome'), ('enter', 'entered')):
            self._send(said[sent])
            while not (payload := self._next()).startswith(said[answer]):
                if payload == PING:
                    self._send(PONG)

    def _receive(self) -> None:
        data = self._socket.recv(65_536)
        if not data:
            raise OSError('closed before it was ready')
        self._buffer += data

    def _next(self) -> bytes:
        """The payload of the next frame, which no server masks."""
        while True:
            buffer = self._buffer
            at = 4 if buffer[1:2] == b'\x7e' else 2
            if len(buffer) >= at:
                size = struct.unpack('!H', buffer[2:4])[0] if at == 4 else buffer[1]
                if len(buffer) >= at + size:
                    self._buffer = buffer[at + size :]
                    return buffer[at : at + size]
            self._receive()

    def _send(self, payload: bytes) -> None:
        """One frame with a mask of zeros."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b'\xfe' + struct.pack('!H', size)
        self._socket.sendall(b'\x81' + length + bytes(4) + payload)

    def cut_off(self) -> bool:
        """Whether the server has given it up; reads what is still there."""
        self._socket.settimeout(QUIET)
        try:
            while self._socket.recv(1 << 20):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def __enter__(self) -> SlowReader:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self._socket.close()
