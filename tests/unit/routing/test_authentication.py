"""A client's token: where it is found, who has signed it, and what of it is believed."""

import base64
import json
import logging

import pytest

from gateway.errors import Refused
from gateway.routing.authentication import authenticate
from tests.support.authenticated import HS256, claims, client, jwt, refusal
from tests.support.tokens import ALGORITHMS, LATER, b64, jwk, jwks, key, private, token

GOOD = {'sub': 'ann', 'exp': LATER}


def why(caplog, text, jwt=HS256):
    """The refusal, and what the log says of it at the level debug."""
    caplog.set_level(logging.DEBUG)
    code = refusal(text, jwt)
    [record] = caplog.records
    assert record.levelno == logging.DEBUG
    assert isinstance(text, str) is False or text not in record.getMessage()
    return code, record.getMessage().removeprefix('its sid: token refused: ')


# Where it is found.


def test_it_is_in_the_auth_object():
    assert claims(token(GOOD)) == GOOD


@pytest.mark.parametrize('scheme', ['Bearer ', 'bearer ', 'BEARER   '])
@pytest.mark.parametrize('sent', [None, {}, {'name': 'Ann'}, 'text', [1], 0])
def test_else_in_the_header(scheme, sent):
    found = authenticate(HS256, client(sent, authorization=scheme + token(GOOD)))
    assert found.claims == GOOD


@pytest.mark.parametrize('header', [{}, {'authorization': ''}, {'authorization': 'Basic YTpi'}])
def test_without_one_nobody_comes_in(header):
    with pytest.raises(Refused) as caught:
        authenticate(HS256, client({'name': 'Ann'}, **header))
    assert caught.value.data == {'message': 'token_missing'}


@pytest.mark.parametrize(
    ('sent', 'code'),
    [
        (None, 'token_missing'),
        ('', 'token_invalid'),
        (5, 'token_invalid'),
        ('a.b.c', 'token_invalid'),
    ],
)
def test_what_is_found_first_counts_also_when_it_is_unusable(sent, code):
    with pytest.raises(Refused) as caught:
        authenticate(HS256, client({'token': sent}, authorization='Bearer ' + token(GOOD)))
    assert caught.value.data == {'message': code}


@pytest.mark.parametrize('header', ['Bearer', 'Bearer ', 'Bearer a b', f'Bearer {token(GOOD)}, x'])
def test_a_header_that_holds_no_token_is_refused(header):
    with pytest.raises(Refused, match='token_invalid'):
        authenticate(HS256, client(authorization=header))


# Who has signed it.


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_each_algorithm_verifies_its_own(algorithm):
    assert claims(token(GOOD, algorithm), jwt(algorithm)) == GOOD


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_another_key_is_no_key(algorithm, caplog):
    text = token(GOOD, algorithm, which=1)
    assert why(caplog, text, jwt(algorithm)) == ('token_invalid', 'a wrong signature')


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_each_bit_of_a_signature_counts(algorithm):
    head, body, signature = token(GOOD, algorithm).split('.')
    good = base64.urlsafe_b64decode(signature + '==')
    configured = jwt(algorithm)
    for bad in (good[:-1], good + b'\0', bytes([good[0] ^ 1]) + good[1:], b'\0' * len(good), b''):
        assert refusal(f'{head}.{body}.{b64(bad)}', configured) == 'token_invalid'
    other = b64(json.dumps({**GOOD, 'sub': 'bob'}).encode())
    assert refusal(f'{head}.{other}.{signature}', configured) == 'token_invalid'


@pytest.mark.parametrize('algorithm', ALGORITHMS)
@pytest.mark.parametrize(
    'claimed', ['none', 'None', 'HS256', 'HS384', 'PS256', 'ES256K', '', 5, []]
)
def test_a_token_does_not_choose_its_algorithm(algorithm, claimed):
    if claimed == algorithm:
        return
    secret = key(algorithm).encode()  # a public key as the secret of HS256
    for by in (secret, b'', private('HS256')):
        text = token(GOOD, 'HS256', header={'alg': claimed}, by=by or b'x')
        assert refusal(text, jwt(algorithm)) == 'token_invalid'
        assert refusal(text.rpartition('.')[0] + '.', jwt(algorithm)) == 'token_invalid'


def test_the_examples_of_the_standards_verify():
    """RFC 7515, appendices A.1 and A.3; their tokens expired in 2011."""
    body = (
        'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt'
        'cGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
    )
    k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    secret = {'kty': 'oct', 'k': k}
    point = {
        'kty': 'EC',
        'crv': 'P-256',
        'x': 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        'y': 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    a1 = (
        f'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{body}.'
        'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    )
    a3 = (
        f'eyJhbGciOiJFUzI1NiJ9.{body}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8I'
        'SlSApmWQxfKTUJqPP3-Kg6NU1Q'
    )
    for text, raw, algorithm in ((a1, secret, 'HS256'), (a3, point, 'ES256')):
        found = jwt(key=raw, algorithms=[algorithm])
        assert json.loads(found.keys.payload(text.encode()))['iss'] == 'joe'
        assert refusal(text, found) == 'token_expired'


def test_the_example_of_ed25519_verifies():
    """RFC 8037, appendix A.4; it holds no claims."""
    raw = {'kty': 'OKP', 'crv': 'Ed25519', 'x': '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}
    text = (
        'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PG'
        'cvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    )
    found = jwt(key=raw, algorithms=['EdDSA'])
    assert found.keys.payload(text.encode()) == b'Example of Ed25519 signing'
    assert refusal(text, found) == 'token_invalid'


def test_a_kid_says_which_key():
    raw = jwks(jwk('RS256', 1, kid='a'), jwk('RS256', 2, kid='b'))
    found = jwt('RS256', key=raw)
    assert claims(token(GOOD, 'RS256', 1, {'kid': 'a'}), found) == GOOD
    assert claims(token(GOOD, 'RS256', 2, {'kid': 'b'}), found) == GOOD
    for which, header in ((1, {'kid': 'b'}), (1, {'kid': 'c'}), (1, {}), (1, {'kid': None})):
        assert refusal(token(GOOD, 'RS256', which, header), found) == 'token_invalid'


def test_the_only_key_needs_no_kid_but_its_own_if_one_is_named():
    found = jwt('RS256', key=jwk('RS256', kid='a'))
    assert claims(token(GOOD, 'RS256'), found) == GOOD
    assert refusal(token(GOOD, 'RS256', header={'kid': 'b'}), found) == 'token_invalid'


# What is logged of it.


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('é.é.é', 'no text of at most 8,192 characters'),
        (['a'], 'no text of at most 8,192 characters'),
        ('a.b.c', 'no token'),
        (token(GOOD, header={'alg': 'none'}), 'an unknown algorithm or kid'),
        (token(GOOD, header={'crit': ['x'], 'x': 1}), 'an extension that is not understood'),
        (token({'sub': 'ann', 'exp': 5}), 'exp: expired'),
        (token({'sub': 'ann', 'exp': 'ann'}), 'exp: no number'),
        (token({'sub': 'ann', 'aud': 'ann'}), 'aud: for another audience'),
    ],
)
def test_the_log_says_why_in_words_of_ours(caplog, text, reason):
    assert why(caplog, text)[1] == reason


def test_at_other_levels_nothing_is_logged(caplog):
    caplog.set_level(logging.INFO)
    assert refusal('a.b.c') == 'token_invalid'
    assert caplog.records == []
