"""permessage-deflate (RFC 7692): what is compressed wrongly, or too well."""

import zlib

from tests.faults.bad.frames import BITS, CONTINUATION, ORDER, RSV1
from tests.faults.bad.row import LIMIT, MARK, Row, frame, product
from tests.support.raw import BINARY, TEXT

INVALID = 'compressed data is invalid'
TOO_BIG = 'message is too big'
NOT_TEXT = 'text is not UTF-8'
NO_JSON = 'payload is not JSON'


def deflated(data: bytes, mode: int = zlib.Z_SYNC_FLUSH) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = compressor.compress(data) + compressor.flush(mode)
    return end.removesuffix(b'\0\0\xff\xff') if mode == zlib.Z_SYNC_FLUSH else end


def text(data: bytes) -> bytes:
    return frame(TEXT | RSV1, data)


WHOLE = deflated(b'420["echo","' + bytes(range(32, 34)) + b'abcdefghijklmnopqrstuvwxyz' * 3 + b'"]')
BOMB = deflated(bytes(LIMIT * 100))
BROKEN = [
    ('no deflate', text(b'42["S3CRET"]'), 1007, INVALID),
    ('a block of the type that is never used', text(b'\x07' + MARK), 1007, INVALID),
    ('a length that is not its complement', text(b'\0\x05\x00\x00\x00abcde'), 1007, INVALID),
    ('a distance before the beginning', text(b'\x03\x05\x05'), 1007, INVALID),
    ('something behind the last block', text(deflated(b'3', zlib.Z_FINISH) + MARK), 1007, INVALID),
    ('no text when it is inflated', text(deflated(b'42["S3CRET\xff"]')), 1007, NOT_TEXT),
    ('no JSON when it is inflated', text(deflated(b'42["S3CRET"')), 1002, NO_JSON),
    ('one byte more than max_payload, inflated', text(deflated(b'4' * (LIMIT + 1))), 1009, TOO_BIG),
    ('a bomb of 10 MB', text(BOMB), 1009, TOO_BIG),
    ('a bomb, binary', frame(BINARY | RSV1, BOMB), 1009, TOO_BIG),
    (
        'a bomb in fragments',
        frame(TEXT | RSV1, BOMB[:1_000], fin=False) + frame(CONTINUATION, BOMB[1_000:]),
        1009,
        TOO_BIG,
    ),
    (
        'a fragment with the bit',
        frame(TEXT | RSV1, WHOLE[:5], fin=False) + frame(CONTINUATION | RSV1, WHOLE[5:]),
        1002,
        BITS,
    ),
    (
        'a message within a compressed one',
        frame(TEXT | RSV1, WHOLE[:5], fin=False) + text(WHOLE),
        1002,
        ORDER,
    ),
    (
        'more than max_payload, compressed',
        frame(BINARY | RSV1, bytes(LIMIT), fin=False) + frame(CONTINUATION, b'x'),
        1009,
        TOO_BIG,
    ),
    *(
        (f'cut off after {at} bytes', text(WHOLE[:at]), 1007, INVALID)
        for at in range(1, len(WHOLE))
    ),
]
ROWS: list[Row] = list(product(('compressed',), BROKEN))
