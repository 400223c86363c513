"""A server that runs already: what is wrong with it is told in one line, before it is measured."""

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.load.wire import Dialect, Trigger
from bench.process import free_port
from bench.targets import TargetError, remote, target
from tests.support import gateway as gateways
from tests.support.certificates import section, with_chain
from tests.support.load_server import SWITCHING, frame

OPENED = SWITCHING + frame(b'0{"sid":"x"}')


def http(status: str, body: str = '', headers: str = '') -> bytes:
    return f'HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}'.encode()


@contextmanager
def answering(*, upgrade: bytes, poll: bytes = b'') -> Iterator[str]:
    """The URL of a server that says just that, whatever else it hears."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = self.request.recv(65_536)
            self.wfile.write(upgrade if b'Upgrade: websocket' in head else poll)
            if upgrade.startswith(b'HTTP/1.1 101') and not upgrade.endswith(b'\x88\x00'):
                self.rfile.read()

    class Server(socketserver.ThreadingTCPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """The client has left, as it may."""

    with Server(('127.0.0.1', 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f'http://127.0.0.1:{server.server_address[1]}'
        finally:
            server.shutdown()
            thread.join()


FAULTS = {
    'another server': (
        http('404 Not Found', '<h1>?</h1>'),
        http('404 Not Found', '<h1>?</h1>', 'Content-Type: text/html\r\n'),
        'not a Socket.IO server: /socket.io/ answered 404 Not Found (text/html): "<h1>?</h1>"',
    ),
    'no HTTP': (b'SSH-2.0-x\r\n', b'', 'not a Socket.IO server: it answered "SSH-2.0-x"'),
    'no Socket.IO': (
        SWITCHING + frame(b'hello\nyou\x1b[1m'),
        b'',
        'not a Socket.IO server: its first message is "hello you?[1m"',
    ),
    'Engine.IO 3': (
        OPENED + frame(b'40'),
        b'',
        'an older Socket.IO (Engine.IO 3, that is version 2 or before): 3 or later is needed',
    ),
    'Engine.IO 3 over polling': (
        http('400 Bad Request'),
        http('200 OK', '12:0{"sid":"x"}2:40'),
        'an older Socket.IO (Engine.IO 3, that is version 2 or before): 3 or later is needed',
    ),
    'another protocol': (
        http('400 Bad Request'),
        http('400 Bad Request', '{"code":5,"message":"Unsupported protocol version"}'),
        'it refuses Engine.IO 4: "Unsupported protocol version"',
    ),
    'an origin': (
        http('403 Forbidden', '{"message":"not this one"}'),
        http('200 OK', '0{"sid":"x"}'),
        'it refuses WebSocket: 403 Forbidden: "not this one" (the Origin was URL)',
    ),
    'a namespace': (
        OPENED + frame(b'44{"message":"Invalid namespace"}'),
        b'',
        'the namespace / is refused: "Invalid namespace"',
    ),
    'a close': (
        OPENED + b'\x88\x00',
        b'',
        'it closed the connection when it was asked for the namespace / (0 "")',
    ),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_it_tells_in_one_line_why_it_cannot_be_measured(fault: str):
    upgrade, poll, words = FAULTS[fault]
    with answering(upgrade=upgrade, poll=poll) as url, pytest.raises(TargetError) as failure:
        remote(url).check(10)
    assert str(failure.value) == f'{url}: {words.replace("URL", url)}'


def test_one_that_can_be_measured_is_served_with_its_process():
    with target('gateway').serving(None) as served:
        assert served.process
        found = remote(served.address.origin, pid=served.process.pid)
        found.check(100)
        with found.serving(None) as again:
            assert (again.address, again.dialect) == (served.address, Dialect())
            assert again.process
            assert again.process.cpu_ns() > 0
        with remote(f'{served.address.origin}/socket.io/').serving(None) as again:
            assert again.process is None
        with pytest.raises(TargetError, match=r'namespace /no is refused: "Invalid namespace"$'):
            remote(served.address.origin, Dialect(namespace='/no')).check(10)
        nobody = Trigger(f'http://127.0.0.1:{free_port()}/')
        with pytest.raises(TargetError, match=r'nothing listens there \(connection refused\)$'):
            remote(served.address.origin, Dialect(trigger=nobody)).check(10)


def test_a_certificate_must_be_trusted_unless_told_otherwise(tmp_path: Path):
    files = section(with_chain(tmp_path))
    config = gateways.write(tmp_path / 'gateway.yaml', {'/': {'events': {}}}, server={'tls': files})
    with gateways.running(config) as running:
        url = f'https://127.0.0.1:{running.port}'
        with pytest.raises(TargetError, match=r'its certificate is not trusted: '):
            remote(url).check(10)
        remote(url, insecure=True).check(10)


def test_https_where_http_is_spoken_is_told():
    with answering(upgrade=b'', poll=http('400 Bad Request')) as url:
        secure = remote(url.replace('http', 'https'))
        with pytest.raises(TargetError, match=r'^https://127.0.0.1:\d+: TLS failed: '):
            secure.check(10)


def test_nobody_is_there():
    with pytest.raises(TargetError, match=r'nothing listens there \(connection refused\)$'):
        remote(f'http://127.0.0.1:{free_port()}').check(10)


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch):
    def unknown(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, 'Name or service not known')

    monkeypatch.setattr(socket, 'getaddrinfo', unknown)
    with pytest.raises(TargetError, match=r'^http://nobody.example: no such host: Name or service'):
        remote('http://nobody.example').check(10)


def test_a_process_that_is_not_there():
    with pytest.raises(TargetError, match=r'^there is no process 4194305 on this host$'):
        remote('http://127.0.0.1:1', pid=4_194_305).check(1)
    assert remote('http://127.0.0.1:1', pid=os.getpid()).pid == os.getpid()
