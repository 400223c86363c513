"""One HTTP request and its answer, before it is anybody's poll or post.

Rules of this file:
- What its headers tell is decided before its body comes. The body of a refused request is read
  and dropped: the client sees the answer, and its connection stays of use.
- A body beyond `max_payload` is answered at once, and the connection ends soon: what still comes
  is dropped for DRAIN seconds (RFC 9112, section 9.6).
- A session's requests are measured by what held when it was opened: a reload sends nobody away.
- Every refusal below `socketio.path` is JSON with a code, and counted.
"""

import asyncio
import sys
from typing import Any, Final, cast

from tornado.http1connection import HTTP1Connection
from tornado.web import RequestHandler, stream_request_body

from gateway.config.model import SocketIO
from gateway.engine import handshake
from gateway.engine.handshake import (
    BAD_REQUEST,
    FORBIDDEN,
    TOO_BIG,
    UNSUPPORTED_VERSION,
    WEBSOCKET_VERSION,
    Refusal,
)
from gateway.engine.request import Request, pack
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.engine.stream import Stream

DRAIN: Final = 1.0  # seconds
PREFLIGHT_AGE: Final = 7_200  # seconds that a browser may remember an answer to OPTIONS


class Plain(RequestHandler):
    """A handler whose errors are JSON in Node's form, and which doesn't say what it runs on."""

    methods = 'GET, HEAD'

    def set_default_headers(self) -> None:
        self.clear_header('Server')

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.answer_refusal(Refusal(status_code, BAD_REQUEST.code, self._reason.capitalize()))

    def answer_refusal(self, refusal: Refusal) -> None:
        """Answer with it."""
        if refusal.status == 405:
            self.set_header('Allow', self.methods)
        self.set_status(refusal.status)
        self.set_header('Content-Type', 'application/json')
        self.finish(refusal.body)


class NotFound(Plain):
    """Whatever is nobody's path."""

    def prepare(self) -> None:
        self.send_error(404)


@stream_request_body
class Exchange(Plain):
    """What is the same for every request below `socketio.path`."""

    methods = 'GET, POST, OPTIONS'
    engine: EngineServer
    terms: SocketIO  # what holds for this request
    asked: Request
    refusal: Refusal | None = None
    size = 0  # bytes of the body that have come

    def initialize(self, engine: EngineServer) -> None:
        self.engine = engine
        self.terms = engine.settings
        self.body = bytearray()

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header('Cache-Control', 'no-store')

    def compute_etag(self) -> None:
        """No answer here is ever the same."""

    def prepare(self) -> None:
        self.asked = Request(pack(self.request), self.engine.trusted)
        self.connection.set_max_body_size(sys.maxsize)  # Tornado's own answer has no body
        session = self.engine.sockets.get(self.asked.query.get('sid', ''))
        if session is not None:
            self.terms = session.settings
        if not self._allows_origin(session):
            self.engine.warn_of_origin(self.asked.headers['origin'], self.asked.own_origin)
            self.refusal = FORBIDDEN
        elif origin := self.asked.headers.get('origin'):
            self._welcome(origin)
        if self.refusal is None and self.request.method != 'OPTIONS':
            self.refusal = self.examine()
        if self.refusal is UNSUPPORTED_VERSION:
            self.engine.warn_of_version(self.asked.query.get('EIO', ''))
        elif self.refusal is BAD_REQUEST and self._lacks_upgrade:
            self.engine.warn_of_upgrade(self.asked.ip)
        length = self.request.headers.get('Content-Length', '')
        if length.isdecimal() and (len(length) > 18 or int(length) > self._limit):
            self._refuse_body()

    def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size <= self._limit:
            if self.refusal is None:
                self.body += chunk
        elif self.refusal is not TOO_BIG:
            self._refuse_body()

    def options(self) -> None:
        """A preflight of a foreign page (Fetch standard, section 3.2.2)."""
        if self.is_refused():
            return
        self.set_header('Access-Control-Allow-Methods', self.methods)
        self.set_header('Access-Control-Max-Age', str(PREFLIGHT_AGE))
        wanted = self.request.headers.get('Access-Control-Request-Headers')
        if wanted:
            self.set_header('Access-Control-Allow-Headers', wanted)
            self.add_header('Vary', 'Access-Control-Request-Headers')
        self.set_status(204)

    def head(self) -> None:
        """Always refused: each answer of a session is somebody's."""
        self.is_refused()

    put = patch = delete = head

    def examine(self) -> Refusal | None:
        """What is wrong with the request, as far as its headers tell."""
        raise NotImplementedError

    def release(self) -> None:
        """What `examine` has taken is free again."""

    def on_finish(self) -> None:
        self.release()

    @property
    def connection(self) -> HTTP1Connection:
        """Tornado's; its `stream` is the socket."""
        return cast(HTTP1Connection, self.request.connection)

    @property
    def _lacks_upgrade(self) -> bool:
        is_websocket = self.asked.query.get('transport') == 'websocket'
        return is_websocket and 'upgrade' not in self.asked.headers

    @property
    def _limit(self) -> int:
        return self.terms.max_payload

    def _allows_origin(self, session: Session | None) -> bool:
        """Whether its page may ask; the page that has opened a session may go on with it."""
        if handshake.allows_origin(self.asked, self.engine.allows):
            return True
        origin = self.asked.headers['origin']
        return session is not None and session.request.headers.get('origin') == origin

    def _welcome(self, origin: str) -> None:
        """Tell the browser that the page may read the answer (Fetch standard, section 3.2)."""
        if self.terms.allowed_origins == '*':
            self.set_header('Access-Control-Allow-Origin', '*')
        else:
            self.set_header('Access-Control-Allow-Origin', origin)
            self.set_header('Access-Control-Allow-Credentials', 'true')
            self.set_header('Vary', 'Origin')

    def answer_refusal(self, refusal: Refusal) -> None:
        self.engine.counters.refused[refusal.message] += 1
        if refusal is WEBSOCKET_VERSION:
            self.set_header('Upgrade', 'websocket')
            self.set_header('Sec-WebSocket-Version', '13')
        super().answer_refusal(refusal)

    def is_refused(self) -> bool:
        """Answer with the refusal, if there is one; its body has come."""
        if self.refusal is TOO_BIG:
            self._hang_up()
        elif self.refusal is not None:
            self.answer_refusal(self.refusal)
        return self.refusal is not None

    def _refuse_body(self) -> None:
        """Answer 413 now, and end the connection when the client has seen it, or soon."""
        self.release()
        self.refusal = TOO_BIG
        self.body.clear()
        self.engine.counters.refused[TOO_BIG.message] += 1
        cast(Stream, self.connection.stream).answered = True
        self.set_status(TOO_BIG.status)
        self.set_header('Content-Type', 'application/json')
        self.set_header('Content-Length', str(len(TOO_BIG.body)))
        self.set_header('Connection', 'close')
        self.write(TOO_BIG.body)
        if 'expect' in self.asked.headers:
            self._hang_up()  # it waits for a word, and sends nothing after this one
        else:
            self.flush()
            asyncio.get_running_loop().call_later(DRAIN, self._hang_up)

    def _hang_up(self) -> None:
        if not self._finished:
            self.finish()
