"""Engine.IO protocol 4: packets, in the forms of both transports, and polling payloads.

Rules of this file:
- `Packet` is what one send puts on a connection: an Engine.IO packet and the binary attachments
  that belong to it, kept together. It is immutable and shared by all its recipients.
- Its WebSocket form is built at once (nearly every recipient needs it), its polling form and its
  compressed form when the first client takes it; each at most once.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from gateway.errors import PeerError
from gateway.wire import deflate, frames

# Packet types as they stand on the wire (protocol section "Packet types").
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = b'0', b'1', b'2', b'3', b'4', b'5', b'6'
SEPARATOR = b'\x1e'  # between the packets of a polling payload

OVERHEAD: Final = 128  # bytes of CPython objects per packet in an outbox


class Packet:
    """Text (with its type digit; empty: none) and its attachments, as one buffer of frames.

    `frame`: what goes out over WebSocket; the other forms are made of it. `size`: what one more
    of it costs in memory, which is what outboxes count: its bytes, and its share of what holds
    them.
    `turn`: the flusher's turn in which it was first queued (see engine/flusher.py).
    """

    __slots__ = ('_compressed', '_payload', 'frame', 'size', 'turn')

    def __init__(self, text: bytes, attachments: Iterable[bytes] = ()) -> None:
        frame = frames.build(frames.TEXT, text) if text else b''
        if attachments:
            frame += b''.join([frames.build(frames.BINARY, part) for part in attachments])
        self.frame = frame
        self.size = len(frame) + OVERHEAD
        self.turn = 0
        self._payload: bytes | None = None
        self._compressed: bytes | None = None

    @property
    def payload(self) -> bytes:
        """What goes out over polling: attachments as `b` and base64."""
        if self._payload is None:
            self._payload = SEPARATOR.join(
                [
                    part if opcode == frames.TEXT else b'b' + base64.b64encode(part)
                    for opcode, part in frames.split(self.frame)
                ]
            )
        return self._payload

    def compressed(self, threshold: int) -> bytes:
        """What goes out over WebSocket with permessage-deflate; one threshold for all."""
        if self._compressed is None:
            self._compressed = deflate.compress(self.frame, threshold)
        return self._compressed


CLOSE_PACKET: Final = Packet(CLOSE)
NOOP_PACKET: Final = Packet(NOOP)
PROBE_PONG: Final = Packet(PONG + b'probe')


def open_packet(handshake: Mapping[str, Any]) -> Packet:
    """The handshake; keys are those of the protocol's section "Handshake", times in ms."""
    return Packet(OPEN + orjson.dumps(handshake))


def encode_payload(packets: Iterable[Packet]) -> bytes:
    """The body of a poll's answer."""
    return SEPARATOR.join([packet.payload for packet in packets])


def decode_payload(body: bytes) -> Iterator[tuple[bytes, bool]]:
    """The packets of a POST as `(data, is_binary)`, one at a time.

    `data` of a text packet still has its type digit; of a binary one it is the message itself.
    Raises PeerError where the body is not a payload (protocol section "HTTP long-polling").
    """
    at = 0
    while at <= len(body):
        end = body.find(SEPARATOR, at)
        part = body[at:] if end < 0 else body[at:end]
        at += len(part) + 1
        if part[:1] != b'b':
            yield part, False
            continue
        try:
            packet = base64.b64decode(part[1:], validate=True)
        except binascii.Error:
            raise PeerError('binary packet is not base64') from None
        yield packet, True
