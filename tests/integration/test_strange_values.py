"""Values that no expression knows, in every place where a route takes one: a clean error."""

import asyncio

import msgpack
import pytest

from tests.support import raw
from tests.support.gateway import running, write

ROUTES = {
    '/': {
        'events': {
            'guard': [{'if': '${data > 1}', 'ack': ['no']}],
            'equal': [{'if': "${data == 'x'}", 'ack': ['yes']}, {'ack': ['different']}],
            'in': [{'if': "${'x' in data}", 'ack': ['no']}],
            'size': [{'ack': ['${size(data)}']}],
            'sum': [{'ack': ['${data + 1}']}],
            'whole': [{'ack': ['${[data].size()}']}],
            'text': [{'ack': ['a ${data} b']}],
            'room': [{'join': '${data}'}],
            'to': [{'emit': {'event': 'x', 'to': 'room:${data}'}}],
            'name': [{'emit': {'event': '${data}'}}],
            'below': [{'ack': ['${data.below}']}],
            'item': [{'ack': ['${data[0]}']}],
            'echo': [{'ack': '${args}'}],
            'one': [{'ack': ['${data}']}],
        },
    }
}
VALUES = {
    'undefined': b'\xd4\x00\x00',
    'a date': b'\xd7\x00' + bytes(8),
    'a typed array': b'\xc7\x02\x00\x01\x02',
    'a timestamp': b'\xd6\xff\x00\x00\x00\x01',
}
CARRIED = {'echo', 'one'}  # what only hands it on


@pytest.fixture(scope='module')
def port(tmp_path_factory):
    config = write(tmp_path_factory.mktemp('gateway') / 'gateway.yaml', ROUTES)
    with running(config) as gateway:
        yield gateway.port


def event(name, value, id):
    """An event whose one argument is spelled in msgpack already."""
    head = b'\x84\xa4type\x02\xa3nsp\xa1/\xa2id%c\xa4data\x92' % id
    return head + msgpack.packb(name) + value


async def answers(port, value):
    """The first argument of each event's acknowledgement."""
    found = {}
    async with raw.websocket(port, join=None) as peer:
        peer.send(b'\x82\xa4type\x00\xa3nsp\xa1/')
        await peer.receive()
        for id, name in enumerate(ROUTES['/']['events']):
            peer.send(event(name, value, id))
            _, body = await peer.receive()
            reply = msgpack.unpackb(body)
            assert (reply['type'], reply['id']) == (3, id)
            [found[name]] = reply['data'] or [None]
    return found


@pytest.mark.parametrize('kind', VALUES)
def test_a_value_that_only_msgpack_has_in_an_expression_is_an_error(port, kind):
    found = asyncio.run(answers(port, VALUES[kind]))
    assert found.pop('equal') == 'different'
    for name in CARRIED:
        assert not isinstance(found.pop(name), dict)
    codes = {name: answer['error']['code'] for name, answer in found.items()}
    assert codes == {
        name: 'guard_failed' if name in {'guard', 'in'} else 'bad_value' for name in found
    }


def test_deep_values_in_an_expression_are_errors(port):
    found = asyncio.run(answers(port, b'\x91' * 250 + b'\x90'))
    for name in ('guard', 'sum', 'whole', 'text', 'room', 'to', 'name', 'below'):
        assert found[name]['error']['code'] in {'guard_failed', 'bad_value'}, name


@pytest.mark.parametrize('depth', [255, 256, 1_010, 100_000])
def test_deep_values_in_json_end_nothing_but_their_own_client(port, depth):
    async def scenario():
        async with raw.websocket(port) as peer:
            peer.send(f'420["echo",{"[" * depth}{"]" * depth}]')
            opcode, reply = await peer.receive()
            if depth == 255:
                assert reply == b'430[' + b'[' * depth + b']' * depth + b']'
            else:
                why = 'payload is not JSON' if depth == 100_000 else 'nested too deeply'
                assert (opcode, reply) == (raw.CLOSE, b'\x03\xea' + why.encode())
        async with raw.websocket(port) as peer:
            peer.send('420["echo"]')
            assert await peer.text() == '430[]'

    asyncio.run(scenario())
