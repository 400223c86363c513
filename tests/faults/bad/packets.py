"""Engine.IO 4 and Socket.IO 5 in JSON: every rule for what a client sends broken once."""

from tests.faults.bad.row import MARK, Packets, Text

NAME = 'event is not a list with a name'
RESERVED = 'event name is reserved or not text'
NO_JSON = 'payload is not JSON'
TYPE = 'unknown packet type'
UNEXPECTED = 'unexpected packet type'
COUNT = 'attachment count is missing or out of place'
OUT_OF_PLACE = 'attachment out of place'
NOT_JOINED = 'namespace was not joined'
AGAIN = 'namespace is joined already, or too many are'
NO_ATTACHMENT = 'placeholder without attachment'
ENGINE_PREFIXES = (
    '0{"sid":"S3CRET"}',
    '1S3CRET',
    '2',
    '2probe',
    '3probe',
    '5',
    '6',
    '7',
    '9',
    'S3CRET',
    ' 4',
)
NAMES = ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener')


def one(name: str, packet: str | bytes, reason: str, code: int = 1002) -> Packets:
    return Packets(name, (packet,), reason, code)


def attached(name: str, placeholder: str, reason: str = NO_ATTACHMENT, data: str = '') -> Packets:
    """A binary event of one attachment, with something else as its placeholder."""
    text = data or f'["echo",{placeholder}]'
    return Packets(f'placeholder: {name}', (f'451-{text}', MARK), reason)


# In any state in which a session is carried, joined or not.
ENGINE = [
    *(one(f'engine packet {packet!r}', packet, UNEXPECTED) for packet in ENGINE_PREFIXES),
    one('an empty packet', '', UNEXPECTED),
    one('a packet of NUL', '\0', UNEXPECTED),
    one('a packet that begins with a BOM', '\ufeff42["a"]', UNEXPECTED),
]

# In a session that has joined '/'.
SOCKET = [
    # Types.
    one('no type', '4', TYPE),
    *(
        one(f'type {kind!r}', f'4{kind}["S3CRET"]', TYPE)
        for kind in ('7', '9', '-1', 'a', ' 2', 'é')
    ),
    # CONNECT, DISCONNECT, CONNECT_ERROR.
    one('joined again', '40', AGAIN),
    one('joined again by a query', '40/?S3CRET=1,', AGAIN),
    *(
        one(f'auth {auth}', f'40/0,{auth}', 'auth is not an object')
        for auth in ('[1]', '"S3CRET"', 'true')
    ),
    one('auth is cut off', '40/0,{"S3CRET":', NO_JSON),
    one('auth has a tail', '40/0,{}S3CRET', NO_JSON),
    one('DISCONNECT with data', '41{"S3CRET":1}', 'DISCONNECT has data'),
    one('CONNECT_ERROR', '44{"message":"S3CRET"}', 'CONNECT_ERROR from a client'),
    # EVENT.
    *(
        one(f'event {data}', f'42{data}', NAME)
        for data in ('', '{}', '[]', '"S3CRET"', 'null', 'true', '{"0":"S3CRET"}')
    ),
    *(
        one(f'event name {name}', f'42[{name}]', RESERVED)
        for name in ('null', '1.5', 'true', '["S3CRET"]', '{}', '1e99')
    ),
    *(one(f'event {name}', f'42["{name}","S3CRET"]', RESERVED) for name in NAMES),
    *(
        one(f'not JSON: {text}', f'42["S3CRET"{text}', NO_JSON)
        for text in (
            '',
            ',]',
            ']]',
            ']x',
            ',01]',
            ',.5]',
            ',+1]',
            ',0x1]',
            ",'a']",
            ',NaN]',
            ',Infinity]',
            ',-Infinity]',
            ',undefined]',
            ',{a:1}]',
            ',{"a"}]',
            ',"\t"]',
            ',"\\x41"]',
            ',"\\u12"]',
            ']\0',
            '/**/]',
        )
    ),
    one(
        '100,000 levels of lists',
        '42["S3CRET",' + '[' * 100_000 + ']' * 100_000 + ']',
        'message is too big',
        1009,
    ),
    one('40,000 levels of lists', '42["S3CRET",' + '[' * 40_000 + ']' * 40_000 + ']', NO_JSON),
    one(
        '500 levels of lists and objects',
        '42["S3CRET",' + '[{"a":' * 250 + '1' + '}]' * 250 + ']',
        'nested too deeply',
    ),
    one('1,100 levels of lists', '42["S3CRET",' + '[' * 1_100 + ']' * 1_100 + ']', NO_JSON),
    one(
        '10,000 levels of objects',
        '42["a",' + '{"S3":' * 10_000 + '1' + '}' * 10_000 + ']',
        NO_JSON,
    ),
    one('lists that are never closed', '42["S3CRET",' + '[' * 90_000, NO_JSON),
    # Ids.
    one('an id of 17 digits', '42' + '1' * 17 + '["S3CRET"]', NO_JSON),
    one('a negative id', '42-1["S3CRET"]', NO_JSON),
    one('a fractional id', '421.5["S3CRET"]', NO_JSON),
    one('an id of other digits', '42٣["S3CRET"]', NO_JSON),
    # ACK.
    one('ACK without id', '43["S3CRET"]', 'acknowledgement without id'),
    *(
        one(f'ACK of {data!r}', f'431{data}', 'acknowledgement is not a list')
        for data in ('', '{}', '"S3CRET"', 'null', '1')
    ),
    # Namespaces.
    one('an event elsewhere', '42/0,["S3CRET"]', NOT_JOINED),
    one('an event nowhere', '42/S3CRET,["a"]', NOT_JOINED),
    one('an ACK elsewhere', '43/0,1["S3CRET"]', NOT_JOINED),
    one('a DISCONNECT elsewhere', '41/0', NOT_JOINED),
    one('a name of 257 bytes', f'40/{"S3CRET" * 42}wxyz,', 'namespace is too long'),
    one('a namespace without its comma', '42/0["S3CRET"]', NAME),
    one('a namespace that begins with no slash', '42S3CRET,["a"]', NO_JSON),
    # Binary events.
    one('no count', '45["S3CRET"]', COUNT),
    one('no count, but a dash', '45-["S3CRET"]', COUNT),
    one('a count of an event', '421-["S3CRET"]', COUNT),
    one('a negative count', '45-1-["S3CRET"]', COUNT),
    one('a count of five digits', '4500001-["S3CRET"]', COUNT),
    one('1,001 attachments', '451001-["S3CRET"]', 'too many attachments'),
    one(
        'a binary event elsewhere',
        '451-/0,["S3CRET",{"_placeholder":true,"num":0}]',
        'binary event in a namespace that was not joined',
    ),
    one('a binary event without a name', '451-[{"_placeholder":true,"num":0}]', RESERVED),
    one('a reserved binary event', '451-["disconnect",{"_placeholder":true,"num":0}]', RESERVED),
    one('a binary event of no list', '451-{"_placeholder":true,"num":0}', NAME),
    Packets(
        'a binary ACK without id',
        ('461-[{"_placeholder":true,"num":0}]', MARK),
        'acknowledgement without id',
    ),
    one('a binary message that nobody announced', MARK, OUT_OF_PLACE),
    one('an empty binary message that nobody announced', b'', OUT_OF_PLACE),
    Packets(
        'text instead of an attachment',
        ('451-["echo",{"_placeholder":true,"num":0}]', '42["S3CRET"]'),
        OUT_OF_PLACE,
    ),
    Packets(
        'an attachment too many',
        ('451-["echo",{"_placeholder":true,"num":0}]', b'x', MARK),
        OUT_OF_PLACE,
    ),
    Packets(
        'text in the midst of attachments',
        ('452-["echo",{"_placeholder":true,"num":0}]', b'x', '41'),
        OUT_OF_PLACE,
    ),
    *(
        attached(num, f'{{"_placeholder":true,"num":{num}}}')
        for num in (
            '-1',
            '1',
            '0.5',
            '0.0',
            '1e99',
            '18446744073709551616',
            '"0"',
            'null',
            'true',
            '[0]',
            '{}',
        )
    ),
    attached('no number', '{"_placeholder":true}'),
    attached(
        'in the place of a list',
        '',
        NO_ATTACHMENT,
        '["echo",[[{"a":{"_placeholder":true,"num":7}}]]]',
    ),
    attached('one of two is wrong', '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'),
    attached('twice the same', '{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}'),
    attached('as a key', '{{"_placeholder":true,"num":0}:1}', NO_JSON),
    attached('cut off', '{"_placeholder":true,"num":0}', NO_JSON, '["echo",{"_placeholder":true,'),
]

# While nothing has been joined.
OPENED = [
    one('an event', '42["S3CRET"]', NOT_JOINED),
    one('an ACK', '431["S3CRET"]', NOT_JOINED),
    one('a DISCONNECT', '41', NOT_JOINED),
    one(
        'a binary event',
        '451-["S3CRET",{"_placeholder":true,"num":0}]',
        'binary event in a namespace that was not joined',
    ),
    one('a binary message', MARK, 'message is not msgpack'),
    one('an empty binary message', b'', 'message is not msgpack'),
    one('auth is a list', '40["S3CRET"]', 'auth is not an object'),
]

# While a binary event waits for its attachment: any packet but PONG, CLOSE and binary.
ASSEMBLING = [
    one('an event', '42["S3CRET"]', OUT_OF_PLACE),
    one('a CONNECT', '40/0,', OUT_OF_PLACE),
    one('a DISCONNECT', '41', OUT_OF_PLACE),
    one('no JSON', '4S3CRET', OUT_OF_PLACE),
    one('another binary event', '451-["S3CRET",{"_placeholder":true,"num":0}]', OUT_OF_PLACE),
]

# Only text that is no UTF-8 can tell them apart: WebSocket refuses it before it is a packet.
NOT_UTF8 = [
    one('an event that is no UTF-8', Text(b'42["S3CRET\xff"]'), '', 1007),
    one('a namespace that is no UTF-8', Text(b'40/S3CRET\xff,'), '', 1007),
    one('a surrogate in UTF-8', Text(b'42["\xed\xa0\x80"]'), '', 1007),
]
UPGRADE = [
    *(
        one(f'{packet!r} before the upgrade', packet, 'unexpected packet before the upgrade')
        for packet in ('', '2', '3', '3probe', '40', '42["S3CRET"]', '6', '2PROBE', '2probe ')
    ),
    one('a binary message before the upgrade', MARK, 'binary message before the upgrade'),
]
UPGRADES = {
    'probing': [*UPGRADE, one('an upgrade without a probe', '5', UPGRADE[0].reason)],
    'probed': [*UPGRADE, one('a second probe', '2probe', UPGRADE[0].reason)],
}
