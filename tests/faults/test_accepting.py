"""What strangers do at the door holds up nobody else, and ends by itself."""

import asyncio
import errno
import logging
import os
import resource
import socket
from itertools import pairwise

import pytest

from tests.faults.inside import admitted, inside
from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

REQUEST = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()
POST = (
    b'POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n'
)
JOIN = raw.frame(raw.TEXT, b'40')


@pytest.mark.parametrize('said', [b'', b'G', REQUEST[:-2]], ids=['nothing', 'a byte', 'a part'])
def test_a_silent_connection_holds_up_nobody(said, tmp_path, monkeypatch):
    monkeypatch.setattr('gateway.engine.front.DEFER', 0)  # see it before it has said something
    connections = admitted(monkeypatch)

    async def scenario():
        async with inside(tmp_path, {'/': {}}) as gateway:
            with (
                socket.create_connection(('127.0.0.1', gateway.port)) as tcp,
                socket.socket(socket.AF_UNIX) as unix,
            ):
                unix.connect(gateway.file)
                for silent in (tcp, unix):
                    silent.sendall(said)
                await until(lambda: len(connections) == 2)
                async with raw.websocket(gateway.port):
                    assert len(gateway.hub.eio.sockets) == 1

    run(scenario())


@pytest.mark.parametrize(
    ('constant', 'said'),
    [('BODY_TIMEOUT', POST + b'\r\nx'), ('IDLE_TIMEOUT', POST), ('IDLE_TIMEOUT', REQUEST[:-2])],
    ids=['body', 'head', 'handshake'],
)
def test_a_slow_request_is_cut(constant, said, tmp_path, monkeypatch):
    monkeypatch.setattr(f'gateway.app.{constant}', 0.1)

    async def scenario():
        async with inside(tmp_path, {'/': {}}) as gateway, raw.connection(gateway.port) as peer:
            peer.write(said)
            assert await peer.rest() == b''

    run(scenario())


def test_accepting_rests_while_the_process_has_no_file_left(monkeypatch, caplog):
    monkeypatch.setattr('gateway.engine.accepting.REST', 0.05)
    accept, tries = socket.socket.accept, []

    def failing(listener):
        tries.append(asyncio.get_running_loop().time())
        if len(tries) <= 4:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(listener)

    async def scenario():
        async with serving(namespaces='*') as hub:
            monkeypatch.setattr(socket.socket, 'accept', failing)
            async with raw.websocket(hub.port):
                assert hub.eio.counters.accepts_failed == 4
            await until(lambda: left_behind(hub) == NOTHING)
        pauses = [after - before for before, after in pairwise(tries[:5])]
        assert min(pauses) > 0.04, pauses
        assert [record.getMessage() for record in caplog.records] == [
            'cannot accept, trying every 0.05 s: Too many open files'
        ]

    caplog.set_level(logging.WARNING)
    run(scenario())


def test_a_gateway_without_files_serves_again_when_it_has_some(gateway, loop):
    running = gateway({'/': {}}, server={'event_loop': loop})
    pid = running.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    files = len(os.listdir(f'/proc/{pid}/fd'))  # noqa: PTH208
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (files + 5, limits[1]))
    crowd = [socket.create_connection(('127.0.0.1', running.port)) for _ in range(20)]
    for client in crowd:
        client.settimeout(10)
        client.sendall(REQUEST + JOIN)
    joined = [b'40{' in _all_of(client, b'40{') for client in crowd[:5]]
    assert joined == [True] * 5
    for client in crowd[:5]:
        client.close()  # room for five more, and they are served
    joined = [b'40{' in _all_of(client, b'40{') for client in crowd[5:10]]
    assert joined == [True] * 5
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    joined = [b'40{' in _all_of(client, b'40{') for client in crowd[10:]]
    assert joined == [True] * 10
    for client in crowd[5:]:
        client.close()
    complaints = [line for line in running.lines if 'cannot accept' in line]
    assert 1 <= len(complaints) <= 3, complaints
    assert 'Traceback' not in running.output


def _all_of(client, end):
    """What `client` receives up to and with `end`."""
    data = b''
    while end not in data and (more := client.recv(4096)):
        data += more
    return data


@pytest.mark.parametrize('path', ['/socketXio/', '/socketXio', '/socket.io/more', '/xsocket.io/'])
def test_the_path_is_taken_literally(path, tmp_path):
    async def scenario():
        async with inside(tmp_path, {'/': {}}) as gateway:
            for query, headers in (
                (raw.POLLING, ''),
                (raw.WEBSOCKET, REQUEST.decode().partition('\r\n')[2].removesuffix('\r\n')),
            ):
                async with raw.connection(gateway.port) as peer:
                    head = headers or 'Host: x\r\n'
                    peer.write(f'GET {path}?{query} HTTP/1.1\r\n{head}\r\n'.encode())
                    assert (await peer.answer()).status == 404
            assert left_behind(gateway.hub) == NOTHING

    run(scenario())


@pytest.mark.parametrize('way', ['at once', 'in pieces', 'polling'])
def test_the_address_of_a_unix_peer_is_unix(way, tmp_path, monkeypatch):
    connections = admitted(monkeypatch)

    async def scenario():
        routes = {'/': {'events': {'ip': {'ack': ['${ip}']}}}}
        async with inside(tmp_path, routes) as gateway:

            async def connect():
                return raw.Connection(*await asyncio.open_unix_connection(gateway.file))

            async def ask(query, body=None):
                peer = await connect()
                method, length = ('POST', len(body)) if body else ('GET', 0)
                peer.write(
                    f'{method} /socket.io/?{query} HTTP/1.1\r\nHost: x\r\n'
                    f'Content-Length: {length}\r\n\r\n'.encode()
                    + (body or b'')
                )
                answer = await peer.answer()
                peer.writer.close()
                return answer.body

            if way == 'polling':
                opened = await ask(raw.POLLING)
                sid = opened.partition(b'"sid":"')[2].partition(b'"')[0].decode()
                query = f'{raw.POLLING}&sid={sid}'
                assert await ask(query, b'40') == b'ok'
                assert (await ask(query)).startswith(b'40')
                assert await ask(query, b'420["ip"]') == b'ok'
                assert await ask(query) == b'430["unix"]'
                return
            peer = await connect()
            split = len(REQUEST) if way == 'at once' else 20
            peer.write(REQUEST[:split])
            await until(lambda: connections)
            peer.write(REQUEST[split:])
            assert await peer.head() == raw.SWITCHED
            assert (await peer.text())[0] == '0'
            await peer.join()
            peer.send('420["ip"]')
            assert await peer.text() == '430["unix"]'
            peer.writer.close()

    run(scenario())
