"""permessage-deflate (RFC 7692), without context takeover in either direction.

Rules of this file:
- Nothing is kept between two messages: one compressed frame serves all recipients, and an idle
  connection costs what it costs without compression.
- A message is inflated up to the limit and no further, whatever it claims to hold.
"""

import re
import zlib
from typing import Final

from gateway.errors import PeerError
from gateway.wire import frames

NAME: Final = 'permessage-deflate'
LEVEL: Final = 6
_TAIL: Final = b'\0\0\xff\xff'  # that a sender leaves out, section 7.2.1
_END: Final = b'\x03\0'  # an empty last block: with it, what is whole has an end
_ENDINGS: Final = (_TAIL + _END, b'\0' + _TAIL + _END)  # after a last block of the sender's own
_FLAGS: Final = ('server_no_context_takeover', 'client_no_context_takeover')
_BITS: Final = re.compile(r'"?([89]|1[0-5])"?')


def negotiate(offers: str) -> str | None:
    """The answer to a client's Sec-WebSocket-Extensions: ours, or None (section 5.1).

    The first offer that asks for nothing else is taken. A smaller window for what the server
    sends is not given: its frames would fit one client only.
    """
    for offer in offers.split(','):
        name, *parameters = [part.strip() for part in offer.split(';')]
        if name == NAME and _is_fine(parameters):
            bits = '; server_max_window_bits=15' * ('server_max_window_bits' in offer)
            return f'{NAME}; {"; ".join(_FLAGS)}{bits}'
    return None


def _is_fine(parameters: list[str]) -> bool:
    """Whether an offer is valid (section 7.1), and can be met."""
    names = set()
    for parameter in parameters:
        name, has_value, value = [part.strip() for part in parameter.partition('=')]
        bits = _BITS.fullmatch(value)
        if (
            name in names
            or not (
                (name in _FLAGS and not has_value)
                or (name == 'client_max_window_bits' and (not has_value or bits))
                or (name == 'server_max_window_bits' and bits)
            )
            or (name == 'server_max_window_bits' and bits and bits[1] != '15')
        ):
            return False
        names.add(name)
    return True


def deflate(payload: bytes) -> bytes:
    """What goes into a frame with RSV1 (section 7.2.1)."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]


def inflate(data: bytes, limit: int) -> bytes:
    """The message in `data` (section 7.2.2).

    PeerError where it is more than `limit` bytes (1009), or not whole (1007).
    """
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        payload = decompressor.decompress(data + _TAIL + _END, limit + 1)
    except zlib.error:
        raise PeerError('compressed data is invalid', frames.INVALID_DATA) from None
    if len(payload) > limit:
        raise PeerError('message is too big', frames.TOO_BIG)
    if not decompressor.eof or decompressor.unused_data not in (b'', *_ENDINGS):
        raise PeerError('compressed data is invalid', frames.INVALID_DATA)
    return payload


def compress(data: bytes, threshold: int) -> bytes:
    """Frames of `frames.build`, those of `threshold` bytes and more compressed where it helps."""
    if len(data) < threshold:
        return data
    built = []
    for opcode, payload in frames.split(data):
        small = deflate(payload) if len(payload) >= threshold else payload
        shrunk = len(small) < len(payload)
        built.append(frames.build(opcode | frames.RSV1 * shrunk, small if shrunk else payload))
    return b''.join(built)
