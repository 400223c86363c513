"""The official Python clients, `Client` and `AsyncClient`, against the gateway as it is run."""

import asyncio

import pytest

from tests.support.gateway import running, write
from tests.support.peers import FINALLY, KINDS, TRANSPORTS, connected
from tests.support.routes import ROUTES

BYTES = bytes((0, 1, 127, 128, 255))
VALUES = [
    ('text',),
    ('',),
    ('é€😀 "quoted" \\ \0 \u2028 \x1e',),
    ('x' * 70_000,),
    (0, -1, 1.5, 1e21, 2**53 - 1),
    (2**70, -(2**70)),
    (True, False, None),
    ('one', 2, {'three': [3]}, [[4]]),
    ({'nested': {'list': [1, [2, {'deep': None}]]}},),
    (BYTES,),
    (b'',),
    (bytes(100_000),),
    (BYTES, 'between', BYTES),
    ({'file': {'name': 'a', 'parts': [BYTES, {'tail': BYTES}]}}, 1, [BYTES]),
]

every_client = pytest.mark.parametrize('kind', KINDS.values(), ids=KINDS)
every_mode = pytest.mark.parametrize('mode', TRANSPORTS)


@every_client
@every_mode
def test_values_come_back_as_they_were_sent(url, kind, mode):
    async def scenario():
        async with connected(url, mode, kind, listen=['back']) as peer:
            for args in VALUES:
                answer = await peer.ask('echo', *args)
                assert (answer,) == args if len(args) == 1 else tuple(answer) == args
                await peer.do('emit', 'back', args)
                assert tuple(await peer.heard('back')) == args
            assert await peer.ask('echo') is None
            assert peer.client.transport() == FINALLY[mode]

    asyncio.run(scenario())


@every_client
@every_mode
def test_the_server_asks_and_the_client_answers(program, kind, mode):
    async def scenario():
        async with connected(url, mode, kind, listen=['answers']) as peer:
            peer.client.on('question', lambda *args: (*args, 'seen'))
            peer.slow('silence', 0.3)
            await peer.do('emit', 'ask me')
            [answers] = await peer.heard('answers')
            await peer.heard('done')
            await peer.ask('echo')  # behind the answer that came too late
        return answers

    url = program('tests.support.hub', ping_interval='1s').hello['url']
    assert asyncio.run(scenario()) == {
        'none': 'seen',
        'some': ['text', 2, {'deep': [None]}, 'seen'],
        'binary': ['00017f80ff', 'seen'],
        'order': list(range(10)),
        'silence': 'timeout',
        'callbacks left': 0,
    }


@every_client
@every_mode
def test_two_namespaces_share_a_connection_and_a_third_is_refused(url, kind, mode):
    async def scenario():
        options = {
            'namespaces': ['/', '/chat', '/nowhere'],
            'auth': {'name': 'Ann'},
            'listen': ['heard', ('heard', '/chat'), ('connect_error', '/nowhere')],
            'wait': False,
        }
        async with connected(url, mode, kind, **options) as peer:
            [refusal] = await peer.heard('connect_error', '/nowhere')
            assert refusal == {'message': 'Invalid namespace'}
            assert set(peer.client.namespaces) == {'/', '/chat'}
            assert await peer.ask('where') == '/'
            assert list(await peer.ask('where', namespace='/chat')) == ['/chat', 'Ann']
            await peer.do('emit', 'say', 'to the second', namespace='/chat')
            assert await peer.heard('heard', '/chat') == ['to the second']
            assert peer.silent('heard')

    asyncio.run(scenario())


@every_client
@every_mode
def test_it_reconnects_to_a_restarted_gateway(tmp_path, kind, mode):
    async def scenario():
        config = write(tmp_path / 'gateway.yaml', ROUTES)
        with running(config) as first:
            async with connected(first.url, mode, kind, listen=['connect', 'disconnect']) as peer:
                await peer.heard('connect')
                before = peer.client.get_sid()
                await asyncio.to_thread(first.stop)
                await peer.heard('disconnect')
                server = {'listen': f'127.0.0.1:{first.port}'}
                config = write(tmp_path / 'gateway.yaml', ROUTES, server=server)
                with running(config):
                    await peer.heard('connect')
                    assert await peer.ask('echo', 'after') == 'after'
                    assert peer.client.get_sid() != before
                    await peer.do('shutdown')

    asyncio.run(scenario())


@every_client
@every_mode
def test_a_connect_route_refuses(url, kind, mode):
    async def scenario():
        options = {
            'namespaces': ['/guarded'],
            'auth': {'key': 'wrong'},
            'listen': [('early', '/guarded'), ('connect_error', '/guarded')],
            'wait': False,
        }
        async with connected(url, mode, kind, **options) as peer:
            [refusal] = await peer.heard('connect_error', '/guarded')
            assert refusal == {'message': 'wrong_key'}
            assert peer.silent('early', '/guarded')
            assert '/guarded' not in peer.client.namespaces

    asyncio.run(scenario())
