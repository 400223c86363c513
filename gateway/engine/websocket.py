"""WebSocket: an asyncio.Protocol over the socket that Tornado accepted and upgraded.

Rules of this file:
- Tornado reads the request and answers refusals; after `adopt` nothing of it is left.
- The 101 is written, and what Tornado had already read is fed, inside `connection_made`: later
  would lose bytes that arrive in between.
- `flush` writes to the socket itself, so that what the kernel refuses is known exactly; the rest
  goes to the event loop's transport, and nothing more is written until that has drained.
- A session may be carried already (an upgrade under way): then this is its `probe`.
"""

import asyncio
import logging
from os import write
from typing import Final, cast

from tornado.iostream import IOStream
from tornado.util import _websocket_mask

from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames

log = logging.getLogger(__name__)

MAX_WRITE: Final = 262_144  # bytes that are joined for one write
CLOSE_TIMEOUT: Final = 5.0  # seconds for the client's half of the closing handshake
_PROBE: Final = engineio.PING + b'probe'


async def adopt(stream: IOStream, websocket: 'WebSocket') -> None:
    """Take the socket out of a detached `stream` and let `websocket` run on it."""
    if stream._state is not None:
        stream.io_loop.remove_handler(stream.fileno())
    early = bytes(stream._read_buffer)
    sock, stream.socket = stream.socket, None  # type: ignore[assignment]
    if early:
        websocket.early = early
    await asyncio.get_running_loop().connect_accepted_socket(lambda: websocket, sock)


class WebSocket(asyncio.Protocol):
    """One connection; `greeting` is the 101 and what follows it at once."""

    __slots__ = (
        '_blocked',
        '_closing',
        '_fd',
        '_parser',
        '_refused',
        '_transport',
        'early',
        'greeting',
        'session',
    )
    name = 'websocket'

    def __init__(self, session: Session, greeting: bytes, limit: int) -> None:
        self.session = session
        self.greeting = greeting
        self.early = b''
        self._parser = frames.Parser(limit, _websocket_mask)
        self._fd = -1
        self._blocked = False  # the transport holds bytes that the kernel has refused
        self._refused = 0  # how many of them count in session.size
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)
        self._fd = self._transport.get_extra_info('socket').fileno()
        self._transport.write(self.greeting)
        early, self.greeting, self.early = self.early, b'', b''
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        session = self.session
        try:
            for opcode, payload in self._parser.feed(data):
                if self._closing:
                    if opcode == frames.CLOSE:
                        self._end()
                elif opcode == frames.TEXT:
                    if session.transport is self:
                        session.receive(payload)
                    else:
                        self._probed(payload)
                elif opcode == frames.BINARY:
                    if session.transport is not self:
                        raise PeerError('binary message before the upgrade')
                    session.receive_binary(payload)
                else:
                    self._control(opcode, payload)
        except PeerError as error:
            self._fail(Reason.PROTOCOL_ERROR, error.close_code, str(error))
        except Exception:
            log.exception('session %s: a message failed', session.sid)
            self._fail(Reason.SERVER_ERROR, frames.INTERNAL_ERROR, 'internal error')

    def connection_lost(self, exc: Exception | None) -> None:
        self._fd = -1
        self._closing = True
        self.session.engine.deadlines.clear(self)
        if self.session.transport is self:
            self.session.close(Reason.TRANSPORT_ERROR if exc else Reason.TRANSPORT_CLOSE)
        elif self.session.probe is self:
            self._abandon()

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        session = self.session
        session.size -= self._refused
        self._refused = 0
        if session.outbox and session.transport is self:
            self.flush(session)

    def flush(self, session: Session) -> None:
        if self._blocked or self._closing:
            return
        outbox = session.outbox
        if session.size > MAX_WRITE:
            self._flush_in_parts(session)
            return
        data = outbox[0].frame if len(outbox) == 1 else b''.join([p.frame for p in outbox])
        outbox.clear()
        session.size = 0
        self._write(session, data)

    def _write(self, session: Session, data: bytes) -> None:
        try:
            sent = write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:  # `connection_lost` will say so
            self.abort()
            return
        if sent != len(data):  # leave to the event loop what the kernel has no room for
            self._transport.write(memoryview(data)[sent:])
            if self._blocked:
                self._refused = len(data) - sent
                session.size += self._refused

    def _flush_in_parts(self, session: Session) -> None:
        """Joining and cutting all of a long outbox would hold it three times."""
        outbox = session.outbox
        while outbox and not self._blocked and not self._closing:
            count = size = 0
            while count < len(outbox) and size <= MAX_WRITE:
                size += outbox[count].size
                count += 1
            data = b''.join([packet.frame for packet in outbox[:count]])
            del outbox[:count]
            session.size -= size
            self._write(session, data)

    def close(self, session: Session, code: int, message: str) -> None:
        if self._closing:
            session.engine.counters.packets_undelivered += len(session.outbox)
            session.outbox.clear()
            return
        if session.outbox:
            self.flush(session)
        if session.outbox:  # behind what is blocked
            self._transport.write(b''.join([packet.frame for packet in session.outbox]))
            session.outbox.clear()
        self._say_goodbye(code, message)

    def release(self) -> None:
        """Nothing waits here."""

    def abort(self) -> None:
        self._fd = -1
        self._closing = True
        self._transport.abort()

    def pause_reading(self) -> None:
        if not self._closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._closing:
            self._transport.resume_reading()

    def expire(self) -> None:
        """The client has not finished the upgrade, or not answered our close frame, in time."""
        if self.session.probe is self:
            self._abandon()
        self.abort()

    def _probed(self, payload: bytes) -> None:
        """A text message while another transport carries the session: probe, then upgrade."""
        session = self.session
        if session.closed or session.probe is not self:
            self._say_goodbye(frames.NORMAL, '')
        elif payload == _PROBE:
            self._transport.write(engineio.PROBE_PONG.frame)
            session.transport.release()
        elif payload == engineio.UPGRADE:
            session.engine.deadlines.clear(self)
            session.upgrade(self)
        else:
            raise PeerError('unexpected packet before the upgrade')

    def _control(self, opcode: int, payload: bytes) -> None:
        """Ping, pong or close (RFC 6455, section 5.5)."""
        if opcode == frames.PING:
            if not self._blocked:  # only the latest ping needs an answer, section 5.5.3
                self._transport.write(frames.build(frames.PONG, payload))
        elif opcode == frames.CLOSE:
            code = frames.parse_close(payload)
            self._transport.write(frames.build_close(code) if code != frames.NO_STATUS else _EMPTY)
            self._end()
            if self.session.transport is self:
                self.session.close(Reason.TRANSPORT_CLOSE)

    def _fail(self, reason: Reason, code: int, message: str) -> None:
        if self.session.transport is self:
            self.session.close(reason, code, message)
        if not self._closing:  # a probe, or a session that ended before
            if self.session.probe is self:
                self._abandon()
            self._say_goodbye(code, message)

    def _say_goodbye(self, code: int, message: str) -> None:
        self._transport.write(frames.build_close(code, message))
        self._closing = True
        self.session.engine.deadlines.set(self, CLOSE_TIMEOUT)

    def _end(self) -> None:
        self._closing = True
        self._transport.close()

    def _abandon(self) -> None:
        """The upgrade failed; the session stays with its transport."""
        self.session.probe = None
        self.session.engine.counters.upgrades_abandoned += 1


_EMPTY: Final = frames.build(frames.CLOSE, b'')
