"""Emits with `ack`: what clients acknowledge, as programs are told it."""

import asyncio
from asyncio import to_thread

import msgpack
import pytest

from tests.support import gateway as gateways
from tests.support import packed, raw
from tests.support.api import ADMIN, SPACES, Api, clients


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp('publish') / 'gateway.yaml'
    with gateways.running(gateways.write(path, SPACES, admin=ADMIN)) as gateway:
        yield gateway


@pytest.fixture
def api(running):
    with Api(running) as api:
        yield api


def test_bytes_go_out_and_come_back_as_base64(running, api):
    async def main():
        async with clients(running, 1) as (one,):
            body = {'event': 'note', 'to': f'sid:{one.sid}', 'data': {'$bytes': 'AP8='}}
            asked = asyncio.create_task(to_thread(api.post, '/emit', {**body, 'ack': {}}))
            head = await one.text()
            assert await one.receive() == (raw.BINARY, b'\x00\xff')
            number = head.removeprefix('451-').partition('[')[0]
            one.send(f'461-{number}[{{"_placeholder":true,"num":0}},"ok"]')
            one.send(b'\xff\x00')
            args = [{'$bytes': '/wA='}, 'ok']
            assert await asked == (
                200,
                {'answers': [{'sid': one.sid, 'args': args}], 'missing': []},
            )

    asyncio.run(main())


def test_an_emit_with_ack_tells_who_answered_what_and_who_did_not(running, api):
    async def main():
        async with clients(running, 3, 'asked') as (one, silent, leaving):
            body = {'event': 'q', 'to': 'room:asked', 'data': 1, 'ack': {'timeout': '500ms'}}
            asked = asyncio.create_task(to_thread(api.post, '/emit', body))
            packets = [await peer.text() for peer in (one, silent, leaving)]
            number = packets[0].removeprefix('42').partition('[')[0]
            one.send(f'43{number}["yes",2]')
            leaving.reset()
            status, answer = await asked
            assert status == 200
            assert answer['answers'] == [{'sid': one.sid, 'args': ['yes', 2]}]
            assert {each['sid']: each['reason'] for each in answer['missing']} == {
                silent.sid: 'timeout',
                leaving.sid: 'left',
            }

    asyncio.run(main())


def test_an_ack_and_its_emit_are_both_looked_at(api):
    body = {'event': 'q', 'to': 'al', 'volatile': True, 'more': 1}
    for ack, at in [
        (None, '/ack'),
        ({'timeout': 2}, '/ack/timeout'),
        ({'timeout': '61s'}, '/ack/timeout'),
        ({'timeout': '0ms'}, '/ack/timeout'),
        ({'timeout': '2s\n'}, '/ack/timeout'),
        ({'limit': 1}, '/ack/limit'),
    ]:
        status, answer = api.post('/emit', {**body, 'ack': ack})
        assert status == 422
        places = [problem['at'] for problem in answer['error']['problems']]
        assert places == [at, '/volatile', '/to', '/more']


def test_what_clients_can_be_sent_they_are_sent(running, api):
    """A lone surrogate too: as it is in JSON, replaced in msgpack."""

    async def main():
        async with clients(running, 1) as (one,), raw.websocket(running.port, join=None) as two:
            await packed.join(two)
            body = {'event': 'note', 'to': 'all', 'data': '\ud800', 'ack': {'timeout': '60s'}}
            asked = asyncio.create_task(to_thread(api.post, '/emit', body))
            number = (await one.text()).removeprefix('42').partition('[')[0]
            opcode, packet = await two.receive()
            assert opcode == raw.BINARY
            message = msgpack.unpackb(packet)
            assert message['data'] == ['note', '\ufffd']
            two.send(
                msgpack.packb({'type': 3, 'nsp': '/', 'id': message['id'], 'data': [{b'': 1}]})
            )
            one.send(f'43{number}["\\ud800"]')
            status, found = await asked
            assert (status, found['answers']) == (200, [])  # strict readers would refuse all of it
            assert sorted(found['missing'], key=str) == sorted(
                [{'sid': peer.sid, 'reason': 'no_json'} for peer in (one, two)], key=str
            )

    asyncio.run(main())


def test_nobody_to_ask_is_an_answer(api):
    assert api.post('/emit', {'event': 'q', 'to': 'room:none', 'ack': {}}) == (
        200,
        {'answers': [], 'missing': []},
    )
