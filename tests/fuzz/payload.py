"""engineio.decode_payload: packets or a PeerError; what decodes, encodes and decodes the same."""

import base64

from gateway.errors import PeerError
from gateway.wire import engineio

SEEDS = [
    b'40',
    b'3',
    b'40\x1e42["news"]\x1e1',
    b'451-["file",{"_placeholder":true,"num":0}]\x1ebAAECAw==',
    b'b\x1eb=\x1ebAA\x1ebAA==x',
    b'\x1e\x1e',
    '42["é"]'.encode(),
    b'4' * 300,
]


def check(data: bytes) -> None:
    try:
        packets = list(engineio.decode_payload(data))
    except PeerError:
        return
    assert packets, 'a payload holds a packet at least'
    parts = [b'b' + base64.b64encode(part) if binary else part for part, binary in packets]
    again = engineio.SEPARATOR.join(parts)
    assert list(engineio.decode_payload(again)) == packets
    for part, binary in packets:
        if part:
            packet = engineio.Packet(b'', [part]) if binary else engineio.Packet(part)
            assert list(engineio.decode_payload(packet.payload)) == [(part, binary)]
