"""Frames in literal bytes (RFC 6455, section 5), in both directions and in any split."""

import contextlib
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.util import _websocket_mask

from gateway.errors import PeerError
from gateway.wire import frames
from gateway.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Parser
from tests.support.raw import frame

LIMIT = 100_000


def parse(data, limit=LIMIT):
    return list(Parser(limit).feed(data))


def test_the_masked_hello_of_the_rfc():
    hello = bytes.fromhex('818537fa213d7f9f4d5158')
    assert parse(hello) == [(TEXT, b'Hello')]


@pytest.mark.parametrize(
    ('opcode', 'payload', 'header'),
    [
        (TEXT, b'', '8100'),
        (TEXT, b'Hello', '8105'),
        (BINARY, bytes(125), '827d'),
        (BINARY, bytes(126), '827e007e'),
        (BINARY, bytes(65_535), '827effff'),
        (BINARY, bytes(65_536), '827f0000000000010000'),
        (PONG, b'x', '8a01'),
    ],
)
def test_server_frames_are_final_and_not_masked(opcode, payload, header):
    built = frames.build(opcode, payload)
    assert built == bytes.fromhex(header) + payload
    assert list(frames.split(built * 3)) == [(opcode, payload)] * 3


@pytest.mark.parametrize(
    ('code', 'reason', 'built'),
    [
        (1000, '', b'\x88\x02\x03\xe8'),
        (1001, 'bye', b'\x88\x05\x03\xe9bye'),
        (1002, 'é' * 100, b'\x88\x7c\x03\xea' + 'é'.encode() * 61),  # 123 bytes would cut one
    ],
)
def test_close_frames(code, reason, built):
    assert frames.build_close(code, reason) == built


@pytest.mark.parametrize(
    ('payload', 'code'),
    [(b'', 1005), (b'\x03\xe8', 1000), (b'\x03\xe9bye', 1001), (b'\x0b\xb8', 3000)],
)
def test_a_clients_close(payload, code):
    assert frames.parse_close(payload) == code


@pytest.mark.parametrize(
    ('payload', 'close_code'),
    [
        (b'\x03', 1002),
        (b'\x03\xe7', 1002),  # 999
        (b'\x03\xec', 1002),  # 1004
        (b'\x03\xed', 1002),  # 1005 is never sent
        (b'\x03\xee', 1002),  # 1006 neither
        (b'\x07\xd0', 1002),  # 2000
        (b'\x13\x88', 1002),  # 5000
        (b'\x03\xe8\xff', 1007),
    ],
)
def test_a_clients_close_that_breaks_the_protocol(payload, close_code):
    with pytest.raises(PeerError) as error:
        frames.parse_close(payload)
    assert error.value.close_code == close_code


@pytest.mark.parametrize('size', [0, 1, 125, 126, 127, 65_535, 65_536, LIMIT])
def test_every_way_to_write_a_length(size):
    payload = bytes(number % 251 for number in range(size))
    assert parse(frame(BINARY, payload)) == [(BINARY, payload)]


def test_fragments_and_control_frames_between_them():
    data = (
        frame(TEXT, b'one ', fin=False)
        + frame(PING, b'alive?')
        + frame(CONTINUATION, b'two ', fin=False)
        + frame(CONTINUATION, b'')
        + frame(BINARY, b'next')
    )
    assert parse(data) == [(PING, b'alive?'), (TEXT, b'one two '), (BINARY, b'next')]


def long_header(opcode, size, width):
    first = b'\xfe' if width == 2 else b'\xff'
    return bytes((0x80 | opcode,)) + first + size.to_bytes(width, 'big') + bytes(4)


TOO_BIG = 'message is too big'
VIOLATIONS = {
    'not masked': (b'\x81\x05Hello', 'frame is not masked'),
    'not masked and short': (b'\x81\x00', 'frame is not masked'),
    'reserved bit 1': (b'\xc1\x80' + bytes(4), 'reserved bits are set'),
    'reserved bit 3': (b'\x91\x80' + bytes(4), 'reserved bits are set'),
    'opcode 3': (b'\x83\x80' + bytes(4), 'unknown opcode'),
    'opcode 11': (b'\x8b\x80' + bytes(4), 'unknown opcode'),
    'fragmented ping': (frame(PING, b'', fin=False), 'fragmented or long control frame'),
    'long ping': (frame(PING, bytes(126)), 'fragmented or long control frame'),
    'long close, header only': (b'\x88\xfe', 'fragmented or long control frame'),
    'continuation of nothing': (frame(CONTINUATION, b'x'), 'continuation frame out of place'),
    'a message inside one': (
        frame(TEXT, b'', fin=False) + frame(TEXT, b'x'),
        'continuation frame out of place',
    ),
    'length in 2 bytes for 1': (long_header(TEXT, 125, 2), 'length is not in its shortest form'),
    'length in 8 bytes for 2': (long_header(TEXT, 65_535, 8), 'length is not in its shortest form'),
    'length of 64 bits': (long_header(TEXT, 2**63, 8), 'length is not in its shortest form'),
    'too big': (frame(TEXT, b'', size=LIMIT + 1), TOO_BIG),
    'too big in fragments': (
        frame(TEXT, bytes(LIMIT), fin=False) + frame(CONTINUATION, b'x'),
        TOO_BIG,
    ),
}


@pytest.mark.parametrize('violation', VIOLATIONS)
@pytest.mark.parametrize('step', [1, 2, 3, 7, 1_000_000])
def test_violations_in_any_split(violation, step):
    data, message = VIOLATIONS[violation]
    parser = Parser(LIMIT)
    steps = (data[at : at + step] for at in range(0, len(data), step))
    with pytest.raises(PeerError, match=message) as error:
        list(chain.from_iterable(map(parser.feed, steps)))
    assert error.value.close_code == (1009 if message == TOO_BIG else 1002)


def test_a_length_beyond_the_limit_is_refused_before_its_payload_arrives():
    header = frame(BINARY, b'', size=10**9)[:-4]
    with pytest.raises(PeerError, match=TOO_BIG):
        parse(header)


def test_what_came_before_a_violation_is_yielded():
    messages = Parser(LIMIT).feed(frame(TEXT, b'good') + b'\x81\x00' + bytes(10))
    assert next(messages) == (TEXT, b'good')
    with pytest.raises(PeerError):
        next(messages)


texts = st.text(max_size=30).map(str.encode) | st.integers(40, 25_000).map(
    lambda n: b'\xc3\xa9' * n
)
message = (
    st.tuples(st.sampled_from([BINARY, PING, CLOSE]), st.binary(max_size=125))
    | st.tuples(st.just(TEXT), texts)
    | st.tuples(st.just(BINARY), st.binary(min_size=126, max_size=70_000))
)


@given(st.lists(message, max_size=6), st.lists(st.integers(1, 200), min_size=1, max_size=20))
def test_any_split_gives_the_same_messages(messages, steps):
    data = b''.join(frame(opcode, payload) for opcode, payload in messages)
    parser, found, at, turn = Parser(LIMIT), [], 0, 0
    while at < len(data):
        step = steps[turn % len(steps)]
        found += parser.feed(data[at : at + step])
        at, turn = at + step, turn + 1
    assert found == messages


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=200))
def test_unmask_is_its_own_inverse_and_tornados_equal(mask, data):
    masked = frames.unmask(mask, data)
    assert frames.unmask(mask, masked) == data
    assert masked == _websocket_mask(mask, data)


@given(st.binary(max_size=300))
def test_any_bytes_give_messages_or_a_violation(data):
    with contextlib.suppress(PeerError):
        parse(data)
