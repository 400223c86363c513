"""WebSocket: an asyncio.Protocol over the socket that was accepted and upgraded.

Rules of this file:
- The 101 is written, and what has been read already is fed, inside `connection_made`: later would
  lose bytes that arrive in between.
- A message that makes the session pause is the last one taken; what was read behind it waits.
  So it does after SLICE: one read may hold thousands of messages, a compressed one megabytes.
- A session may be carried already (an upgrade under way): then this is its `probe`.
- The connection may be lost, or the session closed, before `connection_made`.
"""

import asyncio
import logging
from collections.abc import Iterator
from time import monotonic
from typing import Final

from gateway.engine.reason import Reason
from gateway.engine.sender import CLOSING, LOST, OPEN, OPENING, Sender
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames

log = logging.getLogger(__name__)

CLOSE_TIMEOUT: Final = 5.0  # seconds for the client's half of the closing handshake
SLICE: Final = 0.002  # seconds of taking messages before the loop gets its turn
_PROBE: Final = engineio.PING + b'probe'
Messages = Iterator[tuple[int, bytes]]  # opcode and payload


class WebSocket(Sender, asyncio.Protocol):
    """One connection; `greeting` is the 101 and what follows it at once."""

    __slots__ = (
        '_parser', '_paused', '_probed', '_waiting', 'early', 'greeting',
    )  # fmt: skip
    name = 'websocket'

    def __init__(self, session: Session, greeting: bytes, parser: frames.Parser) -> None:
        super().__init__(session)
        self.greeting = greeting
        self.early = b''
        self._parser = parser
        self._paused = False
        self._waiting: list[Messages] = []  # read, but not taken yet
        self._probed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._state is not OPENING:
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(0)
        sock = self._transport.get_extra_info('socket')
        self.fd = sock.fileno() if sock is not None else -1
        self._become(OPEN)
        self._transport.write(self.greeting)
        early, self.greeting, self.early = self.early, b'', b''
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        self.session.engine.counters.bytes_received += len(data)
        messages = self._parser.feed(data)
        if self._paused or self._waiting:
            self._transport.pause_reading()  # uvloop forgets one made in `connection_made`
            self._waiting.append(messages)
        else:
            self._take(messages)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fd = -1
        self._become(LOST)
        self._waiting.clear()
        session = self.session
        session.engine.deadlines.clear(self)
        if session.transport is self:
            session.close(Reason.TRANSPORT_ERROR if exc else Reason.TRANSPORT_CLOSE)
        elif session.probe is self:
            self._abandon()

    def _take(self, messages: Messages) -> bool:
        """Whether that was all of them."""
        session, until = self.session, monotonic() + SLICE
        try:
            for opcode, payload in messages:
                if self._state is not OPEN:
                    if opcode == frames.CLOSE:
                        self._hang_up()
                        return True
                elif opcode == frames.TEXT:
                    if session.transport is self:
                        session.receive(payload)
                    else:
                        self._probe(payload)
                elif opcode == frames.BINARY:
                    if session.transport is not self:
                        raise PeerError('binary message before the upgrade')
                    session.receive_binary(payload)
                else:
                    self._control(opcode, payload)
                if self._paused or monotonic() > until:
                    return self._put_back(messages)
        except PeerError as error:
            self._fail(Reason.PROTOCOL_ERROR, error.close_code, str(error))
        except Exception:
            told = {'sid': session.sid}
            log.exception('session %s: a message failed', session.sid, extra=told)
            self._fail(Reason.SERVER_ERROR, frames.INTERNAL_ERROR, 'internal error')
        return True

    def _put_back(self, messages: Messages) -> bool:
        self._waiting.insert(0, messages)
        if self._state is OPEN:  # else the end of the connection could overtake it
            self._transport.pause_reading()
        if not self._paused:
            asyncio.get_running_loop().call_soon(self._go_on)
        return False

    def _probe(self, payload: bytes) -> None:
        """A text message while another transport carries the session: probe, then upgrade."""
        session = self.session
        if session.closed or session.probe is not self:
            self._say_goodbye(frames.NORMAL, '')
        elif payload == _PROBE and not self._probed:
            self._probed = True
            self._transport.write(engineio.PROBE_PONG.frame)
            session.transport.release()
        elif payload == engineio.UPGRADE and self._probed:
            session.engine.deadlines.clear(self)
            session.upgrade(self)
        else:
            raise PeerError('unexpected packet before the upgrade')

    def _control(self, opcode: int, payload: bytes) -> None:
        """Ping, pong or close (RFC 6455, section 5.5)."""
        if opcode == frames.PING:
            self._answer(frames.build(frames.PONG, payload))
        elif opcode == frames.CLOSE:
            code = frames.parse_close(payload)
            self._transport.write(frames.build_close(code))
            self._hang_up()
            if self.session.transport is self:
                self.session.close(Reason.TRANSPORT_CLOSE)

    def _fail(self, reason: Reason, code: int, message: str) -> None:
        session = self.session
        if session.transport is self:
            session.close(reason, code, message)
        elif session.probe is self:
            self._abandon()
        if self._state is OPEN:  # a probe, or a session that ended before
            self._say_goodbye(code, message)
        self._parser = frames.DEAF
        self._waiting.clear()
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()  # closing it with bytes unread could lose our close frame

    def pause_reading(self) -> None:
        self._paused = True
        if self._state is OPEN:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._paused = False
        if self._state in (OPEN, CLOSING):
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """Take what waits, then read on."""
        while self._waiting and not self._paused:
            if not self._take(self._waiting.pop(0)):
                return
        if not self._paused and self._state in (OPEN, CLOSING):
            self._transport.resume_reading()

    def release(self) -> None:
        """Nothing waits here."""

    def close(self, session: Session, code: int, message: str) -> None:
        if self._state is OPENING:
            self.abort()
        if self._state is not OPEN:
            return
        self.flush(session)
        if session.outbox:  # behind what is blocked
            self._transport.write(self._join(session.outbox))
            session.outbox.clear()
        self._say_goodbye(code, message)

    def expire(self) -> None:
        """The client has not finished the upgrade, or not answered our close frame, in time."""
        if self.session.probe is self:
            self._abandon()
        self.abort()

    def _say_goodbye(self, code: int, message: str) -> None:
        """Send a close frame; what comes now is read only for the client's own."""
        self._transport.write(frames.build_close(code, message))
        self._become(CLOSING)
        self.session.engine.deadlines.set(self, CLOSE_TIMEOUT)
        if self._paused:
            self.resume_reading()

    def _hang_up(self) -> None:
        """Both close frames are under way: end when they are, or soon."""
        self._become(CLOSING)
        self._transport.close()
        self.session.engine.deadlines.set(self, CLOSE_TIMEOUT)

    def _abandon(self) -> None:
        """The upgrade failed; the session stays with its transport."""
        self.session.probe = None
        self.session.engine.counters.upgrades_abandoned += 1
