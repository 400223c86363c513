"""What makes a request acceptable: the checks of every request, and those of an upgrade.

The order of the checks and the bodies of the refusals are those of Node's engine.io
(`{"code": 3, "message": "Bad request"}`), so that clients see what they know.
"""

import base64
import binascii
import hashlib
from typing import Final, NamedTuple

from gateway.engine.origin import Check
from gateway.engine.request import Request
from gateway.wire import deflate


class Refusal(NamedTuple):
    """An answer of 4xx, or 503."""

    status: int
    code: int
    message: str


class Switching(NamedTuple):
    """A 101, and whether it has agreed to permessage-deflate."""

    answer: bytes
    compressed: bool


UNKNOWN_TRANSPORT: Final = Refusal(400, 0, 'Transport unknown')
UNKNOWN_SID: Final = Refusal(400, 1, 'Session ID unknown')
BAD_METHOD: Final = Refusal(400, 2, 'Bad handshake method')
BAD_REQUEST: Final = Refusal(400, 3, 'Bad request')
FORBIDDEN: Final = Refusal(403, 4, 'Forbidden')
UNSUPPORTED_VERSION: Final = Refusal(400, 5, 'Unsupported protocol version')
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
    """What is wrong with a GET or POST, if anything; not whether its `sid` is known."""
    query = request.query
    transport = query.get('transport')
    if transport not in transports:
        return UNKNOWN_TRANSPORT
    is_upgrade = request.headers.get('upgrade', '').lower() == 'websocket'
    if is_upgrade != (transport == 'websocket'):
        return BAD_REQUEST
    if 'sid' in query:
        return None
    if request.method != 'GET':
        return BAD_METHOD
    return None if query.get('EIO') == '4' else UNSUPPORTED_VERSION


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
