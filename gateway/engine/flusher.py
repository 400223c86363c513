"""From outboxes to sockets: the broadcast loop and the writer behind it.

Rules of this file:
- Queueing never writes. `broadcast` and `direct` append a shared packet to outboxes and note the
  session as dirty; `_turn` runs in the same pass of the loop and writes each outbox with one call.
- Two dirty lists: sessions touched by acks, heartbeats and emits to one client are written before
  those of broadcasts. Order per client holds all the same, since a write takes the whole outbox.
- A turn gives the loop back after SLICE seconds of each list and goes on in the next pass.
- One session's failure is that session's end, and nobody else's.
- A session that owes more than `limit` bytes is written at once; only what the kernel refuses
  counts. One message more is always taken; a session that is still above is a slow consumer.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from time import monotonic
from typing import Final

from gateway.engine.counters import Counters
from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.wire import frames
from gateway.wire.engineio import OVERHEAD, Packet

log = logging.getLogger(__name__)

SLICE: Final = 0.002  # seconds of writing one list before the loop gets its turn
_CHECK_EVERY: Final = 32  # sessions between two looks at the clock


class Flusher:
    """`limit`: bytes that a session may owe (`max_send_buffer`)."""

    __slots__ = ('_bulk', '_counters', '_scheduled', '_since', '_urgent', 'limit', 'turn')

    def __init__(self, limit: int, counters: Counters) -> None:
        self.limit = limit
        self._counters = counters
        self._bulk: deque[Session] = deque()
        self._urgent: deque[Session] = deque()
        self._scheduled = False
        self._since = 0.0  # when the first of what is in `_bulk` was queued
        self.turn = 1

    def broadcast(self, sessions: Collection[Session], packet: Packet) -> None:
        """Queue `packet` for each of `sessions` (no closed ones; not changed meanwhile).

        The time until the last of them is written is counted; of those that overlap, as one.
        """
        packet.turn = self.turn
        if not self._bulk:
            self._since = monotonic()
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
        count = len(sessions) - len(slow)
        self._counters.packets_queued += count
        self._counters.bytes_queued += count * (size - OVERHEAD)
        if not self._scheduled:
            self._schedule()
        for session in slow:
            self._drop(session)

    def direct(self, session: Session, packet: Packet) -> None:
        """Queue `packet` for one client, to be written before broadcasts."""
        if session.closed:
            self._counters.packets_undelivered += 1
            return
        if session.size > self.limit and not self._relieved(session):
            self._drop(session)
            return
        packet.turn = self.turn
        session.outbox.append(packet)
        session.size += packet.size
        self._counters.packets_queued += 1
        self._counters.bytes_queued += packet.size - OVERHEAD
        if not session.urgent:
            session.urgent = True
            self._urgent.append(session)
        if not self._scheduled:
            self._schedule()

    def prompt(self, sessions: Collection[Session]) -> list[Session]:
        """Those of `sessions` that owe nothing of earlier turns: a volatile packet may go there."""
        turn = self.turn
        taken = [
            session
            for session in sessions
            if not session.size or (session.outbox and session.outbox[0].turn == turn)
        ]
        self._counters.volatile_dropped += len(sessions) - len(taken)
        return taken

    @staticmethod
    def _drop(session: Session) -> None:
        """Send a slow consumer nothing more, and close it in the next pass of the loop.

        What its disconnect route sends may meet the next slow consumer, and so on: not from here.
        """
        asyncio.get_running_loop().call_soon(session.close, Reason.SLOW_CONSUMER)
        session.transport.abort()

    def _relieved(self, session: Session) -> bool:
        session.transport.flush(session)
        return session.size <= self.limit

    def _schedule(self) -> None:
        self._scheduled = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """Write what is dirty; what time does not allow, in the next pass."""
        self.turn += 1
        self._scheduled = False
        for dirty in (self._urgent, self._bulk):  # each has its slice: neither starves the other
            self._write_out(dirty, monotonic() + SLICE)
        if self._since and not self._bulk:
            self._counters.fanouts.add(monotonic() - self._since)
            self._since = 0.0
        if (self._urgent or self._bulk) and not self._scheduled:
            self._schedule()

    @staticmethod
    def _write_out(dirty: deque[Session], until: float) -> None:
        written = 0
        while dirty:
            session = dirty.popleft()
            session.urgent = False
            if session.outbox:
                try:
                    session.transport.flush(session)
                except Exception:
                    told = {'sid': session.sid}
                    log.exception('session %s: writing failed', session.sid, extra=told)
                    asyncio.get_running_loop().call_soon(
                        session.close, Reason.SERVER_ERROR, frames.INTERNAL_ERROR
                    )
                written += 1
                if not written % _CHECK_EVERY and monotonic() > until:
                    return
