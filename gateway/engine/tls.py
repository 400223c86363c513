"""TlsSocket: a socket that speaks TLS, never blocks, and takes little at a time.

Rules of this file:
- It behaves as an `ssl.SSLSocket`, as far as Tornado's SSLIOStream and a SecureTransport use one.
- OpenSSL gets its bytes from memory, and each call reads the kernel once, FILL bytes at most.
  Where OpenSSL reads by itself, it stays inside one call for as long as a client sends what holds
  no data: 10,000 key updates, 270 KB, stopped everything for 270 ms.
- A record that has been encrypted, but did not fit into the kernel, is kept: `send` raises
  SSLWantWriteError, and is called again with the same data (as with OpenSSL's own).
- OpenSSL answers key updates by itself. A client that reads none of the answers is cut.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable
from errno import ECONNABORTED
from typing import Any, Final

RECORD: Final = 16_384  # bytes of plain text in a TLS record, at most (RFC 8446, section 5.1)
FILL: Final = 4_096  # bytes that one call takes from the kernel
MAX_KEPT: Final = 65_536  # bytes that the kernel has refused, at most


class TlsSocket:
    """The server's side of a connected `sock`, which becomes ours."""

    __slots__ = ('_encrypted', '_incoming', '_outgoing', '_plain', '_sock', '_tls')

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._sock = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._encrypted = b''  # what the kernel has refused
        self._plain = 0  # of how many bytes it is the record

    def do_handshake(self) -> None:
        try:
            self._fetching(self._tls.do_handshake)
        except ssl.SSLWantReadError:
            if self._encrypted:  # the client waits for the rest of it
                raise _no_room() from None
            raise

    def recv(self, size: int) -> bytes:
        """At most one record; nothing at the end."""
        data: bytes = self._fetching(self._tls.read, size)
        return data

    def recv_into(self, buffer: bytearray | memoryview, size: int) -> int:
        count: int = self._fetching(self._tls.read, size, buffer)
        return count

    def pending(self) -> int:
        """Bytes that were taken from the kernel and not returned yet, decrypted or not."""
        return self._tls.pending() + self._incoming.pending

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """At most one record; how many bytes of `data` that was."""
        if not self._flush():
            raise _no_room()
        sent, self._plain = self._plain, 0
        if not sent:
            sent = self._tls.write(data[:RECORD])
            if not self._flush():
                self._plain = sent
                raise _no_room()
        return sent

    def unwrap(self) -> None:
        """Tell the peer that nothing more comes (RFC 8446, section 6.1), if there is room."""
        with contextlib.suppress(ssl.SSLError):  # it has not told us yet
            self._tls.unwrap()
        self._flush()

    def _fetching(self, operation: Callable[..., Any], *args: Any) -> Any:
        """Do it, if need be with what one look into the kernel gives."""
        try:
            return operation(*args)
        except ssl.SSLWantReadError as nothing:
            try:
                data = self._sock.recv(FILL)
            except BlockingIOError:
                raise nothing from None
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()
            return operation(*args)
        finally:
            self._flush()

    def _flush(self) -> bool:
        """Write what OpenSSL has encrypted; whether all of it is gone."""
        if self._outgoing.pending:
            self._encrypted += self._outgoing.read()
        if self._encrypted:
            try:
                self._encrypted = self._encrypted[self._sock.send(self._encrypted) :]
            except BlockingIOError:
                if len(self._encrypted) > MAX_KEPT:
                    raise ConnectionAbortedError(ECONNABORTED, 'it does not read') from None
                return False
        return not self._encrypted

    # What is the plain socket's.

    @property
    def family(self) -> int:
        return self._sock.family

    def fileno(self) -> int:
        return self._sock.fileno()

    def getpeername(self) -> Any:
        return self._sock.getpeername()

    def getsockopt(self, level: int, name: int) -> int:
        return self._sock.getsockopt(level, name)

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self._sock.setsockopt(level, name, value)

    def setblocking(self, flag: bool) -> None:
        self._sock.setblocking(flag)

    def close(self) -> None:
        self._sock.close()


def _no_room() -> ssl.SSLWantWriteError:
    return ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, 'the kernel takes no more')
