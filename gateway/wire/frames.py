"""WebSocket frames (RFC 6455, section 5): an incremental parser for clients, a builder for us.

Rules of this file:
- The parser takes bytes in any split and yields whole messages and control frames, in order.
- A limit is checked when a header announces a length, before its payload is in memory.
- What it keeps between two reads is one byte buffer: many tiny frames or segments cost no more
  memory than their bytes.
- Server frames are never masked, so one `bytes` serves every recipient (section 5.1).
"""

import codecs
from collections.abc import Callable, Iterator
from typing import Final

from gateway.errors import PeerError

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, MASKED = 0x80, 0x40, 0x80

# Close codes, section 7.4.1.
NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED = 1000, 1001, 1002, 1003
NO_STATUS, INVALID_DATA, POLICY, TOO_BIG, INTERNAL_ERROR = 1005, 1007, 1008, 1009, 1011

_SHORT_HEADERS = [[bytes((FIN | opcode, size)) for size in range(126)] for opcode in range(16)]
_DATA_OPCODES = (CONTINUATION, TEXT, BINARY)
_CONTROL_OPCODES = (CLOSE, PING, PONG)

NOT_TEXT: Final = 'text is not UTF-8'

Unmask = Callable[[bytes, bytes], bytes]
Inflate = Callable[[bytes, int], bytes]


def unmask(mask: bytes, data: bytes) -> bytes:
    """XOR `data` with the four bytes of `mask`, repeated (section 5.3); its own inverse."""
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, 'little') ^ int.from_bytes(key, 'little')).to_bytes(size, 'little')


def build(opcode: int, payload: bytes) -> bytes:
    """One final, unmasked frame (section 5.2); `opcode` may bear RSV1."""
    size = len(payload)
    if size < 126 and opcode < 16:
        return _SHORT_HEADERS[opcode][size] + payload
    if size < 126:
        return bytes((FIN | opcode, size)) + payload
    if size < 65_536:
        return bytes((FIN | opcode, 126)) + size.to_bytes(2, 'big') + payload
    return bytes((FIN | opcode, 127)) + size.to_bytes(8, 'big') + payload


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of each frame that `build` has made."""
    at = 0
    while at < len(data):
        opcode, size, start = data[at] & 0xF, data[at + 1], at + 2
        if size >= 126:
            start += 2 if size == 126 else 8
            size = int.from_bytes(data[at + 2 : start], 'big')
        at = start + size
        yield opcode, data[start:at]


def build_close(code: int, reason: str = '') -> bytes:
    """A close frame (section 5.5.1); a reason beyond 123 bytes of UTF-8 is cut.

    NO_STATUS, which no frame may hold, gives one without a code.
    """
    if code == NO_STATUS:
        return build(CLOSE, b'')
    text = reason.encode()[:123].decode(errors='ignore').encode()
    return build(CLOSE, code.to_bytes(2, 'big') + text)


def parse_close(payload: bytes) -> int:
    """The code of a client's close frame; PeerError where it breaks section 7.4."""
    if not payload:
        return NO_STATUS
    if len(payload) == 1:
        raise PeerError('close frame of one byte')
    code = int.from_bytes(payload[:2], 'big')
    if not (3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, 1005, 1006))):
        raise PeerError('invalid close code')
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise PeerError('close reason is not UTF-8', INVALID_DATA) from None
    return code


class Parser:
    """The client's side of one connection.

    `limit` is the largest message in bytes. `unmask(mask, data)` may be given as a faster
    equivalent of the function above, `inflate(data, limit)` where compression was negotiated.
    """

    __slots__ = ('_inflate', '_limit', '_message', '_need', '_rest', '_unmask')

    def __init__(self, limit: int, unmask: Unmask = unmask, inflate: Inflate | None = None) -> None:
        self._limit = limit
        self._unmask = unmask
        self._inflate = inflate
        self._rest: bytearray | None = None  # an unfinished frame
        self._need = 2  # bytes that `_rest` must hold before looking at it is of use
        self._message: _Fragments | None = None  # that is under way

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield `(opcode, payload)` of each whole message or control frame, unmasked.

        Text is UTF-8. Raises PeerError at the first violation; what came before it has been
        yielded.
        """
        if self._rest is not None:
            self._rest += data
            if len(self._rest) < self._need:
                return
            data, self._rest = bytes(self._rest), None
        at, end = 0, len(data)
        while end - at >= 6:
            first, size = data[at], data[at + 1] & 0x7F
            mask = at + 2
            if size >= 126:
                mask += 2 if size == 126 else 8
                if end < mask:
                    self._check(first, data[at + 1], size)
                    self._need = mask - at
                    break
                size = self._long_size(data[at + 2 : mask])
            whole = 0x81 <= first <= 0x82 and self._message is None
            if not whole or data[at + 1] < MASKED or size > self._limit:
                self._check(first, data[at + 1], size)
            payload_at = mask + 4
            following = payload_at + size
            if following > end:
                self._need = following - at
                break
            payload = self._unmask(data[mask:payload_at], data[payload_at:following])
            at = following
            if whole or first & 0xF >= CLOSE:
                is_fine = first != 0x81 or payload.isascii()
                yield first & 0xF, payload if is_fine else _text(payload)
            else:
                yield from self._fragment(first, payload)
        else:
            self._need = 2
            if end - at >= 2:
                self._check(data[at], data[at + 1], data[at + 1] & 0x7F)
        if at < end:
            self._rest = bytearray(data[at:])

    def _check(self, first: int, second: int, size: int) -> None:
        """Raise PeerError where a frame's header breaks section 5.2, 5.4 or 5.5."""
        opcode, final = first & 0xF, first & FIN
        if first & 0x70 and not (
            self._inflate and first & 0x70 == RSV1 and opcode in (TEXT, BINARY)
        ):
            raise PeerError('reserved bits are set')
        if not second & MASKED:
            raise PeerError('frame is not masked')
        if opcode in _CONTROL_OPCODES:
            if not final or size > 125:
                raise PeerError('fragmented or long control frame')
        elif opcode not in _DATA_OPCODES:
            raise PeerError('unknown opcode')
        elif (opcode == CONTINUATION) != (self._message is not None):
            raise PeerError('continuation frame out of place')
        elif size + (len(self._message.data) if self._message else 0) > self._limit:
            raise PeerError('message is too big', TOO_BIG)

    @staticmethod
    def _long_size(field: bytes) -> int:
        size = int.from_bytes(field, 'big')
        if size < 126 or (len(field) == 8 and not 65_536 <= size < 2**63):
            raise PeerError('length is not in its shortest form')
        return size

    def _fragment(self, first: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
        """A data frame that is no whole plain message by itself (section 5.4, RFC 7692)."""
        message = self._message
        if message is None:
            message = self._message = _Fragments(first)
        message.add(payload, bool(first & FIN))
        if first & FIN:
            whole = bytes(message.data)
            self._message = None
            if message.compressed and self._inflate:
                whole = self._inflate(whole, self._limit)
                if message.opcode == TEXT:
                    _text(whole)
            yield message.opcode, whole


class _Deaf(Parser):
    """After a violation nothing is looked at, not even a close frame (section 7.1.7)."""

    __slots__ = ()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        return iter(())


DEAF: Final = _Deaf(0)


class _Fragments:
    """A message that comes in several frames, or compressed."""

    __slots__ = ('_decoder', 'compressed', 'data', 'opcode')

    def __init__(self, first: int) -> None:
        self.opcode = first & 0xF
        self.compressed = bool(first & RSV1)
        self.data = bytearray()
        is_plain_text = self.opcode == TEXT and not self.compressed
        self._decoder = codecs.getincrementaldecoder('utf-8')() if is_plain_text else None

    def add(self, payload: bytes, final: bool) -> None:
        """PeerError at the first byte that no text can hold there (section 8.1)."""
        self.data += payload
        if self._decoder is not None:
            try:
                self._decoder.decode(payload, final)
            except UnicodeDecodeError:
                raise PeerError(NOT_TEXT, INVALID_DATA) from None


def _text(payload: bytes) -> bytes:
    """`payload`, if it is UTF-8 (section 8.1); else PeerError."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise PeerError(NOT_TEXT, INVALID_DATA) from None
    return payload
