"""Every limit reached exactly, which is served, and passed by one, which is not."""

import msgpack

from tests.faults.bad.packets import AGAIN
from tests.faults.bad.row import (
    LIMIT,
    LONGEST,
    POLL,
    PROTOCOL_ERROR,
    Back,
    Row,
    chunked,
    closes,
    frame,
    packed,
    post,
    refuses,
    request,
    spoken,
)
from tests.support.raw import BINARY, TEXT

ECHOED = ((TEXT, b'430[]'),)
TOO_BIG = 'message is too big'
SUM_TOO_BIG = closes(1009, 'attachments are too big')
SERVED: tuple[str, ...] = ()
OK = ((200, b'ok'),)
CLOSED = (PROTOCOL_ERROR,)
UNREAD = ('Payload too large',)
PART = bytes(LIMIT)
TOO_DEEP = closes(1002, 'nested too deeply')
EXTENSIONS = [msgpack.ExtType(5, b'x')] * 1_000


def event(size: int, head: str = '420["echo"', tail: str = ']') -> str:
    """An event of `size` bytes, most of them spaces, which are no data."""
    return head + ' ' * (size - len(head) - len(tail)) + tail


def attachments(*sizes: int) -> bytes:
    """An event that answers nothing, and one that does."""
    holes = ','.join(f'{{"_placeholder":true,"num":{number}}}' for number in range(len(sizes)))
    parts = [PART[:size] for size in sizes]
    return spoken([f'45{len(sizes)}-["quiet",{holes}]', *parts, '420["echo"]'])


def many(count: int, of: str) -> bytes:
    return spoken([of.format(number) for number in range(count)] + ['420["echo"]'])


def lists(levels: int) -> bytes:
    return b'[' * levels + b']' * levels


def nested(levels: int) -> bytes:
    """The same in msgpack."""
    return b'\x91' * (levels - 1) + b'\x90'


def text(levels: int) -> bytes:
    return frame(TEXT, b'420["echo",%b]' % lists(levels))


def binary(levels: int) -> bytes:
    head = packed(type=2, nsp='/', id=0, data=['echo']).removesuffix(b'\x91\xa4echo')
    return frame(BINARY, head + b'\x92\xa4echo' + nested(levels))


def row(name: str, sent: bytes, back: Back, counted: tuple[str, ...], state: str = 'joined') -> Row:
    return Row(name, state, sent, back, counted)


ROWS: list[Row] = [
    row('a message of max_payload', spoken([event(LIMIT)]), ECHOED, SERVED),
    row('a message of more', spoken([event(LIMIT + 1)]), closes(1009, TOO_BIG), CLOSED),
    row(
        'fragments of max_payload',
        frame(TEXT, event(LIMIT).encode()[:9], fin=False) + frame(0, event(LIMIT).encode()[9:]),
        ECHOED,
        SERVED,
    ),
    row(
        'fragments of more',
        frame(TEXT, event(LIMIT + 1).encode()[:9], fin=False)
        + frame(0, event(LIMIT + 1).encode()[9:]),
        closes(1009, TOO_BIG),
        CLOSED,
    ),
    row('a body of max_payload', post(event(LIMIT).encode()), OK, SERVED, 'polling joined'),
    row(
        'a body of more',
        post(event(LIMIT + 1).encode()),
        refuses(413, UNREAD[0]),
        UNREAD,
        'polling joined',
    ),
    row(
        'a body of more, announced',
        request('POST', POLL, f'Content-Length: {LIMIT + 1}'),
        refuses(413, UNREAD[0]),
        UNREAD,
        'polling joined',
    ),
    row(
        'chunks of max_payload',
        chunked(b'%x\r\n%b\r\n0\r\n\r\n' % (LIMIT, event(LIMIT).encode())),
        OK,
        SERVED,
        'polling joined',
    ),
    row(
        'chunks of more',
        chunked(b'%x\r\n%b\r\n1\r\nx\r\n0\r\n\r\n' % (LIMIT, event(LIMIT).encode())),
        refuses(413, UNREAD[0]),
        UNREAD,
        'polling joined',
    ),
    *(
        row(
            f'a length of {len(digits)} digits',
            request('POST', POLL, f'Content-Length: {digits}'),
            refuses(413, UNREAD[0]),
            UNREAD,
            'polling joined',
        )
        for digits in ('1' * 18, '1' * 19, '9' * 31, '1' * 5_000)
    ),
    row(
        'no chunk behind chunks of more',
        chunked(b'%x\r\n%b\r\nS3CRET\r\n' % (2 * LIMIT, bytes(2 * LIMIT))),
        refuses(413, UNREAD[0]),
        UNREAD,
        'polling joined',
    ),
    row('attachments of 4 max_payload', attachments(LIMIT, LIMIT, LIMIT, LIMIT), ECHOED, SERVED),
    row('attachments of more', attachments(LIMIT, LIMIT, LIMIT, LIMIT, 1), SUM_TOO_BIG, CLOSED),
    row('1,000 attachments', attachments(*[1] * 1_000), ECHOED, SERVED),
    row(
        'a namespace of 256 bytes',
        spoken([f'40{LONGEST}']),
        ((TEXT, f'40{LONGEST},{{"sid":"$SID"}}'.encode()),),
        SERVED,
    ),
    row(
        '100 namespaces',
        many(99, '40/{}'),
        tuple((TEXT, b'40/%d,{"sid":"$SID"}' % number) for number in range(99)) + ECHOED,
        SERVED,
    ),
    row(
        '101 namespaces',
        many(100, '40/{}'),
        tuple((TEXT, b'40/%d,{"sid":"$SID"}' % number) for number in range(99))
        + closes(1002, AGAIN),
        CLOSED,
    ),
    row(
        'an unknown namespace',
        spoken(['40/S3CRET,']),
        ((TEXT, b'44/S3CRET,{"message":"Invalid namespace"}'),),
        SERVED,
    ),
    row(
        'an unknown namespace of msgpack',
        frame(BINARY, packed(type=0, nsp='/S3CRET')),
        ((BINARY, packed(type=4, nsp='/S3CRET', data={'message': 'Invalid namespace'})),),
        SERVED,
        'msgpack',
    ),
    row(
        'an id of 16 digits',
        spoken(['429999999999999999["echo"]']),
        ((TEXT, b'439999999999999999[]'),),
        SERVED,
    ),
    row(
        'an ACK of an unknown id',
        spoken(['439999999999999999["S3CRET"]', '420["echo"]']),
        ECHOED,
        SERVED,
    ),
    row(
        'numbers beyond all bounds',
        spoken(['420["echo",1e999,-1e999,' + '9' * 5_000 + ']']),
        ((TEXT, b'430[null,null,null]'),),
        SERVED,
    ),
    row(
        'the same key twice',
        spoken(['420["echo",{"a":1,"a":2}]']),
        ((TEXT, b'430[{"a":2}]'),),
        SERVED,
    ),
    row('255 levels of lists', text(255), ((TEXT, b'430[%b]' % lists(255)),), SERVED),
    row('256 levels of lists', text(256), TOO_DEEP, CLOSED),
    row(
        '254 levels of lists, msgpack',
        binary(254),
        ((BINARY, b'\x84\xa4type\x03\xa3nsp\xa1/\xa4data\x91' + nested(254) + b'\xa2id\0'),),
        SERVED,
        'msgpack',
    ),
    row('255 levels of lists, msgpack', binary(255), TOO_DEEP, CLOSED, 'msgpack'),
    row(
        '1,000 extensions',
        frame(BINARY, packed(type=2, nsp='/', id=0, data=['echo', EXTENSIONS])),
        ((BINARY, packed(type=3, nsp='/', data=[EXTENSIONS], id=0)),),
        SERVED,
        'msgpack',
    ),
    row(
        'a session that is polled by 17 packets',
        post(b'\x1e'.join([b'3'] * 17)),
        OK,
        SERVED,
        'polling joined',
    ),
]
