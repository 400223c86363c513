"""HTTP long-polling: the transport between two requests of a client.

Rules of this file:
- One GET waits at a time, and one POST is under way at a time; a second one of either breaks the
  protocol (section "HTTP long-polling") and ends the session.
- A poll takes the whole outbox. What nobody came for stays in it, bounded by the flusher.
- CLOSE tells a client not to come back (python-engineio's takes it so). Where it should, on
  GOING_AWAY, its poll is answered and the next one is told that its session is unknown.
- python-engineio's clients drop the connection over a poll of more than 16 packets: they get no
  more than that at a time. Everybody else gets all there is.
- While the client probes WebSocket its polls are answered with NOOP, at most ten a second.
"""

import asyncio
from typing import Final

from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames

RELEASE_AFTER: Final = 0.1  # seconds that a poll waits while an upgrade is under way
PYTHON_LIMIT: Final = 16  # packets: Payload.max_decode_packets of python-engineio
LINGER: Final = 5.0  # seconds in which the last poll may fetch what a closed session still owes


class Polling:
    """The transport of a session that has not upgraded."""

    __slots__ = ('_drained', '_limit', '_session', '_waiting', 'farewell', 'posting')
    name = 'polling'

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: asyncio.Future[list[engineio.Packet]] | None = None
        self._drained: asyncio.Future[None] | None = None
        self.farewell: list[engineio.Packet] = []
        self.posting = False
        self._limit = PYTHON_LIMIT if 'python' in session.request.agent else None

    async def poll(self) -> list[engineio.Packet]:
        """The packets for one GET, as soon as there are any."""
        session = self._session
        if self._waiting is not None:
            raise PeerError('two polls at a time')
        if session.outbox:
            return self._take()
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        if session.probe is not None:
            loop.call_later(RELEASE_AFTER, self.release)
        return await self._waiting

    async def drained(self) -> None:
        """Wait until handlers have caught up with what this client has sent."""
        if self._drained is not None:
            await self._drained

    def flush(self, session: Session) -> None:
        if self._waiting is not None:
            self._answer(self._take())

    def release(self) -> None:
        if self._waiting is not None:
            self._answer([engineio.NOOP_PACKET])

    def close(self, session: Session, code: int, message: str) -> None:
        self.farewell, session.outbox = session.outbox, []
        if code != frames.GOING_AWAY:
            self.farewell.append(engineio.CLOSE_PACKET)
        self.resume_reading()
        if self._waiting is not None:
            self._answer(self.farewell or [engineio.NOOP_PACKET])
        elif self.farewell:
            session.engine.linger(session.sid, self, LINGER)

    def abort(self) -> None:
        self.resume_reading()
        if self._waiting is not None:
            self._answer([engineio.CLOSE_PACKET])

    def pause_reading(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_reading(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def expire(self) -> None:
        """Nobody has come for the farewell."""
        engine = self._session.engine
        engine.lingering.pop(self._session.sid, None)
        lost = [packet for packet in self.farewell if packet is not engineio.CLOSE_PACKET]
        engine.counters.packets_undelivered += len(lost)

    def _take(self) -> list[engineio.Packet]:
        """The outbox, or as much of it as the client decodes in one go."""
        session = self._session
        count = len(session.outbox) if self._limit is None else self._fitting(self._limit)
        packets, session.outbox = session.outbox[:count], session.outbox[count:]
        session.size = sum(packet.size for packet in session.outbox)
        return packets

    def _fitting(self, limit: int) -> int:
        """How much of the outbox is `limit` packets on the wire with attachments; at least 1."""
        total = 0
        for count, packet in enumerate(self._session.outbox):
            total += packet.payload.count(engineio.SEPARATOR) + 1
            if total > limit and count:
                return count
        return len(self._session.outbox)

    def _answer(self, packets: list[engineio.Packet]) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(packets)
