"""The HTTP face of the engine: handshake, polls, posts, and the upgrade to WebSocket.

Rules of this file:
- Whatever is wrong with a request is answered here, with 4xx and before a 101; the bodies are
  those of Node's engine.io (`{"code": 3, "message": "Bad request"}`).
- The order of the checks is Node's too: origin, transport, session, method, version.
"""

import base64
import binascii
import hashlib
from typing import Any, Final, NamedTuple

import orjson
from tornado.web import RequestHandler

from gateway.engine import request as requests
from gateway.engine import websocket
from gateway.engine.polling import Polling
from gateway.engine.reason import Reason
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames


class Refusal(NamedTuple):
    """An answer of 4xx; `code` and `message` are what clients of Node's server know."""

    status: int
    code: int
    message: str


UNKNOWN_TRANSPORT: Final = Refusal(400, 0, 'Transport unknown')
UNKNOWN_SID: Final = Refusal(400, 1, 'Session ID unknown')
BAD_METHOD: Final = Refusal(400, 2, 'Bad handshake method')
BAD_REQUEST: Final = Refusal(400, 3, 'Bad request')
FORBIDDEN: Final = Refusal(403, 4, 'Forbidden')
UNSUPPORTED_VERSION: Final = Refusal(400, 5, 'Unsupported protocol version')

_ACCEPT_KEY: Final = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'  # RFC 6455, section 1.3
_SWITCHING: Final = (
    b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    b'Sec-WebSocket-Accept: '
)


class EngineHandler(RequestHandler):
    """Every request below `socketio.path`."""

    engine: EngineServer
    polled: Session | None = None

    def initialize(self, engine: EngineServer) -> None:
        self.engine = engine

    def set_default_headers(self) -> None:
        self.clear_header('Server')
        self.set_header('Cache-Control', 'no-store')

    def compute_etag(self) -> None:
        """No answer here is ever the same."""

    def prepare(self) -> None:
        if not self._allows_origin():
            self._refuse(FORBIDDEN)

    def _allows_origin(self) -> bool:
        """Check Origin; where it is allowed and foreign, say so (Fetch standard, section 3.2)."""
        origin = self.request.headers.get('Origin')
        if origin is None:
            return True
        settings = self.engine.settings
        _, scheme = requests.client_of(self.request, self.engine.trusted)
        if not self.engine.allows(origin, requests.own_origin(self.request.headers, scheme)):
            return False
        if settings.allowed_origins == '*':
            self.set_header('Access-Control-Allow-Origin', '*')
        else:
            self.set_header('Access-Control-Allow-Origin', origin)
            self.set_header('Access-Control-Allow-Credentials', 'true')
            self.set_header('Vary', 'Origin')
        return True

    async def get(self) -> None:
        refusal = self._check()
        if refusal is not None:
            self._refuse(refusal)
        elif self._argument('transport') == 'websocket':
            await self._upgrade()
        elif sid := self._argument('sid'):
            await self._poll(sid)
        else:
            session = self.engine.open(requests.pack(self.request, self.engine.trusted))
            polling = session.transport = Polling(session)
            session.send(self.engine.handshake(session.sid, upgrades=True))
            self._answer(await polling.poll())

    async def post(self) -> None:
        refusal = self._check() or (None if self._argument('sid') else BAD_METHOD)
        session = self.engine.sockets.get(self._argument('sid'))
        if refusal is not None or session is None:
            self._refuse(refusal or UNKNOWN_SID)
            return
        polling = session.transport
        if not isinstance(polling, Polling):
            self._refuse(BAD_REQUEST)
            return
        try:
            if polling.posting:
                raise PeerError('two posts at a time')
            polling.posting = True
            for packet, is_binary in engineio.decode_payload(self.request.body):
                if is_binary:
                    session.receive_binary(packet)
                else:
                    session.receive(packet)
            await polling.drained()
            polling.posting = False
        except PeerError as error:
            session.close(Reason.PROTOCOL_ERROR, error.close_code, str(error))
            self._refuse(BAD_REQUEST)
            return
        except Exception:
            session.close(Reason.SERVER_ERROR, frames.INTERNAL_ERROR)
            raise
        self.set_header('Content-Type', 'text/html')
        self.finish(b'ok')

    def options(self) -> None:
        """A preflight of a foreign page (Fetch standard, section 3.2.2)."""
        self.set_header('Access-Control-Allow-Methods', 'GET, POST, OPTIONS')
        wanted = self.request.headers.get('Access-Control-Request-Headers')
        if wanted:
            self.set_header('Access-Control-Allow-Headers', wanted)
        self.set_status(204)

    def on_connection_close(self) -> None:
        """The client went away while its poll was waiting."""
        if self.polled is not None:
            self.polled.close(Reason.TRANSPORT_CLOSE)


    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header('Content-Type', 'application/json')
        self.finish(orjson.dumps({'code': BAD_REQUEST.code, 'message': self._reason}))

    def _argument(self, name: str) -> str:
        values = self.request.query_arguments.get(name)
        return values[-1].decode('latin-1') if values else ''

    def _check(self) -> Refusal | None:
        """What is wrong with this GET or POST, if anything."""
        settings, transport = self.engine.settings, self._argument('transport')
        if transport not in settings.transports:
            return UNKNOWN_TRANSPORT
        upgrade = self.request.headers.get('Upgrade', '').lower() == 'websocket'
        if upgrade != (transport == 'websocket'):
            return BAD_REQUEST
        if sid := self._argument('sid'):
            if sid in self.engine.sockets or sid in self.engine.lingering:
                return None
            return UNKNOWN_SID
        if self.request.method != 'GET':
            return BAD_METHOD
        if self._argument('EIO') != '4':
            return UNSUPPORTED_VERSION
        return None

    def _refuse(self, refusal: Refusal) -> None:
        self.engine.counters.refused[refusal.message] += 1
        self.set_status(refusal.status)
        self.set_header('Content-Type', 'application/json')
        self.finish(orjson.dumps({'code': refusal.code, 'message': refusal.message}))

    def _answer(self, packets: list[engineio.Packet]) -> None:
        if self._finished:
            return
        self.set_header('Content-Type', 'text/plain; charset=UTF-8')
        self.finish(engineio.encode_payload(packets))

    async def _poll(self, sid: str) -> None:
        engine = self.engine
        if sid in engine.lingering:
            self._answer(engine.lingered(sid).farewell)
            return
        session = engine.sockets[sid]
        polling = session.transport
        if not isinstance(polling, Polling):
            self._refuse(BAD_REQUEST)
            return
        try:
            self.polled = session
            packets = await polling.poll()
        except PeerError as error:
            self.polled = None
            session.close(Reason.PROTOCOL_ERROR, error.close_code, str(error))
            self._refuse(BAD_REQUEST)
            return
        self.polled = None
        self._answer(packets)

    async def _upgrade(self) -> None:
        """Answer 101 and hand the socket over, for a new session or as the probe of one."""
        headers, engine = self.request.headers, self.engine
        accept = _accept(headers.get('Sec-WebSocket-Key', ''))
        if 'upgrade' not in headers.get('Connection', '').lower() or accept is None:
            self._refuse(BAD_REQUEST)
            return
        if headers.get('Sec-WebSocket-Version') != '13':
            self.set_header('Sec-WebSocket-Version', '13')
            self._refuse(BAD_REQUEST._replace(status=426))
            return
        greeting = _SWITCHING + accept + b'\r\n\r\n'
        if sid := self._argument('sid'):
            session = engine.sockets.get(sid)
            if session is None or session.upgraded or session.probe is not None:
                self._refuse(BAD_REQUEST)
                return
            carrier = engine.probe(session, greeting)
        else:
            session = engine.open(requests.pack(self.request, engine.trusted))
            greeting += engine.handshake(session.sid, upgrades=False).frame
            carrier = websocket.WebSocket(session, greeting, engine.settings.max_payload)
            session.transport = carrier
        await websocket.adopt(self.detach(), carrier)


def _accept(key: str) -> bytes | None:
    """Sec-WebSocket-Accept for a key of 16 bytes in base64 (RFC 6455, section 4.2.2), else None."""
    try:
        if len(base64.b64decode(key, validate=True)) != 16:
            return None
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT_KEY).digest())
