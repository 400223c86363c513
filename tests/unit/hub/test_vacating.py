"""Namespaces that go with a reload, while clients come and leave."""

import pytest
import socketio

from gateway.hub import server
from tests.support import hub as hubs
from tests.support import raw


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(between)`: what happens while those who leave are told."""

    def set_up(between):
        class Turn:
            async def give(self):
                await between()

        monkeypatch.setattr(server, 'Turn', Turn)

    return set_up


def test_a_namespace_may_lose_its_last_client_while_another_is_vacated(meanwhile):
    async def scenario():
        async with (
            hubs.serving(namespaces=['/a', '/b', '/c']) as hub,
            raw.websocket(hub.port, join='/a') as first,
            raw.websocket(hub.port, join='/b') as leaves,
            raw.websocket(hub.port, join='/c') as last,
        ):

            async def between():
                leaves.send('41/b,')
                await hubs.until(lambda: '/b' not in hub.manager.spaces)

            meanwhile(between)
            hub.namespaces = []
            assert await hub.vacate(()) == 2
            assert await first.text() == '41/a,'
            assert await last.text() == '41/c,'

    hubs.run(scenario())


def test_nobody_joins_what_goes_with_its_class(meanwhile):
    async def scenario():
        async with hubs.serving(namespaces=[]) as hub:
            hub.register_namespace(socketio.AsyncNamespace('/gone'))
            async with (
                raw.websocket(hub.port, join='/gone') as leaves,
                raw.websocket(hub.port, join=None) as comes,
            ):

                async def between():
                    comes.send('40/gone,')
                    assert await comes.text() == '44/gone,{"message":"Invalid namespace"}'

                meanwhile(between)
                assert await hub.vacate({'/gone'}) == 1
                assert await leaves.text() == '41/gone,'
                assert not hub.manager.spaces

    hubs.run(scenario())
