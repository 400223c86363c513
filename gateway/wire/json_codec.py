"""Socket.IO packets in JSON, with binary attachments (protocol section "Packet encoding").

Rules of this file:
- JSON is orjson; what it refuses but JavaScript knows (integers beyond 64 bits, lone surrogates,
  keys that are not text) goes through the standard library.
- NaN and the infinities become null, as `JSON.stringify` does it.
- A client's integers beyond 64 bits are the nearest float, as in JavaScript; ours are exact.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import orjson
from msgpack import Timestamp

from gateway.errors import PeerError
from gateway.wire import codec, engineio, frames
from gateway.wire.codec import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CHECKS,
    EVENT,
    MAX_DEPTH,
    MAX_ID_DIGITS,
    MAX_NAMESPACE,
    Codec,
    Received,
    check_depth,
    refuse,
)
from gateway.wire.codec import event as checked
from gateway.wire.extension import Extension, for_json

MAX_ATTACHMENTS: Final = 1_000

# What stands in the place of bytes; it may move them to the attachments.
Replace: TypeAlias = Callable[[bytes, list[bytes]], Any]

# Without these what orjson refuses is no JSON: surrogates, numbers that may be out of range.
_DISPUTED = re.compile(rb'\\u[dD][89a-fA-F]|[eE]\+?\d{3}|\d{200}')
_LONG = re.compile(rb'\d{19}')  # integers that may be beyond 64 bits

# Attachment count and '-', namespace and ',', id.
_HEAD = re.compile(rb'4([0-6])(?:(\d{1,4})-)?(/[^,]*,?)?(\d{1,16})?')


def decode(packet: bytes) -> Received:
    """A text message, `packet[0]` still being its Engine.IO type. PeerError where it is wrong."""
    if packet[1:2] == b'2':  # an event of '/', nearly always
        bracket = packet.find(b'[', 2, 3 + MAX_ID_DIGITS)
        if bracket == 2:
            return EVENT, '/', None, checked(loads(packet[2:])), 0
        if bracket > 0 and packet[2:bracket].isdigit():
            return EVENT, '/', int(packet[2:bracket]), checked(loads(packet[bracket:])), 0
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
    data = loads(packet[head.end() :]) if head.end() < len(packet) else None
    namespace = _namespace(name) if name else '/'
    return kind, namespace, int(number) if number else None, CHECKS[kind](data), attachments


def encode(kind: int, namespace: str, data: Any = None, id: int | None = None) -> engineio.Packet:
    """The packet to send; EVENT and ACK become their binary kinds where `data` holds bytes.

    Raises ValueError where JSON can't hold `data`.
    """
    attachments: list[bytes] = []
    try:
        text = b'' if data is None else orjson.dumps(data)
    except TypeError:  # bytes, or something for the standard library
        text = dumps(data, _placeholder, attachments)
    if attachments:
        if kind not in (EVENT, ACK):
            raise ValueError('only events and acknowledgements hold bytes')
        head = b'4%d%d-' % (kind + BINARY_EVENT - EVENT, len(attachments))
    else:
        head = b'4%d' % kind
    if namespace != '/':
        head += namespace.encode() + b','
    if id is not None:
        head += b'%d' % id
    return engineio.Packet(head + text, attachments)


JSON: Final = Codec('json', False, encode, decode)


def reconstruct(data: Any, attachments: Sequence[bytes]) -> Any:
    """Put the attachments in the place of their placeholders (`{"_placeholder":true,"num":n}`).

    Raises PeerError where a placeholder names no attachment, or one that has its place already:
    what is handed on would grow by all of it with each thirty bytes of text.
    """
    left = dict(enumerate(attachments))
    root = [data]
    pending: list[Any] = [root]
    while pending:  # no recursion: depth is the client's choice
        container = pending.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in list(items):
            if isinstance(value, dict) and value.get('_placeholder') is True:
                number = value.get('num')
                if type(number) is not int or number not in left:
                    raise PeerError('placeholder without attachment')
                container[key] = left.pop(number)
            elif isinstance(value, (dict, list)):
                pending.append(value)
    return root[0]


def _namespace(name: bytes) -> str:
    name = name.rstrip(b',')
    if len(name) > MAX_NAMESPACE:
        raise PeerError('namespace is too long')
    try:
        return codec.namespace(name.decode())
    except UnicodeDecodeError:
        raise PeerError('namespace is not UTF-8', frames.INVALID_DATA) from None


def loads(text: bytes, *, huge: bool = True) -> Any:
    """The value of JSON; PeerError where it is none, or nests too deeply, or, unless `huge`, where
    a number is beyond the range of a double. Otherwise that is infinite, as in JavaScript."""
    data = _parsed(text, huge)
    if len(text) > 2 * MAX_DEPTH and text.count(b'[') + text.count(b'{') > MAX_DEPTH:
        check_depth(data)
    return data


def _parsed(text: bytes, huge: bool) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:  # a function for each number would take the loop half a second for 1 MB
        decoded = text.decode()
        if _DISPUTED.search(text) is None:
            refuse('payload is not JSON')
        exact = _LONG.search(text) is None
        return json.loads(
            decoded,
            parse_int=None if exact else _integer if huge else _finite_integer,
            parse_float=None if huge else _finite_float,
            parse_constant=lambda _: refuse('payload is not JSON'),
        )
    except UnicodeDecodeError:
        raise PeerError('text is not UTF-8', frames.INVALID_DATA) from None
    except (ValueError, RecursionError):
        raise PeerError('payload is not JSON') from None


def _finite_float(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else refuse('a number is too large')


def _integer(digits: str) -> int | float:
    """As orjson reads it."""
    if len(digits) < 19:
        return int(digits)
    value = float(digits)
    return int(digits) if -(2.0**63) <= value < 2.0**64 else value


def _finite_integer(digits: str) -> int | float:
    value = _integer(digits)
    return value if math.isfinite(value) else refuse('a number is too large')


def dumps(data: Any, replace: Replace, attachments: list[bytes]) -> bytes:
    """JSON, with what `replace` makes of bytes in their place. ValueError where there is none."""
    detach = _detacher(replace, attachments)
    try:
        return orjson.dumps(data, default=detach)
    except TypeError:
        attachments.clear()
    write = partial(json.dumps, default=detach, separators=(',', ':'), allow_nan=False)
    try:
        return write(data).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(f'not encodable: {error}') from None
    except ValueError:
        attachments.clear()
    try:
        return write(_finite(data)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f'not encodable: {error}') from None


def _placeholder(value: bytes, attachments: list[bytes]) -> Any:
    attachments.append(value)
    return {'_placeholder': True, 'num': len(attachments) - 1}


def _detacher(replace: Replace, attachments: list[bytes]) -> Callable[[Any], Any]:
    def detach(value: Any) -> Any:
        if isinstance(value, (Extension, Timestamp)):
            value = for_json(value)
            if not isinstance(value, bytes):
                return value
        if isinstance(value, (bytes, bytearray, memoryview)):
            return replace(bytes(value), attachments)
        return orjson.loads(orjson.dumps(value))  # dates and the like, for the standard library

    return detach


def _finite(value: Any) -> Any:
    """NaN and the infinities as null, at every depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
