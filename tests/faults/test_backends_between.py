"""Clients, backends and connections that stand in each other's way, and may not."""

import asyncio
import contextlib
import socket
import struct

import pytest

from gateway.backends import breaker, hooks
from gateway.errors import ActionError
from tests.faults.inside import inside
from tests.support import raw
from tests.support.backends import OK, asking, call, serving
from tests.support.faulty_backend import serving as faulty
from tests.support.hub import run, until

BIG = b'Content-Length: 2000\r\n\r\n' + b'x' * 2000


@contextlib.asynccontextmanager
async def running(folder, make):
    async with faulty() as backend, inside(folder, {'/': make(backend.url)}) as gateway:
        yield backend, gateway


@contextlib.asynccontextmanager
async def opened(port):
    """A session that has joined no namespace yet."""
    async with raw.connection(port) as peer:
        peer.write(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers='').encode())
        await peer.head()
        await peer.text()
        yield peer


def reset(writer):
    sock = writer.get_extra_info('socket')
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    writer.transport.abort()


def test_a_client_does_not_choose_on_error(tmp_path):
    def make(url):
        http = {'url': url + '/enter', 'headers': {'X-User': '${auth.name}'}}
        return {'connect': {'http': {**http, 'on_error': {'claims': {'guest': True}}}}}

    async def main():
        async with running(tmp_path, make) as (backend, gateway), opened(gateway.port) as peer:
            backend.replies['/enter'] = {'reject': 'banned'}
            peer.send('40{"name":"Jürgen €"}')
            assert await peer.text() == '44{"message":"banned"}'
            peer.send('40{"name":"a\\nb"}')
            assert await peer.text() == '44{"message":"bad_value"}'

    run(main())


def test_who_has_left_is_asked_about_no_longer(tmp_path):
    def make(url):
        return {'connect': [{'http': url + '/hangs'}, {'http': url + '/nothing'}]}

    async def main():
        async with running(tmp_path, make) as (backend, gateway):
            async with opened(gateway.port) as peer:
                for number in range(1, 30):
                    peer.send('40')
                    await until(lambda number=number: len(backend.paths) == number)
                    peer.send('41')
                peer.send('40')
                await until(lambda: len(backend.paths) == 30)
            [known] = gateway.backends.all()
            await until(lambda: known._places._value == 64)
            assert set(backend.paths) == {'/hangs'}
            assert known.counters.most_waiting == 0

    run(main())


def test_a_reply_with_too_many_names_is_refused_before_it_is_read(tmp_path, caplog):
    def make(url):
        return {'events': {'big': {'http': url + '/big'}}}

    async def main():
        async with (
            running(tmp_path, make) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            many = {'emit': {'event': 'e', 'to': [f'room:{number}' for number in range(60)]}}
            backend.replies['/big'] = {'do': [many] * 1_000}
            peer.send('421["big"]')
            assert 'bad_reply' in await peer.text()
            backend.replies['/big'] = {'do': [{'emit': {'data': [0] * 9_000}}] * 9, 'ack': 1}
            peer.send('422["big"]')
            while not (text := await peer.text()).startswith('432'):
                assert text.startswith('42["big",[0,0,')
        assert 'more than 10,000 recipients, rooms and keys' in caplog.text

    run(main())


@pytest.mark.parametrize('status', [b'503 Down', b'429 Later', b'404 Not Found'])
def test_a_failure_with_a_big_page_is_a_failure(status, monkeypatch):
    monkeypatch.setattr(hooks, 'BACKOFF', 0.01)
    asked = []

    async def handle(data, writer):
        asked.append(data)
        writer.write(b'HTTP/1.1 ' + status + b'\r\n' + BIG if len(asked) == 1 else OK)

    async def main():
        async with serving(handle) as url, asking(max_reply='1KB') as backends:
            taken = asyncio.Event()
            backends.tell(call(url), lambda _: taken.set())
            await asyncio.wait_for(taken.wait(), 10)
            assert len(asked) == 2

    run(main())


def test_errors_with_big_pages_open_the_circuit():
    async def handle(_, writer):
        writer.write(b'HTTP/1.1 500 Error\r\n' + BIG)

    async def main():
        async with serving(handle) as url, asking(max_reply='1KB') as backends:
            for _ in range(breaker.FAILURES):
                with pytest.raises(ActionError, match='the backend failed'):
                    await backends.ask(call(url))
            assert backends.all()[0].breaker.is_open

    run(main())


def test_hooks_that_fail_keep_no_others_from_being_sent():
    async def handle(data, writer):
        missing = data.startswith(b'POST /missing')
        writer.write(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' if missing else OK)

    async def main():
        async with serving(handle) as url, asking(give_up='1h') as backends:
            taken = []
            for _ in range(3 * hooks.IN_FLIGHT):
                backends.tell(call(url + '/missing'), taken.append)
            for _ in range(5):
                backends.tell(call(url + '/good'), taken.append)
            await until(lambda: len(taken) == 5)

    run(main())


def test_a_slow_probe_holds_nobody_else_off(monkeypatch):
    monkeypatch.setattr(breaker, 'PAUSE', 0.05)
    slow = []

    async def handle(data, writer):
        if data.startswith(b'POST /report'):
            slow.append(writer)
        else:
            writer.write(OK if slow else b'HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n')

    async def main():
        async with serving(handle) as url, asking() as backends:
            for _ in range(breaker.FAILURES):
                with pytest.raises(ActionError):
                    await backends.ask(call(url))
            known = backends.all()[0].breaker
            await until(lambda: not known.wait(asyncio.get_running_loop().time()))
            probe = asyncio.create_task(backends.ask(call(url + '/report', timeout=60.0)))
            await until(lambda: slow)
            while known.is_open:
                with contextlib.suppress(ActionError):
                    await backends.ask(call(url))
                await asyncio.sleep(0.01)
            probe.cancel()

    run(main())


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'GET'])
@pytest.mark.parametrize(('kept', 'most'), [(0, 1), (1, 2), (4, 2)])
def test_a_request_goes_out_once_and_again_only_where_a_kept_connection_broke(method, kept, most):
    seen = []

    async def handle(data, writer):
        if b'/warm' in data.split(b'\r\n')[0]:
            seen.append(writer)
            await until(lambda: len(seen) == kept)
            writer.write(OK)
            return
        seen.append(data)
        writer.close()

    async def main():
        async with serving(handle) as url, asking() as backends:
            await asyncio.gather(*(backends.ask(call(url + '/warm')) for _ in range(kept)))
            seen.clear()
            with pytest.raises(ActionError):
                await backends.ask(call(url + '/x', method=method))
            assert len(seen) == most

    run(main())


def test_stale_connections_are_no_failure_of_a_backend_that_is_well():
    met = []

    async def handle(_, writer):
        if writer in met:  # as a proxy that has forgotten it
            reset(writer)
            return
        met.append(writer)
        if len(met) <= 4:
            await until(lambda: len(met) >= 4)
        writer.write(OK)

    async def main():
        async with serving(handle) as url, asking() as backends:
            await asyncio.gather(*(backends.ask(call(url)) for _ in range(4)))
            for _ in range(4):
                assert await backends.ask(call(url)) == b'{}'

    run(main())


def test_a_header_is_utf_8():
    seen = []

    async def handle(data, writer):
        seen.append(data)
        writer.write(OK)

    async def main():
        async with serving(handle) as url, asking() as backends:
            await backends.ask(call(url, headers=[('X-Name', 'Jürgen €')]))
            assert 'X-Name: Jürgen €\r\n'.encode() in seen[0]

    run(main())
