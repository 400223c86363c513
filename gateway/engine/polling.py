"""HTTP long-polling: the transport between two requests of a client.

Rules of this file:
- One GET is under way at a time, until its answer is written, and one POST; a second one of
  either breaks the protocol (section "HTTP long-polling") and ends the session.
- A poll takes the whole outbox. What nobody came for stays in it, bounded by the flusher.
- When the server ends a session whose client is between two polls, the next poll may fetch what
  is owed. After a violation, a missed heartbeat or the client's own goodbye it may not: the
  session is unknown then, and what was owed is undelivered.
- CLOSE tells a client not to come back (python-engineio's takes it so). Where it should, on
  GOING_AWAY, its poll is answered without.
- python-engineio's clients drop the connection over a poll of more than 16 packets: they get no
  more than that at a time. Everybody else gets all there is.
- While the client probes WebSocket its polls are answered with NOOP, at most ten a second.
"""

import asyncio
from typing import Final

from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames

RELEASE_AFTER: Final = 0.1  # seconds that a poll waits while an upgrade is under way
PYTHON_LIMIT: Final = 16  # packets: Payload.max_decode_packets of python-engineio
LINGER: Final = 5.0  # seconds in which the last poll may fetch what a closed session still owes

_IN_ORDER: Final = (frames.NORMAL, frames.POLICY)  # the server's own decisions, no violation
_OURS: Final = (engineio.CLOSE_PACKET, engineio.NOOP_PACKET)  # nobody's message


class Polling:
    """The transport of a session that has not upgraded."""

    __slots__ = (
        '_drained',
        '_left',
        '_limit',
        '_waiting',
        'farewell',
        'posting',
        'sent',
        'session',
    )
    name = 'polling'

    def __init__(self, session: Session) -> None:
        self.session = session
        self._waiting: asyncio.Future[list[engineio.Packet]] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._left = False  # the client will not come for more
        self.farewell: list[engineio.Packet] = []
        self.posting = False
        self.sent: asyncio.Future[None] | None = None  # done when the latest answer is written
        self._limit = PYTHON_LIMIT if 'python' in session.request.agent else None

    async def poll(self) -> list[engineio.Packet]:
        """The packets for one GET, as soon as there are any."""
        session = self.session
        if self._waiting is not None or not (self.sent is None or self.sent.done()):
            raise PeerError('two polls at a time')
        if session.outbox:
            return self._take()
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        if session.probe is not None:
            loop.call_later(RELEASE_AFTER, self.release)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    async def drained(self) -> None:
        """Wait until handlers have caught up with what this client has sent."""
        if self._drained is not None:
            await self._drained

    def flush(self, session: Session) -> None:
        if self._is_awaited:
            self._answer(self._take())

    def release(self) -> None:
        self._answer([engineio.NOOP_PACKET])

    def leave(self) -> None:
        """The client has said goodbye, or gone away while it was to be answered."""
        if self.session.transport is self:
            self._left = True
            self.session.close(Reason.TRANSPORT_CLOSE)

    def lose(self, packets: list[engineio.Packet]) -> None:
        """The client has gone while `packets` were written."""
        self._count_lost(packets)
        self.leave()

    def close(self, session: Session, code: int, message: str) -> None:
        self.resume_reading()
        if self._left:
            self.release()
        elif self._is_awaited or code in _IN_ORDER or session.engine.draining:
            self.farewell, session.outbox = session.outbox, []
            if code != frames.GOING_AWAY:
                self.farewell.append(engineio.CLOSE_PACKET)
            if self._is_awaited:
                self._answer(self.farewell or [engineio.NOOP_PACKET])
            elif self.farewell:
                session.engine.linger(session.sid, self, LINGER)

    def abort(self) -> None:
        self.resume_reading()
        self._answer([engineio.CLOSE_PACKET])

    def pause_reading(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_reading(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def expire(self) -> None:
        """Nobody has come for the farewell."""
        self.session.engine.lingering.pop(self.session.sid, None)
        self._count_lost(self.farewell)

    def _count_lost(self, packets: list[engineio.Packet]) -> None:
        lost = sum(packet not in _OURS for packet in packets)
        self.session.engine.counters.packets_undelivered += lost

    def _take(self) -> list[engineio.Packet]:
        """The outbox, or as much of it as the client decodes in one go."""
        session = self.session
        count = len(session.outbox) if self._limit is None else self._fitting(self._limit)
        packets, session.outbox = session.outbox[:count], session.outbox[count:]
        session.size = sum(packet.size for packet in session.outbox)
        return packets

    def _fitting(self, limit: int) -> int:
        """How much of the outbox is `limit` packets on the wire with attachments; at least 1."""
        total = 0
        for count, packet in enumerate(self.session.outbox):
            total += packet.payload.count(engineio.SEPARATOR) + 1
            if total > limit and count:
                return count
        return len(self.session.outbox)

    @property
    def _is_awaited(self) -> bool:
        """Whether a poll waits that nobody has answered."""
        return self._waiting is not None and not self._waiting.done()

    def _answer(self, packets: list[engineio.Packet]) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(packets)
