"""Session: one Engine.IO client, whatever transport carries it.

Rules of this file:
- A session costs one slotted object, an outbox and its handshake as text. It has no task, no
  queue and no timer of its own.
- `outbox` holds shared packets, not their bytes; `size` counts the bytes it owes, including what
  the kernel has refused. Only the flusher and the transport empty it, always whole. Where it owes
  nothing, a broadcast goes past it, to `wire`.
- It ends once, in `close`, with a Reason; everything that must be told is told from there.
"""

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from gateway.engine.access import access
from gateway.engine.reason import Reason
from gateway.engine.request import Request
from gateway.errors import PeerError
from gateway.wire import engineio, frames

if TYPE_CHECKING:
    from gateway.engine.sender import Sender
    from gateway.engine.server import EngineServer
    from gateway.engine.websocket import WebSocket

log = logging.getLogger(__name__)

MAX_IN_FLIGHT: Final = 100  # events of one client whose handlers have not finished
MAX_HELD: Final = 4  # what their messages may weigh together, in max_payload

_MESSAGE, _PONG, _CLOSE = engineio.MESSAGE[0], engineio.PONG[0], engineio.CLOSE[0]


class Transport(Protocol):
    """What a session needs of the connection that carries it."""

    name: str

    def flush(self, session: 'Session') -> None:
        """Take the whole outbox if it can be sent now, else leave it."""

    def close(self, session: 'Session', code: int, message: str) -> None:
        """Send what is pending and say goodbye; `code` is a WebSocket close code."""

    def release(self) -> None:
        """Answer what waits with a NOOP: the client is moving to another transport."""

    def abort(self) -> None:
        """End now; nothing more is sent."""

    def pause_reading(self) -> None:
        """Take nothing more from the client until `resume_reading`."""

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""


class Session:
    """What the hub keeps here: its `clients` by namespace (None: the server has disconnected it,
    which the client may not know yet), the serializer they speak, and the binary event that is
    being assembled.
    """

    __slots__ = (
        'asked',
        'assembly',
        'awaits_pong',
        'clients',
        'closed',
        'codec',
        'engine',
        'head',
        'held',
        'in_flight',
        'outbox',
        'paused',
        'probe',
        'settings',
        'sid',
        'size',
        'taken',
        'transport',
        'urgent',
        'wire',
    )

    def __init__(self, engine: 'EngineServer', sid: str, head: bytes) -> None:
        self.engine = engine
        self.settings = engine.settings  # those that its client was told; a reload may bring others
        self.sid = sid
        self.head = head
        self.outbox: list[engineio.Packet] = []
        self.size = 0
        self.urgent = False
        self.transport: Transport
        self.wire: Sender | None = None  # the transport, while frames may be written there
        self.probe: WebSocket | None = None
        self.clients: dict[str, Any] = {}
        self.codec: Any = None
        self.assembly: Any = None
        self.in_flight = 0
        self.held = 0
        self.taken = 0  # bytes of the message that was taken last
        self.asked = 0
        self.paused = False
        self.awaits_pong = False
        self.closed = False

    @property
    def request(self) -> Request:
        """The handshake request; only those of the latest few who were asked for stay parsed."""
        return self.engine.parsed(self.head)

    @property
    def upgraded(self) -> bool:
        """Whether WebSocket carries it (engineio's name for it)."""
        return self.transport.name == 'websocket'

    def send(self, packet: engineio.Packet) -> None:
        """Queue `packet` for this client, before what broadcasts have queued for others."""
        self.engine.flusher.direct(self, packet)

    def receive(self, packet: bytes) -> None:
        """Take one text packet. PeerError where it breaks the protocol."""
        kind = packet[0] if packet else -1
        if kind == _MESSAGE:
            if not self.closed:
                self.taken = len(packet)
                self.engine.on_message(self, packet, False)
        elif kind == _PONG and len(packet) == 1:
            if self.awaits_pong:
                self.awaits_pong = False
                self.engine.heartbeats.set(self, self.engine.settings.ping_interval)
        elif kind == _CLOSE and len(packet) == 1:
            self.close(Reason.TRANSPORT_CLOSE)
        else:
            raise PeerError('unexpected packet type')

    def receive_binary(self, data: bytes) -> None:
        """Take one binary message. PeerError where it breaks the protocol."""
        if not self.closed:
            self.taken = len(data)
            self.engine.on_message(self, data, True)

    def began(self) -> int:
        """A handler goes on after this read; stop reading when too many do, or hold too much.

        What it holds, in bytes of its message, for `finished`.
        """
        self.in_flight += 1
        self.held += self.taken
        self._pause()
        return self.taken

    def asks(self) -> None:
        """Somebody waits for this client's answer: it is read, however many handlers go on."""
        self.asked += 1
        if self.paused:
            self.paused = False
            self.transport.resume_reading()

    def answered(self) -> None:
        """Or given up."""
        self.asked -= 1
        self._pause()

    def _pause(self) -> None:
        is_much = self.in_flight >= MAX_IN_FLIGHT or self.holds_much
        if is_much and not self.paused and not self.asked:
            self.paused = True
            self.engine.counters.reads_paused += 1
            self.transport.pause_reading()

    @property
    def holds_much(self) -> bool:
        """Whether the messages whose handlers go on are more than MAX_HELD payloads."""
        return self.held > MAX_HELD * self.settings.max_payload

    def finished(self, held: int) -> None:
        """A handler that `began` is done."""
        self.in_flight -= 1
        self.held -= held
        if self.in_flight <= MAX_IN_FLIGHT // 2 and self.paused and not self.holds_much:
            self.paused = False
            self.transport.resume_reading()

    def upgrade(self, transport: 'WebSocket') -> None:
        """Go on over `transport`; what is pending goes out there."""
        self.probe = None
        before, self.transport = self.transport, transport
        before.release()
        before.resume_reading()  # a POST that waits there must not wait for ever
        if self.paused:
            transport.pause_reading()
        self.engine.counters.upgrades += 1
        transport.flush(self)
        transport.offer()

    def expire(self) -> None:
        """The deadline for joining a namespace, or for finishing a binary event."""
        if self.assembly is not None:
            self.close(Reason.PROTOCOL_ERROR, frames.POLICY, 'unfinished binary event')
        elif not any(self.clients.values()):
            self.close(Reason.CONNECT_TIMEOUT, frames.POLICY, 'no namespace was joined')

    def close(self, reason: Reason, code: int = frames.NORMAL, message: str = '') -> None:
        """End it. The first call counts; `message` holds nothing that a client sent."""
        if self.closed:
            return
        self.closed = True
        engine = self.engine
        engine.flusher.settle(self)
        engine.forget(self)
        engine.counters.closed[reason] += 1
        slow = reason is Reason.SLOW_CONSUMER
        level = logging.WARNING if slow else logging.DEBUG
        told = {'sid': self.sid, 'reason': reason, **({'ip': self.request.ip} if slow else {})}
        more = f': {message}' * (message not in {'', reason})
        log.log(level, 'session %s closed: %s%s', self.sid, reason, more, extra=told)
        if access.isEnabledFor(logging.INFO):
            access.info('session %s closed: %s%s', self.sid, reason, more, extra=told)
        try:
            if self.probe is not None:
                self.probe.abort()
            if slow:
                self.transport.abort()
            else:
                self.transport.close(self, code, message)
        except Exception:
            log.exception('session %s: closing failed', self.sid, extra=told)
            self.transport.abort()
        finally:
            try:
                engine.on_disconnect(self, reason)  # its handlers may still emit to it
            finally:
                engine.flusher.settle(self)
                engine.counters.packets_undelivered += len(self.outbox)
                self.outbox.clear()
