"""However large or strange a reply is: it is read or refused, and that does not take long."""

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.actions import SPOKEN
from gateway.config.fields import MAX_NAMES
from gateway.config.mistakes import MOST, Mistakes
from gateway.config.replies import MAX_ACTIONS, PARTS, parts
from tests.support.replies import KINDS, mistakes, replied, told

HUGE = {
    'keys': {f'k{number}': 1 for number in range(30_000)},
    'a key': {'k' * 1_000_000: 1},
    'verbs': {'do': {f'k{number}': 1 for number in range(30_000)}},
    'no actions': {'do': [5] * MAX_ACTIONS},
    'keys of a verb': {'do': {'emit': {f'k{number}': 1 for number in range(30_000)}}},
    'recipients': {'do': {'emit': {'to': ['a'] * MAX_NAMES}}},
    'names': {'do': {'join': [None] * MAX_NAMES}},
    'many': {'do': [{'emit': {'to': ['a'] * 200}}] * 200},
}


@pytest.mark.parametrize('name', HUGE)
def test_who_is_wrong_a_million_times_is_told_a_hundred(name):
    began = perf_counter()
    found = mistakes(replied, HUGE[name])
    assert perf_counter() - began < 2
    assert 1 <= len(found) <= MOST
    assert all(len(re.sub('/k+', '', text)) < 300 for text in found)


# Whatever it is


TEXTS = st.sampled_from(
    [
        *SPOKEN['event'],
        *PARTS,
        *'event args data to except namespace room sid members reason volatile'.split(),
        *['all', 'sender', 'room:a', 'sid:b', '/', '/admin', 'connect', '${data}', ''],
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.binary(max_size=2) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def well_told(refused):
    assert refused.found
    assert all(mistake.what for mistake in refused.found)


@settings(max_examples=200)
@given(raw=JSON, kind=st.sampled_from(KINDS), allow=st.none() | st.frozensets(TEXTS, max_size=4))
def test_any_json_is_read_as_a_reply_or_refused(raw, kind, allow):
    try:
        found = replied(raw, kind, allow)
    except Mistakes as refused:
        well_told(refused)
    else:
        assert isinstance(raw, dict)
        assert raw.keys() <= {*parts(kind)}
        asked = raw.get('do', [])
        beside = len(raw.keys() - {'do'})
        assert len(found) == beside + (len(asked) if isinstance(asked, list) else 1)


@settings(max_examples=200)
@given(raw=JSON | st.lists(st.dictionaries(st.sampled_from(sorted(SPOKEN['api'])), JSON)))
def test_any_json_is_read_as_actions_of_the_api_or_refused(raw):
    try:
        found = told(raw)
    except Mistakes as refused:
        well_told(refused)
    else:
        assert len(found) == (len(raw) if isinstance(raw, list) else 1)
