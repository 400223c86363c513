"""From outboxes to sockets: the broadcast loop and the writer behind it.

Rules of this file:
- Queueing never writes. What is queued is written later in the same pass of the loop, by `_turn`.
- A broadcast alone in its pass, as most are, goes past the outboxes: it is noted as a whole, and
  each recipient is touched once, by the write. A second one sends both through the outboxes, which
  are written with one call each; whoever is sent something else gets the broadcast first.
- Two lists of the dirty: sessions touched by acks, heartbeats and emits to one client are written
  before those of broadcasts. Order per client holds all the same, since a write takes the whole
  outbox.
- A turn gives the loop back after SLICE seconds of each and goes on in the next pass.
- One session's failure is that session's end, and nobody else's.
- A session that owes more than `limit` bytes is written at once; only what the kernel refuses
  counts. One message more is always taken; a session that is still above is a slow consumer.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from os import write
from time import monotonic
from typing import Final

from gateway.engine.broadcast import Broadcast
from gateway.engine.counters import Counters
from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.wire import frames
from gateway.wire.engineio import OVERHEAD, Packet

log = logging.getLogger(__name__)

SLICE: Final = 0.002  # seconds of writing one of them before the loop gets its turn
_CHECK_EVERY: Final = 32  # sessions between two looks at the clock


class Flusher:
    """`limit`: bytes that a session may owe (`max_send_buffer`)."""

    __slots__ = ('_bulk', '_counters', '_scheduled', '_since', '_urgent', '_whole', 'limit', 'turn')

    def __init__(self, limit: int, counters: Counters) -> None:
        self.limit = limit
        self._counters = counters
        self._whole: Broadcast | None = None  # only while `_bulk` is empty
        self._bulk: deque[Session] = deque()
        self._urgent: deque[Session] = deque()
        self._scheduled = False
        self._since = 0.0  # when the first of these broadcasts was queued
        self.turn = 1

    def broadcast(self, sessions: Collection[Session], packet: Packet) -> None:
        """Queue `packet` for each of `sessions` (no closed ones; not changed meanwhile).

        The time until the last of them is written is counted; of those that overlap, as one.
        """
        if not sessions:
            return
        packet.turn = self.turn
        self.spread()
        if self._bulk:
            self._queue(sessions, packet)
        else:
            self._since = self._since or monotonic()
            self._whole = Broadcast(packet, sessions)
        if not self._scheduled:
            self._schedule()

    def direct(self, session: Session, packet: Packet) -> None:
        """Queue `packet` for one client, to be written before broadcasts."""
        if session.closed:
            self._counters.packets_undelivered += 1
            return
        if self._whole is not None:
            self.settle(session)
        packet.turn = self.turn
        if session.size > self.limit and not self._relieved(session):
            self._drop(session)
            return
        session.outbox.append(packet)
        session.size += packet.size
        self._counters.packets_queued += 1
        self._counters.bytes_queued += packet.size - OVERHEAD
        if not session.urgent:
            session.urgent = True
            self._urgent.append(session)
        if not self._scheduled:
            self._schedule()

    def settle(self, session: Session) -> None:
        """What `session` is sent next comes behind a broadcast that is on its way to it."""
        whole = self._whole
        if whole is not None and whole.leave_out(session):
            self._owe(session, whole.packet)

    def spread(self) -> None:
        """Put a broadcast that is on its way into the outboxes of all who have not got it yet."""
        whole, self._whole = self._whole, None
        if whole is not None:
            self._queue(list(whole.waiting), whole.packet)

    def prompt(self, sessions: Collection[Session]) -> list[Session]:
        """Those of `sessions` that owe nothing of earlier turns: a volatile packet may go there."""
        self.spread()
        turn = self.turn
        taken = [
            session
            for session in sessions
            if not session.size or (session.outbox and session.outbox[0].turn == turn)
        ]
        self._counters.volatile_dropped += len(sessions) - len(taken)
        return taken

    @property
    def busy(self) -> bool:
        """Whether something will be written in the next pass of the loop."""
        return self._scheduled

    def _queue(self, sessions: Collection[Session], packet: Packet) -> None:
        size, limit, dirty = packet.size, self.limit, self._bulk.append
        slow = []
        for session in sessions:
            if session.size > limit and not self._relieved(session):
                slow.append(session)
                continue
            outbox = session.outbox
            if not outbox:
                dirty(session)
            outbox.append(packet)
            session.size += size
        self._count(packet, len(sessions) - len(slow))
        for session in slow:
            self._drop(session)

    def _owe(self, session: Session, packet: Packet) -> bool:
        """Put it into the outbox; False: a slow consumer, which gets nothing more."""
        if session.size > self.limit and not self._relieved(session):
            self._drop(session)
            return False
        session.outbox.append(packet)
        session.size += packet.size
        self._count(packet, 1)
        return True

    def _count(self, packet: Packet, recipients: int) -> None:
        self._counters.packets_queued += recipients
        self._counters.bytes_queued += recipients * (packet.size - OVERHEAD)

    @staticmethod
    def _drop(session: Session) -> None:
        """Send a slow consumer nothing more, and close it in the next pass of the loop.

        What its disconnect route sends may meet the next slow consumer, and so on: not from here.
        """
        asyncio.get_running_loop().call_soon(session.close, Reason.SLOW_CONSUMER)
        session.transport.abort()

    def _relieved(self, session: Session) -> bool:
        try:
            session.transport.flush(session)
        except Exception as error:
            _failed(session, error)
            return False
        return session.size <= self.limit

    def _schedule(self) -> None:
        self._scheduled = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """Write what is dirty; what time does not allow, in the next pass."""
        self.turn += 1
        self._scheduled = False
        self._write_out(self._urgent, monotonic() + SLICE)
        if self._whole is not None:  # each has its slice: neither starves the other
            self._write_past(self._whole, monotonic() + SLICE)
        else:
            self._write_out(self._bulk, monotonic() + SLICE)
        under_way = self._bulk or self._whole is not None
        if self._since and not under_way:
            self._counters.fanouts.add(monotonic() - self._since)
            self._since = 0.0
        if (self._urgent or under_way) and not self._scheduled:
            self._schedule()

    def _write_past(self, whole: Broadcast, until: float) -> None:
        """To those who owe nothing and have a `wire`: past their outboxes."""
        packet = whole.packet
        frame, size = packet.frame, len(packet.frame)
        written = others = 0
        for session in whole.waiting:
            wire, sent = session.wire, -1
            if wire is not None and not session.size:
                try:
                    sent = write(wire.fd, frame)
                except Exception:  # `flush` will meet it again, and see to it
                    sent = -1
            if sent != size:
                others += sent < 0
                self._write_rest(session, packet, sent)
            written += 1
            if not written % _CHECK_EVERY and monotonic() > until:
                break
        else:
            if self._whole is whole:
                self._whole = None
        self._count(packet, written - others)

    def _write_rest(self, session: Session, packet: Packet, sent: int) -> None:
        """What comes behind `sent` bytes of it; -1: all of it, by way of the outbox."""
        try:
            if sent < 0:
                if self._owe(session, packet):
                    session.transport.flush(session)
            elif session.wire is not None:
                session.wire.leave(session, packet.frame, sent)
        except Exception as error:
            _failed(session, error)
            if sent > 0:  # nothing may follow half a frame
                session.transport.abort()

    @staticmethod
    def _write_out(dirty: deque[Session], until: float) -> None:
        written = 0
        while dirty:
            session = dirty.popleft()
            session.urgent = False
            if session.outbox:
                try:
                    session.transport.flush(session)
                except Exception as error:
                    _failed(session, error)
                written += 1
                if not written % _CHECK_EVERY and monotonic() > until:
                    return


def _failed(session: Session, error: Exception) -> None:
    told = {'sid': session.sid}
    log.error('session %s: writing failed', session.sid, exc_info=error, extra=told)
    asyncio.get_running_loop().call_soon(session.close, Reason.SERVER_ERROR, frames.INTERNAL_ERROR)
