"""The admin listener on real sockets, byte for byte: order, ends, failures, stopping, TLS."""

import asyncio
import socket
import ssl

import pytest

from gateway.http.counters import Counters
from gateway.http.listener import Listener
from gateway.http.message import Response, refusal
from tests.support import certificates, raw
from tests.support.hub import run
from tests.support.listening import (
    CLOSE,
    DATE,
    HOST,
    LAST,
    LAST_OK,
    PATIENCE,
    get,
    listening,
    ok,
    said,
    whole,
)

pytestmark = pytest.mark.usefixtures('loop')


@pytest.mark.parametrize(
    ('data', 'expected'),
    [
        (LAST, LAST_OK),
        (get(b'/a') + get(b'/b?c') + LAST, ok(b'/a') + ok(b'/b') + LAST_OK),
        (b''.join(get(b'/%d' % n) for n in range(99)) + LAST,
         b''.join(ok(b'/%d' % n) for n in range(99)) + LAST_OK),
        (get(version=b'1.0'), ok(b'/', CLOSE)),
        (get(b'/', b'Connection: keep-alive\r\n', b'1.0') + LAST,
         ok(b'/', b'Connection: keep-alive\r\n') + LAST_OK),
        (b'HEAD /x HTTP/1.1\r\n' + HOST + CLOSE + b'\r\n', ok(b'/x', CLOSE).removesuffix(b'/x')),
        (get(b'/none') + LAST,
         b'HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n' + LAST_OK),
        (LAST + get(b'/behind') + b'garbage', LAST_OK),
    ],
)  # fmt: skip
def test_answers_come_in_order_byte_for_byte(data, expected):
    async def main():
        assert await said(data) == expected

    run(main())


def test_a_half_closed_client_still_gets_what_it_has_asked_for():
    async def main():
        data = b''.join(get(b'/%d' % n) for n in range(99))
        expected = b''.join(ok(b'/%d' % n) for n in range(99))
        assert await said(data, eof=True) == expected
        assert await said(get() + b'GET /half', eof=True) == ok(b'/')

    run(main())


@pytest.mark.parametrize(
    ('data', 'status', 'code'),
    [
        (b'garbage\r\n\r\n', b'400 Bad Request', b'bad_request'),
        (get(b'/', b'X: ' + b'x' * 20_000 + b'\r\n'), b'431 Request Header Fields Too Large',
         b'head_too_big'),
        (get(b'/', b'Content-Length: 300001\r\n') + b'x' * 300_001,
         b'413 Request Entity Too Large', b'body_too_big'),
        (get(b'/', b'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n') + b'0\r\n\r\n'
         + get(b'/smuggled'), b'400 Bad Request', b'bad_request'),
    ],
)  # fmt: skip
def test_a_refusal_comes_after_the_answers_before_it_and_closes(data, status, code):
    async def main():
        got = await said(get() + data)
        assert got.startswith(ok(b'/') + b'HTTP/1.1 ' + status + b'\r\n'), got
        assert b'\r\nConnection: close\r\n' in got
        assert got.count(b'HTTP/1.1') == 2
        assert got.endswith(b'"}}')
        assert b'{"error":{"code":"' + code + b'"' in got

    run(main())


def test_who_expects_to_be_told_is_told_after_the_answers_before():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            head = b'Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n'
            peer.write(get(b'/wait') + get(b'/', head))
            await asyncio.wait_for(listener.endpoint.waiting.wait(), PATIENCE)
            listener.endpoint.go.set()
            assert DATE.sub(b'', await peer.head() + await peer.read(6)) == ok(b'waited')
            assert await peer.head() == b'HTTP/1.1 100 Continue\r\n\r\n'
            peer.write(b'hello')
            assert await whole(peer) == ok(b'hello', CLOSE)

    run(main())


def test_an_answer_that_is_there_at_once_costs_no_task():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get())
            await peer.answer()
            tasks = []
            asyncio.get_running_loop().set_task_factory(
                lambda loop, coro, **more: tasks.append(coro) or asyncio.Task(coro, loop=loop)
            )
            peer.writer.write(get())
            await peer.reader.readuntil(b'\r\n\r\n/')
            assert tasks == []

    run(main())


@pytest.mark.parametrize('path', [b'/raise', b'/raise-later', b'/split'])
def test_an_endpoint_that_fails_is_a_500_that_tells_nothing_and_one_log_line(path, caplog):
    async def main():
        got = await said(get(path) + LAST)
        assert got.startswith(b'HTTP/1.1 500 Internal Server Error\r\n')
        assert b'{"error":{"code":"failed","message":"the gateway failed"}}' in got
        assert b'secret' not in got
        assert got.endswith(LAST_OK)
        (record,) = caplog.records
        assert record.exc_info
        assert record.exc_info[1] is not None

    run(main())


@pytest.mark.parametrize('leave', ['eof', 'reset'])
def test_what_is_awaited_is_cancelled_when_its_client_leaves(leave):
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get(b'/wait'))
            await asyncio.wait_for(listener.endpoint.waiting.wait(), PATIENCE)
            peer.writer.write_eof() if leave == 'eof' else peer.reset()
            await asyncio.wait_for(listener.endpoint.cancelled.wait(), PATIENCE)
            assert listener.counters.vanished == 1

    run(main())


def test_stopping_finishes_the_answer_under_way_and_closes_the_idle():
    async def main():
        async with (
            listening() as listener,
            raw.connection(listener.port) as busy,
            raw.connection(listener.port) as idle,
        ):
            idle.write(get())
            await idle.answer()
            busy.write(get(b'/wait'))
            await asyncio.wait_for(listener.endpoint.waiting.wait(), PATIENCE)
            stopping = asyncio.create_task(listener.stop(PATIENCE))
            assert await idle.rest() == b''
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection('127.0.0.1', listener.port)
            listener.endpoint.go.set()
            assert await whole(busy) == ok(b'waited', CLOSE)
            busy.writer.close()
            await asyncio.wait_for(stopping, PATIENCE)

    run(main())


def test_stopping_does_not_wait_longer_than_it_is_told():
    async def main():
        async with listening() as listener, raw.connection(listener.port) as peer:
            peer.write(get(b'/wait'))
            await asyncio.wait_for(listener.endpoint.waiting.wait(), PATIENCE)
            await asyncio.wait_for(listener.stop(0.05), PATIENCE)
            await asyncio.wait_for(listener.endpoint.cancelled.wait(), PATIENCE)
            assert await peer.rest() == b''

    run(main())


def test_a_unix_socket_has_no_address_and_is_removed(tmp_path):
    async def main():
        seen = []
        listener = Listener(lambda r: seen.append(r.ip) or Response(200, b'/'), 100, Counters())
        path = str(tmp_path / 'admin.sock')
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(path)
        sock.listen()
        listener.start([sock])
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(LAST)
        assert (await asyncio.wait_for(reader.read(), PATIENCE)).endswith(b'\r\n\r\n/')
        writer.close()
        await listener.stop(1)
        assert seen == ['']
        assert not (tmp_path / 'admin.sock').exists()

    run(main())


def test_tls_is_spoken_and_what_is_no_tls_is_counted(tmp_path):
    certificates.with_chain(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / 'cert.pem', tmp_path / 'key.pem')
    trusting = certificates.trusting(tmp_path)

    async def main():
        async with listening(context) as listener:
            async with raw.connection(listener.port, trusting) as peer:
                peer.write(get() + LAST)
                first = await peer.answer()
                assert (first.status, first.body) == (200, b'/')
                assert (await peer.answer()).body == b'/last'
            async with raw.connection(listener.port) as plain:
                plain.write(get())
                await plain.rest()
            assert listener.counters.tls_failed == 1

    run(main())


def test_a_refused_head_keeps_the_connection_and_its_body_is_thrown_away():
    no = refusal(403, 'no', 'no')

    async def main():
        def admit(request):
            return no if request.path == '/no' else None

        post = b'POST /no HTTP/1.1\r\n' + HOST + b'Content-Length: 5\r\n\r\nhello'
        got = await said(post + LAST, admit=admit)
        assert got.startswith(b'HTTP/1.1 403 Forbidden\r\n')
        assert got.endswith(LAST_OK)

    run(main())
