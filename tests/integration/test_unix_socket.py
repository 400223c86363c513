"""A Unix socket: real clients talk through it, and its file comes and goes with the gateway."""

import asyncio
import contextlib
import socket
import stat
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.support import certificates, proxies
from tests.support.gateway import running, write
from tests.support.peers import FINALLY, Peer, connected
from tests.support.routes import ROUTES

WHO = {'/': {'events': {'who': {'ack': ['${ip}']}, 'echo': {'ack': '${args}'}}}}


@pytest.fixture(scope='module')
def gateway(tmp_path_factory):
    """One that listens on a Unix socket alone; `file` is its path."""
    folder = tmp_path_factory.mktemp('unix')
    server, heartbeat = {'listen': f'unix:{folder}/socket'}, {'ping_interval': '1s'}
    config = write(folder / 'gateway.yaml', ROUTES, server=server, socketio=heartbeat)
    with running(config) as gateway:
        gateway.file = folder / 'socket'
        yield gateway


@contextlib.asynccontextmanager
async def client(file: Path, mode: str):
    """The official Python client, through the socket."""
    connector = aiohttp.UnixConnector(path=str(file))
    async with aiohttp.ClientSession(connector=connector) as session:
        kind = partial(Peer, http_session=session)
        async with connected('http://gateway.example', mode, kind) as peer:
            yield peer


@pytest.mark.parametrize('mode', FINALLY)
def test_the_python_client_gets_through(gateway, mode):
    async def scenario():
        async with client(gateway.file, mode) as peer:
            for args in (('text', 'x' * 70_000), (bytes(100_000), 1)):
                assert tuple(await peer.ask('echo', *args)) == args
            assert peer.client.transport() == FINALLY[mode]

    asyncio.run(scenario())


@pytest.mark.parametrize('mode', FINALLY)
@pytest.mark.parametrize('proxy', proxies.KINDS)
def test_the_javascript_client_gets_through_a_proxy(
    gateway, proxy, mode, node, tmp_path, monkeypatch
):
    certificates.with_chain(tmp_path)
    monkeypatch.setenv('NODE_EXTRA_CA_CERTS', str(tmp_path / 'ca.pem'))
    with proxies.running(proxy, tmp_path, f'unix:{gateway.file}') as ports:
        report = node('values.js', f'https://127.0.0.1:{ports.https}', mode).report()
    assert report == {'transport': FINALLY[mode], 'values': 14}


def test_the_group_may_use_it_and_others_may_not(gateway):
    mode = gateway.file.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660
    assert f'listening on unix:{gateway.file}' in gateway.lines


def test_it_stays_plain_where_tcp_speaks_tls(tmp_path):
    certificates.with_chain(tmp_path)
    file = tmp_path / 'socket'
    server = {'listen': ['127.0.0.1:0', f'unix:{file}'], 'tls': certificates.FILES}
    config = write(tmp_path / 'gateway.yaml', WHO, server=server)

    async def scenario():
        async with client(file, 'upgrade') as peer:
            assert await peer.ask('who') == 'unix'

    with running(config) as gateway:
        assert gateway.url.startswith('https://')
        asyncio.run(scenario())


def test_a_leftover_is_replaced_and_the_file_goes_at_the_end(tmp_path):
    file = tmp_path / 'socket'
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(file))
    config = write(tmp_path / 'gateway.yaml', WHO, server={'listen': f'unix:{file}'})

    async def scenario():
        async with client(file, 'websocket') as peer:
            assert await peer.ask('who') == 'unix'

    with running(config) as gateway:
        asyncio.run(scenario())
        gateway.stop()
        assert not file.exists()
