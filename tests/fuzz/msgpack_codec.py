"""msgpack packets: a value or a PeerError; what decodes comes back, and JSON can take it too."""

import functools
import re

import msgpack

from gateway.errors import PeerError
from gateway.wire.extension import Extension
from gateway.wire.json_codec import JSON
from gateway.wire.msgpack_codec import MSGPACK
from tests.fuzz.json_codec import SHALLOW, depth, parts, same

UNDEFINED, DATE = msgpack.ExtType(0, b'\0'), msgpack.ExtType(0, bytes(8))

SEEDS = [
    msgpack.packb({'type': kind, 'nsp': namespace, **rest})
    for kind, namespace, rest in (
        (0, '/', {'data': {'token': 'x'}}),
        (0, '/admin?a=b', {}),
        (1, '/', {'data': None, 'id': None}),
        (2, '/', {'data': ['news', 1, -1, 2.5, None, True, 'é', b'\0\1', {'a': [2**63]}]}),
        (2, '/chat', {'data': ['say', UNDEFINED, DATE], 'id': 17}),
        (2, '/', {'data': ['array', msgpack.ExtType(0, bytes(300)), msgpack.Timestamp(1, 2)]}),
        (3, '/', {'data': [float('nan'), float('inf')], 'id': 17}),
        (2, '/', {'data': [0, {b'key': 1}]}),
        (2, '/', {'data': ['deep', functools.reduce(lambda inner, _: [inner], range(60), [])]}),
    )
]
SEEDS += [
    SEEDS[4].replace(b'\xd4\0\0', b'\xc7\1\0\0'),  # a typed array of one byte: the long form
    b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\xdd\xff\xff\xff\xff',
    b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data' + b'\x91' * 1_500 + b'\xc0',
]


def check(data: bytes) -> None:
    try:
        kind, namespace, id, value, count = MSGPACK.decode(data)
    except PeerError:
        return
    assert count == 0
    try:
        packet = MSGPACK.encode(kind, namespace, value, id)
    except ValueError:
        assert depth(value) > SHALLOW, 'what came in does not go out'
    else:
        [message] = parts(packet)
        again = MSGPACK.decode(message)
        assert again[:3] == (kind, namespace, id), again
        found, sent = told(again[3], message), told(value, message)
        assert same(found, sent), (found, sent)
    if ',' in namespace:  # no JSON client is there: it could not name it
        return
    try:
        packet = JSON.encode(kind, namespace, value, id)
    except ValueError:
        return
    JSON.decode(parts(packet)[0])


def told(value, message):
    """With extensions as tuples; without their form where `message` holds what looks like one.

    Lone surrogates are replaced, as `encode` does it.
    """
    match value:
        case str():
            return re.sub('[\ud800-\udfff]', '\ufffd', value)
        case Extension(code=code, data=data, fixed=fixed):
            alone = message.count(bytes((code & 0xFF,)) + data) == 1
            return code, data, fixed if alone else None
        case list():
            return [told(item, message) for item in value]
        case dict():
            return {told(key, message): told(item, message) for key, item in value.items()}
    return value
