"""TLS: the same gateway, the same bounds and the same order, on both loops."""

import asyncio
import gc
import json
import socket
import ssl
import urllib.request
import warnings
from functools import partial

import pytest

from gateway.engine.websocket import WebSocket
from tests.support import certificates, raw
from tests.support import gateway as gateways
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.peers import FINALLY, Peer, ThreadedPeer, connected
from tests.support.routes import ROUTES

LIMIT = 4_000_000


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('tls'))


@pytest.fixture(scope='module')
def url(folder):
    (folder / 'page').mkdir()
    (folder / 'page' / 'index.html').write_text('a page')
    server = {'tls': certificates.FILES, 'pages': {'/': './page'}}
    heartbeat = {'ping_interval': '1s'}  # see tests/conftest.py
    config = gateways.write(folder / 'gateway.yaml', ROUTES, server=server, socketio=heartbeat)
    with gateways.running(config) as gateway:
        yield gateway.url


@pytest.mark.parametrize('mode', FINALLY)
def test_the_javascript_client_trusts_it_and_values_come_back(url, folder, node, mode, monkeypatch):
    monkeypatch.setenv('NODE_EXTRA_CA_CERTS', str(folder / 'ca.pem'))
    report = node('values.js', url, mode).report()
    assert report == {'transport': FINALLY[mode], 'values': 14}


class TrustingPeer(ThreadedPeer):
    def __init__(self, ca):
        super().__init__()
        self._http.verify = ca


@pytest.mark.parametrize('kind', ['Client', 'AsyncClient'])
@pytest.mark.parametrize('mode', FINALLY)
def test_the_python_clients_too(url, folder, kind, mode, monkeypatch):
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(folder / 'ca.pem'))
    kinds = {
        'Client': partial(TrustingPeer, str(folder / 'ca.pem')),
        'AsyncClient': partial(Peer, ssl_verify=False),
    }

    async def scenario():
        async with connected(url, mode, kinds[kind]) as peer:
            for args in (('text', 'x' * 70_000), (bytes(100_000), 1)):
                assert tuple(await peer.ask('echo', *args)) == args
            assert peer.client.transport() == FINALLY[mode]

    asyncio.run(scenario())
    with warnings.catch_warnings(action='ignore', category=ResourceWarning):
        gc.collect()  # aiohttp leaves TLS connections that it has closed to the collector


def test_pages_come_over_it_and_it_says_so(url, folder):
    assert url.startswith('https://127.0.0.1:')
    with urllib.request.urlopen(url, context=certificates.trusting(folder)) as answer:
        assert answer.read() == b'a page'


@pytest.mark.parametrize('version', [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_negotiated(url, folder, version):
    context = certificates.trusting(folder)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(['h2', 'http/1.1'])
    with (
        socket.create_connection(('127.0.0.1', int(url.rpartition(':')[2]))) as sock,
        context.wrap_socket(sock, server_hostname='localhost') as secure,
    ):
        assert secure.version() == version.name.replace('_', '.')
        assert secure.selected_alpn_protocol() == 'http/1.1'
        assert secure.compression() is None
        assert 'GCM' in secure.cipher()[0] or 'CHACHA20' in secure.cipher()[0]


@pytest.mark.parametrize('query', [raw.WEBSOCKET, raw.POLLING])
def test_who_asks_is_told_the_scheme_and_the_address(folder, loop, query):
    environs = []

    async def scenario():
        async with serving(tls=folder, namespaces='*') as hub:
            hub.on('connect', lambda sid, environ: environs.append(environ))
            tls = certificates.trusting(folder)
            own = f'Origin: https://127.0.0.1:{hub.port}\r\n'
            foreign = f'Origin: http://127.0.0.1:{hub.port}\r\n'
            assert (await raw.ask(hub.port, query, headers=foreign, tls=tls)).status == 403
            if query == raw.WEBSOCKET:
                async with raw.websocket(hub.port, headers=own, tls=tls):
                    pass
            else:
                answer = await raw.ask(hub.port, query, headers=own, tls=tls)
                assert answer.headers['access-control-allow-origin'] == own[8:-2]
                sid = json.loads(answer.body[1:])['sid']
                await raw.ask(hub.port, f'{query}&sid={sid}', b'40', headers=own, tls=tls)
            [environ] = environs
            assert environ['wsgi.url_scheme'] == 'https'
            assert environ['REMOTE_ADDR'] == '127.0.0.1'

    run(scenario())


def upgrade(port):
    return raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers='').encode()


def test_what_comes_with_the_handshake_is_read(folder, loop):
    async def scenario():
        async with serving(tls=folder, namespaces='*') as hub:
            hub.on('echo', lambda sid, *args: args)
            async with raw.connection(hub.port, certificates.trusting(folder)) as peer:
                early = [raw.frame(raw.TEXT, b'40'), raw.frame(raw.TEXT, b'420["echo",1]')]
                peer.write(upgrade(hub.port) + b''.join(early))
                assert await peer.head() == raw.SWITCHED
                assert (await peer.text())[0] == '0'
                assert (await peer.text()).startswith('40{"sid":"')
                assert await peer.text() == '430[1]'

    run(scenario())


def blocking(port, folder):
    """A client with hardly any buffer; it blocks: use it in a thread."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.settimeout(20)
    sock.connect(('127.0.0.1', port))
    secure = certificates.trusting(folder).wrap_socket(sock, server_hostname='127.0.0.1')
    secure.sendall(upgrade(port) + raw.frame(raw.TEXT, b'40'))
    return secure


def messages(client, count):
    """The next `count` messages; what is read at a time grows and shrinks."""
    data, found, turn = b'', [], 0
    while len(found) < count:
        turn += 1
        data += client.recv(1 + turn * 7919 % 5_000)
        data = data.partition(b'\r\n\r\n')[2] if data.startswith(b'HTTP') else data
        while len(data) >= 2:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], 'big'), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], 'big'), 10
            if len(data) < start + size:
                break
            found.append(data[start : start + size])
            data = data[start + size :]
    return found


def test_a_thousand_messages_stay_in_order_under_partial_writes(folder, loop, monkeypatch):
    pauses, pause = [], WebSocket.pause_writing

    def noting(websocket):
        pauses.append(websocket)
        pause(websocket)

    monkeypatch.setattr(WebSocket, 'pause_writing', noting)

    async def scenario():
        async with serving(tls=folder, namespaces='*', max_send_buffer='100MB') as hub:
            client = await asyncio.to_thread(blocking, hub.port, folder)
            await until(lambda: hub.manager.spaces)
            for number in range(1_000):
                await hub.emit('n', [number, 'x' * (number * 37 % 30_000)])
                if number == 600:
                    await until(lambda: pauses)
                    reading = asyncio.create_task(asyncio.to_thread(messages, client, 1_002))
                elif number % 50 == 0:
                    await asyncio.sleep(0.01)
            _, _, *received = await reading
            client.close()
            numbers = [json.loads(message[2:])[1] for message in received]
            assert numbers == [[n, 'x' * (n * 37 % 30_000)] for n in range(1_000)]
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


@pytest.mark.parametrize('size', [64, 100_000])
def test_a_slow_consumer_is_closed_at_the_bound(program, folder, size, loop):
    hub = program('tests.support.hub', tls=str(folder), max_send_buffer=f'{LIMIT}B')
    swarm = program('tests.support.swarm')
    options = {'port': hub.hello['port'], 'ca': str(folder / 'ca.pem')}
    swarm.ask('open', count=8, **options)
    most = 30_000_000 // size
    assert hub.ask('flood', size=size, most=most // 10)['messages'] == most // 10  # warms up
    swarm.ask('open', count=1, **options)
    swarm.ask('stall', first=8, last=9)
    told = hub.ask('flood', size=size, most=most)
    assert told['messages'] < most
    assert told['messages'] * size > LIMIT
    assert told['growth'] <= 1.2 * LIMIT
    assert hub.ask('counters')['closed'] == {'slow consumer': 1}
    swarm.ask('echo', first=0, last=8, count=10)
    hub.end()
    assert len([line for line in hub.log if 'slow consumer' in line]) == 1


def test_reading_pauses_while_handlers_are_behind(folder, loop):
    async def scenario():
        async with serving(tls=folder, namespaces='*') as hub:
            go = asyncio.Event()

            @hub.on('slow')
            async def slow(sid, number, padding):
                await go.wait()
                return number

            async with raw.websocket(hub.port, tls=certificates.trusting(folder)) as peer:
                [session] = hub.eio.sockets.values()
                padding = 'x' * 1_000
                for number in range(300):
                    peer.send(f'42{number}["slow",{number},"{padding}"]')
                await until(lambda: session.paused)
                assert session.in_flight == 100
                go.set()
                acks = {await peer.text() for _ in range(300)}
                assert acks == {f'43{number}[{number}]' for number in range(300)}

    run(scenario())
