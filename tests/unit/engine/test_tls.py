"""The socket that speaks TLS: how much it takes at a time, and what it keeps."""

import contextlib
import socket
import ssl
import threading
from select import select

import pytest

from gateway.config.tls import load
from gateway.engine.tls import FILL, RECORD, TlsSocket
from tests.support import certificates


class Kernel:
    """The server's end; counts how often it is read."""

    def __init__(self, sock):
        self.sock, self.reads = sock, 0

    def recv(self, size):
        self.reads += 1
        return self.sock.recv(size)

    def __getattr__(self, name):
        return getattr(self.sock, name)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('tls'))


@pytest.fixture
def ends(folder):
    """The TlsSocket after its handshake, its Kernel, and the client, which blocks."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    theirs.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    theirs.settimeout(10)
    kernel = Kernel(ours)
    server = TlsSocket(kernel, load(folder / 'cert.pem', folder / 'key.pem'))
    trusting, clients = certificates.trusting(folder), []

    def connect():
        clients.append(trusting.wrap_socket(theirs, server_hostname='localhost'))

    thread = threading.Thread(target=connect)
    thread.start()
    shaken = False
    while not shaken:
        with contextlib.suppress(ssl.SSLWantReadError):
            server.do_handshake()
            shaken = True
    server.setblocking(False)
    thread.join()
    [client] = clients
    yield server, kernel, client
    client.close()
    server.close()


def test_a_call_reads_the_kernel_once_whatever_lies_there(ends):
    """So a client that sends what holds no data, without an end, stops nobody."""
    server, kernel, client = ends
    said = [b'%d,' % number * 50 for number in range(100)]
    for part in said:
        client.sendall(part)
    kernel.reads, found = 0, b''
    while len(found) < sum(map(len, said)):
        before = kernel.reads
        with contextlib.suppress(ssl.SSLWantReadError):
            found += server.recv(RECORD)
        assert kernel.reads - before <= 1
        assert server.pending() <= FILL
    assert found == b''.join(said)
    assert kernel.reads > sum(map(len, said)) // FILL > 2


def test_it_says_what_it_holds_and_gives_it_without_the_kernel(ends):
    server, kernel, client = ends
    for part in (b'one', b'two', b'three'):
        client.sendall(part)
    assert server.recv(RECORD) == b'one'
    kernel.reads = 0
    assert server.pending() > 0
    assert server.recv(2) == b'tw'
    assert server.recv(RECORD) == b'o'
    assert server.recv(RECORD) == b'three'
    assert (server.pending(), kernel.reads) == (0, 0)
    with pytest.raises(ssl.SSLWantReadError):
        server.recv(RECORD)


def test_a_record_that_did_not_fit_is_sent_once_when_it_is_given_again(ends):
    server, _, client = ends
    data, sent, refusal = bytes(range(256)) * 80_000, 0, None
    while refusal is None:
        try:
            sent += server.send(data[sent : sent + RECORD])
        except ssl.SSLWantWriteError as error:
            refusal = error
    assert refusal.args[0] == ssl.SSL_ERROR_WANT_WRITE  # as Tornado asks
    assert 0 < sent < len(data)
    received = bytearray()

    def read():
        while len(received) < len(data):
            received.extend(client.recv(RECORD))

    reader = threading.Thread(target=read)
    reader.start()
    while sent < len(data):
        select([], [server], [], 10)
        with contextlib.suppress(ssl.SSLWantWriteError):
            sent += server.send(data[sent : sent + RECORD])
    reader.join(20)
    assert received == data


def test_reading_goes_on_while_nothing_can_be_written(ends):
    server, _, client = ends
    with contextlib.suppress(ssl.SSLWantWriteError):
        while True:
            server.send(bytes(RECORD))
    client.sendall(b'still here')
    assert server.recv(RECORD) == b'still here'


@pytest.mark.parametrize('how', ['close_notify', 'fin'])
def test_the_end_is_nothing_and_stays_so(ends, how):
    server, _, client = ends
    if how == 'fin':
        socket.socket.shutdown(client, socket.SHUT_WR)
    else:
        client.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            client.unwrap()
    assert [server.recv(RECORD), server.recv(RECORD)] == [b'', b'']
