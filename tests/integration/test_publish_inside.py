"""The publish API in the test's own loop: what it leaves in the tables, and what it counts."""

import contextlib
import json
import socket
from types import SimpleNamespace

import pytest

from gateway.http.admin import Admin
from gateway.http.api import Api
from gateway.http.counters import Counters
from gateway.http.keys import Keys
from gateway.http.listener import Listener
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

pytestmark = pytest.mark.usefixtures('loop')

ROUTER = SimpleNamespace(known=frozenset({'/'}), knows=lambda name: name == '/')


@contextlib.asynccontextmanager
async def commanded():
    """A hub with `counters`, and its API at `admin`."""
    async with serving('*') as hub:
        hub.counters = Counters()
        admin = Admin(Keys(()))
        Api(hub, ROUTER, hub.counters).install(admin)
        listener = Listener(admin.respond, 1_000_000, hub.counters, admin.admit)
        sock = socket.create_server(('127.0.0.1', 0))
        hub.admin = sock.getsockname()[1]
        listener.start([sock])
        try:
            yield hub
        finally:
            await listener.stop(1)


def request(path, body=None):
    method = 'GET' if body is None else 'POST'
    content = b'' if body is None else json.dumps(body).encode()
    head = (
        f'{method} /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n'
        f'Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n'
    )
    return head.encode() + content


async def ask(hub, path, body=None):
    async with raw.connection(hub.admin) as caller:
        caller.write(request(path, body))
        answer = await caller.answer()
        return answer.status, json.loads(answer.body)


def test_who_goes_away_asks_no_longer():
    async def main():
        async with commanded() as hub:
            async with raw.websocket(hub.port) as client:
                body = {'event': 'q', 'to': 'all', 'ack': {'timeout': '60s'}}
                async with raw.connection(hub.admin) as caller:
                    caller.write(request('/emit', body))
                    assert (await client.text()).endswith('["q"]')
                    assert (hub.surveys.asked, left_behind(hub)['callbacks']) == (1, 1)
                    caller.reset()
                await until(lambda: not hub.surveys.asked)
                assert left_behind(hub)['callbacks'] == 0
                assert hub.counters.actions == 0
            await until(lambda: left_behind(hub) == NOTHING)

    run(main())


def test_what_is_done_and_what_is_refused_is_counted():
    async def main():
        async with commanded() as hub:
            emit = {'event': 'note', 'to': 'all', 'data': 1}
            await ask(hub, '/emit', emit)
            await ask(hub, '/do', [{'emit': emit}] * 30)
            await ask(hub, '/emit', {**emit, 'ack': {}})
            await ask(hub, '/do', [{'emit': emit}, {}])
            await ask(hub, '/emit', {})
            await ask(hub, '/rooms?limit=0')
            assert hub.counters.actions == 32
            assert hub.counters.answers == {200: 3, 422: 2, 400: 1}
            assert hub.counters.refused == {'invalid': 2, 'query': 1}

    run(main())


def test_what_json_cannot_hold_of_a_session_is_null():
    async def main():
        async with commanded() as hub, raw.websocket(hub.port) as client:
            data = hub.client(client.sid, '/').data
            data |= {'user': 'ada', 'socket': object(), 7: [1], 'picture': b'\x00'}
            status, answer = await ask(hub, f'/clients/{client.sid}')
            assert status == 200
            expected = {'user': 'ada', 'socket': None, '7': [1], 'picture': {'$bytes': 'AA=='}}
            assert answer['session'] == expected

    run(main())


def test_a_page_of_details_ends_before_it_is_too_large_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr('gateway.http.lists.MAX_DETAILS', 1_000)

    async def main():
        async with commanded() as hub, contextlib.AsyncExitStack() as stack:
            peers = [await stack.enter_async_context(raw.websocket(hub.port)) for _ in range(10)]
            for peer in peers:
                hub.client(peer.sid, '/').data['long'] = 'x' * 400
            sids, sizes, after = [], [], ''
            while after is not None:
                _, page = await ask(hub, f'/clients?details=true&after={after}')
                sids += [one['sid'] for one in page['clients']]
                sizes.append(len(page['clients']))
                after = page['next']
            assert sizes == [2, 2, 2, 2, 2]
            assert sids == sorted(peer.sid for peer in peers)

    run(main())


def test_many_clients_and_rooms_are_listed_in_pages():
    async def main():
        async with commanded() as hub, raw.websocket(hub.port) as client:
            for number in range(250):
                hub.join(hub.client(client.sid, '/'), f'room {number:03}')
            names, sizes, after = [], [], ''
            while after is not None:
                query = f'?limit=100&after={after.replace(" ", "%20")}'
                _, page = await ask(hub, f'/rooms{query}')
                names += [one['room'] for one in page['rooms']]
                sizes.append(len(page['rooms']))
                after = page['next']
            assert sizes == [100, 100, 50]
            assert names == [f'room {number:03}' for number in range(250)]

    run(main())


@pytest.mark.parametrize(
    ('path', 'body'),
    [
        ('/emit', {'event': 'a', 'to': 'all'}),
        ('/emit', {'event': 'a', 'to': 'all', 'ack': {}}),
        ('/do', [{'emit': {'event': 'a', 'to': 'all'}}]),
    ],
)
def test_a_gateway_that_stops_says_so_and_loses_nothing_silently(path, body):
    async def main():
        async with commanded() as hub:
            hub.eio.draining = True
            status, answer = await ask(hub, path, body)
            assert (status, answer['error']['code']) == (503, 'stopping')
            assert hub.counters.actions == 0
            assert (await ask(hub, '/namespaces'))[0] == 200

    run(main())
