"""Socket.IO packets (protocol 5) in JSON, in literal bytes."""

import json
import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PeerError
from gateway.wire import json_codec
from gateway.wire.codec import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
)

FIRST = {'_placeholder': True, 'num': 0}


@pytest.mark.parametrize(
    ('packet', 'received'),
    [
        (b'42/' + b'x' * 255 + b',["a"]', (EVENT, '/' + 'x' * 255, None, ['a'], 0)),
        (b'40', (CONNECT, '/', None, {}, 0)),
        (b'40{"token":"a/b,c"}', (CONNECT, '/', None, {'token': 'a/b,c'}, 0)),
        (b'40/chat', (CONNECT, '/chat', None, {}, 0)),
        (b'40/chat,', (CONNECT, '/chat', None, {}, 0)),
        (b'40/chat?query=1,{}', (CONNECT, '/chat', None, {}, 0)),
        ('40/é,'.encode(), (CONNECT, '/é', None, {}, 0)),
        (b'41', (DISCONNECT, '/', None, None, 0)),
        (b'41/chat,', (DISCONNECT, '/chat', None, None, 0)),
        (b'42["a"]', (EVENT, '/', None, ['a'], 0)),
        (b'42["a",1,{"b":[]}]', (EVENT, '/', None, ['a', 1, {'b': []}], 0)),
        (b'420["a"]', (EVENT, '/', 0, ['a'], 0)),
        (b'429007199254740991["a"]', (EVENT, '/', 2**53 - 1, ['a'], 0)),
        (b'42/chat,12["a"]', (EVENT, '/chat', 12, ['a'], 0)),
        (b'42[1,"number as name"]', (EVENT, '/', None, ['1', 'number as name'], 0)),
        (b'42["a",18446744073709551616]', (EVENT, '/', None, ['a', 2.0**64], 0)),
        (b'42["a","\\ud800"]', (EVENT, '/', None, ['a', '\ud800'], 0)),
        (b'42["\\ud800",18446744073709551617]', (EVENT, '/', None, ['\ud800', 2.0**64], 0)),
        (b'42["\\ud800",-1,1e999]', (EVENT, '/', None, ['\ud800', -1, math.inf], 0)),
        (b'430[]', (ACK, '/', 0, [], 0)),
        (b'43/chat,7["x"]', (ACK, '/chat', 7, ['x'], 0)),
        (b'451-["a",{"_placeholder":true,"num":0}]', (BINARY_EVENT, '/', None, ['a', FIRST], 1)),
        (b'452-/chat,3["a"]', (BINARY_EVENT, '/chat', 3, ['a'], 2)),
        (b'461-/chat,3[]', (BINARY_ACK, '/chat', 3, [], 1)),
        (b'450-["a"]', (BINARY_EVENT, '/', None, ['a'], 0)),
    ],
)  # fmt: skip
def test_decoding(packet, received):
    assert json_codec.decode(packet) == received


@pytest.mark.parametrize(
    ('packet', 'message', 'close_code'),
    [
        (b'4', 'unknown packet type', 1002),
        (b'47', 'unknown packet type', 1002),
        (b'4x', 'unknown packet type', 1002),
        (b'42', 'event is not a list with a name', 1002),
        (b'42{}', 'event is not a list with a name', 1002),
        (b'42[]', 'event is not a list with a name', 1002),
        (b'4212', 'event is not a list with a name', 1002),
        (b'42[null]', 'event name is reserved or not text', 1002),
        (b'42[true]', 'event name is reserved or not text', 1002),
        (b'42["disconnect"]', 'event name is reserved or not text', 1002),
        (b'42["a"', 'payload is not JSON', 1002),
        (b'42["a"] x', 'payload is not JSON', 1002),
        (b'42["a",NaN]', 'payload is not JSON', 1002),
        (b'42["\xff"]', 'text is not UTF-8', 1007),
        (b'42/\xff,["a"]', 'namespace is not UTF-8', 1007),
        (b'42/' + b'x' * 257 + b',["a"]', 'namespace is too long', 1002),
        (b'42' + b'[' * 100_000, 'payload is not JSON', 1002),
        (b'42' + b'9' * 400 + b'["a"]', 'payload is not JSON', 1002),
        (b'42' + b'9' * 5_000, 'event is not a list with a name', 1002),
        (b'40[]', 'auth is not an object', 1002),
        (b'40"text"', 'auth is not an object', 1002),
        (b'41{}', 'DISCONNECT has data', 1002),
        (b'430{}', 'acknowledgement is not a list', 1002),
        (b'43', 'acknowledgement is not a list', 1002),
        (b'44{"message":"no"}', 'CONNECT_ERROR from a client', 1002),
        (b'45["a"]', 'attachment count is missing or out of place', 1002),
        (b'421-["a"]', 'attachment count is missing or out of place', 1002),
        (b'451001-["a"]', 'too many attachments', 1002),
        (b'4510000-["a"]', 'attachment count', 1002),
    ],
)
def test_what_breaks_the_protocol(packet, message, close_code):
    with pytest.raises(PeerError, match=message) as error:
        json_codec.decode(packet)
    assert error.value.close_code == close_code
    assert len(str(error.value).encode()) <= 123, 'it goes into a close frame'


@pytest.mark.parametrize(
    ('arguments', 'payload'),
    [
        ((CONNECT, '/', {'sid': 'abc'}), b'40{"sid":"abc"}'),
        ((CONNECT, '/chat', {'sid': 'abc'}), b'40/chat,{"sid":"abc"}'),
        ((CONNECT_ERROR, '/', {'message': 'no'}), b'44{"message":"no"}'),
        ((DISCONNECT, '/'), b'41'),
        ((DISCONNECT, '/chat'), b'41/chat,'),
        ((EVENT, '/', ['a', 1, None, 'é']), '42["a",1,null,"é"]'.encode()),
        ((EVENT, '/chat', ['a'], 0), b'42/chat,0["a"]'),
        ((EVENT, '/é', ['a'], 12), '42/é,12["a"]'.encode()),
        ((ACK, '/', [], 0), b'430[]'),
        ((ACK, '/', (1, 2), 5), b'435[1,2]'),
        ((EVENT, '/', ['a', b'\x01']), b'451-["a",{"_placeholder":true,"num":0}]\x1ebAQ=='),
        (
            (EVENT, '/chat', ['a', bytearray(b'\x01'), memoryview(b'\x02')], 3),
            b'452-/chat,3["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]%b'
            % b'\x1ebAQ==\x1ebAg==',
        ),
        ((ACK, '/', [{'deep': [b'']}], 1), b'461-1[{"deep":[{"_placeholder":true,"num":0}]}]\x1eb'),
        ((EVENT, '/', ['a', math.nan, math.inf]), b'42["a",null,null]'),
        ((EVENT, '/', ['a', 2**70]), b'42["a",1180591620717411303424]'),
        ((EVENT, '/', ['a', '\ud800']), b'42["a","\\ud800"]'),
        ((EVENT, '/', ['a', {1: 'one'}]), b'42["a",{"1":"one"}]'),
        (
            (EVENT, '/', ['a', '\ud800', [math.nan, {'b': math.inf}], (1.5, True)]),
            b'42["a","\\ud800",[null,{"b":null}],[1.5,true]]',
        ),
        (
            (EVENT, '/', ['a', '\ud800', b'\x01', math.nan]),
            b'451-["a","\\ud800",{"_placeholder":true,"num":0},null]\x1ebAQ==',
        ),
        (
            (EVENT, '/', ['a', '\ud800', UUID(int=1)]),
            b'42["a","\\ud800","00000000-0000-0000-0000-000000000001"]',
        ),
    ],
)  # fmt: skip
def test_encoding(arguments, payload):
    assert json_codec.encode(*arguments).payload == payload


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize('value', [{1, 2}, object(), nested(100_000), 1j])
def test_what_json_cannot_hold(value):
    with pytest.raises(ValueError, match='not encodable'):
        json_codec.encode(EVENT, '/', ['a', value])


@pytest.mark.parametrize('kind', [CONNECT, CONNECT_ERROR])
def test_bytes_have_no_place_in_a_packet_of_another_kind(kind):
    with pytest.raises(ValueError, match='only events and acknowledgements hold bytes'):
        json_codec.encode(kind, '/', {'message': b'bytes'})


def test_attachments_return_to_their_places():
    data = ['a', {'_placeholder': True, 'num': 1}, {'x': [{'_placeholder': True, 'num': 0}]}]
    assert json_codec.reconstruct(data, [b'0', b'1']) == ['a', b'1', {'x': [b'0']}]


@pytest.mark.parametrize('number', [-1, 2, True, '0', 0.0, None])
def test_a_placeholder_without_attachment(number):
    with pytest.raises(PeerError, match='placeholder without attachment'):
        json_codec.reconstruct(['a', {'_placeholder': True, 'num': number}], [b'0', b'1'])


def test_two_placeholders_of_one_attachment():
    """A text of 30 KB could make a gigabyte of one attachment."""
    with pytest.raises(PeerError, match='placeholder without attachment'):
        json_codec.reconstruct(['a', FIRST, [FIRST]], [b'0', b'1'])


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(
    st.lists(json_values, max_size=4),
    st.none() | st.integers(0, 2**53 - 1),
    st.sampled_from(['/', '/chat']),
)
def test_what_is_encoded_is_decoded(args, id, namespace):
    packet = json_codec.encode(EVENT, namespace, ['event', *args], id)
    assert json_codec.decode(packet.payload) == (EVENT, namespace, id, ['event', *args], 0)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_packet_or_a_violation(data):
    try:
        kind, namespace, _, data, count = json_codec.decode(b'4' + data)
    except PeerError:
        return
    assert namespace.startswith('/')
    assert 0 <= count <= json_codec.MAX_ATTACHMENTS
    if kind in (EVENT, BINARY_EVENT):
        assert isinstance(data[0], str)
        json.dumps(data)


@pytest.mark.parametrize('text', [b'["a"' + b',1' * 100, b'[1,"\\ud800"' + b',1.5' * 100 + b']'])
def test_numbers_that_are_not_disputed_cost_no_call_each(text, monkeypatch):
    """A client could hold the loop for half a second with 1 MB of them."""
    monkeypatch.setattr(json_codec, '_integer', None)
    monkeypatch.setattr(json_codec, '_finite_float', None)
    if text.endswith(b']'):
        assert json_codec.loads(text) == [1, '\ud800', *[1.5] * 100]
    else:
        with pytest.raises(PeerError, match='payload is not JSON'):
            json_codec.loads(text)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        (b'["\\ud800",12345678901234567890123]', ['\ud800', 1.2345678901234568e22]),
        (b'["\\ud800",9223372036854775808]', ['\ud800', 2**63]),
        (b'[1e400,1]', [float('inf'), 1]),
        (b'[1E+400]', [float('inf')]),
        (b'[-1e999]', [float('-inf')]),
        (b'[1' + b'0' * 400 + b']', [float('inf')]),
        (b'[1' + b'0' * 250 + b'e99]', [float('inf')]),
        (b'["\\uDBFF"]', ['\udbff']),
    ],
)
def test_what_only_the_standard_library_reads_is_read(text, value):
    assert json_codec.loads(text) == value
