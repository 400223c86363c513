"""EngineServer: the session table, heartbeats, deadlines; an `engineio.AsyncServer` to the outside.

Rules of this file:
- The hub sets `on_connect`, `on_message` and `on_disconnect`; they are plain functions and are
  given the Session, not its id. No Task is made on the way.
- Each session is in one heartbeat bucket (next ping, or the pong's deadline), and in at most one
  bucket of other deadlines.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import lru_cache, partial
from time import monotonic
from typing import Any, Final

import engineio as upstream
from tornado.util import _websocket_mask

from gateway.config.model import SocketIO
from gateway.engine import origin
from gateway.engine.access import access
from gateway.engine.compressed import CompressedWebSocket
from gateway.engine.counters import Counters
from gateway.engine.drain import Drain
from gateway.engine.flusher import Flusher
from gateway.engine.handshake import Switching
from gateway.engine.polling import Polling
from gateway.engine.reason import Reason
from gateway.engine.request import Networks, Request
from gateway.engine.session import Session
from gateway.engine.websocket import WebSocket
from gateway.engine.wheel import Wheel
from gateway.wire import deflate, engineio, frames

log = logging.getLogger(__name__)

WARN_EVERY: Final = 10.0  # seconds
PARSED: Final = 16  # handshakes that stay parsed: a client's events come many at a time


class EngineServer(upstream.AsyncServer):
    """Engine.IO protocol 4. `settings` is the configuration's `socketio` section."""

    sockets: dict[str, Session]
    on_connect: Callable[[Session], None]
    on_message: Callable[[Session, bytes, bool], None]
    on_disconnect: Callable[[Session, Reason], None]

    def __init__(self, settings: SocketIO, trusted: Networks = (), **options: Any) -> None:
        super().__init__(async_mode='tornado', **options)
        self.counters = Counters()
        self.flusher = Flusher(settings.max_send_buffer, self.counters)
        self.renew(settings, trusted)
        self.lingering: dict[str, Polling] = {}
        self.draining = False
        self.node = ''  # what the ids of its sessions begin with, for load balancers
        self._next_warnings: dict[str, float] = {}
        beat = min(settings.ping_interval, settings.ping_timeout)
        self.heartbeats: Wheel[Session] = Wheel(min(0.5, beat / 50), self._beat)
        self.deadlines: Wheel[Any] = Wheel(0.05, lambda item: item.expire())

    def renew(self, settings: SocketIO, trusted: Networks) -> None:
        """From now on these hold; of what is open, only what it may owe is measured anew."""
        self.settings = settings
        self.trusted = trusted
        self.parsed = lru_cache(PARSED)(partial(Request, trusted=trusted))
        self.allows = origin.compile_check(settings.allowed_origins)
        self.flusher.limit = settings.max_send_buffer

    def on(self, event: str, handler: Any = None) -> Any:
        """Register the hub's function for `connect`, `message` or `disconnect`."""
        if event not in self.event_names:
            raise ValueError('Invalid event')
        if handler is None:
            return lambda function: self.on(event, function)
        setattr(self, f'on_{event}', handler)
        return handler

    def generate_id(self) -> str:
        """A session id: 120 random bits in 20 characters that are safe in URLs."""
        return secrets.token_urlsafe(15)

    def open(self, head: bytes) -> Session:
        """A new session for a handshake; the caller gives it its transport."""
        session = Session(self, self.node + self.generate_id(), head)
        self.sockets[session.sid] = session
        self.counters.sessions += 1
        if access.isEnabledFor(logging.INFO):
            told = {'sid': session.sid, 'ip': session.request.ip}
            access.info('session %s opened from %s', session.sid, session.request.ip, extra=told)
        self.heartbeats.set(session, self.settings.ping_interval)
        self.deadlines.set(session, self.settings.connect_timeout)
        self.on_connect(session)
        return session

    def open_websocket(self, head: bytes, switching: Switching) -> WebSocket:
        """A new session that begins with WebSocket."""
        session = self.open(head)
        greeting = self.handshake(session.sid, upgrades=False).frame
        websocket = session.transport = self._websocket(session, switching, greeting)
        return websocket

    def _websocket(
        self, session: Session, switching: Switching, greeting: bytes = b''
    ) -> WebSocket:
        greeting, settings = switching.answer + greeting, self.settings
        limit = session.settings.max_payload
        if not switching.compressed or settings.compression is None:
            parser = frames.Parser(limit, _websocket_mask)
            return WebSocket(session, greeting, parser)
        parser = frames.Parser(limit, _websocket_mask, deflate.inflate)
        return CompressedWebSocket(session, greeting, parser, settings.compression.threshold)

    def handshake(self, sid: str, *, upgrades: bool) -> engineio.Packet:
        """The OPEN packet (protocol section "Handshake")."""
        settings = self.settings
        return engineio.open_packet(
            {
                'sid': sid,
                'upgrades': ['websocket']
                if upgrades and 'websocket' in settings.transports
                else [],
                'pingInterval': round(settings.ping_interval * 1000),
                'pingTimeout': round(settings.ping_timeout * 1000),
                'maxPayload': settings.max_payload,
            }
        )

    def probe(self, session: Session, switching: Switching) -> WebSocket:
        """A WebSocket that `session` may upgrade to, within `upgrade_timeout`."""
        session.probe = self._websocket(session, switching)
        self.deadlines.set(session.probe, self.settings.upgrade_timeout)
        return session.probe

    def warn_of_origin(self, refused: str, own: str) -> None:
        """Say which page was refused, and what its own origin would have been."""
        line = 'origin %.100s is not in socketio.allowed_origins'
        if 'same-origin' in self.settings.allowed_origins:
            line += '; same-origin is %.100s: behind a proxy see server.trusted_proxies'
            self._warn(line, refused, own)
        else:
            self._warn(line, refused)

    def warn_of_version(self, version: str) -> None:
        """Say which protocol a client was refused for."""
        self._warn('a client of Engine.IO protocol %.20s was refused; 4 is served', version)

    def warn_of_serializer(self, spoken: str) -> None:
        """Say which serializer a client was refused for."""
        self._warn('a client that speaks %s was refused: see socketio.serializer', spoken)

    def warn_of_upgrade(self, ip: str) -> None:
        """Say that a request for a WebSocket could not be one."""
        self._warn('a WebSocket without its Upgrade header, from %s: does a proxy drop it?', ip)

    def _warn(self, line: str, *told: str) -> None:
        """Log `line` once in WARN_EVERY seconds: clients don't show why they were refused."""
        now = monotonic()
        if now >= self._next_warnings.get(line, now):
            self._next_warnings[line] = now + WARN_EVERY
            log.warning(line, *map(ascii, told))

    def forget(self, session: Session) -> None:
        """Drop every reference to a session that ends."""
        self.sockets.pop(session.sid, None)
        self.heartbeats.clear(session)
        self.deadlines.clear(session)

    def linger(self, sid: str, polling: Polling, seconds: float) -> None:
        """Keep the farewell of a closed session for its next poll."""
        self.lingering[sid] = polling
        self.deadlines.set(polling, seconds)

    def lingered(self, sid: str) -> Polling:
        """The poll that `linger` waited for has come."""
        polling = self.lingering.pop(sid)
        self.deadlines.clear(polling)
        return polling

    def _beat(self, session: Session) -> None:
        """A ping is due, or a pong overdue (protocol section "Heartbeat")."""
        if session.paused:  # its pong may be among what is not read now
            self.heartbeats.set(session, self.settings.ping_timeout)
            return
        if session.awaits_pong:
            session.close(Reason.PING_TIMEOUT, frames.GOING_AWAY, 'no pong')
            return
        session.awaits_pong = True
        session.send(engineio.Packet(engineio.PING))
        self.heartbeats.set(session, self.settings.ping_timeout)

    # What python-socketio and its users call.

    def transport(self, sid: str) -> str:
        return self._get_socket(sid).transport.name

    def _get_socket(self, sid: str) -> Session:
        try:
            return self.sockets[sid]
        except KeyError:
            raise KeyError('Session not found') from None

    async def send(self, sid: str, data: str | bytes) -> None:
        """Send one Engine.IO message, text or binary."""
        session = self._get_socket(sid)
        if isinstance(data, str):
            session.send(engineio.Packet(engineio.MESSAGE + data.encode()))
        else:
            session.send(engineio.Packet(b'', [data]))

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one session, or all of them."""
        for session in [self._get_socket(sid)] if sid else list(self.sockets.values()):
            session.close(Reason.SERVER_DISCONNECT)

    def has_pollers(self) -> bool:
        """Whether somebody may come back on another connection for what is theirs."""
        return bool(self.lingering) or any(
            session.transport.name == 'polling' for session in self.sockets.values()
        )

    async def shutdown(
        self, timeout: float = 0, spread: float = 0, hurry: asyncio.Event | None = None
    ) -> None:
        """Close every session with 1001 and wait, `timeout` seconds at most, until all are gone.

        From now on handshakes are refused with 503.
        """
        self.draining = True
        drain = Drain(timeout, spread, hurry)
        while self.sockets:
            await drain.run(list(self.sockets.values()), _tell)
        # An event instead would cost every deadline something, for what happens once.
        await drain.rest(lambda: len(self.deadlines) > 0)
        self.heartbeats.stop()
        self.deadlines.stop()


def _tell(session: Session) -> None:
    session.close(Reason.SERVER_SHUTDOWN, frames.GOING_AWAY, 'server shutting down')
