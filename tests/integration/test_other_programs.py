"""Python of the pages that is no handler: clients, and programs that emit. Each runs as it stands.

Only the address is another one.
"""

import asyncio
from types import ModuleType

import pytest
from socketio.exceptions import ConnectionError as Refused

from tests.support import tokens
from tests.support.gateway import running, write
from tests.support.pages import ROOT, snippets
from tests.support.peers import connected
from tests.support.queues import redis_server

HERE = 'https://live.example.com'
QUEUE = 'redis://127.0.0.1:6379/0'


def run(page, address, url, **known):
    """The one block of Python of a page; `known` is what the reader has beside it."""
    [body] = [block.body for block in snippets(ROOT / page) if block.language == 'python']
    assert body.count(address) == 1
    module = ModuleType('snippet')
    vars(module).update(known)
    exec(body.replace(address, url), vars(module))
    return module


def test_a_client_brings_its_token(tmp_path):
    who = {'/': {'events': {'who': {'ack': '${claims.sub}'}}}}
    jwt = {'key': tokens.SECRET, 'algorithms': ['HS256']}
    good = tokens.token({'sub': 'ann', 'exp': tokens.LATER})
    page = 'docs/authentication.md'
    config = write(tmp_path / 'gateway.yaml', who, auth={'jwt': jwt})
    with running(config) as gateway:
        client = run(page, HERE, gateway.url, login=lambda: good).client
        assert client.call('who', timeout=20) == 'ann'
        client.shutdown()
        with pytest.raises(Refused, match='namespaces failed to connect: /'):
            run(page, HERE, gateway.url, login=lambda: 'no token')


def test_a_script_emits_through_the_queue(tmp_path):
    routes = {'/': {'connect': {'join': 'user:${auth.user}'}, 'events': {'who': {'ack': 'here'}}}}

    async def scenario(url, redis):
        auth = {'user': 42}
        async with (
            connected(url, auth=auth, listen=['note']) as meant,
            connected(url, auth={'user': 43}, listen=['note']) as other,
        ):
            await asyncio.to_thread(run, 'docs/cluster.md', QUEUE, redis)
            assert await meant.heard('note') == [{'text': 'from elsewhere'}]
            assert await other.ask('who') == 'here'
            assert other.silent('note')

    with redis_server(tmp_path) as redis:
        config = write(tmp_path / 'gateway.yaml', routes, cluster=redis.url)
        with running(config) as gateway:
            gateway.says('the queue is heard')
            asyncio.run(scenario(gateway.url, redis.url))
