"""What strangers may send as a token: its header, its text, anything at all."""

import json
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Refused
from gateway.routing.authentication import MAX_TOKEN
from tests.support.authenticated import HS256, claims, jwt, refusal
from tests.support.tokens import ALGORITHMS, LATER, b64, jwk, token

GOOD = {'sub': 'ann', 'exp': LATER}


@pytest.mark.parametrize('name', ['jwk', 'jku', 'x5c', 'x5u'])
def test_a_key_that_a_token_brings_means_nothing(name):
    brought = {'jwk': jwk('ES256', 1), 'x5c': [b64(b'x' * 3_000)]}.get(
        name, 'https://127.0.0.1:1/keys'
    )
    found = jwt('ES256')
    assert claims(token(GOOD, 'ES256', 0, {name: brought}), found) == GOOD
    assert refusal(token(GOOD, 'ES256', 1, {name: brought}), found) == 'token_invalid'


def test_names_that_mean_nothing_are_ignored():
    assert claims(token(GOOD, header={'typ': 'at+jwt', 'cat': 'cl_1', 'exp': 1})) == GOOD


@pytest.mark.parametrize(
    'more',
    [
        {'crit': ['exp'], 'exp': 1},
        {'crit': ['b64'], 'b64': False},
        {'crit': ['b64'], 'b64': True},
        {'crit': ['alg']},
        {'crit': []},
        {'crit': 5},
        {'crit': [[]]},
        {'crit': None},
        {'b64': False},
        {'b64': True},
        {'kid': 5},
        {'kid': ['a']},
        {'alg': None},
        {'alg': {'a': 1}},
    ],
)
def test_a_header_that_asks_for_more_than_is_understood_is_refused(more):
    assert refusal(token(GOOD, header=more)) == 'token_invalid'


@pytest.mark.parametrize(
    'header',
    [
        b'',
        b'{}',
        b'[]',
        b'"alg"',
        b'["alg"]',
        b'null',
        b'{"alg":',
        b'[' * 300,
        b'[' * 6_000,
        b'\xff',
        b'{"typ":"JWT"}',
    ],
)
def test_a_header_that_is_none_is_refused(header):
    assert refusal(token(GOOD, header=header)) == 'token_invalid'


def test_the_last_of_two_algorithms_is_the_one_that_is_used():
    assert refusal(token(GOOD, header=b'{"alg":"HS256","alg":"none"}')) == 'token_invalid'
    assert claims(token(GOOD, header=b'{"alg":"none","alg":"HS256"}')) == GOOD


@pytest.mark.parametrize(
    'text',
    [
        b'a.b.c',
        True,
        1.5,
        ['a', 'b'],
        {'a': 1},
        '.',
        '..',
        '...',
        'a.b',
        'é.é.é',
        '\ud800',
        '\0',
        token(GOOD) + '.',
        token(GOOD) + '=',
        token(GOOD) + '\n',
        ' ' + token(GOOD),
        'Bearer ' + token(GOOD),
        token(GOOD) + '.a.b',
        token(GOOD).replace('.', '. ', 1),
        '"' + token(GOOD) + '"',
    ],
)
def test_what_is_no_token_is_refused(text):
    assert refusal(text) == 'token_invalid'


def test_a_token_has_a_bound_that_is_looked_at_before_anything_else():
    room = {**GOOD, 'x': ''}
    overhead = len(token(room))
    fits = token({**room, 'x': 'x' * ((MAX_TOKEN - overhead) * 3 // 4 - 2)})
    assert MAX_TOKEN - 8 < len(fits) <= MAX_TOKEN
    assert claims(fits)['sub'] == 'ann'
    assert refusal(token({**room, 'x': 'x' * MAX_TOKEN})) == 'token_invalid'
    nothing = SimpleNamespace(keys=None)  # not even asked
    assert refusal('x' * 1_000_000, nothing) == 'token_invalid'


BOUNDLESS = settings(deadline=None)  # a loaded machine has pauses
ASKING = jwt(issuer='a', audience='b')
HEADERS = ['alg', 'kid', 'crit', 'b64', 'jwk', 'typ', 'x5c', 'x']
NAMES = ['exp', 'nbf', 'iat', 'iss', 'aud', 'sub', 'x']
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*ALGORITHMS, 'none', 'b64', LATER])
)


def objects(names):
    values = st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
    )
    return st.dictionaries(st.sampled_from(names), values)


PARTS = st.one_of(
    st.text('abcABC019-_', max_size=40),
    st.text(max_size=20),
    objects(HEADERS).map(lambda value: b64(json.dumps(value).encode())),
    *[st.sampled_from(token(GOOD, algorithm).split('.')) for algorithm in ALGORITHMS],
)
TEXTS = st.one_of(st.lists(PARTS, max_size=5).map('.'.join), st.text(), st.binary(), LEAVES)


@BOUNDLESS
@given(TEXTS, st.sampled_from(ALGORITHMS))
def test_of_any_text_only_a_refusal_comes(text, algorithm):
    found = jwt(algorithm)
    try:
        assert claims(text, found) == GOOD
    except Refused as error:
        code = 'token_missing' if text is None else 'token_invalid'
        assert str(error) == code  # noqa: PT017
    else:
        assert text.split('.')[1] == token(GOOD).split('.')[1]


@BOUNDLESS
@given(objects(NAMES), objects(HEADERS), st.sampled_from([HS256, ASKING]))
def test_of_anything_that_is_signed_only_claims_or_a_refusal_come(body, header, found):
    text = token(body, header=header)
    try:
        assert claims(text, found) == body
    except Refused as error:
        assert str(error) in {'token_invalid', 'token_expired'}  # noqa: PT017


def test_whoever_has_no_token_learns_it_quickly():
    text, begin = 'x' * 1_000_000, time.perf_counter()
    for _ in range(1_000):
        refusal(text)
    assert time.perf_counter() - begin < 1
