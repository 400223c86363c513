"""The transport over TLS, by itself: what asyncio promises a protocol, on both loops."""

import asyncio
import contextlib
import socket
import ssl
from itertools import pairwise

import pytest

from gateway.config.tls import load
from gateway.engine.secure import SecureTransport
from gateway.engine.tls import RECORD, TlsSocket
from tests.support import certificates
from tests.support.hub import run, until

BIG = bytes(range(256)) * 40_000  # 10 MB: more than any kernel buffers


pytestmark = pytest.mark.usefixtures('loop')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('tls'))


class Recorder(asyncio.Protocol):
    """What it was told, in order."""

    def __init__(self):
        self.events, self.data, self.inside = [], b'', False

    def connection_made(self, transport):
        self.events.append('made')

    def data_received(self, data):
        self.data += data

    def pause_writing(self):
        self.events.append('pause')

    def resume_writing(self):
        self.events.append('resume')

    def connection_lost(self, exc):
        assert not self.inside, 'told from inside a call'
        self.events.append(type(exc).__name__ if exc else 'lost')


def shaken(context, sock, name):
    return context.wrap_socket(sock, server_hostname=name)


def greet(server):
    """The server's side of a handshake, blocking."""
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            return server.do_handshake()


@contextlib.asynccontextmanager
async def pair(folder, protocol, wrap=shaken, before=None):
    """A transport and the client's TLS socket, which blocks: use it in a thread."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        raw = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    raw.settimeout(10)
    context = load(folder / 'cert.pem', folder / 'key.pem')
    server = TlsSocket(accepted, context)
    accepting = asyncio.to_thread(greet, server)
    connecting = asyncio.to_thread(wrap, certificates.trusting(folder), raw, '127.0.0.1')
    _, client = await asyncio.gather(accepting, connecting)
    if before:
        before(server, client)
    server.setblocking(False)
    transport = SecureTransport(server, protocol)
    try:
        yield transport, client
    finally:
        transport.abort()
        client.close()
        await until(lambda: server.fileno() == -1)


def receive(client, count):
    data = bytearray()
    while len(data) < count and (more := client.recv(RECORD)):
        data += more
    return bytes(data)


def test_what_the_kernel_refuses_is_pending_to_the_byte_and_goes_out_later(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            sent = transport.send(BIG)
            assert 0 < sent < len(BIG)
            assert protocol.events == ['made']
            transport.write(memoryview(BIG)[sent:])
            assert protocol.events == ['made', 'pause'], 'told at once'
            assert 0 < transport.get_write_buffer_size() <= len(BIG) - sent
            assert transport.send(b'x') == 0, 'nothing overtakes'
            before = transport.get_write_buffer_size()
            transport.write(b'and this')
            assert transport.get_write_buffer_size() == before + 8
            assert await asyncio.to_thread(receive, client, len(BIG) + 8) == BIG + b'and this'
            await until(lambda: protocol.events == ['made', 'pause', 'resume'])
            assert transport.get_write_buffer_size() == 0
            assert transport.send(b'again') == 5
            assert await asyncio.to_thread(receive, client, 5) == b'again'

    run(scenario())


def test_close_sends_what_is_pending_first(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            transport.write(BIG)
            transport.close()
            transport.close()
            transport.write(b'too late')
            assert transport.is_closing()
            assert await asyncio.to_thread(receive, client, len(BIG) + 1) == BIG
            await until(lambda: 'lost' in protocol.events)
        assert protocol.events == ['made', 'pause', 'lost']

    run(scenario())


def test_the_end_is_announced_to_the_peer(folder):
    """With close_notify: a client can tell an end from a cut (RFC 8446, section 6.1)."""

    async def scenario():
        async with pair(folder, Recorder()) as (transport, client):
            client.suppress_ragged_eofs = False
            transport.close()
            assert await asyncio.to_thread(client.recv, 1) == b''

    run(scenario())


def test_abort_sends_nothing_more(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            transport.write(BIG)
            protocol.inside = True
            transport.abort()
            transport.abort()
            transport.close()
            protocol.inside = False
            assert transport.get_write_buffer_size() == 0
            await until(lambda: 'lost' in protocol.events)
            with contextlib.suppress(OSError):
                assert len(await asyncio.to_thread(receive, client, len(BIG))) < len(BIG)
        assert protocol.events == ['made', 'pause', 'lost']

    run(scenario())


def test_paused_reading_leaves_everything_with_the_kernel(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            transport.pause_reading()
            sending = asyncio.create_task(asyncio.to_thread(client.sendall, BIG))
            done, _ = await asyncio.wait([sending], timeout=0.3)
            assert not done, 'the kernel is full'
            assert protocol.data == b''
            transport.resume_reading()
            await sending
            await until(lambda: len(protocol.data) == len(BIG))
            assert protocol.data == BIG

    run(scenario())


def test_what_was_decrypted_before_is_read(folder):
    """OpenSSL has taken a record from the kernel, and nobody has read all of it."""
    protocol = Recorder()

    def half_read(server, client):
        client.sendall(b'early')
        protocol.data += server.recv(1)
        assert server.pending() == 4

    async def scenario():
        async with pair(folder, protocol, before=half_read):
            await until(lambda: protocol.data == b'early')

    run(scenario())


def test_a_pause_from_inside_connection_made_holds(folder):
    class Pausing(Recorder):
        def connection_made(self, transport):
            transport.pause_reading()

    async def scenario():
        protocol = Pausing()
        async with pair(folder, protocol) as (transport, client):
            await asyncio.to_thread(client.sendall, b'data')
            for _ in range(20):
                await asyncio.sleep(0.001)
            assert protocol.data == b''
            transport.resume_reading()
            await until(lambda: protocol.data == b'data')

    run(scenario())


@pytest.mark.parametrize('how', ['close_notify', 'fin', 'rst', 'garbage'])
def test_the_peers_end_is_told_once(folder, how):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            if how == 'close_notify':
                client.setblocking(False)
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.unwrap()
            elif how == 'fin':
                socket.socket.shutdown(client, socket.SHUT_WR)
            elif how == 'rst':
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
                client.close()
            else:
                socket.socket.sendall(client, b'this is no record of TLS')
            await until(lambda: len(protocol.events) > 1)
            transport.close()
            transport.abort()
            await asyncio.sleep(0.01)
        kind = {'rst': 'ConnectionResetError', 'garbage': 'SSLError'}.get(how, 'lost')
        assert protocol.events == ['made', kind]

    run(scenario())


def test_a_half_closed_client_gets_what_is_pending(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol) as (transport, client):
            transport.write(BIG)
            socket.socket.shutdown(client, socket.SHUT_WR)
            await until(transport.is_closing)
            assert await asyncio.to_thread(receive, client, len(BIG) + 1) == BIG
            await until(lambda: 'lost' in protocol.events)
        assert protocol.events == ['made', 'pause', 'lost']

    run(scenario())


class Wire:
    """A client whose records can be cut: what it encrypts is `taken` and sent by hand."""

    def __init__(self, context, sock, name):
        self.sock, self.taken = sock, ssl.MemoryBIO()
        incoming = ssl.MemoryBIO()
        self.tls = context.wrap_bio(incoming, self.taken, server_hostname=name)
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                sock.sendall(self.taken.read())
                incoming.write(sock.recv(65_536))
            else:
                break
        sock.sendall(self.taken.read())

    def record(self, data):
        self.tls.write(data)
        return self.taken.read()

    def close(self):
        self.sock.close()


def test_a_record_in_pieces_is_read_when_it_is_whole(folder):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol, wrap=Wire) as (_, client):
            record = client.record(b'payload')
            for start, end in pairwise([0, 1, 4, 5, 6, len(record) - 1, len(record)]):
                assert protocol.data == b''
                client.sock.sendall(record[start:end])
                await asyncio.sleep(0.01)
            await until(lambda: protocol.data == b'payload')
        assert protocol.events == ['made', 'lost']

    run(scenario())


@pytest.mark.parametrize('kept', [1, 5, 20, -1])
def test_a_record_that_is_cut_is_the_end(folder, kept):
    async def scenario():
        protocol = Recorder()
        async with pair(folder, protocol, wrap=Wire) as (_, client):
            client.sock.sendall(client.record(b'whole') + client.record(b'payload')[:kept])
            client.sock.shutdown(socket.SHUT_WR)
            await until(lambda: 'lost' in protocol.events)
        assert (protocol.data, protocol.events) == (b'whole', ['made', 'lost'])

    run(scenario())
