"""The short way of reading an emit says what the model says, or nothing."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config import replies
from gateway.config.fields import RESERVED, Reading
from gateway.config.mistakes import Mistakes
from gateway.hub.target import EVERYONE, Target
from gateway.routing.commands import emission, plain

NAMES = frozenset({'/', '/chat', '/room-*'})
EXACT = frozenset({'/', '/chat'})
PLACE = Reading('api', '/', NAMES)

WORDS = st.sampled_from(['', ' ', ':', 'all', 'sender', 'room', 'sid', '${data}', '\ud800', 'ä'])
TEXT = st.one_of(WORDS, st.text(max_size=5))
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TEXT, max_size=2))
TO = st.one_of(
    TEXT,
    st.builds('{}:{}'.format, st.sampled_from(['room', 'sid', 'rooms', 'Room', '']), TEXT),
    st.fixed_dictionaries({}, optional={'room': TEXT, 'sid': TEXT}),
    ODD,
)
JSON = st.recursive(
    st.one_of(ODD, TEXT, st.binary(max_size=3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        'namespace': st.one_of(st.sampled_from([*sorted(NAMES), '/room-1', '/none']), ODD),
        'event': st.one_of(TEXT, st.sampled_from(sorted(RESERVED)), ODD),
        'to': TO,
        'data': JSON,
        'args': st.lists(JSON, max_size=2),
        'except': TO,
        'volatile': st.booleans(),
        'other': JSON,
    },
)


def in_full(body):
    """What the model makes of it; None where it finds something wrong."""
    try:
        return emission(replies.one('emit', body, PLACE))
    except Mistakes:
        return None


@settings(max_examples=1_000, deadline=None)
@given(BODY | JSON)
@example({'event': 'a', 'to': 'all', 'data': 1})
@example({'event': 'a', 'to': 'room:a', 'data': {'deep': [b'\x00']}})
@example({'event': 'a', 'to': 'sid:a:b', 'data': '${data}', 'namespace': '/chat'})
@example({'event': 'a', 'to': 'room:', 'data': 1})
@example({'event': 'connect', 'to': 'all', 'data': 1})
@example({'event': 'a', 'to': 'all', 'data': 1, 'namespace': '/room-1'})
def test_what_the_short_way_reads_the_model_reads_alike(body):
    short = plain(body, EXACT)
    if short is not None:
        assert repr(short) == repr(in_full(body))  # NaN is not equal to itself


def test_the_common_shapes_take_the_short_way():
    body = {'event': 'note', 'data': 1}
    for to, target in {
        'all': EVERYONE,
        'room:user:42': Target(rooms=('user:42',)),
        'sid:abc': Target(sids=('abc',)),
    }.items():
        expected = ('/', 'note', [1], target, None, False)
        assert plain({**body, 'to': to}, EXACT) == expected
        assert plain({**body, 'to': to, 'namespace': '/'}, EXACT) == expected


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.none(), st.integers(), st.text(max_size=5)), st.text(min_size=1, max_size=5))
def test_any_value_goes_the_short_way_and_any_name(value, name):
    body = {'event': f'e{name}', 'to': f'room:{name}', 'data': value}
    assert plain(body, EXACT) == in_full(body) == (
        '/', f'e{name}', [value], Target(rooms=(name,)), None, False,
    )  # fmt: skip
