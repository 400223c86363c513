"""JSON packets: a value or a PeerError; what decodes, with its attachments in place, comes back."""

import math

from gateway.errors import PeerError
from gateway.wire import codec, frames
from gateway.wire.json_codec import JSON, reconstruct

SEEDS = [
    b'0',
    b'2' + b'9' * 5_000,  # more digits than Python turns into a number
    b'0{"token":"x"}',
    b'0/admin?a=b,{"a":1}',
    b'1/admin,',
    b'2["news",{"a":[1,2.5,null,true,"\\u00e9"]}]',
    b'2/chat,17["say","hi"]',
    b'3/chat,17[]',
    b'313["ok"]',
    b'51-["file",{"_placeholder":true,"num":0}]',
    b'52-/chat,9["file",{"a":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":0}]',
    b'61-/chat,9[{"_placeholder":true,"num":0}]',
    b'2["\\ud800",1e999,-0.0,12345678901234567890123,{"":{}}]',
    b'2["deep",' + b'[' * 300 + b']' * 300 + b']',
    b'2["deeper",' + b'[' * 1_500 + b']' * 1_500 + b']',
]
ATTACHMENTS = [b'%d' % number for number in range(1_000)]
SHALLOW = 200  # levels that every serializer must be able to write


def received(packet, attachments):
    kind, namespace, id, data, count = JSON.decode(packet)
    if count:
        data = reconstruct(data, attachments[:count])
    if kind >= codec.BINARY_EVENT:
        kind -= codec.BINARY_EVENT - codec.EVENT
    return kind, namespace, id, data


def check(data: bytes) -> None:
    try:
        kind, namespace, id, value = received(b'4' + data, ATTACHMENTS)
    except PeerError:
        return
    except ValueError as error:
        raise AssertionError('not the error of a peer') from error
    try:
        packet = JSON.encode(kind, namespace, value, id)
    except ValueError:
        assert depth(value) > SHALLOW, 'what came in does not go out'
        return
    text, *attachments = parts(packet)
    again = received(text, attachments)
    assert again[:3] == (kind, namespace, id), again
    assert same(again[3], value), (again[3], value)


def parts(packet):
    """The text of a packet, and its attachments."""
    return [payload for _, payload in frames.split(packet.frame)]


def same(one, other):
    """Equal, where what JSON has no number for is null, and NaN is NaN."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if one is None and isinstance(other, float):
        return not math.isfinite(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() == other.keys()
        return keys and all(same(value, other[key]) for key, value in one.items())
    return type(one) is type(other) and one == other


def depth(value):
    """How deep it is nested."""
    level, reached = [value], 0
    while level:
        reached += 1
        level = [
            item
            for outer in level
            if isinstance(outer, (dict, list))
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return reached
