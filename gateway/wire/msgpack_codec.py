"""Socket.IO packets in msgpack, as npm's `socket.io-msgpack-parser` writes and reads them.

Rules of this file:
- A packet is one binary message: a map of `type` (0 to 4), `nsp`, and where there is any, `data`
  and `id`. Absent is left out: nil makes the JavaScript decoder throw. From a client nil (Python)
  and `undefined` (JavaScript) are absent too.
- Integers beyond 64 bits become the nearest float, and what else msgpack has no form for is
  written as it would be in JSON.
- Lone surrogates are taken as their three bytes, and sent as U+FFFD: Python's clients lose a
  message whose text is not UTF-8.
- Nothing is allocated on the word of a header: an array may announce what never comes.
- The keys of a client's maps are text or bytes; integers could be chosen to collide.
"""

import codecs
import math
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final

import orjson
from msgpack import ExtType, Packer, Unpacker, unpackb
from msgpack.exceptions import OutOfData

from gateway.errors import PeerError
from gateway.wire import codec, engineio, frames
from gateway.wire.codec import MAX_NAMESPACE, Codec, Received
from gateway.wire.extension import FIXED, Extension, from_datetime

MAX_EXTENSIONS: Final = 1_000  # in one message: each costs a call
_NO_CONTAINER: Final = bytes({*range(256)} - {*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF})
_SMALL: Final = 1_000  # bytes: with fewer, no announcement is worth a look
_MAX_ID: Final = 10**codec.MAX_ID_DIGITS
_TOKEN: Final = 17  # bytes, a size that has no fixed form
# What an extension of such a size can begin with: without a length, or with one of 1, 2, 4 bytes.
_HEADS: Final = {
    size: (b'%c' % head, b'\xc7%c' % size, b'\xc8\0%c' % size, b'\xc9\0\0\0%c' % size)
    for size, head in FIXED.items()
}

_REPLACE: Final = 'replace with U+FFFD'


def _replacement(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    return '\ufffd'.encode() * (error.end - error.start), error.end


codecs.register_error(_REPLACE, _replacement)
_pack = Packer(autoreset=True).pack


def decode(packet: bytes) -> Received:
    """One binary message. Raises PeerError where it breaks the protocol."""
    try:
        if len(packet) > _SMALL:
            _check_lengths(packet)
        message = unpackb(packet, unicode_errors='surrogatepass', ext_hook=_extensions(packet))
    except UnicodeDecodeError:
        raise PeerError('text is not UTF-8', frames.INVALID_DATA) from None
    except (ValueError, TypeError, OutOfData):
        raise PeerError('message is not msgpack') from None
    if type(message) is not dict:
        raise PeerError('packet is not a map')
    if len(packet) > codec.MAX_DEPTH < len(packet.translate(None, _NO_CONTAINER)):
        codec.check_depth(message)
    kind, name = message.get('type'), message.get('nsp')
    id, data = _present(message.get('id')), _present(message.get('data'))
    if type(kind) is not int or not codec.CONNECT <= kind <= codec.CONNECT_ERROR:
        raise PeerError('unknown packet type')
    if id is not None and (type(id) is not int or not 0 <= id < _MAX_ID):
        raise PeerError('id is not a number')
    return kind, _namespace(name), id, codec.CHECKS[kind](data), 0


def encode(kind: int, namespace: str, data: Any = None, id: int | None = None) -> engineio.Packet:
    """The packet to send. Raises ValueError where msgpack can't hold `data`."""
    message = {'type': kind, 'nsp': namespace}
    if data is not None:
        message['data'] = data
    if id is not None:
        message['id'] = id
    try:
        body = _pack(message)
    except (TypeError, ValueError, OverflowError):
        body = _pack_other(message)
    return engineio.Packet(b'', (body,))


MSGPACK: Final = Codec('msgpack', True, encode, decode)


def _namespace(name: Any) -> str:
    """One that JSON could name too."""
    try:
        if type(name) is not str or not name.startswith('/') or len(name.encode()) > MAX_NAMESPACE:
            raise PeerError('namespace is too long, or none')
    except UnicodeEncodeError:
        raise PeerError('namespace is not UTF-8', frames.INVALID_DATA) from None
    if ',' in name:  # which ends the name in JSON
        raise PeerError('namespace with a comma')
    return codec.namespace(name)


def _present(value: Any) -> Any:
    return None if isinstance(value, Extension) and value.is_undefined else value


def _check_lengths(packet: bytes) -> None:
    """Raises where the message is not whole, before anything is made of it."""
    unpacker = Unpacker(max_buffer_size=len(packet))
    unpacker.feed(packet)
    unpacker.skip()


def _extensions(packet: bytes) -> Any:
    """The hook for extensions of `packet`, which come in their order; it is not told their form.

    Other bytes before one that look like it, head and all, can only mistake the form.
    """
    at = count = 0

    def extension(code: int, data: bytes) -> Extension:
        nonlocal at, count
        count += 1
        if count > MAX_EXTENSIONS:
            raise PeerError('too many extensions')
        heads = _HEADS.get(len(data))
        if heads is None:
            return Extension(code, data)
        body = b'%c%b' % (code & 0xFF, data)
        at = _first(packet, at, [head + body for head in heads])
        fixed = packet[at] == heads[0][0]
        at += len(body) + 1
        return Extension(code, data, fixed)

    return extension


def _first(packet: bytes, start: int, forms: list[bytes]) -> int:
    """Where the first of `forms` is. All are looked for at one pace: it costs what lies before."""
    end = start + 64
    while not (found := [at for form in forms if (at := packet.find(form, start, end)) >= 0]):
        end = start + 4 * (end - start)
    return min(found)


def _pack_other(message: dict[str, Any]) -> bytes:
    """With values that take another form. Extensions leave a token, to be filled in afterwards:
    the library would choose the form by the size.
    """
    found: list[Extension] = []
    token = ExtType(0, token_bytes(_TOKEN))

    def form(value: Any) -> Any:
        if isinstance(value, datetime):
            value = from_datetime(value)
        if isinstance(value, Extension):
            found.append(value)
            return token
        if isinstance(value, int):
            return _float(value)
        return orjson.loads(orjson.dumps(value))

    try:
        body: bytes = Packer(default=form, unicode_errors=_REPLACE).pack(message)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f'not encodable: {error}') from None
    if not found:
        return body
    head, *rest = body.split(Extension(0, token.data).spell())
    return head + b''.join([one.spell() + part for one, part in zip(found, rest, strict=True)])


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
