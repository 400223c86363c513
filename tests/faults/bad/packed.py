"""Socket.IO 5 in msgpack: each field of a packet wrong, and what is no msgpack at all."""

import msgpack

from tests.faults.bad.carried import posted
from tests.faults.bad.packets import AGAIN, NAME, NOT_JOINED, RESERVED, TYPE
from tests.faults.bad.row import LIMIT, MARK, Packets, Row, frame, packed, product, spoken
from tests.support.raw import BINARY

NO_MSGPACK = 'message is not msgpack'
NAMESPACE = 'namespace is too long, or none'
ID = 'id is not a number'
EVENT = packed(type=2, nsp='/', data=['echo', 'S3CRET'])
OTHER = (None, True, 1.5, '2', b'2', [2], {}, msgpack.ExtType(5, b'2'), msgpack.Timestamp(2))


def one(name: str, message: bytes, reason: str = NO_MSGPACK, code: int = 1002) -> Packets:
    return Packets(name, (message,), reason, code)


def event(name: str, reason: str, **fields) -> Packets:
    return one(
        name, packed(**{'type': 2, 'nsp': '/', 'data': ['echo', 'S3CRET'], **fields}), reason
    )


def behind(name: str, data: bytes, reason: str = NO_MSGPACK, code: int = 1002) -> Packets:
    """An event whose only argument is `data`."""
    return one(
        name, packed(type=2, nsp='/', data=['echo'])[:-6] + b'\x92\xa4echo' + data, reason, code
    )


def less(field: str) -> bytes:
    fields = {'type': 2, 'nsp': '/', 'data': ['echo']}
    del fields[field]
    return packed(**fields)


FIELDS = [
    one('no type', less('type'), TYPE),
    *(event(f'type {kind!r}', TYPE, type=kind) for kind in (*OTHER, -1, 5, 6, 2**63)),
    one('no namespace', less('nsp'), NAMESPACE),
    *(event(f'namespace {nsp!r}', NAMESPACE, nsp=nsp) for nsp in (*OTHER, '', 'S3CRET', 2)),
    event('a namespace of 257 characters', NAMESPACE, nsp='/' + 'n' * 256),
    event('a namespace with a comma', 'namespace with a comma', nsp='/S3CRET,'),
    event('a namespace that was not joined', NOT_JOINED, nsp='/0'),
    *(event(f'id {id!r}', ID, id=id) for id in (*OTHER[1:], -1, 10**16, 2**64 - 1)),
    one('no data', less('data'), NAME),
    *(event(f'data {data!r:.40}', NAME, data=data) for data in (*OTHER[:5], {}, [], OTHER[7])),
    *(
        event(f'event name {name!r}', RESERVED, data=[name])
        for name in (*OTHER[:3], *OTHER[4:], 'connect', 'disconnect', 'newListener')
    ),
    event('joined again', AGAIN, type=0, data={}),
    *(
        event(f'auth {auth!r}', 'auth is not an object', type=0, nsp='/0', data=auth)
        for auth in (True, 1, 'S3CRET', b'', [], OTHER[7])
    ),
    event('DISCONNECT with data', 'DISCONNECT has data', type=1),
    event('CONNECT_ERROR', 'CONNECT_ERROR from a client', type=4, data={}),
    event('ACK without id', 'acknowledgement without id', type=3),
    *(
        event(f'ACK of {data!r}', 'acknowledgement is not a list', type=3, id=1, data=data)
        for data in (None, True, 'S3CRET', b'', {}, OTHER[7])
    ),
]
BROKEN = [
    *(
        one(f'a packet that is {value!r}', msgpack.packb(value), 'packet is not a map')
        for value in (*OTHER[:6], OTHER[7], OTHER[8], 0, [])
    ),
    one('an empty message', b''),
    one('the byte that is never used', b'\xc1'),
    one('something behind it', EVENT + b'\0', NO_MSGPACK),
    one('two packets', EVENT * 2, NO_MSGPACK),
    one('a map of a million', b'\xdf\x00\x0f\x42\x40' + EVENT[1:]),
    one('a map of four billion', b'\xdf\xff\xff\xff\xff'),
    one('a list of four billion', b'\xdd\xff\xff\xff\xff' + MARK),
    one('long, and a list of four billion', b'\xdd\xff\xff\xff\xff' + bytes(2_000)),
    one('text of four billion', b'\xdb\xff\xff\xff\xff' + MARK),
    one('binary of four billion', b'\xc6\xff\xff\xff\xff' + MARK),
    one('an extension of four billion', b'\xc9\xff\xff\xff\xff\0' + MARK),
    behind('text beyond its end', b'\xd9\xff' + MARK),
    behind('binary beyond its end', b'\xc4\xff' + MARK),
    behind('an extension beyond its end', b'\xd8\0' + MARK),
    behind('a list beyond its end', b'\xdc\x10\x00' + MARK),
    behind('50,000 lists within each other', b'\x91' * 50_000 + b'\0'),
    behind('50,000 maps within each other', b'\x81\xa1a' * 25_000 + b'\0'),
    behind('lists that never end', b'\x91' * 50_000),
    behind('keys that are numbers', b'\x81\x01\x01'),
    behind('a key that is nil', b'\x81\xc0\x01'),
    behind('a key that is a list', b'\x81\x90\x01'),
    behind('text that is no UTF-8', b'\xa7' + MARK + b'\xff', 'text is not UTF-8', 1007),
    behind('a timestamp of five bytes', b'\xc7\x05\xff' + bytes(5)),
    behind('a timestamp of no bytes', b'\xc7\x00\xff'),
    behind('a timestamp of too many nanoseconds', b'\xd7\xff' + b'\xff' * 8),
    behind(
        '1,001 extensions',
        b'\xdc\x03\xe9' + b'\xd4\x05x' * 1_001,
        'too many extensions',
    ),
    Packets('text', ('42["S3CRET"]',), 'text where msgpack is spoken', 1003),
    Packets('a CONNECT as text', ('40/0,',), 'text where msgpack is spoken', 1003),
    Packets('a binary event as text', ('451-["S3CRET"]',), 'text where msgpack is spoken', 1003),
]
BIG = [
    ('one byte more than max_payload', frame(BINARY, bytes(LIMIT + 1)), 1009, 'message is too big')
]
WHOLE = packed(type=2, nsp='/', id=1, data=['echo', {'S3CRET': [1.5, b'x', None]}])

ROWS: list[Row] = [
    *product(
        ('msgpack',),
        ((row.name, spoken(row.messages), row.code, row.reason) for row in FIELDS + BROKEN),
    ),
    *product(('msgpack',), BIG),
    *product(
        ('msgpack',),
        (
            (f'cut off after {at} bytes', frame(BINARY, WHOLE[:at]), 1002, NO_MSGPACK)
            for at in range(len(WHOLE))
        ),
    ),
    *posted('polling msgpack', FIELDS + BROKEN),
]
