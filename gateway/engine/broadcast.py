"""Broadcast: one packet on its way to many, of whom none has been touched yet.

Rules of this file:
- Who receives is noted once, as a whole. To touch a thousand sessions costs a thousand misses of
  the cache, so it is done once, by who writes.
- Who is left out is so for good. Only then is it asked who is in it.
"""

from collections.abc import Iterable, Iterator

from gateway.engine.session import Session
from gateway.wire.engineio import Packet


class Broadcast:
    """`waiting`: those who have not got `packet` yet; to go through them takes them out."""

    __slots__ = ('_known', 'packet', 'waiting')

    def __init__(self, packet: Packet, sessions: Iterable[Session]) -> None:
        self.packet = packet
        self.waiting: Iterator[Session] = iter(list(sessions))
        self._known: dict[Session, bool] = {}

    def leave_out(self, session: Session) -> bool:
        """Whether `session` has been waiting until now."""
        if not self._known:
            rest = list(self.waiting)
            self._known = known = dict.fromkeys(rest, True)
            self.waiting = (one for one in rest if known.pop(one, False))
        return self._known.pop(session, False)
