"""One TCP connection without a loop: what is written is in the kernel when the call returns.

It may be held: so many bytes more go out, the rest waits. Cut then, it is cut at that byte.
"""

import contextlib
import socket
import struct

ENDS = {'FIN': struct.pack('ii', 0, 0), 'RST': struct.pack('ii', 1, 0)}


class Wire:
    """One TCP connection; `ended` when the other side has closed it, or we have."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.out = bytearray()
        self.budget: int | None = None  # bytes that may still go out while it is held
        self.data = b''
        self.ended = False

    def write(self, data: bytes) -> None:
        self.out += data
        self._push()

    def hold(self, budget: int | None) -> None:
        """Let so many bytes out and no more; None: all again."""
        self.budget = budget
        self._push()

    def _push(self) -> None:
        if self.ended:
            return
        size = len(self.out) if self.budget is None else min(self.budget, len(self.out))
        with contextlib.suppress(ConnectionError):  # reading will say so
            sent = self.socket.send(self.out[:size]) if size else 0
            assert sent == size, 'the server reads too little'
        del self.out[:size]
        if self.budget is not None:
            self.budget -= size

    def read(self) -> None:
        while not self.ended:
            try:
                data = self.socket.recv(1_000_000)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b''
            self.data += data
            self.ended = not data

    def cut(self, how: str) -> None:
        self.ended = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ENDS[how])
        self.socket.close()

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body of the next HTTP answer, if it is all there."""
        head, found, rest = self.data.partition(b'\r\n\r\n')
        size = int(
            (head.lower() + b'\r\n').partition(b'content-length:')[2].partition(b'\r')[0] or 0
        )
        if not found or len(rest) < size:
            return None
        self.data = rest[size:]
        return int(head.split()[1]), rest[:size]

    def frames(self) -> list[tuple[int, bytes]]:
        """The whole frames that have come."""
        data, at, frames = self.data, 0, []
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                size = int.from_bytes(data[at + 2 : start], 'big')
            if len(data) < start + size:
                break
            assert data[at] & 0xF0 == 0x80, 'our frames are final'
            frames.append((data[at] & 0xF, data[start : start + size]))
            at = start + size
        self.data = data[at:]
        return frames
