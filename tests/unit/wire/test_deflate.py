"""permessage-deflate: literal bytes of RFC 7692, its negotiation, and what breaks it."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PeerError
from gateway.wire import deflate, frames
from gateway.wire.engineio import Packet

HELLO = bytes.fromhex('f248cdc9c90700')  # RFC 7692, section 7.2.3.1
STORED = bytes.fromhex('000500faff48656c6c6f00')  # section 7.2.3.3
LAST_BLOCK = bytes.fromhex('f348cdc9c9070000')  # section 7.2.3.4
TWO_BLOCKS = bytes.fromhex('f248050000 00ffffcac9c90700')  # section 7.2.3.5
MASK = bytes(4)
AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'


def frame(first: int, payload: bytes) -> bytes:
    return bytes((first, 0x80 | len(payload))) + MASK + payload


def messages(data: bytes, limit: int = 1_000) -> list[tuple[int, bytes]]:
    return list(frames.Parser(limit, inflate=deflate.inflate).feed(data))


@pytest.mark.parametrize(
    ('offers', 'answer'),
    [
        ('permessage-deflate', AGREED),
        ('permessage-deflate; client_max_window_bits', AGREED),  # Chromium, Firefox, ws
        ('permessage-deflate; client_max_window_bits=10', AGREED),
        ('permessage-deflate; server_no_context_takeover; client_no_context_takeover', AGREED),
        ('permessage-deflate; server_max_window_bits=15', f'{AGREED}; server_max_window_bits=15'),
        ('permessage-deflate;server_max_window_bits="15"', f'{AGREED}; server_max_window_bits=15'),
        ('permessage-deflate; server_max_window_bits=10, permessage-deflate', AGREED),
        ('x-webkit-deflate-frame, permessage-deflate', AGREED),
        ('', None),
        ('permessage-bzip2', None),
        ('permessage-deflate; server_max_window_bits=10', None),
        ('permessage-deflate; server_max_window_bits', None),
        ('permessage-deflate; client_max_window_bits=16', None),
        ('permessage-deflate; client_max_window_bits=08', None),
        ('permessage-deflate; client_max_window_bits=7', None),
        ('permessage-deflate; server_no_context_takeover=1', None),
        ('permessage-deflate; server_no_context_takeover; server_no_context_takeover', None),
        ('permessage-deflate; unknown', None),
        ('permessage-deflate;', None),
    ],
)
def test_the_first_offer_that_can_be_met_is_taken(offers, answer):
    assert deflate.negotiate(offers) == answer


@pytest.mark.parametrize(
    ('compressed', 'message'),
    [(HELLO, b'Hello'), (STORED, b'Hello'), (LAST_BLOCK, b'Hello'), (TWO_BLOCKS, b'Hello')],
)
def test_the_examples_of_the_rfc(compressed, message):
    assert deflate.inflate(compressed, 5) == message
    assert messages(frame(0xC1, compressed)) == [(frames.TEXT, message)]


def test_what_is_sent_is_the_rfcs_example_too():
    assert deflate.deflate(b'Hello') == HELLO
    assert deflate.deflate(b'') == b'\0'


def test_an_empty_message():
    assert messages(frame(0xC2, b'\0')) == [(frames.BINARY, b'')]


def test_fragments_with_a_ping_between_them():
    data = frame(0x41, HELLO[:3]) + frame(0x89, b'?') + frame(0x80, HELLO[3:])
    assert messages(data) == [(frames.PING, b'?'), (frames.TEXT, b'Hello')]


def test_plain_messages_pass_beside_compressed_ones():
    data = frame(0x81, b'plain') + frame(0xC1, HELLO) + frame(0xC1, HELLO)
    assert messages(data) == [(1, b'plain'), (1, b'Hello'), (1, b'Hello')]


def test_a_message_that_leans_on_an_earlier_one_is_invalid():
    """No context takeover: a second Hello of section 7.2.3.2 refers to the first."""
    with pytest.raises(PeerError, match='compressed data is invalid') as error:
        messages(frame(0xC1, HELLO) + frame(0xC1, bytes.fromhex('f200110000')))
    assert error.value.close_code == 1007


@pytest.mark.parametrize(
    'data',
    [
        frame(0xC9, b''),  # a control frame
        frame(0x41, HELLO[:3]) + frame(0xC0, HELLO[3:]),  # a continuation
        frame(0xA1, HELLO),  # RSV2
        frame(0x91, HELLO),  # RSV3
        frame(0xF1, HELLO),
    ],
)
def test_other_reserved_bits_stay_reserved(data):
    with pytest.raises(PeerError, match='reserved bits are set') as error:
        messages(data)
    assert error.value.close_code == 1002


def test_nothing_is_compressed_that_was_not_negotiated():
    with pytest.raises(PeerError, match='reserved bits are set'):
        list(frames.Parser(1_000).feed(frame(0xC1, HELLO)))


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'\xff\xff\xff',
        HELLO[:-1],
        HELLO[:3],
        STORED[:7],
        HELLO + b'\0\0',
        LAST_BLOCK + b'more',
        b'\x03\0' * 400,
    ],
)
def test_what_is_no_whole_deflate_stream(data):
    with pytest.raises(PeerError, match='compressed data is invalid') as error:
        deflate.inflate(data, 1_000)
    assert error.value.close_code == 1007


def test_inflated_text_is_utf_8_too():
    with pytest.raises(PeerError, match='text is not UTF-8') as error:
        messages(frame(0xC1, deflate.deflate(b'\xff')))
    assert error.value.close_code == 1007


@pytest.mark.parametrize('opcode', [0xC1, 0xC2])
def test_the_limit_is_that_of_the_message(opcode):
    fits, beyond = deflate.deflate(bytes(1_000)), deflate.deflate(bytes(1_001))
    assert messages(frame(opcode, fits)) == [(opcode & 0xF, bytes(1_000))]
    with pytest.raises(PeerError, match='message is too big') as error:
        messages(frame(opcode, beyond))
    assert error.value.close_code == 1009


def test_a_bomb_is_inflated_up_to_the_limit_and_no_further(monkeypatch):
    bomb = deflate.deflate(bytes(100_000_000))
    assert len(bomb) < 100_000
    asked, real = [], zlib.decompressobj

    class Watched:
        def __init__(self, *args):
            self.real = real(*args)

        def decompress(self, data, most):
            asked.append(most)
            return self.real.decompress(data, most)

    monkeypatch.setattr(deflate.zlib, 'decompressobj', Watched)
    with pytest.raises(PeerError, match='message is too big'):
        deflate.inflate(bomb, 100_000)
    assert asked == [100_001]


@given(st.binary(max_size=2_000))
def test_what_is_deflated_is_inflated(payload):
    assert deflate.inflate(deflate.deflate(payload), len(payload)) == payload


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_are_a_message_or_a_violation(data, limit):
    try:
        size, code = len(deflate.inflate(data, limit)), None
    except PeerError as error:
        size, code = 0, error.close_code
    assert size <= limit
    assert code in (None, 1007, 1009)


def test_a_packet_is_compressed_once_from_the_threshold_on(monkeypatch):
    """Each of its frames by itself; what does not get smaller stays plain."""
    noise = bytes(range(256)) * 2
    packet = Packet(b'4' * 1_000, [b'a' * 999, b'b' * 1_000, noise[:300]])
    built = packet.compressed(1_000)
    assert packet.compressed(1_000) is built
    at, found = 0, []
    while at < len(built):
        size, start = built[at + 1], at + 2
        if size == 126:
            size, start = int.from_bytes(built[at + 2 : at + 4], 'big'), at + 4
        found.append((built[at], built[start : start + size]))
        at = start + size
    assert [first for first, _ in found] == [0xC1, 0x82, 0xC2, 0x82]
    assert deflate.inflate(found[0][1], 1_000) == b'4' * 1_000
    assert (found[1][1], found[3][1]) == (b'a' * 999, noise[:300])


def test_a_small_packet_is_shared_with_those_who_do_not_compress():
    packet = Packet(b'4' * 100)
    assert packet.compressed(1_000) is packet.frame


def test_what_deflate_would_make_longer_is_sent_as_it_is():
    packet = Packet(b'4')
    assert packet.compressed(1) == packet.frame
