"""msgpack as the official clients speak it, over every transport."""

import asyncio

import msgpack
import pytest

from tests.support.gateway import running, write
from tests.support.peers import FINALLY, TRANSPORTS, Peer, ThreadedPeer, connected
from tests.support.routes import ECHO, ROUTES

BYTES = bytes((0, 1, 127, 128, 255))
VALUES = [
    ('text', '', 'é€😀 "quoted" \\ \0 \u2028 \x1e', 'x' * 70_000),
    (0, -1, 1.5, 2**53, 2**64 - 1, -(2**63), True, False, None),
    ({'nested': {'list': [1, [2, {'deep': None}]]}}, [[4]]),
    (BYTES, b'', bytes(100_000), {'parts': [BYTES, {'tail': BYTES}]}),
    (msgpack.Timestamp(1, 5),),
    tuple(msgpack.ExtType(7, bytes(size)) for size in (0, 1, 2, 4, 8, 16, 17, 300)),
]

every_mode = pytest.mark.parametrize('mode', TRANSPORTS)


class PackedPeer(Peer):
    def __init__(self):
        super().__init__(serializer='msgpack')


class PackedThreadedPeer(ThreadedPeer):
    def __init__(self):
        super().__init__(serializer='msgpack')


@pytest.fixture(scope='module')
def url(tmp_path_factory):
    """The address of a gateway with `auto`, where `bye` makes the server disconnect."""
    events = {**ECHO['events'], 'bye': {'disconnect': True}}
    path = tmp_path_factory.mktemp('gateway') / 'gateway.yaml'
    config = write(path, {**ROUTES, '/': {'events': events}}, socketio={'ping_interval': '1s'})
    with running(config) as gateway:
        yield gateway.url


@every_mode
def test_values_of_the_javascript_client_come_back_as_they_were_sent(url, node, mode):
    report = node('values.js', url, mode, 'msgpack').report()
    assert report == {'transport': FINALLY[mode], 'values': 14}


@every_mode
def test_what_only_msgpack_carries_comes_back_and_either_side_disconnects(url, node, mode):
    assert node('msgpack.js', url, mode, 'msgpack').report() == {
        'transport': FINALLY[mode],
        'server': 'io server disconnect',
        'client': 'io client disconnect',
    }


@every_mode
def test_the_server_asks_and_the_javascript_client_answers(program, node, mode):
    hub = program('tests.support.hub')
    assert node('questions.js', hub.hello['url'], mode, 'msgpack').report() == {
        'none': 'seen',
        'some': ['text', 2, {'deep': [None]}, 'seen'],
        'binary': ['00017f80ff', 'seen'],
        'order': list(range(10)),
        'silence': 'timeout',
        'callbacks left': 0,
    }


@every_mode
def test_namespaces_of_the_javascript_client(url, node, mode):
    report = node('namespaces.js', url, mode, 'msgpack').report()
    assert report == {'refusal': 'Invalid namespace', 'connections': 1, 'nowhere': False}
    report = node('refused.js', url, mode, 'msgpack').report()
    assert report == {'message': 'wrong_key', 'connected': False}


@every_mode
@pytest.mark.parametrize('kind', [PackedPeer, PackedThreadedPeer])
def test_values_of_the_python_clients_come_back_as_they_were_sent(url, kind, mode):
    async def scenario():
        async with connected(url, mode, kind, listen=['back', 'disconnect']) as peer:
            for args in VALUES:
                answer = await peer.ask('echo', *args)
                assert (answer,) == args if len(args) == 1 else tuple(answer) == args
                await peer.do('emit', 'back', args)
                assert tuple(await peer.heard('back')) == args
            assert await peer.ask('echo') is None
            assert peer.client.transport() == FINALLY[mode]
            await peer.do('emit', 'bye')
            await peer.heard('disconnect')

    asyncio.run(scenario())
