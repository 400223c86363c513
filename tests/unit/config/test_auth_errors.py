# ruff: noqa: E501 - the messages stand as they are said
"""One broken `auth` for each rule, with the exact words: `where: what: how to mend it`."""

import base64
import json
import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from gateway.config import auth
from gateway.config.mistakes import Mistakes
from tests.support import certificates, tokens
from tests.support.tokens import der, jwk, jwks, key, pem, private, private_pem

SECRET = key('HS256')
RSA, EC = key('RS256'), key('ES256')
CHOICE = 'write one of [HS256], [RS256], [ES256], [EdDSA]'
TAKES = 'HS256 takes a secret, RS256 RSA, ES256 EC on P-256, EdDSA Ed25519'
PUBLIC = 'give the public one: openssl pkey -in FILE -pubout prints it'
PRIVATE = f'key: a private key, where the public one verifies: {PUBLIC}'
PRIVATE_JWK = 'key: a private key, where the public one verifies: remove d, p, q, dp, dq and qi'
DAMAGED = 'key: the key is damaged: copy it again'
CONFUSED = 'key: a public key, which everybody may know, where HS256 has its secret: '
SHORT = 'key: a secret of less than 32 bytes: openssl rand -base64 32 makes a good one'
EMPTY = 'key: an empty key: without a key nobody can be trusted'


def said(raw, folder):
    with pytest.raises(Mistakes) as caught:
        auth.read(raw, folder)
    return [
        ': '.join(filter(None, ['.'.join(map(str, one.at)), one.what, one.mend]))
        for one in caught.value.found
    ]


MEND = 'write {jwt: {key: "${env.NAME}", algorithms: [HS256]}}'
INNER = 'write {key: "${env.NAME}", algorithms: [HS256]}'
SHAPES = [
    (None, [f'empty, where a mapping is needed: {MEND}']),
    ('jwt', [f'text, where a mapping is needed: {MEND}']),
    ({}, [f'jwt is missing: {MEND}']),
    (
        {'jwt': 5, 'basic': 1},
        [
            'basic: unknown key basic: known here: jwt',
            f'jwt: a number, where a mapping is needed: {INNER}',
        ],
    ),
    ({'jwt': 5}, [f'jwt: a number, where a mapping is needed: {INNER}']),
    (
        {'jwt': {}},
        [
            f'jwt: algorithms is missing: {CHOICE}',
            'jwt: neither key nor key_file: write one of them; each may be a list',
        ],
    ),
    (
        {'jwt': {'ky': 1, 'issuers': 'a'}},
        [
            'jwt.ky: unknown key ky: did you mean key?',
            'jwt.issuers: unknown key issuers: did you mean issuer?',
            f'jwt: algorithms is missing: {CHOICE}',
            'jwt: neither key nor key_file: write one of them; each may be a list',
        ],
    ),
]


@pytest.mark.parametrize(('raw', 'expected'), SHAPES)
def test_the_shape_is_checked(raw, expected, tmp_path):
    assert said(raw, tmp_path) == expected


LISTS = [
    ('HS256', [f'algorithms: no list of algorithms: {CHOICE}']),
    ([], [f'algorithms: no list of algorithms: {CHOICE}']),
    (['none'], [f'algorithms.0: a token that nobody has signed proves nothing: {CHOICE}']),
    (['HS256', 'None'], [f'algorithms.1: a token that nobody has signed proves nothing: {CHOICE}']),
    (['HS265'], ['algorithms.0: an unknown algorithm: did you mean HS256?']),
    (['HS512'], ['algorithms.0: an unknown algorithm: did you mean HS256?']),
    (
        [['x']],
        ['algorithms.0: an unknown algorithm: known here: ES256, EdDSA, HS256, RS256'],
    ),
    (['HS256', 'HS256'], ['algorithms.1: the same algorithm twice: remove one']),
    (
        ['HS256', 'RS256'],
        [
            'algorithms: HS256 beside others: a public key could be taken for its secret: write [HS256] alone, or leave it out'
        ],
    ),
]


@pytest.mark.parametrize(('algorithms', 'expected'), LISTS)
def test_algorithms_are_known_and_fit_together(algorithms, expected, tmp_path):
    raw = {'jwt': {'key': SECRET, 'algorithms': algorithms}}
    assert said(raw, tmp_path) == [f'jwt.{line}' for line in expected]


def test_every_algorithm_has_a_key(tmp_path):
    raw = {'jwt': {'key': RSA, 'algorithms': ['RS256', 'ES256']}}
    expected = ['jwt.algorithms.1: no key is for ES256: remove it, or add its key']
    assert said(raw, tmp_path) == expected


OTHERS = [
    ({'leeway': 5}, 'leeway: a duration without a unit: write it like 25s, 300ms, 2m or 1h'),
    ({'leeway': '6m'}, 'leeway: out of range: write 0s to 5m'),
    ({'issuer': ''}, 'issuer: empty, where text is needed: write what the token says'),
    ({'issuer': 5}, 'issuer: a number, where text is needed: write what the token says'),
    ({'audience': []}, 'audience: an empty list: name at least one, or remove it'),
    (
        {'audience': ['a', None]},
        'audience.1: empty, where text is needed: write what the token says',
    ),
    ({'key_file': 'a'}, 'key_file: no such file: paths are relative to the folder of this file'),
]


@pytest.mark.parametrize(('more', 'expected'), OTHERS)
def test_what_else_is_said_is_checked(more, expected, tmp_path):
    raw = {'jwt': {'key': SECRET, 'algorithms': ['HS256'], **more}}
    assert f'jwt.{expected}' in said(raw, tmp_path)


def test_a_key_stands_in_one_place(tmp_path):
    (tmp_path / 'a').write_text(SECRET)
    raw = {'jwt': {'key': SECRET, 'key_file': 'a', 'algorithms': ['HS256']}}
    assert said(raw, tmp_path) == ['jwt: key and key_file: write one of them; each may be a list']


SECRETS = [
    (None, EMPTY),
    ('', EMPTY),
    ('  \n', EMPTY),
    ([], 'key: an empty list: without a key nobody can be trusted'),
    ([SECRET, ''], 'key.1: an empty key: without a key nobody can be trusted'),
    (5, 'key: a number, where a key is needed: write "${env.NAME}"'),
    ('x' * 31, SHORT),
    ('é' * 15, SHORT),
    ({'kty': 'oct', 'k': tokens.b64(b'x' * 31)}, SHORT),
    ({'kty': 'oct', 'k': ''}, 'key: the JWK is damaged: copy it again'),
    (RSA, f'{CONFUSED}write algorithms: [RS256]'),
    (EC, f'{CONFUSED}write algorithms: [ES256]'),
    (key('EdDSA'), f'{CONFUSED}write algorithms: [EdDSA]'),
    (pem(ec.generate_private_key(ec.SECP384R1()).public_key()), f'{CONFUSED}{TAKES}'),
    (
        base64.b64encode(der(private('RS256').public_key())).decode(),
        f'{CONFUSED}write algorithms: [RS256]',
    ),
    (
        base64.encodebytes(der(private('ES256').public_key())).decode(),
        f'{CONFUSED}write algorithms: [ES256]',
    ),
    (private_pem(private('RS256')), PRIVATE),
    (
        private('ES256').public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        'key: an OpenSSH key: ssh-keygen -e -m PKCS8 -f FILE prints it in PEM',
    ),
    (jwk('RS256'), f'key: no key for HS256 in it: {TAKES}'),
    ('{"kty": "oct", ', 'key: no JWK: the JSON is broken: copy it again'),
    ('{"a":' * 5_000, 'key: no JWK: the JSON is broken: copy it again'),
    (
        'https://issuer.example/.well-known/jwks.json',
        'key: an address, where a key is needed: save what it serves, and name key_file',
    ),
    (
        f'[{jwk("RS256")}]',
        'key: JSON that is no JWK and no JWK set: write the object with kty, or with keys',
    ),
    (
        f'---- BEGIN SSH2 PUBLIC KEY ----\n{SECRET}\n---- END SSH2 PUBLIC KEY ----',
        'key: an OpenSSH key: ssh-keygen -e -m PKCS8 -f FILE prints it in PEM',
    ),
    (
        base64.urlsafe_b64encode(der(private('RS256').public_key())).decode(),
        f'{CONFUSED}write algorithms: [RS256]',
    ),
    (
        base64.b64encode(
            ssl.PEM_cert_to_DER_cert(certificates.authority().cert_pem.bytes().decode())
        ).decode(),
        'key: a certificate: openssl x509 -in FILE -noout -pubkey prints its key',
    ),
    (
        [f'{SECRET}{n}' for n in range(9)],
        'more than 8 keys without kid, all tried on each token: remove old ones, or write JWKs with kid',
    ),
]


@pytest.mark.parametrize(('raw', 'expected'), SECRETS, ids=range(len(SECRETS)))
def test_a_secret_is_one(raw, expected, tmp_path):
    prefix = 'jwt: ' if expected.startswith('more') else 'jwt.'
    assert said({'jwt': {'key': raw, 'algorithms': ['HS256']}}, tmp_path) == [prefix + expected]


CUT = RSA[: len(RSA) // 2]
ENCRYPTED = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----'
BARE = 'put it between -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----'
NO_PUBLIC = 'key: no public key: PEM begins with -----BEGIN PUBLIC KEY-----, a JWK with {; a secret is for HS256'
KEYS = [
    (SECRET, NO_PUBLIC),
    ('./public.pem', NO_PUBLIC),
    (EC, f'key: a key for ES256, which algorithms does not name: {TAKES}'),
    (
        pem(x25519.X25519PrivateKey.generate().public_key()),
        f'key: a key that none of the algorithms takes: {TAKES}',
    ),
    (
        pem(ed448.Ed448PrivateKey.generate().public_key()),
        f'key: a key that none of the algorithms takes: {TAKES}',
    ),
    (
        pem(ec.generate_private_key(ec.SECP256K1()).public_key()),
        f'key: a key that none of the algorithms takes: {TAKES}',
    ),
    (pem(dsa.generate_private_key(2048).public_key()), DAMAGED),
    (
        pem(rsa.generate_private_key(65537, 1024).public_key()),
        'key: an RSA key that is not of 2048 to 8192 bits: make another one',
    ),
    (private_pem(private('RS256')), PRIVATE),
    (private_pem(private('RS256'), PrivateFormat.TraditionalOpenSSL), PRIVATE),
    (private_pem(private('RS256'), PrivateFormat.OpenSSH), PRIVATE),
    (
        base64.b64encode(
            private('RS256').private_bytes(Encoding.DER, PrivateFormat.PKCS8, tokens.NoEncryption())
        ).decode(),
        PRIVATE,
    ),
    (ENCRYPTED, PRIVATE),
    (private_pem(private('RS256')) + RSA, PRIVATE),
    (
        certificates.authority().cert_pem.bytes().decode(),
        'key: a certificate: openssl x509 -in FILE -noout -pubkey prints its key',
    ),
    (CUT, 'key: the key is cut off: copy it again'),
    (RSA.replace('MII', 'MIJ'), DAMAGED),
    (RSA + key('RS256', 1), 'key: several keys in one text: make it a list'),
    (
        base64.b64encode(der(private('RS256').public_key())).decode(),
        f'key: a public key without the lines of PEM: {BARE}',
    ),
    ({**jwk('RS256'), 'd': 'x'}, PRIVATE_JWK),
    (jwks(jwk('RS256', kid='a'), {**jwk('ES256'), 'd': 'x'}), PRIVATE_JWK),
    ({}, 'key: no JWK: its kty and kid are no text: copy it again'),
    (jwk('RS256', kid=5), 'key: no JWK: its kty and kid are no text: copy it again'),
    ('{"keys": 5}', 'key: no JWK set: its keys are no list of objects: copy it again'),
    ('{"keys": [5]}', 'key: no JWK set: its keys are no list of objects: copy it again'),
    ('{"keys": []}', f'key: no key for RS256 in it: {TAKES}'),
    (jwk('RS256', n='!'), 'key: the JWK is damaged: copy it again'),
    (jwk('RS256', e='AQ'), 'key: the JWK is damaged: copy it again'),
    (jwk('RS256', key_ops=5), 'key: the JWK is damaged: copy it again'),
    (jwk('RS256', alg=[]), 'key: the JWK is damaged: copy it again'),
    (jwk('RS256', use='enc'), f'key: no key for RS256 in it: {TAKES}'),
    (jwk('RS256', alg='RS512'), f'key: no key for RS256 in it: {TAKES}'),
    (jwk('HS256'), f'key: no key for RS256 in it: {TAKES}'),
]


@pytest.mark.parametrize(('raw', 'expected'), KEYS, ids=range(len(KEYS)))
def test_a_key_is_public_and_of_the_right_kind(raw, expected, tmp_path):
    assert said({'jwt': {'key': raw, 'algorithms': ['RS256']}}, tmp_path) == [f'jwt.{expected}']


def test_a_file_is_checked_like_a_text(tmp_path):
    (tmp_path / 'short').write_text('short')
    (tmp_path / 'der').write_bytes(der(private('RS256').public_key()))
    raw = {'jwt': {'key_file': ['short', 'der', '.'], 'algorithms': ['HS256']}}
    assert said(raw, tmp_path) == [
        f'jwt.key_file.0: {SHORT.removeprefix("key: ")}',
        'jwt.key_file.1: no text: openssl pkey -pubin -inform DER -in FILE -out FILE.pem makes PEM of DER',
        'jwt.key_file.2: cannot be read: Is a directory',
    ]


def test_all_mistakes_are_said_at_once(tmp_path):
    raw = {'jwt': {'key': 'short', 'algorithms': ['none'], 'issuer': 5, 'leeway': 'soon'}}
    assert [line.partition(':')[0] for line in said(raw, tmp_path)] == [
        'jwt.algorithms.0',
        'jwt.key',
        'jwt.issuer',
        'jwt.leeway',
    ]


@pytest.mark.parametrize('raw', [SECRET[:20], CUT, json.dumps({**jwk('RS256'), 'd': SECRET})])
def test_no_mistake_quotes_a_key(raw, tmp_path):
    [line] = said({'jwt': {'key': raw, 'algorithms': ['RS256']}}, tmp_path)
    assert raw[:12] not in line
    assert SECRET[:12] not in line
