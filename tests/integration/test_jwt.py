"""Tokens: the official clients bring them, in the auth object and in a header."""

import asyncio
import json
import time

import pytest
import socketio

from tests.support import gateway as gateways
from tests.support import jwt_gateway
from tests.support.peers import FINALLY, KINDS, connected
from tests.support.tokens import ALGORITHMS, LATER, token

AUTH = {'issuer': 'https://login.example.com', 'audience': ['chat', 'live'], 'leeway': '10s'}
GOOD = {'sub': 'ann', 'exp': LATER, 'iss': AUTH['issuer'], 'aud': 'chat'}
ELSEWHERE = {'sub': 'ann', 'exp': LATER}  # where neither issuer nor audience is asked for


@pytest.fixture(scope='module')
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp('jwt')
    with pytest.MonkeyPatch.context() as monkeypatch:
        config = jwt_gateway.write(folder, monkeypatch, **AUTH)
        with gateways.running(config) as gateway:
            yield gateway.url


def bearer(text):
    return {'Authorization': f'Bearer {text}'}


def attempts():
    """(what is brought where, what comes of it)"""
    for name in ALGORITHMS:
        text = token(ELSEWHERE, name, header={'kid': 'new'})
        yield {'namespace': f'/{name}', 'auth': {'token': text}}, ['ann']
        yield {'namespace': f'/{name}', 'headers': bearer(text)}, ['ann']
        for other in ALGORITHMS:
            if other != name:
                yield {'namespace': f'/{other}', 'auth': {'token': text}}, 'token_invalid'
        another_key = token(ELSEWHERE, name, 2, {'kid': 'new'})
        yield {'namespace': f'/{name}', 'auth': {'token': another_key}}, 'token_invalid'
    old = token(ELSEWHERE, 'ES256', 1, {'kid': 'old'})
    yield {'namespace': '/ES256', 'auth': {'token': old}}, ['ann']
    yield {'namespace': '/open'}, ['anybody']
    yield {'namespace': '/open', 'auth': {'token': 'of whatever kind'}}, ['anybody']
    yield {}, 'token_missing'
    yield {'auth': {'token': None}, 'headers': bearer(token(GOOD))}, 'token_missing'
    yield {'auth': {'token': ''}, 'headers': bearer(token(GOOD))}, 'token_invalid'
    yield {'auth': {'name': 'ann'}, 'headers': bearer(token(GOOD))}, ['ann']
    yield {'headers': {'Authorization': 'Basic YW5uOmFubg=='}}, 'token_missing'
    yield {'namespace': '/nowhere', 'auth': {'token': token(GOOD)}}, 'Invalid namespace'
    now = int(time.time())
    for more, outcome in (
        ({}, ['ann']),
        ({'aud': ['live', 'other']}, ['ann']),
        ({'iss': 'https://login.example.org'}, 'token_invalid'),
        ({'aud': 'other'}, 'token_invalid'),
        ({'exp': now - 5}, ['ann']),
        ({'exp': now - 3_600}, 'token_expired'),
        ({'nbf': now + 5}, ['ann']),
        ({'nbf': now + 3_600}, 'token_invalid'),
        ({'iat': now + 3_600}, 'token_invalid'),
        ({'exp': now * 1_000}, 'token_invalid'),
    ):
        yield {'auth': {'token': token({**GOOD, **more})}}, outcome
    without_audience = {name: GOOD[name] for name in ('sub', 'exp', 'iss')}
    yield {'auth': {'token': token(without_audience)}}, 'token_invalid'


@pytest.mark.parametrize(
    ('mode', 'parser'), [*[(mode, '') for mode in FINALLY], ('websocket', 'msgpack')]
)
def test_the_javascript_client_comes_in_with_a_token_and_not_without(url, node, mode, parser):
    brought, expected = zip(*attempts(), strict=True)
    found = node('token.js', url, mode, parser, json.dumps(brought)).report()
    assert list(zip(brought, found, strict=True)) == [*zip(brought, expected, strict=True)]


@pytest.mark.parametrize('mode', ['websocket', 'polling'])
@pytest.mark.parametrize('kind', KINDS.values(), ids=KINDS)
@pytest.mark.parametrize('name', ALGORITHMS)
def test_the_python_clients_too(url, kind, mode, name):
    text = token(ELSEWHERE, name)
    namespace = f'/{name}'

    async def scenario():
        for brought in ({'auth': {'token': text}}, {'headers': bearer(text)}):
            options = {'namespaces': [namespace], **brought}
            async with connected(url, mode, kind, **options) as peer:
                assert await peer.ask('who', namespace=namespace) == 'ann'

    text = token(ELSEWHERE, name, header={'kid': 'new'})
    asyncio.run(scenario())


@pytest.mark.parametrize('kind', KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    ('auth', 'code'),
    [
        (None, 'token_missing'),
        ({'token': token(GOOD, which=1)}, 'token_invalid'),
        ({'token': token({**GOOD, 'exp': 5})}, 'token_expired'),
    ],
)
def test_the_python_clients_are_told_why_they_are_refused(url, kind, auth, code):
    async def scenario():
        peer = kind()
        peer.listen('connect_error')
        with pytest.raises(socketio.exceptions.ConnectionError):
            await peer.do('connect', url, transports=['websocket'], auth=auth)
        assert await peer.heard('connect_error') == [{'message': code}]
        await peer.close()

    asyncio.run(scenario())


def test_one_connection_brings_a_token_for_each_namespace(url):
    """A refusal in one leaves the others as they are."""

    async def scenario():
        header = bearer(token(ELSEWHERE, 'RS256'))
        options = {
            'namespaces': ['/RS256', '/open', '/EdDSA'],
            'headers': header,
            'listen': [('connect_error', '/EdDSA'), ('connect', '/RS256'), ('connect', '/open')],
            'wait': False,
        }
        async with connected(url, **options) as peer:
            assert await peer.heard('connect_error', '/EdDSA') == [{'message': 'token_invalid'}]
            for name, who in (('/RS256', 'ann'), ('/open', 'anybody')):
                await peer.heard('connect', name)
                assert await peer.ask('who', namespace=name) == who

    asyncio.run(scenario())
