"""RFC 6455 over real sockets, by the case names of Autobahn's test suite: 1 to 5, 9 and 10.

What is sent, and every message that must come back before the close frame with its code. Text
is in test_rfc6455_text.py (6), closing in test_rfc6455_closing.py (7), compression in
test_rfc6455_compression.py (12, 13).
"""

import pytest

from gateway.engine import websocket
from tests.support.raw import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.support.ws_echo import exchange

CONTINUATION = 0x0
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
HELLO, ANSWER = frame(TEXT, b'Hello'), (TEXT, b'Hello')
PAYLOAD = b'payload'


@pytest.fixture(autouse=True)
def patience(loop, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 60)  # nothing here may wait for it


def part(opcode, payload=PAYLOAD):
    """A frame that is not the last of its message."""
    return frame(opcode, payload, fin=False)


def pieces(opcode, payload, size):
    """A message in frames of `size` bytes."""
    cuts = range(0, len(payload), size)
    parts = [payload[at : at + size] for at in cuts]
    return b''.join(
        frame(CONTINUATION if number else opcode, data, fin=number == len(parts) - 1)
        for number, data in enumerate(parts)
    )


def echoed(opcode, *payloads):
    sent = b''.join(frame(opcode, payload) for payload in payloads)
    return sent, [(opcode, payload) for payload in payloads], 1000


def refused(sent, *back, code=1002):
    """What follows the violation must not be answered, though it is right."""
    return sent + frame(PING, b'behind it'), list(back), code


SIZES = (0, 125, 126, 127, 128, 65_535, 65_536)
TWO = part(TEXT) + frame(CONTINUATION, PAYLOAD)
ORPHAN, OPEN_ORPHAN = frame(CONTINUATION, PAYLOAD), part(CONTINUATION)
FIVE = (
    part(TEXT, b'one, ')
    + part(CONTINUATION, b'two, ')
    + frame(PING, b'ping 1')
    + part(CONTINUATION, b'three, ')
    + part(CONTINUATION, b'four, ')
    + frame(PING, b'ping 2')
    + frame(CONTINUATION, b'five')
)

CASES = {
    # 1 Framing.
    **{f'1.1.{n}': echoed(TEXT, b'*' * size) for n, size in enumerate(SIZES, 1)},
    **{f'1.2.{n}': echoed(BINARY, b'\xfe' * size) for n, size in enumerate(SIZES, 1)},
    # 2 Pings and pongs.
    '2.1': (frame(PING, b''), [(PONG, b'')], 1000),
    '2.2': (frame(PING, b'Hello'), [(PONG, b'Hello')], 1000),
    '2.3': (frame(PING, b'\0\xff\xfe\xfd\0'), [(PONG, b'\0\xff\xfe\xfd\0')], 1000),
    '2.4': (frame(PING, b'\xfe' * 125), [(PONG, b'\xfe' * 125)], 1000),
    '2.5': refused(frame(PING, b'\xfe' * 126)),
    '2.7': (frame(PONG, b''), [], 1000),
    '2.8': (frame(PONG, b'unsolicited'), [], 1000),
    '2.9': (frame(PONG, b'unsolicited') + frame(PING, b'mine'), [(PONG, b'mine')], 1000),
    '2.10': (
        b''.join(frame(PING, b'%d' % n) for n in range(10)),
        [(PONG, b'%d' % n) for n in range(10)],
        1000,
    ),
    # 3 Reserved bits.
    '3.1': refused(frame(RSV3 | TEXT, PAYLOAD)),
    '3.2': refused(HELLO + frame(RSV2 | TEXT, PAYLOAD), ANSWER),
    '3.3': refused(HELLO + frame(RSV2 | RSV3 | TEXT, PAYLOAD), ANSWER),
    '3.4': refused(HELLO + frame(RSV1 | TEXT, PAYLOAD), ANSWER),
    '3.5': refused(frame(RSV1 | RSV3 | BINARY, PAYLOAD)),
    '3.6': refused(frame(RSV1 | RSV2 | PING, PAYLOAD)),
    '3.7': refused(frame(RSV1 | RSV2 | RSV3 | CLOSE, b'')),
    # 4 Opcodes.
    '4.1.1': refused(frame(3, b'')),
    '4.1.2': refused(frame(4, PAYLOAD)),
    '4.1.3': refused(HELLO + frame(5, b''), ANSWER),
    '4.1.4': refused(HELLO + frame(6, PAYLOAD), ANSWER),
    '4.1.5': refused(HELLO + frame(7, PAYLOAD), ANSWER),
    '4.2.1': refused(frame(11, b'')),
    '4.2.2': refused(frame(12, PAYLOAD)),
    '4.2.3': refused(HELLO + frame(13, b''), ANSWER),
    '4.2.4': refused(HELLO + frame(14, PAYLOAD), ANSWER),
    '4.2.5': refused(HELLO + frame(15, PAYLOAD), ANSWER),
    # 5 Fragmentation.
    '5.1': refused(part(PING) + frame(CONTINUATION, b'')),
    '5.2': refused(part(PONG) + frame(CONTINUATION, b'')),
    '5.3': (TWO, [(TEXT, PAYLOAD * 2)], 1000),
    '5.6': (
        part(TEXT) + frame(PING, b'ping') + frame(CONTINUATION, PAYLOAD),
        [(PONG, b'ping'), (TEXT, PAYLOAD * 2)],
        1000,
    ),
    '5.9': refused(ORPHAN + HELLO),
    '5.12': refused(OPEN_ORPHAN + HELLO),
    '5.15': refused(TWO + OPEN_ORPHAN + HELLO, (TEXT, PAYLOAD * 2)),
    '5.16': refused((OPEN_ORPHAN + TWO) * 2),
    '5.17': refused((ORPHAN + TWO) * 2),
    '5.18': refused(part(TEXT) + frame(TEXT, PAYLOAD)),
    '5.19': (
        FIVE,
        [(PONG, b'ping 1'), (PONG, b'ping 2'), (TEXT, b'one, two, three, four, five')],
        1000,
    ),
    # Ours: what the RFC says of frames and the suite doesn't ask.
    'not masked': refused(b'\x81\x05Hello'),
    'not masked, a ping': refused(HELLO + b'\x89\x00', ANSWER),
    'a length in more bytes than it needs': refused(b'\x81\xfe\x00\x7d' + bytes(4 + 125)),
    'a length of 64 bits': refused(b'\x82\xff' + b'\x80' + bytes(7 + 4)),
    'a control frame with a long length': refused(b'\x89\xff' + bytes(6) + b'\x00\x05' + bytes(9)),
}

# 9 Limits (small) and 10 Auto-fragmentation. Text of three bytes a character, cut inside them.
BIG = 262_144
TEXTS = '€'.encode() * (BIG // 3)
BYTES = bytes(number * 31 % 251 for number in range(BIG))
LIMITS = {
    '9.1': echoed(TEXT, *(TEXTS[:size] for size in (65_535, 196_605, BIG // 3 * 3))),
    '9.2': echoed(BINARY, *(BYTES[:size] for size in (65_536, 200_000, BIG))),
    **{
        f'9.{group}.{n}': (pieces(opcode, data, size), [(opcode, data)], 1000)
        for group, opcode, data in ((3, TEXT, TEXTS), (4, BINARY, BYTES))
        for n, size in enumerate((64, 256, 1_000, 4_096, 16_384, 65_536, BIG), 1)
    },
    **{
        f'9.{group}.{n}': echoed(opcode, *[data[:size]] * 1_000)
        for group, opcode, data in ((7, TEXT, b'*' * 2_048), (8, BINARY, BYTES))
        for n, size in enumerate((0, 16, 64, 256, 1_024), 1)
    },
    '10.1.1': (pieces(TEXT, b'*' * 65_536, 1_300), [(TEXT, b'*' * 65_536)], 1000),
}


def check(case, step):
    sent, messages, code = case
    leave = len(messages) if code == 1000 else None
    *found, (_, reason) = exchange(sent, step=step, leave=leave)
    assert found == messages
    assert reason[:2] == code.to_bytes(2, 'big')
    assert bool(reason[2:]) == (code != 1000), 'a refusal says why'


@pytest.mark.parametrize('name', CASES)
def test_a_case_in_one_piece(name):
    check(CASES[name], 0)


@pytest.mark.parametrize('name', CASES)
def test_a_case_byte_by_byte(name):
    """1.1.8, 1.2.8, 2.6, 2.11, 5.4, 5.5 and the like; long messages in steps of 997."""
    check(CASES[name], 1 if len(CASES[name][0]) < 2_000 else 997)


@pytest.mark.parametrize('name', LIMITS)
def test_a_case_of_large_or_many_messages(name):
    check(LIMITS[name], 65_536)


@pytest.mark.parametrize('step', [64, 512, 2_048], ids='9.5/9.6.{}'.format)
@pytest.mark.parametrize(('opcode', 'data'), [(TEXT, TEXTS[:65_535]), (BINARY, BYTES[:65_536])])
def test_a_long_message_in_small_segments(opcode, data, step):
    check(echoed(opcode, data), step)


@pytest.mark.parametrize(
    'sent',
    [
        frame(BINARY, b'', size=1_001),
        frame(BINARY, b'', size=2**63 - 1),
        part(BINARY, bytes(600)) + frame(CONTINUATION, b'', size=401),
        part(TEXT, b'x' * 1_000) + part(CONTINUATION, b'') + part(CONTINUATION, b'x'),
    ],
    ids=['one', 'the largest', 'in fragments', 'after an empty fragment'],
)
def test_a_message_beyond_the_limit_is_refused_at_its_header(sent):
    """1009 without a byte of the payload."""
    assert exchange(sent, max_payload='1KB') == [(CLOSE, b'\x03\xf1message is too big')]


def test_a_message_of_the_limit_is_taken():
    data = bytes(1_000)
    sent = frame(BINARY, data) + pieces(BINARY, data, 1) + frame(TEXT, data)
    found = exchange(sent, leave=3, max_payload='1KB')
    assert found[:-1] == [(BINARY, data), (BINARY, data), (TEXT, data)]
