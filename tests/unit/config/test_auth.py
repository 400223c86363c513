"""`auth.jwt`: the keys it reads, in every form and from every place."""

import json
import subprocess
import sys

import pytest

from gateway.config import auth
from tests.support import tokens
from tests.support.gateway import ROOT
from tests.support.tokens import ALGORITHMS, jwk, jwks, key, token

CLAIMS = {'sub': 'ann', 'exp': tokens.LATER}


def jwt(folder, **keys):
    return auth.read({'jwt': keys}, folder).jwt


def verifies(found, algorithm, which=0, **header):
    signed = token(CLAIMS, algorithm, which, header)
    return json.loads(found.keys.payload(signed.encode())) == CLAIMS


def test_the_defaults_are_few(tmp_path):
    found = jwt(tmp_path, key=key('HS256'), algorithms=['HS256'])
    assert (found.algorithms, found.issuer, found.audience) == (('HS256',), (), ())
    assert found.leeway == 10.0


def test_everything_can_be_said(tmp_path):
    found = jwt(
        tmp_path,
        key=key('HS256'),
        algorithms=['HS256'],
        issuer='https://login.example.com',
        audience=['chat', 'live'],
        leeway='1m',
    )
    assert found.issuer == ('https://login.example.com',)
    assert (found.audience, found.leeway) == (('chat', 'live'), 60.0)


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_a_key_is_pem_or_a_secret(tmp_path, algorithm):
    found = jwt(tmp_path, key=key(algorithm), algorithms=[algorithm])
    assert verifies(found, algorithm)
    assert verifies(found, algorithm, kid='of which nothing is known here')


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_a_key_is_a_jwk_as_text_or_as_a_mapping(tmp_path, algorithm):
    for form in (json.dumps(jwk(algorithm)), jwk(algorithm), json.loads(jwks(jwk(algorithm)))):
        assert verifies(jwt(tmp_path, key=form, algorithms=[algorithm]), algorithm)


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_a_key_stands_in_a_file_relative_to_the_configuration(tmp_path, algorithm):
    (tmp_path / 'public.pem').write_text(key(algorithm) + '\n')
    assert verifies(jwt(tmp_path, key_file='./public.pem', algorithms=[algorithm]), algorithm)


def test_the_newline_at_the_end_of_a_file_is_none_of_the_secret(tmp_path):
    for ending in ('', '\n', '\r\n'):
        (tmp_path / 'secret').write_text(key('HS256') + ending, newline='')
        assert verifies(jwt(tmp_path, key_file='secret', algorithms=['HS256']), 'HS256')


def test_pem_may_have_come_through_a_variable_of_one_line(tmp_path):
    found = jwt(tmp_path, key=key('ES256').replace('\n', '\\n'), algorithms=['ES256'])
    assert verifies(found, 'ES256')


def test_several_keys_verify_while_they_are_rotated(tmp_path):
    found = jwt(tmp_path, key=[key('HS256', 1), key('HS256', 2)], algorithms=['HS256'])
    assert verifies(found, 'HS256', 1)
    assert verifies(found, 'HS256', 2)
    (tmp_path / 'old.pem').write_text(key('RS256'))
    (tmp_path / 'new.json').write_text(jwks(jwk('ES256', kid='new')))
    both = jwt(tmp_path, key_file=['old.pem', 'new.json'], algorithms=['RS256', 'ES256'])
    assert verifies(both, 'RS256')
    assert verifies(both, 'ES256', kid='new')


def test_of_a_set_only_what_these_algorithms_take_counts(tmp_path):
    one = jwk('RS256', kid='a', use='sig', alg='RS256', key_ops=['verify'], x5c=['MII'])
    others = [
        jwk('RS256', 1, kid='b', use='enc'),
        jwk('RS256', 1, kid='b', alg='RS512'),
        jwk('RS256', 1, kid='b', key_ops=['encrypt']),
        jwk('ES256', kid='b'),
        jwk('HS256', kid='b'),
        {'kty': 'AKP', 'alg': 'ML-DSA-44', 'pub': 'x', 'kid': 'b'},
    ]
    found = jwt(tmp_path, key=jwks(*others, one), algorithms=['RS256'])
    assert [found.kid for found in found.keys.keys] == ['a']


def test_the_two_names_of_one_algorithm(tmp_path):
    for name in ('EdDSA', 'Ed25519'):
        found = jwt(tmp_path, key=jwk('EdDSA', alg=name), algorithms=['EdDSA'])
        assert verifies(found, 'EdDSA', alg='EdDSA')
        assert verifies(found, 'EdDSA', alg='Ed25519')


def test_nothing_that_is_printed_holds_a_secret(tmp_path):
    found = auth.read({'jwt': {'key': key('HS256'), 'algorithms': ['HS256']}}, tmp_path)
    assert key('HS256') not in repr(found)
    assert key('HS256') not in repr(found.jwt.keys)


def test_cryptography_is_imported_where_auth_is_configured_and_nowhere_else():
    script = (
        'import sys, gateway.config.load, gateway.routing.authentication;'
        'print("joserfc" in sys.modules)'
    )
    command = [sys.executable, '-c', script]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout == b'False\n'
