"""What makes a request acceptable: the checks of every request, and those of an upgrade.

The order of the checks and the bodies of the refusals are those of Node's engine.io
(`{"code": 3, "message": "Bad request"}`), so that clients see what they know.
"""

import base64
import binascii
import hashlib
from typing import Final, NamedTuple

import orjson

from gateway.engine.origin import Check
from gateway.engine.request import Request
from gateway.wire import deflate


class Refusal(NamedTuple):
    """An answer of 4xx, or 503; `supported` says what would be accepted."""

    status: int
    code: int
    message: str
    supported: str = ''

    @property
    def body(self) -> bytes:
        """JSON, in Node's words."""
        told: dict[str, int | str] = {'code': self.code, 'message': self.message}
        return orjson.dumps(told | {'supported': self.supported} if self.supported else told)


class Switching(NamedTuple):
    """A 101, and whether it has agreed to permessage-deflate."""

    answer: bytes
    compressed: bool


UNKNOWN_TRANSPORT: Final = Refusal(400, 0, 'Transport unknown')
UNKNOWN_SID: Final = Refusal(400, 1, 'Session ID unknown')
BAD_METHOD: Final = Refusal(400, 2, 'Bad handshake method')
BAD_REQUEST: Final = Refusal(400, 3, 'Bad request')
FORBIDDEN: Final = Refusal(403, 4, 'Forbidden')
UNSUPPORTED_VERSION: Final = Refusal(
    400,
    5,
    'Unsupported protocol version',
    'Engine.IO protocol 4 (EIO=4), which Socket.IO clients speak since version 3',
)
NO_JSONP: Final = Refusal(400, 3, 'JSONP is not supported', 'polling without the parameter j')
BAD_SESSION_METHOD: Final = Refusal(405, 3, 'Method not allowed')
TOO_BIG: Final = Refusal(413, 3, 'Payload too large')
HEADERS_TOO_BIG: Final = Refusal(431, 3, 'Request header fields too large')
SHUTTING_DOWN: Final = Refusal(503, 3, 'Server is shutting down')
WEBSOCKET_VERSION: Final = Refusal(426, 3, 'Bad request')

_GUID: Final = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'  # RFC 6455, section 1.3
_SWITCHING: Final = (
    b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    b'Sec-WebSocket-Accept: %b\r\n%b\r\n'
)


def allows_origin(request: Request, allows: Check) -> bool:
    """Whether the page that sends `request`, if it is one, may."""
    origin = request.headers.get('origin')
    return origin is None or allows(origin, request.own_origin)


def check(request: Request, transports: tuple[str, ...]) -> Refusal | None:
    """What is wrong with a request, as far as it is seen without its session."""
    query = request.query
    if query.get('transport') not in transports:
        return UNKNOWN_TRANSPORT
    if query.get('sid'):
        return None
    if request.method != 'GET':
        return BAD_METHOD
    return _mismatch(request) or (None if query.get('EIO') == '4' else UNSUPPORTED_VERSION)


def check_session(request: Request, transport: str | None) -> Refusal | None:
    """What is wrong with a request that names a session; `transport` carries it, None: unknown."""
    if transport is None:
        return UNKNOWN_SID
    if request.method not in ('GET', 'POST'):
        return BAD_SESSION_METHOD
    if request.query.get('EIO') != '4':
        return BAD_REQUEST
    if request.query['transport'] != transport and not _is_upgrade(request):
        return BAD_REQUEST
    return _mismatch(request)


def _mismatch(request: Request) -> Refusal | None:
    is_upgrade = _is_upgrade(request)
    if is_upgrade != (request.query['transport'] == 'websocket'):
        return BAD_REQUEST
    return NO_JSONP if 'j' in request.query and not is_upgrade else None


def _is_upgrade(request: Request) -> bool:
    return request.method == 'GET' and request.headers.get('upgrade', '').lower() == 'websocket'


def switch(request: Request, compression: bool) -> Switching | Refusal:
    """The 101 that answers an upgrade (RFC 6455, section 4.2.2), or what is wrong with it."""
    headers = request.headers
    key = headers.get('sec-websocket-key', '')
    if 'upgrade' not in headers.get('connection', '').lower() or not _is_key(key):
        return BAD_REQUEST
    if headers.get('sec-websocket-version') != '13':
        return WEBSOCKET_VERSION
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    extension = None
    if compression:
        extension = deflate.negotiate(headers.get('sec-websocket-extensions', ''))
    line = f'Sec-WebSocket-Extensions: {extension}\r\n' if extension else ''
    answer = _SWITCHING % (base64.b64encode(digest), line.encode())
    return Switching(answer, extension is not None)


def _is_key(key: str) -> bool:
    """16 bytes in base64 (RFC 6455, section 4.1)."""
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
