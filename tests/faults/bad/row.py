"""A row of the table of bad input: what is sent, in which state, and all that may come back.

Rules of this package:
- A row is tried over a connection of its own that has been brought into its state. `back` is
  everything that comes then: the last frame of a WebSocket, or the last answer, ends it.
- `counted` are exactly the counters that move, by one each.
- Everything goes over the wire, so that the rows run against a hub in any process.
- MARK stands in what is sent, wherever it may; no record of a log may show it.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgpack
import orjson

from gateway.wire import frames as wire
from tests.support.raw import BINARY, CLOSE, MASK, TEXT

MARK = b'S3CRET'
SID = b'$SID'  # in what is sent: the id of the state's session; in what comes: any id
LIMIT = 100_000  # max_payload
LONGEST = '/' + 'n' * 255  # the longest namespace
NAMESPACES = ['/', LONGEST, *[f'/{number}' for number in range(101)]]
SETTINGS: dict[str, Any] = {
    'namespaces': NAMESPACES,
    'max_payload': '100KB',
    'ping_interval': '10m',  # no heartbeat does the closing
    'compression': {'threshold': '1KB'},
}

BAD_REQUEST = 'Bad request'
PROTOCOL_ERROR = 'protocol error'
TRANSPORT_CLOSE = 'transport close'
ABANDONED = 'upgrades abandoned'

Back = tuple[tuple[int, bytes], ...]  # frames (opcode, payload), or answers (status, body)


class Row(NamedTuple):
    name: str
    state: str
    sent: bytes
    back: Back
    counted: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.state}: {self.name}'


class Packets(NamedTuple):
    """What breaks a rule of Engine.IO or Socket.IO: messages, text and binary; and the answer."""

    name: str
    messages: tuple[str | bytes, ...]
    reason: str
    code: int = 1002


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """As `raw.frame`, fast enough for megabytes."""
    header = bytearray(wire.build(opcode, payload)[: -len(payload) or None])
    header[0] = (0x80 if fin else 0) | opcode
    header[1] |= 0x80
    return bytes(header) + MASK + wire.unmask(MASK, payload)


def spoken(messages: Iterable[str | bytes]) -> bytes:
    """Messages over WebSocket; text may be given as it is not: bytes in a `Text`."""
    return b''.join(
        frame(TEXT, encoded(message)) if is_text(message) else frame(BINARY, message)
        for message in messages
    )


class Text(bytes):
    """Text that is not UTF-8."""


def is_text(message: str | bytes) -> bool:
    return isinstance(message, (str, Text))


def encoded(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else bytes(message)


def closes(code: int, reason: str) -> Back:
    return ((CLOSE, code.to_bytes(2, 'big') + reason.encode()),)


def refuses(status: int, message: str = BAD_REQUEST, code: int = 3, supported: str = '') -> Back:
    """An answer of the engine: JSON as Node has it."""
    told = {'code': code, 'message': message} | ({'supported': supported} if supported else {})
    return ((status, orjson.dumps(told)),)


def request(
    method: str,
    query: str,
    *headers: str,
    body: bytes | None = None,
    host: str = 'Host: x',
    version: str = 'HTTP/1.1',
) -> bytes:
    """Below /socket.io/; a body is announced with Content-Length."""
    lines = [f'{method} /socket.io/?{query} {version}', *([host] if host else []), *headers]
    if body is not None:
        lines.append(f'Content-Length: {len(body)}')
    return '\r\n'.join([*lines, '', '']).encode('latin-1') + (body or b'')


POLL = f'EIO=4&transport=polling&sid={SID.decode()}'


def post(body: bytes, *headers: str) -> bytes:
    return request('POST', POLL, *headers, body=body)


def chunked(body: bytes) -> bytes:
    return request('POST', POLL, 'Transfer-Encoding: chunked') + body


def in_base64(data: bytes) -> bytes:
    return b'b' + base64.b64encode(data)


def packed(**fields: Any) -> bytes:
    return msgpack.packb(fields)


def product(states: Iterable[str], broken: Iterable[tuple[str, bytes, int, str]]) -> Iterator[Row]:
    """What is wrong whatever the state; a WebSocket that only probes costs no session."""
    for state in states:
        counted = ABANDONED if state.startswith('prob') else PROTOCOL_ERROR
        for name, sent, code, reason in broken:
            yield Row(name, state, sent, closes(code, reason), (counted,))
