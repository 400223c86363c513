"""Link: what a test client has in place of a connection.

- To the engine it is a transport; what a session sends is handed to the client at once.
- What the client sends is taken in a later pass of the loop, one message after the other, and
  waits while the session is paused. A message is bounded as it is on the wire.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context

from gateway.engine.reason import Reason
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames


class Link:
    """One session of `engine`; `took` is given its messages, `ended` is called at its end."""

    name = 'websocket'

    def __init__(
        self,
        engine: EngineServer,
        head: bytes,
        took: Callable[[str | bytes], None],
        ended: Callable[[], None],
    ) -> None:
        self._took = took
        self._ended = ended
        self._sent: deque[str | bytes] = deque()
        self._paused = False
        self._context = Context()  # else what it takes would run in that of some handler
        self._limit = engine.settings.max_payload
        self.session = engine.open(head)
        self.session.transport = self

    @property
    def busy(self) -> bool:
        """Whether something that was sent, either way, has not been dealt with."""
        session = self.session
        waits = bool(self._sent) and not session.closed
        owes = bool(session.outbox) or session.engine.flusher.busy
        return waits or owes or session.in_flight > 0

    def put(self, message: str | bytes) -> None:
        """Send one message of the client."""
        self._sent.append(message)
        self._schedule()

    def leave(self) -> None:
        """Cut it, as a network does."""
        self.session.close(Reason.TRANSPORT_CLOSE)

    def _schedule(self) -> None:
        asyncio.get_running_loop().call_soon(self._take, context=self._context)

    def _take(self) -> None:
        session = self.session
        while self._sent and not self._paused and not session.closed:
            message = self._sent.popleft()
            data = engineio.MESSAGE + message.encode() if isinstance(message, str) else message
            try:
                if len(data) > self._limit:
                    raise PeerError('message too big', frames.TOO_BIG)
                if isinstance(message, str):
                    session.receive(data)
                else:
                    session.receive_binary(data)
            except PeerError as error:
                session.close(Reason.PROTOCOL_ERROR, error.close_code, str(error))

    # What the engine calls (engine/session.py: Transport).

    def flush(self, session: Session) -> None:
        packets, session.outbox = session.outbox, []
        session.size = 0
        for packet in packets:
            for opcode, part in frames.split(packet.frame):
                if opcode == frames.BINARY:
                    self._took(part)
                elif part[:1] == engineio.MESSAGE:
                    self._took(part[1:].decode())
                elif part == engineio.PING:
                    session.receive(engineio.PONG)

    def close(self, session: Session, code: int, message: str) -> None:
        self.flush(session)
        self._ended()

    def abort(self) -> None:
        self._ended()

    def release(self) -> None:
        """Nothing waits here."""

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._schedule()
