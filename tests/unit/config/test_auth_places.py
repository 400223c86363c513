"""`auth` in a whole configuration: for all namespaces, for one, and where mistakes are."""

import pytest

from gateway.config.load import load
from gateway.errors import ConfigError
from tests.support.tokens import key, token

SHORT = 'a secret of less than 32 bytes: openssl rand -base64 32 makes a good one'
UNSET = 'env.JWT_KEY is not set: set it before the start'


def loaded(folder, text, **env):
    file = folder / 'gateway.yaml'
    file.write_text(text)
    return load(file, env)


def problems(folder, text, **env):
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, **env)
    return [str(problem).partition('gateway.yaml:')[2] for problem in caught.value.problems]


def test_a_namespace_has_its_own_or_that_of_all_or_none(tmp_path):
    (tmp_path / 'public.pem').write_text(key('ES256'))
    text = """
auth: {jwt: {key: "${env.JWT_KEY}", algorithms: [HS256]}}
namespaces:
  /: {}
  /staff: {auth: {jwt: {key_file: ./public.pem, algorithms: [ES256]}}}
  /status: {auth: none}
"""
    found = loaded(tmp_path, text, JWT_KEY=key('HS256'))
    spaces = found.namespaces
    assert found.auth.jwt.algorithms == ('HS256',)
    assert spaces['/'].auth is found.auth
    assert spaces['/staff'].auth.jwt.algorithms == ('ES256',)
    assert spaces['/status'].auth is None


def test_without_auth_there_is_none(tmp_path):
    found = loaded(tmp_path, 'namespaces: {/: {}}')
    assert (found.auth, found.namespaces['/'].auth) == (None, None)


@pytest.mark.parametrize('secret', ['0' * 40, '1' * 40, '1e' + '3' * 40, '.' + '5' * 40])
def test_a_secret_that_looks_like_a_number_is_text(tmp_path, secret):
    text = 'auth: {jwt: {key: "${env.JWT_KEY}", algorithms: [HS256]}}\nnamespaces: {/: {}}'
    found = loaded(tmp_path, text, JWT_KEY=secret).auth.jwt
    signed = token({'sub': 'ann'}, by=secret.encode())
    assert found.keys.payload(signed.encode()) == b'{"sub": "ann"}'


@pytest.mark.parametrize(
    ('env', 'what'),
    [
        ({}, UNSET),
        ({'JWT_KEY': ''}, 'an empty key: without a key nobody can be trusted'),
        ({'JWT_KEY': 'true'}, SHORT),
        ({'JWT_KEY': '5'}, SHORT),
    ],
)
def test_a_mistake_has_its_place(tmp_path, env, what):
    jwt = '{jwt: {key: "${env.JWT_KEY}", algorithms: [HS256]}}'
    assert problems(tmp_path, f'auth: {jwt}\nnamespaces: {{/: {{}}}}', **env) == [
        f'1:19: auth.jwt.key: {what}'
    ]
    assert problems(tmp_path, f'namespaces:\n  /a:\n    auth: {jwt}', **env) == [
        f'3:23: namespaces."/a".auth.jwt.key: {what}'
    ]


def test_a_mistaken_auth_says_nothing_of_claims(tmp_path):
    text = """
auth: {jwt: {key: short, algorithms: [HS256]}}
namespaces: {/: {connect: {join: "user:${claims.sub}"}}}
"""
    assert problems(tmp_path, text) == [f'2:19: auth.jwt.key: {SHORT}']


def test_claims_need_auth(tmp_path):
    text = """
auth: {jwt: {key: "${env.JWT_KEY}", algorithms: [HS256]}}
namespaces:
  /: {connect: {join: "user:${claims.sub}"}}
  /status: {auth: none, connect: {join: "user:${claims.sub}"}}
"""
    assert problems(tmp_path, text, JWT_KEY=key('HS256')) == [
        '5:41: namespaces."/status".connect.join: claims needs auth.jwt, or http in connect'
    ]
