"""What callers of the admin listener can do to each other, and to the gateway's clients."""

import asyncio
import contextlib
import json
import socket
import time
from asyncio import to_thread
from urllib.parse import quote

import pytest

from gateway.http import connection as connections
from gateway.http import listener as listeners
from gateway.http.message import refusal
from tests.support import gateway as gateways
from tests.support import raw
from tests.support.api import ADMIN, SPACES, Api, clients, echo
from tests.support.hub import run
from tests.support.listening import LAST, PATIENCE, get, listening, ok, whole

WRONG = refusal(401, 'key_wrong', 'not an API key')


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp('fairness') / 'gateway.yaml'
    with gateways.running(gateways.write(path, SPACES, admin=ADMIN)) as gateway:
        yield gateway


@pytest.fixture
def api(running):
    with Api(running) as api:
        yield api


class Clock:
    """Each answer takes a millisecond of it, and nothing else does."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_many_connections_hold_the_loop_no_longer_than_one(loop, monkeypatch):
    clock, passes, answered = Clock(), 0, []
    monkeypatch.setattr(connections, 'monotonic', clock)
    monkeypatch.setattr(listeners, 'monotonic', clock)

    async def counting():
        nonlocal passes
        while True:
            passes += 1
            await asyncio.sleep(0)

    async def main():
        async with contextlib.AsyncExitStack() as stack:
            listener = await stack.enter_async_context(listening())
            real = listener.respond

            def respond(request):
                clock.now += 0.001
                answered.append((passes, request.path))
                return real(request)

            listener.respond = respond
            counter = asyncio.create_task(counting())
            peers = [
                await stack.enter_async_context(raw.connection(listener.port)) for _ in range(20)
            ]
            for number, peer in enumerate(peers):
                peer.write(get(b'/%d' % number) * 100)
            for number, peer in enumerate(peers):
                length = len(ok(b'/%d' % number)) + len('Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n')
                await asyncio.wait_for(peer.reader.readexactly(100 * length), PATIENCE)
            counter.cancel()

    run(main())
    assert len(answered) == 2_000
    in_a_pass = [number for number, _ in answered]
    # Two callbacks of one pass of the counter may be in two passes of the loop.
    assert max(in_a_pass.count(number) for number in set(in_a_pass)) <= 8
    first_half = {path for _, path in answered[:1_000]}
    assert len(first_half) == 20, 'everybody has had a turn'


def test_who_has_shown_no_right_key_gives_up_its_place(loop):
    def admit(request):
        return None if request.path == '/right' else WRONG

    async def main():
        async with contextlib.AsyncExitStack() as stack:
            listener = await stack.enter_async_context(listening(admit=admit, max_connections=3))

            async def connected():
                return await stack.enter_async_context(raw.connection(listener.port))

            silent, wrong, right = [await connected() for _ in range(3)]
            wrong.write(get(b'/wrong'))
            right.write(get(b'/right'))
            await right.reader.readuntil(b'/right')
            await wrong.reader.readuntil(b'key_wrong')
            for stranger in (silent, wrong):
                peer = await connected()
                peer.write(get(b'/right'))
                await peer.reader.readuntil(b'/right')
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(stranger.reader.read(), PATIENCE)
            right.write(get(b'/right'))
            await right.reader.readuntil(b'/right')
            assert listener.counters.displaced == 2
            assert (await whole(await connected())).startswith(b'HTTP/1.1 503 ')
            assert listener.counters.connections_refused == 1

    run(main())


def test_a_client_that_reads_slowly_is_not_cut(loop, monkeypatch):
    monkeypatch.setattr(connections, 'IDLE_TIMEOUT', 0.2)
    monkeypatch.setattr(listeners, 'TICK', 0.02)

    def read(port):
        with socket.create_connection(('127.0.0.1', port), PATIENCE) as sock:
            sock.sendall(get(b'/big') * 20 + LAST)
            begun, size = time.monotonic(), 0
            while data := sock.recv(1_000_000, socket.MSG_WAITALL):
                size += len(data)
                time.sleep(0.06)
            return size, time.monotonic() - begun

    async def main():
        async with listening() as listener:
            size, seconds = await to_thread(read, listener.port)
            assert size > 20_000_000
            assert seconds > 5 * connections.IDLE_TIMEOUT
            assert listener.counters.cut == 0

    run(main())


def test_a_list_is_finished_though_its_sender_has_left(running, api):
    count = 5_000

    async def main():
        async with clients(running, 1) as (one,):
            actions = [{'emit': {'event': 'n', 'to': 'all', 'data': n}} for n in range(count)]
            body = json.dumps(actions).encode()
            host, _, port = running.admin.rpartition('/')[2].partition(':')
            _, writer = await asyncio.open_connection(host, int(port))
            head = f'POST /api/v1/do HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n'
            head += f'Authorization: {api.headers["Authorization"]}\r\n'
            writer.write(f'{head}Content-Length: {len(body)}\r\n\r\n'.encode() + body)
            await writer.drain()
            assert json.loads((await one.text())[2:]) == ['n', 0]
            writer.close()
            for number in range(1, count):
                assert json.loads((await one.text())[2:]) == ['n', number]

    asyncio.run(main())


def test_a_sid_is_no_room_to_close_and_the_rest_of_the_list_is_done(running, api):
    async def main():
        async with clients(running, 1, 'a') as (one,):
            done = await to_thread(
                api.do,
                {'close_room': [one.sid, 'a']},
                {'emit': {'event': 'n', 'to': 'room:a'}},
                {'emit': {'event': 'last', 'to': 'all'}},
            )
            failed = [{'at': '/0', 'what': 'cannot close a sid room'}]
            assert done == (200, {'done': 2, 'failed': failed})
            assert await one.text() == '42["last"]'

    asyncio.run(main())


def test_one_client_in_too_many_rooms_keeps_nobody_else_out(running, api):
    async def main():
        async with clients(running, 3, 'members') as peers:
            rooms = [str(number) for number in range(999)]
            await to_thread(api.do, {'join': {'sid': peers[0].sid, 'room': rooms}})
            status, answer = await to_thread(api.do, {'join': {'members': 'members', 'room': 'x'}})
            assert (status, answer['done'], len(answer['failed'])) == (200, 0, 1)
            await to_thread(api.do, {'emit': {'event': 'n', 'to': 'room:x'}})
            for peer in peers[1:]:
                assert await peer.text() == '42["n"]'
            await echo(peers[0])

    asyncio.run(main())


@pytest.mark.parametrize('limit', ['0', '1001', '0000000010', '1' * 5_000, '-1', '1e3', '٣'])
def test_a_limit_is_a_limit(api, limit):
    status, answer = api.get(f'/rooms?namespace=/&limit={quote(limit)}')
    assert (status, answer['error']['code']) == (400, 'query')


def test_a_room_has_a_name_that_others_can_be_told(running, api):
    async def main():
        async with clients(running, 1) as (one,):
            one.send('421["enter","\\ud800"]')
            assert '"bad_value"' in await one.text()
            assert api.get('/rooms?namespace=/') == (200, {'rooms': [], 'next': None})

    asyncio.run(main())
