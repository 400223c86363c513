"""Socket.IO protocol 5 packets <-> the values of an application; JSON with binary attachments.

Rules of this file:
- JSON is orjson; what it refuses but JavaScript knows (integers beyond 64 bits, lone surrogates,
  keys that are not text) goes through the standard library.
- NaN and the infinities become null, as `JSON.stringify` does it; beside a value for the standard
  library they are refused.
- What a client sent is checked here against the protocol, so nobody behind needs to.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

from gateway.errors import PeerError
from gateway.wire import engineio, frames

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)

# Names that Socket.IO clients and servers use for themselves; never an event on the wire.
RESERVED: Final = frozenset(
    ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener')
)
MAX_ATTACHMENTS: Final = 1_000
MAX_ID_DIGITS: Final = 16  # beyond 2**53 a JavaScript client can't count
MAX_NAMESPACE: Final = 256

# Protocol section "Packet encoding": kind, attachment count and '-', namespace and ',', id.
_HEAD = re.compile(rb'4([0-6])(?:(\d{1,4})-)?(/[^,]*,?)?(\d{1,16})?')


# One decoded packet: kind, namespace, id, data, and how many binary messages must follow.
Received = tuple[int, str, int | None, Any, int]


def decode(packet: bytes) -> Received:
    """A text message as Engine.IO hands it over, `packet[0]` still being its type digit '4'.

    Raises PeerError where it breaks the protocol.
    """
    if packet[1:2] == b'2':  # an event of '/', nearly always
        bracket = packet.find(b'[', 2, 3 + MAX_ID_DIGITS)
        if bracket == 2:
            return EVENT, '/', None, _event(_loads(packet[2:])), 0
        if packet[2:bracket].isdigit():
            return EVENT, '/', int(packet[2:bracket]), _event(_loads(packet[bracket:])), 0
    head = _HEAD.match(packet)
    if head is None:
        raise PeerError('unknown packet type')
    kind, count, name, number = head.groups()
    kind = int(kind)
    if (kind in (BINARY_EVENT, BINARY_ACK)) != (count is not None):
        raise PeerError('attachment count is missing or out of place')
    attachments = int(count or 0)
    if attachments > MAX_ATTACHMENTS:
        raise PeerError('too many attachments')
    data = _loads(packet[head.end() :]) if head.end() < len(packet) else None
    namespace = _namespace(name) if name else '/'
    return kind, namespace, int(number) if number else None, _CHECKS[kind](data), attachments


def encode(kind: int, namespace: str, data: Any = None, id: int | None = None) -> engineio.Packet:
    """The packet to send; EVENT and ACK become their binary kinds where `data` holds bytes.

    Raises ValueError where JSON can't hold `data`.
    """
    attachments: list[bytes] = []
    try:
        text = b'' if data is None else orjson.dumps(data)
    except TypeError:  # bytes, or something for the standard library
        text = _dumps(data, attachments)
    if attachments:
        head = b'4%d%d-' % (kind + BINARY_EVENT - EVENT, len(attachments))
    else:
        head = b'4%d' % kind
    if namespace != '/':
        head += namespace.encode() + b','
    if id is not None:
        head += b'%d' % id
    return engineio.Packet(head + text, attachments)


def reconstruct(data: Any, attachments: Sequence[bytes]) -> Any:
    """Put the attachments in the place of their placeholders (`{"_placeholder":true,"num":n}`).

    Raises PeerError where a placeholder names no attachment.
    """
    root = [data]
    pending: list[Any] = [root]
    while pending:  # no recursion: depth is the client's choice
        container = pending.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in list(items):
            if isinstance(value, dict) and value.get('_placeholder') is True:
                number = value.get('num')
                if type(number) is not int or not 0 <= number < len(attachments):
                    raise PeerError('placeholder without attachment')
                container[key] = attachments[number]
            elif isinstance(value, (dict, list)):
                pending.append(value)
    return root[0]


def _namespace(name: bytes) -> str:
    if len(name) > MAX_NAMESPACE:
        raise PeerError('namespace is too long')
    try:
        return name.rstrip(b',').decode().partition('?')[0]
    except UnicodeDecodeError:
        raise PeerError('namespace is not UTF-8', frames.INVALID_DATA) from None


def _refuse(what: str) -> Any:
    raise PeerError(what)


def _event(data: Any) -> Any:
    """`[name, argument, …]`; a number as name is taken as its text, as Node does."""
    if type(data) is not list or not data:
        raise PeerError('event is not a list with a name')
    name = data[0]
    if type(name) is int:
        data[0] = str(name)
    elif type(name) is not str or name in RESERVED:
        raise PeerError('event name is reserved or not text')
    return data


def _auth(data: Any) -> Any:
    if data is None:
        return {}
    return data if isinstance(data, dict) else _refuse('auth is not an object')


def _ack(data: Any) -> Any:
    return data if isinstance(data, list) else _refuse('acknowledgement is not a list')


_CHECKS: Final = {
    CONNECT: _auth,
    DISCONNECT: lambda data: None if data is None else _refuse('DISCONNECT has data'),
    EVENT: _event,
    ACK: _ack,
    CONNECT_ERROR: lambda data: _refuse('CONNECT_ERROR from a client'),
    BINARY_EVENT: _event,
    BINARY_ACK: _ack,
}


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:  # lone surrogates and floats out of range are valid JSON
        return json.loads(text.decode(), parse_constant=lambda _: _refuse('payload is not JSON'))
    except UnicodeDecodeError:
        raise PeerError('text is not UTF-8', frames.INVALID_DATA) from None
    except (ValueError, RecursionError):
        raise PeerError('payload is not JSON') from None


def _dumps(data: Any, attachments: list[bytes]) -> bytes:
    """JSON; bytes are moved to `attachments` and leave a placeholder."""

    def detach(value: Any) -> Any:
        if isinstance(value, (bytes, bytearray, memoryview)):
            attachments.append(bytes(value))
            return {'_placeholder': True, 'num': len(attachments) - 1}
        raise TypeError(f'{type(value).__name__} is no JSON value')

    try:
        return orjson.dumps(data, default=detach)
    except TypeError:
        attachments.clear()
    try:
        text = json.dumps(data, default=detach, separators=(',', ':'), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f'not encodable: {error}') from None
    return text.encode()
