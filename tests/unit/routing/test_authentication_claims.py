"""What a token that is rightly signed says: its times, its issuer, its audience, its JSON."""

import time

import pytest

from gateway.config import auth
from gateway.errors import Refused
from gateway.routing import authentication
from gateway.routing.authentication import verify
from tests.support.tokens import LATER, key, token

NOW = 1_800_000_000.5


def jwt(**more):
    return auth.read({'jwt': {'key': key('HS256'), 'algorithms': ['HS256'], **more}}, None).jwt


def said(body, **more):
    """What is verified at NOW, or why it is not."""
    try:
        return verify(jwt(**more), token(body), NOW)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ('exp', 'leeway', 'expires'),
    [
        (NOW + 1, '0s', NOW + 1),
        (NOW - 9.5, '10s', NOW + 0.5),
        (int(NOW), '10s', int(NOW) + 10),
        (LATER, '10s', LATER + 10),
        (253_402_300_799, '10s', 253_402_300_809),
    ],
)
def test_it_expires_when_it_says_and_the_leeway_later(exp, leeway, expires):
    assert said({'exp': exp}, leeway=leeway).expires == expires


@pytest.mark.parametrize(
    ('exp', 'leeway'),
    [(NOW, '0s'), (NOW - 10, '10s'), (0, '10s'), (-5, '10s'), (-1.5e9, '10s')],
)
def test_it_has_expired(exp, leeway):
    assert said({'exp': exp}, leeway=leeway) == 'exp: expired'


def test_one_without_exp_never_does():
    assert said({'sub': 'ann'}).expires is None


@pytest.mark.parametrize('name', ['exp', 'nbf', 'iat'])
@pytest.mark.parametrize('value', ['1900000000', '', True, False, None, [], {}, [1_900_000_000]])
def test_a_time_is_a_number(name, value):
    assert said({'exp': LATER, name: value}) == f'{name}: no number'


@pytest.mark.parametrize('name', ['exp', 'nbf', 'iat'])
@pytest.mark.parametrize('value', [1_800_000_000_000, 253_402_300_800, 10**400, -(10**400), 1e300])
def test_milliseconds_are_no_time_that_never_comes(name, value):
    assert said({name: value}) == f'{name}: beyond the year 9999; milliseconds?'


@pytest.mark.parametrize('exp', [b'NaN', b'Infinity', b'-Infinity'])
def test_what_json_does_not_know_is_no_number(exp):
    assert said(b'{"exp":%b}' % exp) == 'NaN or an infinity'


def test_a_float_that_overflows_is_no_time():
    assert said(b'{"exp":1e999}') == 'exp: beyond the year 9999; milliseconds?'


def test_it_is_not_valid_before_its_time_but_for_the_leeway():
    assert said({'nbf': NOW + 11}) == 'nbf: not yet valid'
    assert said({'nbf': NOW + 10}).claims == {'nbf': NOW + 10}
    assert said({'iat': NOW + 11}) == 'iat: issued in the future'
    assert said({'iat': NOW + 10}).claims == {'iat': NOW + 10}
    assert said({'nbf': NOW + 1}, leeway='0s') == 'nbf: not yet valid'


@pytest.mark.parametrize('iss', [None, '', 'b', ['a'], {'a': 1}, 5, 'A', 'a '])
def test_another_issuer_is_refused(iss):
    assert said({'iss': iss}, issuer='a') == 'iss: another issuer'


def test_an_issuer_is_one_of_those_named():
    assert said({}, issuer='a') == 'iss: another issuer'
    assert said({'iss': 'a'}, issuer='a').claims == {'iss': 'a'}
    assert said({'iss': 'b'}, issuer=['a', 'b']).claims == {'iss': 'b'}
    assert said({'iss': 'whoever'}).claims == {'iss': 'whoever'}


@pytest.mark.parametrize('aud', [None, '', 'c', [], ['c'], [['a']], {'a': 1}, 5, [5], ['A']])
def test_a_token_for_another_audience_is_refused(aud):
    assert said({'aud': aud}, audience=['a', 'b']) == 'aud: for another audience'


@pytest.mark.parametrize('aud', ['a', ['a'], ['c', 'b'], [5, 'a']])
def test_a_token_for_this_audience_is_good(aud):
    assert said({'aud': aud}, audience=['a', 'b']).claims == {'aud': aud}


def test_with_an_audience_here_a_token_has_one_and_without_one_it_has_none():
    assert said({}, audience='a') == 'aud: absent'
    assert said({'aud': 'a'}) == 'aud: for another audience'
    assert said({'aud': []}) == 'aud: for another audience'


@pytest.mark.parametrize('body', [b'[]', b'"text"', b'5', b'null', b'true'])
def test_claims_are_an_object(body):
    assert said(body) == 'claims that are no object'


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'{',
        b'{}x',
        b'\xff',
        b'\xef\xbb\xbf{}',
        '{"sub":"ann"}'.encode('utf-16'),
        b'[' * 6_000,
        b'{"a":' * 1_000 + b'1' + b'}' * 1_000,
        b'{"a":' + b'[' * 300 + b']' * 300 + b'}',
        b'{"a":' + b'9' * 5_000 + b'}',
    ],
)
def test_claims_are_json_that_nests_no_deeper_than_events(body):
    assert said(body) == 'claims that are no JSON, or nest too deeply'


@pytest.mark.parametrize(
    'body', [b'{"exp":1,"exp":4000000000}', b'{"x":{"a":1,"a":1}}', b'{"sub":"a","s\\u0075b":"b"}']
)
def test_a_name_stands_once(body):
    assert said(body) == 'a name twice in one object'


def test_what_expired_last_year_and_was_never_good_is_invalid():
    expired = {'exp': 5}
    assert said({**expired, 'iss': 'b'}, issuer='a') == 'iss: another issuer'
    assert said({**expired, 'aud': 'b'}) == 'aud: for another audience'


def test_the_clock_is_asked_each_time(monkeypatch):
    client = type('Client', (), {'sid': 'a', 'auth': {'token': token({'exp': NOW})}})
    monkeypatch.setattr(time, 'time', lambda: NOW + 9)
    assert authentication.authenticate(jwt(), client).expires == NOW + 10
    monkeypatch.setattr(time, 'time', lambda: NOW + 10)
    with pytest.raises(Refused, match='token_expired'):
        authentication.authenticate(jwt(), client)
