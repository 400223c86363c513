"""SecureTransport: what a WebSocket needs of a transport, over a TLS socket.

Rules of this file:
- asyncio adopts no SSLSocket, so this watches the descriptor itself. It has the methods of a
  transport that a WebSocket uses, and `send`, which takes what there is room for.
- A record that did not fit into the kernel must be given to the socket again, with the same bytes:
  what was refused stays first in line.
- One read for each time the loop says that there is something; what the socket has taken from the
  kernel and not returned yet is read in the next pass.
- `connection_lost` comes once, in a later pass of the loop, never from inside a call.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

from gateway.engine.tls import RECORD, TlsSocket


class SecureTransport(asyncio.Transport):
    """`sock` has finished its handshake; `protocol` runs on it from now on."""

    __slots__ = ('_closing', '_fd', '_loop', '_lost', '_pending', '_protocol', '_reading', '_sock')

    def __init__(self, sock: TlsSocket | ssl.SSLSocket, protocol: asyncio.Protocol) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._protocol = protocol
        self._pending: list[memoryview] = []
        self._reading = True
        self._closing = False
        self._lost = False
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol.connection_made(self)
        if self._reading:
            self._reading = False
            self.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """None for `socket`: nobody may write past OpenSSL."""
        return default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """They are 0: writing pauses while anything is pending."""

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._pending))

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Send what there is room for now; how many bytes that was. `write` takes the rest.

        Nothing else may be written in between.
        """
        sent = 0
        if not self._pending and not self._closing:
            rest = data if len(data) <= RECORD else memoryview(data)
            with contextlib.suppress(ssl.SSLWantWriteError):
                while sent < len(data):
                    sent += self._sock.send(rest[sent : sent + RECORD])
        return sent

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            return
        try:
            sent = self.send(data)
        except OSError as error:
            self._lose(error)
            return
        if sent < len(data):
            if not self._pending:
                self._loop.add_writer(self._fd, self._drain)
                self._protocol.pause_writing()
            self._pending.append(memoryview(data)[sent:])

    def pause_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._fd, self._read)
            self._read_on()

    def is_closing(self) -> bool:
        return self._closing

    def can_write_eof(self) -> bool:
        """TLS has no half that could be closed alone."""
        return False

    def close(self) -> None:
        """Read no more, send what is pending, end."""
        if not self._closing:
            self._closing = True
            self.pause_reading()
            if not self._pending:
                self._finish()

    def abort(self) -> None:
        self._lose(None)

    def _read(self) -> None:
        if not self._reading:
            return
        try:
            data = self._sock.recv(RECORD)
        except ssl.SSLWantReadError:  # half a record
            return
        except OSError as error:
            self._lose(error)
            return
        if data:
            self._protocol.data_received(data)
            self._read_on()
        else:
            self.close()

    def _read_on(self) -> None:
        """Read what has left the kernel already: the loop will not tell of it."""
        if self._reading and self._sock.pending():
            self._loop.call_soon(self._read)

    def _drain(self) -> None:
        pending = self._pending
        try:
            while pending:
                sent = self._sock.send(pending[0][:RECORD])
                pending[0] = pending[0][sent:]
                if not pending[0]:
                    del pending[0]
        except ssl.SSLWantWriteError:
            return
        except OSError as error:
            self._lose(error)
            return
        self._loop.remove_writer(self._fd)
        if self._closing:
            self._finish()
        else:
            self._protocol.resume_writing()

    def _finish(self) -> None:
        """All has been sent: say so (RFC 8446, section 6.1), and don't wait for the answer."""
        with contextlib.suppress(OSError, ValueError):
            self._sock.unwrap()
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self.pause_reading()
            self._loop.remove_writer(self._fd)
            self._pending.clear()
            self._loop.call_soon(self._end, error)

    def _end(self, error: Exception | None) -> None:
        protocol = self._protocol
        del self._protocol  # which refers to us
        try:
            protocol.connection_lost(error)
        finally:
            self._sock.close()
