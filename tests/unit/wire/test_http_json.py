"""JSON with programs: bytes both ways, and what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import http_json

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: '$bytes' not in repr(value))


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (None, b'null'),
        (b'', b'{"$bytes":""}'),
        (['a', {'b': b'\x00\xff'}], b'["a",{"b":{"$bytes":"AP8="}}]'),
        (bytearray(b'x'), b'{"$bytes":"eA=="}'),
        ([float('nan'), float('-inf')], b'[null,null]'),
        ([float('nan'), b'x', 2**64], b'[null,{"$bytes":"eA=="},18446744073709551616]'),
        ({1: 'a number as key'}, b'{"1":"a number as key"}'),
    ],
)
def test_what_is_written(value, text):
    assert http_json.dumps(value) == text


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        (b'{"$bytes": "AP8="}', b'\x00\xff'),
        (b'[{"a": [{"$bytes": ""}]}]', [{'a': [b'']}]),
        (b'{"\\u0024bytes": "eA=="}', b'x'),
        (b'{"$bytes": "eA==", "more": 1}', {'$bytes': 'eA==', 'more': 1}),
        (b'{"$bytes": 7}', {'$bytes': 7}),
        (b'{"$bytes": {"$bytes": "eA=="}}', {'$bytes': b'x'}),
        (b'123456789012345678901234567890', 123456789012345678901234567890.0),
    ],
)
def test_what_is_read(text, value):
    assert http_json.loads(text) == value


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        (b'', 'payload is not JSON'),
        (b'{', 'payload is not JSON'),
        (b'{} {}', 'payload is not JSON'),
        (b'NaN', 'payload is not JSON'),
        (b'"\xff"', 'text is not UTF-8'),
        (b'[' * 300 + b']' * 300, 'nested too deeply'),
        (b'[' * 100_000, 'payload is not JSON'),
        (b'[1e999]', 'a number is too large'),
        (b'{"a": -' + b'9' * 400 + b'}', 'a number is too large'),
        (b'{"$bytes": "no base64"}', '$bytes is no base64'),
        (b'{"$bytes": "eA"}', '$bytes is no base64'),
        (b'{"$bytes": "e\\u00e4=="}', '$bytes is no base64'),
    ],
)
def test_what_is_refused(text, why):
    with pytest.raises(ValueError, match=f'^{re.escape(why)}$'):
        http_json.loads(text)


@pytest.mark.parametrize('value', [object(), {1, 2}, {(1, 2): 3}])
def test_what_cannot_be_written(value):
    with pytest.raises(ValueError, match='not encodable'):
        http_json.dumps(value)


def test_a_list_in_itself_cannot_be_written():
    endless: list = []
    endless.append(endless)
    with pytest.raises(ValueError, match='not encodable'):
        http_json.dumps(endless)


@given(VALUES)
def test_what_is_written_is_read_again(value):
    assert http_json.loads(http_json.dumps(value)) == value
