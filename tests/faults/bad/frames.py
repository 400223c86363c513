"""RFC 6455: every rule for a client's frames broken once (sections 5 to 8)."""

from tests.faults.bad.row import LIMIT, MARK, Row, frame, product
from tests.support import raw
from tests.support.raw import BINARY, CLOSE, PING, PONG, TEXT

CONTINUATION = 0
MASKED = 0x80
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
SHORT = 'length is not in its shortest form'
CONTROL = 'fragmented or long control frame'
ORDER = 'continuation frame out of place'
BITS = 'reserved bits are set'
NOT_TEXT = 'text is not UTF-8'
CLOSE_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
START = frame(TEXT, b'42["' + MARK, fin=False)


def announced(first: int, field: bytes) -> bytes:
    """A header with a length in `field`, and nothing behind it but its mask."""
    return bytes((first, MASKED | (126 if len(field) == 2 else 127))) + field + raw.MASK


def unmasked(first: int, payload: bytes) -> bytes:
    return bytes((first, len(payload))) + payload


def ends_badly(code: int) -> bytes:
    return frame(CLOSE, code.to_bytes(2, 'big') + MARK)


COMPRESSIBLE = [  # a client that may compress has a use for the bit
    ('RSV1 on text', frame(TEXT | RSV1, b'42["a"]'), 1002, BITS),
    ('RSV1 on binary', frame(BINARY | RSV1, MARK), 1002, BITS),
]

BROKEN = [
    ('RSV2 on text', frame(TEXT | RSV2, b'42["a"]'), 1002, BITS),
    ('RSV3 on text', frame(TEXT | RSV3, b'42["a"]'), 1002, BITS),
    ('all bits on text', frame(TEXT | RSV1 | RSV2 | RSV3, b'42["a"]'), 1002, BITS),
    ('RSV1 on ping', frame(PING | RSV1, MARK), 1002, BITS),
    ('RSV1 on close', frame(CLOSE | RSV1, b''), 1002, BITS),
    ('RSV1 on a continuation', START + frame(CONTINUATION | RSV1, b'"]'), 1002, BITS),
    *(
        (f'opcode {opcode}', frame(opcode, MARK), 1002, 'unknown opcode')
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    ),
    ('unmasked text', unmasked(0x81, b'42["S3CRET"]'), 1002, 'frame is not masked'),
    ('unmasked, empty', unmasked(0x81, b'') + bytes(4), 1002, 'frame is not masked'),
    ('unmasked ping', unmasked(0x89, MARK), 1002, 'frame is not masked'),
    ('unmasked close', unmasked(0x88, b'\x03\xe8'), 1002, 'frame is not masked'),
    ('ping of 126 bytes', frame(PING, b'x' * 126), 1002, CONTROL),
    ('pong of 126 bytes', frame(PONG, b'x' * 126), 1002, CONTROL),
    ('close of 126 bytes', frame(CLOSE, b'\x03\xe8' + b'x' * 124), 1002, CONTROL),
    ('ping of 65,536 bytes', frame(PING, b'x' * 65_536), 1002, CONTROL),
    ('fragmented ping', frame(PING, MARK, fin=False), 1002, CONTROL),
    ('fragmented close', frame(CLOSE, b'', fin=False), 1002, CONTROL),
    ('continuation of nothing', frame(CONTINUATION, MARK), 1002, ORDER),
    ('open continuation of nothing', frame(CONTINUATION, MARK, fin=False), 1002, ORDER),
    ('text within text', START + frame(TEXT, MARK), 1002, ORDER),
    ('binary within text', START + frame(BINARY, MARK), 1002, ORDER),
    ('open text within text', START + START, 1002, ORDER),
    ('125 in two bytes', announced(0x82, b'\0\x7d') + b'x' * 125, 1002, SHORT),
    ('0 in two bytes', announced(0x81, b'\0\0'), 1002, SHORT),
    ('125 in eight bytes', announced(0x82, bytes(7) + b'\x7d') + b'x' * 125, 1002, SHORT),
    ('65,535 in eight bytes', announced(0x82, bytes(6) + b'\xff\xff'), 1002, SHORT),
    ('a length with its highest bit', announced(0x82, b'\x80' + bytes(7)), 1002, SHORT),
    ('a length of 2**63 - 1', announced(0x82, b'\x7f' + b'\xff' * 7), 1009, 'message is too big'),
    ('4 GB', announced(0x81, (2**32).to_bytes(8, 'big')), 1009, 'message is too big'),
    (
        'one byte more than max_payload, announced',
        announced(0x82, (LIMIT + 1).to_bytes(8, 'big')),
        1009,
        'message is too big',
    ),
    (
        'one byte more than max_payload, in fragments',
        frame(BINARY, b'x' * LIMIT, fin=False) + frame(CONTINUATION, b'x'),
        1009,
        'message is too big',
    ),
    ('text: a lone continuation byte', frame(TEXT, b'42["\x80"]'), 1007, NOT_TEXT),
    ('text: overlong', frame(TEXT, b'42["\xc0\xaf"]'), 1007, NOT_TEXT),
    ('text: a surrogate', frame(TEXT, b'42["\xed\xa0\x80"]'), 1007, NOT_TEXT),
    ('text: beyond U+10FFFF', frame(TEXT, b'42["\xf4\x90\x80\x80"]'), 1007, NOT_TEXT),
    ('text: a character cut off', frame(TEXT, b'42["\xe2\x82'), 1007, NOT_TEXT),
    (
        'text: wrong in its second fragment',
        START + frame(CONTINUATION, b'\xff', fin=False),
        1007,
        NOT_TEXT,
    ),
    (
        'text: a character cut off at the end of the last fragment',
        START + frame(CONTINUATION, b'\xe2\x82'),
        1007,
        NOT_TEXT,
    ),
    ('close of one byte', frame(CLOSE, b'\x03'), 1002, 'close frame of one byte'),
    *((f'close code {code}', ends_badly(code), 1002, 'invalid close code') for code in CLOSE_CODES),
    (
        'close reason is not UTF-8',
        frame(CLOSE, b'\x03\xe8\xff'),
        1007,
        'close reason is not UTF-8',
    ),
]

ROWS: list[Row] = [
    *product(('opened', 'joined', 'assembling', 'msgpack', 'probing'), COMPRESSIBLE + BROKEN),
    *product(('compressed', 'probed'), BROKEN),
    *product(('paused',), (COMPRESSIBLE + BROKEN)[::7]),
]

# The server has closed already: what comes now moves nothing, whatever it is.
CLOSING: list[Row] = [
    Row(name, 'closing', sent, (), ())
    for name, sent, _, _ in [
        *BROKEN[::9],
        ('an event', frame(TEXT, b'42["echo","S3CRET"]'), 0, ''),
        ('a CONNECT', frame(TEXT, b'40/0,'), 0, ''),
        ('a pong', frame(TEXT, b'3'), 0, ''),
    ]
]
ROWS += CLOSING
