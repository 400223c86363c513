"""A client that asks for new keys (RFC 8446, section 4.6.3) and reads no answer: it is cut.

Python has no call for it, so OpenSSL is asked itself, at the place where CPython keeps its `SSL *`.
"""

import asyncio
import ctypes
import re
import socket
import ssl
from pathlib import Path

import pytest

from gateway.engine.tls import FILL, MAX_KEPT, TlsSocket
from tests.support import certificates, raw
from tests.support.hub import NOTHING, left_behind, run, serving, until

HTTP = b'GET /socket.io/?EIO=4&tra'
UPGRADE = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=80, headers='').encode()
MOST = 200_000  # key updates; a tenth of them must be enough
UPDATE_REQUESTED = 1


def openssl():
    """The library that Python's own `ssl` has loaded."""
    found = re.search(r'/\S*libssl\S*', Path('/proc/self/maps').read_text())
    if found is None:
        pytest.skip('OpenSSL is no library of its own here')
    library = ctypes.CDLL(found[0])
    library.SSL_key_update.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.SSL_do_handshake.argtypes = [ctypes.c_void_p]
    return library


def nags(port, folder, said):
    """Connect, say something, then ask for keys until the connection is cut; how often."""
    library = openssl()
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plain.settimeout(20)
        plain.connect(('127.0.0.1', port))
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = certificates.trusting(folder)
        tls = context.wrap_bio(incoming, outgoing, server_hostname='127.0.0.1')
        shaken = False
        while not shaken:
            try:
                tls.do_handshake()
                shaken = True
            except ssl.SSLWantReadError:
                plain.sendall(outgoing.read())
                incoming.write(plain.recv(65_536))
        tls.write(said)
        # A PySSLSocket: the head of an object (two words), a weak reference, the SSL *.
        place = ctypes.c_void_p.from_address(id(tls._sslobj) + 24).value
        for number in range(MOST):
            assert library.SSL_key_update(place, UPDATE_REQUESTED) == 1
            library.SSL_do_handshake(place)
            if number % 100 == 0:
                try:
                    plain.sendall(outgoing.read())
                except ConnectionError:
                    return number
        return MOST


@pytest.mark.parametrize('said', [HTTP, UPGRADE], ids=['HTTP', 'WebSocket'])
def test_a_client_that_asks_for_keys_and_reads_nothing_is_cut(said, tmp_path, monkeypatch):
    kept, make, flush = [0], TlsSocket.__init__, TlsSocket._flush

    def small(sock, connection, context):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        make(sock, connection, context)

    def noting(sock):
        try:
            return flush(sock)
        finally:
            kept.append(len(sock._encrypted))

    monkeypatch.setattr(TlsSocket, '__init__', small)
    monkeypatch.setattr(TlsSocket, '_flush', noting)
    certificates.with_chain(tmp_path)

    async def scenario():
        async with serving('*', tls=tmp_path) as hub:
            asked = await asyncio.to_thread(nags, hub.port, tmp_path, said)
            assert asked < MOST / 10
            assert MAX_KEPT < max(kept) < MAX_KEPT + 4 * FILL
            await until(lambda: left_behind(hub) == NOTHING)
            assert sum(hub.eio.counters.closed.values()) == (said == UPGRADE)

    run(scenario())
