"""What a faulty backend costs: its own events, and nobody else's."""

import asyncio
import contextlib
import json

import pytest

from gateway.backends import breaker, hooks
from tests.faults.inside import inside
from tests.support import raw
from tests.support.faulty_backend import BIG, serving
from tests.support.hub import run, until

FAULTS = {
    '/dies': 'backend_failed',
    '/dies-early': 'backend_failed',
    '/says-nothing': 'backend_failed',
    '/no-http': 'backend_failed',
    '/big-head': 'backend_failed',
    '/redirect': 'backend_failed',
    '/refuses': 'backend_failed',
    '/broken': 'backend_failed',
    '/garbage': 'bad_reply',
    '/grammar': 'bad_reply',
    '/deep': 'bad_reply',
    '/big': 'bad_reply',
    '/big-chunks': 'bad_reply',
    '/hangs': 'backend_timeout',
}
WHOLE = {'/garbage', '/grammar', '/deep'}  # a reply of HTTP, and none of ours


def namespaces(url, *paths, timeout='10s', **more):
    """An event for each path, and an echo that asks nobody."""
    events = {path: {'http': {'url': url + path, 'timeout': timeout, **more}} for path in paths}
    return {'/': {'events': {'echo': {'ack': '${args}'}, **events}}}


async def asks(peer, path, id):
    """What the client's callback gets."""
    peer.send(f'42{id}["{path}", 1]')
    return await answered(peer, id)


async def answered(peer, id):
    text = await peer.text()
    head = f'43{id}'
    assert text.startswith(head), text
    return json.loads(text.removeprefix(head))


def code(answer):
    [body] = answer
    return body['error']['code']


def counters(gateway):
    [backend] = gateway.backends.all()
    return backend.counters


@pytest.mark.parametrize('path', FAULTS)
def test_the_client_gets_a_code_and_its_connection_stays(path, tmp_path):
    async def scenario():
        async with serving() as backend:
            timeout = '200ms' if path == '/hangs' else '10s'
            routes = namespaces(backend.url, path, '/good', timeout=timeout)
            async with inside(tmp_path, routes) as gateway, raw.websocket(gateway.port) as peer:
                assert code(await asks(peer, path, 1)) == FAULTS[path]
                assert await asks(peer, '/good', 2) == ['done']
                assert backend.paths == [path, '/good']  # nothing is sent twice, nothing followed
                if path.startswith('/big'):
                    assert backend.sent < BIG
                whole = path in WHOLE
                assert counters(gateway).failed == ({} if whole else {FAULTS[path]: 1})
                assert gateway.runtime.counters.replies_refused == whole

    run(scenario())


def test_a_backend_that_hangs_delays_no_other_client_and_no_other_backend(tmp_path):
    async def scenario():
        async with serving() as slow, serving() as quick:
            routes = namespaces(slow.url, '/hangs')
            routes['/']['events'] |= namespaces(quick.url, '/good')['/']['events']
            async with (
                inside(tmp_path, routes, backends={'connections': 1, 'queue': 1}) as gateway,
                raw.websocket(gateway.port) as one,
                raw.websocket(gateway.port) as other,
            ):
                one.send('421["/hangs"]')
                await slow.until(lambda: slow.paths)
                one.send('422["/hangs"]')  # waits for the only connection
                for id in range(100):
                    assert await asks(other, 'echo', id) == [1]
                    assert await asks(other, '/good', id) == ['done']
                assert await asks(one, 'echo', 3) == [1]
                assert code(await asks(one, '/hangs', 4)) == 'backend_busy'
                slow.let_go.set()
                assert await answered(one, 1) == ['done']
                assert await answered(one, 2) == ['done']

    run(scenario())


def test_one_that_is_down_is_not_asked_and_asked_again_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(breaker, 'PAUSE', 0.3)

    async def scenario():
        async with serving() as backend:
            routes = namespaces(backend.url, '/good')
            async with inside(tmp_path, routes) as gateway, raw.websocket(gateway.port) as peer:
                await backend.stop()
                codes = [code(await asks(peer, '/good', id)) for id in range(7)]
                assert codes == ['backend_failed'] * 5 + ['backend_down'] * 2
                assert backend.paths == []
                await backend.start()
                id = 7
                async with asyncio.timeout(20):
                    while (answer := await asks(peer, '/good', id)) != ['done']:
                        assert code(answer) == 'backend_down'
                        id += 1
                assert await asks(peer, '/good', id + 1) == ['done']
                assert counters(gateway).opened == 1

    run(scenario())


@pytest.mark.parametrize('path', ['/broken', '/dies', '/says-nothing'])
def test_retries_send_the_same_id_again(path, tmp_path):
    async def scenario():
        async with serving() as backend:
            routes = namespaces(backend.url, path, retries=2)
            async with inside(tmp_path, routes) as gateway, raw.websocket(gateway.port) as peer:
                assert code(await asks(peer, path, 1)) == 'backend_failed'
                assert [body['id'] for body in backend.bodies] == [backend.bodies[0]['id']] * 3
                assert counters(gateway).retried == 2

    run(scenario())


async def leave(port, many):
    """Clients come and go, one after the other."""
    for _ in range(many):
        async with raw.websocket(port) as peer:
            peer.send('41')
            await asyncio.sleep(0)


def leaving(url):
    return {'/': {'events': {}, 'disconnect': {'http': {'url': url, 'timeout': '5s'}}}}


def test_hooks_wait_for_a_backend_that_is_down_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(breaker, 'PAUSE', 0.1)
    monkeypatch.setattr(hooks, 'BACKOFF', 0.1)

    async def scenario():
        async with (
            serving() as backend,
            inside(tmp_path, leaving(f'{backend.url}/nothing')) as gateway,
        ):
            await backend.stop()
            await leave(gateway.port, 20)
            await until(lambda: gateway.backends.all() and counters(gateway).hooks == 20)
            await backend.start()
            await backend.until(lambda: len(backend.bodies) >= 20)
            assert sorted(body['sequence'] for body in backend.bodies) == [*range(1, 21)]
            await until(lambda: counters(gateway).hooks_sent == 20)
            assert counters(gateway).hooks_given_up == {}

    run(scenario())


def test_hooks_beyond_the_bound_are_counted_and_leave_a_gap(tmp_path, monkeypatch):
    async def scenario():
        async with serving() as backend:
            url = f'{backend.url}/hangs'
            async with inside(tmp_path, leaving(url), backends={'hooks': 3}) as gateway:
                await leave(gateway.port, 3)
                await backend.until(lambda: len(backend.bodies) == 3)
                await leave(gateway.port, 4)
                await until(lambda: counters(gateway).hooks_given_up['full'] == 4)
                backend.let_go.set()
                await until(lambda: counters(gateway).hooks_sent == 3)
                await leave(gateway.port, 1)
                await backend.until(lambda: len(backend.bodies) == 4)
                assert backend.bodies[-1]['sequence'] == 8

    run(scenario())


def test_a_stop_sends_what_waits_and_counts_the_rest(tmp_path, caplog):
    async def scenario():
        async with serving() as backend:
            routes = leaving(f'{backend.url}/nothing')
            async with contextlib.AsyncExitStack() as peers:
                async with inside(tmp_path, routes) as gateway:
                    for _ in range(5):
                        await peers.enter_async_context(raw.websocket(gateway.port))
                assert sorted(body['sequence'] for body in backend.bodies) == [1, 2, 3, 4, 5]
                assert counters(gateway).hooks_sent == 5
            await backend.stop()
            async with inside(tmp_path, routes) as gateway, raw.websocket(gateway.port):
                pass
            assert counters(gateway).hooks_given_up == {'stopped': 1}
            await backend.start()

    run(scenario())


def test_a_hook_that_cannot_be_told_is_counted(tmp_path, caplog):
    async def scenario():
        async with (
            serving() as backend,
            inside(tmp_path, leaving(f'{backend.url}/nothing')) as gateway,
        ):
            async with raw.websocket(gateway.port):
                [client] = gateway.hub.manager.spaces['/'].clients.values()
                client.data['kept'] = object()
            await until(gateway.backends.all)
            assert counters(gateway).hooks_given_up == {'unsendable': 1}
            assert 'a value that JSON cannot hold' in caplog.text

    run(scenario())
