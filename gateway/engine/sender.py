"""The sending half of a WebSocket: from the outbox of its session to the kernel.

Rules of this file:
- It writes to the socket itself, so that what the kernel refuses is known exactly; the rest goes
  to the event loop's transport, and nothing more is written until that has drained.
- What the kernel has refused counts in `session.size`.
"""

from os import write
from typing import Any, Final

from gateway.engine.session import Session
from gateway.wire import engineio

MAX_WRITE: Final = 262_144  # bytes that are joined for one write

# A connection: before `connection_made`, usable, saying goodbye, gone.
OPENING, OPEN, CLOSING, LOST = 'opening', 'open', 'closing', 'lost'


class Sender:
    """`connection_made` gives it what it sends with; `fd` is -1 where there is no plain socket."""

    __slots__ = ('_blocked', '_pong', '_refused', '_state', '_transport', 'fd', 'session')
    is_plain = True  # what goes out is packets' plain frames

    def __init__(self, session: Session) -> None:
        self.session = session
        self.fd = -1
        self._state = OPENING
        self._transport: Any  # an asyncio.Transport; over TLS one with `send`
        self._blocked = False  # the transport holds bytes that the kernel has refused
        self._refused = 0  # how many of them count in session.size
        self._pong = b''  # what to answer the latest ping with when that has drained

    @property
    def _carries(self) -> bool:
        """Whether its session goes over it."""
        carrier: Any = self.session.transport
        return carrier is self

    def flush(self, session: Session) -> None:
        if self._blocked or self._state is not OPEN:
            return
        if session.size > MAX_WRITE:
            self._flush_in_parts(session)
            return
        outbox = session.outbox
        count = len(outbox)
        data = outbox[0].frame if count == 1 and self.is_plain else self._join(outbox)
        outbox.clear()
        session.size = 0
        self._write(session, data, count)

    def _join(self, packets: list[engineio.Packet]) -> bytes:
        return b''.join([packet.frame for packet in packets])

    def _write(self, session: Session, data: bytes, packets: int) -> None:
        try:
            sent = write(self.fd, data) if self.fd >= 0 else self._transport.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:  # `connection_lost` will say so
            session.engine.counters.packets_undelivered += packets
            self.abort()
            return
        if sent != len(data):
            self.leave(session, data, sent)

    def leave(self, session: Session, data: bytes, sent: int) -> None:
        """Leave to the event loop what the kernel has had no room for."""
        self._transport.write(memoryview(data)[sent:])
        if self._blocked:
            self._refused = len(data) - sent
            session.size += self._refused

    def _flush_in_parts(self, session: Session) -> None:
        """Joining and cutting all of a long outbox would hold it three times."""
        outbox = session.outbox
        while outbox and not self._blocked and self._state is OPEN:
            count = size = 0
            while count < len(outbox) and size <= MAX_WRITE:
                size += outbox[count].size
                count += 1
            data = self._join(outbox[:count])
            del outbox[:count]
            session.size -= size
            self._write(session, data, count)

    def offer(self) -> None:
        """Let broadcasts write past the outbox, or not any more."""
        if self._carries:
            direct = self._state is OPEN and self.fd >= 0 and self.is_plain and not self._blocked
            self.session.wire = self if direct else None

    def pause_writing(self) -> None:
        self._blocked = True
        self.offer()

    def resume_writing(self) -> None:
        self._blocked = False
        self.offer()
        session = self.session
        session.size -= self._refused
        self._refused = 0
        if self._pong and self._state is OPEN:
            self._transport.write(self._pong)
            self._pong = b''
        if session.outbox and self._carries:
            self.flush(session)

    def _answer(self, pong: bytes) -> None:
        """To a ping; only the latest needs an answer (RFC 6455, section 5.5.3)."""
        if self._blocked:
            self._pong = pong
        else:
            self._transport.write(pong)

    def _become(self, state: str) -> None:
        self._state = state
        self.offer()

    def abort(self) -> None:
        if self._state in (OPEN, CLOSING):  # in OPENING `connection_made` will see to it
            self._transport.abort()
        self.fd = -1
        if self._state is not LOST:
            self._become(CLOSING)
