"""One connection of HTTP/1.1 or 1.0: requests in, answers out, in order (RFC 9112).

Rules of this file:
- An answer that is there at once is written at once; for one that is awaited there is a Task,
  which is cancelled when the client leaves. Who ends its side meanwhile has left.
- What came together is parsed and answered until the listener's turn is over, then others go on.
- While answers are due, or the client doesn't take them, no more than one read is kept.
- A refusal closes. What the client still sends is thrown away until it has seen why: a close with
  bytes unread would be a reset, which takes the answer away from it.
"""

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from gateway.engine.access import access, request_fields
from gateway.http.message import Request, Response, head, refusal
from gateway.http.parsing import Parser

if TYPE_CHECKING:
    from gateway.http.listener import Listener

log = logging.getLogger(__name__)

IDLE_TIMEOUT: Final = 60.0  # seconds between two requests, and for a client to take an answer
REQUEST_TIMEOUT: Final = 30.0  # seconds from a request's first byte to its last
LINGER: Final = 2.0  # seconds for a client to see the end, and close
PIECE: Final = 4_096  # bytes that are parsed at once: a request may have no more than 26
NEVER: Final = float('inf')

TOO_SLOW: Final = refusal(408, 'too_slow', 'the request took too long')
FAILED: Final = refusal(500, 'failed', 'the gateway failed')
CONTINUE: Final = b'HTTP/1.1 100 Continue\r\n\r\n'


class Connection(asyncio.Protocol):
    """Of a `listener`, with a client at `ip` ('' on a Unix socket); `is_owner`: see Request."""

    _transport: asyncio.Transport

    def __init__(
        self,
        listener: 'Listener',
        ip: str,
        opening: asyncio.Task[None] | None = None,
        *,
        is_owner: bool = False,
    ) -> None:
        self.deadline = NEVER
        self._listener = listener
        self._opening = opening
        self._counters = listener.counters
        self._parser = Parser(listener.max_body, listener.admit, ip, is_owner=is_owner)
        self._unread = b''  # what has come and is not parsed yet, from `_at` on
        self._at = 0
        self._awaited: tuple[Request, asyncio.Future[Response]] | None = None
        self._queued = False  # the listener calls `go_on`
        self._buffered = 0  # bytes that the client had not taken at the last look
        self.trusted = False  # something was not refused
        self._stuck = False  # the client does not take what it is sent
        self._paused = False
        self._ended = False  # the client has ended its side
        self._closing = False

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._counters.connections += 1
        self._listener.made(self, self._opening)
        self._wait(IDLE_TIMEOUT)
        if self._listener.draining:
            self.drain()

    def data_received(self, data: bytes) -> None:
        if self._closing or self._parser.refusal is not None:
            return
        self._unread, self._at = self._unread[self._at :] + data, 0
        if self._awaited is None and not self._queued and not self._stuck:
            self._work()
        elif not self._paused:
            self._pause()

    def eof_received(self) -> bool:
        self._ended = True
        if self._awaited is not None:
            self._transport.abort()
            return False
        is_due = self._queued or self._stuck
        return is_due and not self._closing and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._unread = b''
        self._parser.close()
        if self._awaited is not None:
            self._counters.vanished += 1
            self._awaited[1].cancel()
        self._listener.lost(self)

    def pause_writing(self) -> None:
        self._stuck = True
        self._buffered = self._transport.get_write_buffer_size()
        self._wait(IDLE_TIMEOUT)

    def resume_writing(self) -> None:
        self._stuck = False
        if not self._closing:
            self._wait(IDLE_TIMEOUT)
        if not self._closing and self._awaited is None and not self._queued:
            self._queue()

    # What the listener says.

    def expire(self) -> None:
        """The deadline is over."""
        buffered, self._buffered = self._buffered, self._transport.get_write_buffer_size()
        if self._stuck and not self._closing and self._buffered < buffered:  # slow, but it reads
            self._wait(IDLE_TIMEOUT)
        elif self._closing or self._stuck:
            self._counters.cut += self._stuck
            self._transport.abort()
        elif self._parser.halfway:
            self._refuse(TOO_SLOW)
        else:
            self._counters.idle_closed += 1
            self._end()
            if not self._transport.can_write_eof():  # TLS: nothing else tells the client
                self._transport.close()

    def drain(self) -> None:
        """Close, after the answer that is under way."""
        if self._awaited is None and not self._closing:
            self._closing = True
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def go_on(self) -> None:
        """Its turn has come."""
        self._queued = False
        self._work()

    @property
    def is_stranger(self) -> bool:
        """Whether it may go where others need its place."""
        return not self.trusted and self._awaited is None

    # Answering.

    def _work(self) -> None:
        """Answer what is there, as far as that is due now."""
        requests, until = self._parser.requests, self._listener.until()
        while self._is_free() and monotonic() < until:
            if requests:
                self._respond(requests.popleft())
            elif not self._read():
                break
        if self._closing or self._awaited is not None or self._transport.is_closing():
            return
        if requests or (self._unread and self._parser.refusal is None):
            self._pause()
            if not self._stuck:
                self._queue()
        elif self._parser.refusal is not None:
            self._refuse(self._parser.refusal)
        else:
            self._listen()

    def _is_free(self) -> bool:
        """Whether the next answer may be written."""
        closing = self._closing or self._transport.is_closing()
        return not closing and not self._stuck and self._awaited is None

    def _respond(self, request: Request) -> None:
        """Answer one, or begin to."""
        try:
            self.trusted = self.trusted or request.refusal is None
            answer = request.refusal or self._listener.respond(request)
            if not isinstance(answer, Response):
                self._await(request, asyncio.ensure_future(answer))
                return
        except Exception:
            answer = self._failed()
        self._answer(request, answer)

    def _read(self) -> bool:
        """Parse a piece of what has come; False where there is none."""
        parser, start = self._parser, self._at
        if not self._unread or parser.refusal is not None:
            return False
        self._at += PIECE
        piece = self._unread[start : self._at]
        if self._at >= len(self._unread):
            self._unread, self._at = b'', 0
        if parser.feed(piece) and not parser.requests and parser.halfway:
            self._wait(REQUEST_TIMEOUT)
        return True

    def _queue(self) -> None:
        self._queued = True
        self._listener.queue(self)

    def _listen(self) -> None:
        """Everything is answered: listen again."""
        if self._ended:
            self._end()
            return
        if self._parser.expects:
            self._parser.expects = False
            self._transport.write(CONTINUE)
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _await(self, request: Request, answer: asyncio.Future[Response]) -> None:
        self._awaited = request, answer
        self.deadline = NEVER
        answer.add_done_callback(self._awaited_is_done)

    def _awaited_is_done(self, future: asyncio.Future[Response]) -> None:
        assert self._awaited is not None
        request, self._awaited = self._awaited[0], None
        error = None if future.cancelled() else future.exception()
        if self._closing:  # nobody is there to be answered
            return
        if error is not None:
            answer = self._failed(error)
        else:
            answer = FAILED if future.cancelled() else future.result()
        self._answer(request, answer)
        if not self._stuck:
            self._work()

    def _failed(self, error: BaseException | None = None) -> Response:
        self._counters.failed += 1
        log.error('an endpoint failed', exc_info=error or True)
        return FAILED

    def _answer(self, request: Request, answer: Response) -> None:
        """Write it, and close if nothing may follow it."""
        goes_on = request.keep_alive and not self._listener.draining
        connection = b'close' if not goes_on else b'' if request.is_1_1 else b'keep-alive'
        self._wait(REQUEST_TIMEOUT if self._parser.halfway else IDLE_TIMEOUT)
        try:
            data = head(answer, connection, self._listener.date)
        except ValueError:
            answer = self._failed()
            data = head(answer, connection, self._listener.date)
        self._count(answer)
        if access.isEnabledFor(logging.INFO):
            tell(request, answer)
        self._transport.write(data if request.method == 'HEAD' else data + answer.body)
        if not goes_on:
            self._end()

    def _refuse(self, answer: Response) -> None:
        """Answer what can't be gone on from."""
        self._count(answer)
        self._transport.write(head(answer, b'close', self._listener.date) + answer.body)
        self._end()

    def _count(self, answer: Response) -> None:
        self._counters.answers[answer.status] += 1
        if answer.code:
            self._counters.refused[answer.code] += 1

    def _end(self) -> None:
        """Say that nothing more comes, and wait until the client has closed."""
        self._closing = True
        self._wait(LINGER)
        if self._ended:
            self._transport.close()
            return
        if self._transport.can_write_eof():  # not over TLS: its clients see the length, and close
            self._transport.write_eof()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _wait(self, seconds: float) -> None:
        self.deadline = monotonic() + seconds


def tell(request: Request, answer: Response) -> None:
    """The access log."""
    told = request_fields(request.method, request.path, answer.status, request.ip)
    access.info('admin %(method)s %(path)s %(status)s from %(ip)s', told, extra=told)
