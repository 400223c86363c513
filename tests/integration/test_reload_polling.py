"""A reload with other limits, origins and transports: who is there over polling goes on."""

import asyncio

import pytest
import yaml

from tests.support import raw
from tests.support.api import ADMIN, Api
from tests.support.gateway import running

SECTIONS = {
    'server': {'listen': '127.0.0.1:0', 'shutdown_timeout': '1s'},
    'admin': ADMIN,
    'namespaces': {'/': {'events': {'ask': {'ack': '${args}'}}}},
}
PAGE = 'Origin: https://page.example\r\n'
BODY = 'x' * 100_000


@pytest.fixture
def reload(tmp_path):
    """`reload.begin` starts a gateway; `await reload(socketio)` gives it another section."""
    file = tmp_path / 'gateway.yaml'

    def write(socketio):
        file.write_text(yaml.safe_dump({**SECTIONS, 'socketio': socketio}))

    def ask():
        with Api(world.gateway) as api:
            assert api.post('/reload', {})[0] == 200

    async def world(socketio):
        write(socketio)
        await asyncio.to_thread(ask)

    write({})
    with running(file) as world.gateway:
        yield world


def test_a_limit_that_shrinks_is_not_for_who_was_told_another(reload):
    async def scenario():
        port = reload.gateway.port
        poller, upgrades = await raw.polling(port), await raw.polling(port)
        async with raw.websocket(port) as peer:
            await reload({'max_payload': '1KB'})
            assert (await poller.post(f'421["ask","{BODY}"]'.encode())).body == b'ok'
            assert await poller.poll() == f'431["{BODY}"]'.encode()
            peer.send('451-1["ask",{"_placeholder":true,"num":0}]')
            peer.send(BODY.encode())
            assert await peer.text() == '461-1[{"_placeholder":true,"num":0}]'
        query = f'{raw.WEBSOCKET}&sid={upgrades.open["sid"]}'
        async with raw.connection(port) as probe:
            probe.write(raw.HANDSHAKE.format(query=query, port=port, headers='').encode())
            assert await probe.head() == raw.SWITCHED
            probe.send('2probe')
            assert await probe.text() == '3probe'
            probe.send('5')
            probe.send(f'421["ask","{BODY}"]')
            assert await probe.text() == f'431["{BODY}"]'
        newcomer = await raw.polling(port)
        assert (await newcomer.post(f'421["ask","{BODY}"]'.encode())).status == 413

    asyncio.run(scenario())


def test_an_origin_that_is_gone_is_still_that_of_who_is_there(reload):
    async def scenario():
        port = reload.gateway.port
        await reload({'allowed_origins': ['https://page.example']})
        opened = await raw.ask(port, raw.POLLING, headers=PAGE)
        query = f'{raw.POLLING}&sid={opened.body.partition(b"sid")[2][3:23].decode()}'
        await reload({'allowed_origins': ['https://other.example']})
        answer = await raw.ask(port, query, b'40', PAGE)
        assert (answer.status, answer.headers['access-control-allow-origin']) == (
            200,
            'https://page.example',
        )
        stranger = PAGE.replace('page', 'stranger')
        assert (await raw.ask(port, query, b'3', stranger)).status == 403
        assert (await raw.ask(port, raw.POLLING, headers=PAGE)).status == 403

    asyncio.run(scenario())


def test_a_transport_that_is_gone_still_carries_who_is_there(reload):
    async def scenario():
        poller = await raw.polling(reload.gateway.port)
        await reload({'transports': ['websocket']})
        assert (await poller.post(b'421["ask"]')).body == b'ok'
        assert await poller.poll() == b'431[]'
        assert (await raw.ask(reload.gateway.port, raw.POLLING)).status == 400

    asyncio.run(scenario())
