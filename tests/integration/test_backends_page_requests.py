"""docs/backends.md: the request that it prints is the one that a gateway with its YAML sends."""

import asyncio
import contextlib
import json
import re

import pytest

from tests.support.flask_backend import SECRETS
from tests.support.gateway import running
from tests.support.pages import ROOT, snippets
from tests.support.peers import connected
from tests.support.recipes import Backend

BLOCKS = list(snippets(ROOT / 'docs' / 'backends.md'))
ANY = re.compile(r'127\.0\.0\.1:\d+|[0-9a-f]{16}-\d+|v1,\S+|socketio-gateway/\S+|\d+')
PATIENCE = 20


@contextlib.contextmanager
def asked(reply):
    backend = Backend(reply)
    try:
        yield backend
    finally:
        backend.end()


def serve(folder, text, backend):
    for old, new in ((':8001', ':0'), ('http://127.0.0.1:5000', backend.url)):
        text = text.replace(old, new)
    (folder / 'gateway.yaml').write_text(f'server: {{listen: "127.0.0.1:0"}}\n{text}')
    return running(folder / 'gateway.yaml')


def shape(value):
    """The types, and the keys in their order."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


def test_the_request_is_as_printed(tmp_path, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    [printed] = [block.body for block in BLOCKS if block.language == 'http']
    head, body = printed.split('\n\n')

    def reply(path, _):
        return (200, {'claims': {'sub': 'Ann'}}) if path == '/connect' else (204, None)

    async def scenario(url):
        async with connected(url, auth={'name': 'Ann'}) as ann:
            assert await ann.ask('start', 200_000) is None

    with asked(reply) as backend, serve(tmp_path, BLOCKS[0].body, backend) as gateway:
        asyncio.run(scenario(gateway.url))
        found = [backend.next() for _ in range(3)]
    assert [path for path, *_ in found] == ['/connect', '/start', '/disconnect']
    path, headers, sent = found[1]
    lines = [f'POST {path} HTTP/1.1', *(f'{name}: {value}' for name, value in headers.items())]
    assert [ANY.sub('', line) for line in lines] == [ANY.sub('', line) for line in head.split('\n')]
    event = json.loads(sent)
    assert shape(event) == shape(json.loads(body))
    assert event['id'] == headers['webhook-id']
    known = {'args': [200_000], 'claims': {'sub': 'Ann'}, 'rooms': ['user:Ann'], 'event': 'start'}
    assert known.items() <= event.items()
    assert json.loads(found[0][2])['auth'] == {'name': 'Ann'}
    left = json.loads(found[2][2])
    assert (left['sequence'], left['event']) == (1, 'disconnect')
    assert left['reason'] in {'client disconnect', 'transport close'}
    assert left['gateway'] == left['id'].partition('-')[0]


@pytest.mark.parametrize('cookie', ['session=42', ''])
def test_a_cookie_is_sent_on_where_the_route_says_so(tmp_path, cookie):
    [part] = [block.body for block in BLOCKS if 'Cookie' in block.body]
    text = 'namespaces:\n  /:\n' + ''.join(f'    {line}\n' for line in part.splitlines())

    async def scenario(url):
        async with connected(url, headers={'Cookie': cookie} if cookie else {}):
            pass

    with asked(lambda *_: (204, None)) as backend, serve(tmp_path, text, backend) as gateway:
        asyncio.run(scenario(gateway.url))
        _, headers, _ = backend.next()
    assert headers['Cookie'] == cookie


def test_a_price_is_null_while_its_backend_is_down(tmp_path):
    [part] = [block.body for block in BLOCKS if 'on_error' in block.body]
    text = 'namespaces:\n  /:\n' + ''.join(f'    {line}\n' for line in part.splitlines())

    async def scenario(url):
        async with connected(url) as ann:
            assert await ann.ask('price', {'item': 7}) == {'price': None, 'asked': 7}

    with asked(lambda *_: (500, None)) as backend, serve(tmp_path, text, backend) as gateway:
        asyncio.run(scenario(gateway.url))
