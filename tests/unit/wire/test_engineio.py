"""Engine.IO packets and polling payloads (protocol 4), in literal bytes."""

import pytest

from gateway.errors import PeerError
from gateway.wire import engineio
from gateway.wire.engineio import Packet


@pytest.mark.parametrize(
    ('text', 'attachments', 'frame', 'payload'),
    [
        (b'42["a"]', [], b'\x81\x0742["a"]', b'42["a"]'),
        (b'', [b'\x01\x02'], b'\x82\x02\x01\x02', b'bAQI='),
        (b'452-', [b'\0', b'hi'], b'\x81\x04452-\x82\x01\0\x82\x02hi', b'452-\x1ebAA==\x1ebaGk='),
        (b'4', [b''], b'\x81\x014\x82\x00', b'4\x1eb'),
    ],
)  # fmt: skip
def test_both_forms_of_a_packet(text, attachments, frame, payload):
    packet = Packet(text, attachments)
    assert (packet.frame, packet.payload) == (frame, payload)
    assert packet.payload is packet.payload, 'built once'


@pytest.mark.parametrize('size', [125, 126, 65_535, 65_536])
def test_long_packets_are_the_same_over_polling(size):
    packet = Packet(b'4' * size, [b'x' * size])
    text, attachment = packet.payload.split(engineio.SEPARATOR)
    assert text == b'4' * size
    assert list(engineio.decode_payload(attachment)) == [(b'x' * size, True)]


def test_the_handshake():
    packet = engineio.open_packet({'sid': 'abc', 'upgrades': ['websocket'], 'pingInterval': 25000})
    assert packet.payload == b'0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000}'


def test_a_payload_holds_packets_in_their_order():
    body = engineio.encode_payload([Packet(b'40'), engineio.CLOSE_PACKET, Packet(b'', [b'\xff'])])
    assert body == b'40\x1e1\x1eb/w=='


@pytest.mark.parametrize(
    ('body', 'packets'),
    [
        (b'40', [(b'40', False)]),
        (b'2\x1e3', [(b'2', False), (b'3', False)]),
        (b'4a\x1ebAQI=\x1e4b', [(b'4a', False), (b'\x01\x02', True), (b'4b', False)]),
        (b'', [(b'', False)]),
        (b'b', [(b'', True)]),
    ],
)
def test_decoding_a_payload(body, packets):
    assert list(engineio.decode_payload(body)) == packets


@pytest.mark.parametrize('body', [b'b!', b'bAQI', b'40\x1ebA===A'])
def test_what_is_no_base64(body):
    with pytest.raises(PeerError, match='not base64'):
        list(engineio.decode_payload(body))
