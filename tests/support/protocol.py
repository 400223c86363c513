"""Socket.IO protocol 5, section by section, as a table: what a client sends, what must come back.

JSON stands there as literal messages, msgpack as its fields.
"""

from typing import Any, NamedTuple

import msgpack

SID = 'S' * 20  # in the place of any sid
BYTES = b'\x00\xff'
ONE = '{"_placeholder":true,"num":0}'
TWO = f'452-["back",{{"a":{ONE}}},{{"_placeholder":true,"num":1}}]'


class End(NamedTuple):
    """The server closes: over WebSocket with this code and reason, over polling with 400."""

    reason: str
    code: int = 1002


class Row(NamedTuple):
    """`to` and `back` are pairs: in JSON, in msgpack. A list is several messages."""

    joined: bool  # is '/' joined before
    to: tuple[Any, Any]
    back: tuple[Any, Any]


def p(kind, data=None, id=None, nsp='/'):
    """A msgpack packet by its fields."""
    fields = {'type': kind, 'nsp': nsp, 'data': data, 'id': id}
    return {key: value for key, value in fields.items() if value is not None}


def end(in_json, in_msgpack):
    return (End(in_json), End(in_msgpack))


UNKNOWN = {'message': 'Invalid namespace'}
NO_EVENT, NO_NAME = 'event is not a list with a name', 'event name is reserved or not text'
NO_ACK, NOT_JOINED = 'acknowledgement is not a list', 'namespace was not joined'
NO_TYPE, NO_JSON, NO_PACK = 'unknown packet type', 'payload is not JSON', 'message is not msgpack'
CONNECTED = (f'40{{"sid":"{SID}"}}', p(0, {'sid': SID}))
IN_CHAT = (f'40/chat,{{"sid":"{SID}"}}', p(0, {'sid': SID}, nsp='/chat'))
STILL_THERE = ('420["echo"]', p(2, ['echo'], 0)), ('430[]', p(3, [], 0))


def then_echo(row):
    """The row, and after it an echo, which shows that nothing has ended."""
    pairs = zip((row.to, row.back), STILL_THERE, strict=True)
    to, back = (tuple([*many(a), b] for a, b in zip(x, y, strict=True)) for x, y in pairs)
    return row._replace(to=to, back=back)


def many(messages):
    return messages if isinstance(messages, list) else [messages]


TABLE = {
    # Connection to a namespace.
    'CONNECT to the main namespace': Row(False, ('40', p(0)), CONNECTED),
    'CONNECT to the main namespace by name': Row(False, ('40/,', p(0)), CONNECTED),
    'CONNECT with a payload': Row(False, ('40{"a":"b"}', p(0, {'a': 'b'})), CONNECTED),
    'CONNECT to another namespace': Row(False, ('40/chat,', p(0, nsp='/chat')), IN_CHAT),
    'CONNECT without the comma': Row(False, ('40/chat', p(0, nsp='/chat')), IN_CHAT),
    'CONNECT to another namespace with a payload': Row(
        False, ('40/chat,{"a":1}', p(0, {'a': 1}, nsp='/chat')), IN_CHAT
    ),
    'CONNECT to two namespaces': Row(
        False, (['40', '40/chat,'], [p(0), p(0, nsp='/chat')]),
        ([CONNECTED[0], IN_CHAT[0]], [CONNECTED[1], IN_CHAT[1]]),
    ),
    'CONNECT to an unknown namespace': Row(
        False, ('40/nowhere,', p(0, nsp='/nowhere')),
        ('44/nowhere,{"message":"Invalid namespace"}', p(4, UNKNOWN, nsp='/nowhere')),
    ),
    'CONNECT to an unknown namespace with a query': Row(
        False, ('40/nowhere?a=b,', p(0, nsp='/nowhere?a=b')),
        ('44/nowhere,{"message":"Invalid namespace"}', p(4, UNKNOWN, nsp='/nowhere')),
    ),
    'CONNECT_ERROR with a message': Row(
        False, ('40/refuses,', p(0, nsp='/refuses')),
        ('44/refuses,{"message":"no"}', p(4, {'message': 'no'}, nsp='/refuses')),
    ),
    'CONNECT_ERROR with data': Row(
        False, ('40/refuses,{"more":1}', p(0, {'more': 1}, nsp='/refuses')),
        ('44/refuses,{"message":"no","data":1}',
         p(4, {'message': 'no', 'data': 1}, nsp='/refuses')),
    ),
    'CONNECT again after a CONNECT_ERROR': Row(
        False, (['40/nowhere,', '40'], [p(0, nsp='/nowhere'), p(0)]),
        (['44/nowhere,{"message":"Invalid namespace"}', CONNECTED[0]],
         [p(4, UNKNOWN, nsp='/nowhere'), CONNECTED[1]]),
    ),
    'CONNECT twice': Row(
        True, ('40', p(0)), end(*['namespace is joined already, or too many are'] * 2)
    ),
    'CONNECT with a payload that is a list': Row(
        False, ('40[]', p(0, [])), end(*['auth is not an object'] * 2)
    ),
    'CONNECT with a payload that is text': Row(
        False, ('40"a"', p(0, 'a')), end(*['auth is not an object'] * 2)
    ),
    'CONNECT_ERROR from a client': Row(
        True, ('44{"message":"no"}', p(4, UNKNOWN)), end(*['CONNECT_ERROR from a client'] * 2)
    ),
    'EVENT before CONNECT': Row(False, ('42["echo"]', p(2, ['echo'])), end(*[NOT_JOINED] * 2)),
    'EVENT in a namespace that was not joined': Row(
        True, ('42/chat,["echo"]', p(2, ['echo'], nsp='/chat')), end(*[NOT_JOINED] * 2)
    ),
    'EVENT in a namespace that refused': Row(
        True, (['40/refuses,', '42/refuses,["a"]'],
               [p(0, nsp='/refuses'), p(2, ['a'], nsp='/refuses')]),
        end(*[NOT_JOINED] * 2),
    ),
    'ACK before CONNECT': Row(False, ('430[]', p(3, [], 0)), end(*[NOT_JOINED] * 2)),
    'DISCONNECT before CONNECT': Row(False, ('41', p(1)), end(*[NOT_JOINED] * 2)),
    # Sending and receiving data.
    'EVENT': Row(
        True, ('42["back",1,"2",{"3":[false]}]', p(2, ['back', 1, '2', {'3': [False]}])),
        ('42["back",1,"2",{"3":[false]}]', p(2, ['back', 1, '2', {'3': [False]}])),
    ),
    'EVENT with a number as name': Row(
        True, ('42[7,1]', p(2, [7, 1])), ('42["7",1]', p(2, ['7', 1]))
    ),
    'BINARY_EVENT': Row(
        True, ([f'451-["back",{ONE}]', BYTES], p(2, ['back', BYTES])),
        ([f'451-["back",{ONE}]', BYTES], p(2, ['back', BYTES])),
    ),
    'BINARY_EVENT with two attachments': Row(
        True,
        ([TWO, BYTES, b'b'],
         p(2, ['back', {'a': BYTES}, b'b'])),
        ([TWO, BYTES, b'b'],
         p(2, ['back', {'a': BYTES}, b'b'])),
    ),
    'EVENT without a payload': Row(True, ('42', p(2)), end(NO_EVENT, NO_EVENT)),
    'EVENT with an empty list': Row(True, ('42[]', p(2, [])), end(NO_EVENT, NO_EVENT)),
    'EVENT with an object': Row(True, ('42{}', p(2, {})), end(NO_EVENT, NO_EVENT)),
    'EVENT whose name is null': Row(True, ('42[null]', p(2, [None])), end(NO_NAME, NO_NAME)),
    'EVENT whose name is an object': Row(True, ('42[{}]', p(2, [{}])), end(NO_NAME, NO_NAME)),
    **{
        f'EVENT with the reserved name {name}': Row(
            True, (f'42["{name}"]', p(2, [name])), end(NO_NAME, NO_NAME)
        )
        for name in ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener',
                     'removeListener')
    },
    # Acknowledgement.
    'EVENT with an acknowledgement': Row(
        True, ('42456["echo",1,{"a":[]}]', p(2, ['echo', 1, {'a': []}], 456)),
        ('43456[1,{"a":[]}]', p(3, [1, {'a': []}], 456)),
    ),
    'EVENT with id 0': Row(True, *STILL_THERE),
    'BINARY_EVENT with an acknowledgement': Row(
        True, ([f'451-7["echo",{ONE}]', BYTES], p(2, ['echo', BYTES], 7)),
        ([f'461-7[{ONE}]', BYTES], p(3, [BYTES], 7)),
    ),
    'EVENT with an acknowledgement in another namespace': Row(
        True, (['40/chat,', '42/chat,1["echo",2]'],
               [p(0, nsp='/chat'), p(2, ['echo', 2], 1, nsp='/chat')]),
        ([IN_CHAT[0], '43/chat,1[2]'], [IN_CHAT[1], p(3, [2], 1, nsp='/chat')]),
    ),
    'ACK': Row(
        True, (['42["ask"]', '431["yes",2]'], [p(2, ['ask']), p(3, ['yes', 2], 1)]),
        (['421["question"]', '42["answered","yes",2]'],
         [p(2, ['question'], 1), p(2, ['answered', 'yes', 2])]),
    ),
    'BINARY_ACK': Row(
        True, (['42["ask"]', f'461-1[{ONE}]', BYTES], [p(2, ['ask']), p(3, [BYTES], 1)]),
        (['421["question"]', f'451-["answered",{ONE}]', BYTES],
         [p(2, ['question'], 1), p(2, ['answered', BYTES])]),
    ),
    'ACK of nothing is ignored': then_echo(Row(True, ('4399[]', p(3, [], 99)), ([], []))),
    'ACK without id': Row(True, ('43[]', p(3, [])), end(*['acknowledgement without id'] * 2)),
    'ACK without a payload': Row(True, ('431', p(3, None, 1)), end(NO_ACK, NO_ACK)),
    'ACK with an object': Row(True, ('431{}', p(3, {}, 1)), end(NO_ACK, NO_ACK)),
    'EVENT with an id that is no number': Row(
        True, ('42abc["echo"]', p(2, ['echo'], 'abc')), end(NO_JSON, 'id is not a number')
    ),
    'EVENT with a negative id': Row(
        True, ('42-1["echo"]', p(2, ['echo'], -1)), end(NO_JSON, 'id is not a number')
    ),
    'EVENT with an id beyond JavaScript': Row(
        True, (f'42{10**16}["echo"]', p(2, ['echo'], 10**16)), end(NO_JSON, 'id is not a number')
    ),
    # Disconnection from a namespace.
    'DISCONNECT from one namespace of two': then_echo(Row(
        True, (['40/chat,', '41/chat,'], [p(0, nsp='/chat'), p(1, nsp='/chat')]), IN_CHAT
    )),
    'DISCONNECT, and CONNECT again': Row(True, (['41', '40'], [p(1), p(0)]), CONNECTED),
    'DISCONNECT by the server': Row(True, ('42["kick"]', p(2, ['kick'])), ('41', p(1))),
    'DISCONNECT by the server, and CONNECT again': Row(
        True, (['42["kick"]', '40'], [p(2, ['kick']), p(0)]),
        (['41', CONNECTED[0]], [p(1), CONNECTED[1]]),
    ),
    'EVENT after DISCONNECT': Row(
        True, (['41', '42["echo"]'], [p(1), p(2, ['echo'])]), end(*[NOT_JOINED] * 2)
    ),
    'DISCONNECT with a payload': Row(
        True, ('41{}', p(1, {})), end(*['DISCONNECT has data'] * 2)
    ),
    # Packet encoding.
    'a packet type that is none': Row(True, ('4abc', p('abc')), end(NO_TYPE, NO_TYPE)),
    'a packet type beyond the last': Row(True, ('47', p(7)), end(NO_TYPE, NO_TYPE)),
    'a packet without type': Row(True, ('4', b'\x81\xa3nsp\xa1/'), end(NO_TYPE, NO_TYPE)),
    'a payload that is cut': Row(True, ('42["echo"', b'\x82\xa4type\x02'), end(NO_JSON, NO_PACK)),
    'a payload with more behind it': Row(
        True, ('42["echo"]1', msgpack.packb(p(2, ['echo'])) + b'\x01'), end(NO_JSON, NO_PACK)
    ),
    'BINARY_EVENT without a count': Row(
        True, ('45["echo"]', p(5, ['echo'])),
        end('attachment count is missing or out of place', NO_TYPE),
    ),
    'BINARY_ACK without a count': Row(
        True, ('461["echo"]', p(6, ['echo'])),
        end('attachment count is missing or out of place', NO_TYPE),
    ),
    'a namespace that is none': Row(
        True, ('42chat,["echo"]', p(2, ['echo'], nsp='chat')),
        end(NO_JSON, 'namespace is too long, or none'),
    ),
}  # fmt: skip

# What JSON alone has: attachments.
ATTACHMENTS = {
    'an attachment of nothing': (BYTES, End('attachment out of place')),
    'text in the place of an attachment': (
        [f'451-["back",{ONE}]', '42["echo"]'],
        End('attachment out of place'),
    ),
    'a placeholder without attachment': (
        ['451-["back",{"_placeholder":true,"num":1}]', BYTES],
        End('placeholder without attachment'),
    ),
    'BINARY_EVENT before CONNECT': (
        f'451-/chat,["back",{ONE}]',
        End('binary event in a namespace that was not joined'),
    ),
}
